"""Whether the process lives, whether it can do its work, and what it is."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

from service import __version__
from service.api.openapi import problems
from service.telemetry import exposition

Check = Callable[[], Awaitable[tuple[Literal["ok", "degraded", "failed"], str]]]
SEVERITY: Final = ("ok", "degraded", "failed")


class Dependency(BaseModel):
    """One dependency: whether it works, and a line about it."""

    status: Literal["ok", "degraded", "failed"]
    detail: str


class Readiness(BaseModel):
    """Whether questions can be answered; degraded: yes, with something standing in."""

    status: Literal["ready", "degraded", "not_ready"]
    dependencies: dict[str, Dependency]


def router(checks: Mapping[str, Check]) -> APIRouter:
    """The routes.

    Args:
        checks: By dependency's name, what asks it.
    """
    routes = APIRouter(tags=["health"])

    @routes.get("/livez", responses=problems(403))
    async def livez() -> dict[str, str]:
        """The process lives."""
        return {"status": "alive"}

    @routes.get("/readyz", response_model=Readiness, responses=problems(403) | {503: {"model": Readiness}})
    async def readyz() -> JSONResponse:
        """Each dependency by name."""
        found = {}
        for name, check in checks.items():
            status, detail = await check()
            found[name] = Dependency(status=status, detail=detail)
        worst = max((SEVERITY.index(item.status) for item in found.values()), default=0)
        ready = Readiness(status=("ready", "degraded", "not_ready")[worst], dependencies=found)
        code = HTTPStatus.SERVICE_UNAVAILABLE if ready.status == "not_ready" else HTTPStatus.OK
        return JSONResponse(ready.model_dump(mode="json"), code)

    @routes.get("/version", responses=problems(401, 403))
    async def version() -> dict[str, str]:
        """What this is."""
        return {"name": "byline", "version": __version__}

    @routes.get("/metrics", response_class=PlainTextResponse, responses=problems(401, 403))
    async def metrics() -> PlainTextResponse:
        """Counters and times for Prometheus."""
        content, media_type = exposition()
        return PlainTextResponse(content, media_type=media_type)

    return routes
