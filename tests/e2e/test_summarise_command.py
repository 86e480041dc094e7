"""`byline summarise`, on the real parts."""

import json
import logging

import pytest
from typer.testing import CliRunner

from service import __main__ as command_line
from service import bootstrap
from tests.api.conftest import ARTICLES


@pytest.fixture(scope="module")
def byline(tmp_path_factory, embedder):
    """The command line on a folder that holds ARTICLES; the embedding model is the shared one."""
    folder = tmp_path_factory.mktemp("summarise")
    (folder / "news.json").write_text(json.dumps(ARTICLES))
    level = logging.getLogger().level

    def run(command, *arguments, read=None):
        given = [command, "--data", str(folder / "data"), *arguments]
        return CliRunner().invoke(command_line.app, given, input=read)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "_embedder", lambda _settings: embedder)
        patch.setattr(command_line, "set_up_logs", lambda _level: None)
        assert run("ingest", str(folder / "news.json")).exit_code == 0
        yield run
    logging.getLogger().setLevel(level)


def test_it_prints_a_summary_with_its_quotes_and_what_it_covers(byline):
    done = byline("summarise", "--id", "harbour", "--id", "bridge", "--kind", "bullets", "--words", "60")
    assert done.exit_code == 0, done.output
    assert "- " in done.stdout
    assert "[1] “" in done.stdout
    assert "2 of 2 articles used" in done.stdout


def test_as_json_it_prints_the_very_summary_that_the_service_gives(byline):
    done = byline("summarise", "Port Alden dockers strike", "--json")
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    (text,) = [article["text"] for article in ARTICLES if article["id"] == "harbour"]
    quotes = [quote for citation in summary["citations"] for quote in citation["quotes"]]
    assert quotes
    assert [quote["text"] for quote in quotes] == [text[q["start"] : q["end"]] for q in quotes]


def test_a_text_from_standard_input_is_summarised_in_its_own_words(byline):
    text = "The mayor resigned on Monday. His deputy, Ada Lund, said he was ill."
    done = byline("summarise", "--text", "-", read=text)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] in text
    assert "[1] “" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["--id", "nowhere"], "article_ids"), (["x", "--words", "0"], "max_words"), ([], "article_ids")],
)
def test_bad_use_is_told_in_words(byline, arguments, word):
    done = byline("summarise", *arguments)
    assert done.exit_code != 0
    assert word in f"{done.output} {done.exception}"
