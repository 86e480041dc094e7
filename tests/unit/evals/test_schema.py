"""Golden files and what is wrong with them."""

from pathlib import Path

import pytest

from evals.golden import only, read_golden
from evals.problems import BadInput
from evals.schema import read_story

GOOD = """\
story: s
articles: [a-1]
questions:
  - id: s/q1
    question: how many
    as_of: 2026-01-02
    type: numeric
    facts:
      - {id: f1, importance: vital, text: t, any: [no, 412, "x"], none: []}
    evidence:
      - any: [{article: a-1, quote: "four hundred and twelve"}]
"""
WHERE = Path("s.yaml")


def problems(text):
    with pytest.raises(BadInput) as caught:
        read_story(WHERE, text, "test")
    return [(problem.line, problem.reason) for problem in caught.value.problems]


def test_a_wording_keeps_its_characters_whatever_yaml_would_make_of_them():
    assert read_story(WHERE, GOOD, "test").questions[0].facts[0].any == ("no", "412", "x")


def test_an_unknown_field_is_named_with_its_line_and_the_likely_one():
    text = GOOD.replace("    type: numeric", "    typ: numeric\n    type: numeric")
    assert problems(text) == [(7, "unknown field 'typ' in a question (did you mean 'type'?)")]


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", "2026-01-02T10:00:00"])
def test_a_bad_date_is_named_with_its_line(day):
    ((line, reason),) = problems(GOOD.replace("2026-01-02", day))
    assert line == 6
    assert day in reason


def test_every_problem_of_a_file_is_told_at_once():
    text = GOOD.replace("numeric", "numerical").replace("2026-01-02", "soon").replace("story: s", "storry: s")
    lines = sorted(line for line, _ in problems(text))
    assert lines == [1, 1, 6, 7]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "    type: numeric",
            "    type: numeric\n    answerable: maybe",
            "'answerable' must be true or false",
        ),
        ("importance: vital", "importance: okay", "an answerable question needs a vital fact"),
        ("type: numeric", "type: unanswerable", "a question has no 'why'"),
        ("type: numeric", "type: follow_up", "the turns before it"),
        ("[{article: a-1,", "[{article: [],", "'article' must be text"),
        ("    question: how many\n", "", "a question has no 'question'"),
        ('any: [no, 412, "x"]', "any: []", "needs its wordings"),
    ],
)
def test_what_a_question_lacks_is_said(old, new, reason):
    assert any(reason in told for _, told in problems(GOOD.replace(old, new)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("a: [", "not YAML"),
        ("- x", "must be a mapping"),
        ("story: s\nstory: t\n", "stands here twice"),
        ("a: &a [*a]", "without end"),
        ("story: {a: b}\narticles: []\nquestions: []", "'story' must be text"),
    ],
)
def test_a_file_that_is_no_story_is_refused(text, reason):
    assert any(reason in told for _, told in problems(text))


def test_multi_hop_and_multi_article_are_both_known_and_so_are_the_optional_fields():
    more = """\
    short_answers: [x]
    paraphrases: [y]
    checked: {method: m, by: b, date: 2026-01-01}
    provenance: {author: a, reviewed_by: [r]}
    decoys: [{article: a-1, quote: "z z"}]
    near_miss: []
    resolution: latest
    source: wire
    reference: r
    tags: [must_pass]
"""
    for kind in ("multi_hop", "multi_article"):
        text = GOOD.replace("    type: numeric\n", f"    type: {kind}\n{more}")
        assert read_story(WHERE, text, "test").questions[0].type == kind


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_files_straight_in_the_folder_are_test_and_those_of_dev_are_dev(tmp_path):
    write(tmp_path, "s.yaml", GOOD)
    write(tmp_path, "dev/t.yaml", GOOD.replace("story: s", "story: t").replace("s/q1", "t/q1"))
    write(tmp_path, "gates.yaml", "version: 1")
    found = read_golden(tmp_path)
    assert [(story.name, story.split) for story in found.stories] == [("t", "dev"), ("s", "test")]
    assert [question.id for question in found.split("test")] == ["s/q1"]


def test_a_story_in_both_splits_and_a_duplicate_id_are_named(tmp_path):
    write(tmp_path, "dev/s.yaml", GOOD)
    write(tmp_path, "test/s.yaml", GOOD)
    with pytest.raises(BadInput) as caught:
        read_golden(tmp_path)
    told = [(p.path.parent.name, p.line, p.reason) for p in caught.value.problems]
    assert told[0][:2] == ("test", 1)
    assert "stands in both splits" in told[0][2]
    assert told[1][:2] == ("test", 4)
    assert "used twice" in told[1][2]


def test_a_folder_without_questions_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no questions"):
        read_golden(tmp_path)
    with pytest.raises(BadInput, match="no such folder"):
        read_golden(tmp_path / "none")


def test_a_filter_or_an_id_that_names_nothing_is_refused(tmp_path):
    write(tmp_path, "s.yaml", GOOD)
    questions = read_golden(tmp_path).questions
    assert only(questions, ["s/q1"], ["type=numeric"])[0].id == "s/q1"
    for ids, filters in ((["s/q2"], []), ([], ["type=single"]), ([], ["colour=red"])):
        with pytest.raises(BadInput):
            only(questions, ids, filters)
