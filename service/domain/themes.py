"""A digest by theme: articles that lie near each other, or the paragraphs of a few, a paragraph each.

Themes are found by spherical k-means from seeds that lie far apart, without chance; the number of themes
is the one whose members lie nearest to their own theme's middle for how far they lie from the next one's
(the silhouette, with middles in the place of members).
Source: Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.answer import Evidence
from service.domain.article import Matrix
from service.domain.lines import PARAGRAPH, SPACE, Line
from service.domain.salience import Weighed
from service.domain.selection import Limits, select
from service.domain.summary import SummaryTask

MOST: Final = 8
"""Themes at most."""
WORDS_EACH: Final = 35
"""Words that a theme needs: fewer hold no sentence."""
ROUNDS: Final = 12
MANY: Final = 6
"""From so many articles on themes are made of articles; of fewer, of their paragraphs."""


def digest(task: SummaryTask, weighed: Weighed) -> list[Line]:
    """A paragraph a theme, the largest theme first; parts of a few articles stand in reading order.

    A theme of articles is headed by the headline of the article that is nearest to its middle.
    """
    if not weighed.sentences:
        return []
    many = len(task.evidence.articles) >= MANY
    units = _units(weighed, by_article=many)
    most = max(1, min(MOST, task.max_words // WORDS_EACH, len(units)))
    themes = _themes(weighed, units, most)
    if not many:
        themes.sort(key=lambda theme: theme[0][0])
    shares = [math.sqrt(len(theme)) for theme in themes]
    lines: list[Line] = []
    left = task.max_words
    for position, theme in enumerate(themes):
        share = left * shares[position] / math.fsum(shares[position:])
        members = sorted(i for unit in theme for i in unit)
        own = weighed.only(members)
        label = _headline(task.evidence, own) if many and len(themes) > 1 else ""
        room = int(share) - len(label.split())
        chosen = select(own, Limits(room), taken=[line.sentence for line in lines]) if room > 0 else ()
        if not chosen:
            continue
        picked = [own.sentences[i] for i in chosen]
        made = [
            Line(sentence, SPACE if at else PARAGRAPH, label="" if at else label)
            for at, sentence in enumerate(picked)
        ]
        lines += made
        left -= sum(line.words for line in made)
    return lines


def _units(weighed: Weighed, *, by_article: bool) -> list[list[int]]:
    """Positions of the sentences of each article, or of each paragraph."""
    units: dict[tuple[int, int], list[int]] = {}
    for i, sentence in enumerate(weighed.sentences):
        part = 0 if by_article else sentence.sentence.paragraph
        units.setdefault((sentence.article, part), []).append(i)
    return list(units.values())


def _themes(weighed: Weighed, units: Sequence[Sequence[int]], most: int) -> list[list[Sequence[int]]]:
    """Units by theme, the theme with most of them first."""
    rows = np.stack([weighed.vectors[list(unit)].mean(axis=0) for unit in units])
    if len(units) > 1:
        rows = rows - rows.mean(axis=0)  # what all share says nothing about how they differ
    rows = _unit(rows)
    best: NDArray[np.int64] = np.zeros(len(units), np.int64)
    best_score = 0.0
    for k in range(2, min(most, len(units) - 1) + 1):
        labels, centres = _clustered(rows, k)
        score = _silhouette(rows, labels, centres)
        if score > best_score:
            best, best_score = labels, score
    themes = [
        [units[i] for i in np.flatnonzero(best == label).tolist()] for label in sorted(set(best.tolist()))
    ]
    return sorted(themes, key=lambda theme: (-len(theme), theme[0][0]))


def _clustered(rows: Matrix, k: int) -> tuple[NDArray[np.int64], Matrix]:
    """The theme of each row, and the themes' middles, some of them perhaps empty."""
    seeds = [int(np.argmax(rows @ _unit(rows.sum(axis=0, keepdims=True))[0]))]
    while len(seeds) < k:
        nearest = (rows @ rows[seeds].T).max(axis=1)
        nearest[seeds] = np.inf
        seeds.append(int(np.argmin(nearest)))
    centres = rows[seeds]
    labels: NDArray[np.int64] = np.argmax(rows @ centres.T, axis=1)
    for _ in range(ROUNDS):
        centres = _unit(
            np.stack(
                [
                    rows[labels == label].sum(axis=0) if (labels == label).any() else centres[label]
                    for label in range(k)
                ]
            )
        )
        moved: NDArray[np.int64] = np.argmax(rows @ centres.T, axis=1)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return labels, centres


def _silhouette(rows: Matrix, labels: NDArray[np.int64], centres: Matrix) -> float:
    """How much nearer rows lie to their own middle than to the next one, in [-1, 1]."""
    far = 1.0 - rows @ centres.T
    own = far[np.arange(len(rows)), labels]
    far[np.arange(len(rows)), labels] = np.inf
    other = far.min(axis=1)
    return float(np.mean((other - own) / np.maximum(np.maximum(own, other), 1e-9)))


def _unit(rows: Matrix) -> Matrix:
    unit: Matrix = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)).astype(np.float32)
    return unit


def _headline(evidence: Evidence, theme: Weighed) -> str:
    """The headline of the article whose sentences lie nearest to the theme's middle."""
    middle = theme.vectors.mean(axis=0)
    near: dict[int, list[float]] = {}
    for sentence, cosine in zip(theme.sentences, (theme.vectors @ middle).tolist(), strict=True):
        near.setdefault(sentence.article, []).append(cosine)
    best = max(near, key=lambda n: (round(math.fsum(near[n]) / len(near[n]), 6), -n))
    return evidence.articles[best - 1].article.headline
