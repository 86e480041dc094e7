"""Corpora in their several forms."""

import gzip
import json

import pytest

from evals.corpus import read_corpus
from evals.problems import BadInput

MARKDOWN = "---\nid: a-1\nheadline: 'One: two'\npublished_at: 2026-01-02T10:00:00Z\n---\nFirst.\n\nSecond.\n"


def test_a_folder_of_markdown_is_read_at_any_depth(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a-1.md").write_text(MARKDOWN)
    (tmp_path / "README.md").write_text("no article")
    article = read_corpus(tmp_path).articles["a-1"]
    assert article.text == "First.\n\nSecond."
    assert article.payload()["headline"] == "One: two"


@pytest.mark.parametrize("name", ["c.jsonl", "c.ndjson", "c.jsonl.gz", "c.json"])
def test_a_file_of_json_may_use_the_usual_other_names(tmp_path, name):
    row = {
        "_id": "x",
        "title": "H",
        "body": ["One.", "Two."],
        "date": "2026-01-02",
        "publisher": "P",
        "extra": 1,
    }
    text = json.dumps([row]) if name == "c.json" else json.dumps(row) + "\n\n"
    data = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    article = read_corpus(tmp_path / name).articles["x"]
    assert article.payload() == {
        "id": "x", "headline": "H", "text": "One.\n\nTwo.", "source": "P", "published_at": "2026-01-02",
    }  # fmt: skip


def test_a_time_without_a_zone_is_utc(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text(json.dumps({"id": "x", "headline": "H", "text": "T", "published_at": "2026-01-02 10:00"}))
    assert read_corpus(path).articles["x"].published_at == "2026-01-02T10:00:00+00:00"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ('{"id": "x", "text": "t"}', "no 'headline'"),
        ('{"id": "x y", "headline": "h", "text": "t"}', "must match"),
        ('{"id": "x", "headline": "h", "text": {}}', "'text' must be text"),
        ('{"id": "x", "headline": "h", "text": "t", "published_at": "soon"}', "not a date"),
        ('{"id": "ok", "headline": "h", "text": "t"}', "is that of"),
        ('{"id": "x", "headline": "h", "text": "\\ud800"}', "surrogate"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, reason):
    path = tmp_path / "c.jsonl"
    path.write_text('{"id": "ok", "headline": "h", "text": "t"}\n' + line + "\n")
    with pytest.raises(BadInput) as caught:
        read_corpus(path)
    ((problem),) = caught.value.problems
    assert problem.line == 2
    assert reason in problem.reason


@pytest.mark.parametrize(
    "text", ["no front matter", "---\nid: x\nno end", "---\n- a\n---\nt", "---\na: [\n---\nt"]
)
def test_bad_front_matter_is_named(tmp_path, text):
    (tmp_path / "a.md").write_text(text)
    with pytest.raises(BadInput):
        read_corpus(tmp_path)


def test_an_empty_or_absent_corpus_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(BadInput):
            read_corpus(path)
