"""The one door by which text reaches an answer: a quote that does not hold cannot be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.answer import Cited
from service.domain.article import Quote
from service.domain.citing import Composer, holds

TEXT = "She left. He stayed 🎉 at home. שלום."


def quote(start: int, end: int, text: str | None = None, revision: int = 1) -> Quote:
    return Quote("a", revision, start, end, TEXT[start:end] if text is None else text)


@pytest.mark.parametrize(
    "bad",
    [
        quote(0, 9, "She left!"),
        quote(1, 9, "She left."),
        quote(0, 0),
        quote(0, 9, revision=2),
        Quote("b", 1, 0, 9, "She left."),
        Quote(None, None, 0, 9, "She left."),
        quote(0, 999, "She left."),
        quote(-9, -1),
    ],
)
def test_a_quote_that_does_not_hold_is_not_sent_and_leaves_the_answer_as_it_was(bad):
    composer = Composer({("a", 1): TEXT})
    good = quote(0, 9)
    assert composer.add(Cited("She left.", (good,))) is not None
    before = composer.text, list(composer.citations)
    for quotes in ((bad,), (good, bad), ()):
        assert composer.add(Cited("She left.", quotes)) is None
        assert (composer.text, composer.citations) == before


def test_a_sentence_without_words_is_not_sent():
    assert Composer({("a", 1): TEXT}).add(Cited("", (quote(0, 9),))) is None


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.integers(1, 9),
            st.sampled_from(["", " ", "\n\n", "\n- "]),
            st.sampled_from(["", "[H. K.] "]),
        ),
        max_size=6,
    )
)
def test_what_is_sent_joined_is_the_answer_and_each_span_is_its_sentence(rows):
    composer = Composer({("a", 1): TEXT})
    said = []
    for start, length, lead, preface in rows:
        held = quote(start, min(start + length, len(TEXT)))
        sent = composer.add(Cited(held.text, (held,), lead=lead, preface=preface))
        assert sent is not None
        said.append(sent)
    assert "".join(item.text for item in said) == composer.text
    for n, item in enumerate(said, start=1):
        assert item.citation.id == n
        assert composer.text[item.citation.start : item.citation.end] == item.citation.quotes[0].text


@given(st.text(max_size=40), st.integers(-3, 45), st.integers(-3, 45))
def test_a_quote_cut_from_the_text_holds_there_and_no_other_does(text, start, end):
    cut = Quote("a", 1, start, end, text[max(start, 0) : max(end, 0)])
    if holds(cut, text):
        assert text[start:end] == cut.text
