"""POST /search: the evidence alone, without a reader."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from service.api.openapi import problems
from service.api.requests import FiltersIn, SearchIn, checked_question, end_of
from service.api.responses import CopyOut, ResultOut, SearchOut, SearchQueryOut, filters_out
from service.pipelines.retrieve import RetrievedPassage, RetrieveEvidence
from service.ports import Clock


def router(retrieve: RetrieveEvidence, zone: ZoneInfo, clock: Clock) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["search"])

    @routes.post("/search", responses=problems(401, 403, 413, 415, 422, 503))
    async def search(body: SearchIn) -> SearchOut:
        """Find passages by meaning and words."""
        query = checked_question(body.query, "query")
        as_of = end_of(body.as_of, zone)
        filters = (body.filters or FiltersIn()).to_domain(zone)
        if as_of is not None:
            filters = replace(filters, known_by=as_of)
        found = await retrieve(query, filters=filters, limit=body.limit)
        return SearchOut(
            results=[_result(n, passage) for n, passage in enumerate(found.passages, start=1)],
            query=SearchQueryOut(asked=query, filters=filters_out(filters), as_of=as_of or clock.now()),
        )

    return routes


def _result(n: int, passage: RetrievedPassage) -> ResultOut:
    article, held = passage.revision.article, passage.embedded.passage
    return ResultOut(
        rank=n,
        score=passage.score,
        article_id=article.id,
        revision=passage.revision.number,
        headline=article.headline,
        source=article.source,
        url=article.url,
        published_at=article.published_at,
        start=held.start,
        end=held.end,
        text=passage.text,
        copies=[CopyOut(article_id=c.article_id, source=c.source, url=c.url) for c in passage.copies],
    )
