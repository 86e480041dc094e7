"""Time in questions and in articles."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.article import Filters
from service.domain.temporal import dates_in, narrowed, resolve

WEDNESDAY = datetime(2026, 3, 18, 12, tzinfo=UTC)


def window(question: str) -> tuple[str | None, str | None]:
    asked = resolve(question, WEDNESDAY, UTC)
    start, end = asked.published_from, asked.published_to
    return start.date().isoformat() if start else None, end.date().isoformat() if end else None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what happened last week", ("2026-03-09", "2026-03-15")),
        ("what did kell say yesterday", ("2026-03-17", "2026-03-17")),
        ("how many people fled in the past two weeks?", ("2026-03-04", "2026-03-18")),
        ("what changed this year", ("2026-01-01", "2026-03-18")),
        ("What did Okafor say this week?", ("2026-03-16", "2026-03-18")),
        ("who has resigned since tuesday", ("2026-03-17", None)),
        ("who has resigned since Wednesday", ("2026-03-11", None)),
        ("who has resigned since last week", ("2026-03-09", None)),
        ("How many dockers stopped work in March 2024?", ("2024-03-01", None)),
        ("what did the minister say in march 2024", ("2024-03-01", "2024-04-01")),
        ("what was the toll on 3 March", ("2026-03-03", None)),
        ("what was the toll on March 3rd, 2025", ("2025-03-03", None)),
        ("what was the toll in december", ("2025-12-01", None)),
        ("what happened between 1 and 5 March?", ("2026-03-01", "2026-03-06")),
        ("between March and May 2025, what was reported", ("2025-03-01", "2025-06-01")),
        ("what did the bank earn last year", ("2025-01-01", None)),
        ("what was published in 2023", ("2023-01-01", "2023-12-31")),
        ("what happened over the weekend", ("2026-03-14", "2026-03-16")),
    ],
)
def test_words_that_stand_on_the_day_of_asking_become_a_filter(question, expected):
    assert window(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "what did it cost in 2023",
        "what did she promise before the election",
        "what will open in june",
        "what is the inflation forecast for this year",
        "how many homes are planned by 2030",
        "what may the council do",
        "did they march to the palace",
        "what happened on 31 February",
        "what was it like before March 2024",
        "",
    ],
)
def test_what_is_not_safe_is_no_filter(question):
    assert window(question) == (None, None)


def test_the_days_meant_are_given_where_they_do_not_filter():
    asked = resolve("what did it cost in 2023", WEDNESDAY, UTC)
    assert asked.days == (date(2023, 1, 1), date(2023, 12, 31))
    assert asked.phrase == "2023"


def test_a_day_begins_and_ends_in_the_zone():
    zone = ZoneInfo("Asia/Tokyo")
    asked = resolve("what happened yesterday", datetime(2026, 3, 17, 16, tzinfo=UTC), zone)
    assert asked.published_from == datetime(2026, 3, 17, 0, 0, tzinfo=zone)


@pytest.mark.parametrize(
    "question", ["what is the latest toll", "is the strike still on", "who leads the union now"]
)
def test_the_newest_state_is_asked_for(question):
    assert resolve(question, WEDNESDAY, UTC).newest


@pytest.mark.parametrize(
    ("question", "fine"),
    [
        ("When did the mine close?", "day"),
        ("please tell me when the vote is", "day"),
        ("in which year did it open", "year"),
        ("what time does it start", "time"),
        ("what happened when the mine closed", None),
        ("When the mine closed, who lost work?", None),
    ],
)
def test_how_fine_a_date_is_asked_for(question, fine):
    assert resolve(question, WEDNESDAY, UTC).when == fine


def test_a_callers_filter_is_never_loosened():
    mine = Filters(published_from=datetime(2026, 3, 10, tzinfo=UTC), source=("A",))
    both = narrowed(mine, resolve("what happened last week", WEDNESDAY, UTC))
    assert both.published_from == datetime(2026, 3, 10, tzinfo=UTC)
    assert both.published_to is not None
    assert both.published_to.date() == date(2026, 3, 15)
    assert both.source == ("A",)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The strike began on Monday and will end on Friday.", ["2026-03-16", "2026-03-20"]),
        ("It reopened on 14 March 2026, after the fire of May 2, 2025.", ["2026-03-14", "2025-05-02"]),
        ("The vote is due on 3 April.", ["2026-04-03"]),
        ("The fire was on Dec. 29.", ["2025-12-29"]),
        ("It closed in 1961 and again last month.", ["1961-01-01", "2026-02-01"]),
        ("They met on Wednesday.", ["2026-03-18"]),
        ("Two weeks ago nobody knew.", ["2026-03-01"]),
        ("Prices rose 3 per cent; Jan Kell may march.", []),
    ],
)
def test_an_articles_dates_are_read_against_its_publication(sentence, expected):
    assert [found.day.isoformat() for found in dates_in(sentence, WEDNESDAY, UTC)] == expected


def test_without_a_publication_date_only_full_dates_are_read():
    found = dates_in("On Monday, 3 March and 14 March 2026 they met.", None, UTC)
    assert [(d.day, d.granularity) for d in found] == [(date(2026, 3, 14), "day")]


WORDS = """last next this week month year in since on between and 3 31 March May february 2024 9999 1600
Tuesday yesterday the past two days ago , ? weekend winter quarter 0 12"""
PIECES = st.sampled_from(WORDS.split())
DAYS = st.dates(date(1901, 1, 1), date(2099, 1, 1))


@given(st.lists(PIECES, max_size=14).map(" ".join), DAYS)
def test_any_words_give_a_window_in_order_that_has_begun(question, day):
    as_of = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    asked = resolve(question, as_of, UTC)
    if asked.published_from is not None:
        assert asked.published_from <= as_of
        assert asked.published_to is None or asked.published_from <= asked.published_to <= as_of
    for found in dates_in(question, as_of, UTC):
        assert 0 <= found.start < found.end <= len(question)


@given(st.integers(0, 3000))
def test_since_a_weekday_is_within_the_week_before(days):
    as_of = WEDNESDAY + timedelta(days=days)
    asked = resolve("what happened since friday", as_of, UTC)
    assert asked.published_from is not None
    assert timedelta(0) < as_of - asked.published_from <= timedelta(days=8)
