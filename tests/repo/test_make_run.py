"""scripts/run.py against a small stand-in for the service; the real one is held in tests/e2e."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "run.py"
SERVICE = """
import http.server, json, os, pathlib, signal, sys, time

if sys.argv[1] == "ingest":
    code = int(os.environ.get("STUB_INGEST", "0"))
    print(f"ingesting {sys.argv[2]}" if code != 2 else "The data folder is in use.", flush=True)
    if code == 9:
        pathlib.Path("ingesting").touch()
        time.sleep(60)
    sys.exit(code)

if os.environ.get("STUB_SERVE"):
    print("Settings are wrong.")
    sys.exit(int(os.environ["STUB_SERVE"]))

polls = 0
answer = {
    "status": "answered", "answer": "He spoke.", "sources": [
        {"n": 1, "source": "Iran Press", "published_at": "2023-08-28T09:00:00Z", "headline": "H"}],
    "citations": [{"start": 0, "end": 9, "quotes": [{
        "n": 1, "article_id": "a", "revision": 1, "start": 3, "end": 12,
        "text": "He spoke.", "read": "/read/a"}]}],
}


class Handler(http.server.BaseHTTPRequestHandler):
    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        global polls
        polls += 1
        self.reply(200 if polls > 2 else 503, {})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Authorization"]
        pathlib.Path("asked").write_text(f"{self.path} {asked['question']} {key}")
        self.reply(int(os.environ.get("STUB_ASK", "200")), answer)

    def log_message(self, *_):
        pass


def stop(*_):
    pathlib.Path("stopped").touch()
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, lambda *_: pathlib.Path("interrupted").touch())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start(tmp_path, port):
    """Start the script in a folder with seeds/ and the stand-in; what is left running is killed."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "__init__.py").touch()
    (tmp_path / "service" / "__main__.py").write_text(SERVICE)
    started = []

    def call(**environment):
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, str(SCRIPT)],
            cwd=tmp_path,
            env={**os.environ, "PORT": str(port), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield call
    for process in started:
        process.terminate()  # not killed: then it could not stop its server
        process.communicate(timeout=10)


def read_until_ready(process):
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith("Byline is ready"):
            return lines
    pytest.fail("\n".join(lines))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ingests_asks_prints_and_stays_until_a_signal_stops_the_server(start, tmp_path, port, number):
    process = start(BYLINE_HTTP__API_KEYS='["k1", "k2"]')
    lines = read_until_ready(process)
    assert lines[0] == "ingesting seeds"
    assert "He spoke. [1]" in lines
    assert "    Iran Press, 28 August 2023: H" in lines
    assert lines[-1] == f"Byline is ready: http://127.0.0.1:{port}"
    assert (tmp_path / "asked").read_text() == "/ask what did Qomi say about Pakistan? Bearer k1"
    assert process.poll() is None
    process.send_signal(number)
    assert process.wait(10) == 0
    assert (tmp_path / "stopped").exists()
    assert not (tmp_path / "interrupted").exists()


def test_a_port_in_use_is_one_line_and_nothing_is_ingested(start, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        out, _ = start().communicate(timeout=10)
    assert out.count("\n") == 1
    assert f"Port {port} cannot be used" in out


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_a_port_that_is_none_is_one_line(start):
    process = start()
    out, _ = process.communicate(timeout=10)
    assert out.count("\n") == 1
    assert process.returncode == 2


def test_a_data_folder_in_use_ends_it_with_the_commands_own_line(start):
    process = start(STUB_INGEST="2")
    out, _ = process.communicate(timeout=10)
    assert out == "The data folder is in use.\n"
    assert process.returncode == 2


def test_an_article_that_failed_does_not_keep_the_others_from_being_served(start):
    process = start(STUB_INGEST="1")
    assert any("Not all of seeds/" in line for line in read_until_ready(process))


def test_a_server_that_does_not_start_ends_it_with_the_servers_own_line_and_code(start):
    process = start(STUB_SERVE="2")
    out, _ = process.communicate(timeout=10)
    assert out.splitlines()[-1] == "Settings are wrong."
    assert process.returncode == 2


def test_a_question_that_fails_is_an_error_and_the_server_is_stopped(start, tmp_path):
    process = start(STUB_ASK="500")
    out, _ = process.communicate(timeout=10)
    assert "/ask failed with 500" in out
    assert process.returncode == 1
    assert (tmp_path / "stopped").exists()


def test_a_signal_while_ingesting_ends_the_ingest_too(start, tmp_path):
    process = start(STUB_INGEST="9")
    until = time.monotonic() + 10
    while not (tmp_path / "ingesting").exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 130


def test_without_seeds_it_says_where_to_run_it(start, tmp_path):
    (tmp_path / "seeds").rmdir()
    process = start()
    out, _ = process.communicate(timeout=10)
    assert "no folder seeds" in out
    assert process.returncode == 2
