"""Speaks the HTTP interface, over a socket or to an app in this process; tells "down" from "refused"."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

BATCH: Final = 50
DOWN: Final = frozenset({429, 502, 503, 504})


class Down(Exception):
    """Nobody answers, or the service says that it cannot now."""


class Refused(Exception):
    """The service answered with a problem."""

    def __init__(self, status: int, body: Any) -> None:
        code = body.get("code") if isinstance(body, dict) else None
        detail = body.get("detail") if isinstance(body, dict) else None
        super().__init__(f"{status} {code or ''} {detail or ''}".strip())
        self.status = status
        self.code = code


class Client:
    """The routes that the suite needs.

    Args:
        http: With a base address, a timeout and, where needed, an `Authorization` header.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def _send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        try:
            reply = await self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise Down(f"{type(error).__name__}: {error}") from None
        try:
            content = reply.json()
        except ValueError:
            content = None
        if reply.status_code in DOWN:
            raise Down(str(Refused(reply.status_code, content)))
        return reply.status_code, content

    async def _object(self, method: str, path: str, body: Any = None) -> Mapping[str, Any]:
        status, content = await self._send(method, path, body)
        if status >= 400:  # noqa: PLR2004 (HTTP's errors begin here)
            raise Refused(status, content)
        if not isinstance(content, dict):
            raise Refused(status, {"detail": "the reply is not a JSON object"})
        return content

    async def ready(self) -> Mapping[str, Any]:
        """What `/readyz` says. Raises Down where it is not ready."""
        return await self._object("GET", "/readyz")

    async def version(self) -> Mapping[str, Any]:
        """What `/version` says; empty where there is none."""
        try:
            return await self._object("GET", "/version")
        except Refused:
            return {}

    async def empty(self) -> bool:
        """Whether the service holds no article."""
        body = await self._object("GET", "/articles?limit=1")
        return not body["items"]

    async def article(self, article_id: str, revision: int | None = None) -> Mapping[str, Any] | None:
        """An article with its stored text, None where there is none (or it is retracted)."""
        tail = "" if revision is None else f"?revision={revision}"
        try:
            found = await self._object("GET", f"/articles/{article_id}{tail}")
        except Refused as refused:
            if refused.status == 404:  # noqa: PLR2004 (HTTP's "not found")
                return None
            raise
        return None if found.get("retracted") else found

    async def post(self, articles: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Store articles; a receipt or a problem for each."""
        status, body = await self._send("POST", "/articles", list(articles))
        if status >= 400 or not isinstance(body, dict):  # noqa: PLR2004 (HTTP's errors begin here)
            raise Refused(status, body)
        return list(body["receipts"])

    async def ask(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to a question."""
        return await self._object("POST", "/ask", body)

    async def search(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The evidence alone."""
        return await self._object("POST", "/search", body)

    async def summarise(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A summary."""
        return await self._object("POST", "/summaries", body)
