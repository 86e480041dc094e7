"""Keeping answers, and what readers say of them."""

from datetime import timedelta

import pytest

from service.domain.errors import AnswerNotFound, InvalidInput
from service.domain.feedback import MAX_COMMENT, FeedbackReason
from service.pipelines.feedback import GiveFeedback, KeepAnswers
from tests.fakes.answers import MemoryAnswers, MovableClock


class BrokenAnswers(MemoryAnswers):
    async def keep(self, kept):
        raise OSError("disk full")


async def test_an_answer_is_kept_for_its_days_and_not_longer():
    store, clock = MemoryAnswers(), MovableClock()
    keep = KeepAnswers(store, clock, keep_days=30)
    await keep("ans_1", "q", {})
    clock.move(timedelta(days=29))
    await keep("ans_2", "q", {})
    assert set(store.kept) == {"ans_1", "ans_2"}
    clock.move(timedelta(days=2))
    await keep("ans_3", "q", {})
    assert set(store.kept) == {"ans_2", "ans_3"}


async def test_with_zero_days_no_question_is_stored():
    store = MemoryAnswers()
    await KeepAnswers(store, MovableClock(), keep_days=0)("ans_1", "q", {})
    assert not store.kept


async def test_an_answer_that_cannot_be_kept_reaches_its_reader_all_the_same(caplog):
    await KeepAnswers(BrokenAnswers(), MovableClock(), keep_days=30)("ans_1", "a secret question", {})
    assert "OSError" in caplog.text
    assert "secret" not in caplog.text


async def test_feedback_is_stored_with_each_reason_once_and_no_empty_comment():
    store, clock = MemoryAnswers(), MovableClock()
    await KeepAnswers(store, clock, keep_days=30)("ans_1", "q", {})
    twice = [FeedbackReason.WRONG_SOURCE, FeedbackReason.WRONG_SOURCE]
    await GiveFeedback(store, clock)("ans_1", "bad", twice, "  ")
    (said,) = store.said
    assert (said.reasons, said.comment, said.at) == ((FeedbackReason.WRONG_SOURCE,), None, clock.now())


@pytest.mark.parametrize(
    ("value", "reasons", "comment", "field"),
    [
        ("good", [FeedbackReason.OUTDATED], None, "reasons"),
        ("bad", [], "x" * (MAX_COMMENT + 1), "comment"),
    ],
)
async def test_feedback_that_cannot_be_used_names_its_field(value, reasons, comment, field):
    with pytest.raises(InvalidInput) as caught:
        await GiveFeedback(MemoryAnswers(), MovableClock())("ans_1", value, reasons, comment)
    assert caught.value.field == field


async def test_feedback_on_an_unknown_answer_is_not_found():
    with pytest.raises(AnswerNotFound):
        await GiveFeedback(MemoryAnswers(), MovableClock())("ans_1", "good", [], None)
