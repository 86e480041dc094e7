"""What ASK answers where what was read does not hold."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

from service.domain.answer import AbstentionReason, Answer, Cited, Question, Reading, ReadingEnd, Status, Task
from service.pipelines.answer import AnswerQuestion
from service.readers.extractive import ExtractiveReader
from tests.fakes.answers import MovableClock
from tests.fakes.evidence import task_of

QUESTION = "When does the ferry to Lomar sail again?"
TEXT = "The ferry to Lomar sails again on Monday, the harbour master said. The harbour was full."


@dataclass
class Damaged:
    """A reader whose quotes stand a letter beside their words."""

    kept: int = 0
    """So many of its sentences are left as they are."""

    async def read(self, task: Task) -> AsyncGenerator[Reading]:
        n = 0
        async for item in ExtractiveReader().read(task):
            if isinstance(item, Cited) and n >= self.kept:
                moved = [replace(quote, start=quote.start + 1, end=quote.end + 1) for quote in item.quotes]
                yield replace(item, quotes=tuple(moved))
            elif isinstance(item, Cited):
                yield item
            n += 1
        yield ReadingEnd()


class Retrieving:
    """Finds the same evidence always."""

    async def by_parts(self, *_: object, **__: object) -> Any:
        return type("Found", (), {"healing": False})

    async def evidence(self, *_: object, **__: object) -> Any:
        return task_of(QUESTION, [TEXT]).evidence


def asking(reader: Any) -> AnswerQuestion:
    held: Any = Retrieving()
    return AnswerQuestion(retrieve=held, extractive=reader, clock=MovableClock(), settings="x", threshold=0.3)


async def test_an_answer_of_which_no_quote_holds_is_an_abstention():
    got = await asking(Damaged())(Question(QUESTION))
    assert (got.status, got.text, got.citations) == (Status.ABSTAINED, "", ())
    assert got.abstention is not None
    assert got.abstention.reason is AbstentionReason.UNVERIFIABLE
    assert [near.quote.text for near in got.abstention.nearest][:1] == [TEXT[:66]]


async def test_a_stream_of_which_no_quote_holds_ends_with_the_abstention():
    events = [event async for event in asking(Damaged()).stream(Question(QUESTION))]
    assert [event.status for event in events if isinstance(event, Answer)] == [Status.ABSTAINED]
    assert isinstance(events[-1], Answer)


async def test_an_answer_whose_quotes_hold_is_answered():
    got = await asking(Damaged(kept=9))(Question(QUESTION))
    assert got.status is Status.ANSWERED
    assert "sails again on Monday" in got.text
