"""Which pages may ask, with which key, and what a browser is told."""

import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from service.api import problems
from service.api.sites import SiteAccess, Sites, origin_of
from service.domain.errors import Forbidden, Overloaded, Unauthorised

PAGE = "https://news.example"
SITES = Sites(keys=["pk_one", "pk_two"], origins=[f"{PAGE}/", "http://localhost:3000"])


def web() -> TestClient:
    app = FastAPI()
    problems.install(app)

    @app.post("/ask")
    async def ask() -> dict[str, bool]:
        return {"answered": True}

    @app.post("/feedback")
    async def feedback() -> None:
        raise Overloaded("full", retry_after_s=7)

    @app.get("/articles/{article_id}")
    async def article(article_id: str) -> str:
        return article_id

    app.add_middleware(SiteAccess, sites=SITES)
    return TestClient(app)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://News.Example", PAGE),
        ("https://news.example:443/", PAGE),
        ("http://news.example:8080", "http://news.example:8080"),
        ("http://[::1]:80", "http://[::1]"),
        ("null", None),
        ("", None),
        ("ftp://news.example", None),
        ("https://news.example/path", None),
        ("https://user@news.example", None),
        ("https://news.example:port", None),
        ("https://", None),
        ("news.example", None),
    ],
)
def test_an_origin_is_written_in_one_way_or_is_none(text, origin):
    assert origin_of(text) == origin


def test_a_preflight_of_a_page_that_may_ask_is_told_so_for_two_hours():
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key,x-byline-site-key",
    }
    answer = web().options("/ask", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Access-Control-Max-Age"] == "7200"
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    for name in ("content-type", "accept", "authorization", "idempotency-key", "x-byline-site-key"):
        assert name in allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://news.example.evil.example", "x"])
def test_a_page_that_may_not_ask_is_turned_away_before_any_work(origin):
    for answer in (
        web().options("/ask", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
        web().post("/ask", json={}, headers={"Origin": origin}),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "forbidden"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_that_may_ask_can_read_the_answer_and_the_refusal_with_its_wait():
    answer = web().post("/ask", json={}, headers={"Origin": PAGE})
    assert answer.json() == {"answered": True}
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    full = web().post("/feedback", json={}, headers={"Origin": PAGE})
    assert full.status_code == 503
    assert full.headers["Retry-After"] == "7"
    assert full.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Retry-After" in full.headers["Access-Control-Expose-Headers"]


def test_what_a_foreign_page_reads_is_not_shown_to_it_and_not_mixed_up_in_a_cache():
    answer = web().get("/articles/x", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


def test_the_service_s_own_pages_and_what_is_no_browser_are_let_through():
    assert web().post("/ask", json={}).status_code == 200
    assert web().post("/ask", json={}, headers={"Origin": "https://testserver"}).status_code == 200
    assert web().options("/ask").status_code == 405


def opens(method: str, path: str, **headers: str) -> bool:
    return SITES.opens(
        method, path, Headers({name.replace("_", "-"): text for name, text in headers.items()})
    )


def test_a_site_key_opens_three_routes_and_no_other():
    given = {"x_byline_site_key": "pk_two", "origin": PAGE}
    assert opens("POST", "/ask", **given)
    assert opens("POST", "/feedback", **given)
    assert opens("GET", "/articles/a-1", **given)
    for method, path in (
        ("DELETE", "/articles/a-1"),
        ("POST", "/articles"),
        ("GET", "/articles"),
        ("GET", "/articles/a-1/revisions"),
        ("POST", "/articles/a-1/retract"),
        ("POST", "/search"),
        ("GET", "/metrics"),
        ("POST", "/ask/"),
        ("POST", "/ask\n"),
    ):
        assert not opens(method, path, **given), (method, path)


def test_without_a_site_key_nothing_is_opened():
    assert not opens("POST", "/ask", origin=PAGE)


def test_a_wrong_site_key_is_unauthorised_and_a_right_one_from_elsewhere_forbidden():
    with pytest.raises(Unauthorised):
        opens("POST", "/ask", x_byline_site_key="pk_three", origin=PAGE)
    with pytest.raises(Unauthorised):
        opens("POST", "/ask", x_byline_site_key="", origin=PAGE)
    with pytest.raises(Forbidden):
        opens("POST", "/ask", x_byline_site_key="pk_one", origin="https://evil.example")
    with pytest.raises(Forbidden):
        opens("POST", "/ask", x_byline_site_key="pk_one")


def test_the_own_page_reads_an_article_though_a_browser_names_no_origin_for_it():
    assert opens("GET", "/articles/a-1", x_byline_site_key="pk_one", sec_fetch_site="same-origin")
    with pytest.raises(Forbidden):
        opens("GET", "/articles/a-1", x_byline_site_key="pk_one", sec_fetch_site="cross-site")
