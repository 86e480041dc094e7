"""POST /summaries: articles, what matches a query, or a text; plain or streamed."""

from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field

from service.api.limits import Slots
from service.api.openapi import problems
from service.api.requests import FiltersIn, Id, Moment, Wire, checked_question, end_of, worded
from service.api.responses import SummaryOut
from service.api.sse import EventStream
from service.domain.answer import MAX_QUESTION
from service.domain.article import MAX_TEXT
from service.domain.errors import ArticleTooLong, BadFilter, EmptyText, InvalidInput
from service.domain.summary import (
    DEFAULT_WORDS,
    MAX_ARTICLES,
    MAX_WORDS,
    MIN_WORDS,
    Kind,
    SummaryRequest,
)
from service.domain.text import has_words
from service.pipelines.summarise import SummariseArticles

STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A summary or an abstention; as server-sent events where they are asked for",
        "content": {"text/event-stream": {}},
    }
}


class SummaryIn(Wire):
    """What to summarise: exactly one of `article_ids`, `query` and `text`, or filters alone."""

    article_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_ARTICLES)] | None = None
    query: Annotated[str, worded(MAX_QUESTION)] | None = None
    text: Annotated[str, worded(MAX_TEXT)] | None = None
    filters: FiltersIn | None = None
    as_of: Moment | None = None
    kind: Kind = "brief"
    max_words: Annotated[int, Field(ge=MIN_WORDS, le=MAX_WORDS)] = DEFAULT_WORDS
    mode: Literal["auto", "extractive", "generative"] = "auto"
    style: Literal["quotes", "close", "prose"] = "close"
    stream: bool = False

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"query": "Sabel reservoir", "kind": "timeline"},
                {"article_ids": ["qomi-interview-1"], "kind": "brief", "max_words": 60},
            ]
        }
    )

    def to_domain(self, zone: ZoneInfo) -> SummaryRequest:
        """The request.

        Raises:
            InvalidInput: Nothing is to be summarised, or several things at once, or one of them is
                empty or too long; the error names the field.
        """
        filters = (self.filters or FiltersIn()).to_domain(zone)
        given = [name for name in ("article_ids", "query", "text") if getattr(self, name) is not None]
        if len(given) > 1 or not (given or filters):
            raise InvalidInput(
                "give exactly one of article_ids, query and text, or filters alone",
                field=given[1] if given else "article_ids",
            )
        if self.text is not None:
            _check_text(self.text)
            if filters:
                raise BadFilter("filters choose stored articles: a text has none", field="filters")
        return SummaryRequest(
            kind=self.kind,
            article_ids=tuple(dict.fromkeys(self.article_ids or ())),
            query="" if self.query is None else checked_question(self.query, "query"),
            text=self.text,
            filters=filters,
            as_of=end_of(self.as_of, zone),
            max_words=self.max_words,
            mode=self.mode,
            style=self.style,
        )


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise ArticleTooLong(f"text is longer than {MAX_TEXT:,} code points", field="text")
    if not has_words(text):
        raise EmptyText("text holds no words", field="text")


def router(summarise: SummariseArticles, zone: ZoneInfo, slots: Slots) -> APIRouter:
    """The route.

    Args:
        summarise: The trip.
        zone: Of bare dates.
        slots: How many summaries are made at once.
    """
    routes = APIRouter(tags=["summaries"])

    @routes.post(
        "/summaries",
        response_model=SummaryOut,
        responses=STREAM | problems(401, 403, 404, 413, 415, 422, 429, 502, 503, 504),
    )
    async def summaries(body: SummaryIn, request: Request) -> Response | SummaryOut:
        """Summarise articles, each line cited, or abstain; and say which articles were used."""
        wanted = body.to_domain(zone)
        await summarise.allow(wanted)
        if body.stream or "text/event-stream" in request.headers.get("accept", ""):
            return EventStream(slots.hold(lambda: summarise.stream(wanted)))
        async with slots.one():
            return SummaryOut.of(await summarise(wanted))

    return routes
