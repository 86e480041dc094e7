"""What someone gets who installs the wheel and has no checkout."""

import shutil
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from service.api.widget import assemble
from tests.serving import START_S, free_port, plain_environment

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


@pytest.fixture(scope="module")
def address(installed, tmp_path_factory):
    """The service of the wheel, empty, in a process of its own."""
    folder, port = tmp_path_factory.mktemp("serving"), free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-m", "service", "serve", "--port", str(port)],
            cwd=folder,
            env=plain_environment() | {"PYTHONPATH": str(installed)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + START_S
        while not answers(f"{url}/livez"):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def fetched(url):
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own http://
        return answer.status, answer.read()


def answers(url):
    try:
        return fetched(url)[0] == 200
    except OSError:  # refused, or not answered while it starts
        return False


def test_it_serves_the_widget_of_the_checkout_its_locales_and_the_page_to_ask_on(address):
    assert fetched(f"{address}/widget.js") == (200, assemble(ROOT / "service" / "widget").body)
    locale = ROOT / "service" / "widget" / "locales" / "ar.json"
    assert fetched(f"{address}/widget/locales/ar.json") == (200, locale.read_bytes())
    status, page = fetched(f"{address}/")
    assert status == 200
    assert b"/widget.js" in page
    assert b"<byline-chat" in page
