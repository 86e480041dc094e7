"""What every AnswerStore does, held on the fake and on the real one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.adapters.sql.answers import SqlAnswers
from service.adapters.sql.database import Database
from service.domain.errors import AnswerNotFound
from service.domain.feedback import MAX_FEEDBACK, Feedback, FeedbackReason, KeptAnswer
from service.ports import AnswerStore
from tests.fakes.answers import MemoryAnswers

AT = datetime(2026, 3, 4, 8, 30, 15, 123456, tzinfo=UTC)
KEPT = KeptAnswer("ans_1", "Which ports? 🚢", {"id": "ans_1", "answer": "Three 🚢", "citations": []}, AT)
BAD = Feedback("ans_1", "bad", AT, (FeedbackReason.WRONG_SOURCE, FeedbackReason.OUTDATED), "Not that port")


@pytest.fixture(params=["memory", "sql"])
def store(request, tmp_path) -> Iterator[AnswerStore]:
    if request.param == "memory":
        yield MemoryAnswers()
        return
    database = Database(f"sqlite:///{tmp_path / 'byline.db'}")
    yield SqlAnswers(database)
    database.close()


async def test_what_is_kept_is_found_whole(store):
    await store.keep(KEPT)
    assert await store.find("ans_1") == KEPT


async def test_an_unknown_answer_is_not_found_and_takes_no_feedback(store):
    with pytest.raises(AnswerNotFound):
        await store.find("ans_1")
    with pytest.raises(AnswerNotFound):
        await store.add_feedback(BAD)
    assert await store.candidates(limit=10) == []


async def test_feedback_stands_beside_its_answer_oldest_first(store):
    await store.keep(KEPT)
    good = Feedback("ans_1", "good", AT + timedelta(hours=1))
    await store.add_feedback(BAD)
    await store.add_feedback(good)
    (candidate,) = await store.candidates(limit=10)
    assert candidate.kept == KEPT
    assert candidate.feedback == (BAD, good)


async def test_candidates_come_by_their_newest_word_and_by_value(store):
    for n in (1, 2, 3):
        await store.keep(replace(KEPT, id=f"ans_{n}"))
    await store.add_feedback(replace(BAD, answer_id="ans_1"))
    await store.add_feedback(Feedback("ans_2", "good", AT))
    await store.add_feedback(replace(BAD, answer_id="ans_1"))
    assert [c.kept.id for c in await store.candidates(limit=10)] == ["ans_1", "ans_2"]
    assert [c.kept.id for c in await store.candidates(limit=1)] == ["ans_1"]
    assert [c.kept.id for c in await store.candidates(limit=10, value="good")] == ["ans_2"]


async def test_an_answer_keeps_so_many_words_and_the_newest(store):
    await store.keep(KEPT)
    await store.keep(replace(KEPT, id="ans_2"))
    await store.add_feedback(replace(BAD, answer_id="ans_2"))
    for n in range(MAX_FEEDBACK + 3):
        await store.add_feedback(replace(BAD, comment=str(n)))
    words = {c.kept.id: [said.comment for said in c.feedback] for c in await store.candidates(limit=10)}
    assert words["ans_1"] == [str(n) for n in range(3, MAX_FEEDBACK + 3)]
    assert len(words["ans_2"]) == 1


async def test_what_is_too_old_goes_with_its_feedback(store):
    await store.keep(KEPT)
    await store.keep(replace(KEPT, id="ans_2", at=AT + timedelta(days=1)))
    await store.add_feedback(BAD)
    await store.add_feedback(replace(BAD, answer_id="ans_2"))
    assert await store.forget_older_than(AT + timedelta(hours=1)) == 1
    with pytest.raises(AnswerNotFound):
        await store.find("ans_1")
    assert [c.kept.id for c in await store.candidates(limit=10)] == ["ans_2"]
