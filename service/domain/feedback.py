"""Answers that are kept for a while, and what readers say of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias

MAX_COMMENT: Final = 1_000
"""Code points of a comment at most."""
MAX_FEEDBACK: Final = 20
"""Readers' words on one answer that are kept: the newest."""

Value: TypeAlias = Literal["good", "bad"]


class FeedbackReason(StrEnum):
    """What a reader finds wrong with an answer."""

    WRONG_SOURCE = "wrong_source"
    NOT_ANSWERING = "not_answering"
    OUTDATED = "outdated"
    INCOMPLETE = "incomplete"
    SHOULD_ANSWER = "should_answer"
    """Of an abstention: the articles do say it."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer, or an abstention, as it was sent: `answer` is the JSON object of `POST /ask`."""

    id: str
    question: str
    answer: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one reader said of an answer."""

    answer_id: str
    value: Value
    at: datetime
    reasons: tuple[FeedbackReason, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that readers spoke of, oldest word first: what the golden set may learn from."""

    kept: KeptAnswer
    feedback: tuple[Feedback, ...]


def draft(candidate: Candidate) -> dict[str, Any]:
    """A candidate as a question of the golden set that a person completes.

    Args:
        candidate: An answer with what readers said.

    Returns:
        Plain JSON. `answerable` is what the readers' words speak for, None where they speak for nothing;
        `evidence` is what was quoted, right or wrong; `readers` is what was said, word for word.
    """
    answer = candidate.kept.answer
    abstained = answer["status"] == "abstained"
    reasons = {reason for said in candidate.feedback for reason in said.reasons}
    good = any(said.value == "good" for said in candidate.feedback)
    answerable = True if FeedbackReason.SHOULD_ANSWER in reasons or (good and not abstained) else None
    return {
        "id": candidate.kept.id,
        "question": candidate.kept.question,
        "as_of": candidate.kept.at.date().isoformat(),
        "status": answer["status"],
        "answerable": answerable,
        "evidence": [
            {
                "any": [
                    {"article": quote["article_id"], "quote": quote["text"]} for quote in citation["quotes"]
                ]
            }
            for citation in answer["citations"]
        ],
        "readers": [
            {
                "value": said.value,
                "reasons": [reason.value for reason in said.reasons],
                "comment": said.comment,
            }
            for said in candidate.feedback
        ],
    }
