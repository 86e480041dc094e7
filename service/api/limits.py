"""How many questions are answered at once: what is over the limit is told so before any work starts."""

import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
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

    def hold(self, events: Callable[[], AsyncIterator[T]]) -> Callable[[], AsyncIterator[T]]:
        """Take a slot now, and give it back when the iterator ends or is closed.

        Raises:
            Overloaded: None is free.
        """
        release = self._take()

        async def held() -> AsyncIterator[T]:
            try:
                async with aclosing(events()) as source:  # type: ignore[type-var] # an async generator is closable
                    async for event in source:
                        yield event
            finally:
                release()

        # Where the caller is gone before the first event, nothing ever iterates and no `finally` runs:
        # then the slot goes back with the iterator itself.
        weakref.finalize(held, release).atexit = False
        return held

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
