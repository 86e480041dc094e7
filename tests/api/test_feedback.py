"""POST /feedback, idempotency keys and the widget's pages, on the real service."""

import json
import subprocess
import sys
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.serving import ROOT, Served, plain_environment

QUESTION = {"question": "What did Tomas Brell say about the roster?"}


def asked(client: httpx.Client, **headers: str) -> dict[str, Any]:
    answer = client.post("/ask", json=QUESTION, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_feedback_is_stored_with_the_question_and_the_answer_as_it_was_sent(served: Served, client):
    whole = asked(client)
    said = {"answer_id": whole["id"], "value": "bad", "reasons": ["wrong_source"], "comment": "Not him."}
    assert client.post("/feedback", json=said).status_code == 204
    newest = served.run(served.pipelines.answers.candidates(limit=1))[0]
    assert newest.kept.question == QUESTION["question"]
    assert newest.kept.answer == whole
    assert [word.comment for word in newest.feedback] == ["Not him."]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"value": "good"}, "answer_id"),
        ({"answer_id": "", "value": "good"}, "answer_id"),
        ({"answer_id": "x" * 65, "value": "good"}, "answer_id"),
        ({"answer_id": "x", "value": "fair"}, "value"),
        ({"answer_id": "x", "value": "bad", "reasons": ["ugly"]}, "reasons.0"),
        ({"answer_id": "x", "value": "bad", "reasons": ["outdated"] * 9}, "reasons"),
        ({"answer_id": "x", "value": "bad", "comment": "x" * 1_001}, "comment"),
        ({"answer_id": "x", "value": "bad", "comment": 7}, "comment"),
        ({"answer_id": "x", "value": "good", "reasons": ["outdated"]}, "reasons"),
        ({"answer_id": "x", "value": "good", "more": 1}, "more"),
    ],
)
def test_feedback_that_cannot_be_used_names_its_field(client, body, field):
    answer = client.post("/feedback", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_feedback_on_an_unknown_answer_is_not_found(client):
    answer = client.post("/feedback", json={"answer_id": "ans_nobody", "value": "good"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "answer_not_found"


def test_the_same_key_gives_the_same_answer_plain_and_streamed(client):
    key = {"Idempotency-Key": str(uuid4())}
    first = asked(client, **key)
    assert asked(client, **key) == first
    with client.stream("POST", "/ask", json=QUESTION | {"stream": True}, headers=key) as stream:
        frames = stream.read().decode()
    done = json.loads(frames.rpartition("event: done\n")[2].partition("data: ")[2])
    assert done == first
    assert asked(client)["id"] != first["id"]


def test_a_key_for_another_question_is_a_conflict(client):
    key = {"Idempotency-Key": str(uuid4())}
    asked(client, **key)
    answer = client.post("/ask", json={"question": "How long will the Kestrel Bridge close?"}, headers=key)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_foreign_page_may_not_ask_a_service_on_this_machine(client):
    answer = client.post("/ask", json=QUESTION, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_the_page_and_the_widget_are_served(client):
    assert "4 articles, from 20 February 2026 to 2 April 2026" in client.get("/").text
    assert client.get("/widget.js").headers["X-Widget-Version"]
    assert client.get("/widget/demo").status_code == 200


def told(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service", "feedback", *arguments]
    done = subprocess.run(  # noqa: S603 - our own command line
        command, cwd=ROOT, env=plain_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done


def test_the_command_line_lists_what_readers_said_beside_a_running_service(served: Served, client):
    whole = asked(client)
    client.post("/feedback", json={"answer_id": whole["id"], "value": "bad", "reasons": ["outdated"]})
    bad = ["--data", str(served.pipelines.settings.data_dir), "--value", "bad"]
    lines = told(*bad).stdout.splitlines()
    assert lines[0].endswith(f"answered  {QUESTION['question']}")
    assert lines[1].strip() == "bad; outdated"
    (line,) = told(*bad, "--json", "--limit", "1").stdout.splitlines()
    assert json.loads(line)["evidence"][0]["any"][0]["article"] == "harbour"


def test_the_command_line_says_that_there_is_nothing_yet(tmp_path):
    assert "no database" in told("--data", str(tmp_path), code=2).stderr
    assert "good or bad" in told("--data", str(tmp_path), "--value", "fair", code=2).stderr
