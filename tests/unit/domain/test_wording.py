"""Words and their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.wording import content, fold, stem, tokens


@given(st.text())
def test_every_character_that_is_no_space_belongs_to_exactly_one_token(text):
    covered = [at for token in tokens(text) for at in range(token.start, token.end)]
    assert len(covered) == len(set(covered))
    assert {at for at, char in enumerate(text) if not char.isspace()} <= set(covered)
    assert all(text[token.start : token.end] == token.text for token in tokens(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$1.5bn", ["$", "1.5bn"]),
        ("fell -3 points", ["fell", "-3", "points"]),
        ("3-4 goals", ["3-4", "goals"]),
        ("3 - 4", ["3", "-", "4"]),
        ("the U.N. in Geneva", ["the", "U.N", ".", "in", "Geneva"]),
        ("conspiracy.The", ["conspiracy", ".", "The"]),
        ("don’t", ["don’t"]),
        ("[sic]", ["[", "sic", "]"]),
        ("1,200,000.5", ["1,200,000.5"]),
        ("at 08:30", ["at", "08:30"]),
    ],
)
def test_numbers_signs_and_abbreviations_are_whole(text, expected):
    assert [token.text for token in tokens(text)] == expected


def test_only_spaces_quotation_marks_and_dashes_are_folded():
    assert fold("“a”  –\u00a0b’s") == '"a" - b\'s'
    for one, other in [("1.5", "15"), ("-3", "3"), ("US", "us"), ("1,5", "1.5"), ("a b", "ab"), ("not", "")]:
        assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("agencies", "agency"), ("striking", "strikes"), ("said", "says"), ("Iran's", "Iran")]
)
def test_inflections_share_a_stem(one, other):
    assert stem(one) == stem(other)


def test_small_words_carry_no_matter():
    assert content("What did they do about it?") == frozenset()
