"""Server-sent events: one terminal event at every point of failure, and work that ends with its caller."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from service.api import sse
from service.api.limits import Slots
from service.domain.answer import (
    Answer,
    Asked,
    Began,
    Check,
    Found,
    Outcome,
    Progress,
    Provenance,
    Reason,
    Status,
)
from service.domain.article import NO_FILTERS
from service.domain.errors import ModelUnavailable, RateLimited, ServiceError

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ANSWER = Answer(
    "ans_1", Status.ANSWERED, "extractive", "", (), (), Asked("q", "q", NO_FILTERS, NOW), 0.5, Provenance()
)
EVENTS = (
    Began("ans_1", NOW, "extractive"),
    Progress("searching", 0),
    Found(()),
    Check(Reason.NAME, Outcome.WITHHELD, 2),
    ANSWER,
)


def frames(text: str) -> list[tuple[str, int, dict[str, Any]]]:
    found = []
    for frame in text.split("\n\n"):
        if frame and not frame.startswith(":"):
            name, number, data = frame.split("\n")
            found.append(
                (
                    name.removeprefix("event: "),
                    int(number.removeprefix("id: ")),
                    json.loads(data.removeprefix("data: ")),
                )
            )
    return found


async def sent(events) -> str:
    response = sse.EventStream(events())
    return "".join([str(piece) async for piece in response.body_iterator])


async def test_each_event_has_its_name_its_number_and_its_data_on_one_line():
    async def events():
        for event in EVENTS:
            yield event

    found = frames(await sent(events))
    assert [(name, number) for name, number, _ in found] == [
        ("meta", 1), ("status", 2), ("sources", 3), ("check", 4), ("done", 5),
    ]  # fmt: skip
    assert found[0][2] == {"id": "ans_1", "as_of": NOW.isoformat(), "mode": "extractive"}
    assert found[3][2] == {"reason": "name", "outcome": "withheld", "n": 2}


@pytest.mark.parametrize("after", range(len(EVENTS)))
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModelUnavailable("the model is away"), "model_unavailable"),
        (RateLimited("wait", retry_after_s=7), "rate_limited"),
        (RuntimeError("secret of the inside"), "service_error"),
    ],
)
async def test_a_failure_at_any_point_ends_the_stream_with_one_error(after, error, code):
    async def events():
        for event in EVENTS[:after]:
            yield event
        raise error

    text = await sent(events)
    names = [name for name, _, _ in frames(text)]
    assert names.count("error") + names.count("done") == 1
    assert names[-1] == "error"
    last = frames(text)[-1]
    assert last[1] == after + 1
    assert last[2]["code"] == code
    assert last[2].get("retry_after") == (7 if isinstance(error, RateLimited) else None)
    assert "secret" not in text


async def test_a_line_end_in_an_answer_cannot_end_an_event():
    async def events():
        yield EVENTS[0]
        raise ServiceError("one\n\nevent: done\ndata: {}\r\n\u2028")

    assert [name for name, _, _ in frames(await sent(events))] == ["meta", "error"]


async def test_a_quiet_stream_is_kept_open_with_pings(monkeypatch):
    monkeypatch.setattr(sse, "PING_S", 0.01)

    async def events():
        await asyncio.sleep(0.1)
        yield ANSWER

    text = await sent(events)
    assert text.startswith(": ping\n\n")
    assert [name for name, _, _ in frames(text)] == ["done"]


async def test_a_caller_who_leaves_ends_the_work_behind_the_stream():
    ended = asyncio.Event()

    async def events():
        try:
            yield EVENTS[0]
            await asyncio.sleep(3_600)
            yield ANSWER
        finally:
            ended.set()

    slots = Slots(1)
    response = sse.EventStream(slots.hold(events))
    await asyncio.wait_for(_leave_after_one_piece(response), 5)
    assert ended.is_set()
    slots.hold(events)


@pytest.mark.parametrize("spec", ["2.3", "2.4"])
async def test_a_caller_who_was_gone_before_the_first_event_holds_no_slot(spec):
    async def events():
        yield ANSWER

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        if spec == "2.4":
            raise OSError
        await asyncio.sleep(3_600)

    slots = Slots(1)
    response = sse.EventStream(slots.hold(events))
    with suppress(ClientDisconnect):
        await response({"type": "http", "asgi": {"spec_version": spec}}, receive, send)
    slots.hold(events)  # at once, and not when the response is collected
    del response


async def _leave_after_one_piece(response) -> None:
    pieces = asyncio.Event()

    async def receive():
        await pieces.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.body":
            pieces.set()

    await response({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)
