"""A provider for tests: a real HTTP server that speaks the OpenAI protocol, scripted, with every fault.

It is asked over a socket like any provider, plain and streamed. What it says is an oracle or a lie by
construction: good for faults and for lies, never for a figure of quality.
"""

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

Messages = Sequence[dict[str, str]]
Script = Callable[[Messages], str]

LINE = re.compile(r"^\[(\d+\.\d+)\] (.*)$", re.MULTILINE)
"""A labelled sentence as `prompts/README.md` says that it stands in the last message."""


def evidence_of(messages: Messages) -> dict[str, str]:
    """The labelled sentences of the last message, by label."""
    return dict(LINE.findall(messages[-1]["content"]))


def label_of(messages: Messages, words: str) -> str:
    """The label of the sentence of the last message that holds these words."""
    return next(label for label, text in evidence_of(messages).items() if words in text)


def question_of(messages: Messages) -> str:
    """The question of the last message."""
    return messages[-1]["content"].rpartition("Question: ")[2].strip()


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and where.

    `kind` is one of: refused (the port is closed), status, slow_first, drip, cut, clean_close,
    garbage_json, html, empty_choices, null_content, length, content_filter, wrong_shape, error_in_stream,
    garbage_chunk, hang, no_usage, huge_chunk, split_utf8, plain_only.
    """

    kind: str
    status: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    after: int = 3
    """Chunks that are sent before the fault."""
    message: str = "provider says: bad key sk-SECRET123"
    times: int | None = None
    """How many calls meet it; None: all."""


@dataclass(slots=True)
class OpenAIServer:
    """A scripted server; `reply` makes the text from the messages."""

    reply: Script | str = "NOT IN THE ARTICLES"
    fault: Fault | None = None
    piece: int = 5
    """Characters in a streamed chunk."""
    delay_s: float = 0.0
    calls: list[dict[str, Any]] = field(default_factory=list)
    open_sockets: int = 0
    aborted: int = 0
    base: str = ""
    _met: int = 0
    _closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_sockets += 1
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open_sockets -= 1
            self._closed.set()
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        body = json.loads(await reader.readexactly(int(length.group(1)) if length else 0) or b"{}")
        self.calls.append(body)
        answer = asyncio.create_task(self._answer(writer, body, self._fault()))
        left = asyncio.create_task(reader.read(1))
        await asyncio.wait({answer, left}, return_when=asyncio.FIRST_COMPLETED)
        gone = not answer.done()
        for task in (answer, left):
            task.cancel()
        outcome, _ = await asyncio.gather(answer, left, return_exceptions=True)
        if gone:
            # The caller has closed: whatever was still to be said, or waited for, ends here.
            self.aborted += 1
        return outcome is True

    async def quiet(self) -> None:
        """Wait until no socket is open."""
        while self.open_sockets:
            self._closed.clear()
            await self._closed.wait()

    def _fault(self) -> Fault | None:
        if self.fault is None or (self.fault.times is not None and self._met >= self.fault.times):
            return None
        self._met += 1
        return self.fault

    async def _answer(self, writer: asyncio.StreamWriter, body: dict[str, Any], fault: Fault | None) -> bool:
        kind = fault.kind if fault else ""
        if fault and kind == "status":
            return await _send(writer, fault.status, {"error": {"message": fault.message}}, fault.headers)
        if fault and kind in {"slow_first", "hang"}:
            await asyncio.sleep(fault.seconds)
        if kind == "html":
            return await _send(
                writer, 200, "<html><body>Welcome</body></html>", (("content-type", "text/html"),)
            )
        if kind == "garbage_json":
            return await _send(writer, 200, "{]garbage", ())
        if kind == "wrong_shape":
            return await _send(writer, 200, {"answer": "42"}, ())
        text = self.reply if isinstance(self.reply, str) else self.reply(body["messages"])
        if body.get("stream") and kind != "plain_only":
            return await self._stream(writer, text, fault)
        return await _send(writer, 200, _whole(text, kind), ())

    async def _stream(self, writer: asyncio.StreamWriter, text: str, fault: Fault | None) -> bool:
        kind = fault.kind if fault else ""
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        )
        pieces = [text[i : i + self.piece] for i in range(0, len(text), self.piece)]
        if kind == "huge_chunk":
            pieces = ["x" * 1_000_000]
        if kind == "content_filter":
            pieces = pieces[: fault.after if fault else 0]
        for n, piece in enumerate(pieces):
            if fault and n == fault.after and await self._break(writer, fault):
                return False
            await _event(writer, _chunk({"content": None if kind == "null_content" else piece}, kind=kind))
            await asyncio.sleep(fault.seconds if fault and kind == "drip" else self.delay_s)
        if fault and len(pieces) <= fault.after and await self._break(writer, fault):
            return False
        finish = {"length": "length", "content_filter": "content_filter"}.get(kind, "stop")
        await _event(writer, _chunk({}, finish=finish, kind=kind))
        if kind != "no_usage":
            await _event(writer, _usage(text))
        await _raw(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return False

    async def _break(self, writer: asyncio.StreamWriter, fault: Fault) -> bool:
        """Do what breaks a stream; True where nothing may follow."""
        if fault.kind == "cut":
            writer.transport.abort()
            return True
        if fault.kind == "clean_close":
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return True
        if fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "garbage_chunk":
            await _raw(writer, b"data: {]garbage\n\n")
        if fault.kind == "error_in_stream":
            await _event(writer, {"error": {"message": fault.message, "code": 500}})
        return False


def _chunk(delta: dict[str, Any], *, finish: str | None = None, kind: str = "") -> dict[str, Any]:
    choices = [] if kind == "empty_choices" else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "scripted",
        "choices": choices,
    }


def _usage(text: str) -> dict[str, Any]:
    tokens = max(1, len(text) // 4)
    usage = {"prompt_tokens": 100, "completion_tokens": tokens, "total_tokens": 100 + tokens}
    return {**_chunk({}), "choices": [], "usage": usage}


def _whole(text: str, kind: str) -> dict[str, Any]:
    finish = {"length": "length", "content_filter": "content_filter"}.get(kind, "stop")
    message = {"role": "assistant", "content": None if kind == "null_content" else text}
    choices = [] if kind == "empty_choices" else [{"index": 0, "message": message, "finish_reason": finish}]
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": choices,
        "usage": _usage(text)["usage"],
    }


async def _event(writer: asyncio.StreamWriter, data: object) -> None:
    await _raw(writer, f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode())


async def _raw(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


async def _send(
    writer: asyncio.StreamWriter, status: int, body: object, headers: Sequence[tuple[str, str]]
) -> bool:
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(data)}", "connection: close"]
    if not any(name == "content-type" for name, _ in headers):
        lines.append("content-type: application/json")
    lines += [f"{name}: {value}" for name, value in headers]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
    await writer.drain()
    return False


@asynccontextmanager
async def provider(
    reply: Script | str = "NOT IN THE ARTICLES", fault: Fault | None = None, **options: Any
) -> AsyncIterator[OpenAIServer]:
    """Serve on a free port of loopback for as long as the block lasts; `base` is its address."""
    held = OpenAIServer(reply, fault, **options)
    server = await asyncio.start_server(held.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    held.base = f"http://127.0.0.1:{port}/v1"
    if fault and fault.kind == "refused":
        server.close()
        await server.wait_closed()
    try:
        yield held
    finally:
        server.close()


@contextmanager
def provider_thread(reply: Script | str = "NOT IN THE ARTICLES", **options: Any) -> Iterator[OpenAIServer]:
    """The same in a thread of its own, for tests without a loop; `reply` and `fault` may be set anew."""
    ready, done = threading.Event(), threading.Event()
    held: list[OpenAIServer] = []

    async def run() -> None:
        async with provider(reply, **options) as server:
            held.append(server)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="provider")
    thread.start()
    assert ready.wait(20)
    try:
        yield held[0]
    finally:
        done.set()
        thread.join(20)
