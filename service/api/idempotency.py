"""The same question with the same `Idempotency-Key` within ten minutes is answered once.

A reader's connection breaks, the widget asks again: it gets the events from the first on, then those that are
still to come, and the work is done once.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Final, Generic, TypeVar

from service.domain.errors import Conflict, InvalidInput

HEADER: Final = "Idempotency-Key"
KEEP_S: Final = 600.0
LINGER_S: Final = 5.0
CAPACITY: Final = 1_000
MAX_KEY: Final = 200
Event = TypeVar("Event")


class _Run(Generic[Event]):
    """One piece of work: its events so far, and those who listen."""

    def __init__(self, digest: str) -> None:
        self.digest = digest
        self.began = time.monotonic()
        self.events: list[Event] = []
        self.listeners = 0
        self.error: BaseException | None = None
        self.over = False
        self.changed = asyncio.Condition()
        self.task: asyncio.Task[None] | None = None

    async def work(self, events: AsyncIterator[Event]) -> None:
        try:
            async for event in events:
                self.events.append(event)
                await self._tell()
        except BaseException as error:
            self.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self.over = True
            await self._tell()

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def listen(self) -> AsyncIterator[Event]:
        """All events, from the first on."""
        seen = 0
        while True:
            while seen < len(self.events):
                yield self.events[seen]
                seen += 1
            if self.over:
                if self.error is not None:
                    raise self.error
                return
            async with self.changed:
                if seen == len(self.events) and not self.over:
                    await self.changed.wait()


class Replays(Generic[Event]):
    """Work by idempotency key.

    Args:
        keep_s: Seconds for which a key returns or attaches to its work, from the start of the work.
        linger_s: Seconds that work goes on when nobody listens any more: a broken connection comes back
            within them, and a reader who has gone away costs no more than these.
        capacity: Keys that are held at once; beyond it the oldest is forgotten.
    """

    def __init__(
        self, *, keep_s: float = KEEP_S, linger_s: float = LINGER_S, capacity: int = CAPACITY
    ) -> None:
        self._keep_s = keep_s
        self._linger_s = linger_s
        self._capacity = capacity
        self._runs: OrderedDict[str, _Run[Event]] = OrderedDict()

    def open(
        self, key: str | None, digest: str, start: Callable[[], AsyncIterator[Event]]
    ) -> AsyncIterator[Event]:
        """The events of the work: begun now, or attached to.

        Args:
            key: The `Idempotency-Key` header; None for work of its own, which stops with its listener.
            digest: Names the request, and who sends it: a key belongs to one of them.
            start: Begins the work; called before this returns, and not where it was begun already.

        Raises:
            InvalidInput: The key is empty or too long.
            Conflict: The key was used for another request.
        """
        if key is None:
            return start()
        if not 0 < len(key) <= MAX_KEY or not key.isascii():
            raise InvalidInput(f"1 to {MAX_KEY} ASCII characters are a key", field=HEADER)
        self._forget_old()
        run = self._runs.get(key)
        if run is None:
            events = start()  # may refuse, and then holds no key
            run = self._runs[key] = _Run(digest)
            run.task = asyncio.create_task(run.work(events))
        elif run.digest != digest:
            raise Conflict("this key was used for another request", field=HEADER)
        return self._attend(key, run)

    async def _attend(self, key: str, run: _Run[Event]) -> AsyncIterator[Event]:
        run.listeners += 1
        try:
            async for event in run.listen():
                yield event
        finally:
            run.listeners -= 1
            if run.error is not None:
                # What failed is tried anew by the next one who asks.
                self._drop(key, run)
            elif not run.over and not run.listeners:
                asyncio.get_running_loop().call_later(self._linger_s, self._abandon, key, run)

    def _abandon(self, key: str, run: _Run[Event]) -> None:
        if not run.listeners and not run.over and run.task is not None:
            run.task.cancel()
            self._drop(key, run)

    def _drop(self, key: str, run: _Run[Event]) -> None:
        if self._runs.get(key) is run:
            del self._runs[key]

    def _forget_old(self) -> None:
        horizon = time.monotonic() - self._keep_s
        while self._runs:
            key, run = next(iter(self._runs.items()))
            if run.began > horizon and len(self._runs) < self._capacity:
                return
            if not run.over and not run.listeners and run.task is not None:
                run.task.cancel()
            del self._runs[key]
