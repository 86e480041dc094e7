"""What every request passes: its id, the key, the host, the body's size and whether it is JSON."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from service.api.middleware import OPEN, Door, Gate, RequestId

LIMIT = 64


class Route:
    """An application that keeps what reached it and answers with its body."""

    def __init__(self) -> None:
        self.method = ""
        self.body: bytes | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method = scope["method"]
        self.body = (await receive())["body"] if scope["method"] == "POST" else b""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.body})


async def call(
    route: Route,
    door: Door,
    *pieces: bytes,
    method: str = "GET",
    path: str = "/search",
    host: str = "127.0.0.1:8000",
    headers: Sequence[tuple[str, str]] = (("content-type", "application/json"),),
) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of what comes back for a request that arrives in pieces."""
    sent: list[Message] = []
    waiting = [
        {"type": "http.request", "body": piece, "more_body": n < len(pieces)}
        for n, piece in enumerate(pieces, 1)
    ]

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "scheme": "http",
        "server": ("127.0.0.1", 8000), "headers": [(b"host", host.encode())]
        + [(name.encode(), value.encode()) for name, value in headers],
    }  # fmt: skip
    await RequestId(Gate(route, door, LIMIT))(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], answered, json.loads(body) if body else None


async def post(*pieces: bytes, **fields: Any) -> tuple[int, Any, Route]:
    route = Route()
    status, _, body = await call(route, Door(), *pieces, method="POST", **fields)
    return status, body, route


async def test_every_answer_has_an_id_of_its_own_and_the_headers_of_all():
    first, second = [await call(Route(), Door()) for _ in range(2)]
    assert first[1]["x-request-id"] != second[1]["x-request-id"]
    assert (first[1]["x-content-type-options"], first[1]["referrer-policy"]) == ("nosniff", "no-referrer")


async def test_a_problem_carries_the_id_of_its_answer():
    status, headers, body = await call(Route(), Door(), host="evil.example")
    assert (status, body["code"]) == (403, "forbidden")
    assert body["request_id"] == headers["x-request-id"]


async def test_a_head_reaches_the_route_as_a_get():
    route = Route()
    await call(route, Door(), method="HEAD")
    assert route.method == "GET"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200), ("LOCALHOST:9000", 200), ("[::1]:8000", 200), ("[::1]", 200),
        ("localhost.evil.example", 403), ("127.0.0.1.evil.example:80", 403), ("", 403), ("192.168.0.7", 403),
    ],
)  # fmt: skip
async def test_without_keys_local_hosts_alone_are_served(host, status):
    assert (await call(Route(), Door(), host=host))[0] == status
    assert (await call(Route(), Door(anonymous=True), host=host))[0] == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("Bearer second", 200), ("bearer  second ", 200), ("Bearer secon", 401), ("Bearer second2", 401),
        ("Bearer", 401), ("Basic second", 401), ("second", 401), ("Bearer sécond", 401),
    ],
)  # fmt: skip
async def test_any_of_the_keys_opens_and_nothing_else_does(given, status):
    door = Door(keys=("first", "second"))
    answered, headers, _ = await call(Route(), door, host="far.example", headers=[("authorization", given)])
    assert answered == status
    assert (headers.get("www-authenticate") == "Bearer") == (status == 401)


@pytest.mark.parametrize("path", ["/", "/livez", "/readyz", "/docs", "/read/a-1", "/openapi.json"])
async def test_some_paths_need_no_key(path):
    assert (await call(Route(), Door(keys=("k",)), path=path))[0] == 200


@pytest.mark.parametrize(
    "path", ["/ask", "/articles", "/metrics", "/livez/x", "/openapi.jsonx", "/xread/a", "//"]
)
def test_no_other_path_is_open(path):
    assert OPEN.fullmatch(path) is None


async def test_a_body_that_comes_in_pieces_reaches_the_route_whole():
    status, _, route = await post(b'{"query": ', b'"ferry"', b"}")
    assert (status, route.body) == (200, b'{"query": "ferry"}')


async def test_a_body_over_the_limit_is_refused_by_what_it_says_and_by_what_it_is():
    kind = ("content-type", "application/json")
    said = await post(b"{}", headers=[kind, ("content-length", str(LIMIT + 1))])
    come = await post(b'"' + b"x" * LIMIT, b'"')
    lied = await post(b'"' + b"x" * LIMIT + b'"', headers=[kind, ("content-length", "2")])
    for status, body, route in (said, come, lied):
        assert (status, body["code"], route.body) == (413, "body_too_large", None)
    assert (await post(b'"' + b"x" * (LIMIT - 2) + b'"'))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        [], [("content-type", "text/plain")], [("content-type", "application/x-www-form-urlencoded")],
        [("content-type", "application/jsonp")], [("content-type", "application/json"), ("content-encoding", "gzip")],
    ],
)  # fmt: skip
async def test_what_a_form_of_another_page_can_send_is_refused(headers):
    status, _, route = await post(b"{}", headers=headers)
    assert (status, route.body) == (415, None)


@pytest.mark.parametrize(
    "body",
    [b'{"a": NaN}', b"[Infinity]", b'"\\ud800"', b'"\xff"', b"{", b"nonsense", b"[" * 60],
)
async def test_what_is_no_json_in_utf_8_never_reaches_a_route(body):
    status, problem, route = await post(body)
    assert (status, route.body) == (422, None)
    assert problem["errors"][0]["field"] == "body"


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/ld+json", "Application/JSON"]
)
async def test_json_by_any_of_its_names_is_taken(kind):
    assert (await post(b"{}", headers=[("content-type", kind)]))[0] == 200
