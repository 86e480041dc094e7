"""POST /ask: a question, plain or streamed."""

from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from service.api.limits import Slots
from service.api.openapi import problems
from service.api.requests import AskIn
from service.api.responses import AnswerOut
from service.api.sse import event_stream
from service.pipelines.answer import AnswerQuestion

STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An answer or an abstention; as server-sent events where they are asked for",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def router(answer: AnswerQuestion, zone: ZoneInfo, slots: Slots) -> APIRouter:
    """The route.

    Args:
        answer: The trip.
        zone: Of bare dates.
        slots: How many questions are answered at once.
    """
    routes = APIRouter(tags=["ask"])

    @routes.post(
        "/ask",
        response_model=AnswerOut,
        responses=STREAM | problems(401, 403, 413, 415, 422, 429, 502, 503, 504),
    )
    async def ask(body: AskIn, request: Request) -> Response | AnswerOut:
        """Answer a question from the stored articles, each sentence cited, or abstain."""
        question = body.to_domain(zone)
        wants_stream = body.stream or "text/event-stream" in request.headers.get("accept", "")
        answer.allows(question)
        if wants_stream:
            return event_stream(slots.hold(lambda: answer.stream(question)))
        async with slots.one():
            return AnswerOut.of(await answer(question))

    return routes
