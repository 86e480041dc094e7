"""Whether own words are borne out by what they point at."""

import pytest

from service.domain.answer import Reason
from service.domain.prose import borne_out, clauses
from service.domain.quantities import calendar, quantities
from service.domain.support import UNASKED, support
from tests.fakes.evidence import article_of

HELD = (
    "Core inflation rose by 0.4 percentage points to 3.1 per cent in August, the governor, Marit Oduya, said "
    "on Wednesday. Henrik Toll met Ivo Castellan in Halvik. The council may close two of five pools. "
    "The minister did not sign the treaty."
)
SPEAKERS = {1: "Marit Oduya"}


def judged(written: str, n: int) -> Reason | None:
    held = article_of(HELD, 1, SPEAKERS).sentences[n - 1]
    found = support(written, [held], "prose")
    return None if found.match is not None else found.reason


@pytest.mark.parametrize(
    ("written", "n"),
    [
        ("In August core inflation rose to 3.1%, Marit Oduya said.", 1),
        ("Oduya said core inflation rose by 0.4 percentage points.", 1),
        ("Toll met Castellan in Halvik.", 2),
        ("Two of the five pools may be closed by the council.", 3),
        ("The treaty was not signed by the minister.", 4),
    ],
)
def test_a_true_sentence_in_own_words_is_borne_out(written, n):
    assert judged(written, n) is None


@pytest.mark.parametrize(
    ("written", "n", "reason"),
    [
        ("Core inflation rose to 3.2 per cent in August.", 1, Reason.NUMBER),
        ("Core inflation rose by 3.1 per cent in August.", 1, Reason.NUMBER),
        ("Core inflation rose to 0.4 percentage points in August.", 1, Reason.NUMBER),
        ("Core inflation rose to 3.1 per cent in July.", 1, Reason.DATE),
        ("Core inflation fell to 3.1 per cent in August.", 1, Reason.NEGATION),
        ("Blackwood said core inflation rose to 3.1 per cent in August.", 1, Reason.SPEAKER),
        ("Castellan met Toll in Halvik.", 2, Reason.ROLE),
        ("Toll met Castellan in Tarn, Halvik.", 2, Reason.NAME),
        ("The council will close two of five pools.", 3, None),
        ("The council closes two of five pools.", 3, Reason.HEDGE),
        ("He said the minister did not sign the treaty.", 4, Reason.SPEAKER),
        ("She said core inflation rose by 0.4 percentage points.", 1, None),
        ("Three point one.", 1, Reason.CUT),
        ("The treaty.", 4, Reason.CUT),
        ("It was not signed.", 4, None),
        ("The minister did sign the treaty.", 4, Reason.NEGATION),
        (
            "The minister did not sign the treaty after secret meetings with shipping lobbyists.",
            4,
            Reason.ADDED,
        ),
        ("Penguins invaded the northern harbour.", 4, Reason.NEGATION),
    ],
)
def test_a_lie_is_stopped_by_the_rule_it_breaks(written, n, reason):
    found = judged(written, n)
    assert found is not None or reason is None
    assert reason is None or found in {reason, Reason.NAME}


def test_each_clause_is_held_against_the_sentence_that_comes_closest():
    held = article_of(HELD, 1, SPEAKERS).sentences
    found = borne_out(
        "Henrik Toll met Ivo Castellan, and the minister did not sign the treaty.", held, UNASKED
    )
    assert [borne.sentence.n for borne in found] == [2, 4]
    assert all(borne.reason is None for borne in found)


def test_clauses_of_a_few_words_stay_with_their_neighbour():
    assert clauses("He came and he went.") == ["He came and he went."]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("$1.5bn", 1.5e9, "dollar"),
        ("3 per cent", 3, "percent"),
        ("3%", 3, "percent"),
        ("twenty-two schools", 22, "school"),
        ("1,200 jobs", 1200, "job"),
        ("two million crowns", 2e6, "crown"),
        ("fell to -3", -3, ""),
    ],
)
def test_numbers_come_with_what_they_count(text, value, unit):
    (found,) = quantities(text)
    assert found.value == pytest.approx(value)
    assert found.unit == unit


def test_a_month_that_is_also_a_verb_needs_its_capital():
    assert calendar("It may march in May.") == {"may"}
