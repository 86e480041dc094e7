"""The check that shows a model's sentence only in the article's words."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.answer import Reason
from service.domain.close import compare
from service.domain.wording import tokens

KEPT = [
    (
        "Hana Stavik said that she had asked for gates.",
        "Hana Stavik, who commands the force, said that she had asked for gates.",
    ),
    ("Toll told deputies the plan is dead.", "Toll, the finance minister, told deputies the plan is dead."),
    ("Toll told deputies that the plan is dead.", "Toll told deputies the plan is dead."),
    ("The mine will close; the town is angry.", "The mine will close; the town is angry."),
    ("The mine will close in Hask.", "The mine will close in Hask; the town is angry."),
    ("The Bank of Tollmark (BT) is hiring.", "The Bank of Tollmark (BT) is hiring."),
    ("The Bank of Tollmark is hiring people.", "The Bank of Tollmark (BT) is hiring people."),
    ("The council closed the pool in Hask.", "However, the council closed the pool in Hask."),
    ("“We will pay,” she said.", '"We will pay," she said.'),
    (
        "The ferry was sold to Lindau, and the crew was moved.",
        "The ferry was sold to Lindau, and the crew was moved.",
    ),
    ("The ferry was sold to Lindau.", "The ferry was sold to Lindau, and the crew was moved."),
]


@pytest.mark.parametrize(("written", "quote"), KEPT)
def test_a_sentence_shortened_at_its_borders_is_close(written, quote):
    assert compare(written, quote).match in {"exact", "folded", "close"}


LIES = [
    ("The minister paid $15bn.", "The minister paid $1.5bn.", Reason.NUMBER),
    ("Rents fell by 3 points.", "Rents fell by -3 points.", Reason.NUMBER),
    ("He will resign.", "He will not resign.", Reason.NEGATION),
    ("He resigned, denying it.", "He resigned.", Reason.NEGATION),
    ("Rents will rise.", "Rents may rise.", Reason.HEDGE),
    ("Oduya met Blackwood.", "Blackwood met Oduya.", Reason.ROLE),
    ("Oduya met Stroud.", "Oduya met Blackwood.", Reason.NAME),
    ("Oduya met the angry Blackwood.", "Oduya met Blackwood.", Reason.ADDED),
    ("The mine will close.", "If rates rise, the mine will close.", None),
    ("The mine will close.", "The mine will close, the union said.", None),
    ("The mine will close in Hask.", "The mine will close in Hask unless the state pays.", None),
    ("The mine will close in Hask.", "The mine will close in Hask, unless the state pays.", None),
    ("The minister was guilty of fraud.", "The minister, a court was told, was guilty of fraud.", None),
    ("Few voters have backed it.", "A few voters have backed it.", None),
    ("The US troops were shot.", "The us troops were shot.", None),
    ("Was the mine closed.", "Was the mine closed?", None),
    ("The minister the union said was lying.", "The minister, the union said, was lying.", None),
    ("The firm that sold the unit has closed.", "The firm sold the unit has closed.", None),
    ("Blackwood and the minister resigned.", "Blackwood, the minister, resigned.", None),
    ("Police were called to the house.", "Police, acting on a false tip, were called to the house.", None),
    ("The man, who was arrested, has left.", "The man, who was arrested but cleared, has left.", None),
    (
        "She said only that the driver had a licence.",
        "She said only that the driver, who lived, had a licence.",
        None,
    ),
    ("She will act if rates rise.", "She will act if rates rise, and the state pays.", None),
    ("Sales in Norrel and profits rose.", "Sales in Norrel, Hask and Ketu fell, and profits rose.", None),
]


@pytest.mark.parametrize(("written", "quote", "reason"), LIES)
def test_a_sentence_that_says_something_else_is_not_close(written, quote, reason):
    found = compare(written, quote)
    assert found.match is None
    assert reason is None or found.reason is reason


QUOTES = [
    "Henrik Toll, the finance minister, told deputies that the programme would need new barracks in Tarn.",
    "The minister denied that he had shelved a levy on bank profits under pressure from lenders.",
    "Public debt is projected to peak at 71 per cent of output in 2027.",
    '"This is the year the line bends," the minister told deputies.',
    "Two deputies of the Rural League, which sits in government, voted with her.",
]


@given(st.sampled_from(QUOTES), st.data())
def test_no_word_can_be_dropped_from_inside_a_clause(quote, data):
    parts = [token for token in tokens(quote) if token.is_word]
    gone = data.draw(st.sampled_from(parts))
    written = " ".join((quote[: gone.start].rstrip() + " " + quote[gone.end :].lstrip()).split())
    assert compare(written, quote).match is None


@given(st.sampled_from(QUOTES), st.data())
def test_no_word_can_be_put_in_the_place_of_another(quote, data):
    parts = [token for token in tokens(quote) if token.is_word]
    gone = data.draw(st.sampled_from(parts))
    other = data.draw(st.sampled_from([t.text for q in QUOTES for t in tokens(q) if t.is_word]))
    written = quote[: gone.start] + other + quote[gone.end :]
    recased = other.lower() == gone.text.lower()
    assert recased or compare(written, quote).match is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_two_texts_can_be_compared(written, quote):
    found = compare(written, quote)
    assert (found.match is None) == (found.reason is not None)


@given(
    st.lists(
        st.sampled_from(["Norrel,", "the", "which", "is", "(", ")", "-", "and", "he", "a,", "."]), max_size=60
    )
)
def test_a_comparison_ends_soon_however_many_borders_a_sentence_has(parts):
    compare(" ".join(parts[::2]), " ".join(parts))


def test_halves_that_change_places_are_not_close():
    draw = random.Random(7)  # noqa: S311 - no secret
    for quote in QUOTES:
        words = quote.rstrip('."').split()
        at = draw.randrange(2, len(words) - 1)
        assert compare(" ".join([*words[at:], *words[:at]]) + ".", quote).match is None
