"""How many texts the embedding model should take at once: sizes measured in turn on the same passages."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from evals.runner import Progress, silent
from service.adapters.nupunkt_sentences import NupunktSentences
from service.adapters.sentence_embedder import SentenceEmbedder
from service.domain.article import Article, Revision
from service.pipelines.index import BATCH
from service.pipelines.passages import make_passages
from service.ports import Embedded, Embedder

SIZES: Final = (8, 16, 32, 64, 128)
ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class BatchCost:
    """What a batch size costs; medians of the rounds.

    Attributes:
        size: Texts in a batch at most.
        passages_s: Passages embedded a second.
        passages_cpu_s: The same by the process's own processor time, which other jobs touch less.
        least_s: `passages_s` in the slowest round.
        most_s: And in the fastest.
        batch_ms: One batch: what a question that comes while articles are embedded waits at most, and on
            average twice as long as it waits.
    """

    size: int
    passages_s: float
    passages_cpu_s: float
    least_s: float
    most_s: float
    batch_ms: float


@dataclass(frozen=True, slots=True)
class Batches:
    """All sizes, with what they were measured on."""

    passages: int
    dtype: str
    rounds: int
    costs: tuple[BatchCost, ...]


class _Recorder:
    """An `Embedder` that keeps what it is asked to embed."""

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self.space, self.max_tokens, self.count_tokens = real.space, real.max_tokens, real.count_tokens
        self.embed_query, self.embed, self.embed_words = real.embed_query, real.embed, real.embed_words
        self.windows: list[tuple[Sequence[str], Sequence[Sequence[tuple[int, int]]]]] = []

    async def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> Sequence[Embedded]:
        self.windows.append((texts, spans))
        return [Embedded(np.zeros(1, np.float32), np.zeros((len(s), 1), np.float32)) for s in spans]


async def measure_batches(
    articles: Sequence[Article],
    *,
    sizes: Sequence[int] = SIZES,
    rounds: int = ROUNDS,
    threads: int | None = None,
    told: Progress = silent,
) -> Batches:
    """Embed the articles' passages as the index loop does, with each size in turn.

    Every round begins with another size, so that none always meets a warm or a busy machine.

    Args:
        articles: What is cut into passages.
        sizes: Texts in a batch.
        rounds: Times that each size embeds everything, >= 1.
        threads: Of the model; None: as torch chooses.
        told: Is told how far it is.
    """
    first = SentenceEmbedder(threads=threads)
    dtype = first.dtype
    models = {size: SentenceEmbedder(dtype=dtype, threads=threads, batch=size) for size in sizes}
    try:
        windows = await _windows(articles, first)
        passages = sum(len(texts) for texts, _ in windows)
        spent: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
        for model in models.values():
            await model.embed_spans(*windows[0])  # loads it, and is not counted
        for turn in range(rounds):
            for n, size in enumerate([*sizes[turn % len(sizes) :], *sizes[: turn % len(sizes)]]):
                told("embed", turn * len(sizes) + n, rounds * len(sizes))
                began, cpu = time.perf_counter(), time.process_time()
                for texts, spans in windows:
                    await models[size].embed_spans(texts, spans)
                spent[size].append((time.perf_counter() - began, time.process_time() - cpu))
    finally:
        for model in (first, *models.values()):
            model.close()
    costs = [
        _cost(size, passages, sum(-(-len(texts) // size) for texts, _ in windows), spent[size])
        for size in sizes
    ]
    return Batches(passages, dtype, rounds, tuple(costs))


async def _windows(
    articles: Sequence[Article], embedder: Embedder
) -> list[tuple[Sequence[str], Sequence[Sequence[tuple[int, int]]]]]:
    """The texts and spans that the index loop would hand to the model, call by call."""
    recorder = _Recorder(embedder)
    now = datetime.now(UTC)
    for start in range(0, len(articles), BATCH):
        revisions = [Revision(article, 1, now) for article in articles[start : start + BATCH]]
        await make_passages(revisions, NupunktSentences(), recorder)
    return recorder.windows


def _cost(size: int, passages: int, batches: int, spent: Sequence[tuple[float, float]]) -> BatchCost:
    walls, cpus = [wall for wall, _ in spent], [cpu for _, cpu in spent]
    return BatchCost(
        size=size,
        passages_s=passages / statistics.median(walls),
        passages_cpu_s=passages / max(statistics.median(cpus), 1e-9),
        least_s=passages / max(walls),
        most_s=passages / min(walls),
        batch_ms=1e3 * statistics.median(walls) / batches,
    )
