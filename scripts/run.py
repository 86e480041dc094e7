"""`make run`: take in seeds/, serve, ask one question over HTTP, print the cited answer, stay until Ctrl-C.

Reads PORT (8000) and Byline's own settings. Everything here goes through the command line and the HTTP
interface, as a caller would.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))
from answer_text import render

HOST: Final = "127.0.0.1"
QUESTION: Final = "what did Qomi say about Pakistan?"
SEEDS: Final = Path("seeds")
READY_S: Final = 180.0
STOP_S: Final = 35.0
# Loopback is never asked through a proxy.
OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Trouble(Exception):
    """One clear line for the person at the terminal, and the exit code."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


class Stopped(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal."""


def main() -> int:
    """Run until stopped.

    Returns:
        0 when stopped after the answer, 1 or 2 after a trouble, 130 when stopped before.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        port = _free_port(os.environ.get("PORT") or "8000")
        _ingest()
        with _child(_command("serve", "--host", HOST, "--port", str(port)), signal.SIGTERM) as server:
            return _show(server, f"http://{HOST}:{port}")
    except Trouble as trouble:
        if str(trouble):
            print(trouble, file=sys.stderr)
        return trouble.code
    except Stopped:
        return 130


def _show(server: "subprocess.Popen[bytes]", base: str) -> int:
    """Ask, print, and stay with the service until it is stopped."""
    _wait_until_ready(server, base)
    shown = render(_ask(base), base)
    try:
        print(f"\n{QUESTION}\n\n{shown}\n\nByline is ready: {base}", flush=True)
        code = server.wait()
    except Stopped:
        return 0
    raise Trouble(f"The service ended by itself, with exit code {code}.")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _free_port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise Trouble(f"PORT must be a number from 1 to 65535, not {text!r}.", 2)
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            advice = f"choose another: PORT={port + 1 if port < 2**16 - 1 else 8000} make run"
            raise Trouble(f"Port {port} cannot be used ({error.strerror}): {advice}", 2) from None
    return port


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "service", *arguments]


@contextmanager
def _child(command: list[str], stop_with: signal.Signals) -> Iterator["subprocess.Popen[bytes]"]:
    """A child that ends when the block does.

    It is in a session of its own: Ctrl-C reaches it once, from here, and not a second time from the terminal.
    """
    # The log is for those who run a server; here it would stand amid the answer.
    environment = {"BYLINE_LOG_LEVEL": "WARNING", **os.environ}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    try:
        yield process
    finally:
        try:
            if process.poll() is None:
                process.send_signal(stop_with)
            process.wait(STOP_S)
        except (subprocess.TimeoutExpired, Stopped):  # it hangs, or a second Ctrl-C does not want to wait
            process.kill()
            process.wait()


def _ingest() -> None:
    """Take in the seeds; the command draws its own progress and says itself what went wrong."""
    if not SEEDS.is_dir():
        raise Trouble(f"There is no folder {SEEDS}: run this in Byline's own folder.", 2)
    # SIGINT lets it put the cursor back.
    with _child(_command("ingest", str(SEEDS)), signal.SIGINT) as ingest:
        code = ingest.wait()
    if code == 1:
        print("Not all of seeds/ could be taken in, see above; going on with the rest.", file=sys.stderr)
    elif code != 0:
        raise Trouble("", code if code > 0 else 1)


def _wait_until_ready(server: "subprocess.Popen[bytes]", base: str) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        code = server.poll()
        if code is not None:  # it has said why
            raise Trouble("", code if code > 0 else 1)
        try:
            with OPENER.open(f"{base}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):  # not listening yet, or 503 while it opens its indexes
            time.sleep(0.1)
    raise Trouble(f"The service was not ready within {READY_S:.0f} seconds.")


def _ask(base: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    keys = json.loads(os.environ.get("BYLINE_HTTP__API_KEYS") or "[]")
    if keys:
        headers["Authorization"] = f"Bearer {keys[0]}"
    body = json.dumps({"question": QUESTION}).encode()
    request = urllib.request.Request(f"{base}/ask", body, headers)  # noqa: S310 - always our own http://
    try:
        with OPENER.open(request, timeout=120) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        raise Trouble(
            f"/ask failed with {error.code}: {error.read(2_000).decode(errors='replace')}"
        ) from None
    except (OSError, ValueError) as error:
        raise Trouble(f"/ask failed: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
