"""POST /summaries, and the same on the reading page, on the real parts."""

import json
from typing import Any

import httpx
import pytest

from service.domain.article import MAX_TEXT

KINDS = ("brief", "bullets", "headline", "timeline", "digest", "who_said_what")


def summarise(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post("/summaries", json=fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def events_of(client: httpx.Client, **fields: Any) -> list[tuple[str, dict[str, Any]]]:
    with client.stream("POST", "/summaries", json={"stream": True, **fields}) as answer:
        assert answer.status_code == 200
        body = answer.read().decode()
    events = []
    for frame in (f for f in body.split("\n\n") if f and not f.startswith(":")):
        name, _, data = frame.split("\n", 2)
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def check_holds(client: httpx.Client, summary: dict[str, Any], text: str | None = None) -> None:
    """Every promise about offsets, sources and coverage, of one summary."""
    assert (summary["status"] == "abstained") == (summary["abstention"] is not None)
    assert bool(summary["citations"]) == bool(summary["summary"])
    assert summary["confidence"] is None
    held = summary["coverage"]
    assert held["matched"] == held["used"] + len(held["left_out"])
    numbers = {source["n"]: source for source in summary["sources"]}
    for citation in summary["citations"]:
        words = summary["summary"][citation["start"] : citation["end"]]
        for quote in citation["quotes"]:
            assert quote["text"] == words
            assert numbers[quote["n"]]["article_id"] == quote["article_id"]
            if quote["article_id"] is None:
                assert text is not None
                assert (quote["revision"], quote["read"]) == (None, None)
                stored = text
            else:
                path = f"/articles/{quote['article_id']}?revision={quote['revision']}"
                stored = client.get(path).json()["text"]
                assert client.get(quote["read"]).status_code == 200
            assert stored[quote["start"] : quote["end"]] == quote["text"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_of_every_kind_stands_on_its_words(client, kind):
    summary = summarise(client, article_ids=["harbour", "bridge", "emoji", "rtl"], kind=kind, max_words=80)
    check_holds(client, summary)
    assert summary["kind"] == kind
    assert summary["status"] == "answered"
    assert len(summary["summary"].split()) <= 80
    assert summary["coverage"]["used"] == 4


def test_all_articles_that_match_a_query_are_summarised(client):
    summary = summarise(client, query="Port Alden dockers strike")
    assert [source["article_id"] for source in summary["sources"]] == ["harbour"]
    check_holds(client, summary)


def test_filters_alone_choose_articles(client):
    summary = summarise(client, filters={"source": "Sorrel Chronicle"}, kind="bullets")
    assert {source["article_id"] for source in summary["sources"]} == {"emoji", "rtl"}


def test_a_timeline_gives_each_line_its_day_and_keeps_the_articles_words(client):
    summary = summarise(client, article_ids=["harbour"], kind="timeline")
    assert summary["citations"][0]["date"] == "2026-03-12"
    check_holds(client, summary)


def test_who_said_what_gives_the_speaker_of_each_line(client):
    summary = summarise(client, article_ids=["harbour"], kind="who_said_what")
    speakers = {quote["speaker"] for c in summary["citations"] for quote in c["quotes"]}
    assert speakers == {"Tomas Brell", "Ines Varga"}


def test_a_raw_text_is_not_stored_and_its_spans_count_in_it_as_it_was_sent(client):
    text = (
        "\r\n\r\nPORT SELE - The mayor 🎉 resigned on Monday.\r\n\r\n"
        "His deputy, Ada Lund, said he was ill.\u2028Ends."
    )
    before = len(client.get("/articles").json()["items"])
    summary = summarise(client, text=text, kind="bullets")
    check_holds(client, summary, text)
    assert "The mayor 🎉 resigned on Monday." in summary["summary"]
    assert len(client.get("/articles").json()["items"]) == before


def test_a_text_of_one_word_gives_nothing_that_is_not_there(client):
    summary = summarise(client, text="Rain")
    assert summary["summary"] in ("", "Rain")
    check_holds(client, summary, "Rain")


@pytest.mark.parametrize("kind", KINDS)
def test_streamed_and_plain_are_one_summary(client, kind):
    fields = {"article_ids": ["harbour", "rtl"], "kind": kind}
    events = events_of(client, **fields)
    names = [name for name, _ in events]
    assert names[0] == "meta"
    assert names[-1] == "done"
    assert names.count("done") + names.count("error") == 1
    assert {"stage": "reading", "n": 2} in [data for name, data in events if name == "status"]
    said = [data for name, data in events if name == "sentence"]
    done = events[-1][1]
    assert "".join(s["text"] for s in said) == done["summary"]
    assert [s["citation"] for s in said] == done["citations"]
    plain = summarise(client, **fields)
    for own in ("id", "provenance", "question"):
        plain.pop(own)
        done.pop(own)
    assert done == plain


def test_a_copy_counts_once_and_is_named(client, own):
    article = {
        "headline": "Dock strike over",
        "text": client.get("/articles/harbour").json()["text"],
        "source": "Alden Local",
        "published_at": "2026-03-12T19:00:00Z",
    }
    receipt = client.post("/articles", json={"id": "harbour-copy", **article})
    assert receipt.status_code == 201, receipt.text
    own.append("harbour-copy")
    summary = summarise(client, article_ids=["harbour", "harbour-copy"])
    assert summary["coverage"] == {
        "matched": 2,
        "used": 1,
        "left_out": [{"article_id": "harbour-copy", "why": "a copy of harbour"}],
    }
    assert [copy["article_id"] for copy in summary["sources"][0]["copies"]] == ["harbour-copy"]


def test_a_retracted_article_is_named_and_not_read(client, own):
    client.post("/articles", json={"id": "gone", "headline": "Gone", "text": "The tower fell on Monday."})
    own.append("gone")
    client.post("/articles/gone/retract", json={"reason": "wrong"})
    summary = summarise(client, article_ids=["harbour", "gone"])
    assert summary["coverage"]["left_out"] == [{"article_id": "gone", "why": "retracted"}]


def test_an_article_published_after_as_of_is_named_and_not_read(client):
    summary = summarise(client, article_ids=["harbour", "emoji"], as_of="2026-03-01")
    assert [out["article_id"] for out in summary["coverage"]["left_out"]] == ["harbour"]
    assert summary["question"]["as_of"].startswith("2026-03-01")


def test_no_matching_article_is_an_abstention_with_the_closest_words(client):
    summary = summarise(client, query="zebra crossings of Yokohama")
    assert summary["abstention"]["reason"] == "no_match"
    assert summary["coverage"] == {"matched": 0, "used": 0, "left_out": []}
    for near in summary["abstention"]["nearest"]:
        stored = client.get(f"/articles/{near['article_id']}").json()["text"]
        assert stored[near["quote"]["start"] : near["quote"]["end"]] == near["quote"]["text"]


def test_dates_without_articles_are_an_abstention_that_says_so(client):
    summary = summarise(client, filters={"published_from": "1950-01-01", "published_to": "1950-12-31"})
    assert summary["abstention"]["reason"] == "outside_dates"


def test_a_limit_that_no_sentence_fits_is_an_abstention_and_nothing_is_cut(client):
    summary = summarise(
        client,
        text="Councillors in the old harbour town voted on the long and bitter roster row.",
        max_words=10,
    )
    assert summary["abstention"]["reason"] == "insufficient_evidence"
    assert summary["summary"] == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"article_ids": ["harbour"], "max_words": 0}, "max_words"),
        ({"article_ids": ["harbour"], "max_words": 100_000}, "max_words"),
        ({"article_ids": []}, "article_ids"),
        ({"article_ids": ["no spaces"]}, "article_ids"),
        ({"article_ids": ["harbour"], "query": "x"}, "query"),
        ({"query": "x", "text": "y"}, "text"),
        ({}, "article_ids"),
        ({"filters": {}}, "article_ids"),
        ({"query": "   "}, "query"),
        ({"query": "x" * 1_001}, "query"),
        ({"text": "—— !!"}, "text"),
        ({"text": "It rained.", "filters": {"source": "x"}}, "filters"),
        ({"article_ids": ["harbour"], "kind": "poem"}, "kind"),
        ({"article_ids": ["harbour"], "mode": "generative"}, "mode"),
        ({"article_ids": ["harbour"], "max_word": 20}, "max_word"),
    ],
)
def test_bad_input_is_a_problem_that_names_its_field(client, fields, field):
    answer = client.post("/summaries", json=fields)
    assert answer.status_code == 422, answer.text
    assert field in answer.json()["errors"][0]["field"]


@pytest.mark.parametrize("stream", [False, True])
def test_an_unknown_id_among_known_ones_is_a_404_that_names_article_ids(client, stream):
    answer = client.post("/summaries", json={"article_ids": ["harbour", "nowhere"], "stream": stream})
    assert answer.status_code == 404
    body = answer.json()
    assert body["errors"][0]["field"] == "article_ids"
    assert "number 2" in body["detail"]


def test_five_megabytes_of_text_are_refused_by_their_limit(client):
    answer = client.post("/summaries", json={"text": "a word " * 750_000})
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["field"] == "text"
    assert f"{MAX_TEXT:,}" in answer.json()["detail"]


def test_the_reading_page_offers_a_summary_whose_lines_lead_to_their_words(client):
    page = client.get("/read/harbour").text
    assert '<a href="/read/harbour?summarise=brief">' in page
    summarised = client.get("/read/harbour", params={"summarise": "who_said_what"}).text
    assert "<b>Tomas Brell</b>" in summarised
    assert "start=" in summarised


def test_the_reading_page_refuses_a_kind_that_there_is_not(client):
    assert client.get("/read/harbour", params={"summarise": "poem"}).status_code == 422
