from datetime import UTC, datetime, timedelta

from service.domain.article import Article, Revision
from service.domain.superseding import superseded

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
TEXT = (
    "Three patients died and 19 were treated for smoke after fire broke out at the hospital in the capital "
    "in the small hours of Tuesday. Firefighters had the blaze out by 4:45. The three who died were in a "
    "ward next to the north stairwell, and 48 beds were pushed to the far end before the lifts failed."
)


def revision(article_id: str, text: str, hours: float = 0, *, corrected: bool = False) -> Revision:
    published = NOON + timedelta(hours=hours)
    return Revision(Article(article_id, "H", text, published_at=published), 1, NOON, corrected=corrected)


def test_the_uncorrected_text_gives_way_to_the_corrected_one():
    old, new = revision("old", TEXT), revision("new", TEXT.replace("19 were", "21 were"), 5, corrected=True)
    assert superseded([old, new]) == {"old": "new"}


def test_two_texts_that_differ_without_a_correction_both_stay():
    assert superseded([revision("a", TEXT), revision("b", TEXT.replace("19 were", "21 were"), 5)]) == {}


def test_a_correction_replaces_no_text_that_was_published_after_it():
    old = revision("later", TEXT, 9)
    new = revision("new", TEXT.replace("19 were", "21 were"), 5, corrected=True)
    assert superseded([old, new]) == {}


def test_a_correction_replaces_no_text_about_something_else():
    other = revision("other", "Rents rose by 4.4 per cent in the year to April, the bureau said. " * 4)
    assert superseded([other, revision("new", TEXT, 5, corrected=True)]) == {}
