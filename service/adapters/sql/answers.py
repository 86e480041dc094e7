"""Answers and feedback in a SQL database: an `AnswerStore`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select

from service.adapters.sql.database import Database
from service.adapters.sql.schema import answers, feedback
from service.domain.errors import AnswerNotFound
from service.domain.feedback import MAX_FEEDBACK, Candidate, Feedback, FeedbackReason, KeptAnswer, Value

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SqlAnswers:
    """Answers in the tables beside the articles.

    Args:
        database: Open, with the newest schema.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    async def keep(self, kept: KeptAnswer) -> None:
        """Keep an answer."""
        row = {
            "id": kept.id,
            "question": kept.question,
            "body": json.dumps(kept.answer, ensure_ascii=False),
            "at": _micros(kept.at),
        }
        await self._db.write(lambda connection: connection.execute(insert(answers).values(**row)))

    async def find(self, answer_id: str) -> KeptAnswer:
        """One answer."""
        return await self._db.read(lambda connection: _kept(_row(connection, answer_id)))

    async def add_feedback(self, said: Feedback) -> None:
        """Add a reader's word."""

        def write(connection: Connection) -> None:
            _row(connection, said.answer_id)
            connection.execute(
                insert(feedback).values(
                    answer_id=said.answer_id,
                    value=said.value,
                    reasons=json.dumps([reason.value for reason in said.reasons]),
                    comment=said.comment,
                    at=_micros(said.at),
                )
            )
            newest = (
                select(feedback.c.id)
                .where(feedback.c.answer_id == said.answer_id)
                .order_by(feedback.c.id.desc())
                .limit(MAX_FEEDBACK)
            )
            oldest = connection.scalars(newest).all()[-1]
            connection.execute(
                delete(feedback).where(feedback.c.answer_id == said.answer_id, feedback.c.id < oldest)
            )

        await self._db.write(write)

    async def candidates(self, *, limit: int, value: Value | None = None) -> Sequence[Candidate]:
        """Answers that have feedback, the newest word first."""
        last = func.max(feedback.c.id)
        spoken = select(feedback.c.answer_id).group_by(feedback.c.answer_id).order_by(last.desc())
        if value is not None:
            spoken = spoken.where(feedback.c.value == value)

        def read(connection: Connection) -> list[Candidate]:
            ids = connection.scalars(spoken.limit(limit)).all()
            words: dict[str, list[Feedback]] = {answer_id: [] for answer_id in ids}
            for row in connection.execute(
                select(feedback).where(feedback.c.answer_id.in_(ids)).order_by(feedback.c.id)
            ):
                words[row.answer_id].append(_said(row))
            return [Candidate(_kept(_row(connection, i)), tuple(words[i])) for i in ids]

        return await self._db.read(read)

    async def forget_older_than(self, moment: datetime) -> int:
        """Drop what was kept before `moment`, its feedback too."""
        old = answers.c.at < _micros(moment)

        def write(connection: Connection) -> int:
            connection.execute(
                delete(feedback).where(feedback.c.answer_id.in_(select(answers.c.id).where(old)))
            )
            return connection.execute(delete(answers).where(old)).rowcount

        return await self._db.write(write)


def _row(connection: Connection, answer_id: str) -> Row[Any]:
    row = connection.execute(select(answers).where(answers.c.id == answer_id)).one_or_none()
    if row is None:
        raise AnswerNotFound("no answer is kept by this id", field="answer_id")
    return row


def _kept(row: Row[Any]) -> KeptAnswer:
    return KeptAnswer(row.id, row.question, json.loads(row.body), _moment(row.at))


def _said(row: Row[Any]) -> Feedback:
    return Feedback(
        answer_id=row.answer_id,
        value=row.value,
        at=_moment(row.at),
        reasons=tuple(FeedbackReason(reason) for reason in json.loads(row.reasons)),
        comment=row.comment,
    )


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
