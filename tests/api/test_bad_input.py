"""Bad input by hand, over every route: never a 5xx, always a problem document that names the field."""

import json
import time
from typing import Any, Final

import pytest

DEEP = "[" * 20_000 + "]" * 20_000
RAW: Final[dict[str, bytes]] = {
    "empty": b"",
    "space": b"  \n",
    "cut": b'{"question": "a',
    "not json": b"question=a&query=b",
    "binary": bytes(range(256)),
    "latin-1": '{"question": "caf\u00e9", "query": "\u00e9"}'.encode("latin-1"),
    "utf-16": '{"question": "a", "query": "a"}'.encode("utf-16"),
    "utf-32": '{"question": "a"}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"question": "a", "query": "a"}',
    "overlong": b'{"question": "\xc0\xaf", "query": "\xc0\xaf"}',
    "encoded surrogate": b'{"question": "\xed\xa0\x80", "query": "\xed\xa0\x80"}',
    "lone surrogate": b'{"question": "a\\ud800", "query": "a\\ud800", "headline": "a\\ud800", "text": "b"}',
    "surrogate as a key": b'{"\\udfff": 1}',
    "NaN": b'{"question": "a", "query": "a", "max_sources": NaN, "limit": NaN}',
    "Infinity": b'{"question": "a", "max_sources": Infinity, "limit": -Infinity}',
    "huge exponent": b'{"question": "a", "query": "a", "max_sources": 1e999, "limit": 1e999}',
    "huge integer": b'{"question": "a", "query": "a", "limit": ' + b"9" * 5_000 + b"}",
    "large integer": b'{"question": "a", "max_sources": 99999999999999999999, "limit": 99999999999999999999}',
    "deep lists": DEEP.encode(),
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deep in a field": b'{"filters": ' + DEEP.encode() + b"}",
    "null": b"null",
    "true": b"true",
    "a number": b"42",
    "a string": b'"question"',
    "empty list": b"[]",
    "list of nulls": b"[null, null]",
    "empty object": b"{}",
    "single quotes": b"{'question': 'a'}",
    "comment": b'{"question": "a" /* no */}',
    "trailing comma": b'{"question": "a",}',
    "two documents": b'{"question": "a"}{"question": "b"}',
    "control in a string": b'{"question": "a\x00b", "query": "a\x1fb"}',
}
WRONG: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1.5, 10**400, "", " ", "\x00", "x" * 10_001, "\u202e", [], [[]], ["", 1], {}, {"a": 1},
    [None],
)  # fmt: skip
DATES: Final = (
    "yesterday", "2026-13-01", "2026-02-30", "2026-01-01T10:00:00", "1066-10-14", "2101-01-01", "0000-00-00",
    "2026-01-01T25:00:00Z", "2026-01-01T10:00:00+99:00", "９９９９-01-01", "1900-01-01T00:00:00+14:00x",
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "-2026-01-01", "1767225600", "\x00026-01-01",
    "2026-01-01T10:00:00Z; DROP TABLE", "2026/01/01", "01.02.2026", "2026-1-1", "T10:00Z", "NaN", "1e5",
)  # fmt: skip
URLS: Final = (
    "", "x", "ftp://x.example/a", "javascript:alert(1)", "data:text/html,x", "http://", "https:///path",
    "http:/x",
    "http://[::1", "http://[x]/", "https://a b.example", "https://x.example/\x00", "https://x.example/\n",
    "https://ex\uff03ample.example/", "//x.example/a", "https://\u2100.example/", "http://x.example:port/",
    "https://x.example/" + "a" * 2_001, "https://x.example/\u202e", "file:///etc/passwd",
)  # fmt: skip
IDS: Final = (
    "", " ", "a b", "a/b", "../etc/passwd", "a\x00", "a\n", "é", "a" * 97, "a%2fb", "<b>", "'; --", "a:b",
    "\u202e",
)  # fmt: skip
NO_FILTER: Final[tuple[Any, ...]] = (1, True, {}, [1], [], ["a"] * 101)
NO_SHORT: Final[tuple[Any, ...]] = (1, True, [], {}, "x" * 501)
NO_DATE: Final[tuple[Any, ...]] = (*DATES, 0, 1.5, True, [], {})
NO_URL: Final[tuple[Any, ...]] = (*URLS, 1, [], {})
NO_ID: Final[tuple[Any, ...]] = (*IDS, 1, [], {})
ARTICLE: Final = {"headline": "A headline", "text": "A text of words."}


Case = tuple[str, str, Any, str]
FILTERS: Final = ("source", "author", "section", "language", "article_id")
ASKED: Final = ("question", "as_of", "filters", "history", "mode", "style", "stream", "max_sources")
SOUGHT: Final = ("query", "as_of", "filters", "limit")


def case(path: str, base: dict[str, Any], change: dict[str, Any], field: str) -> Case:
    """A request that must be refused, and the field that its problem must name."""
    return f"{path} {change!r:.60}", path, base | change, field


def cases() -> list[Any]:
    """Requests that must be refused with 4xx, each with the field that its problem must name."""
    made = [
        *question_cases("/ask", {"question": "a bridge?"}, ASKED),
        *question_cases("/search", {"query": "a bridge"}, SOUGHT),
        *history_cases(),
        *article_cases(),
    ]
    ids = (f"{n} {name}".replace("\x00", "NUL") for n, (name, *_) in enumerate(made))
    return [
        pytest.param(path, body, field, id=name)
        for name, (_, path, body, field) in zip(ids, made, strict=True)
    ]


def question_cases(path: str, base: dict[str, Any], fields: tuple[str, ...]) -> list[Case]:
    text = fields[0]
    filters: list[tuple[str, Any]] = [(f, d) for f in ("published_from", "published_to") for d in DATES[:8]]
    filters += [(f, value) for f in FILTERS for value in NO_FILTER]
    filters.append(("topic", "x"))
    too_late = {"published_from": "2026-02-01", "published_to": "2026-01-01"}
    return [
        *(case(path, base, {f: value}, f) for f in fields for value in WRONG if not fine(f, value)),
        *(case(path, base, {"as_of": date}, "as_of") for date in DATES),
        *(case(path, base, {"filters": {f: value}}, f"filters.{f}") for f, value in filters),
        case(path, base, {"filters": too_late}, "filters.published_from"),
        case(path, base, {"temperature": 1}, "temperature"),
        *(
            case(path, {}, {text: value}, text)
            for value in ("x" * 1_001, "x" * 100_000, "?!", "🎉", "\u200b", "\n\n")
        ),
    ]


def history_cases() -> list[Case]:
    def turns(n: int, **turn: Any) -> dict[str, Any]:
        return {"history": [{"role": "user", "content": "x"} | turn] * n}

    base = {"question": "a"}
    return [
        case("/ask", base, turns(1, content="x" * 20_001), "history"),
        case("/ask", base, turns(21), "history"),
        case("/ask", base, turns(1, role="system"), "history.0.role"),
        case("/ask", base, turns(1, content=1), "history.0.content"),
    ]


def article_cases() -> list[Case]:
    short = [(f, value) for f in ("source", "author", "section", "language") for value in NO_SHORT]
    dates: list[tuple[str, Any]] = [(f, date) for f in ("published_at", "updated_at") for date in NO_DATE]
    words = [
        (f, value) for f in ("headline", "text") for value in WRONG if (f, value) != ("text", "x" * 10_001)
    ]
    others: list[tuple[str, Any]] = [("revision", 7), ("text", "x" * 1_000_001)]
    others += [("url", value) for value in NO_URL] + [("id", value) for value in NO_ID]
    why: list[tuple[str, Any]] = [("reason", value) for value in NO_SHORT] + [("why", "x")]
    return [
        *(case("/articles", ARTICLE, {f: value}, f) for f, value in (*short, *dates, *words, *others)),
        *(case("/articles", {}, {f: ARTICLE[f]}, "text" if f == "headline" else "headline") for f in ARTICLE),
        *(case("/articles/harbour/retract", {}, {f: value}, f) for f, value in why),
    ]


def fine(field: str, value: Any) -> bool:
    """What of WRONG a field may hold."""
    if value is None:
        return field in {"as_of", "filters", "history"}
    return (
        (field == "stream" and value is True)
        or (field == "filters" and value == {})
        or (field == "history" and value == [])
    )


def check_problem(answer: Any, field: str | None) -> None:
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert set(body) == {"type", "title", "status", "code", "detail", "request_id", "errors"}
    assert body["errors"]
    if field is not None:
        named = {error["field"] for error in body["errors"]}
        assert any(name == field or name.startswith(field + ".") for name in named), body


def stored(client: Any) -> tuple[Any, ...]:
    """What every index says, when it has followed what other tests deleted."""
    details: tuple[str, ...] = ()
    for _ in range(100):
        health = client.get("/readyz").json()["dependencies"]
        details = tuple(health[name]["detail"] for name in ("store", "chroma", "exact", "tantivy"))
        if len({detail.rpartition("seq ")[2] for detail in details}) == 1:
            return details
        time.sleep(0.1)
    raise AssertionError(f"the indexes do not follow: {details}")


@pytest.fixture(scope="module")
def untouched(served):
    """Nothing at all is stored by whatever is refused."""
    before = stored(served.client)
    yield served.client
    assert stored(served.client) == before
    assert not served.client.get("/articles/harbour").json()["retracted"]


@pytest.mark.parametrize(("path", "body", "field"), cases())
def test_a_wrong_value_is_refused_and_its_field_is_named(untouched, path, body, field):
    content = json.dumps(body, ensure_ascii=False).encode()
    answer = untouched.post(path, content=content, headers={"Content-Type": "application/json"})
    check_problem(answer, field)
    for value in body.values():
        if isinstance(value, str) and 8 < len(value) < 200 and value not in (*ARTICLE.values(),):
            assert value not in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/ask", "/search", "/articles", "/articles/harbour/retract"])
@pytest.mark.parametrize("body", RAW.values(), ids=RAW)
def test_a_body_that_cannot_be_used_is_refused(untouched, path, body):
    if path.endswith("retract") and body in {b"", b"null", b"{}"}:
        return  # a reason may be left out
    if path != "/articles/harbour/retract" or body.strip():
        answer = untouched.post(path, content=body, headers={"Content-Type": "application/json"})
        if answer.status_code == 207:
            assert all(row["status"] == 422 for row in answer.json()["receipts"])
        else:
            check_problem(answer, None)


@pytest.mark.parametrize(
    "path",
    [
        "/articles/..", "/articles/%2e%2e", "/articles/a%00b", "/articles/%ff%fe", "/articles/" + "a" * 97,
        "/articles/a%2fb/revisions", "/articles/%F0%9F%8E%89", "/articles/a b",
        "/read/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/read/" + "a" * 5_000, "/read/..%5c..", "/articles/harbour/revisions/1", "/articles/harbour/",
        "//articles",
        "/articles?after=%00", "/articles?after=" + "a" * 97, "/articles?limit=NaN", "/articles?limit=1e1",
        "/articles?limit=%00", "/articles?published_from=%ff", "/articles/harbour?revision=-1",
        "/articles/harbour?revision=1.0", "/articles/harbour?revision=1&revision=x", "/read/harbour?start=a",
        "/read/harbour?start=99999999999999999999999&end=2", "/read/harbour?end=0", "/openapi.json/x",
        "/.env",
        "/static/../../etc/passwd", "/docs/%2e%2e/x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD", "PUT"])
def test_no_path_or_parameter_makes_it_fail(untouched, method, path):
    if method == "DELETE" and path.startswith("/articles/harbour?"):
        return  # parameters are nothing to DELETE
    headers = {"Content-Type": "application/json"} if method == "PUT" else {}
    answer = untouched.request(method, path, headers=headers)
    assert answer.status_code < 500
    assert answer.status_code in {200, 307, 400, 404, 405, 422}


def test_at_least_three_hundred_requests_are_tried():
    assert len(cases()) + 4 * len(RAW) >= 300
