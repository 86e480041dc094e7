"""The article routes: what is acknowledged, revised, retracted, deleted, listed."""

import itertools
from typing import Any

import httpx
import pytest

from tests.api.test_answers import ask, stored

TEXT = "The Quarrel Street library in Oldmere reopened on Monday. Its roof had leaked for three winters."
COUNT = itertools.count()


def article(own: list[str], **fields: Any) -> dict[str, Any]:
    """An article of the test's own."""
    made = {"id": f"own-{next(COUNT)}", "headline": "Library reopens in Oldmere", "text": TEXT, **fields}
    own.append(made["id"])
    return made


def found(client: httpx.Client, query: str, **filters: Any) -> list[dict[str, Any]]:
    answer = client.post("/search", json={"query": query, "limit": 100, "filters": filters})
    return list(answer.json()["results"])


def test_an_acknowledged_article_can_be_read_found_and_cited_at_once(client, own):
    sent = article(own, source="Post", published_at="2026-05-01T10:00:00+02:00", url="https://x.example/lib")
    answer = client.post("/articles", json=sent)
    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt == {
        "id": sent["id"], "revision": 1, "status": "created", "passages": 1, "indexed": True,
        "seq": receipt["seq"],
    }  # fmt: skip
    held = client.get(f"/articles/{sent['id']}").json()
    assert {name: held[name] for name in ("headline", "text", "source", "url")} == {
        name: sent[name] for name in ("headline", "text", "source", "url")
    }
    assert held["published_at"] == "2026-05-01T08:00:00Z"
    assert (held["revision"], held["retracted"]) == (1, False)
    assert [r["article_id"] for r in found(client, "Quarrel Street library", article_id=sent["id"])]
    asked = ask(client, "When did the Quarrel Street library reopen?")
    assert asked["citations"][0]["quotes"][0]["article_id"] == sent["id"]


def test_the_same_article_again_changes_nothing(client, own):
    sent = article(own)
    first = client.post("/articles", json=sent).json()
    again = client.post("/articles", json=sent)
    assert again.status_code == 200
    assert again.json() == first | {"status": "known"}


def test_a_text_with_other_line_ends_and_composition_is_the_same_text(client, own):
    sent = article(own, text="Café Rúz reopened.\n\nIt had closed.")
    client.post("/articles", json=sent)
    again = client.post(
        "/articles", json=sent | {"text": "Cafe\u0301 Ru\u0301z reopened.\r\n\r\nIt had closed.\x00 "}
    )
    assert again.json()["status"] == "known"


def test_changed_text_makes_a_revision_and_nothing_of_the_old_one_is_found_or_cited(client, own):
    sent = article(own, text="The Quarrel Street library got a copper roof. It cost 4,711 crowns.")
    client.post("/articles", json=sent)
    assert "copper" in ask(client, "What roof did the Quarrel Street library get?")["answer"]
    revised = client.post("/articles", json=sent | {"text": "The Quarrel Street library got a slate roof."})
    assert revised.status_code == 200
    assert revised.json()["status"] == "revised"
    assert revised.json()["revision"] == 2
    for result in found(client, "Quarrel Street library copper roof 4,711 crowns"):
        assert result["article_id"] != sent["id"] or result["revision"] == 2
        assert "copper" not in result["text"]
    answer = ask(client, "What roof did the Quarrel Street library get?")
    assert "slate" in answer["answer"]
    assert "copper" not in str(answer)
    assert next(s for s in answer["sources"] if s["article_id"] == sent["id"])["corrected"]
    assert "copper" in stored(client, sent["id"], 1)
    assert "slate" in stored(client, sent["id"], 2)
    rows = client.get(f"/articles/{sent['id']}/revisions").json()["items"]
    assert [row["revision"] for row in rows] == [1, 2]


def test_a_changed_field_is_a_revision_and_its_filter_follows(client, own):
    sent = article(own, section="arts")
    client.post("/articles", json=sent)
    revised = client.post("/articles", json=sent | {"section": "culture"}).json()
    assert (revised["revision"], revised["status"], revised["passages"]) == (2, "revised", 1)
    assert not found(client, "library", section="arts", article_id=sent["id"])
    assert found(client, "library", section="culture", article_id=sent["id"])[0]["revision"] == 2


def test_an_article_without_an_id_is_known_again_by_its_url_whatever_tracks_it(client, own):
    sent = article(own, url="https://www.post.example/library/?utm_source=a&id=7#top")
    own.pop()
    del sent["id"]
    first = client.post("/articles", json=sent).json()
    own.append(first["id"])
    assert len(first["id"]) == 18
    assert first["id"].startswith("a-")
    again = client.post(
        "/articles",
        json=sent | {"url": "HTTPS://www.post.example/library?id=7&fbclid=z", "text": TEXT + " Rain fell."},
    ).json()
    assert (again["id"], again["revision"], again["status"]) == (first["id"], 2, "revised")


def test_an_article_without_id_and_url_is_known_again_by_headline_and_text(client, own):
    sent = {"headline": "No id, no address", "text": TEXT}
    first = client.post("/articles", json=sent).json()
    own.append(first["id"])
    assert client.post("/articles", json=sent).json() == first | {"status": "known"}


def test_a_url_of_another_id_is_a_conflict_that_names_url(client, own):
    first = article(own, url="https://post.example/one")
    client.post("/articles", json=first)
    other = article(own, url="https://post.example/one?utm_medium=rss")
    answer = client.post("/articles", json=other)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "url"
    assert client.get(f"/articles/{other['id']}").status_code == 404
    assert not found(client, "library", article_id=other["id"])


def test_a_retracted_article_is_in_no_answer_and_stays_on_record(client, own):
    sent = article(own, text="The Wendover Mill in Oldmere burned down on Sunday.")
    client.post("/articles", json=sent)
    assert ask(client, "What happened to the Wendover Mill?")["status"] == "answered"
    answer = client.post(f"/articles/{sent['id']}/retract", json={"reason": "A hoax."})
    assert answer.status_code == 200
    assert answer.json()["retracted"]
    asked = ask(client, "What happened to the Wendover Mill?")
    assert sent["id"] not in str(asked)
    assert not found(client, "Wendover Mill", article_id=sent["id"])
    held = client.get(f"/articles/{sent['id']}").json()
    assert (held["retracted"], held["retracted_reason"]) == (True, "A hoax.")
    page = client.get(f"/read/{sent['id']}").text
    assert "retracted" in page
    assert "A hoax." in page
    again = client.post("/articles", json=sent | {"text": "The Wendover Mill in Oldmere stands."}).json()
    assert (again["revision"], again["status"]) == (2, "revised")
    assert client.get(f"/articles/{sent['id']}").json()["retracted"]
    assert not found(client, "Wendover Mill", article_id=sent["id"])


def test_a_deleted_article_is_gone_and_its_id_goes_on_counting(client, own):
    sent = article(own, url="https://post.example/mill", text="The Tallow Mill in Oldmere was sold.")
    client.post("/articles", json=sent)
    client.post("/articles", json=sent | {"section": "business"})
    client.post(f"/articles/{sent['id']}/retract", json={})
    assert client.delete(f"/articles/{sent['id']}").status_code == 204
    for path in ("", "/revisions"):
        assert client.get(f"/articles/{sent['id']}{path}").status_code == 404
    assert client.get(f"/articles/{sent['id']}", params={"revision": 1}).status_code == 404
    assert client.get(f"/read/{sent['id']}").status_code == 404
    assert client.delete(f"/articles/{sent['id']}").status_code == 404
    assert client.post(f"/articles/{sent['id']}/retract", json={}).status_code == 404
    assert not found(client, "Tallow Mill", article_id=sent["id"])
    again = client.post("/articles", json=sent)
    assert again.status_code == 201
    assert (again.json()["revision"], again.json()["status"]) == (3, "created")
    assert found(client, "Tallow Mill", article_id=sent["id"])[0]["revision"] == 3
    rows = client.get(f"/articles/{sent['id']}/revisions").json()["items"]
    assert [row["revision"] for row in rows] == [3]


def test_a_list_gets_a_receipt_each_in_order(client, own):
    sent = [article(own, text=f"{TEXT} {n}") for n in range(3)]
    answer = client.post("/articles", json=sent)
    assert answer.status_code == 200
    receipts = answer.json()["receipts"]
    assert [receipt["id"] for receipt in receipts] == [item["id"] for item in sent]
    assert all(receipt["indexed"] and receipt["passages"] == 1 for receipt in receipts)


def test_a_list_in_which_items_fail_is_207_with_a_problem_for_each_and_the_rest_is_stored(client, own):
    good, clash = article(own, url="https://post.example/a"), article(own, url="https://post.example/a")
    empty = article(own, text=" \n")
    sent = [
        good,
        {"headline": "No text"},
        empty,
        clash,
        "no object",
        article(own, id="../x"),
    ]
    answer = client.post("/articles", json=sent)
    assert answer.status_code == 207
    rows = answer.json()["receipts"]
    assert rows[0]["status"] == "created"
    problems = rows[1:]
    assert [problem["status"] for problem in problems] == [422, 422, 409, 422, 422]
    assert [problem["errors"][0]["field"] for problem in problems] == [
        "1.text",
        "2.text",
        "3.url",
        "4",
        "5.id",
    ]
    assert client.get(f"/articles/{good['id']}").status_code == 200
    for failed in (empty["id"], clash["id"]):
        assert client.get(f"/articles/{failed}").status_code == 404


@pytest.mark.parametrize("n", [0, 101])
def test_a_list_holds_1_to_100_articles(client, n):
    answer = client.post("/articles", json=[{"id": "z", "headline": "H", "text": "T"}] * n)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body"
    assert "100" in answer.json()["detail"]
    assert client.get("/articles/z").status_code == 404


def test_pages_hold_every_article_once_in_the_order_of_ids(client, own):
    sent = [article(own, source="Paging Post", text=f"{TEXT} {n}") for n in range(7)]
    client.post("/articles", json=sent)
    seen: list[str] = []
    after: str | None = None
    body: dict[str, Any] = {"items": []}
    for _ in range(4):
        params = {"limit": 2, "source": "Paging Post"} | ({"after": after} if after else {})
        body = client.get("/articles", params=params).json()
        seen += [item["id"] for item in body["items"]]
        after = body["next"]
    assert after is None
    assert seen == sorted(item["id"] for item in sent)
    assert "text" not in body["items"][0]


def test_the_list_filters_by_every_filter_it_names(client):
    def ids(**params: Any) -> set[str]:
        return {item["id"] for item in client.get("/articles", params=params).json()["items"]}

    assert ids(source=["Oldmere Post", "Meridian Wire"]) == {"bridge", "harbour"}
    assert ids(author="N. Amar") == {"rtl"}
    assert ids(section="local") == {"bridge"}
    assert ids(language="en", published_to="2026-02-20") == {"emoji"}
    assert ids(published_from="2026-04-02") == {"bridge"}
    assert ids(published_from="2026-04-03") == set()


@pytest.mark.parametrize("field", ["published_from", "published_to"])
@pytest.mark.parametrize(
    "value", ["yesterday", "2026-13-01", "2026-01-01T10:00:00", "1066-10-14", "", "99999-01-01", "2026-02-30"]
)
def test_a_bad_date_in_the_list_is_422_and_names_the_field(client, field, value):
    answer = client.get("/articles", params={field: value})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {field}


def test_dates_out_of_order_in_the_list_name_the_field(client):
    answer = client.get("/articles", params={"published_from": "2026-02-01", "published_to": "2026-01-01"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "published_from"


def test_a_bare_date_is_the_end_of_that_day(client):
    assert client.get("/articles/bridge").json()["published_at"] == "2026-04-02T23:59:59Z"


def test_stored_text_is_the_text_to_which_spans_refer(client):
    held = client.get("/articles/emoji").json()["text"]
    assert "Rúz Café" in held
    assert "👩‍👩‍👧 families and 🇩🇪 flags" in held
    assert "\r" not in client.get("/articles/bridge").json()["text"]


def test_the_page_of_an_article_marks_the_quoted_words(client):
    quote = ask(client, "How many visitors did the Lantern Festival draw?")["citations"][0]["quotes"][0]
    answer = client.get(quote["read"])
    assert answer.headers["content-type"].startswith("text/html")
    assert f'<mark id="quote" tabindex="-1" autofocus>{quote["text"]}</mark>' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/read/nowhere", 404),
        ("/read/harbour?revision=2", 404),
        ("/read/harbour?start=5&end=5", 422),
        ("/read/harbour?start=0&end=99999", 422),
        ("/read/harbour?start=-1&end=4", 422),
        ("/read/harbour?revision=0", 422),
        ("/read/harbour?revision=99999999999999999999", 422),
        ("/articles/nowhere", 404),
        ("/articles/harbour?revision=2", 404),
        ("/articles/harbour?revision=x", 422),
        ("/articles?limit=0", 422),
        ("/articles?limit=101", 422),
        ("/articles?limit=x", 422),
        ("/nowhere", 404),
    ],
)
def test_what_is_not_there_is_a_problem_document(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]


def test_hostile_markup_in_an_article_is_text_on_its_page(client, own):
    sent = article(
        own,
        headline="<script>alert(1)</script>",
        text='He said <img src=x onerror="alert(1)"> & left.',
        source='"><b>x',
        language='"><script>',
        url='https://x.example/"onmouseover="alert(1)',
    )
    client.post("/articles", json=sent)
    page = client.get(f"/read/{sent['id']}?start=8&end=20").text
    assert "<script" not in page
    assert "<img" not in page
    assert '"onmouseover' not in page
