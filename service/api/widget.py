"""The chat widget's script, assembled at start, and the pages that show it: `/` and `/widget/demo`.

No compiler stands between the sources in `service/widget/` and what a browser gets, so a newsroom can read
what it embeds, and the same sources always give the same bytes.
"""

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import HTMLResponse, JSONResponse

from service import __version__
from service.domain.errors import NotFound
from service.ports import ArticleStore

FRESH: Final = "public, max-age=300, stale-while-revalidate=86400"
PINNED: Final = "public, max-age=31536000, immutable"
CHECKED: Final = "no-cache"
SCRIPT_TYPE: Final = "text/javascript; charset=utf-8"
LITERAL_OR_BLANKS: Final = re.compile(
    r"""(?P<literal>"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|/(?![ /*])(?:\\.|[^/\\\n])+/[a-z]*)"""
    r"""|[ ]*(?P<mark>[=+{}(),;:?<>&|]+)[ ]*"""
)
ANYWHERE: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
    "X-Widget-Version": __version__,
}
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE_HEADERS: Final = {
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": CHECKED,
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent, and packed once."""

    body: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """The 12 hex digits that name these bytes."""
        return hashlib.sha256(self.body).hexdigest()[:12]

    @property
    def integrity(self) -> str:
        """The value of an `integrity` attribute: base64 of SHA-384.

        Source: W3C Subresource Integrity, https://www.w3.org/TR/sri-2/.
        """
        return "sha384-" + base64.b64encode(hashlib.sha384(self.body).digest()).decode()


def sources() -> Traversable:
    """The folder of the widget's sources, in a checkout and in an installed wheel."""
    return files("service").joinpath("widget")


def languages(folder: Traversable) -> tuple[str, ...]:
    """The languages that there are files for, English among them."""
    names = (item.name for item in folder.joinpath("locales").iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def assemble(folder: Traversable) -> Asset:
    """Join the widget's parts to the one classic script that pages embed.

    Args:
        folder: Holds `src/*.js` in the order of their names, `src/widget.css` and `locales/*.json`.

    Returns:
        The script; only English is built in, other languages are fetched when a page needs one.
    """
    parts = sorted(item.name for item in folder.joinpath("src").iterdir() if item.name.endswith(".js"))
    others = [language for language in languages(folder) if language != "en"]
    english = json.loads(folder.joinpath("locales", "en.json").read_text("utf-8"))
    style = _pack_css(folder.joinpath("src", "widget.css").read_text("utf-8"))
    head = [
        f"/*! Byline {__version__}, the chat widget. Apache-2.0. */",
        "(() => {",
        '"use strict";',
        f"const VERSION = {_js(__version__)}, LOCALES = {_js(others)};",
        f"const EN = {_js(english)};",
        f"const CSS = {_js(style)};",
        "const SCRIPT = document.currentScript;",
        'const ORIGIN = SCRIPT && SCRIPT.src ? new URL(".", SCRIPT.src).href : location.origin;',
    ]
    body = [_pack(folder.joinpath("src", name).read_text("utf-8")) for name in parts]
    return Asset("\n".join([*head, *body, "})();", ""]).encode(), SCRIPT_TYPE)


def _js(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pack(text: str) -> str:
    """Drop comments on lines of their own, indentation, and blanks beside punctuation, outside literals.

    Names and lines stay, so that what is served can be read. A slash with a blank after it divides; any other
    begins a regular expression.
    """
    bare = re.sub(r"^\s*(/\*.*?\*/|//.*?$)", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = "\n".join(line.strip() for line in bare.splitlines() if line.strip())
    return LITERAL_OR_BLANKS.sub(lambda found: found["literal"] or found["mark"], lines)


def _pack_css(text: str) -> str:
    """The same for the style sheet, which has no literal with a blank that matters."""
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*([{};,>]|: )\s*", lambda found: found[1].strip(), bare).strip()


def router(
    *,
    articles: ArticleStore,
    site_keys: Sequence[str] = (),
    keyed: bool = False,
    starters: Sequence[str] = (),
) -> APIRouter:
    """The widget's routes and the page at `/`.

    Args:
        articles: The truth: the page says how many articles there are, and of which days.
        site_keys: The public keys of the widget; the first one stands in the snippet and on the page.
        keyed: Whether the service asks for API keys.
        starters: Questions that the page at `/` proposes.
    """
    routes = APIRouter(include_in_schema=False)
    folder = sources()
    script = assemble(folder)
    assets = {f"locales/{name}.json": "application/json" for name in languages(folder)}
    assets |= {"page.css": "text/css; charset=utf-8", "page.js": SCRIPT_TYPE, "demo.js": SCRIPT_TYPE}
    held = {path: Asset(folder.joinpath(path).read_bytes(), kind) for path, kind in assets.items()}
    pages = {name: folder.joinpath(name).read_text("utf-8") for name in ("page.html", "demo.html")}
    packed = {id(asset): gzip.compress(asset.body, 9, mtime=0) for asset in (script, *held.values())}
    pinned = f"widget.{script.digest}.js"

    def send(request: Request, asset: Asset, caching: str) -> Response:
        return _send(request, asset, packed[id(asset)], caching)

    @routes.get("/widget.js")
    async def evergreen(request: Request) -> Response:
        return send(request, script, FRESH)

    @routes.get("/widget.{digest}.js")
    async def immutable(request: Request, digest: str) -> Response:
        if digest != script.digest:
            raise NotFound("there is no such build of the widget here; /widget/meta names the current one")
        return send(request, script, PINNED)

    @routes.get("/widget/meta")
    async def meta() -> Response:
        facts = {"version": __version__, "file": pinned, "integrity": script.integrity}
        return JSONResponse(facts, headers={**ANYWHERE, "Cache-Control": CHECKED})

    @routes.get("/widget/demo")
    async def demo() -> Response:
        return HTMLResponse(_fill(pages["demo.html"], pinned=pinned), headers=PAGE_HEADERS)

    @routes.get("/widget/{path:path}")
    async def asset(request: Request, path: str) -> Response:
        if path not in held:
            raise NotFound("the widget has no such file")
        return send(request, held[path], FRESH)

    @routes.get("/")
    async def page(request: Request) -> Response:
        filled = _fill(
            pages["page.html"],
            pinned=pinned,
            integrity=script.integrity,
            origin=str(request.base_url).rstrip("/"),
            key=f' data-site-key="{site_keys[0]}"' if site_keys else "",
            site_key=site_keys[0] if site_keys else "",
            starters="|".join(starters),
            **_said(await articles.count(), await articles.date_range()),
            closed="" if keyed and not site_keys else "hidden",
        )
        return HTMLResponse(filled, headers=PAGE_HEADERS)

    return routes


def _said(count: int, dates: tuple[date, date] | None) -> dict[str, str]:
    """What `/` says of the articles, and whether its part on adding some is hidden."""
    held = {0: "There are no articles yet.", 1: "1 article"}.get(count, f"{count:,} articles")
    if dates:
        first, last = (f"{day.day} {day:%B %Y}" for day in dates)
        held += f", from {first} to {last}" if first != last else f", from {first}"
    return {"library": held, "empty": "hidden" if count else ""}


def _fill(page: str, **values: str) -> str:
    """Put values into a page, escaped; a name without a value, or a value without a place, is a mistake."""
    unused = set(values) - set(re.findall(r"\{\{(\w+)\}\}", page))
    if unused:
        raise ValueError(f"the page has no place for {sorted(unused)}")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: html.escape(values[found[1]]), page)


def _send(request: Request, asset: Asset, packed: bytes, caching: str) -> Response:
    """Answer with the bytes, packed where the caller can unpack, or with 304 where it has them."""
    unpacks = "gzip" in request.headers.get("accept-encoding", "")
    # Strong tags belong to bytes: packed and unpacked are two.
    tag = f'"{asset.digest}{"-gzip" if unpacks else ""}"'
    headers = {**ANYWHERE, "Cache-Control": caching, "ETag": tag, "Vary": "Accept-Encoding"}
    known = {item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if unpacks:
        headers["Content-Encoding"] = "gzip"
    return Response(packed if unpacks else asset.body, media_type=asset.media_type, headers=headers)
