"""How fast the service takes articles in and answers, with the time of each stage."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.bench.retrieval import BATCH, opened
from evals.client import Client
from evals.corpus import Corpus
from evals.runner import Progress, silent
from evals.schema import GoldenQuestion
from evals.stats import nearest_rank
from evals.target import over_asgi
from service.settings import Settings

CLIENTS: Final = (1, 8)
ROUNDS: Final = 60
"""Questions of each measurement, after ten that warm everything up."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured; times in milliseconds."""

    articles: int
    passages: int
    ingest_s: float
    dtype: str
    asks: Mapping[int, Mapping[str, tuple[float, float]]]
    """Clients -> stage -> (p50, p95)."""
    throughput: Mapping[int, float]
    """Clients -> answers a second."""

    @property
    def passages_a_second(self) -> float:
        """Passages embedded, stored and indexed a second."""
        return self.passages / self.ingest_s


async def speed(corpus: Corpus, questions: Sequence[GoldenQuestion], told: Progress = silent) -> Speed:
    """Measure an empty service in this process, over its HTTP interface without a socket."""
    from service.app import create_app

    async with opened([], told) as pipelines, over_asgi(create_app(pipelines)) as client:
        bodies = [article.payload() for article in corpus.articles.values()]
        # The first batch also times the two dtypes and warms the model: it is not counted.
        first, rest = bodies[:BATCH], bodies[BATCH:] or bodies
        await _post(client, first)
        began = time.perf_counter()
        receipts = []
        for start in range(0, len(rest), BATCH):
            receipts += await _post(client, rest[start : start + BATCH])
            told("ingest", start, len(rest))
        spent = time.perf_counter() - began
        asks, throughput = {}, {}
        for clients in CLIENTS:
            told(f"{clients} clients", clients, CLIENTS[-1])
            asks[clients], throughput[clients] = await _asked(client, questions, clients)
        return Speed(
            articles=len(rest),
            passages=sum(int(r["passages"] or 0) for r in receipts),
            ingest_s=spent,
            dtype=_dtype(pipelines.settings),
            asks=asks,
            throughput=throughput,
        )


def _dtype(settings: Settings) -> str:
    kept = Path(settings.data_dir) / "embedder.json"
    if not kept.is_file():
        return settings.embedding.dtype
    return str(json.loads(kept.read_text(encoding="utf-8"))["dtype"])


async def _post(client: Client, batch: Sequence[Mapping[str, str]]) -> list[Mapping[str, Any]]:
    return await client.post(batch)


async def _asked(
    client: Client, questions: Sequence[GoldenQuestion], clients: int
) -> tuple[dict[str, tuple[float, float]], float]:
    gate = asyncio.Semaphore(clients)
    stages: dict[str, list[float]] = {}

    async def one(question: GoldenQuestion, *, counted: bool) -> None:
        async with gate:
            began = time.perf_counter()
            body = await client.ask(
                {"question": question.question, "as_of": question.as_of, "mode": "extractive"}
            )
            spent = (time.perf_counter() - began) * 1_000
        if counted:
            stages.setdefault("whole", []).append(spent)
            for stage, ms in body["provenance"]["timings_ms"].items():
                stages.setdefault(stage, []).append(float(ms))

    for question in questions[:10]:
        await one(question, counted=False)
    chosen = [questions[k % len(questions)] for k in range(10, 10 + ROUNDS)]
    began = time.perf_counter()
    await asyncio.gather(*(one(question, counted=True) for question in chosen))
    total = time.perf_counter() - began
    found = {
        stage: (nearest_rank(values, 0.5) or 0.0, nearest_rank(values, 0.95) or 0.0)
        for stage, values in stages.items()
    }
    return found, ROUNDS / total
