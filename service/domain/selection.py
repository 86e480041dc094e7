"""Which sentences make a summary together: much of what matters, nothing twice, within a length.

A set of sentences is judged by the F1 that it can expect against a summary written by a person: the sum
of the chances of the words that it holds (`domain/salience.py`), twice, over its own length and the
expected length of that summary. A word counts once, however many sentences hold it, so a sentence that
says what is said already costs its length and earns nothing. The set is searched by beam.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.answer import EvidenceSentence
from service.domain.leaning import stands_alone
from service.domain.salience import Weighed, matter

BEAM: Final = 8
POOL: Final = 300
"""Sentences, the best by themselves, from which a set is searched."""
FEWEST: Final = 4
"""Words of a sentence at least: less is a caption, a list's mark or a cry."""
WANTED: Final = 1.9
"""How many times the limit of words the expected summary is taken to be long, where nothing else is said.
At 1 the search stops early and leaves room unused; the larger, the more it fills."""
SAME_VECTOR: Final = 0.92
SAME_WORDS: Final = 0.7
"""From so near vectors, or so much of the shorter one's words, two sentences say the same."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a selection may be: words and sentences at most.

    `overhead` is what each sentence costs beside its own words: 1 for the `-` of a list line. `wanted` is
    how many words the expected summary has, None for WANTED times the limit.
    """

    words: int
    sentences: int = 40
    overhead: int = 0
    wanted: float | None = None


def alike(a: frozenset[str], b: frozenset[str], cosine: float) -> bool:
    """Whether two sentences say the same, by their words of matter and their vectors.

    Two that give different figures do not, however near they are: one of them may be the correction.

    >>> alike(frozenset({"crane", "fall", "noon"}), frozenset({"crane", "fall", "noon", "port"}), 0.5)
    True
    >>> alike(frozenset({"crane", "fall"}), frozenset({"crane", "stand"}), 0.5)
    False
    >>> alike(frozenset({"2.7", "hen", "die"}), frozenset({"1.9", "hen", "die"}), 0.99)
    False
    """
    mine, others = figures(a), figures(b)
    if mine and others and not (mine <= others or others <= mine):
        return False
    shorter = min(len(a), len(b))
    return cosine >= SAME_VECTOR or (shorter > 0 and len(a & b) >= SAME_WORDS * shorter)


def figures(stems: frozenset[str]) -> frozenset[str]:
    """The stems that hold a digit."""
    return frozenset(low for low in stems if any(character.isdigit() for character in low))


@dataclass(frozen=True, slots=True, eq=False)
class _Set:
    """Chosen positions, the best prior of each word among them, and what they are worth."""

    chosen: tuple[int, ...]
    best: NDArray[np.float64]
    words: int
    value: float


def select(
    weighed: Weighed,
    limits: Limits,
    *,
    allowed: Callable[[EvidenceSentence], bool] | None = None,
    taken: Sequence[EvidenceSentence] = (),
) -> tuple[int, ...]:
    """Choose sentences.

    Args:
        weighed: n sentences.
        limits: What the selection may be.
        allowed: Which sentences may be chosen; None: all of FEWEST words or more.
        taken: Sentences chosen elsewhere: none like them is chosen.

    Returns:
        Positions, ascending; no two of them alike. One that cannot be read without the sentence before
        it is chosen behind that one or not at all. Empty where no sentence fits.
    """
    pool = _pool(weighed, limits, lambda s: (allowed is None or allowed(s)) and not repeats(s, taken))
    if not pool:
        return ()
    search = _Search(weighed.only(pool), limits)
    return tuple(pool[i] for i in search.run())


def repeats(sentence: EvidenceSentence, taken: Sequence[EvidenceSentence]) -> bool:
    """Whether a sentence says what one of those that are taken says."""
    mine = matter(sentence.text)
    return any(alike(mine, matter(other.text), float(sentence.vector @ other.vector)) for other in taken)


def stands(sentence: EvidenceSentence) -> bool:
    """Whether a sentence can be read without the one before it: by its words, or with its speaker's name."""
    return sentence.n == 1 or bool(sentence.sentence.speaker) or stands_alone(sentence.text)


def _pool(weighed: Weighed, limits: Limits, allowed: Callable[[EvidenceSentence], bool]) -> list[int]:
    """The positions of the POOL best sentences that fit at all, ascending."""
    fit = [
        i
        for i, sentence in enumerate(weighed.sentences)
        if FEWEST <= weighed.lengths[i] <= limits.words - limits.overhead and allowed(sentence)
    ]
    best = sorted(fit, key=lambda i: (-weighed.values[i], i))[:POOL]
    return sorted(best)


class _Search:
    """A beam search over the sets of a pool."""

    def __init__(self, pool: Weighed, limits: Limits) -> None:
        self._limits = limits
        self._wanted = WANTED * limits.words if limits.wanted is None else limits.wanted
        self._lengths = pool.lengths + limits.overhead
        self._priors = pool.priors
        stems = sorted(frozenset().union(*pool.words))
        column = {word: i for i, word in enumerate(stems)}
        self._chances = np.array([pool.chances[word] for word in stems])
        self._holds = np.zeros((len(pool.words), len(stems)), np.float32)
        for i, held in enumerate(pool.words):
            self._holds[i, [column[word] for word in held]] = 1.0
        self._worth = self._holds * pool.priors[:, None].astype(np.float32)
        self._before = _before(pool.sentences)
        self._alike = _all_alike(pool, self._holds)

    def run(self) -> tuple[int, ...]:
        """The best set, ascending."""
        start = _Set((), np.zeros(len(self._chances), np.float32), 0, 0.0)
        beam, best = [start], start
        while beam and len(beam[0].chosen) < self._limits.sentences:
            longer: dict[tuple[int, ...], _Set] = {}
            for held in beam:
                for candidate in self._extended(held):
                    longer.setdefault(candidate.chosen, candidate)
            beam = sorted(longer.values(), key=lambda s: (-s.value, s.chosen))[:BEAM]
            if beam and beam[0].value > best.value:
                best = beam[0]
        return best.chosen

    def _extended(self, held: _Set) -> list[_Set]:
        """The most promising sets that hold one sentence more."""
        barred = set(held.chosen).union(*(self._alike[i] for i in held.chosen))
        open_ = [i for i in range(len(self._lengths)) if i not in barred and self._may(held, i)]
        if not open_:
            return []
        rows = np.array(open_)
        gained = np.maximum(self._worth[rows], held.best)
        values = 2.0 * (gained @ self._chances) / (held.words + self._lengths[rows] + self._wanted)
        order = sorted(range(len(open_)), key=lambda k: (-round(float(values[k]), 9), open_[k]))[:BEAM]
        return [
            _Set(
                tuple(sorted((*held.chosen, open_[k]))),
                gained[k],
                held.words + int(self._lengths[open_[k]]),
                round(float(values[k]), 9),
            )
            for k in order
        ]

    def _may(self, held: _Set, i: int) -> bool:
        before = self._before[i]
        return held.words + self._lengths[i] <= self._limits.words and (
            before is None or before in held.chosen
        )


def _all_alike(pool: Weighed, holds: NDArray[np.float32]) -> list[frozenset[int]]:
    """For each sentence of a pool the others that are `alike`, by position.

    Args:
        pool: n sentences.
        holds: Which stems each one holds, 0 or 1, shape (n, stems).
    """
    sizes = holds.sum(axis=1)
    shared = holds @ holds.T
    shorter = np.minimum(sizes[:, None], sizes[None, :])
    # Few pairs come near: those alone are looked at as `alike` looks at them.
    cosines = pool.vectors @ pool.vectors.T
    near = ((shorter > 0) & (shared >= SAME_WORDS * shorter - 1e-6)) | (cosines >= SAME_VECTOR)
    np.fill_diagonal(near, val=False)
    return [
        frozenset(
            j
            for j in np.flatnonzero(near[i]).tolist()
            if alike(pool.words[i], pool.words[j], float(cosines[i, j]))
        )
        for i in range(len(pool.words))
    ]


def _before(sentences: Sequence[EvidenceSentence]) -> list[int | None]:
    """For each sentence the position of the one it needs before it; its own where that is not there."""
    place = {(sentence.article, sentence.n): i for i, sentence in enumerate(sentences)}
    return [
        None if stands(sentence) else place.get((sentence.article, sentence.n - 1), i)
        for i, sentence in enumerate(sentences)
    ]
