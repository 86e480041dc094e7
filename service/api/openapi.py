"""What the OpenAPI says of problems."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI

from service.api.responses import Problem

MEDIA_TYPE: Final = "application/problem+json"
UNUSED: Final = ("HTTPValidationError", "ValidationError")
"""What FastAPI would answer a bad request with; ours are problems."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can end in these statuses."""
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in (400, *statuses)
    }


def install(app: FastAPI) -> None:
    """Let the document name each problem by the media type it has on the wire.

    FastAPI puts a response's model under the route's own media type, and gives every route with a
    parameter a 422 of its own shape.
    """
    made = app.openapi

    def openapi() -> dict[str, Any]:
        known = app.openapi_schema is not None
        document = made()
        if known:
            return document
        for route in (route for routes in document["paths"].values() for route in routes.values()):
            for status, response in list(route["responses"].items()):
                schemas = [
                    held.get("schema", {}).get("$ref", "") for held in response.get("content", {}).values()
                ]
                if any(schema.endswith("/Problem") for schema in schemas):
                    response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
                elif any(schema.endswith(UNUSED) for schema in schemas):
                    del route["responses"][status]
        for name in UNUSED:
            document["components"]["schemas"].pop(name, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend it
