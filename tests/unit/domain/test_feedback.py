"""What the golden set may learn from readers."""

from datetime import UTC, datetime

import pytest

from service.domain.feedback import Candidate, Feedback, FeedbackReason, KeptAnswer, draft

AT = datetime(2026, 3, 4, 23, tzinfo=UTC)
QUOTE = {"article_id": "a-1", "text": "Three ports closed."}


def candidate(status: str, *said: Feedback) -> Candidate:
    citations = [] if status == "abstained" else [{"quotes": [QUOTE]}]
    return Candidate(KeptAnswer("ans_1", "Which?", {"status": status, "citations": citations}, AT), said)


def test_a_draft_has_the_question_its_day_what_was_quoted_and_the_readers_words():
    bad = Feedback("ans_1", "bad", AT, (FeedbackReason.WRONG_SOURCE,), "Not that one")
    assert draft(candidate("answered", bad)) == {
        "id": "ans_1",
        "question": "Which?",
        "as_of": "2026-03-04",
        "status": "answered",
        "answerable": None,
        "evidence": [{"any": [{"article": "a-1", "quote": "Three ports closed."}]}],
        "readers": [{"value": "bad", "reasons": ["wrong_source"], "comment": "Not that one"}],
    }


@pytest.mark.parametrize(
    ("status", "value", "reasons", "answerable"),
    [
        ("answered", "good", (), True),
        ("abstained", "good", (), None),
        ("abstained", "bad", (FeedbackReason.SHOULD_ANSWER,), True),
        ("answered", "bad", (), None),
    ],
)
def test_a_draft_claims_no_more_than_its_readers_said(status, value, reasons, answerable):
    assert draft(candidate(status, Feedback("ans_1", value, AT, reasons)))["answerable"] is answerable
