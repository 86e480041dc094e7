"""Replies of a model, kept and played again."""

import pytest

from evals.cassettes import Cassette, CassetteMiss, cassette_path, current, key_of
from evals.problems import BadInput
from service.domain.answer import Usage
from service.domain.chat import ChatRequest, CompletionEnd, Message
from service.domain.errors import ModelUnavailable


class Model:
    """A `ChatModel` that counts its calls."""

    name = "openai/small"

    def __init__(self, text="A long reply, in several pieces of a stream.", *, breaks=False):
        self.text = text
        self.calls = 0
        self.breaks = breaks

    async def price(self, prompt_tokens, completion_tokens):
        return 0.0

    async def stream(self, request):
        self.calls += 1
        yield self.text
        if not self.breaks:
            yield CompletionEnd("length", Usage(11, 7, 0.1), "openai/small-2026")


def request(text="Who?", **more):
    return ChatRequest((Message("system", "s"), Message("user", text)), max_tokens=9, **more)


async def said(model, asked):
    parts = [part async for part in model.stream(asked)]
    return "".join(part for part in parts if isinstance(part, str)), parts[-1]


async def recorded(path, model=None):
    model = model or Model()
    tape = Cassette(path, "record")
    current.set(("story/q1", 0))
    await said(tape.wrap(model), request())
    tape.save()
    return model


async def test_a_reply_is_asked_for_once_and_then_played(tmp_path):
    path = tmp_path / "c.jsonl"
    model = await recorded(path)
    tape = Cassette(path, "replay")
    text, end = await said(tape.wrap(model), request())
    assert (text, model.calls) == (model.text, 1)
    assert end == CompletionEnd("length", Usage(11, 7, 0.0), "openai/small-2026")
    assert tape.calls == {("story/q1", 0): 1}
    assert tape.model == "openai/small-2026"
    first = path.read_bytes()
    tape.save()
    assert path.read_bytes() == first
    assert b"story/q1" in first


async def test_another_prompt_is_a_miss_that_names_the_nearest_row(tmp_path):
    path = tmp_path / "c.jsonl"
    await recorded(path)
    tape = Cassette(path, "replay")
    with pytest.raises(CassetteMiss):
        await said(tape.wrap(Model()), request("Why?"))
    assert "another prompt" in tape.misses["story/q1", 0]
    current.set(("story/q2", 0))
    with pytest.raises(CassetteMiss):
        await said(tape.wrap(Model()), request("Who then?"))
    assert "story/q1" in tape.misses["story/q2", 0]


async def test_rows_that_nothing_asks_for_are_told_and_can_be_dropped(tmp_path):
    path = tmp_path / "c.jsonl"
    await recorded(path)
    tape = Cassette(path, "record")
    await said(tape.wrap(Model()), request("Why?"))
    assert [row.tag for row in tape.unused()] == ["story/q1"]
    tape.save(drop_unused=True)
    assert len(Cassette(path, "replay").rows) == 1


async def test_refreshing_asks_anew_once_and_keeps_the_new_reply(tmp_path):
    path = tmp_path / "c.jsonl"
    await recorded(path)
    other = Model("Another reply.")
    tape = Cassette(path, "refresh")
    for _ in range(2):
        assert (await said(tape.wrap(other), request()))[0] == "Another reply."
    assert other.calls == 1


async def test_a_reply_that_breaks_off_is_not_kept(tmp_path):
    tape = Cassette(tmp_path / "c.jsonl", "record")
    with pytest.raises(ModelUnavailable):
        await said(tape.wrap(Model(breaks=True)), request())
    assert not tape.rows


def test_the_key_follows_all_that_bears_on_a_reply_and_the_repeat():
    keys = {
        key_of("m", request(), 0),
        key_of("m", request(), 1),
        key_of("n", request(), 0),
        key_of("m", request("Why?"), 0),
        key_of("m", request(temperature=0.5), 0),
    }
    assert len(keys) == 5
    assert key_of("m", request(), 0) == key_of("m", request(), 0)


def test_a_damaged_row_is_named_with_its_line(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text('{"key": "k"}\n')
    with pytest.raises(BadInput, match=r"c\.jsonl:1"):
        Cassette(path, "replay")


def test_a_models_name_becomes_a_folder(tmp_path):
    assert cassette_path("openai/gemma 3", "test", tmp_path) == tmp_path / "openai-gemma-3" / "test.jsonl"
