"""Slots for answers at once."""

import gc

import pytest

from service.api.limits import Slots
from service.domain.errors import Overloaded


async def events():
    yield 1
    yield 2


async def test_over_the_limit_is_refused_with_a_time_to_retry():
    slots = Slots(1)
    async with slots.one():
        with pytest.raises(Overloaded) as refused:
            slots.hold(events)
    assert refused.value.retry_after_s
    async with slots.one():
        pass


async def test_a_stream_holds_its_slot_until_its_end():
    slots = Slots(1)
    stream = slots.hold(events)
    assert await anext(stream) == 1
    with pytest.raises(Overloaded):
        slots.hold(events)
    assert [event async for event in stream] == [2]
    slots.hold(events)


async def test_a_stream_that_is_closed_half_way_gives_its_slot_back():
    slots = Slots(1)
    stream = slots.hold(events)
    await anext(stream)
    await stream.aclose()
    slots.hold(events)


async def test_a_stream_that_fails_gives_its_slot_back():
    async def failing():
        yield 1
        raise OSError

    slots = Slots(1)
    stream = slots.hold(failing)
    await anext(stream)
    with pytest.raises(OSError):  # noqa: PT011 - it has no words
        await anext(stream)
    slots.hold(events)


async def test_a_stream_that_is_closed_unread_gives_its_slot_back_once():
    slots = Slots(1)
    unread = slots.hold(events)
    await unread.aclose()
    await unread.aclose()
    _held = slots.hold(events)
    with pytest.raises(Overloaded):
        slots.hold(events)


async def test_a_stream_that_nobody_ever_read_or_closed_gives_its_slot_back():
    slots = Slots(1)
    unread = slots.hold(events)
    del unread
    gc.collect()
    slots.hold(events)
