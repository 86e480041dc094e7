"""A running service for tests: the real application over real parts, on a loopback port.

`serve` runs it in a thread of this process and shares one embedding model, which takes seconds to load;
`Process` runs `python -m service serve`, for what only a process can show: kills, signals, exit codes.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import httpx
import uvicorn

from service import bootstrap
from service.adapters.sentence_embedder import SentenceEmbedder
from service.app import create_app
from service.bootstrap import Pipelines
from service.settings import Settings

ROOT: Final = Path(__file__).parents[1]
START_S: Final = 120.0


class SharedEmbedder(SentenceEmbedder):
    """The real embedder, exact and in two threads, that many services of one test run use in turn."""

    def __init__(self) -> None:
        super().__init__(dtype="float32", threads=2)

    def close(self) -> None:
        """Stay open: the next test uses it."""

    def stop(self) -> None:
        """Close at last."""
        super().close()


@dataclass(slots=True)
class Served:
    """A service in this process."""

    port: int
    pipelines: Pipelines
    client: httpx.Client
    loop: asyncio.AbstractEventLoop

    def run(self, awaitable: Any) -> Any:
        """Run a coroutine in the service's own loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(awaitable, self.loop).result(60)


@contextmanager
def serve(settings: Settings, embedder: SentenceEmbedder) -> Iterator[Served]:
    """Serve in a thread until the block ends."""
    ready, ended = threading.Event(), threading.Event()
    held: dict[str, Any] = {}
    listener = socket.create_server(("127.0.0.1", 0))

    async def main() -> None:
        async with bootstrap.open_pipelines(settings) as pipelines:
            config = uvicorn.Config(create_app(pipelines), log_config=None, access_log=False, lifespan="off")
            server = uvicorn.Server(config)
            held.update(pipelines=pipelines, server=server, loop=asyncio.get_running_loop())
            ready.set()
            await server.serve([listener])

    def thread() -> None:
        try:
            asyncio.run(main())
        except Exception as error:  # noqa: BLE001 - the test's own thread raises it
            held["error"] = error
        finally:
            ready.set()
            ended.set()

    with patch.object(bootstrap, "_embedder", lambda _settings: embedder):
        runner = threading.Thread(target=thread, name="service")
        runner.start()
        assert ready.wait(START_S)
    try:
        if "error" in held:
            raise held["error"]
        port = listener.getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield Served(port, held["pipelines"], client, held["loop"])
    finally:
        if "server" in held:
            held["server"].should_exit = True
        assert ended.wait(START_S)
        runner.join()
        listener.close()


class Process:
    """`python -m service serve` on a data folder and a free port.

    Args:
        data: The folder.
        extra: Arguments beside.
        environment: Variables beside.
    """

    def __init__(
        self, data: Path, *extra: str, environment: Mapping[str, str] | None = None, log: Path | None = None
    ) -> None:
        self.port = free_port()
        self._log = (log or data.with_suffix(".log")).open("ab")
        self.popen = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "service", "serve", "--data", str(data), "--port", str(self.port), *extra],
            cwd=ROOT,
            env=plain_environment() | dict(environment or {}),
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    def wait_ready(self, wanted: Sequence[str] = ("ready",)) -> dict[str, Any]:
        """Wait until `/readyz` says one of `wanted`; its body."""
        until = time.monotonic() + START_S
        body: Any = None
        while time.monotonic() < until:
            code = self.popen.poll()
            assert code is None, f"the service ended with {code}"
            try:
                body = self.client.get("/readyz").json()
            except httpx.TransportError:
                body = None
            if body is not None and body["status"] in wanted:
                return dict(body)
            time.sleep(0.1)
        raise AssertionError(f"not ready: {body}")

    def kill(self) -> None:
        """SIGKILL, and wait."""
        self.popen.kill()
        self.popen.wait()
        self.client.close()
        self._log.close()

    def terminate(self) -> int:
        """SIGTERM, and wait for the exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        code = self.popen.wait(60)
        self.client.close()
        self._log.close()
        return code


def plain_environment() -> dict[str, str]:
    """The environment without settings of the developer, and with few threads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BYLINE_")}
    return kept | {
        "BYLINE_EMBEDDING__DTYPE": "float32",
        "BYLINE_EMBEDDING__THREADS": "2",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
