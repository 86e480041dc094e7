"""Reading without a model: which sentences of the evidence bear the answer, and how sure that is.

Each sentence is described by a few figures (`domain/bearing.py`) and scored by a linear model whose weights
stand in `domain/weights.py`; `evals/train_reader.py` learns them.
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
from service.domain.bearing import FEATURES, features
from service.domain.clues import clues, new_figures
from service.domain.matter import Matter, Shares, weigh
from service.domain.questions import AskedFor, Kind, what_is_asked
from service.domain.text import fold_name, stem
from service.domain.weights import CONFIDENCE, SENTENCE

MAX_WORDS: Final = 100
MAX_SENTENCES: Final = 6
MIN_SENTENCES: Final = 2
ENOUGH: Final = 0.1
"""A sentence after the second is taken where its score is at least so much of the best one's."""
LEAST: Final = 1e-6
"""Scores are rounded to this."""
REACH: Final = 30
"""Sentences from which those of an answer are taken."""
NEW: Final = 2.0
"""What it is worth, in logits, to name all of the question's matter where nothing of it was named."""

ALL: Final = 0.9
"""A sentence that names so much of the question's matter names all of it, but for a word or two."""
NAMED: Final = 0.6
"""Confidence at least where one of the two best sentences names all that was asked: of the project's training
and dev questions, read with weights that did not know their story, 20 of 29 such were answered rightly."""
SINGLE: Final = math.log(2)
"""The signal `words` of a question with a single word of matter."""
HALF: Final = 0.5
"""A word of the matter that is named less than this counts as not named."""
FEW: Final = 2
WHOLE: Final = 0.99
"""A question of so few words has to find all of them."""
MOST: Final = 0.6
"""Where so much of the question's matter stands in no article at all, nothing answers it."""
GAP_FACTOR: Final = 0.1
"""What is left of the confidence where something that was asked is not there: 34 of the 471 training and dev
questions had such a gap; 23 of them are unanswerable, and 3 had been answered rightly."""
LONG: Final = 5
ALIKE: Final = 0.84
"""Likeness of two names of which one is misspelt (`difflib`)."""


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
    ranked, order = score(sentences, rows, SENTENCE)
    picked = pick(ranked, matter)
    judged = judge(asked, matter, evidence, ranked, picked, rows[order])
    return Choice(picked, ranked, confidence(judged, CONFIDENCE))


def score(
    sentences: Sequence[EvidenceSentence], rows: Matrix, weights: Mapping[str, float]
) -> tuple[tuple[Scored, ...], list[int]]:
    """Rank n sentences.

    Args:
        sentences: Of the evidence, in its order.
        rows: Their features, shape (n, len(FEATURES)).
        weights: By feature, and "bias".

    Returns:
        The ranking, best first, ties in the order of the evidence, and of each its place there.
    """
    column = np.array([weights[name] for name in FEATURES])
    scores = 1.0 / (1.0 + np.exp(-(rows @ column + weights["bias"])))
    order = sorted(range(len(sentences)), key=lambda i: (-round(float(scores[i]), 6), i))
    return tuple(Scored(sentences[i], round(float(scores[i]), 6)) for i in order), order


def confidence(judged: "Judged", weights: Mapping[str, float]) -> float:
    """How likely it is that the chosen sentences answer the question, in [0, 1]."""
    z = weights["bias"] + math.fsum(weights[name] * value for name, value in judged.signals.items())
    sure = 1.0 / (1.0 + math.exp(-z))
    if judged.gaps:
        return sure * GAP_FACTOR
    all_named = judged.signals["top_covered"] > ALL and judged.signals["words"] > SINGLE
    return max(sure, NAMED) if all_named else sure


def pick(ranked: Sequence[Scored], matter: Matter) -> tuple[EvidenceSentence, ...]:
    """Take the best while it fits, nothing twice, in reading order.

    What names words of the question that nothing taken so far names counts for more, so that a question
    with two sides gets a sentence for each.
    """
    floor = ENOUGH * ranked[0].score
    open_to = [s for i, s in enumerate(ranked) if i < MIN_SENTENCES or s.score >= floor][:REACH]
    named = [matter.named(clues(s.sentence.text).content) for s in open_to]
    worth = [_logit(s.score) for s in open_to]
    picked: list[EvidenceSentence] = []
    covered: Shares = np.zeros(len(matter))
    words = 0
    left = list(range(len(open_to)))
    while left and len(picked) < MAX_SENTENCES:
        gain = {i: matter.share(np.maximum(named[i], covered)) - matter.share(covered) for i in left}
        best = max(left, key=lambda i: (worth[i] + (NEW * gain[i] if picked else 0.0), -i))
        left.remove(best)
        sentence = open_to[best].sentence
        length = len(sentence.text.split())
        if picked and (words + length > MAX_WORDS or any(p.text == sentence.text for p in picked)):
            continue
        picked.append(sentence)
        words += length
        covered = np.maximum(covered, named[best])
    return tuple(sorted(picked, key=lambda s: (s.article, s.n)))


def _logit(score: float) -> float:
    held = min(max(score, LEAST), 1.0 - LEAST)
    return math.log(held / (1.0 - held))


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
    matter: Matter,
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
    missing = matter.exactly(frozenset(map(stem, evidence.missing_words))) if evidence.missing_words else 0.0
    covered = matter.exactly(around)
    top = [ranked[i].sentence.text for i in range(min(2, len(ranked)))]
    named = np.maximum.reduce(
        [
            matter.named(clues(t).content)
            for t in (*(s.text for s in picked), *(a.article.headline for a in held.values()))
        ]
    )
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
        "named": matter.share(named),
        "named_top": float(rows[:2, FEATURES.index("named")].max()),
        "unnamed": float((matter.weights * (named < HALF)).max(initial=0.0))
        / (math.fsum(matter.weights) or 1.0),
        "speaker": _speaker(asked, rows),
        "together": sum(s.sentence.article == ranked[0].sentence.article for s in ranked[:MAX_SENTENCES])
        / MAX_SENTENCES,
    }
    return Judged(signals, tuple(_gaps(asked, fold_name(text), [s.text for s in picked], missing)))


def _speaker(asked: AskedFor, rows: Matrix) -> float:
    """1 where the asked speaker speaks in a best sentence, -1 where in none, 0 where none is asked for."""
    if asked.speech is None or asked.speech.speaker is None:
        return 0.0
    return 1.0 if rows[:MAX_SENTENCES, FEATURES.index("same_speaker")].any() else -1.0


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
