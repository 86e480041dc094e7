"""Equal requests, one reply."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from service.domain.answer import Usage
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart, Message, Restart
from service.domain.errors import ModelUnavailable
from service.pipelines.shared_replies import SharedReplies

END = CompletionEnd("stop", Usage(5, 5, 0.1), "m")


def asking(text: str = "q", max_tokens: int = 10) -> ChatRequest:
    return ChatRequest((Message("user", text),), max_tokens)


class Model:
    """Says its parts, with a pause before each."""

    name = "m"

    def __init__(self, *parts: CompletionPart | Exception, pause: float = 0.01) -> None:
        self.parts, self.pause = parts, pause
        self.calls = 0
        self.closed = 0

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        return None

    async def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:
        self.calls += 1
        try:
            for part in self.parts:
                await asyncio.sleep(self.pause)
                if isinstance(part, Exception):
                    raise part
                yield part
        finally:
            self.closed += 1


async def read(shared: SharedReplies, request: ChatRequest) -> list[CompletionPart]:
    return [part async for part in shared.stream(request)]


async def test_equal_requests_at_the_same_time_make_one_call():
    model = Model("a", "b", END)
    shared = SharedReplies(model)
    got = await asyncio.gather(*(read(shared, asking()) for _ in range(5)))
    assert model.calls == 1
    assert [parts[:2] for parts in got] == [["a", "b"]] * 5
    ends = [parts[2] for parts in got]
    assert sum(isinstance(end, CompletionEnd) and not end.cached for end in ends) == 1
    paid = [end.usage.prompt_tokens for end in ends if isinstance(end, CompletionEnd)]
    assert sum(paid) == 5


async def test_an_equal_request_later_makes_no_call_and_says_so():
    model = Model("a", "b", END)
    shared = SharedReplies(model)
    await read(shared, asking())
    text, end = await read(shared, asking())
    assert (text, model.calls) == ("ab", 1)
    assert isinstance(end, CompletionEnd)
    assert (end.cached, end.usage) == (True, Usage())


@pytest.mark.parametrize("other", [asking("q2"), asking(max_tokens=11)])
async def test_what_differs_makes_its_own_call(other):
    model = Model("a", END)
    shared = SharedReplies(model)
    await read(shared, asking())
    await read(shared, other)
    assert model.calls == 2


async def test_a_reply_that_did_not_end_well_is_not_kept():
    cut = CompletionEnd("length", Usage(), "m")
    model = Model("a", cut)
    shared = SharedReplies(model)
    await read(shared, asking())
    await read(shared, asking())
    assert model.calls == 2


async def test_an_error_reaches_all_who_wait_and_is_not_kept():
    model = Model("a", ModelUnavailable("x"))
    shared = SharedReplies(model)
    got = await asyncio.gather(*(read(shared, asking()) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(outcome, ModelUnavailable) for outcome in got)
    assert model.calls == 1
    with pytest.raises(ModelUnavailable):
        await read(shared, asking())
    assert model.calls == 2


async def test_the_call_goes_on_while_anyone_waits_and_stops_when_the_last_one_leaves():
    model = Model("a", "b", "c", END, pause=0.05)
    shared = SharedReplies(model)
    first, second = shared.stream(asking()), shared.stream(asking())
    assert [await anext(first), await anext(second)] == ["a", "a"]
    await first.aclose()
    assert await anext(second) == "b"
    assert model.closed == 0
    await second.aclose()
    assert model.closed == 1
    assert len(await read(shared, asking())) == 4
    assert model.calls == 2


async def test_only_what_follows_a_restart_is_kept():
    shared = SharedReplies(Model("void", Restart(), "good", END))
    await read(shared, asking())
    assert (await read(shared, asking()))[0] == "good"


async def test_the_oldest_reply_goes_when_there_are_too_many_and_all_go_in_time():
    model = Model("a", END, pause=0.0)
    shared = SharedReplies(model, kept=2)
    for text in ("1", "2", "3", "1"):
        await read(shared, asking(text))
    assert model.calls == 4
    brief = SharedReplies(model, kept_s=0.0)
    await read(brief, asking())
    await read(brief, asking())
    assert model.calls == 6
