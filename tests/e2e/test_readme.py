"""The commands that the README shows, typed against a real service."""

import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.serving import Process

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CALLS = next(block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "curl" in block)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """An empty service in a process of its own, which SIGTERM ends with 0."""
    process = Process(tmp_path_factory.mktemp("readme") / "data")
    process.wait_ready()
    yield f"http://127.0.0.1:{process.port}"
    assert process.terminate() == 0


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: the README's commands are not tried")
def test_every_curl_of_the_readme_works_as_it_stands(address):
    script = CALLS.replace("http://127.0.0.1:8000", address).replace(
        "curl ", "curl -sS --noproxy '*' --fail-with-body "
    )
    assert script.count("curl") > 10
    done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sails again on Monday" in done.stdout
    assert "event: done" in done.stdout
    assert '"coverage":{"matched":1,"used":1,' in done.stdout
    assert '"verdict":"unsupported"' in done.stdout


def test_the_readme_shows_a_call_of_every_route_that_a_caller_uses(address):
    with urllib.request.urlopen(f"{address}/openapi.json", timeout=10) as answer:  # noqa: S310 - our own http://
        paths = json.load(answer)["paths"]
    resources = {re.split(r"[/{]", path.removeprefix("/"))[0] for path in paths} - {""}
    assert {"ask", "summaries", "verify"} <= resources
    assert [name for name in sorted(resources) if f"$at/{name}" not in CALLS] == []
