"""Replies of a model, kept and played again."""

from dataclasses import dataclass
from typing import Any, cast

import pytest

from evals.cassettes import Cassette, CassetteMiss, cassette_path, current, key_of
from evals.problems import BadInput
from evals.target import taped
from service.adapters.prompt_files import PromptFiles
from service.domain.answer import Question, Turn, Usage
from service.domain.chat import ChatRequest, CompletionEnd, Message
from service.domain.errors import ModelUnavailable
from service.pipelines.questions import AskModel
from service.readers.generative import GenerativeReader
from service.settings import Chat, Settings
from tests.fakes.evidence import task_of


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


SMALL = Chat(
    model="openai/small",
    api_key="sk-secret",
    api_base="http://10.0.0.1",
    max_tokens=160,
    evidence_words=350,
    extra={"grammar": "g", "extra_headers": {"x-key": "sk-secret"}, "stop": ["a"]},
)


async def test_a_cassette_keeps_the_settings_that_make_its_prompts_and_no_key_or_header(tmp_path):
    path = tmp_path / "c.jsonl"
    tape = Cassette(path, "record")
    tape.under(SMALL)
    await said(tape.wrap(Model()), request())
    tape.save()
    kept = Cassette(path, "replay")
    again = Chat(**kept.settings)
    assert (again.model, again.max_tokens, again.evidence_words) == ("openai/small", 160, 350)
    assert again.extra == {"grammar": "g", "stop": ["a"]}
    kept.under(again)
    assert (await said(kept.wrap(Model("other")), request()))[0] == Model().text
    assert b"sk-secret" not in path.read_bytes()
    assert b"10.0.0.1" not in path.read_bytes()


@pytest.mark.parametrize(
    "changed", [{"evidence_words": 600}, {"model": "openai/big"}, {"extra": {"grammar": "h"}}]
)
async def test_rows_are_not_mixed_with_those_of_other_settings(tmp_path, changed):
    path = tmp_path / "c.jsonl"
    tape = Cassette(path, "record")
    tape.under(SMALL)
    await said(tape.wrap(Model()), request())
    tape.save()
    other = SMALL.model_copy(update=changed)
    with pytest.raises(BadInput, match=next(iter(changed))):
        Cassette(path, "record").under(other)
    anew = Cassette(path, "refresh")
    anew.under(other)
    assert not anew.rows


@dataclass(frozen=True)
class Answering:
    """The part of the answering pipeline that asks a model."""

    generative: GenerativeReader
    ask_model: AskModel


@dataclass(frozen=True)
class Held:
    """The part of the pipelines that a cassette is put into."""

    answer: Answering
    settings: Settings


async def test_all_calls_of_a_question_go_through_the_cassette_and_are_the_same_in_another_process(tmp_path):
    path = tmp_path / "c.jsonl"
    question = Question("and about China?", history=(Turn("user", "What did Qomi say about Pakistan?"),))

    async def asked(tape, model):
        held = Held(
            Answering(GenerativeReader(model, PromptFiles()), AskModel(model, PromptFiles())),
            Settings(chat=SMALL),
        )
        made = cast("Any", taped(cast("Any", held), tape)).answer
        alone = await made.ask_model.condense(question)
        plan = await made.ask_model.plan("What did Oduya and Blackwood say about rates?")
        read = [item async for item in made.generative.read(task_of("Who barked?", ["A dog barked."]))]
        return alone, plan, read

    tape = Cassette(path, "record")
    first = await asked(tape, Model("What did Qomi say about China?"))
    tape.save()
    assert {row.prompt for row in tape.rows.values()} == {"condense v1", "plan v1", "answer v1"}
    assert first[0] == "What did Qomi say about China?"
    silent = Model("never asked")
    kept = Cassette(path, "replay")
    assert await asked(kept, silent) == first
    assert (silent.calls, kept.misses, kept.unused()) == (0, {}, [])


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


async def test_each_reply_is_on_disk_as_soon_as_it_is_whole(tmp_path):
    path = tmp_path / "c.jsonl"
    current.set(("story/q1", 0))
    await said(Cassette(path, "record").wrap(Model()), request())
    assert Cassette(path, "replay").tags == {"story/q1"}


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
        key_of("m", request(), 0, {"stop": ["x"]}),
    }
    assert len(keys) == 6
    assert key_of("m", request(), 0) == key_of("m", request(), 0)


def test_a_damaged_row_is_named_with_its_line(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text('{"key": "k"}\n')
    with pytest.raises(BadInput, match=r"c\.jsonl:1.*settings"):
        Cassette(path, "replay")
    path.write_text('{"settings": {}}\n{"key": "k"}\n')
    with pytest.raises(BadInput, match=r"c\.jsonl:2.*a row"):
        Cassette(path, "replay")


def test_a_models_name_becomes_a_folder(tmp_path):
    assert cassette_path("openai/gemma 3", "test", tmp_path) == tmp_path / "openai-gemma-3" / "test.jsonl"
