"""The report's forms, made from one run."""

import itertools
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evals.corpus import read_corpus
from evals.gates import QUOTES_ALONE, gate
from evals.golden import read_golden
from evals.labels import Labelled, labels_of, lies_shown, read_labels, written
from evals.loaded import load
from evals.measure import Job, measure
from evals.problems import BadInput
from evals.profiles import profile
from evals.records import Asked, CitedSentence, Result
from evals.report.build import build
from evals.report.write import MAX_HTML, MAX_MARKDOWN, html_text, junit_text, markdown_text, write

MINI = Path("tests/fakes/mini_set")


@pytest.fixture
async def report(fake, tmp_path):
    """The report on a run of the small service."""
    golden, corpus = read_golden(MINI), read_corpus(MINI / "articles.jsonl")
    job = Job(
        golden=golden,
        corpus=corpus,
        questions=golden.questions,
        split="test",
        profile=profile("extractive"),
        out=tmp_path / "r",
    )
    await measure(job)
    loaded = load(tmp_path / "r")
    verdict = gate(QUOTES_ALONE, loaded.summary, loaded.coverage, loaded.questions, loaded.verdicts(), None)
    return {"schema": 1, "runs": [build(loaded, QUOTES_ALONE, verdict, None)]}


def test_the_verdict_names_the_dangerous_error_before_the_annoying_one(report):
    said = report["runs"][0]["sentence"]
    assert said.startswith("All 2 gates passed")
    assert said.index("do not answer were answered") < said.index("they do answer were not")


def test_each_question_shows_its_evidence_where_it_was_found_and_its_quotes(report):
    by = {q["id"]: q for q in report["runs"][0]["questions"]}
    cause = by["ferry/cause"]
    assert cause["evidence"][0]["rank"] == 1
    assert cause["evidence"][0]["cited"]
    assert cause["answer"]["citations"][0]["quotes"][0]["exact"]
    passage = cause["passages"][0]
    start, end = passage["marks"][0]
    assert (
        passage["text"][start:end] == "A stuck fuel valve caused the ferry Marigold to strike the north quay"
    )


def test_an_articles_text_cannot_end_the_script_or_leave_a_table_cell(report):
    question = report["runs"][0]["questions"][0]
    question["question"] = "</script><script>alert(1)</script>"
    report["runs"][0]["sentence"] = "a | b <b>@someone</b>\nnew line"
    page = html_text(report)
    assert "</script><script>alert" not in page
    first = markdown_text(report).splitlines()[0]
    assert "<b>" not in first
    assert "@someone" not in first
    assert first.endswith("new line")


def test_a_report_stays_under_its_limits_by_giving_up_passages_first(report):
    run = report["runs"][0]
    long = [q | {"id": f"{q['id']}-{n}"} for n in range(60) for q in run["questions"]]
    for question in long:
        question["passages"] = [p | {"text": "x" * 900} for p in question["passages"]]
    run["questions"] = long
    run["checks"] = [{"name": "n" * 200, "outcome": "fail", "detail": "d" * 200, "ids": ()}] * 400
    page = html_text(report)
    assert len(page.encode()) < MAX_HTML
    assert "ferry/cause-59" in page
    text = markdown_text(report)
    assert len(text.encode()) <= MAX_MARKDOWN
    assert "cut here" in text


def test_junit_tells_a_failure_from_what_was_not_measured(report):
    run = report["runs"][0]
    run["checks"] = [
        {"name": "a", "outcome": "fail", "detail": "x\x00", "ids": ()},
        {"name": "b", "outcome": "unmeasured", "detail": "x", "ids": ()},
    ]
    suite = ET.fromstring(junit_text(report).split("\n", 1)[1])[0]  # noqa: S314 (written by the suite itself)
    assert [case[0].tag for case in suite] == ["failure", "error"]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "1")


def test_a_step_summary_is_added_to_and_another_file_is_written_anew(report, tmp_path, monkeypatch):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    write(report, {"md": [path]})
    assert path.read_text().startswith("before\n### ")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    write(report, {"md": [path], "json": [tmp_path / "r.json"]})
    assert path.read_text().startswith("### ")
    assert json.loads((tmp_path / "r.json").read_text())["schema"] == 1


LABELS = """\
model: openai/small
split: test
sentences:
  - {question: s/q1, text: "The price rose to 12 per cent.", label: "true"}
  - {question: s/q1, text: "He was born in Tehran.", label: "false"}
  - {question: s/q2, text: "It rained.", label: off, note: nothing to do with it}
"""


def answered(text: str, *ends: int, mode: str = "generative") -> Result:
    starts = (0, *ends)
    cited = tuple(CitedSentence(a, b, "close", ()) for a, b in itertools.pairwise(starts))
    return Result("s/q1", 0, "ok", asked=Asked("answered", mode, text, 0.5, citations=cited))


def test_a_labelled_sentence_counts_as_shown_where_it_is_a_sentence_of_the_models_answer(tmp_path):
    (tmp_path / "model-openai-small.yaml").write_text(LABELS)
    labels = labels_of("openai/small", tmp_path)
    text = "The price rose to 12 %. He was born in Tehran in 1955."
    assert lies_shown(labels, [answered(text, 23, len(text))]) == {
        "true": {"shown": 1, "stopped": 0},
        "false": {"shown": 0, "stopped": 1},
        "off": {"shown": 0, "stopped": 0},
    }
    lie = "He was born in Tehran."
    found = lies_shown(labels, [answered(lie, len(lie))])
    assert found is not None
    assert found["false"] == {"shown": 1, "stopped": 0}
    other = lies_shown(labels, [answered(lie, len(lie), mode="extractive")])
    assert other is not None
    assert other["false"] == {"shown": 0, "stopped": 1}
    assert labels_of("openai/other", tmp_path) == []
    assert lies_shown([], []) is None
    assert lies_shown([Labelled("s/q1", "", "true")], []) is not None


def test_a_label_of_a_sentence_that_the_model_no_longer_writes_counts_for_nothing():
    labels = [Labelled("s/q1", "It rained.", "true"), Labelled("s/q1", "It snowed.", "false")]
    assert written(labels, {"s/q1": " It rained [1.1]. It rained.", "s/q2": "It snowed."}) == labels[:1]


def test_a_label_that_is_none_is_named(tmp_path):
    path = tmp_path / "model-x.yaml"
    path.write_text(LABELS.replace("label: off", "label: maybe"))
    with pytest.raises(BadInput, match=r"model-x\.yaml:6"):
        read_labels(path)
