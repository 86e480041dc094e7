"""Articles from files: every format, and what cannot be read is one line and stops nothing else."""

import json
from pathlib import Path

import pytest

from service.adapters.article_files import count_articles, read_articles
from service.domain.errors import InvalidInput

ONE = {"headline": "H", "text": "T\u2028t"}


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def fields(*paths: Path):
    return [item.fields for item in read_articles(list(paths))]


@pytest.mark.parametrize("name", ["a.json", "a.ndjson", "a.jsonl"])
def test_json_is_an_object_a_list_or_a_line_each(tmp_path, name):
    assert fields(write(tmp_path, name, json.dumps(ONE))) == [ONE]
    assert fields(write(tmp_path, name, json.dumps([ONE, ONE]))) == [ONE, ONE]
    raw = json.dumps(ONE, ensure_ascii=False)  # U+2028 may stand in JSON as it is, and ends no line
    assert fields(write(tmp_path, name, f"{raw}\n\n{raw}\r\n")) == [ONE, ONE]


def test_markdown_has_its_fields_in_front_as_they_were_written(tmp_path):
    path = write(
        tmp_path,
        "a.md",
        "---\nheadline: A: B\npublished_at: 2026-01-02\nid: 007\nauthor:\n---\n\nThe text.\n".replace(
            "A: B", "'A: B'"
        ),
    )
    assert fields(path) == [
        {"headline": "A: B", "published_at": "2026-01-02", "id": "007", "text": "The text."}
    ]


def test_plain_text_takes_its_first_line_or_its_name_as_headline(tmp_path):
    assert fields(write(tmp_path, "a.txt", "A headline\n\nThe text."))[0]["headline"] == "A headline"
    assert (
        fields(write(tmp_path, "port-alden_strike.txt", "The text. It goes on."))[0]["headline"]
        == "Port alden strike"
    )
    assert fields(write(tmp_path, "b.md", "# A heading\n\nText"))[0]["headline"] == "A heading"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_are_read(tmp_path, encoding):
    text = "Café in Málaga reopens\n\nThe café in Málaga reopened on Monday, José Peña said. “Señor” came."
    if encoding == "cp1252":
        text = text.replace("“", '"').replace("”", '"')
    assert "Málaga reopened" in fields(write(tmp_path, "a.txt", text.encode(encoding)))[0]["text"]


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("a.json", '{"headline": ', "line 1"),
        ("a.json", "[1, 2]", "item 1"),
        ("a.json", "[" * 100_000, "line 1"),
        ("a.ndjson", '{"headline": "H"}\nnonsense\n', "line 2"),
        ("a.ndjson", "[" * 100_000 + "\n{}", "line 1"),
        ("a.md", "---\nheadline: [\n---\nText", "line"),
        ("a.md", "---\n- a\n---\nText", "a.md"),
    ],
)
def test_a_bad_item_is_named_by_file_and_line(tmp_path, name, content, where):
    bad = [item for item in read_articles([write(tmp_path, name, content)]) if item.error]
    assert bad
    assert where in bad[0].where
    assert bad[0].fields is None


def test_a_folder_is_read_in_the_order_of_names_and_a_missing_path_is_an_error(tmp_path):
    for name in ("b.txt", "a.txt", "c.bin"):
        write(tmp_path, name, f"Headline {name}\n\nText")
    assert [row["headline"] for row in fields(tmp_path)] == ["Headline a.txt", "Headline b.txt"]
    assert count_articles([tmp_path]) == 2
    with pytest.raises(InvalidInput):
        list(read_articles([tmp_path / "none"]))
