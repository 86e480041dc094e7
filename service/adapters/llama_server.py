"""A model file served on loopback: llama.cpp, through xllamacpp, in a process of its own.

The child lives as long as its parent holds the pipe to it: it ends with the service, also when that is
killed. A crash in native code takes the child and not the service. Its key is made anew each time.
"""

import asyncio
import contextlib
import json
import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from service.domain.errors import Misconfigured

START_S: Final = 120.0
STOP_S: Final = 5.0
CONTEXT: Final = 8_192
"""Tokens of prompt and reply together, for each of the parallel calls."""
PARALLEL: Final = 2
PREFIX: Final = "gguf:"


@dataclass(frozen=True, slots=True)
class Serving:
    """Where the model is served, and the key to it."""

    base: str
    key: str = field(repr=False)


@dataclass(slots=True, eq=False)
class LlamaServer:
    """Serves one model file in the OpenAI protocol, on loopback, until it is stopped.

    Args:
        model: The file.
        template: A Jinja chat template that takes the place of the file's own.
        threads: Threads of the model; None: one for each processor.
    """

    model: Path
    template: Path | None = None
    threads: int | None = None
    _child: asyncio.subprocess.Process | None = None

    async def start(self) -> Serving:
        """Load the model and serve it.

        Raises:
            Misconfigured: The extra `byline[local]` is missing, or the file cannot be served.
        """
        for path in (self.model, self.template):
            if path is not None and not await asyncio.to_thread(path.is_file):
                raise Misconfigured(
                    f"there is no file {path.name} to serve: BYLINE_CHAT__MODEL or __TEMPLATE"
                )
        key = secrets.token_urlsafe(24)
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        wanted = {
            "model": str(self.model.absolute()),
            "template": None if self.template is None else str(self.template.absolute()),
            "threads": self.threads,
            "key": key,
        }
        try:
            async with asyncio.timeout(START_S):
                said = await self._ask(json.dumps(wanted))
        except TimeoutError:
            await self.stop()
            raise Misconfigured(f"the model file {self.model.name} did not load in {START_S:.0f} s") from None
        if "base" not in said:
            await self.stop()
            raise Misconfigured(said.get("error", f"the model file {self.model.name} cannot be served"))
        return Serving(f"{said['base']}/v1", key)

    async def stop(self) -> None:
        """Stop serving."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                await child.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def _ask(self, line: str) -> dict[str, str]:
        """Tell the child what to serve, and hear where it does."""
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            raise Misconfigured("the model's process could not be started")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            child.stdin.write(line.encode() + b"\n")
            await child.stdin.drain()
        async for answer in child.stdout:
            with contextlib.suppress(ValueError):  # native code may print too
                said = json.loads(answer)
                if isinstance(said, dict):
                    return said
        return {}


def serve() -> int:
    """The child: read what to serve from standard input, serve until it is closed."""
    wanted = json.loads(sys.stdin.readline())
    # Native code prints to the same descriptor: what is said to the parent goes to a copy of it.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(**said: str) -> None:
        print(json.dumps(said), file=answers, flush=True)

    try:
        import xllamacpp
    except ImportError:
        say(error="a gguf: model needs the extra byline[local]: pip install 'byline[local]'")
        return 2
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, wanted))
    except Exception as error:  # noqa: BLE001 - whatever native code raises
        say(error=f"the model file {Path(wanted['model']).name} cannot be served: {type(error).__name__}")
        return 1
    say(base=str(server.listening_address))
    sys.stdin.read()
    # The native server's threads do not end in order; there is nothing to keep.
    os._exit(0)


def _parameters(xllamacpp: Any, wanted: dict[str, Any]) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = wanted["model"]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = PARALLEL
    parameters.n_ctx = CONTEXT * PARALLEL
    # Rules and worked examples begin every prompt and are read once. Layers that look back a few hundred
    # tokens forget them unless kept whole, which takes memory in models that have such layers (Gemma).
    parameters.swa_full = True
    parameters.api_keys = [wanted["key"]]
    parameters.endpoint_slots = False
    parameters.ui = False
    if wanted["threads"]:
        parameters.cpuparams.n_threads = wanted["threads"]
    if wanted["template"]:
        parameters.chat_template = Path(wanted["template"]).read_text(encoding="utf-8")
    return parameters


if __name__ == "__main__":
    sys.exit(serve())
