"""POST /feedback: what a reader says of an answer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from service.api.openapi import problems
from service.api.requests import Wire
from service.domain.feedback import FeedbackReason
from service.pipelines.feedback import GiveFeedback

Reason = Annotated[FeedbackReason, Field(strict=False)]
"""On the wire a word."""


class FeedbackIn(Wire):
    """A reader's word on an answer."""

    answer_id: Annotated[str, Field(min_length=1, max_length=64)]
    value: Literal["good", "bad"]
    reasons: Annotated[tuple[Reason, ...], Field(max_length=len(FeedbackReason), strict=False)] = ()
    comment: str | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"answer_id": "ans_0123456789abcdef0123", "value": "bad", "reasons": ["wrong_source"]}
            ]
        }
    )


def router(give: GiveFeedback) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["feedback"])

    @routes.post(
        "/feedback",
        status_code=204,
        response_class=Response,
        responses=problems(401, 403, 404, 413, 415, 422),
    )
    async def feedback(body: FeedbackIn) -> Response:
        """Say whether an answer was good, and what was wrong with it; stored with the answer."""
        await give(body.answer_id, body.value, body.reasons, body.comment)
        return Response(status_code=204)

    return routes
