"""Equal requests share a reply: one call for those that come at once, none for those that come later.

The key is all that bears on a reply: the messages (question, evidence, prompt), the model and its settings.
A corrected or retracted article changes the evidence and with it the key, and what is kept is the model's
words, held against the articles each time: no stale answer can be met.
"""

import asyncio
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import Final

from service.domain.answer import Usage
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart, Restart
from service.domain.errors import ModelUnavailable, ServiceError
from service.ports import ChatModel
from service.telemetry import MODEL_SHARED

KEPT: Final = 256
KEPT_S: Final = 3_600.0


@dataclass(slots=True, eq=False)
class _Flight:
    """A call under way: what has come so far, and who waits for more."""

    parts: list[CompletionPart] = field(default_factory=list)
    error: ServiceError | None = None
    done: bool = False
    riders: int = 0
    task: "asyncio.Task[None] | None" = None
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, part: CompletionPart) -> None:
        self.parts.append(part)
        self._wake()

    def end(self, error: ServiceError | None = None) -> None:
        self.error, self.done = error, True
        self._wake()

    def _wake(self) -> None:
        woken, self.more = self.more, asyncio.Event()
        woken.set()


@dataclass(slots=True, eq=False)
class SharedReplies:
    """A `ChatModel` that asks another one, and no more often than it has to.

    Args:
        model: Makes the calls.
        settings: Whatever else bears on a reply, such as the settings' fingerprint.
        kept: Replies that are kept.
        kept_s: For how many seconds.
    """

    model: ChatModel
    settings: str = ""
    kept: int = KEPT
    kept_s: float = KEPT_S
    _replies: OrderedDict[str, tuple[float, str, CompletionEnd]] = field(default_factory=OrderedDict)
    _flights: dict[str, _Flight] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """The model's price."""
        return await self.model.price(prompt_tokens, completion_tokens)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:
        """Text as it comes and one end; the end of a shared reply is `cached` and took nothing.

        Raises:
            UpstreamError, ModelRejected: As the model does.
        """
        key = self._key(request)
        known = self._known(key)
        if known is not None:
            MODEL_SHARED.labels("kept").inc()
            yield known[0]
            yield known[1]
            return
        flight = self._flights.get(key)
        joined = flight is not None
        if flight is None:
            flight = self._flights[key] = _Flight()
            flight.task = asyncio.create_task(self._fly(key, flight, request))
        else:
            MODEL_SHARED.labels("joined").inc()
        flight.riders += 1
        try:
            async for part in _ride(flight):
                yield _shared(part) if joined and isinstance(part, CompletionEnd) else part
        finally:
            flight.riders -= 1
            if not flight.riders:
                await self._land(key, flight)

    async def _fly(self, key: str, flight: _Flight, request: ChatRequest) -> None:
        """Make the call for all who ride along."""
        parts = self.model.stream(request)
        try:
            async for part in parts:
                flight.add(part)
            flight.end()
            self._keep(key, flight.parts)
        except ServiceError as error:
            flight.end(error)
        finally:
            self._flights.pop(key, None)
            if not flight.done:
                flight.end(ModelUnavailable("the model's reply broke off"))
            await parts.aclose()

    async def _land(self, key: str, flight: _Flight) -> None:
        """The last rider has left: stop the call, and wait until it has stopped."""
        if self._flights.get(key) is flight:
            del self._flights[key]
        if flight.task is not None:
            flight.task.cancel()
            await asyncio.gather(flight.task, return_exceptions=True)

    def _key(self, request: ChatRequest) -> str:
        said = [[message.role, message.content] for message in request.messages]
        bearing = [said, request.max_tokens, request.temperature, self.model.name, self.settings]
        return hashlib.sha256(json.dumps(bearing).encode()).hexdigest()

    def _known(self, key: str) -> tuple[str, CompletionEnd] | None:
        found = self._replies.get(key)
        if found is None:
            return None
        kept_at, text, end = found
        if time.monotonic() - kept_at > self.kept_s:
            del self._replies[key]
            return None
        self._replies.move_to_end(key)
        return text, end

    def _keep(self, key: str, parts: list[CompletionPart]) -> None:
        """Keep a reply that is whole."""
        end = parts[-1] if parts else None
        if not isinstance(end, CompletionEnd) or end.finish != "stop":
            return
        begun = max((n + 1 for n, part in enumerate(parts) if isinstance(part, Restart)), default=0)
        text = "".join(part for part in parts[begun:] if isinstance(part, str))
        self._replies[key] = (time.monotonic(), text, _shared(end))
        while len(self._replies) > self.kept:
            self._replies.popitem(last=False)


async def _ride(flight: _Flight) -> AsyncGenerator[CompletionPart]:
    """All parts of a call, those that have come and those that will."""
    at = 0
    while True:
        more = flight.more
        while at < len(flight.parts):
            yield flight.parts[at]
            at += 1
        if flight.done and at == len(flight.parts):
            if flight.error is not None:
                raise flight.error
            return
        if at == len(flight.parts) and more is flight.more:
            await more.wait()


def _shared(end: CompletionEnd) -> CompletionEnd:
    return replace(end, usage=Usage(), cached=True)
