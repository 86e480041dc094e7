"""A scripted service that speaks the stream's contract, a host page of another origin, and the widget on it."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse

from service.api import problems, widget
from service.api.sites import SiteAccess, Sites
from service.domain.errors import NotFound
from tests.e2e.answers import events

QUESTION = "Which ports were closed?"


class FewArticles:
    """What `/` asks of the article store."""

    def __init__(self) -> None:
        self.n = 3

    async def count(self) -> int:
        return self.n

    async def date_range(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Gate:
    """A point of a stream that is passed when the test says so."""

    opened: threading.Event = field(default_factory=threading.Event)


CUT = "cut"
"""A point at which the connection breaks."""


@dataclass(slots=True)
class Refusal:
    """An HTTP answer in the place of a stream."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


class Script:
    """A service whose answers are written by the test. What it was asked stands in `asked`."""

    def __init__(self) -> None:
        self.plans: list[Any] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.feedback: list[dict[str, Any]] = []
        self.feedback_status = 204
        self.articles: dict[str, Any] = {}
        self.gone = threading.Event()
        self.library = FewArticles()
        self.sites = Sites(keys=["pk_test"], origins=[])
        self.url = ""

    def play(self, *plans: Any) -> None:
        """What the next questions get: a list of frames with gates and cuts, or a refusal; the last stays."""
        self.plans = list(plans)

    def app(self) -> FastAPI:
        app = FastAPI()
        problems.install(app)
        app.include_router(widget.router(articles=self.library, site_keys=["pk_test"]))  # type: ignore[arg-type] # what / uses

        @app.post("/ask")
        async def ask(request: Request) -> Response:
            self.asked.append(await request.json())
            self.headers.append(dict(request.headers))
            plan = self.plans.pop(0) if len(self.plans) > 1 else self.plans[0]
            if isinstance(plan, Refusal):
                return JSONResponse({"detail": "<b>raw</b>"}, plan.status, plan.headers)
            return StreamingResponse(self._frames(plan), media_type="text/event-stream")

        @app.post("/feedback")
        async def feedback(request: Request) -> Response:
            self.feedback.append(await request.json())
            return Response(status_code=self.feedback_status)

        @app.get("/articles/{article_id}")
        async def article(article_id: str) -> dict[str, Any]:
            if article_id not in self.articles:
                raise NotFound("no such article")
            held: dict[str, Any] = self.articles[article_id]
            return held

        @app.get("/read/{article_id}")
        async def read(article_id: str) -> HTMLResponse:
            return HTMLResponse(f"<title>{escape(article_id)}</title>")

        return app

    async def _frames(self, plan: list[Any]) -> AsyncIterator[str]:
        try:
            for number, step in enumerate(plan, start=1):
                if isinstance(step, Gate):
                    while not step.opened.is_set():  # noqa: ASYNC110 - opened in another thread
                        await asyncio.sleep(0.01)
                elif step == CUT:
                    raise ConnectionResetError
                elif isinstance(step, str):
                    yield step
                else:
                    yield f"event: {step[0]}\nid: {number}\ndata: {json.dumps(step[1])}\n\n"
        except asyncio.CancelledError:
            self.gone.set()
            raise


class Server:
    """An app on a port of loopback, in a thread of its own."""

    def __init__(self, app: Any) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)


class Host:
    """Pages of a publisher: another origin, and the strictest policy that lets a widget in at all."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/{name}")
        async def page(name: str) -> Response:
            if name not in self.pages:
                return Response(status_code=404)
            html, policy = self.pages[name]
            return HTMLResponse(html, headers={"Content-Security-Policy": policy} if policy else {})

        return app


class Where:
    """What a `Chat` needs to know of a service."""

    def __init__(self, url: str) -> None:
        self.url = url


@pytest.fixture(scope="module")
def publisher() -> Iterator[tuple[Host, str]]:
    """A publisher's pages, and their address, for a real service."""
    host = Host()
    server = Server(host.app())
    yield host, server.url
    server.stop()


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Script, Server, Host, Server]]:
    script, host = Script(), Host()
    # The script is begun anew for each test; the app looks up what is current.
    app = script.app()
    shared = Sites(keys=["pk_test"], origins=[])
    served = Server(SiteAccess(app, shared))
    publisher = Server(host.app())
    shared._origins = frozenset({publisher.url})
    script.url = served.url
    yield script, served, host, publisher
    served.stop()
    publisher.stop()


@pytest.fixture
def service(servers: tuple[Script, Server, Host, Server]) -> Script:
    """The scripted service, as new."""
    script, url, library = servers[0], servers[0].url, servers[0].library
    Script.__init__(script)
    script.url, script.library = url, library
    script.library.n = 3
    return script


class Chat:
    """The widget on a host page, as a test drives it."""

    def __init__(self, page: Page, service: Script, host: Host, publisher: str) -> None:
        self.page = page
        self.service = service
        self._host = host
        self._publisher = publisher
        self.requests: list[str] = []
        self.violations: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.violations.append(f"error: {error}"))
        page.expose_function("__violated", self._violated)
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => __violated(e.violatedDirective + ' ' + e.sample))"
        )

    def _violated(self, said: str) -> None:
        self.violations.append(said)

    def policy(self) -> str:
        api = self.service.url
        return (
            f"default-src 'none'; script-src {api}; connect-src {api}; style-src 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )

    def open(
        self,
        attributes: str = "",
        *,
        body: str = "",
        lang: str = "en-GB",
        manual: bool = False,
        policy: str | None = None,
        query: str = "",
        opened: bool = True,
    ) -> None:
        """Load a host page with the widget, and open the panel where there is a launcher."""
        tag = f'<script src="{self.service.url}/widget.js" {"data-manual" if manual else ""} async {attributes}></script>'
        html = (
            f'<!doctype html><html lang="{lang}"><head><title>Host</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
            f"<body><main><h1>The Host Gazette</h1><p>{'Words of the page. ' * 60}</p>"
            f'<button id="own">Ask us</button>{body}</main>{tag}</body></html>'
        )
        self._host.pages["page"] = (html, self.policy() if policy is None else policy)
        self.page.goto(f"{self._publisher}/page{query}")
        self.page.locator("byline-chat").first.wait_for(state="attached")
        self.do("await chat.ready")
        if opened and not manual:
            self.do("await chat.open()")

    def do(self, body: str, argument: Any = None) -> Any:
        """Run in the page: `chat` is the element, `root` its shadow, `arg` the argument."""
        return self.page.evaluate(
            "async ([body, arg]) => { const chat = document.querySelector('byline-chat'), root = chat.shadowRoot;"
            f" return await (async () => {{ {body} }})(); }}",
            [body, argument],
        )

    def find(self, selector: str) -> Locator:
        return self.page.locator("byline-chat").locator(selector)

    @property
    def input(self) -> Locator:
        return self.find(".composer textarea")

    def ask(self, question: str = QUESTION) -> None:
        """Type a question and press Enter."""
        self.input.fill(question)
        self.input.press("Enter")

    def settle(self) -> None:
        """Wait until no answer is under way."""
        self.find('.log[aria-busy="false"]').wait_for()

    def answered(self, whole: Any, question: str = QUESTION) -> None:
        """Ask, be told `whole`, and wait for the end."""
        self.service.play(events(whole))
        self.ask(question)
        self.find(".foot > *").first.wait_for()
        self.settle()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile, on a desktop screen."""
    held = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="UTC")
    held.set_default_timeout(15_000)
    yield held
    held.close()


@pytest.fixture
def chat(
    context: BrowserContext, service: Script, servers: tuple[Script, Server, Host, Server]
) -> Iterator[Chat]:
    """The widget; whatever the test did, the page's policy was not broken and nothing threw."""
    held = Chat(context.new_page(), service, servers[2], servers[3].url)
    yield held
    assert held.violations == []
