"""The reader that lets a model choose and the articles speak."""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence

import pytest

from service.adapters.prompt_files import PromptFiles
from service.domain.answer import Check, Cited, Outcome, Reading, ReadingEnd, Reason, Usage
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart, Restart
from service.domain.errors import ModelUnavailable, ServiceError
from service.readers.generative import GenerativeReader
from tests.fakes.evidence import article_of, task_of

TOLL = (
    "Henrik Toll, the finance minister, told deputies that the army will get barracks in Tarn. "
    "He will not raise taxes on bread. "
    "However, the bread tax may rise in Halvik next year. "
    "The opposition wants barracks in Halvik [sic] at a cost of 3.2 million florins. "
    "A dog barked at the deputies."
)
FIRST = TOLL.partition(". ")[0] + "."
END = CompletionEnd("stop", Usage(10, 20, 0.01), "scripted")


class Scripted:
    """A chat model that says what it is told to say, and fails where it is told to."""

    name = "scripted"

    def __init__(self, *parts: CompletionPart | ServiceError) -> None:
        self.parts = parts
        self.asked: list[ChatRequest] = []
        self.closed = False

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        return 0.0

    async def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:
        self.asked.append(request)
        try:
            for part in self.parts:
                if isinstance(part, ServiceError):
                    raise part
                yield part
        finally:
            self.closed = True


async def read(
    *parts: CompletionPart | ServiceError, question="barracks and bread tax", style="close", speakers=None
) -> list[Reading]:
    reader = GenerativeReader(Scripted(*parts), PromptFiles())
    return [item async for item in reader.read(task_of(question, [article_of(TOLL, 1, speakers)], style))]


def shown(readings: Sequence[Reading]) -> list[str]:
    return [f"{r.preface}{r.text}" for r in readings if isinstance(r, Cited)]


def checks(readings: Sequence[Reading]) -> list[tuple[Reason, Outcome, int]]:
    counted = Counter((r.reason, r.outcome) for r in readings if isinstance(r, Check) for _ in range(r.n))
    return [(reason, outcome, n) for (reason, outcome), n in counted.items()]


async def test_a_sentence_in_the_articles_words_is_shown_as_written():
    got = await read("Henrik Toll told deputies that the army will get barracks in Tarn [1.1].", END)
    cited, end = got
    assert isinstance(cited, Cited)
    assert cited.text == "Henrik Toll told deputies that the army will get barracks in Tarn."
    assert (cited.match, cited.support, cited.lead) == ("close", 1.0, "")
    assert TOLL[cited.quotes[0].start : cited.quotes[0].end] == cited.quotes[0].text
    assert isinstance(end, ReadingEnd)
    assert (end.finish, end.partial, end.model, end.usage) == ("stop", False, "scripted", Usage(10, 20, 0.01))
    assert end.prompt is not None
    assert (end.prompt.name, end.prompt.version) == ("answer", 1)


async def test_a_quote_with_a_second_full_stop_behind_its_label_is_shown_with_one():
    cited, _ = await read(f"{FIRST} [1.1].", END)
    assert isinstance(cited, Cited)
    assert (cited.text, cited.match) == (FIRST, "exact")


async def test_a_lie_on_the_subject_becomes_its_quote():
    got = await read("Toll told deputies that the army will get no barracks in Tarn [1.1].", END)
    assert shown(got) == [FIRST]
    assert checks(got) == [(Reason.NEGATION, Outcome.QUOTED, 1)]


async def test_a_lie_that_points_off_the_question_goes():
    got = await read("The barracks and the bread tax cost 9 billion florins [1.5].", END)
    assert shown(got) == []
    assert checks(got) == [(Reason.OFF_QUESTION, Outcome.WITHHELD, 1)]


async def test_an_invented_label_shows_nothing():
    got = await read("The army gets barracks [7.7]. It gets barracks [1.99].", END)
    assert shown(got) == []
    assert checks(got)[-1] == (Reason.UNRESOLVABLE, Outcome.WITHHELD, 2)


async def test_a_small_model_is_shown_the_best_sentences_and_can_point_at_no_other():
    model = Scripted(
        "Toll told deputies that the army will get barracks [1.1]. A dog barked at the deputies [1.5].", END
    )
    reader = GenerativeReader(model, PromptFiles(), evidence_words=12)
    got = [item async for item in reader.read(task_of("dog barks at deputies", [article_of(TOLL)]))]
    prompt = model.asked[0].messages[-1].content
    assert "[1.5] A dog barked at the deputies." in prompt
    assert "[1.1]" not in prompt
    assert shown(got) == ["A dog barked at the deputies."]
    assert checks(got) == [(Reason.UNRESOLVABLE, Outcome.WITHHELD, 1)]


async def test_no_quote_is_shown_twice():
    got = await read("Toll builds barracks [1.1]. Toll says barracks come [1.1].", END)
    assert len(shown(got)) == 1
    assert (Reason.REPEATED, Outcome.WITHHELD, 1) in checks(got)


async def test_a_pronoun_whose_person_is_not_in_the_answer_gets_the_quote_before_it():
    got = await read("He will not raise taxes on bread [1.2].", END)
    assert shown(got) == [FIRST, "He will not raise taxes on bread."]


async def test_a_pronoun_whose_person_is_known_gets_the_name_before_it():
    got = await read("He will not raise taxes on bread [1.2].", END, speakers={2: "Henrik Toll"})
    assert shown(got) == ["[Henrik Toll] He will not raise taxes on bread."]


async def test_a_pronoun_behind_its_person_stays_as_it_is():
    got = await read(f"{TOLL[:90].strip()} [1.1] He will not raise taxes on bread [1.2].", END)
    assert shown(got)[-1] == "He will not raise taxes on bread."


async def test_a_sentence_that_leans_on_what_cannot_be_shown_goes():
    lone = article_of("A word. This was new to the barracks of Tarn.", 1)
    reader = GenerativeReader(Scripted("This was new to the barracks of Tarn [1.2].", END), PromptFiles())
    task = task_of("barracks of Tarn", [lone])
    cut = type(lone)(**{**{n: getattr(lone, n) for n in lone.__slots__}, "sentences": lone.sentences[1:]})
    task = type(task)(task.question, task.as_of, type(task.evidence)((cut,), task.evidence.question_vector))
    got = [item async for item in reader.read(task)]
    assert checks(got) == [(Reason.LEANS, Outcome.WITHHELD, 1)]


async def test_the_news_own_brackets_are_text():
    got = await read(
        "The opposition wants barracks in Halvik [sic] at a cost of 3.2 million florins [1.4].", END
    )
    assert shown(got) == ["The opposition wants barracks in Halvik [sic] at a cost of 3.2 million florins."]


async def test_a_reply_that_the_articles_do_not_say_it_gives_nothing():
    got = await read("NOT IN THE ", "ARTICLES", END)
    assert len(got) == 1
    assert isinstance(got[0], ReadingEnd)


async def test_what_is_missing_beside_an_answer_makes_it_partial():
    got = await read(
        "The bread tax is old.\nHenrik Toll will get barracks [1.1]. The articles do not mention x.", END
    )
    end = got[-1]
    assert isinstance(end, ReadingEnd)
    assert end.partial


async def test_style_quotes_shows_what_is_pointed_at_in_reading_order():
    got = await read("[1.4] [1.1]", END, style="quotes")
    assert [text[:11] for text in shown(got)] == ["Henrik Toll", "The opposit"]
    assert all(r.match == "exact" for r in got if isinstance(r, Cited))


async def test_a_reply_that_breaks_off_after_a_sentence_ends_as_interrupted():
    got = await read("Toll gets barracks [1.1]. And", ModelUnavailable("x"))
    end = got[-1]
    assert isinstance(end, ReadingEnd)
    assert (len(shown(got)), end.finish, end.partial) == (1, "interrupted", True)


async def test_a_reply_that_breaks_off_before_a_sentence_is_an_error():
    with pytest.raises(ModelUnavailable):
        await read("Toll gets barr", ModelUnavailable("x"))


async def test_another_model_begins_anew_only_while_nothing_was_shown():
    got = await read("Toll gets [9.9]. barr", Restart(), "The deputies get barracks [1.1].", END)
    assert len(shown(got)) == 1
    assert all(reason is not Reason.UNRESOLVABLE for reason, _, _ in checks(got))
    late = await read(
        "Toll gets barracks [1.1]. Then", Restart(), "The opposition wants barracks [1.4].", END
    )
    assert len(shown(late)) == 1
    assert isinstance(late[-1], ReadingEnd)
    assert late[-1].finish == "interrupted"


async def test_a_reader_that_is_left_stops_the_model():
    model = Scripted("Toll gets barracks [1.1]. ", "The opposition wants barracks [1.4].", END)
    reading = GenerativeReader(model, PromptFiles()).read(task_of("barracks", [TOLL]))
    assert isinstance(await anext(reading), Cited)
    await reading.aclose()
    assert model.closed


async def test_a_reply_that_ends_for_length_is_partial_and_half_a_sentence_is_not_shown():
    end = CompletionEnd("length", Usage(), "scripted")
    got = await read("Toll gets barracks [1.1]. The opposition wants barr", end)
    assert len(shown(got)) == 1
    assert isinstance(got[-1], ReadingEnd)
    assert (got[-1].finish, got[-1].partial) == ("length", True)


@pytest.mark.parametrize(
    "before", ["", "Henrik Toll told deputies that the army will get barracks in Tarn [1.1]. "]
)
async def test_a_sentence_that_points_at_several_is_counted_once_though_one_of_them_was_shown(before):
    lie = (
        "Toll told deputies that the army will get no barracks, and he will raise taxes on bread [1.1][1.2]."
    )
    got = await read(before, lie, END, speakers={2: "Henrik Toll"})
    assert len(shown(got)) == 2
    assert checks(got) == [(Reason.NEGATION, Outcome.QUOTED, 1)]
