"""What is measured: the service in this process, or a deployed one at an address."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
from pydantic import SecretStr

from evals.cassettes import Cassette
from evals.client import Client
from evals.problems import bad
from evals.profiles import Profile
from service.settings import Chat, Embedding, Http, Ingest, Settings

if TYPE_CHECKING:
    from service.bootstrap import Pipelines

FENCE: Final = bytes(32)
TIMEOUT_S: Final = 120.0
LOCAL: Final = "http://127.0.0.1"


@asynccontextmanager
async def deployed(url: str, api_key: str | None) -> AsyncIterator[Client]:
    """A client of a service at `url`."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    async with httpx.AsyncClient(base_url=url.rstrip("/"), headers=headers, timeout=TIMEOUT_S) as http:
        yield Client(http)


@asynccontextmanager
async def over_asgi(app: Any) -> AsyncIterator[Client]:
    """A client of an app in this process, its lifespan entered and its state handed to each request."""
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(with_state, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL, timeout=TIMEOUT_S) as http:
            yield Client(http)


def settings_of(profile: Profile, data_dir: Path, cassette: Cassette | None = None) -> Settings:
    """The settings of a profile; what the environment says of the model stands where the profile needs one.

    Exact profiles: float32, exact search, no keys, and the extractive one without any model.
    """
    loaded = Settings.load(data_dir=data_dir)
    chat = loaded.chat if profile.generative else Chat()
    if profile.cassettes == "replay" and cassette is not None:
        # The provider is never asked: a key that is no key keeps it from being looked for.
        chat = Chat(**cassette.settings, api_key=SecretStr("replayed"))
    embedding = loaded.embedding
    if profile.exact:
        embedding = Embedding(model=embedding.model, dtype="float32", batch=32, threads=embedding.threads)
    return loaded.model_copy(
        update={
            "search_exact": profile.exact,
            "chat": chat,
            "embedding": embedding,
            "http": Http(),
            "ingest": Ingest(wait_s=600),
        }
    )


@asynccontextmanager
async def in_process(profile: Profile, cassette: Cassette | None) -> AsyncIterator[tuple[Client, Settings]]:
    """The service of this checkout, on an empty folder of its own that goes afterwards."""
    from service.app import create_app
    from service.bootstrap import open_pipelines

    with tempfile.TemporaryDirectory(prefix="byline-evals-") as folder:
        settings = settings_of(profile, Path(folder), cassette)
        async with open_pipelines(settings) as opened:
            pipelines = opened if cassette is None else taped(opened, cassette)
            async with over_asgi(create_app(pipelines)) as client:
                yield client, settings


def taped(pipelines: "Pipelines", cassette: Cassette) -> "Pipelines":
    """The same pipelines, their model speaking from a cassette or into it, whatever it is asked for.

    Raises:
        BadInput: No model is configured, or the cassette was recorded under other settings.
    """
    from service.readers.generative import GenerativeReader

    reader = pipelines.answer.generative
    if not isinstance(reader, GenerativeReader):
        raise bad(cassette.path, "no model is configured, and the cassette has no row that names one")
    cassette.under(pipelines.settings.chat)
    # The fence round article text is drawn anew in each process; here it must be the same each time.
    fixed = replace(reader, model=cassette.wrap(reader.model), _secret=FENCE)
    asks = pipelines.answer.ask_model
    if asks is not None:
        asks = replace(asks, model=cassette.wrap(asks.model), _secret=FENCE)
    return replace(
        pipelines, answer=replace(pipelines.answer, generative=cassette.watch(fixed), ask_model=asks)
    )
