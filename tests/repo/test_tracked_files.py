"""What git holds: nothing of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# In pieces, so that this file does not name what it looks for.
HOSTS = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "deb." + "debian.org",
    "download.py" + "torch.org",
]
HOMES = re.compile(r"(?<![\w.~-])/(?:home|root|Users)/\w")


@pytest.fixture(scope="module")
def texts():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content:
            found[name] = content.decode()
    assert "pyproject.toml" in found
    return found


def test_no_file_names_a_registrys_host(texts):
    assert [name for name, text in texts.items() if any(host in text for host in HOSTS)] == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on(texts):
    here = f"{ROOT}/"
    assert [name for name, text in texts.items() if HOMES.search(text) or here in text] == []


def test_every_file_ends_with_one_line_end_and_has_unix_ones(texts):
    kept_as_sent = ("seeds/", "evals/", "tests/data/")  # there, odd text can be the point
    assert [
        name
        for name, text in texts.items()
        if text
        and not name.startswith(kept_as_sent)
        and ("\r" in text or not text.endswith("\n") or text.endswith("\n\n"))
    ] == []


def test_nothing_that_a_tool_makes_is_tracked(texts):
    made = re.compile(r"(^|/)(__pycache__|\.venv|data|out|dist|build|\.[a-z]+_cache)/")
    assert [name for name in texts if made.search(name) and not name.startswith(("tests/", "evals/"))] == []
