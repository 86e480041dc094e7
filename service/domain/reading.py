"""Reading without a model: which sentences of the evidence bear the answer, and how sure that is.

Each sentence is described by a few figures (FEATURES) and scored by a linear model whose weights stand in
`domain/weights.py`; `evals/train_reader.py` learns them.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import numpy as np

from service.domain.answer import Evidence, EvidenceSentence
from service.domain.article import Matrix
from service.domain.asked_speech import same_person
from service.domain.clues import Clues, clues, new_figures
from service.domain.questions import AskedFor, Kind, what_is_asked
from service.domain.text import content_words, fold_name, stem
from service.domain.weights import CONFIDENCE, SENTENCE

MAX_WORDS: Final = 100
MAX_SENTENCES: Final = 5
MIN_SENTENCES: Final = 2
ENOUGH: Final = 0.2
"""A sentence after the first is taken where its score is at least so much of the best one's."""

ALL: Final = 0.9
"""A sentence that names so much of the question's matter names all of it, but for a word or two."""
NAMED: Final = 0.6
"""Confidence at least where one of the two best sentences names all that was asked: on the dev stories and a
part of ClapNQ the answer was right for 22 of 32 such questions."""
FEW: Final = 2
WHOLE: Final = 0.99
"""A question of so few words has to find all of them."""
MOST: Final = 0.6
"""Where so much of the question's matter stands in no article at all, nothing answers it."""
GAP_FACTOR: Final = 0.1
"""What is left of the confidence where something that was asked is not there: of 276 questions on the dev
stories no right answer had such a gap but one, and 20 unanswerable questions had."""
LONG: Final = 5
ALIKE: Final = 0.84
"""Likeness of two names of which one is misspelt (`difflib`)."""

FEATURES: Final = (
    "near",  # cosine of question and sentence
    "near_before",  # cosine of question and the sentence with the one before it
    "near_after",  # the same with the one after it
    "retrieved",  # score of the best passage that holds it
    "article",  # score of its article against the best article's
    "covered",  # share of the question's matter that it names
    "covered_around",  # the same with its neighbours and the headline
    "covered_article",  # the same of all evidence of its article
    "best_near",  # its cosine against the best of all
    "best_in_article",  # its cosine against the best of its article
    "offers",  # it has what this kind of question asks for
    "figures",  # a number is asked for, and it has figures that the question has not
    "unit",  # a number is asked for, and it or a neighbour names the unit
    "money",  # money is asked for, and it has some
    "speaks",  # speech is asked for, and somebody named speaks in it
    "same_speaker",  # speech of this speaker is asked for, and this speaker speaks in it
    "other_speaker",  # speech of this speaker is asked for, and another speaks in it
    "names_speaker",  # speech of this speaker is asked for, and the sentence names, not quotes, this speaker
    "length",  # logarithm of its words
    "short",  # it has fewer than six words
    "opens",  # it is the first of its article
    "question",  # it is a question itself
)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A sentence with how well it bears the answer, in [0, 1]."""

    sentence: EvidenceSentence
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Sentences in reading order, the ranking they were chosen from, and the confidence in [0, 1]."""

    sentences: tuple[EvidenceSentence, ...]
    ranked: tuple[Scored, ...]
    confidence: float


def choose(question: str, evidence: Evidence) -> Choice:
    """Choose the sentences that bear the answer.

    Args:
        question: Standing alone.
        evidence: With the question's vector.

    Returns:
        At most MAX_SENTENCES and about MAX_WORDS; confidence 0.0 without evidence.
    """
    sentences = evidence.sentences()
    if not sentences:
        return Choice((), (), 0.0)
    asked = what_is_asked(question)
    matter = weigh(asked.core, evidence)
    rows = features(asked, matter, evidence)
    weights = np.array([SENTENCE[name] for name in FEATURES])
    scores = 1.0 / (1.0 + np.exp(-(rows @ weights + SENTENCE["bias"])))
    order = sorted(range(len(sentences)), key=lambda i: (-round(float(scores[i]), 6), i))
    ranked = tuple(Scored(sentences[i], round(float(scores[i]), 6)) for i in order)
    picked = pick(ranked)
    judged = judge(asked, matter, evidence, ranked, picked, rows[order])
    z = CONFIDENCE["bias"] + math.fsum(CONFIDENCE[name] * value for name, value in judged.signals.items())
    confidence = 1.0 / (1.0 + math.exp(-z))
    if judged.gaps:
        confidence *= GAP_FACTOR
    elif len(matter) > 1 and judged.signals["top_covered"] > ALL:
        confidence = max(confidence, NAMED)
    return Choice(picked, ranked, confidence)


def pick(ranked: Sequence[Scored]) -> tuple[EvidenceSentence, ...]:
    """Take from the top while it fits, nothing twice, in reading order."""
    picked: list[EvidenceSentence] = []
    words = 0
    for scored in ranked:
        length = len(scored.sentence.text.split())
        weak = len(picked) >= MIN_SENTENCES and scored.score < ENOUGH * ranked[0].score
        if weak or len(picked) == MAX_SENTENCES:
            break
        if picked and (words + length > MAX_WORDS or any(p.text == scored.sentence.text for p in picked)):
            continue
        picked.append(scored.sentence)
        words += length
    return tuple(sorted(picked, key=lambda s: (s.article, s.n)))


def weigh(question: str, evidence: Evidence) -> Mapping[str, float]:
    """The question's matter: its words by stem, each with its inverse document frequency."""
    total = evidence.passages + 1
    weights: dict[str, float] = {}
    for word in content_words(question):
        seen = evidence.frequencies.get(word, 0)
        weights[stem(word)] = math.log(total / (seen + 0.5)) if seen < total else 0.0
    return weights


def share(matter: Mapping[str, float], stems: frozenset[str]) -> float:
    """The share of the matter's weight that is among the stems, in [0, 1]; 1.0 where there is no matter."""
    whole = math.fsum(matter.values())
    if whole <= 0:
        return 1.0
    return math.fsum(weight for word, weight in matter.items() if word in stems) / whole


def features(asked: AskedFor, matter: Mapping[str, float], evidence: Evidence) -> Matrix:
    """Describe every sentence of the evidence.

    Returns:
        Shape (n, len(FEATURES)), in the order of `evidence.sentences()`.
    """
    rows = []
    vector = evidence.question_vector
    known = frozenset(asked.numbers)
    for held in evidence.articles:
        read = [clues(s.text) for s in held.sentences]
        headline = clues(held.article.headline).stems
        everything = headline.union(*(c.stems for c in read))
        vectors = np.stack([s.vector for s in held.sentences])
        near: Matrix = np.zeros(len(read), np.float32) if vector is None else vectors @ vector
        before = _together(near, vectors, vector, -1)
        after = _together(near, vectors, vector, +1)
        for i, (sentence, clue) in enumerate(zip(held.sentences, read, strict=True)):
            neighbours = [read[j] for j in (i - 1, i + 1) if 0 <= j < len(read)]
            around = clue.stems.union(headline, *(c.stems for c in neighbours))
            rows.append(
                [
                    near[i],
                    before[i],
                    after[i],
                    sentence.retrieved,
                    held.score / (evidence.articles[0].score or 1.0),
                    share(matter, clue.stems),
                    share(matter, around),
                    share(matter, everything),
                    0.0,
                    near[i] - float(near.max()),
                    *_form(asked, sentence, clue, around, known),
                    math.log(1 + clue.words),
                    float(clue.words < 6),  # noqa: PLR2004 - "short" is defined so
                    float(sentence.sentence.start == 0 or sentence.n == 1),
                    float(sentence.text.rstrip("”\"'’ ").endswith("?")),
                ]
            )
    table = np.array(rows, np.float32)
    table[:, FEATURES.index("best_near")] = table[:, 0] - table[:, 0].max()
    return table


def _together(near: Matrix, vectors: Matrix, vector: Matrix | None, step: int) -> Matrix:
    """Cosine of the question and each sentence's vector with its neighbour's; its own where it has none."""
    if vector is None or len(near) == 1:
        return near
    moved = np.roll(vectors, -step, axis=0)
    both = vectors + moved
    result: Matrix = (both @ vector) / np.maximum(np.linalg.norm(both, axis=1), 1e-9)
    result[0 if step < 0 else -1] = near[0 if step < 0 else -1]
    return result


def _form(
    asked: AskedFor, sentence: EvidenceSentence, clue: Clues, around: frozenset[str], known: frozenset[str]
) -> list[float]:
    """What the sentence's form has to do with the question's kind."""
    number = asked.kind is Kind.NUMBER
    figures = min(2, new_figures(sentence.text, known)) if number else 0
    unit = number and any(stem(word) in around for word in content_words(asked.unit))
    wanted = asked.speech.speaker if asked.speech is not None else None
    speaker = sentence.sentence.speaker
    same = wanted is not None and speaker is not None and same_person(wanted, speaker)
    names = wanted is not None and not same and fold_name(wanted) in fold_name(sentence.text)
    return [
        float(asked.kind in clue.offers),
        float(figures),
        float(unit),
        float(number and asked.unit == "money" and clue.money),
        float(asked.speech is not None and speaker is not None),
        float(same),
        float(wanted is not None and speaker is not None and not same),
        float(names),
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What bears on whether the chosen sentences answer the question.

    `signals` feed the learned confidence; `gaps` name what was asked and is not there, each reason enough
    not to answer.
    """

    signals: Mapping[str, float]
    gaps: tuple[str, ...]


def judge(
    asked: AskedFor,
    matter: Mapping[str, float],
    evidence: Evidence,
    ranked: Sequence[Scored],
    picked: Sequence[EvidenceSentence],
    rows: Matrix,
) -> Judged:
    """Hold the chosen sentences against what was asked.

    Args:
        asked: The question, taken apart.
        matter: Its words with their weights.
        evidence: What was read.
        ranked: All sentences, best first.
        picked: Those that were chosen.
        rows: Their features, in the order of `ranked`.
    """
    held = {s.article: evidence.articles[s.article - 1] for s in picked}
    near = {(s.article, s.n + step) for s in picked for step in (-1, 0, 1)}
    read = [s for a in held.values() for s in a.sentences if (s.article, s.n) in near]
    around = frozenset[str]().union(
        *(clues(s.text).stems for s in read), *(clues(a.article.headline).stems for a in held.values())
    )
    text = " ".join(f"{a.article.headline} {a.article.text} {a.article.published_at}" for a in held.values())
    whole = math.fsum(matter.values()) or 1.0
    missing = math.fsum({w: matter.get(w, 0.0) for w in map(stem, evidence.missing_words)}.values()) / whole
    covered = share(matter, around)
    top = [ranked[i].sentence.text for i in range(min(2, len(ranked)))]
    signals = {
        "score": ranked[0].score,
        "gap": ranked[0].score - ranked[min(3, len(ranked) - 1)].score,
        "near": float(rows[:, 0].max()),
        "retrieved": float(rows[:, 3].max()),
        "covered": covered,
        "top_covered": float(rows[:2, FEATURES.index("covered")].max()),
        "covered_article": float(rows[:, FEATURES.index("covered_article")].max()),
        "missing": missing,
        "offers": float(any(asked.kind in clues(t).offers for t in top)),
        "few_words": float(len(matter) <= FEW and covered < WHOLE),
        "unit": float(asked.kind is Kind.NUMBER and not rows[:MAX_SENTENCES, FEATURES.index("unit")].any()),
        "words": math.log(1 + len(matter)),
    }
    return Judged(signals, tuple(_gaps(asked, fold_name(text), [s.text for s in picked], missing)))


def _gaps(asked: AskedFor, text: str, picked: Sequence[str], missing: float) -> Iterator[str]:
    """What was asked and is not there."""
    # A single capital at the head may be any word there.
    names = [name for name in asked.names if " " in name or not asked.core.startswith(name)]
    if not all(_is_named(name, text) for name in names):
        yield "name"
    if any(re.fullmatch(r"(?:19|20)\d\d", number) and number not in text for number in asked.numbers):
        yield "year"
    if asked.kind is Kind.NUMBER and not any(new_figures(t, frozenset(asked.numbers)) for t in picked):
        yield "number"
    if asked.kind is Kind.DATE and not any(Kind.DATE in clues(t).offers for t in picked):
        yield "date"
    if missing > MOST:
        yield "matter"


def _is_named(name: str, text: str) -> bool:
    """Whether a text, folded, has the name or one of its longer words, one letter wrong at most."""
    folded = fold_name(name)
    if folded in text:
        return True
    parts = [part for part in folded.split() if len(part) >= LONG]
    return any(part in text or get_close_matches(part, set(text.split()), 1, ALIKE) for part in parts)
