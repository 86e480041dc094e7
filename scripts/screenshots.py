"""`make screenshots`: pictures for the README and docs/widget.md, taken from a real service over seeds/.

The widget stands on a page of another origin; what is asked, and what comes back, is what any reader gets.
"""

import argparse
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from playwright.sync_api import Browser, Page, sync_playwright

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests import browser as chromium  # noqa: E402 - found through the line above

IMAGES: Final = ROOT / "docs" / "images"
QUESTION: Final = "What did Qomi say about Pakistan?"
UNANSWERED: Final = "Who painted the ceiling of the Zanthir observatory?"
DESKTOP: Final = (900, 720)
PHONE: Final = (390, 780)
START_S: Final = 180.0
WORDS: Final = (
    "The council will vote on the budget on Thursday. ",
    "Readers have written in about the tram line, and the editors have answered some of them. ",
    "Rain is expected along the coast until the end of the week. ",
)
PAGE: Final = """<!doctype html>
<html lang="{lang}" dir="ltr"><head><meta charset="utf-8"><title>The Host Gazette</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
body {{ font: 19px/1.6 Charter, Georgia, "Noto Serif", serif; max-width: 21em; margin: 32px 36px }}
h1 {{ font-size: 40px; border-bottom: 1px solid; padding-bottom: 12px }}
</style></head>
<body><h1>The Host Gazette</h1>{words}<script src="{api}/widget.js" async></script></body></html>"""


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", help="a running service with seeds/ that this page's origin may ask")
    given = parser.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = chromium.find()
    if path is None:
        sys.exit(chromium.how_to_get_one())
    with (
        TemporaryDirectory() as folder,
        publisher() as host,
        service(Path(folder), host.url, given.service) as api,
        sync_playwright() as playwright,
    ):
        host.api = api
        browser = playwright.chromium.launch(executable_path=path, args=chromium.flags())
        take_all(browser, api, host.url)
        browser.close()


def take_all(browser: Browser, api: str, host: str) -> None:
    """Each picture by its name in docs/images/."""
    with screen(browser, DESKTOP) as page:
        page.goto(api)
        ask(page, QUESTION)
        page.locator("byline-chat .chip").first.click()
        save(page, "page")
    with screen(browser, DESKTOP) as page:
        launch(page, host, "en")
        ask(page, QUESTION)
        save(page, "desktop")
        page.locator("byline-chat .chip").first.click()
        save(page, "card")
    with screen(browser, DESKTOP, scheme="dark") as page:
        launch(page, host, "en")
        ask(page, QUESTION)
        save(page, "dark")
    with screen(browser, DESKTOP) as page:
        launch(page, host, "en")
        ask(page, UNANSWERED)
        page.locator("byline-chat .none").wait_for()
        save(page, "abstained")
    with screen(browser, PHONE) as page:
        launch(page, host, "en")
        ask(page, QUESTION)
        save(page, "mobile")
    with screen(browser, PHONE) as page:
        launch(page, host, "ar")
        ask(page, QUESTION)
        page.locator("byline-chat .chip").first.click()
        save(page, "rtl")


@contextmanager
def screen(
    browser: Browser, size: tuple[int, int], *, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Page]:
    """A page in a fresh profile."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB",
    )
    yield context.new_page()
    context.close()


def launch(page: Page, host: str, lang: str) -> None:
    """The host page with the panel open."""
    page.goto(f"{host}/{lang}")
    page.locator("byline-chat .launcher").click()


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the end."""
    page.locator("byline-chat .composer textarea").fill(question)
    page.locator("byline-chat .composer textarea").press("Enter")
    page.locator("byline-chat .foot > *").first.wait_for(timeout=60_000)


def save(page: Page, name: str) -> None:
    """A picture, once fonts and layout have settled."""
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    print(f"docs/images/{name}.png", flush=True)


class Publisher(ThreadingHTTPServer):
    """A page of another origin; `api` is the service that its widget asks."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.api = ""
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Page(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        """The page, in the language that its path names."""
        words = "".join(f"<p>{line}</p>" for line in WORDS)
        body = PAGE.format(lang=self.path.strip("/") or "en", api=self.server.api, words=words).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def publisher() -> Iterator[Publisher]:
    """Serve the host page."""
    server = Publisher()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@contextmanager
def service(folder: Path, origin: str, running: str | None) -> Iterator[str]:
    """A service over seeds/ that `origin` may ask, or the one that runs already."""
    if running:
        yield running.rstrip("/")
        return
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | {
        "BYLINE_HTTP__ALLOWED_ORIGINS": f'["{origin}"]',
        "BYLINE_DATA_DIR": str(folder),
    }
    byline = [sys.executable, "-m", "service"]
    subprocess.run([*byline, "ingest", "seeds"], cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own
    server = subprocess.Popen([*byline, "serve", "--port", str(port)], cwd=ROOT, env=environment)  # noqa: S603 - our own
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/readyz", server)
        yield url
    finally:
        server.terminate()
        server.wait(60)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own http://
                return
        except OSError:
            time.sleep(0.2)
    sys.exit("the service did not start")


if __name__ == "__main__":
    main()
