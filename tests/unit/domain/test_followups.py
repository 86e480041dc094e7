"""Follow-ups made to stand alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.answer import MAX_QUESTION, Turn
from service.domain.followups import standalone

QOMI = "What did Qomi say about Pakistan?"


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        (QOMI, "and what about Turkey?", "What did Qomi say about Turkey?"),
        (QOMI, "And Turkey?", "What did Qomi say about Turkey?"),
        (QOMI, "when was that?", "When did Qomi say this about Pakistan?"),
        (QOMI, "how did he respond to the report", "How did Qomi respond to the report?"),
        (QOMI, "and his deputy?", "What did Qomi's deputy say about Pakistan?"),
        ("What did the board offer on overtime?", "and the union?", "What did the union offer on overtime?"),
        ("what did kell say about the strike", "what about okafor", "What did okafor say about the strike?"),
        ("Did Kell deny the sale?", "why?", "Why did Kell deny the sale?"),
        ("Who won the election?", "when?", "When: who won the election?"),
        ("When did the mine close?", "when did it reopen", "When did the mine reopen?"),
        ("What caused the fire at St Brannoc?", "and how many were hurt?",
         "How many were hurt, regarding the fire at St Brannoc?"),
        ("Who built the new bridge at Dunmore?", "how much did it cost?",
         "How much did the new bridge at Dunmore cost?"),
        ("How many homes were built in 2024?", "and in 2025?", "How many homes were built in 2025?"),
        ("How bad was the flood in Ketu?", "how many people live there?", "How many people live in Ketu?"),
    ],
)  # fmt: skip
def test_a_follow_up_takes_what_it_lacks_from_the_question_before(earlier, question, expected):
    assert standalone(question, [Turn("user", earlier)]) == expected


def test_a_pronoun_takes_the_full_name_that_the_answer_gave():
    history = [Turn("user", "who leads the union"), Turn("assistant", "Ines Okafor leads the union.")]
    assert standalone("what did she say about pay?", history) == "What did Ines Okafor say about pay?"


def test_follow_ups_build_on_each_other():
    history = [Turn("user", QOMI), Turn("user", "and what about Turkey?"), Turn("assistant", "He said no.")]
    assert standalone("and China?", history) == "What did Qomi say about China?"


@pytest.mark.parametrize(
    "question",
    [
        "What did Voss say about the budget?",
        "what was the union's answer?",
        "Thanks. Is the strike still on?",
    ],
)
def test_a_question_that_stands_alone_is_left_as_it_is(question):
    assert standalone(question, [Turn("user", QOMI)]) == question


def test_without_a_question_before_nothing_is_added():
    assert standalone("and when was that?", []) == "and when was that?"
    assert standalone("and when was that?", [Turn("assistant", "Hello.")]) == "and when was that?"


WORDS = "and what about why when it he his they there Kell the union mine ? . did is say that Turkey 2024 so"
TEXT = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join) | st.text(max_size=60)


@given(TEXT, st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), TEXT), max_size=6))
def test_any_conversation_gives_a_question_no_longer_than_allowed(question, history):
    assert len(standalone(question, history)) <= MAX_QUESTION
    assert standalone(question, ()) == question
