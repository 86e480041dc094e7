import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.nupunkt_sentences import NupunktSentences
from service.domain.article import Sentence
from service.domain.chunking import find_sentences
from service.domain.rawtext import after_dateline, same_length


@given(st.text(max_size=200))
def test_no_code_point_of_a_raw_text_moves(text):
    assert len(same_length(text)) == len(text)


def test_windows_line_ends_part_paragraphs():
    text = "The mayor left.\r\n\r\nHe had been ill."
    found = find_sentences(same_length(text), NupunktSentences().split)
    assert [text[s.start : s.end] for s in found] == ["The mayor left.", "He had been ill."]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("PORT ALDEN (Meridian Wire) - It rained.", "It rained."),
        ("KESTREL PASS, Veskara - Shots fell.", "Shots fell."),
        ("HALVIK – Ferries ran late.", "Ferries ran late."),
        ("The vote - a late one - passed.", "The vote - a late one - passed."),
        ("US-led talks began.", "US-led talks began."),
        ("A man - tall and thin - left.", "A man - tall and thin - left."),
    ],
)
def test_a_dateline_is_no_part_of_the_first_sentence(text, rest):
    assert text[after_dateline(text, Sentence(0, len(text))) :] == rest
