"""Reading without a model: which sentences of the evidence bear the answer, and how sure that is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.domain.answer import Evidence, EvidenceSentence
from service.domain.text import content_words, stem

MAX_WORDS: Final = 100
MAX_SENTENCES: Final = 4
NEAR_BEST: Final = 0.82
"""A further sentence is taken where its score is at least so much of the best one's."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A sentence with how well it bears the answer, in about [0, 1]."""

    sentence: EvidenceSentence
    score: float
    covered: float
    """The share of the question's matter, by weight, that the sentence names."""


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
    matter = weigh(question, evidence)
    ranked = tuple(
        sorted(
            (_score(sentence, matter, evidence) for sentence in evidence.sentences()),
            key=lambda s: (-s.score, s.sentence.article, s.sentence.n),
        )
    )
    if not ranked:
        return Choice((), (), 0.0)
    picked: list[EvidenceSentence] = []
    words = 0
    for scored in ranked:
        length = len(scored.sentence.text.split())
        if scored.score < NEAR_BEST * ranked[0].score or len(picked) == MAX_SENTENCES:
            break
        if (picked and words + length > MAX_WORDS) or any(p.text == scored.sentence.text for p in picked):
            continue
        picked.append(scored.sentence)
        words += length
    picked.sort(key=lambda s: (s.article, s.n))
    return Choice(tuple(picked), ranked, confidence(ranked, picked, matter, evidence))


def weigh(question: str, evidence: Evidence) -> Mapping[str, float]:
    """The question's matter: its words by stem, each with its inverse document frequency."""
    total = evidence.passages + 1
    weights: dict[str, float] = {}
    for word in content_words(question):
        seen = evidence.frequencies.get(word, 0)
        weights[stem(word)] = math.log(total / (seen + 0.5)) if seen < total else 0.0
    return weights


def _score(sentence: EvidenceSentence, matter: Mapping[str, float], evidence: Evidence) -> Scored:
    vector = evidence.question_vector
    near = 0.0 if vector is None else float(sentence.vector @ vector)
    covered = share(matter, sentence.text)
    return Scored(sentence, 0.6 * near + 0.3 * covered + 0.3 * sentence.retrieved, covered)


def share(matter: Mapping[str, float], text: str) -> float:
    """The share of the matter's weight that a text names, in [0, 1]; 1.0 where there is no matter."""
    whole = math.fsum(matter.values())
    if whole <= 0:
        return 1.0
    there = {stem(word) for word in content_words(text)}
    return math.fsum(weight for word, weight in matter.items() if word in there) / whole


def confidence(
    ranked: Sequence[Scored],
    picked: Sequence[EvidenceSentence],
    matter: Mapping[str, float],
    evidence: Evidence,
) -> float:
    """How likely the chosen sentences answer the question."""
    around = " ".join(evidence.articles[s.article - 1].article.headline + " " + s.text for s in picked)
    z = 8.0 * ranked[0].score + 2.5 * share(matter, around) - 5.6
    return 1.0 / (1.0 + math.exp(-z))
