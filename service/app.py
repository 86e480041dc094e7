"""The HTTP application."""

from fastapi import FastAPI

from service import __version__
from service.api import (
    articles,
    ask,
    docs,
    feedback,
    health,
    openapi,
    problems,
    read,
    search,
    summaries,
    verify,
    widget,
)
from service.api.limits import Slots
from service.api.middleware import Door, Gate, RequestId
from service.api.sites import SiteAccess, Sites
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
    openapi.install(app)
    slots = Slots(settings.http.max_streams)
    app.include_router(ask.router(pipelines.answer, settings.zone, slots, pipelines.keep))
    app.include_router(summaries.router(pipelines.summarise, settings.zone, slots))
    app.include_router(feedback.router(pipelines.feedback))
    app.include_router(search.router(pipelines.retrieve, settings.zone, pipelines.clock))
    app.include_router(verify.router(pipelines.verify, settings.zone))
    app.include_router(articles.router(pipelines.articles, pipelines.ingest, pipelines.remove, settings.zone))
    app.include_router(read.router(pipelines.articles, pipelines.summarise))
    app.include_router(health.router(pipelines.health))
    app.include_router(docs.router())
    app.include_router(
        widget.router(
            articles=pipelines.articles,
            site_keys=settings.http.site_keys,
            keyed=bool(settings.http.api_keys),
        )
    )
    sites = Sites(keys=settings.http.site_keys, origins=settings.http.allowed_origins)
    door = Door(
        keys=[key.get_secret_value() for key in settings.http.api_keys],
        anonymous=settings.http.allow_anonymous,
        sites=sites,
    )
    app.add_middleware(Gate, door=door, max_body_bytes=settings.http.max_body_bytes)
    # Outside of the gate, so that a page of another origin can read why it was turned away.
    app.add_middleware(SiteAccess, sites=sites)
    app.add_middleware(RequestId)
    return app
