"""A provider that fails in every way: each call ends in time, in an answer or a clear error."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from service.adapters.litellm_chat import LitellmChat, Patience
from service.adapters.prompt_files import PromptFiles
from service.domain.answer import Cited, Reading, ReadingEnd
from service.domain.chat import ChatRequest, Message
from service.domain.errors import (
    ModelMisbehaved,
    ModelRefused,
    ModelRejected,
    ModelUnavailable,
    RateLimited,
    ServiceError,
    TimedOut,
)
from service.pipelines.budget import Budget
from service.pipelines.model_calls import ModelCalls, Policy
from service.readers.generative import GenerativeReader
from tests.fakes.evidence import task_of
from tests.fakes.openai_server import Fault, OpenAIServer, provider
from tests.unit.pipelines.test_model_calls import At, Kept

TOTAL_S = 2.0
PATIENCE = Patience(first_s=0.4, gap_s=0.4, total_s=TOTAL_S)
TEXT = (
    "The ferry sank off Hask on Monday. Nobody was hurt on the ferry. The owner said that rust was to blame."
)
REPLY = "The ferry sank off Hask on Monday [1.1]. Nobody was hurt on the ferry [1.2]."
TASK = task_of("What happened to the ferry?", [TEXT])

BEFORE = [
    (Fault("refused"), ModelUnavailable),
    (Fault("status", 401), ModelRejected),
    (Fault("status", 403), ModelRejected),
    (Fault("status", 404), ModelRejected),
    (Fault("status", 400), ModelRejected),
    (Fault("status", 429, (("retry-after", "30"),)), RateLimited),
    (Fault("status", 500), ModelUnavailable),
    (Fault("status", 502), ModelUnavailable),
    (Fault("status", 503), ModelUnavailable),
    (Fault("slow_first", seconds=9), TimedOut),
    (Fault("cut", after=0), ModelUnavailable),
    (Fault("cut", after=3), ModelUnavailable),
    (Fault("clean_close", after=3), ModelUnavailable),
    (Fault("garbage_json"), ModelMisbehaved),
    (Fault("html"), ModelMisbehaved),
    (Fault("wrong_shape"), ModelMisbehaved),
    (Fault("empty_choices"), ModelMisbehaved),
    (Fault("null_content"), ModelMisbehaved),
    (Fault("content_filter", after=0), ModelRefused),
    (Fault("error_in_stream", after=3), ModelUnavailable),
    (Fault("garbage_chunk", after=3), ModelUnavailable),
    (Fault("stall", seconds=9, after=3), TimedOut),
]
"""Faults before a first sentence, and what they are called."""

AFTER = ["cut", "clean_close", "error_in_stream", "garbage_chunk", "stall", "drip"]
"""Faults that can strike after a first sentence."""


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """Litellm takes seconds to import and to make its first call, which are not the provider's."""

    async def call() -> None:
        async with provider("x") as server:
            chat = LitellmChat("openai/warm", api_base=server.base, api_key="k")
            async for _ in chat.stream(ChatRequest((Message("user", "x"),), 16)):
                pass
            await chat.close()

    asyncio.run(call())


@contextlib.asynccontextmanager
async def reader_of(*servers: OpenAIServer) -> AsyncIterator[GenerativeReader]:
    models = tuple(
        LitellmChat(f"openai/scripted-{n}", api_base=server.base, api_key="sk-ours", patience=PATIENCE)
        for n, server in enumerate(servers)
    )
    made = ModelCalls(models, Budget(Kept(), At()), Policy(total_s=TOTAL_S, backoff_s=0.02))
    try:
        yield GenerativeReader(made, PromptFiles())
    finally:
        await models[0].close()


async def readings(reader: GenerativeReader) -> list[Reading]:
    async with asyncio.timeout(TOTAL_S + 1):
        return [item async for item in reader.read(TASK)]


async def settled(server: OpenAIServer) -> None:
    """No socket stays open for two seconds."""
    async with asyncio.timeout(2):
        await server.quiet()


def named(value: object) -> str:
    return (
        f"{value.kind}-{value.status}-{value.after}"
        if isinstance(value, Fault)
        else getattr(value, "__name__", "")
    )


@pytest.mark.parametrize(("fault", "error"), BEFORE, ids=named)
async def test_a_fault_before_the_first_sentence_is_a_clear_error(fault, error):
    async with provider(REPLY, fault) as server, reader_of(server) as reader:
        with pytest.raises(ServiceError) as raised:
            await readings(reader)
        assert type(raised.value) is error
        assert "SECRET123" not in raised.value.detail
        assert raised.value.__cause__ is None
        assert len(server.calls) <= 2
        await settled(server)


@pytest.mark.parametrize(
    "fault",
    # One fault of each error here, and all in the soak: that each ends so is the test before.
    [
        pytest.param(fault, marks=() if error not in [e for _, e in BEFORE[:n]] else pytest.mark.soak)
        for n, (fault, error) in enumerate(BEFORE)
    ],
    ids=named,
)
async def test_a_fault_before_the_first_sentence_is_made_good_by_the_next_model(fault):
    async with provider(REPLY, fault) as bad, provider(REPLY) as good, reader_of(bad, good) as reader:
        got = await readings(reader)
        assert " ".join(item.text for item in got if isinstance(item, Cited)) in TEXT
        end = got[-1]
        assert isinstance(end, ReadingEnd)
        assert (len(got), end.finish, end.model) == (3, "stop", "openai/scripted-1")
        await settled(bad)


@pytest.mark.parametrize("kind", AFTER)
async def test_a_fault_after_a_sentence_ends_the_answer_there(kind):
    fault = Fault(kind, after=4, seconds=0.35 if kind == "drip" else 9)
    async with provider(REPLY, fault, piece=12) as server, reader_of(server) as reader:
        got = await readings(reader)
        assert isinstance(got[0], Cited)
        end = got[-1]
        assert isinstance(end, ReadingEnd)
        assert (end.finish, end.partial) == ("interrupted", True)
        await settled(server)


async def test_a_reply_cut_for_length_says_so():
    async with provider(REPLY, Fault("length")) as server, reader_of(server) as reader:
        end = (await readings(reader))[-1]
        assert isinstance(end, ReadingEnd)
        assert (end.finish, end.partial) == ("length", True)


@pytest.mark.parametrize("kind", ["no_usage", "plain_only", "split_utf8"])
async def test_what_is_odd_but_whole_is_answered(kind):
    async with provider(REPLY, Fault(kind)) as server, reader_of(server) as reader:
        got = await readings(reader)
        assert len([item for item in got if isinstance(item, Cited)]) == 2


async def test_a_reply_without_end_is_cut():
    async with provider(REPLY, Fault("huge_chunk")) as server, reader_of(server) as reader:
        got = await readings(reader)
        assert isinstance(got[-1], ReadingEnd)
        assert got[-1].finish == "length"


async def test_a_passing_fault_is_tried_again_once():
    async with provider(REPLY, Fault("status", 500, times=1)) as server, reader_of(server) as reader:
        assert len([item for item in await readings(reader) if isinstance(item, Cited)]) == 2
        assert len(server.calls) == 2


async def test_a_caller_that_leaves_stops_the_upstream_call():
    async with provider(REPLY, Fault("stall", seconds=9, after=10)) as server, reader_of(server) as reader:
        reading = reader.read(TASK)
        assert isinstance(await anext(reading), Cited)
        await reading.aclose()
        await settled(server)
        assert server.aborted == 1


async def test_no_task_is_left_when_all_is_over():
    before = asyncio.all_tasks()
    async with provider(REPLY) as server, reader_of(server) as reader:
        await readings(reader)
        await settled(server)
    await asyncio.sleep(0.05)
    left = {task for task in asyncio.all_tasks() - before if not task.done()}
    # litellm keeps one worker for its log a loop.
    assert all("logging_worker" in str(task.get_coro()) or "LoggingWorker" in str(task) for task in left), (
        left
    )
