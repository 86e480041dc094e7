"""What a sentence offers by its form."""

import pytest

from service.domain.clues import clues, new_figures
from service.domain.questions import Kind
from service.domain.text import stem


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("It took eleven weeks.", Kind.NUMBER),
        ("It opened on Tuesday.", Kind.DATE),
        ("It opened in 1987.", Kind.DATE),
        ("The bridge was opened by Irena Solheim.", Kind.PERSON),
        ("Dr Varga objected.", Kind.PERSON),
        ("It stands in Oldmere.", Kind.PLACE),
        ("It closed because its bearings cracked.", Kind.REASON),
        ("She called it “a victory”.", Kind.SPEECH),
    ],
)
def test_a_sentence_offers_what_its_form_can_answer(text, kind):
    assert kind in clues(text).offers


def test_a_plain_sentence_offers_nothing():
    found = clues("Ferries sail daily.")
    assert found.offers == frozenset()
    assert (found.money, found.words) == (False, 3)
    assert found.stems == {stem("ferries"), stem("sail"), stem("daily")}


def test_money_is_told_from_other_figures():
    assert clues("It cost 27 million crowns.").money
    assert clues("It cost £4.").money
    assert not clues("It took 27 days.").money


def test_figures_that_the_question_has_are_no_news():
    assert new_figures("In 2021 it cost 40.", frozenset({"2021"})) == 1
    assert new_figures("In 2021 it cost forty.", frozenset({"2021"})) == 1
    assert new_figures("In 2021 it was dear.", frozenset({"2021"})) == 0
