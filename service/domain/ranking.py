"""Rankings of passages, and how several become one. Larger is better; rank 1 is first."""

import math
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


def fuse(rankings: Sequence[Ranking], *, k: int = 60) -> Ranking:
    """Merge R rankings of one question into one by reciprocal rank.

    Args:
        rankings: R rankings, best first; a passage may stand in several.
        k: Offset, in ranks, > 0; the larger, the less the top ranks lead.

    Returns:
        The union, best first, scores in (0, R/(k+1)], unitless; ties by passage id.

    Raises:
        ValueError: If k <= 0.

    Source: Cormack et al., SIGIR 2009, doi:10.1145/1571941.1572114; k = 60 is theirs.

    >>> [s.passage_id for s in fuse([rank({"a": 2.0, "b": 1.0}), rank({"b": 5.0})])]
    ['b', 'a']
    """
    if k <= 0:
        raise ValueError("k must be positive")
    parts: dict[str, list[float]] = {}
    for ranking in rankings:
        for position, scored in enumerate(ranking, start=1):
            parts.setdefault(scored.passage_id, []).append(1.0 / (k + position))
    # fsum: plain sums would depend on the order of the rankings.
    return rank({passage_id: math.fsum(shares) for passage_id, shares in parts.items()})


def normalise(ranking: Ranking, *, floor: float | None = None) -> dict[str, float]:
    """Scale the scores of one ranking to [0, 1] by its own best and worst.

    Args:
        ranking: Any scores.
        floor: What counts as 0, where it is known; else the worst score that was found.

    Returns:
        Score by passage id; 1.0 for each where all are equal and no floor is given.
    """
    if not ranking:
        return {}
    values = [scored.score for scored in ranking]
    low, high = (min(values) if floor is None else floor), max(values)
    width = high - low
    if width <= 0:
        return {scored.passage_id: 1.0 for scored in ranking}
    return {scored.passage_id: max(0.0, (scored.score - low) / width) for scored in ranking}


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
