"""Logs, stage timings and metrics; never a question's text."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import Counter


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
