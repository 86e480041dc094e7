"""From what the systems took to the table that stands in the repository."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

FIRST: Final = 1
FEW: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A system's figures over all repeats.

    `hit1`, `hit5` and `mrr10` in [0, 1]; documents a second, milliseconds a question, MiB: medians of the
    repeats. `cpu`: the same by the process's own processor time, which other jobs on the machine touch less.
    """

    label: str
    repeats: int
    hit1: float
    hit5: float
    mrr10: float
    documents_s: float
    documents_cpu_s: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    peak_mib: float


def row(label: str, gold: Sequence[str], documents: int, results: Sequence[Mapping[str, Any]]) -> Row:
    """Summarise a system.

    Args:
        label: Its name in the table.
        gold: For each question, the id of the document that answers it.
        documents: How many were taken in.
        results: One a repeat, as `system.measure` gives them; at least one.
    """
    ranks = [
        [
            found.index(wanted) + 1 if wanted in found else 0
            for found, wanted in zip(r["found"], gold, strict=True)
        ]
        for r in results
    ]

    def mean(score: Callable[[int], float]) -> float:
        return statistics.fmean(score(rank) for repeat in ranks for rank in repeat)

    def median(value: Callable[[Mapping[str, Any]], float]) -> float:
        return statistics.median(value(result) for result in results)

    return Row(
        label=label,
        repeats=len(results),
        hit1=mean(lambda rank: rank == FIRST),
        hit5=mean(lambda rank: 0 < rank <= FEW),
        mrr10=mean(lambda rank: 1 / rank if rank else 0.0),
        documents_s=median(lambda r: documents / r["ingest_s"]),
        documents_cpu_s=median(lambda r: documents / max(r["ingest_cpu_s"], 1e-9)),
        p50_ms=median(lambda r: 1e3 * percentile(r["query_s"], 0.50)),
        p95_ms=median(lambda r: 1e3 * percentile(r["query_s"], 0.95)),
        cpu_ms=median(lambda r: 1e3 * percentile(r["query_cpu_s"], 0.50)),
        peak_mib=median(lambda r: r["peak_mib"]),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, by the nearest rank.

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def table(rows: Sequence[Row]) -> str:
    """A Markdown table; systems that find nothing (the embedding alone) have no quality."""
    heads = ["system", "runs", "hit@1", "hit@5", "MRR@10", "documents/s", "documents/CPU s"]
    heads += ["query p50, ms", "query p95, ms", "query CPU ms", "peak MiB"]
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for held in rows:
        quality = [held.hit1, held.hit5, held.mrr10]
        ingested = [held.documents_s, held.documents_cpu_s]
        shown = [
            *(f"{value:.3f}".lstrip("0") if any(quality) else "" for value in quality),
            *(f"{value:.1f}" if any(quality) else "" for value in ingested),
            *(f"{value:.1f}" for value in (held.p50_ms, held.p95_ms, held.cpu_ms)),
            f"{held.peak_mib:.0f}",
        ]
        lines.append(f"| {held.label} | {held.repeats} | " + " | ".join(shown) + " |")
    return "\n".join(lines)
