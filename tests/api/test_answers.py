"""POST /ask and POST /search: what is promised of every answer, on the real parts."""

import json
from typing import Any

import httpx
import pytest

QUESTIONS = (
    "What did Tomas Brell say about the roster?",
    "How long will the Kestrel Bridge close?",
    "How many visitors did the Lantern Festival draw?",
    "What did the jury of the Almond Prize praise?",
    "What did Mayor Rúz Café say about the volunteers?",
    "What did Tomas Brell say about China?",
    "When was Ines Varga born?",
)


def ask(client: httpx.Client, question: str, **fields: Any) -> dict[str, Any]:
    answer = client.post("/ask", json={"question": question, **fields})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def stream(client: httpx.Client, question: str, **fields: Any) -> list[tuple[str, dict[str, Any]]]:
    events = []
    with client.stream("POST", "/ask", json={"question": question, "stream": True, **fields}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        body = answer.read().decode()
    for n, frame in enumerate((f for f in body.split("\n\n") if f and not f.startswith(":")), start=1):
        name, number, data = frame.split("\n", 2)
        assert number == f"id: {n}"
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def stored(client: httpx.Client, article_id: str, revision: int) -> str:
    answer = client.get(f"/articles/{article_id}", params={"revision": revision})
    assert answer.status_code == 200
    return str(answer.json()["text"])


def check_holds(client: httpx.Client, answer: dict[str, Any]) -> None:
    """Every promise about offsets, sources and status, of one answer."""
    assert (answer["status"] == "abstained") == (answer["abstention"] is not None)
    assert bool(answer["citations"]) == (answer["status"] != "abstained") == bool(answer["answer"])
    assert answer["degraded"] == (answer["degraded_reason"] is not None)
    numbers = {source["n"]: source for source in answer["sources"]}
    assert list(numbers) == list(range(1, len(numbers) + 1))
    cited = set()
    before = 0
    for n, citation in enumerate(answer["citations"], start=1):
        assert citation["id"] == n
        assert before <= citation["start"] < citation["end"] <= len(answer["answer"])
        before = citation["end"]
        assert citation["quotes"]
        for quote in citation["quotes"]:
            text = stored(client, quote["article_id"], quote["revision"])
            assert text[quote["start"] : quote["end"]] == quote["text"]
            assert text[: quote["start"]].endswith(quote["prefix"])
            assert text[quote["end"] :].startswith(quote["suffix"])
            if quote["match"] == "exact" and len(citation["quotes"]) == 1:
                assert answer["answer"][citation["start"] : citation["end"]] == quote["text"]
            assert numbers[quote["n"]]["article_id"] == quote["article_id"]
            assert client.get(quote["read"]).status_code == 200
            cited.add(quote["n"])
    assert {n for n, source in numbers.items() if source["cited"]} == cited
    for near in (answer["abstention"] or {"nearest": []})["nearest"]:
        quote = near["quote"]
        text = stored(client, near["article_id"], quote["revision"])
        assert text[quote["start"] : quote["end"]] == quote["text"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_span_of_an_answer_counts_in_the_answer_and_in_the_stored_text(client, question):
    check_holds(client, ask(client, question))


@pytest.mark.parametrize("question", QUESTIONS)
def test_stream_and_plain_give_the_same_answer(client, question):
    plain = ask(client, question)
    events = stream(client, question)
    names = [name for name, _ in events]
    assert names[0] == "meta"
    assert names[-1] == "done"
    assert names.count("done") + names.count("error") == 1
    done = events[-1][1]
    check_holds(client, done)
    sentences = [data for name, data in events if name == "sentence"]
    assert "".join(sentence["text"] for sentence in sentences) == done["answer"]
    assert [sentence["citation"] for sentence in sentences] == done["citations"]
    if sentences:
        assert names.index("sources") < names.index("sentence")
        shown = events[names.index("sources")][1]["sources"]
        assert [{**s, "cited": None} for s in shown] == [{**s, "cited": None} for s in done["sources"]]
    for differs in ("id", "provenance", "question"):
        plain.pop(differs)
        done.pop(differs)
    assert plain == done


def test_accept_asks_for_a_stream_as_well(client):
    answer = client.post("/ask", json={"question": "bridge?"}, headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: done" in answer.text


def test_a_question_about_what_stands_there_is_answered_from_it(client):
    answer = ask(client, "How long will the Kestrel Bridge close?")
    assert answer["status"] == "answered"
    assert "eleven weeks" in answer["answer"]
    assert answer["sources"][0]["article_id"] == "bridge"
    assert answer["newest_source_at"].startswith("2026-04-02T23:59:59")


def test_a_question_about_what_stands_nowhere_abstains_and_names_the_word(client):
    answer = ask(client, "What did Tomas Brell say about Zanzibar?")
    assert answer["status"] == "abstained"
    assert "zanzibar" in answer["abstention"]["missing_words"]
    assert 1 <= len(answer["abstention"]["nearest"]) <= 3


def test_an_unfiltered_question_is_searched_in_chroma_and_a_filtered_one_exactly(client):
    assert ask(client, "bridge repairs?")["provenance"]["index"]["search"] == "hnsw"
    filtered = ask(client, "bridge repairs?", filters={"section": "local"})
    assert filtered["provenance"]["index"]["search"] == "exact"
    assert not filtered["degraded"]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"source": "Sorrel Chronicle"}, {"emoji", "rtl"}),
        ({"source": ["Oldmere Post", "Meridian Wire"]}, {"bridge", "harbour"}),
        ({"author": "N. Amar"}, {"rtl"}),
        ({"section": ["local", "business"], "language": "en"}, {"bridge", "harbour"}),
        ({"article_id": ["harbour", "nowhere"]}, {"harbour"}),
        ({"published_from": "2026-03-12"}, {"bridge", "harbour"}),
        ({"published_from": "2026-03-12T17:30:00Z", "published_to": "2026-03-12T17:30:00Z"}, {"harbour"}),
        ({"published_to": "2026-02-20"}, {"emoji"}),
        ({"published_to": "2026-02-20T05:59:59Z"}, set()),
        ({"source": "Nobody"}, set()),
        ({"source": "O'Hara \"; DROP TABLE articles; --\x00"}, set()),
    ],
)
def test_filters_admit_what_they_say_and_nothing_else(client, filters, ids):
    answer = client.post(
        "/search", json={"query": "port bridge festival prize", "filters": filters, "limit": 100}
    )
    assert {result["article_id"] for result in answer.json()["results"]} == ids
    abstained = ask(client, "port bridge festival prize", filters=filters)
    assert {source["article_id"] for source in abstained["sources"]} == ids


def test_filters_are_echoed_as_they_were_applied(client):
    answer = ask(client, "bridge?", filters={"published_from": "2026-01-01", "published_to": "2026-01-02"})
    assert answer["question"]["filters"]["published_from"] == "2026-01-01T00:00:00Z"
    assert answer["question"]["filters"]["published_to"] == "2026-01-02T23:59:59Z"
    assert answer["abstention"]["reason"] == "outside_dates"


def test_as_of_leaves_out_what_was_published_later_and_keeps_what_has_no_date(client):
    def found(**fields: Any) -> set[str]:
        answer = client.post("/search", json={"query": "port bridge festival prize", "limit": 100, **fields})
        return {result["article_id"] for result in answer.json()["results"]}

    assert found() == {"harbour", "bridge", "emoji", "rtl"}
    assert found(as_of="2026-03-12") == {"harbour", "emoji", "rtl"}
    assert found(as_of="2026-03-12T17:29:59Z") == {"emoji", "rtl"}
    answer = ask(client, "How long will the Kestrel Bridge close?", as_of="2026-03-12")
    assert answer["status"] == "abstained"
    assert answer["question"]["as_of"] == "2026-03-12T23:59:59Z"


def test_max_sources_bounds_the_sources(client):
    assert len(ask(client, "port bridge festival prize", max_sources=2)["sources"]) == 2


def test_a_mode_that_needs_a_model_names_the_field_where_there_is_none(client):
    for streams in (False, True):
        answer = client.post("/ask", json={"question": "x?", "mode": "generative", "stream": streams})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "mode"


def test_search_ranks_its_results_and_cuts_them_from_the_stored_text(client):
    results = client.post("/search", json={"query": "bearings of the bridge", "limit": 3}).json()["results"]
    assert [result["rank"] for result in results] == [1, 2, 3]
    assert results[0]["article_id"] == "bridge"
    scores = [result["score"] for result in results]
    assert scores == sorted(scores, reverse=True)
    for result in results:
        text = stored(client, result["article_id"], result["revision"])
        assert text[result["start"] : result["end"]] == result["text"]


def test_an_answer_carries_no_word_of_another_articles_filtered_out(client):
    answer = ask(client, "Kestrel Bridge repairs", filters={"article_id": "harbour"})
    assert {quote["article_id"] for c in answer["citations"] for quote in c["quotes"]} <= {"harbour"}
