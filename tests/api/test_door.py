"""Who may come in and with what: hosts, keys, media types, sizes, methods, caller's departures."""

import hmac
import json
import socket

import pytest
from pydantic import SecretStr

from service.api import middleware
from service.settings import Http
from tests.api.conftest import settings_for
from tests.serving import Served, serve

KEY, OTHER = "key-one-0123456789", "key-two-0123456789"
ORIGIN = "https://news.example"
ROUTES = (
    ("POST", "/ask"), ("POST", "/search"), ("POST", "/articles"), ("GET", "/articles"),
    ("GET", "/articles/a"), ("DELETE", "/articles/a"), ("GET", "/articles/a/revisions"),
    ("POST", "/articles/a/retract"), ("GET", "/metrics"), ("GET", "/version"), ("GET", "/nowhere"),
)  # fmt: skip


@pytest.fixture(scope="module")
def keyed(tmp_path_factory, embedder):
    """A service with keys and a site key."""
    http = Http(
        api_keys=(SecretStr(KEY), SecretStr(OTHER)),
        site_keys=("site-1",),
        allowed_origins=(ORIGIN,),
        max_body_bytes=20_000,
    )
    with serve(settings_for(tmp_path_factory.mktemp("keyed"), http=http), embedder) as running:
        yield running


def raw(served: Served, head: str, body: bytes = b"", *, wait_s: float = 10) -> bytes:
    """Send bytes as they are; what comes back until the server closes or is quiet."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=wait_s) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + body)
        connection.settimeout(wait_s)
        got = b""
        while b"\r\n\r\n" not in got:
            piece = connection.recv(65_536)
            if not piece:
                break
            got += piece
        return got


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "localhost:8000", "[::1]", "[::1]:9", "LocalHost"]
)
def test_without_keys_local_hosts_are_served(served, host):
    assert served.client.get("/version", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "localhost@evil.example",
        "",
        "[::2]",
    ],
)
def test_without_keys_any_other_host_is_refused_also_for_open_paths(served, host):
    for path in ("/version", "/livez", "/docs"):
        answer = served.client.get(path, headers={"Host": host})
        assert answer.status_code == 403
        assert answer.json()["code"] == "forbidden"


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        f"Basic {KEY}",
        KEY,
        f"Bearer {KEY[:-1]}",
        f"Bearer {KEY}x",
        "Bearer é",
    ],
)
def test_no_route_opens_without_a_right_key(keyed, method, path, given):
    headers = {} if given is None else {"Authorization": given.encode()}
    answer = keyed.client.request(method, path, headers=headers, json={} if method == "POST" else None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthorised"


@pytest.mark.parametrize("given", [f"Bearer {KEY}", f"bearer {OTHER}"])
def test_either_key_opens_every_route(keyed, given):
    for method, path in ROUTES:
        answer = keyed.client.request(
            method, path, headers={"Authorization": given}, json={} if method == "POST" else None
        )
        assert answer.status_code not in {401, 403}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/docs", "/openapi.json", "/read/nowhere"])
def test_some_paths_are_open_to_everybody(keyed, path):
    answer = keyed.client.get(path, headers={"Host": "news.example"})
    assert answer.status_code in {200, 404}


@pytest.mark.parametrize(
    "path", ["/livez/../articles", "/read/../articles", "//livez", "/docs/..%2farticles", "/livezx"]
)
def test_no_trick_with_a_path_opens_a_closed_route(keyed, path):
    got = raw(keyed, f"GET {path} HTTP/1.1\nHost: a\nConnection: close\n\n")
    assert not got.startswith(b"HTTP/1.1 200")


def test_every_key_is_compared_in_constant_time(keyed, monkeypatch):
    compared = []

    def compare(left: bytes, right: bytes) -> bool:
        compared.append(right)
        return hmac.compare_digest(left, right)

    class Watched:
        compare_digest = staticmethod(compare)

    monkeypatch.setattr(middleware, "hmac", Watched)
    keyed.client.get("/version", headers={"Authorization": f"Bearer {KEY}"})
    assert compared == [KEY.encode(), OTHER.encode()]


def test_a_site_key_opens_the_widgets_routes_from_an_allowed_page_and_nothing_else(keyed):
    site = {"X-Byline-Site-Key": "site-1", "Origin": ORIGIN}
    post = keyed.client.post
    assert post("/ask", json={"question": "anything?"}, headers=site).status_code == 200
    assert keyed.client.get("/articles/nowhere", headers=site).status_code == 404
    for method, path in ROUTES:
        if (method, path) not in {("POST", "/ask"), ("GET", "/articles/a")}:
            answer = keyed.client.request(method, path, headers=site, json={} if method == "POST" else None)
            assert answer.status_code == 401
    for status, wrong in (
        (403, {"X-Byline-Site-Key": "site-1"}),
        (403, {"X-Byline-Site-Key": "site-1", "Origin": "https://evil.example"}),
        (403, {"X-Byline-Site-Key": "site-1", "Origin": ORIGIN + ".evil.example"}),
        (403, {"X-Byline-Site-Key": "site-1", "Origin": "null"}),
        (401, {"X-Byline-Site-Key": "", "Origin": ORIGIN}),
        (401, {"X-Byline-Site-Key": "site-2", "Origin": ORIGIN}),
    ):
        assert post("/ask", json={"question": "anything?"}, headers=wrong).status_code == status


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
    ],
)
@pytest.mark.parametrize("path", ["/ask", "/search", "/articles", "/articles/harbour/retract"])
def test_a_body_that_is_not_called_json_is_415_so_that_no_other_sites_form_can_write(served, path, kind):
    headers = {} if kind is None else {"Content-Type": kind}
    for content in (b"", b'{"question": "x"}'):
        answer = served.client.post(path, content=content, headers=headers)
        assert answer.status_code == 415
        assert answer.headers["content-type"] == "application/problem+json"
    assert not served.client.get("/articles/harbour").json()["retracted"]


def test_a_compressed_body_is_415(served):
    answer = served.client.post(
        "/ask", content=b"x", headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
    )
    assert answer.status_code == 415


def test_a_body_over_the_limit_is_413_whether_declared_or_chunked(keyed):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    text = json.dumps({"question": "x" * 30_000})
    for content in (text, iter([text.encode()[:100], text.encode()[100:]])):
        answer = keyed.client.post("/ask", content=content, headers=headers)
        assert answer.status_code == 413
        assert answer.json()["errors"][0]["field"] == "body"
        assert "20,000" in answer.json()["detail"]


def test_a_caller_who_asks_before_sending_is_told_413_before_sending(keyed):
    head = (
        f"POST /ask HTTP/1.1\nHost: a\nAuthorization: Bearer {KEY}\nContent-Type: application/json\n"
        "Content-Length: {length}\nExpect: 100-continue\n\n"
    )
    assert raw(keyed, head.format(length=10**9)).startswith(b"HTTP/1.1 413")
    assert raw(keyed, head.format(length=30)).startswith(b"HTTP/1.1 100")


def test_a_chunked_body_without_end_is_413_when_the_limit_is_passed(keyed):
    head = (
        f"POST /ask HTTP/1.1\nHost: a\nAuthorization: Bearer {KEY}\nContent-Type: application/json\n"
        "Transfer-Encoding: chunked\n\n"
    )
    assert raw(keyed, head, (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 6).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/version", "/docs", "/articles", "/articles/harbour", "/read/harbour"]
)
def test_head_answers_as_get_does_without_the_body(served, path):
    head, get = served.client.head(path), served.client.get(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/articles"), ("GET", "/ask"), ("PATCH", "/articles/harbour"), ("DELETE", "/search")],
)
def test_a_method_that_a_route_has_not_is_405_and_says_which_it_has(served, method, path):
    answer = served.client.request(method, path, json={} if method in {"PUT", "PATCH"} else None)
    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert answer.json()["code"] == "method_not_allowed"


def test_options_is_no_way_round(served):
    assert served.client.options("/ask").status_code in {200, 204, 405}


def test_every_answer_forbids_sniffing_and_carries_its_requests_id(served):
    for path in ("/livez", "/nowhere", "/docs"):
        headers = served.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-request-id"]) == 16
