"""The same key is the same work, once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from service.api.idempotency import Replays
from service.domain.errors import Conflict, InvalidInput, TimedOut


class Work:
    """Counts how often it is begun, and whether it came to its end or was stopped."""

    def __init__(self, *events: object, gate: asyncio.Event | None = None) -> None:
        self.events = events
        self.gate = gate
        self.begun = 0
        self.stopped = 0

    def __call__(self) -> AsyncIterator[object]:
        self.begun += 1
        return self._run()

    async def _run(self) -> AsyncIterator[object]:
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                yield event
                if self.gate is not None:
                    await self.gate.wait()
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped += 1
            raise


async def drain(events: AsyncIterator[object]) -> list[object]:
    return [event async for event in events]


async def test_the_same_key_gives_the_same_events_and_the_work_is_done_once():
    replays, work = Replays[object](), Work(1, 2, 3)
    first = await drain(replays.open("k", "d", work))
    second = await drain(replays.open("k", "d", work))
    assert first == second == [1, 2, 3]
    assert work.begun == 1


async def test_without_a_key_each_is_work_of_its_own():
    replays, work = Replays[object](), Work(1)
    await drain(replays.open(None, "d", work))
    await drain(replays.open(None, "d", work))
    assert work.begun == 2


async def test_one_who_comes_in_the_middle_hears_all_of_it():
    gate = asyncio.Event()
    replays, work = Replays[object](), Work(1, 2, gate=gate)
    early = asyncio.create_task(drain(replays.open("k", "d", work)))
    await asyncio.sleep(0.01)
    late = asyncio.create_task(drain(replays.open("k", "d", work)))
    await asyncio.sleep(0.01)
    gate.set()
    assert await early == await late == [1, 2]
    assert work.begun == 1


async def test_a_connection_that_breaks_and_comes_back_finds_its_work_going_on():
    gate = asyncio.Event()
    replays, work = Replays[object](linger_s=5), Work(1, 2, gate=gate)
    async with aclosing(replays.open("k", "d", work)) as events:  # type: ignore[type-var] # it is a generator
        assert await anext(events) == 1
    gate.set()
    assert await drain(replays.open("k", "d", work)) == [1, 2]
    assert (work.begun, work.stopped) == (1, 0)


async def test_work_that_nobody_comes_back_for_is_stopped_and_begun_anew_by_the_next():
    gate = asyncio.Event()
    replays, work = Replays[object](linger_s=0.02), Work(1, 2, gate=gate)
    async with aclosing(replays.open("k", "d", work)) as events:  # type: ignore[type-var] # it is a generator
        await anext(events)
    await asyncio.sleep(0.1)
    assert work.stopped == 1
    gate.set()
    assert await drain(replays.open("k", "d", work)) == [1, 2]
    assert work.begun == 2


async def test_work_goes_on_as_long_as_one_listens():
    gate = asyncio.Event()
    replays, work = Replays[object](linger_s=0.02), Work(1, 2, gate=gate)
    stays = asyncio.create_task(drain(replays.open("k", "d", work)))
    async with aclosing(replays.open("k", "d", work)) as events:  # type: ignore[type-var] # it is a generator
        await anext(events)
    await asyncio.sleep(0.1)
    gate.set()
    assert await stays == [1, 2]
    assert work.stopped == 0


async def test_what_fails_fails_for_all_who_listen_and_is_tried_anew_by_the_next():
    replays, work = Replays[object](), Work(1, TimedOut("too slow"))
    with pytest.raises(TimedOut):
        await drain(replays.open("k", "d", work))
    with pytest.raises(TimedOut):
        await drain(replays.open("k", "d", work))
    assert work.begun == 2


async def test_a_refusal_to_begin_holds_no_key():
    replays: Replays[object] = Replays()

    def full() -> AsyncIterator[object]:
        raise TimedOut("full")

    with pytest.raises(TimedOut):
        replays.open("k", "d", full)
    assert await drain(replays.open("k", "d", Work(1))) == [1]


async def test_a_key_belongs_to_one_request():
    replays: Replays[object] = Replays()
    await drain(replays.open("k", "d", Work(1)))
    with pytest.raises(Conflict) as caught:
        replays.open("k", "other", Work(1))
    assert caught.value.field == "Idempotency-Key"


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel"])
async def test_what_is_no_key_is_told_so(key):
    with pytest.raises(InvalidInput):
        Replays[object]().open(key, "d", Work(1))


async def test_a_key_is_forgotten_after_its_time():
    replays, work = Replays[object](keep_s=0.02), Work(1)
    await drain(replays.open("k", "d", work))
    await asyncio.sleep(0.05)
    await drain(replays.open("k", "d", work))
    assert work.begun == 2


async def test_no_more_keys_are_held_than_there_is_room_for_and_the_oldest_goes():
    replays, work = Replays[object](capacity=3), Work(1)
    for key in "abcd":
        await drain(replays.open(key, "d", work))
    assert len(replays._runs) <= 3
    await drain(replays.open("d", "d", work))
    assert work.begun == 4
    await drain(replays.open("a", "d", work))
    assert work.begun == 5
