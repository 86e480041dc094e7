"""Which pages may ask: origins, public site keys, and what a browser is told of them (CORS).

CORS is no authentication, since anything but a browser can claim an origin. It keeps the pages of others from
asking at a publisher's cost; limits on use are kept elsewhere.
"""

import hmac
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api import problems
from service.domain.errors import Forbidden, Unauthorised

SITE_KEY: Final = "X-Byline-Site-Key"
OPENED: Final = (
    ("POST", re.compile(r"/ask")),
    ("POST", re.compile(r"/feedback")),
    ("GET", re.compile(r"/articles/[^/]+")),
)
"""What a site key opens, and nothing else."""
METHODS: Final = "GET, HEAD, POST, DELETE"
HEADERS: Final = f"Accept, Authorization, Content-Type, Idempotency-Key, {SITE_KEY}"
EXPOSED: Final = "Retry-After, X-Request-Id"
PREFLIGHT_S: Final = "7200"
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def origin_of(text: str) -> str | None:
    """Write an origin in the one way in which browsers write it.

    Args:
        text: Such as `https://News.example/` or an `Origin` header.

    Returns:
        Scheme, host and a port that is not the scheme's own; None for anything else, `null` too.

    >>> origin_of("HTTPS://News.example:443/")
    'https://news.example'
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}")


class Sites:
    """The pages that may ask.

    Args:
        keys: The public site keys.
        origins: The origins of pages that may ask, besides the service's own.
    """

    def __init__(self, *, keys: Sequence[str], origins: Sequence[str]) -> None:
        self._keys = tuple(key.encode() for key in keys)
        self._origins = frozenset(filter(None, map(origin_of, origins)))

    def allows(self, headers: Headers) -> bool:
        """Whether the page that sends these headers may ask.

        The service's own pages may; their scheme is not compared, since a proxy may speak TLS for it. A
        browser names no origin when a page reads from its own host, and says so in `Sec-Fetch-Site`.
        """
        if "Origin" not in headers:
            return headers.get("Sec-Fetch-Site") == "same-origin"
        known = origin_of(headers["Origin"])
        own = known is not None and known.partition("://")[2] == headers.get("Host", "").lower()
        return known in self._origins or own

    def opens(self, method: str, path: str, headers: Headers) -> bool:
        """Whether the request's site key opens this route to the page that asks.

        Returns:
            False where there is no site key, or the route is none of those that one opens.

        Raises:
            Unauthorised: The site key is not one of ours.
            Forbidden: It is, and the page is none of those that may ask.
        """
        given = headers.get(SITE_KEY)
        route = any(method == known and pattern.fullmatch(path) for known, pattern in OPENED)
        if given is None or not route:
            return False
        # Every key is compared, so that the time tells nothing.
        known = [hmac.compare_digest(given.encode(), key) for key in self._keys]
        if not any(known):
            raise Unauthorised("this site key is not known here")
        if not self.allows(headers):
            raise Forbidden("this page may not ask: its origin is not among BYLINE_HTTP__ALLOWED_ORIGINS")
        return True


NO_SITES: Final = Sites(keys=(), origins=())
"""The service's own pages alone, and no site key."""


class SiteAccess:
    """Answers preflights, tells browsers which pages may read an answer, and refuses those that may not.

    Args:
        app: What it stands before.
        sites: The pages that may ask.
    """

    def __init__(self, app: ASGIApp, sites: Sites) -> None:
        self._app = app
        self._sites = sites

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or "Origin" not in (headers := Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        origin, method = headers["Origin"], scope["method"]
        allowed = self._sites.allows(headers)
        preflight = method == "OPTIONS" and "Access-Control-Request-Method" in headers
        if not allowed and (preflight or method not in ("GET", "HEAD", "OPTIONS")):
            refusal = problems.of_error(Request(scope), Forbidden("pages of this origin may not ask"))
            refusal.headers.add_vary_header("Origin")
            await refusal(scope, receive, send)
            return
        if preflight:
            told = {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": METHODS,
                "Access-Control-Allow-Headers": HEADERS,
                "Access-Control-Max-Age": PREFLIGHT_S,
                "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            }
            await Response(status_code=204, headers=told)(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                # The widget's own files are open to all, and say so themselves.
                if allowed and "Access-Control-Allow-Origin" not in told:
                    told["Access-Control-Allow-Origin"] = origin
                    told["Access-Control-Expose-Headers"] = EXPOSED
                told.add_vary_header("Origin")
            await send(message)

        await self._app(scope, receive, tell)
