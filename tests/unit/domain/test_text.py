"""Stored text, its words and its sentences, for any text whatsoever."""

import doctest
import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.adapters.nupunkt_sentences import NupunktSentences
from service.domain import text as module
from service.domain.chunking import MAX_SENTENCE, find_sentences
from service.domain.text import CONTROLS, glued_breaks, has_words, normalise, paragraphs, stem, words

NEWSY = st.lists(
    st.sampled_from(
        ["The envoy left", "Gen. R. A. Voss said", "No", "U.S.", "2.5 per cent",
         ".", "!", "?", "...", " ", "\n", "\n\n", "“", "”", "'",
         "- ", "1. ", "(", ")", "é", "e\u0301", "🎉", "שלום", "中文。", "\t", "\u00a0", "www.acme.Example",
         "Mr.", "x"]
    ),
    max_size=40,
).map("".join)  # fmt: skip
ANY = st.one_of(st.text(), NEWSY)
SPLIT = NupunktSentences().split


def sentences(text: str) -> list[str]:
    return [text[s.start : s.end] for s in find_sentences(text, SPLIT)]


def test_the_examples_of_the_module_hold():
    assert doctest.testmod(module).failed == 0


@given(ANY)
@example("e\u200b\u0301")
@example("a\r\n\r\n\x00b")
@example("\ud83d\u0301x")
def test_normalised_text_is_composed_clean_and_stays_as_it_is(text):
    clean = normalise(text)
    assert normalise(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert not CONTROLS.search(clean)
    assert "\r" not in clean
    assert clean == clean.strip()
    clean.encode("utf-8")


@given(ANY)
def test_every_letter_and_digit_stands_in_a_sentence_and_sentences_never_overlap(text):
    text = normalise(text)
    found = find_sentences(text, SPLIT)
    for before, after in pairwise(found):
        assert before.end <= after.start
        assert before.paragraph <= after.paragraph
    covered = set()
    for sentence in found:
        piece = text[sentence.start : sentence.end]
        assert has_words(piece)
        assert piece == piece.strip()
        assert len(piece) <= MAX_SENTENCE
        covered |= set(range(sentence.start, sentence.end))
    assert all(i in covered for i, character in enumerate(text) if character.isalnum())


@given(ANY)
def test_paragraphs_are_in_order_and_hold_every_letter(text):
    text = normalise(text)
    spans = list(paragraphs(text))
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    inside = {i for start, end in spans for i in range(start, end)}
    assert all(i in inside for i, character in enumerate(text) if character != "\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is a conspiracy.The envoy left.", ["It is a conspiracy.", "The envoy left."]),
        ('He called it "over".The port lost.', ['He called it "over".', "The port lost."]),
        ("It rose 27%.The union left.", ["It rose 27%.", "The union left."]),
        (
            "Gen. R. A. Voss met Dr. Lee in St. Petersburg.",
            ["Gen. R. A. Voss met Dr. Lee in St. Petersburg."],
        ),
        (
            "The U.S. policy cost $2.5 million. It failed.",
            ["The U.S. policy cost $2.5 million.", "It failed."],
        ),
        ("One. Two.\n\nThree", ["One.", "Two.", "Three"]),
        ("Demands:\n- more pay\n- less work\n- rest", ["Demands:", "- more pay", "- less work", "- rest"]),
        ("See www.acme.Example and mail a.B@x.Com now.", ["See www.acme.Example and mail a.B@x.Com now."]),
        ("PORT ALDEN (Wire) - Dockers left.", ["PORT ALDEN (Wire) - Dockers left."]),
        ("“We go.” She went.", ["“We go.”", "She went."]),
        ("***\n\nBy Lena Ortwin\n\n---", ["By Lena Ortwin"]),
    ],
)
def test_news_is_parted_where_its_sentences_end(text, expected):
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "piece", ["ab.Ab", "A. ", "Mr. ", "No. Yes ", "www.Ab", "a.\n", "He said no. ", '"', "- a\n"]
)
def test_a_long_text_of_any_make_is_read_in_linear_time(piece):
    def spent(n: int) -> float:
        text = (piece * n)[:n]
        start = time.process_time()
        find_sentences(text, SPLIT)
        return time.process_time() - start

    spent(1_000)
    short = max(spent(20_000), 0.05)
    assert spent(160_000) < 40 * short  # 8 times as long; a square would take 64 times


@given(st.text())
def test_words_and_stems_are_made_of_any_text(text):
    assert all(stem(word) for word in words(text))


def test_a_break_is_found_outside_addresses_alone():
    text = "See http://a.Be and it was over.The end."
    assert glued_breaks(text) == [text.index("The end")]
