"""The articles: store, show, list, retract, delete."""

from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError

from service.api.openapi import problems
from service.api.problems import document, item_problem
from service.api.requests import MAX_LIMIT, MAX_LIST, ArticleIn, FiltersIn, Moment, RetractIn
from service.api.responses import (
    ArticleOut,
    ArticlePage,
    ArticleRow,
    ReceiptOut,
    RetractedOut,
    RevisionList,
    RevisionRow,
)
from service.domain.article import ARTICLE_ID, Article, Receipt, ReceiptStatus
from service.domain.errors import ArticleNotFound, BadFilter, InvalidInput, ServiceError
from service.pipelines.ingest import IngestArticles, RemoveArticles
from service.ports import ArticleStore

ONE: TypeAdapter[ArticleIn] = TypeAdapter(ArticleIn)
STORED: dict[int | str, dict[str, Any]] = {
    200: {"description": "Known or revised; or `{receipts: [...]}` of a list"},
    202: {"description": "Stored, not yet searchable"},
    207: {"description": "Of a list: some items failed, and are problems"},
}
# Whole, not by reference: FastAPI lists the models that a route is typed with, and this one reads any JSON,
# so that one bad item does not refuse the list.
SHAPE = ArticleIn.model_json_schema()
SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        SHAPE,
                        {"type": "array", "items": SHAPE, "minItems": 1, "maxItems": MAX_LIST},
                    ]
                }
            }
        },
    }
}


def router(
    articles: ArticleStore, ingest: IngestArticles, remove: RemoveArticles, zone: ZoneInfo
) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["articles"])

    @routes.post(
        "/articles",
        status_code=HTTPStatus.CREATED,
        response_model=ReceiptOut,
        openapi_extra=SCHEMA,
        responses=STORED | problems(401, 403, 409, 413, 415, 422),
    )
    async def post(request: Request, body: Annotated[Any, Body()]) -> Response:
        """Store one article or a list of up to 100. What is acknowledged is durable."""
        if isinstance(body, list):
            return await _many(request, body, ingest, zone)
        (result,) = await ingest([_article(body, zone)])
        if isinstance(result, ServiceError):
            raise result
        return JSONResponse(ReceiptOut.of(result).model_dump(mode="json"), _status(result))

    @routes.get("/articles", responses=problems(401, 403, 422))
    async def listing(
        after: Annotated[str | None, Query(max_length=96)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 20,
        source: Annotated[list[str] | None, Query()] = None,
        author: Annotated[list[str] | None, Query()] = None,
        section: Annotated[list[str] | None, Query()] = None,
        language: Annotated[list[str] | None, Query()] = None,
        published_from: Annotated[Moment | None, Query()] = None,
        published_to: Annotated[Moment | None, Query()] = None,
    ) -> ArticlePage:
        """List articles by id, without their texts."""
        filters = FiltersIn(
            source=source or None, author=author or None, section=section or None, language=language or None
        ).model_copy(update={"published_from": published_from, "published_to": published_to})
        try:
            wanted = filters.to_domain(zone)
        except BadFilter as error:  # the fields of a query stand by themselves
            raise BadFilter(error.detail, field=(error.field or "").removeprefix("filters.")) from None
        found = await articles.page(after=after, limit=limit + 1, filters=wanted)
        rows = [ArticleRow.of(revision) for revision in found[:limit]]
        return ArticlePage(items=rows, next=rows[-1].id if len(found) > limit else None)

    @routes.get("/articles/{article_id}", responses=problems(401, 403, 404, 422))
    async def show(
        article_id: str, revision: Annotated[int | None, Query(ge=1, le=10**9)] = None
    ) -> ArticleOut:
        """One revision of an article, the current one by default."""
        return ArticleOut.of(await articles.get(_known(article_id), revision))

    @routes.get("/articles/{article_id}/revisions", responses=problems(401, 403, 404))
    async def revisions(article_id: str) -> RevisionList:
        """All revisions of an article, oldest first."""
        found = await articles.revisions(_known(article_id))
        return RevisionList(
            items=[
                RevisionRow(
                    revision=held.number,
                    headline=held.article.headline,
                    updated_at=held.article.updated_at,
                    stored_at=held.stored_at,
                )
                for held in found
            ]
        )

    # No body would be what a form on a page of another site can send: those are turned away at the door.
    @routes.post(
        "/articles/{article_id}/retract",
        responses=problems(401, 403, 404, 413, 415, 422),
        openapi_extra={"requestBody": {"required": True}},
    )
    async def retract(article_id: str, body: RetractIn | None = None) -> RetractedOut:
        """Take an article out of every answer at once, and keep its record."""
        change = await remove.retract(_known(article_id), None if body is None else body.reason)
        return RetractedOut(id=change.article_id, revision=change.revision, seq=change.seq)

    @routes.delete(
        "/articles/{article_id}", status_code=HTTPStatus.NO_CONTENT, responses=problems(401, 403, 404)
    )
    async def delete(article_id: str) -> None:
        """Remove an article with all its revisions."""
        await remove.delete(_known(article_id))

    return routes


async def _many(request: Request, items: list[Any], ingest: IngestArticles, zone: ZoneInfo) -> Response:
    if not 1 <= len(items) <= MAX_LIST:
        raise InvalidInput(f"a list holds 1 to {MAX_LIST} articles", field="body")
    given: list[Article | ServiceError | RequestValidationError] = []
    for item in items:
        try:
            given.append(_article(item, zone))
        except (ServiceError, RequestValidationError) as error:
            given.append(error)
    stored = iter(await ingest([item for item in given if isinstance(item, Article)]))
    results = [next(stored) if isinstance(item, Article) else item for item in given]
    rows = [_row(request, n, result) for n, result in enumerate(results)]
    failed = any(not isinstance(result, Receipt) for result in results)
    return JSONResponse({"receipts": rows}, HTTPStatus.MULTI_STATUS if failed else HTTPStatus.OK)


def _article(item: Any, zone: ZoneInfo) -> Article:
    try:
        return ONE.validate_python(item).to_domain(zone)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False, include_url=False)) from None


def _known(article_id: str) -> str:
    if not ARTICLE_ID.fullmatch(article_id):
        raise ArticleNotFound("there is no such article", field="article_id")
    return article_id


def _status(receipt: Receipt) -> HTTPStatus:
    if not receipt.indexed:
        return HTTPStatus.ACCEPTED
    return HTTPStatus.CREATED if receipt.status is ReceiptStatus.CREATED else HTTPStatus.OK


def _row(request: Request, n: int, result: Receipt | ServiceError | RequestValidationError) -> dict[str, Any]:
    if isinstance(result, Receipt):
        return ReceiptOut.of(result).model_dump(mode="json")
    if isinstance(result, ServiceError):
        return item_problem(request, result, n)
    fields = [
        (".".join([str(n), *(str(part) for part in error["loc"])]), str(error["msg"]))
        for error in result.errors()
    ]
    return document(request, 422, "invalid_input", f"article {n} is not valid", fields)
