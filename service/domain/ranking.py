"""Rankings of passages, and how what is known of each becomes one. Larger is better; rank 1 is first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage's id with its score; a distance never gets this far."""

    passage_id: str
    score: float


Ranking: TypeAlias = tuple[ScoredPassage, ...]
"""Best first; ties stand in the order of the passages' ids."""


def rank(scores: Mapping[str, float]) -> Ranking:
    """Order passages by score, best first, ties by id.

    >>> [s.passage_id for s in rank({"b": 1.0, "a": 1.0, "c": 2.0})]
    ['c', 'a', 'b']
    """
    return tuple(ScoredPassage(i, s) for i, s in sorted(scores.items(), key=lambda item: (-item[1], item[0])))


NEWEST_WEIGHT: Final = 0.1
"""What being the newest is worth where the newest is asked for; a passage's relevance is in about [0, 1]."""
NEARLY: Final = 0.6
"""Passages of so much of the best one's score are those among which the newest is looked for."""


def newest_first(ranking: Ranking, published: Mapping[str, datetime | None]) -> Ranking:
    """Prefer what is newer among the passages that were found nearly as near.

    Args:
        ranking: Best first.
        published: When each passage's article was published, by passage; None or none: nothing is known.

    Returns:
        The same passages; each of the near ones with NEWEST_WEIGHT times the share of the others' dates
        that are older added to its score.
    """
    if not ranking:
        return ranking
    floor = NEARLY * ranking[0].score
    near = {s.passage_id: when for s in ranking if s.score >= floor and (when := published.get(s.passage_id))}
    dates = sorted(set(near.values()))
    bonus = {i: NEWEST_WEIGHT * dates.index(when) / max(1, len(dates) - 1) for i, when in near.items()}
    return rank({s.passage_id: s.score + bonus.get(s.passage_id, 0.0) for s in ranking})


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a passage that one of the indexes found.

    `passage` and `sentence` are cosines in [-1, 1], of the passage and of its best sentence; `lexical`
    is BM25, >= 0, and 0 where words did not find it.
    """

    passage_id: str
    passage: float
    sentence: float
    lexical: float


PASSAGE_WEIGHT: Final = 0.1
SENTENCE_WEIGHT: Final = 0.55
LEXICAL_WEIGHT: Final = 0.35
"""Chosen together on SciFact's train split and on the SQuAD paragraphs with an even SHA-1: a flat optimum."""


def relevance(candidates: Sequence[Candidate]) -> Ranking:
    """Score candidates by vectors and words together.

    BM25 is divided by the best of the candidates', cosines are taken as they are: they mean the same
    for every question, while BM25 grows with the question's length.

    Args:
        candidates: What either index found for one question.

    Returns:
        Best first; scores in about [0, 1].
    """
    best = max((candidate.lexical for candidate in candidates), default=0.0) or 1.0
    return rank(
        {
            c.passage_id: round(
                PASSAGE_WEIGHT * c.passage + SENTENCE_WEIGHT * c.sentence + LEXICAL_WEIGHT * c.lexical / best,
                5,
            )
            for c in candidates
        }
    )
