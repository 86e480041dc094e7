"""An `AnswerStore` in memory, and a clock that tests move."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from service.domain.errors import AnswerNotFound
from service.domain.feedback import MAX_FEEDBACK, Candidate, Feedback, KeptAnswer, Value


class MemoryAnswers:
    """Keeps answers as long as the test lasts."""

    def __init__(self) -> None:
        self.kept: dict[str, KeptAnswer] = {}
        self.said: list[Feedback] = []

    async def keep(self, kept: KeptAnswer) -> None:
        self.kept[kept.id] = kept

    async def find(self, answer_id: str) -> KeptAnswer:
        if answer_id not in self.kept:
            raise AnswerNotFound("no answer is kept by this id", field="answer_id")
        return self.kept[answer_id]

    async def add_feedback(self, feedback: Feedback) -> None:
        await self.find(feedback.answer_id)
        self.said.append(feedback)
        mine = [said for said in self.said if said.answer_id == feedback.answer_id]
        for old in mine[:-MAX_FEEDBACK]:
            self.said.remove(old)

    async def candidates(self, *, limit: int, value: Value | None = None) -> Sequence[Candidate]:
        newest = [said.answer_id for said in reversed(self.said) if value in (None, said.value)]
        return [
            Candidate(self.kept[i], tuple(said for said in self.said if said.answer_id == i))
            for i in list(dict.fromkeys(newest))[:limit]
        ]

    async def forget_older_than(self, moment: datetime) -> int:
        old = {kept.id for kept in self.kept.values() if kept.at < moment}
        self.kept = {i: kept for i, kept in self.kept.items() if i not in old}
        self.said = [said for said in self.said if said.answer_id not in old]
        return len(old)


class MovableClock:
    """Tells the time that a test sets."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 4, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def move(self, by: timedelta) -> None:
        self.moment += by
