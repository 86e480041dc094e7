"""The HTTP application."""

from fastapi import FastAPI

from service import __version__
from service.api import articles, ask, docs, health, problems, read, search
from service.api.limits import Slots
from service.api.middleware import Door, Gate, RequestId
from service.bootstrap import Pipelines


def create_app(pipelines: Pipelines) -> FastAPI:
    """The application over open pipelines."""
    settings = pipelines.settings
    app = FastAPI(
        title="Byline",
        version=__version__,
        summary="Questions over news articles, each sentence on exact words of a stored article",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    app.include_router(ask.router(pipelines.answer, settings.zone, Slots(settings.http.max_streams)))
    app.include_router(search.router(pipelines.retrieve, settings.zone, pipelines.clock))
    app.include_router(articles.router(pipelines.articles, pipelines.ingest, pipelines.remove, settings.zone))
    app.include_router(read.router(pipelines.articles))
    app.include_router(health.router(pipelines.health))
    app.include_router(docs.router())
    door = Door(
        keys=[key.get_secret_value() for key in settings.http.api_keys],
        anonymous=settings.http.allow_anonymous,
        site_keys=settings.http.site_keys,
        origins=settings.http.allowed_origins,
    )
    app.add_middleware(Gate, door=door, max_body_bytes=settings.http.max_body_bytes)
    app.add_middleware(RequestId)
    return app
