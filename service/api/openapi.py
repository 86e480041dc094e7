"""What the OpenAPI says of problems."""

from http import HTTPStatus
from typing import Any

from service.api.responses import Problem


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can end in these statuses."""
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {}},
        }
        for status in (400, *statuses)
    }
