"""The command line: what it writes, and its exit codes."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from evals.__main__ import app
from evals.golden import first_of_each, read_golden

MINI = Path("tests/fakes/mini_set").absolute()
CORPUS = MINI / "articles.jsonl"
pytestmark = pytest.mark.usefixtures("_own_cache")


def xml(path):
    return ET.parse(path).getroot()  # noqa: S314 (written by the suite itself)


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def golden(tmp_path, monkeypatch):
    """A copy of the mini set that a test may change, in a clean working tree."""
    monkeypatch.setattr("evals.__main__.dirty", lambda **_: False)
    return Path(shutil.copytree(MINI, tmp_path / "set"))


def run(golden, out, *more):
    return call("run", "--golden", golden, "--corpus", CORPUS, "--out", out, *more)


def test_a_run_passes_its_gates_and_writes_every_form_of_the_report(fake, golden, tmp_path):
    done = run(golden, tmp_path / "r")
    assert done.exit_code == 0, done.output
    assert "naive reader" in done.output
    forms = {name: tmp_path / f"report.{name}" for name in ("html", "md", "junit", "json")}
    judged = call(
        "gate", tmp_path / "r", *(part for name, path in forms.items() for part in (f"--{name}", path))
    )
    assert judged.exit_code == 0, judged.output
    assert forms["html"].stat().st_size < 2_000_000
    assert "http" not in forms["html"].read_text().split("<script")[0].replace("http-equiv", "")
    assert forms["md"].read_text().startswith("### ✅ extractive")
    suites = xml(forms["junit"])
    assert {suite.get("name") for suite in suites} == {
        "extractive: gates", "extractive: must pass", "extractive: questions",
    }  # fmt: skip
    report = json.loads(forms["json"].read_text())
    assert len(report["runs"][0]["questions"]) == 16


def test_scoring_again_needs_no_service(fake, golden, tmp_path, monkeypatch):
    run(golden, tmp_path / "r")
    monkeypatch.undo()
    done = call("score", tmp_path / "r")
    assert done.exit_code == 0
    assert "Evidence recall@5" in done.output


def test_a_quality_failure_is_1(fake, golden, tmp_path):
    run(golden, tmp_path / "r")
    assert call("bless", tmp_path / "r", "--golden", golden).exit_code == 0
    results = tmp_path / "r" / "results.jsonl"
    text = results.read_text().replace("340,000 crowns", "341,000 crowns")
    results.write_text(text)
    judged = call("gate", tmp_path / "r", "--golden", golden, "--junit", tmp_path / "j.xml")
    assert judged.exit_code == 1
    assert "quote_exactness" in judged.output
    assert xml(tmp_path / "j.xml").findall(".//failure")


def test_bad_input_is_2_and_says_file_line_and_reason_before_anything_runs(fake, golden, tmp_path):
    story = golden / "ferry.yaml"
    story.write_text(story.read_text().replace("A stuck fuel valve caused", "A loose fuel valve caused"))
    for command in ("lint", "run"):
        done = call(command, "--golden", golden, "--corpus", CORPUS)
        assert done.exit_code == 2
        assert "ferry.yaml:12: the quote" in done.output
    assert fake.asked == 0


def test_a_service_that_is_down_is_3_and_never_failed(fake, golden, tmp_path):
    fake.down_after = 3
    done = run(golden, tmp_path / "r")
    assert done.exit_code == 3
    assert "not measured" in done.output
    judged = call("gate", tmp_path / "r", "--junit", tmp_path / "j.xml", "--md", tmp_path / "r.md")
    assert judged.exit_code == 3
    assert not xml(tmp_path / "j.xml").findall(".//failure")
    assert "Not measured" in (tmp_path / "r.md").read_text()
    fake.down = True
    assert run(golden, tmp_path / "other").exit_code == 3


def test_nobody_at_the_address_is_3(golden, tmp_path):
    done = run(golden, tmp_path / "r", "--url", "http://127.0.0.1:9")
    assert done.exit_code == 3
    assert "down" in done.output


@pytest.mark.parametrize(
    "more",
    [
        ["--profile", "fast"], ["--split", "train"], ["--id", "nobody/q9"], ["--filter", "colour=red"],
        ["--split", "dev"],
    ],
)  # fmt: skip
def test_an_option_that_names_nothing_is_2(fake, golden, tmp_path, more):
    assert run(golden, tmp_path / "r", *more).exit_code == 2


def test_one_question_can_be_run_and_shown(fake, golden, tmp_path):
    done = run(golden, tmp_path / "r", "--id", "wolf/pay", "--no-systems")
    assert done.exit_code == 0, done.output
    shown = call("show", "wolf/pay", "--golden", golden, "--corpus", CORPUS, "--run", tmp_path / "r")
    assert "180 crowns" in shown.output
    assert "wolf/pay: correct" in shown.output
    assert call("show", "wolf/none", "--golden", golden, "--corpus", CORPUS).exit_code == 2


def test_a_foreign_set_without_gates_is_judged_by_its_quotes_alone(fake, golden, tmp_path):
    (golden / "gates.yaml").unlink()
    run(golden, tmp_path / "r")
    judged = call("gate", tmp_path / "r", "--golden", golden, "--json", tmp_path / "r.json")
    assert judged.exit_code == 0
    checks = json.loads((tmp_path / "r.json").read_text())["runs"][0]["checks"]
    assert [check["name"] for check in checks] == ["coverage", "quote_exactness"]


def test_an_easy_foreign_set_is_told_so_and_may_be_used(fake, golden):
    done = call("lint", "--golden", golden, "--corpus", CORPUS)
    assert done.exit_code == 0, done.output
    assert "TOO EASY" in done.output


def test_a_run_is_compared_with_another(fake, golden, tmp_path):
    run(golden, tmp_path / "a")
    run(golden, tmp_path / "b")
    done = call("compare", tmp_path / "a", tmp_path / "b")
    assert done.exit_code == 0
    assert "16 shared questions" in done.output


def test_blessing_a_part_or_an_incomplete_run_is_refused(fake, golden, tmp_path):
    run(golden, tmp_path / "part", "--id", "wolf/pay")
    assert call("bless", tmp_path / "part", "--golden", golden).exit_code == 2
    fake.down_after = fake.asked + 3
    run(golden, tmp_path / "cut")
    assert call("bless", tmp_path / "cut", "--golden", golden).exit_code == 3


def test_blessing_in_a_changed_working_tree_is_refused(fake, golden, tmp_path, monkeypatch):
    run(golden, tmp_path / "a")
    monkeypatch.setattr("evals.__main__.dirty", lambda **_: True)
    done = call("bless", tmp_path / "a", "--golden", golden)
    assert done.exit_code == 2
    assert "not committed" in done.output


def test_blessing_a_loss_needs_a_reason(fake, golden, tmp_path):
    run(golden, tmp_path / "a")
    assert call("bless", tmp_path / "a", "--golden", golden).exit_code == 0
    results = tmp_path / "a" / "results.jsonl"
    results.write_text(results.read_text().replace("180 crowns", "190 crowns"))
    assert call("bless", tmp_path / "a", "--golden", golden).exit_code == 2
    assert (
        call("bless", tmp_path / "a", "--golden", golden, "--because", "the price was wrong").exit_code == 0
    )
    assert json.loads((golden / "baseline.json").read_text())["because"] == "the price was wrong"


def test_a_set_of_ones_own_begins_with_new_and_can_be_linted_after_it_is_filled(fake, tmp_path):
    mine = tmp_path / "mine"
    done = call("new", "wolf", "--golden", mine, "--corpus", CORPUS)
    assert done.exit_code == 0, done.output
    assert (mine / "gates.yaml").is_file()
    linted = call("lint", "--golden", mine, "--corpus", CORPUS)
    # The skeleton is sound as to format, quotes and ids; what is still to do is told.
    assert linted.exit_code == 0, linted.output
    assert "TODO" in linted.output
    assert call("new", "wolf", "--golden", mine, "--corpus", CORPUS).exit_code == 2
    assert call("new", "nobody", "--golden", mine, "--corpus", CORPUS).exit_code == 2
    assert call("new", "../x", "--golden", mine, "--corpus", CORPUS).exit_code == 2


def test_recording_needs_a_model(golden, monkeypatch):
    monkeypatch.delenv("BYLINE_CHAT__MODEL", raising=False)
    done = call("record", "--golden", golden, "--corpus", CORPUS)
    assert done.exit_code == 2
    assert "BYLINE_CHAT__MODEL" in done.output


def test_what_is_no_run_is_refused(tmp_path):
    for command in (
        ["score", tmp_path],
        ["gate", tmp_path],
        ["compare", tmp_path, tmp_path],
        ["bless", tmp_path],
    ):
        assert call(*command).exit_code == 2


def test_the_coverage_that_a_gate_asks_for_can_be_set(fake, golden, tmp_path):
    fake.down_after = 3
    (golden / "gates.yaml").unlink()
    run(golden, tmp_path / "r")
    loose = call("gate", tmp_path / "r", "--golden", golden, "--set", "extractive.coverage.min_scored=0.1")
    assert loose.exit_code == 0, loose.output
    assert call("gate", tmp_path / "r", "--set", "extractive.floors=1").exit_code == 2
    assert call("gate", tmp_path / "r", "--set", "nonsense").exit_code == 2


def test_a_replay_asks_what_was_recorded_and_says_how_much_that_is(fake, golden, tmp_path):
    row = {
        "key": "k", "tag": "TAG", "prompt": "answer v1", "model": "m", "text": "t", "finish": "stop",
        "prompt_tokens": 1, "completion_tokens": 1, "recorded_ms": 1.0, "recorded_at": "2026-01-01",
        "asked": "?",
    }  # fmt: skip
    tape = tmp_path / "c.jsonl"
    ids = sorted(question.id for question in read_golden(golden).questions)
    lines = [{"settings": {"model": "openai/m"}}, {**row, "tag": ids[0]}, {**row, "key": "l", "tag": ids[3]}]
    tape.write_text("".join(json.dumps(line) + "\n" for line in lines))
    more = ("--profile", "llm-replay", "--cassette", tape)
    done = run(golden, tmp_path / "r", *more)
    assert "2 of 16 questions have been recorded" in done.output
    held = (tmp_path / "r" / "results.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["id"] for line in held) == [ids[0], ids[3]]
    run(golden, tmp_path / "one", *more, "--id", ids[1])
    assert ids[1] in (tmp_path / "one" / "results.jsonl").read_text()


def test_the_first_questions_of_each_story_are_a_part_that_nobody_chose():
    questions = read_golden(MINI).questions
    part = first_of_each(questions, 1)
    assert [q.story for q in part] == list(dict.fromkeys(q.story for q in questions))
    assert all(next(q for q in questions if q.story == p.story) is p for p in part)
    assert first_of_each(questions, 100) == list(questions)
