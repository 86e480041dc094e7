from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.domain.article import Article, Revision
from service.domain.duplicates import (
    contradict,
    credits_of,
    fingerprint,
    lead_of,
    share_text,
    states_correction,
)

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
TEXT = (
    "Three patients died and 19 were treated for smoke after fire broke out at the hospital in the "
    "capital in the small hours of Tuesday. Firefighters had the blaze out by 4:45. The three who "
    "died were in a ward next to the north stairwell, and 48 beds were pushed to the far end before "
    "the lifts failed, Mr. Bannerman said."
)


def revision(
    article_id: str, *, hours: float | None = 0, source: str = "Post", text: str = TEXT, corrected=False
):
    published = None if hours is None else NOON + timedelta(hours=hours)
    return Revision(
        Article(article_id, "H", text, source=source, published_at=published), 1, NOON, corrected=corrected
    )


def copies(a: str, b: str) -> bool:
    mine, other = fingerprint(a), fingerprint(b)
    return share_text(mine, other) and not contradict(mine, other)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Three patients", "3 patients"),
        ("Mr. Bannerman", "Bannerman"),
        ("hospital in the capital", "hospital in Port Maren"),
        ("broke out", "had broken out"),
        (". Firefighters", ".  FIREFIGHTERS"),
    ],
)
def test_a_house_style_edit_leaves_a_copy(was, now):
    assert copies(TEXT, TEXT.replace(was, now))


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Three patients", "Four patients"),
        ("19 were", "21 were"),
        ("4:45", "4:15"),
        ("were treated", "were not treated"),
    ],
)
def test_a_changed_figure_or_a_denial_keeps_two_texts_apart(was, now):
    assert share_text(fingerprint(TEXT), fingerprint(TEXT.replace(was, now)))
    assert not copies(TEXT, TEXT.replace(was, now))


def test_datelines_with_different_days_do_not_keep_copies_apart():
    assert copies("PORT MAREN, June 10 (Wire) - " + TEXT, "PORT MAREN, June 11 - " + TEXT)


def test_a_figure_that_one_copy_has_cut_contradicts_nothing():
    assert copies(TEXT + " Damage was put at 22 million crowns.", TEXT)


def test_short_texts_are_copies_where_they_are_equal():
    assert copies("The fire is out.", "The fire is out!")
    assert not copies("The fire is out at the mill.", "The fire is out at the mill, says Ed.")


def test_texts_without_words_are_copies_of_nothing():
    assert not copies("", "")


def test_the_corrected_copy_leads_though_it_came_later():
    assert lead_of([revision("a"), revision("b", hours=5, corrected=True)]).article.id == "b"


def test_a_copy_that_states_its_correction_leads_without_a_mark():
    stated = TEXT + "\n\nCorrection: An earlier version misspelt the fire chief's name."
    assert lead_of([revision("a"), revision("b", hours=5, text=stated)]).article.id == "b"


def test_the_earliest_copy_leads_and_one_without_a_date_comes_last():
    group = [revision("a", hours=None), revision("b", hours=2), revision("c", hours=1)]
    assert lead_of(group).article.id == "c"


def test_of_copies_of_one_hour_the_wire_that_the_datelines_credit_leads():
    credited = "MAREN (Meridian Wire) - " + TEXT
    group = [revision("a", source="Local", text=credited), revision("b", source="Meridian Wire")]
    assert lead_of(group).article.id == "b"


def test_the_lead_does_not_depend_on_the_order_of_the_group():
    group = [revision("b"), revision("a"), replace(revision("c"), number=4)]
    assert lead_of(group).article.id == lead_of(group[::-1]).article.id == "a"


def test_brackets_behind_the_dateline_credit_nobody():
    assert credits_of("MAREN - It rained (Meridian Wire) again.") == ()


def test_corrected_figures_in_the_news_are_no_correction_of_the_text():
    assert not states_correction("Corrected figures show a rise.\n\nCorrections were made by the bureau.")


def test_a_correction_that_a_court_ordered_is_no_correction_of_the_text():
    assert not states_correction("The court ordered a correction: the word was struck out.")
