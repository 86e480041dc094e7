"""Whether a text says a wording."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.folding import content_words, overlap, says, tokens, words


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("It spent 2,000,000,000 on it", "2bn"),
        ("It spent 2 billion on it", "2,000,000,000"),
        ("A rise of 12 %", "12 per cent"),
        ("A rise of 12pc", "12 percent"),
        ("A rise of 0.5 percentage points", "0.5 percentage points"),
        ("It cost $2.5 billion", "2.5 billion"),
        ("It cost 2.5 billion dollars", "$2.5bn"),
        ("Żelazny’s “plan”", 'Zelazny\'s "plan"'),
        ("Twenty-one people", "21 people"),
        ("two hundred people", "200 people"),
        ("the night-shift rules", "night shift"),
        ("Acme's results", "Acme results"),
        ("between 1,200 and 1,300", "1300"),
    ],
)
def test_the_same_said_differently_is_recognised(text, wording):
    assert says(text, wording)


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("It cost $25 billion", "$2.5 billion"),
        ("A rise of 12", "12 per cent"),
        ("A rise of 12 per cent", "12"),
        ("A rise of 12 percentage points", "12 per cent"),
        ("It cost 3 euros", "$3"),
        ("the rules of the night", "night rules"),
        ("412 dockers", "41 dockers"),
        ("minus -5 degrees", "5 degrees"),
        ("", "x"),
        ("x", ""),
    ],
)
def test_what_differs_in_number_unit_or_order_is_not_the_same(text, wording):
    assert not says(text, wording)


def test_a_range_of_years_is_two_numbers():
    assert [token.value for token in tokens("in 2024-25")][1:] == [2024, 25]


@given(st.text(max_size=60))
def test_any_text_says_itself_or_has_no_word(text):
    assert says(text, text) == bool(tokens(text))


def test_overlap_counts_words_of_matter_and_is_none_without_any():
    assert overlap("Who strikes at the quay?", "They were striking at the old quay") == 1.0
    assert overlap("who is it", "anything") is None
    assert content_words("the 2bn plan") == {"#2E+9", "plan"}


def test_words_are_what_white_space_parts():
    assert words("- one  two\n\nthree") == 4
