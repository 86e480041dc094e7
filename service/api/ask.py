"""POST /ask: a question, plain or streamed."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Request, Response

from service.api.idempotency import HEADER, Replays
from service.api.limits import Slots
from service.api.openapi import problems
from service.api.requests import AskIn
from service.api.responses import AnswerOut
from service.api.sites import SITE_KEY
from service.api.sse import EventStream
from service.domain.answer import Answer, AnswerEvent, Question
from service.pipelines.answer import AnswerQuestion
from service.pipelines.feedback import KeepAnswers

STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An answer or an abstention; as server-sent events where they are asked for",
        "content": {"text/event-stream": {}},
    }
}


def router(answer: AnswerQuestion, zone: ZoneInfo, slots: Slots, keep: KeepAnswers) -> APIRouter:
    """The route.

    Args:
        answer: The trip.
        zone: Of bare dates.
        slots: How many questions are answered at once.
        keep: Keeps what was answered, for feedback.
    """
    routes = APIRouter(tags=["ask"])
    replays: Replays[AnswerEvent] = Replays()

    async def kept(question: Question) -> AsyncGenerator[AnswerEvent]:
        async with aclosing(answer.stream(question)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    # Before it is told, so that feedback that comes at once finds it.
                    whole = AnswerOut.of(event).model_dump(mode="json")
                    await keep(event.id, question.text, whole)
                yield event

    @routes.post(
        "/ask",
        response_model=AnswerOut,
        responses=STREAM | problems(401, 403, 409, 413, 415, 422, 429, 502, 503, 504),
    )
    async def ask(
        body: AskIn, request: Request, key: Annotated[str | None, Header(alias=HEADER)] = None
    ) -> Response | AnswerOut:
        """Answer a question from the stored articles, each sentence cited, or abstain.

        The same `Idempotency-Key` within ten minutes gives the same answer, or attaches to it while it is
        being made.
        """
        question = body.to_domain(zone)
        answer.allows(question)

        def begin() -> AsyncIterator[AnswerEvent]:
            # A slot is taken for work that begins, and for none that is attached to.
            return slots.hold(lambda: kept(question))

        events = replays.open(key, _digest(body, request), begin)
        if body.stream or "text/event-stream" in request.headers.get("accept", ""):
            return EventStream(events)
        async with aclosing(events) as source:  # type: ignore[type-var] # an async generator is closable
            async for event in source:
                if isinstance(event, Answer):
                    return AnswerOut.of(event)
        raise AssertionError("a stream ends with an answer")  # pragma: no cover - its contract

    return routes


def _digest(body: AskIn, request: Request) -> str:
    """Names a question and who asks it, however it is to be sent."""
    who = [request.headers.get(name, "") for name in ("authorization", SITE_KEY)]
    asked = body.model_dump_json(exclude={"stream"})
    return hashlib.sha256("\0".join([asked, *who]).encode()).hexdigest()
