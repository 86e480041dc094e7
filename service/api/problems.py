"""Errors as problem documents (RFC 9457). The status of each error stands here and nowhere else."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from service.api.openapi import MEDIA_TYPE
from service.domain import errors as e
from service.domain.errors import ServiceError

log = logging.getLogger(__name__)

STATUS: Final[dict[type[ServiceError], int]] = {
    ServiceError: 500,
    e.InvalidInput: 422,
    e.EmptyText: 422,
    e.ArticleTooLong: 413,
    e.QuestionTooLong: 422,
    e.BadFilter: 422,
    e.BodyTooLarge: 413,
    e.UnsupportedMedia: 415,
    e.Unauthorised: 401,
    e.Forbidden: 403,
    e.Conflict: 409,
    e.NotFound: 404,
    e.ArticleNotFound: 404,
    e.AnswerNotFound: 404,
    e.Overloaded: 503,
    e.UpstreamError: 502,
    e.ModelUnavailable: 503,
    e.TimedOut: 504,
    e.RateLimited: 503,
    e.ModelRefused: 502,
    e.ModelMisbehaved: 502,
    e.OverBudget: 429,
    e.IndexUnavailable: 503,
    e.Misconfigured: 500,
    e.ModelRejected: 502,
    e.PromptInvalid: 500,
    e.EmbeddingSpaceMismatch: 500,
    e.SchemaTooNew: 500,
    e.DataFolderInUse: 500,
}


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[tuple[str, str]] = (),
    retry_after_s: float | None = None,
) -> JSONResponse:
    """A problem document. Nothing of the input is echoed in it."""
    headers = {} if retry_after_s is None else {"Retry-After": str(max(1, round(retry_after_s)))}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(document(request, status, code, detail, errors), status, headers, MEDIA_TYPE)


def document(
    request: Request, status: int, code: str, detail: str, errors: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """The fields of a problem document."""
    return {
        "type": f"about:blank#{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": getattr(request.state, "request_id", ""),
        "errors": [{"field": field, "message": message} for field, message in errors],
    }


def of_error(request: Request, error: ServiceError) -> JSONResponse:
    """The problem document of an error of ours."""
    errors = [(error.field, error.detail)] if error.field else []
    status = STATUS[type(error)]
    return problem(
        request, status, error.code, error.detail, errors=errors, retry_after_s=error.retry_after_s
    )


def item_problem(request: Request, error: ServiceError, index: int) -> dict[str, Any]:
    """The problem of one item of a list."""
    fields = [(f"{index}.{error.field}" if error.field else str(index), error.detail)]
    return document(request, STATUS[type(error)], error.code, error.detail, fields)


def install(app: FastAPI) -> None:
    """Let every error of the app leave as a problem document."""

    async def ours(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ServiceError)  # noqa: S101 - registered for nothing else
        if STATUS[type(error)] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s: %s", error.code, error.detail)
        return of_error(request, error)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
        found = [(_field(item["loc"]), _message(item)) for item in error.errors()]
        if found and found[0][0] == "body" and error.errors()[0]["type"] == "json_invalid":
            return problem(
                request,
                400,
                "invalid_json",
                "the body is not valid JSON",
                errors=[("body", "not valid JSON")],
            )
        detail = f"{found[0][0]} {found[0][1]}" if found else "the request is not valid"
        return problem(request, 422, "invalid_input", detail, errors=found[:20])

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        status = HTTPStatus(error.status_code)
        code = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 400: "invalid_json"}.get(
            error.status_code, status.phrase.lower().replace(" ", "_")
        )
        answer = problem(request, error.status_code, code, status.description or status.phrase)
        answer.headers.update(error.headers or {})
        return answer

    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("unexpected: %s", type(error).__name__, exc_info=error)
        return problem(
            request, 500, "service_error", "something went wrong; it is in the log by the request's id"
        )

    app.add_exception_handler(ServiceError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)


_PLACES: Final = (("body",), ("query",), ("path",))


def _field(location: Sequence[int | str]) -> str:
    # The first says where it stood: /search has a field that is called `query`.
    parts = [str(part) for part in (location[1:] if location[:1] in _PLACES else location)]
    return ".".join(parts) or "body"


def _message(item: dict[str, Any]) -> str:
    message = str(item["msg"])
    for lead in ("Value error, ", "Input "):
        message = message.removeprefix(lead)
    return message[:1].lower() + message[1:]
