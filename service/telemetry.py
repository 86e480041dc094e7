"""Logs, stage timings and metrics; never a question's text."""

import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

QUESTIONS: Final = Counter("byline_questions", "Questions by how they ended", ["status", "mode"])
STAGES: Final = Histogram(
    "byline_stage_seconds",
    "Time of an answer's stages",
    ["stage"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
ARTICLES: Final = Counter("byline_articles", "Articles taken in, by what became of them", ["status"])
MODEL_CALLS: Final = Counter(
    "byline_model_calls",
    "Calls of a model by how they ended: ok, abandoned, or an error's code",
    ["model", "outcome"],
)
MODEL_TOKENS: Final = Counter("byline_model_tokens", "Tokens of model calls", ["model", "kind"])
MODEL_COST: Final = Counter(
    "byline_model_cost_usd", "US dollars of model calls whose price is known", ["model"]
)
MODEL_RETRIES: Final = Counter("byline_model_retries", "Calls made again before their first byte", ["model"])
MODEL_FALLBACKS: Final = Counter("byline_model_fallbacks", "Turns from a model to the next", ["model"])
MODEL_SHARED: Final = Counter("byline_model_shared", "Replies that took no call of their own", ["how"])
SENTENCES: Final = Counter(
    "byline_model_sentences",
    "Sentences of a model: shown as written by match, or the reason",
    ["outcome", "reason"],
)


class Timings:
    """Wall time of the stages of one trip, in milliseconds, by name."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to the stage `name`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - start) * 1_000
            self._spent[name] = self._spent.get(name, 0.0) + spent

    def as_dict(self) -> dict[str, float]:
        """Milliseconds by stage, rounded to hundredths."""
        return {name: round(spent, 2) for name, spent in self._spent.items()}


def count_answer(status: str, mode: str, timings_ms: Mapping[str, float]) -> None:
    """Count an answer and the time of its stages."""
    QUESTIONS.labels(status, mode).inc()
    for stage, spent in timings_ms.items():
        STAGES.labels(stage).observe(spent / 1_000)


def exposition() -> tuple[str, str]:
    """All metrics in Prometheus' text format, and its media type."""
    return generate_latest().decode(), CONTENT_TYPE_LATEST


def set_up_logs(level: str) -> None:
    """Log to standard error, a line an event."""
    logging.basicConfig(
        stream=sys.stderr, level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
    for noisy in ("httpx", "chromadb", "sentence_transformers", "alembic", "LiteLLM"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
