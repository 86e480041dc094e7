"""How many questions are answered at once: what is over the limit is told so before any work starts."""

import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from service.domain.errors import Overloaded

T = TypeVar("T")
RETRY_S: Final = 2.0


class Slots:
    """A bound on what runs at once.

    Args:
        n: At most so many, >= 1.
    """

    def __init__(self, n: int) -> None:
        self._free = n

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold a slot for the block.

        Raises:
            Overloaded: None is free.
        """
        release = self._take()
        try:
            yield
        finally:
            release()

    def hold(self, events: Callable[[], AsyncGenerator[T]]) -> "Held[T]":
        """Take a slot now, and give it back when the events end or are closed.

        Raises:
            Overloaded: None is free.
        """
        return Held(events(), self._take())

    def _take(self) -> Callable[[], None]:
        """Take a slot; what comes back gives it back, once."""
        if self._free <= 0:
            raise Overloaded("too many questions at once", retry_after_s=RETRY_S)
        self._free -= 1
        taken = True

        def release() -> None:
            nonlocal taken
            self._free += taken
            taken = False

        return release


class Held(AsyncIterator[T]):
    """Events that hold a slot until they end, fail or are closed.

    No generator: closing one that nothing was ever read from runs no `finally`, and a client may well be
    gone before the first event.

    Args:
        events: What is passed on.
        release: Gives the slot back; may be called again.
    """

    def __init__(self, events: AsyncGenerator[T], release: Callable[[], None]) -> None:
        self._events = events
        self._release = release
        # For whoever drops it unread and unclosed.
        weakref.finalize(self, release).atexit = False

    async def __anext__(self) -> T:
        """The next event."""
        try:
            return await anext(self._events)
        except BaseException:  # its end, too, is one
            self._release()
            raise

    async def aclose(self) -> None:
        """Stop the work, and give the slot back."""
        try:
            await self._events.aclose()
        finally:
            self._release()
