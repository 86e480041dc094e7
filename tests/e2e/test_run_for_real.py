"""`make run` with the real service, on a part of the seeds."""

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import free_port, plain_environment

ROOT = Path(__file__).parents[2]
PART = ("qomi-interview", "envoy-recall-lomar", "ferry-migrants-halvik")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What two runs in one folder print, each stopped by Ctrl-C when it is ready; and how they end."""
    folder = tmp_path_factory.mktemp("run")
    for name in PART:
        shutil.copytree(ROOT / "seeds" / name, folder / "seeds" / name)
    environment = plain_environment() | {"PORT": str(free_port()), "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    printed = []
    for _ in range(2):
        with subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, str(ROOT / "scripts" / "run.py")],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            text = ""
            for line in process.stdout or ():
                text += line
                if line.startswith("Byline is ready"):
                    process.send_signal(signal.SIGINT)
            printed.append((text, process.wait(60)))
    return printed


def flat(text):
    return " ".join(text.split())


def test_it_prints_a_cited_answer_and_ctrl_c_ends_it_well(runs):
    text, code = runs[0]
    assert code == 0, text
    assert re.search(r"\[1\] “[^”]+”", text), text
    assert "close cooperation with Pakistan" in flat(text)
    assert "Iran Press, 28 August 2023: " in flat(text)
    assert text.splitlines()[-1].startswith("Byline is ready: http://127.0.0.1:")


def test_every_quote_that_it_prints_is_words_of_a_seed(runs):
    seeds = flat(" ".join(path.read_text() for path in (ROOT / "seeds").rglob("*.md")))
    quotes = re.findall(r"^\[\d+\] “(.*?)”$", runs[0][0], re.MULTILINE | re.DOTALL)
    assert quotes
    assert [quote for quote in quotes if flat(quote) not in seeds] == []


def test_a_second_run_takes_in_nothing_and_gives_the_same_answer(runs):
    (first, _), (second, code) = runs
    articles = sum(1 for name in PART for _ in (ROOT / "seeds" / name).glob("*.md"))
    assert f"{articles} created, 0 known" in first
    assert f"0 created, {articles} known" in second
    assert second.partition("Pakistan?")[2] == first.partition("Pakistan?")[2]
    assert code == 0


def test_the_output_in_the_readme_quotes_words_of_the_seeds():
    readme = (ROOT / "README.md").read_text()
    shown = readme.partition("Byline is ready")[0].rpartition("```")[2]
    seeds = flat(" ".join(path.read_text() for path in (ROOT / "seeds" / "qomi-interview").glob("*.md")))
    quotes = re.findall(r"^\[\d+\] “(.*?)”$", shown, re.MULTILINE | re.DOTALL)
    assert quotes
    assert [quote for quote in quotes if flat(quote) not in seeds] == []
