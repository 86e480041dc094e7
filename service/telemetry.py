"""Logs, stage timings and metrics; never a question's text."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


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
