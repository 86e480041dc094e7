"""Summaries and answers over HTTP with a provider behind them: one that is true, that lies, that fails."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from service.settings import Chat, Embedding, Settings
from tests.api.conftest import ARTICLES
from tests.fakes.openai_server import Fault, Messages, OpenAIServer, label_of, provider_thread
from tests.serving import serve

ROSTER = "The union's secretary, Tomas Brell, said the new roster for night shifts had been withdrawn."
TEXTS = {str(article["id"]): str(article["text"]) for article in ARTICLES}


def true(messages: Messages) -> str:
    """Copies a sentence, and points at it."""
    return f"{ROSTER.rstrip('.')} [{label_of(messages, 'Tomas Brell')}]."


def lie(messages: Messages) -> str:
    """Turns a sentence into its opposite."""
    return true(messages).replace("had been", "had not been")


def invention(_messages: Messages) -> str:
    """Says what nothing bears, and points at nothing."""
    return "The port was sold to a bank [9.9]. The mayor was arrested."


@pytest.fixture(scope="module")
def scripted() -> Iterator[OpenAIServer]:
    with provider_thread() as server:
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory, embedder, scripted) -> Iterator[httpx.Client]:
    settings = Settings.load(
        data_dir=tmp_path_factory.mktemp("routes"),
        embedding=Embedding(dtype="float32", threads=2),
        chat=Chat(model="openai/scripted", api_base=scripted.base, api_key=SecretStr("sk-ours")),
    )
    with serve(settings, embedder) as running:
        assert running.client.post("/articles", json=ARTICLES).status_code == 200
        yield running.client


@pytest.fixture
def says(scripted, service):
    """What the provider says, or does, from now on."""

    def say(reply, fault=None):
        scripted.reply, scripted.fault = reply, fault

    yield say
    say(true)
    # A good call: failures in a row keep a model from being asked, and each test begins without any.
    summarise(service, "auto", stream=False)


_words = iter(range(60, 160))


def post(client: httpx.Client, path: str, body: dict[str, Any], *, stream: bool) -> dict[str, Any]:
    """The whole that a call ends in; the events of a stream are held against it."""
    answer = client.post(path, json=body | {"stream": stream})
    assert answer.status_code == 200, answer.text
    if not stream:
        return dict(answer.json())
    events = []
    for frame in filter(None, answer.text.split("\n\n")):
        name, _, data = frame.split("\n", 2)
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    assert [name for name, _ in events].count("done") == 1
    whole = dict(events[-1][1])
    assert "".join(data["text"] for name, data in events if name == "sentence") == (
        whole["summary"] if "summary" in whole else whole["answer"]
    )
    counted = {(data["reason"], data["outcome"]): data["n"] for name, data in events if name == "check"}
    assert counted == {(check["reason"], check["outcome"]): check["n"] for check in whole["checks"]}
    return whole


def summarise(client: httpx.Client, mode: str, *, stream: bool) -> dict[str, Any]:
    # A length of its own: equal requests to a model are answered from what it said before.
    body = {"article_ids": ["harbour"], "mode": mode, "max_words": next(_words)}
    summary = post(client, "/summaries", body, stream=stream)
    for citation in summary["citations"]:
        for quote in citation["quotes"]:
            assert TEXTS[quote["article_id"]][quote["start"] : quote["end"]] == quote["text"]
    return summary


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("mode", ["generative", "auto"])
def test_a_true_sentence_of_the_model_is_the_summary(service, says, mode, stream):
    says(true)
    summary = summarise(service, mode, stream=stream)
    assert (summary["summary"], summary["mode"], summary["status"]) == (ROSTER, "generative", "answered")
    assert summary["degraded"] is False
    assert summary["checks"] == []
    assert summary["provenance"]["model"] == "openai/scripted"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("mode", ["generative", "auto"])
def test_a_lie_gives_way_to_the_words_that_it_points_at(service, says, mode, stream):
    says(lie)
    summary = summarise(service, mode, stream=stream)
    assert summary["summary"] == ROSTER
    assert summary["checks"] == [{"reason": "negation", "outcome": "quoted", "n": 1}]


@pytest.mark.parametrize("stream", [False, True])
def test_where_no_sentence_of_the_model_holds_auto_reads_without_it_and_says_so(service, says, stream):
    says(invention)
    summary = summarise(service, "auto", stream=stream)
    assert (summary["mode"], summary["degraded_reason"]) == ("extractive", "unverifiable")
    assert summary["status"] == "answered"
    assert "bank" not in summary["summary"]


def test_where_no_sentence_of_the_model_holds_generative_abstains(service, says):
    says(invention)
    summary = summarise(service, "generative", stream=False)
    assert summary["summary"] == ""
    assert summary["abstention"]["reason"] == "unverifiable"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("fault", "code"), [(Fault("status", 503), "model_unavailable"), (Fault("status", 401), "model_rejected")]
)
def test_a_provider_that_fails_leaves_an_extractive_summary_that_says_so(service, says, fault, code, stream):
    says(true, fault)
    summary = summarise(service, "auto", stream=stream)
    assert (summary["mode"], summary["degraded_reason"]) == ("extractive", code)
    assert summary["citations"]


def test_a_provider_that_fails_is_an_error_where_a_model_was_asked_for(service, says):
    says(true, Fault("status", 503))
    body = {"article_ids": ["harbour"], "mode": "generative"}
    plain = service.post("/summaries", json=body)
    assert (plain.status_code, plain.json()["code"]) == (503, "model_unavailable")
    streamed = service.post("/summaries", json=body | {"stream": True}).text
    assert streamed.split("event: ")[-1].startswith("error\n")
    assert "SECRET123" not in plain.text + streamed


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_counts_each_sentence_that_was_not_shown_as_written_once(service, says, stream):
    says(lambda messages: f"{lie(messages)} {true(messages)} {invention(messages)}")
    question = f"What did Tomas Brell say about the {'new ' if stream else ''}roster?"
    answer = post(service, "/ask", {"question": question}, stream=stream)
    assert (answer["answer"], answer["status"], answer["mode"]) == (ROSTER, "partial", "generative")
    assert {(check["reason"], check["outcome"]): check["n"] for check in answer["checks"]} == {
        ("negation", "quoted"): 1,
        ("unresolvable", "withheld"): 2,
        ("repeated", "withheld"): 1,
    }
