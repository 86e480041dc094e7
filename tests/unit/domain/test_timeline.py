from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from service.domain.summarising import summarise
from service.domain.timeline import day_of
from tests.fakes.summaries import dated, summary_task

FRIDAY = datetime(2026, 3, 13, 12, tzinfo=UTC)


def day(text: str, n: int = 2, published: datetime | None = FRIDAY) -> date | None:
    padding = "Padding stands here. " * 3
    article = dated(1, text if n == 1 else padding + text, published)
    return day_of(article.sentences[0 if n == 1 else 3], article, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The crane fell on Tuesday.", date(2026, 3, 10)),
        ("Work began on 2 February 2026.", date(2026, 2, 2)),
        ("The board said on Thursday that supply would come back on 22 March.", date(2026, 3, 22)),
        ("The union said on Thursday that it would strike.", date(2026, 3, 12)),
        ("It was cut on Monday after the storm of 1 March.", date(2026, 3, 9)),
    ],
)
def test_a_sentence_tells_of_the_day_that_its_main_clause_names(text, wanted):
    assert day(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "The gate was shut.",
        "The plant has been shut since 3 January 2025.",
        "Prices rose in 2025.",
        "Prices rose in February.",
        '"We give her credit for today," he said.',
        'I give her credit for today and for no other day."',
    ],
)
def test_a_sentence_that_names_no_day_of_its_own_has_none(text):
    assert day(text) is None


def test_the_first_sentence_tells_of_the_day_of_publication_where_there_is_one():
    assert day("The gate was shut.", n=1) == FRIDAY.date()
    assert day("The gate was shut.", n=1, published=None) is None


def test_days_are_counted_in_the_zone_that_is_set():
    article = dated(1, "The gate was shut.", datetime(2026, 3, 13, 23, 30, tzinfo=UTC))
    assert day_of(article.sentences[0], article, ZoneInfo("Asia/Tokyo")) == date(2026, 3, 14)


def test_a_relative_day_of_an_undated_article_stays_open():
    assert day("The crane fell on Tuesday.", published=None) is None


def test_a_timeline_runs_from_the_first_day_to_the_last_whatever_the_articles_order():
    task = summary_task(
        "timeline",
        [
            dated(1, "The bridge closed on Friday. Engineers found cracks in it on 2 March.", FRIDAY),
            dated(2, "Repairs will begin on 4 May. Council members voted on 7 March.", FRIDAY),
        ],
    )
    lines = summarise(task)
    assert [line.dated for line in lines] == sorted(line.dated for line in lines if line.dated)
    assert [line.dated for line in lines] == [
        date(2026, 3, 2),
        date(2026, 3, 7),
        date(2026, 3, 13),
        date(2026, 5, 4),
    ]
    assert all(line.lead == "\n- " for line in lines)


def test_articles_without_a_day_make_no_timeline():
    assert summarise(summary_task("timeline", [dated(1, "The bridge is shut.", None)])) == ()


def test_an_opening_without_any_time_tells_of_the_day_of_publication_and_the_rest_of_none():
    article = dated(1, "Rents rose. Tenants are cross. The rule dates from 1951. Prices fell.", FRIDAY)
    days = [day_of(sentence, article, ZoneInfo("UTC")) for sentence in article.sentences]
    assert days == [FRIDAY.date(), FRIDAY.date(), None, None]


def test_the_day_in_a_leads_after_clause_is_that_of_its_news():
    text = "Four libraries will close after councillors voted 24 to 23 on Tuesday night."
    assert day(text, n=1) == date(2026, 3, 10)
    assert day(text) is None


def test_a_day_that_tells_which_thing_is_meant_is_not_the_day_of_the_event():
    assert day("The commission declared the March 1 vote final on Monday.") == date(2026, 3, 9)
