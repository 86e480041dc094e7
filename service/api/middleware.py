"""What every request passes before a route sees it, as plain ASGI: nothing here buffers a stream."""

import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api import problems
from service.api.sites import NO_SITES, Sites
from service.domain.errors import (
    BodyTooLarge,
    Forbidden,
    InvalidInput,
    ServiceError,
    Unauthorised,
    UnsupportedMedia,
)

LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
OPEN: Final = re.compile(r"/(?:livez|readyz|docs(?:/.*)?|openapi\.json|read/.*|widget.*|favicon\.ico)?")
"""Paths that need no key."""
HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class RequestId:
    """Gives each request an id, and each answer the headers that all have; a HEAD is answered as a GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex[:16]
        scope.setdefault("state", {})["request_id"] = request_id

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                    *HEADERS,
                ]
            await send(message)

        # The routes know GET alone. The server keeps its own scope, and sends no body to a HEAD.
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        await self._app({**scope, "method": method}, receive, sending)


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in.

    Args:
        keys: Keys that open every route; without any, local hosts alone are let in.
        anonymous: Lets in everybody, from any host.
        sites: Pages that may ask through the widget, with a public key.
    """

    keys: Sequence[str] = ()
    anonymous: bool = False
    sites: Sites = NO_SITES


class Gate:
    """Turns away who may not come in, bodies that are too long, and bodies that are no JSON."""

    def __init__(self, app: ASGIApp, door: Door, max_body_bytes: int) -> None:
        self._app = app
        self._door = door
        self._limit = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer with the problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            self._admit(request)
            body = None
            if request.method in {"POST", "PUT", "PATCH"}:
                self._is_json(request)
                body = await self._body(request, receive)
        except ServiceError as error:
            await problems.of_error(request, error)(scope, receive, send)
            return
        await self._app(scope, receive if body is None else _replay(body, receive), send)

    def _admit(self, request: Request) -> None:
        if not self._door.keys and not self._door.anonymous and _host(request) not in LOCAL_HOSTS:
            raise Forbidden("without keys only local hosts are served")
        if not self._door.keys or OPEN.fullmatch(request.url.path) or request.method == "OPTIONS":
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        known = [hmac.compare_digest(given.strip().encode(), key.encode()) for key in self._door.keys]
        if scheme.lower() == "bearer" and any(known):
            return
        if self._door.sites.opens(request.method, request.url.path, request.headers):
            return
        raise Unauthorised("this route needs a key: Authorization: Bearer KEY")

    def _is_json(self, request: Request) -> None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMedia("the body must be JSON: Content-Type: application/json")
        if request.headers.get("content-encoding", "identity") != "identity":
            raise UnsupportedMedia("a compressed body is not taken")

    async def _body(self, request: Request, receive: Receive) -> bytes:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._limit:
            raise BodyTooLarge(f"the body is longer than {self._limit:,} bytes", field="body")
        held = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            held += message.get("body", b"")
            if len(held) > self._limit:
                raise BodyTooLarge(f"the body is longer than {self._limit:,} bytes", field="body")
            if not message.get("more_body", False):
                break
        return _checked(bytes(held))


def _checked(body: bytes) -> bytes:
    """The body, if it is JSON in UTF-8 without NaN or lone surrogates, which later code could not answer."""
    if not body:
        return body  # a route that needs one says so
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput("the body is not UTF-8", field="body") from None
    try:
        value = json.loads(text, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except InvalidInput:
        raise
    except UnicodeEncodeError:
        raise InvalidInput("the body holds half a surrogate pair", field="body") from None
    except (ValueError, RecursionError):
        raise InvalidInput("the body is not valid JSON", field="body") from None
    return body


def _no_constant(name: str) -> None:
    raise InvalidInput(f"{name} is no JSON number", field="body")


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()  # tells when the caller goes away
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _host(request: Request) -> str:
    host = request.headers.get("host", "").lower()
    return host if host.endswith("]") else re.sub(r":\d+$", "", host)
