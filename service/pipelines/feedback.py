"""FEEDBACK: what was answered is kept for a while, and a reader's word is put beside it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from service.domain.errors import InvalidInput
from service.domain.feedback import MAX_COMMENT, Feedback, FeedbackReason, KeptAnswer, Value
from service.ports import AnswerStore, Clock

log = logging.getLogger(__name__)

TIDY_EVERY: Final = timedelta(hours=1)


@dataclass(slots=True)
class KeepAnswers:
    """Keeps answers for `keep_days`, and drops them and what was said of them after that.

    Args:
        store: Where they are kept.
        clock: Tells the time.
        keep_days: 0 keeps nothing, so that no question is ever stored.
    """

    store: AnswerStore
    clock: Clock
    keep_days: int
    _tidied: datetime | None = field(default=None, init=False)

    async def __call__(self, answer_id: str, question: str, answer: Mapping[str, Any]) -> None:
        """Keep an answer. What goes wrong is logged: a reader gets the answer all the same."""
        if self.keep_days == 0:
            return
        try:
            await self.store.keep(KeptAnswer(answer_id, question, answer, self.clock.now()))
            await self.tidy()
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer goes out
            # The message of a database's error can hold the question.
            log.error("an answer could not be kept: %s", type(error).__name__)  # noqa: TRY400 - no traceback

    async def tidy(self) -> None:
        """Drop what is too old, at most once an hour."""
        now = self.clock.now()
        if self._tidied is None or now - self._tidied >= TIDY_EVERY:
            self._tidied = now
            await self.store.forget_older_than(now - timedelta(days=self.keep_days))


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    """Puts a reader's word beside the answer that it is about."""

    store: AnswerStore
    clock: Clock

    async def __call__(
        self, answer_id: str, value: Value, reasons: Sequence[FeedbackReason], comment: str | None
    ) -> None:
        """Store it.

        Args:
            answer_id: The answer's `id`.
            value: Whether the answer was good.
            reasons: What is wrong with it; repeated ones count once.
            comment: In the reader's words; white space alone is none.

        Raises:
            AnswerNotFound: No answer is kept by that id, or not any longer.
            InvalidInput: The comment is too long, or reasons were given for a good answer.
        """
        if value == "good" and reasons:
            raise InvalidInput("a good answer has no reasons", field="reasons")
        if comment is not None and len(comment) > MAX_COMMENT:
            raise InvalidInput(f"comment is longer than {MAX_COMMENT:,} code points", field="comment")
        words = (comment or "").strip() or None
        await self.store.add_feedback(
            Feedback(answer_id, value, self.clock.now(), tuple(dict.fromkeys(reasons)), words)
        )
