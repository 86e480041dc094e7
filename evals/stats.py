"""Intervals and tests, the same for every metric. Questions of one story are not independent: clusters are.

Numbers come back as None where they would say nothing: never NaN, never 0 for "not measured".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

Z: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""
RESAMPLES: Final = 9_999
SEED: Final = 20_260_301
MIN_CLUSTERS: Final = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


def wilson(successes: int, n: int) -> Interval | None:
    """Wilson's score interval of a rate; None for n = 0.

    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.

    >>> w = wilson(38, 40); (round(w.low, 2), round(w.high, 2))
    (0.83, 0.99)
    """
    if n == 0:
        return None
    share = successes / n
    centre = share + Z**2 / (2 * n)
    margin = Z * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    scale = 1 + Z**2 / n
    return Interval(max(0.0, (centre - margin) / scale), min(1.0, (centre + margin) / scale))


def _sums(values: Sequence[float], clusters: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum and size of each cluster, in the order of their names."""
    names = sorted(set(clusters))
    where = {name: k for k, name in enumerate(names)}
    sums, sizes = np.zeros(len(names)), np.zeros(len(names))
    for value, cluster in zip(values, clusters, strict=True):
        sums[where[cluster]] += value
        sizes[where[cluster]] += 1
    return sums, sizes


def _resampled(sums: Floats, sizes: Floats) -> Floats:
    """Means of resamples of whole clusters, shape (RESAMPLES,)."""
    draw = np.random.default_rng(SEED).multinomial(
        len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES
    )
    return np.asarray((draw @ sums) / (draw @ sizes), dtype=np.float64)


def bootstrap(values: Sequence[float], clusters: Sequence[str]) -> Interval | None:
    """Percentile interval of a mean over resampled stories.

    Returns:
        None with fewer than 10 stories or without variance: such an interval would be a claim.
    """
    sums, sizes = _sums(values, clusters) if values else (np.zeros(0), np.zeros(0))
    if len(sums) < MIN_CLUSTERS or len(set(values)) == 1:
        return None
    low, high = np.percentile(_resampled(sums, sizes), [2.5, 97.5])
    return Interval(float(low), float(high))


def cluster_error(values: Sequence[float], clusters: Sequence[str]) -> float | None:
    """Standard error of a mean with clustered questions; None with fewer than two clusters.

    Source: Miller 2024, arXiv:2411.00640, appendix A, with C/(C-1) for few clusters.
    """
    if not values:
        return None
    sums, sizes = _sums(values, clusters)
    count = len(sums)
    if count < 2:  # noqa: PLR2004 (one cluster has no spread)
        return None
    residuals = sums - sizes * (math.fsum(values) / len(values))
    return float(math.sqrt(count / (count - 1) * float((residuals**2).sum())) / len(values))


@dataclass(frozen=True, slots=True)
class Paired:
    """Two systems on the same questions: the mean difference (new - old) and whether it is a loss."""

    difference: float
    interval: Interval | None
    p_worse: float
    n: int
    flips: int
    mde: float | None
    """The smallest loss that so many questions would show, with 80 % power at a one-sided 5 %."""


def paired(
    new: Mapping[str, float], old: Mapping[str, float], cluster_of: Mapping[str, str]
) -> Paired | None:
    """Sign-flip permutation over stories, one-sided: is `new` worse?

    Args:
        new: Score by question id, repeats averaged before.
        old: The same for the other run; only shared ids count.
        cluster_of: Story by question id.

    Returns:
        None where the runs share no question.

    Source: Smucker, Allan, Carterette, CIKM 2007, doi:10.1145/1321440.1321528.
    """
    ids = sorted(set(new) & set(old))
    if not ids:
        return None
    differences = [new[i] - old[i] for i in ids]
    clusters = [cluster_of[i] for i in ids]
    sums, _ = _sums(differences, clusters)
    observed = float(sums.sum())
    signs = np.random.default_rng(SEED).integers(0, 2, size=(RESAMPLES, len(sums))) * 2 - 1
    # The tolerance keeps equal sums equal in whatever order they were added.
    as_low = int(((signs @ sums) <= observed + 1e-9).sum())
    variance = float(np.var(differences, ddof=1)) if len(ids) > 1 else None
    return Paired(
        difference=math.fsum(differences) / len(ids),
        interval=bootstrap(differences, clusters),
        p_worse=(as_low + 1) / (RESAMPLES + 1),
        n=len(ids),
        flips=sum(1 for d in differences if d != 0),
        mde=2.49 * math.sqrt(variance / len(ids)) if variance is not None else None,
    )


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values of several tests.

    Source: Holm 1979, Scandinavian Journal of Statistics 6(2), 65-70.

    >>> holm({"a": 0.01, "b": 0.04})
    {'a': 0.02, 'b': 0.04}
    """
    ordered = sorted(p_values.items(), key=lambda item: (item[1], item[0]))
    adjusted: dict[str, float] = {}
    running = 0.0
    for position, (name, p) in enumerate(ordered):
        running = max(running, min(1.0, (len(ordered) - position) * p))
        adjusted[name] = running
    return adjusted


def auc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """The chance that a positive scores above a negative, ties a half; None where either is empty.

    Source: Mann and Whitney 1947, doi:10.1214/aoms/1177730491.
    """
    if not positives or not negatives:
        return None
    wins = sum((p > n) + 0.5 * (p == n) for p in positives for n in negatives)
    return float(wins / (len(positives) * len(negatives)))


def auc_interval(
    positives: Sequence[tuple[float, str]], negatives: Sequence[tuple[float, str]]
) -> Interval | None:
    """Percentile interval of the AUC over resampled stories.

    Args:
        positives: Score and story of each.
        negatives: The same.
    """
    names = sorted({story for _, story in (*positives, *negatives)})
    if len(names) < MIN_CLUSTERS:
        return None
    where = {name: k for k, name in enumerate(names)}
    # Wins of each story's positives over each story's negatives: an AUC of a resample is then two products.
    wins = np.zeros((len(names), len(names)))
    for p, story in positives:
        for n, other in negatives:
            wins[where[story], where[other]] += (p > n) + 0.5 * (p == n)
    n_pos, n_neg = np.zeros(len(names)), np.zeros(len(names))
    for _, story in positives:
        n_pos[where[story]] += 1
    for _, story in negatives:
        n_neg[where[story]] += 1
    draw = np.random.default_rng(SEED).multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES
    )
    pairs = (draw @ n_pos) * (draw @ n_neg)
    held = np.einsum("ij,ij->i", draw @ wins, draw)[pairs > 0] / pairs[pairs > 0]
    if not len(held):
        return None
    low, high = np.percentile(held, [2.5, 97.5])
    return Interval(float(low), float(high))


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile, `share` in (0, 1]; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
