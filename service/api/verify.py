"""POST /verify: any text, held against the stored articles sentence by sentence."""

from dataclasses import replace
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from service.api.openapi import problems
from service.api.requests import FiltersIn, Id, Wire, worded
from service.api.responses import Out, QuoteOut, quote_out
from service.domain.answer import Reason
from service.domain.errors import BadFilter, EmptyText, InvalidInput
from service.domain.text import has_words
from service.pipelines.verify import MAX_TEXT, Verified, VerifyText

MAX_ARTICLES = 100


class VerifyIn(Wire):
    """A text to hold against the stored articles."""

    text: Annotated[str, worded(MAX_TEXT)]
    article_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_ARTICLES)] | None = None
    filters: FiltersIn | None = None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Qomi praised the cooperation with Pakistan."}]}
    )


class VerifiedOut(Out):
    """A sentence, `text[start:end]`, with the quotes that bear it; `support` is null where unchecked."""

    start: int
    end: int
    support: float | None
    verdict: Literal["exact", "close", "supported", "unsupported", "unchecked"]
    failed: list[Reason]
    quotes: list[QuoteOut]


class VerifyOut(Out):
    """All sentences of the text, in order."""

    sentences: list[VerifiedOut]


def router(verify: VerifyText, zone: ZoneInfo) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["verify"])

    @routes.post("/verify", responses=problems(401, 403, 413, 415, 422, 503))
    async def check_text(body: VerifyIn) -> VerifyOut:
        """Say for each sentence which stored sentences bear it, and how far."""
        if len(body.text) > MAX_TEXT:
            raise InvalidInput(f"text is longer than {MAX_TEXT:,} code points", field="text")
        if not has_words(body.text):
            raise EmptyText("text holds no words", field="text")
        filters = (body.filters or FiltersIn()).to_domain(zone)
        if body.article_ids is not None:
            if filters.article_id:
                raise BadFilter("give article_ids or filters.article_id, not both", field="article_ids")
            filters = replace(filters, article_id=tuple(dict.fromkeys(body.article_ids)))
        numbers: dict[str | None, int] = {}
        found = await verify(body.text, filters)
        return VerifyOut(sentences=[_sentence(sentence, numbers) for sentence in found])

    return routes


def _sentence(held: Verified, numbers: dict[str | None, int]) -> VerifiedOut:
    for quote in held.quotes:
        numbers.setdefault(quote.article_id, len(numbers) + 1)
    return VerifiedOut(
        start=held.start,
        end=held.end,
        support=held.support,
        verdict=held.verdict.value,
        failed=list(held.failed),
        quotes=[quote_out(quote, numbers[quote.article_id], held.match) for quote in held.quotes],
    )
