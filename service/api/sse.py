"""The events of an answer or a summary as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from typing import Any, Final, TypeAlias

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from service.api.problems import STATUS
from service.api.responses import AnswerOut, SummaryOut, check_out, citation_out, numbered, source_out
from service.domain.answer import Answer, AnswerEvent, Began, Check, Found, Progress, Said
from service.domain.errors import ServiceError
from service.domain.summary import Summary, SummaryEvent

Event: TypeAlias = AnswerEvent | SummaryEvent
PING_S: Final = 15.0
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """Events as they come, with exactly one `done` or `error` at the end.

    A caller that goes away, before the first event as well, closes the iterator and the work behind it.

    Args:
        events: An iterator that can be closed.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[Event]) -> None:
        self._events = events
        super().__init__(_frames(events), headers=HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        async with aclosing(self._events):  # type: ignore[type-var] # every iterator that comes here is closable
            await super().__call__(scope, receive, send)


async def _frames(events: AsyncIterator[Event]) -> AsyncIterator[str]:
    number = 0
    numbers: dict[str | None, int] = {}
    async with aclosing(_with_pings(events)) as source:  # type: ignore[type-var] # an async generator is closable
        try:
            async for event in source:
                if event is None:
                    yield ": ping\n\n"
                    continue
                if isinstance(event, Found):
                    numbers = numbered(event.sources)
                number += 1
                yield _frame(number, *_named(event, numbers))
        except ServiceError as error:
            yield _frame(number + 1, "error", _error(error))
        except Exception:  # noqa: BLE001 - a stream must end with a word, whatever happened
            yield _frame(number + 1, "error", _error(ServiceError("something went wrong")))


async def _with_pings(events: AsyncIterator[Event]) -> AsyncIterator[Event | None]:
    """The events, and None whenever PING_S pass without one."""
    waiting: asyncio.Task[Event] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(_next(events))
            done, _ = await asyncio.wait({waiting}, timeout=PING_S)
            if not done:
                yield None
                continue
            try:
                event = waiting.result()
            except StopAsyncIteration:
                return
            finally:
                waiting = None
            yield event
    finally:
        if waiting is not None:
            waiting.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await waiting
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)


def _named(  # noqa: PLR0911 - a return an event
    event: Event, numbers: dict[str | None, int]
) -> tuple[str, dict[str, Any]]:
    """An event's name and its data."""
    match event:
        case Began():
            return "meta", {"id": event.id, "as_of": event.as_of.isoformat(), "mode": event.mode}
        case Progress():
            return "status", {"stage": event.stage, "n": event.n}
        case Found():
            return "sources", {
                "sources": [source_out(source).model_dump(mode="json") for source in event.sources]
            }
        case Said():
            citation = citation_out(event.citation, numbers).model_dump(mode="json")
            return "sentence", {"text": event.text, "citation": citation}
        case Check():
            return "check", check_out(event).model_dump(mode="json")
        case Answer():
            return "done", AnswerOut.of(event).model_dump(mode="json")
        case Summary():
            return "done", SummaryOut.of(event).model_dump(mode="json")


def _error(error: ServiceError) -> dict[str, Any]:
    title = error.code.replace("_", " ")
    data: dict[str, Any] = {
        "code": error.code,
        "title": title,
        "status": STATUS[type(error)],
        "detail": error.detail,
    }
    if error.retry_after_s is not None:
        data["retry_after"] = error.retry_after_s
    return data


def _frame(number: int, name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\nid: {number}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
