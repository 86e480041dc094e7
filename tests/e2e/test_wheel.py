"""What someone gets who installs the wheel and has no checkout."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.serving import plain_environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the wheel's content, built from what git tracks."""
    source, made, installed = (tmp_path_factory.mktemp(name) for name in ("source", "made", "installed"))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(made), str(source)], check=True)  # noqa: S603
    (wheel,) = made.glob("byline-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    return installed


def byline(installed, folder, *arguments):
    return subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "service", *arguments],
        cwd=folder,
        env=plain_environment() | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_holds_the_files_of_its_packages_and_neither_tests_nor_seeds(installed):
    listed = subprocess.run(
        ["git", "ls-files", "service", "prompts"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = [name for name in listed.stdout.splitlines() if name != "service/README.md"]
    assert [name for name in wanted if not (installed / name).is_file()] == []
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {
        "evals",
        "prompts",
        "service",
    }


def test_it_ingests_and_answers_far_from_a_checkout(installed, tmp_path):
    shutil.copytree(ROOT / "seeds" / "qomi-interview", tmp_path / "news")
    ingested = byline(installed, tmp_path, "ingest", "news")
    assert ingested.returncode == 0, ingested.stderr
    asked = byline(installed, tmp_path, "ask", "what did Qomi say about Pakistan?")
    assert asked.returncode == 0, asked.stderr
    assert "[1] “" in asked.stdout
    assert (tmp_path / "data" / "byline.db").exists()
