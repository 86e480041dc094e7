"""A model file served by a child process: the real child, over a stand-in for the native library.

The stand-in speaks the OpenAI protocol on loopback as llama.cpp does, and fails as the "model file" says.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from service.adapters import llama_server
from service.adapters.litellm_chat import LitellmChat
from service.adapters.llama_server import CONTEXT, PARALLEL, LlamaServer, Serving
from service.domain.chat import ChatRequest, CompletionEnd, Message
from service.domain.errors import Misconfigured, ModelRejected, ModelUnavailable

STAND_IN = """
import json, os, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace


class CommonParams(SimpleNamespace):
    def __init__(self):
        super().__init__(model=SimpleNamespace(path=""), cpuparams=SimpleNamespace(n_threads=-1))


class Server:
    def __init__(self, params):
        held = open(params.model.path).read()
        if held == "dies":
            os._exit(3)
        if held == "hangs":
            time.sleep(60)
        if held == "refused":
            raise RuntimeError("secret path " + params.model.path)
        os.write(1, b"llama_model_loader: loaded\\n{not json\\n[1]\\n")
        shown = json.dumps({**vars(params), "model": 0, "cpuparams": vars(params.cpuparams), "pid": os.getpid()})

        class Answers(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                known = self.headers["authorization"] in [f"Bearer {key}" for key in params.api_keys]
                choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": shown}}
                whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
                body = json.dumps(whole if known else {"error": {"message": "Invalid API Key"}}).encode()
                self.send_response(200 if known else 401)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        served = ThreadingHTTPServer((params.hostnames[0], params.port), Answers)
        threading.Thread(target=served.serve_forever, daemon=True).start()
        self.listening_address = f"http://{params.hostnames[0]}:{served.server_port}"
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a "model file" that a child can be told to serve."""
    folder = tmp_path / "stand-in"
    folder.mkdir()
    (folder / "xllamacpp.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def made(held: str = "a model") -> Path:
        path = tmp_path / "small.gguf"
        path.write_text(held)
        return path

    return made


@asynccontextmanager
async def served(server: LlamaServer) -> AsyncIterator[Serving]:
    try:
        yield await server.start()
    finally:
        await server.stop()


async def said(serving: Serving, key: str | None = None) -> str:
    chat = LitellmChat("openai/local", serving.base, key or serving.key, {"stream": False})
    request = ChatRequest((Message("user", "Who?"),), 256)
    try:
        parts = [part async for part in chat.stream(request)]
    finally:
        await chat.close()
    assert isinstance(parts[-1], CompletionEnd)
    return "".join(part for part in parts if isinstance(part, str))


async def gone(base: str) -> bool:
    """Whether nobody listens any longer, soon."""
    async with httpx.AsyncClient() as http:
        for _ in range(100):
            try:
                await http.post(f"{base}/chat/completions", json={})
            except httpx.TransportError:
                return True
            await asyncio.sleep(0.05)
    return False


async def test_a_model_file_is_served_on_loopback_to_who_has_the_key(model):
    async with served(LlamaServer(model(), threads=1)) as serving:
        assert serving.base.startswith("http://127.0.0.1:")
        assert serving.key not in repr(serving)
        held = json.loads(await said(serving))
        with pytest.raises(ModelRejected):
            await said(serving, "another")
    assert held["api_keys"] == [serving.key]
    assert (held["n_ctx"], held["n_parallel"]) == (CONTEXT * PARALLEL, PARALLEL)
    assert (held["ui"], held["endpoint_slots"], held["cpuparams"]) == (False, False, {"n_threads": 1})
    assert held["swa_full"] is True
    assert "chat_template" not in held
    assert await gone(serving.base)


async def test_each_start_has_a_key_of_its_own_and_a_template_takes_the_files_place(model, tmp_path):
    template = tmp_path / "chat.jinja"
    template.write_text("{{ messages }} é")
    async with (
        served(LlamaServer(model(), template)) as first,
        served(LlamaServer(model(), template)) as second,
    ):
        assert first.key != second.key
        assert first.base != second.base
        assert json.loads(await said(first))["chat_template"] == "{{ messages }} é"


@pytest.mark.parametrize(
    ("held", "says"),
    [("refused", "small.gguf cannot be served: RuntimeError"), ("dies", "small.gguf cannot")],
)
async def test_a_file_that_cannot_be_served_is_named_without_its_folder_or_the_librarys_words(
    model, held, says, tmp_path
):
    server = LlamaServer(model(held))
    with pytest.raises(Misconfigured, match=says) as error:
        await server.start()
    assert "secret" not in error.value.detail
    assert str(tmp_path) not in error.value.detail


async def test_a_file_that_does_not_load_in_time_leaves_no_process(model, monkeypatch):
    monkeypatch.setattr(llama_server, "START_S", 0.5)
    monkeypatch.setattr(llama_server, "STOP_S", 0.2)
    server = LlamaServer(model("hangs"))
    children = []
    spawn = asyncio.create_subprocess_exec

    async def spawned(*args, **options):
        children.append(await spawn(*args, **options))
        return children[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawned)
    with pytest.raises(Misconfigured, match="did not load"):
        await server.start()
    assert [child.returncode for child in children] == [-signal.SIGKILL]


@pytest.mark.parametrize("missing", ["model", "template"])
async def test_a_file_that_is_not_there_starts_nothing(model, tmp_path, missing):
    absent = tmp_path / "absent.file"
    server = LlamaServer(absent) if missing == "model" else LlamaServer(model(), absent)
    with pytest.raises(Misconfigured, match=r"no file absent\.file"):
        await server.start()
    await server.stop()  # nothing runs, and that is no error


async def test_without_the_extra_the_error_says_what_to_install(model, tmp_path):
    (tmp_path / "stand-in" / "xllamacpp.py").write_text("raise ImportError('no')")
    with pytest.raises(Misconfigured, match=r"byline\[local\]"):
        await LlamaServer(model()).start()


async def test_a_child_that_dies_is_an_unavailable_model_and_stopping_is_no_error(model):
    server = LlamaServer(model())
    serving = await server.start()
    os.kill(json.loads(await said(serving))["pid"], signal.SIGKILL)
    assert await gone(serving.base)
    with pytest.raises(ModelUnavailable):
        await said(serving)
    await server.stop()


async def test_the_child_ends_with_its_parent_also_when_that_is_killed(model):
    parent = dedent(f"""
        import asyncio
        from pathlib import Path
        from service.adapters.llama_server import LlamaServer

        async def main():
            server = LlamaServer(Path({str(model())!r}))
            print((await server.start()).base, flush=True)
            await asyncio.sleep(60)

        asyncio.run(main())
    """)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    base = (await process.stdout.readline()).decode().strip()
    assert base.startswith("http://127.0.0.1:")
    process.kill()
    await process.wait()
    assert await gone(base)
