"""Measures of a ranking of whole articles, as trec_eval defines them; ir-measures holds them in the tests."""

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], k: int = 10) -> float:
    """nDCG@k with linear gain.

    Args:
        ranking: Ids, best first, none twice.
        relevant: Grade by id; what is absent is 0.
        k: The cut.

    Source: Järvelin and Kekäläinen 2002, doi:10.1145/582415.582418; trec_eval `ndcg_cut`.

    >>> round(ndcg(["b", "a"], {"a": 1}), 4)
    0.6309
    """
    gained = math.fsum(
        relevant.get(i, 0) / math.log2(rank + 1) for rank, i in enumerate(ranking[:k], start=1)
    )
    best = sorted((grade for grade in relevant.values() if grade > 0), reverse=True)[:k]
    ideal = math.fsum(grade / math.log2(rank + 1) for rank, grade in enumerate(best, start=1))
    return gained / ideal if ideal else 0.0


def recall(ranking: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """The share of relevant ids among the first k.

    >>> recall(["b", "a"], {"a": 1, "c": 1}, 2)
    0.5
    """
    wanted = {i for i, grade in relevant.items() if grade > 0}
    return len(wanted & set(ranking[:k])) / len(wanted) if wanted else 0.0


def reciprocal_rank(ranking: Sequence[str], relevant: Mapping[str, int], k: int = 10) -> float:
    """One over the rank of the first relevant id among the first k, else 0.

    >>> reciprocal_rank(["b", "a"], {"a": 1})
    0.5
    """
    ranks = (rank for rank, i in enumerate(ranking[:k], start=1) if relevant.get(i, 0) > 0)
    first = next(ranks, None)
    return 1 / first if first else 0.0


def hit(ranking: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """1 where a relevant id is among the first k.

    >>> hit(["b", "a"], {"a": 1}, 1)
    0.0
    """
    return float(any(relevant.get(i, 0) > 0 for i in ranking[:k]))
