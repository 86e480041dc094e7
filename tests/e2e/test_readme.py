"""The commands that the README shows, typed against a real service."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CALLS = next(block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "curl" in block)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """An empty service in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("data")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BYLINE_")}
    command = [sys.executable, "-m", "service", "serve", "--data", str(folder), "--port", str(port)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603
    try:
        wait_until_ready(server, f"http://127.0.0.1:{port}/readyz", folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        assert server.wait(40) == 0


def wait_until_ready(server, url, log):
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own http://
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(log.read_text()[-2_000:])


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


def test_the_readme_shows_a_call_of_every_route_that_a_caller_uses(address):
    with urllib.request.urlopen(f"{address}/openapi.json", timeout=10) as answer:  # noqa: S310 - our own http://
        text = answer.read().decode()
    resources = {
        re.split(r"[/{]", path.removeprefix("/"))[0] for path in re.findall(r'"(/[a-z/{}_]*)":', text)
    }
    assert [name for name in sorted(resources - {""}) if f"/{name}" not in README] == []
