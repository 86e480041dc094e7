"""Labels in a model's reply, and the units that it is cut into."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.domain.labels import MAX_UNIT, Label, Lead, ReplyParser, Unit, labels_in, says_absent

PIECES = st.sampled_from(
    [
        "Qomi spoke",
        " of Pakistan",
        " [1.2]",
        "[1.3]",
        ".",
        " ",
        "\n",
        "\n\n",
        "- ",
        "[sic]",
        "[1]",
        "[1.",
        "2]",
        '"',
        " and",
        " The end",
        "[2.1, 2.3]",
        "[1.2-1.4]",
        "!",
        "**",
        "Answer: ",
        "1.5",
        "[",
        "]",
    ]
)


def units(*pieces: str) -> list[Unit]:
    parser = ReplyParser()
    return [unit for piece in pieces for unit in parser.feed(piece)] + list(parser.finish())


@given(st.lists(PIECES, max_size=25), st.lists(st.integers(0, 250), max_size=8))
@example([".[2.1, 2.3] [1.2]"], [13])
@example(["Qomi spoke [1.2] [1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 1.10, 1.11]."], [60])
@example(["word " * (MAX_UNIT // 4), "[1.2]. Qomi spoke [1.3]."], [MAX_UNIT // 2, MAX_UNIT + 9])
def test_the_same_reply_gives_the_same_units_however_it_is_cut(pieces, cuts):
    text = "".join(pieces)
    at = sorted(min(cut, len(text)) for cut in cuts)
    parts = [text[a:b] for a, b in zip([0, *at], [*at, len(text)], strict=True)]
    assert units(*parts) == units(text)
    assert units(*text) == units(text)


@given(st.lists(PIECES, max_size=25))
@example(["[ ", "[1.2]", "1.52]"])
@example(["[1. ", "[1.2]", "2]"])
@example(["[1. [1. ", "[1.2]", "2]", "2]"])
@example(["Qomi spoke [1.2 and 1."])
def test_no_unit_holds_a_label_or_half_of_one(pieces):
    for unit in units("".join(pieces)):
        assert not labels_in(unit.text)
        assert not re.search(r"\[\d[\d.,; -]*$", unit.text)


@pytest.mark.parametrize(
    "text", ["[sic]", "[Pakistan]", "[1]", "[a.b]", "[1.2.3]", "[http://1.2]", "(1.2)", "[12345.1]"]
)
def test_brackets_of_the_news_are_no_labels(text):
    assert labels_in(f"He said {text} so.") == ()


def test_a_sentence_leaves_once_its_label_and_mark_are_there():
    parser = ReplyParser()
    assert list(parser.feed("Qomi spoke [1.")) == []
    assert list(parser.feed("2].")) == []
    (unit,) = parser.feed(" ")
    assert unit == Unit("Qomi spoke.", (Label(1, 2),), Lead.SENTENCE, ("[1.2]",), "Qomi spoke [1.2].")


def test_labels_inside_a_sentence_belong_to_it():
    (unit,) = units("Qomi praised it [1.2] and left [1.4].")
    assert unit.text == "Qomi praised it and left."
    assert unit.labels == (Label(1, 2), Label(1, 4))


def test_labels_may_stand_behind_the_full_stop_or_before_the_sentence():
    assert [u.labels for u in units("One. [1.1] Two. [1.2]")] == [(Label(1, 1),), (Label(1, 2),)]
    assert [(u.text, u.labels) for u in units("[1.1] One came. [1.2] Two came.\n[1.3] Three.")] == [
        ("One came.", (Label(1, 1),)),
        ("Two came.", (Label(1, 2),)),
        ("Three.", (Label(1, 3),)),
    ]


def test_lists_and_paragraphs_keep_their_breaks_and_lose_their_markup():
    found = units("**Answer:** One [1.1].\n\nTwo [1.2].\n- Three [1.3]\n1. Four [1.4].")
    assert [(unit.text, unit.lead) for unit in found] == [
        ("One.", Lead.SENTENCE),
        ("Two.", Lead.PARAGRAPH),
        ("Three", Lead.ITEM),
        ("Four.", Lead.ITEM),
    ]


def test_a_range_counts_each_sentence_of_one_article():
    assert labels_in("[1.2-1.4]") == (Label(1, 2), Label(1, 3), Label(1, 4))
    assert labels_in("[1.2-2.1]") == (Label(1, 2), Label(2, 1))
    assert len(labels_in("[1.1-1.999]")) == 2


def test_a_reply_cut_off_inside_a_label_keeps_no_half_of_it():
    assert [(u.text, u.labels) for u in units("Qomi spoke [1.2")] == [("Qomi spoke", ())]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("She left. [1.2].", "She left."),
        ("Did she leave? [1.2][1.3].", "Did she leave?"),
        ('"I left." [1.2].', '"I left."'),
        ("She waited... [1.2].", "She waited..."),
        ("It cost 3.2 [1.2].", "It cost 3.2."),
    ],
)
def test_a_full_stop_behind_the_labels_ends_no_sentence_that_had_ended(written, text):
    assert [u.text for u in units(written)] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "NOT IN THE ARTICLES",
        "Not in the articles.",
        "not in the article",
        "The articles do not say when he was born.",
        "The provided text doesn't mention it.",
        "There is no information about it in the articles.",
        "This cannot be determined.",
    ],
)
def test_a_reply_that_the_articles_do_not_say_it_is_known(text):
    assert says_absent(text)


@pytest.mark.parametrize("text", ["He did not say.", "The minister did not answer.", "No ship left."])
def test_a_sentence_of_the_news_is_no_such_reply(text):
    assert not says_absent(text)
