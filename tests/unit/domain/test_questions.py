"""What a question asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.language import guess_language
from service.domain.questions import Kind, sub_questions, what_is_asked


@pytest.mark.parametrize(
    ("question", "kind", "unit"),
    [
        ("how many dockers stopped work at calder", Kind.NUMBER, "dockers"),
        ("how many striking dockers walked out?", Kind.NUMBER, "dockers"),
        ("what percentage of homes were flooded", Kind.NUMBER, "per cent"),
        ("how much did the repair cost", Kind.NUMBER, "money"),
        ("How long did the strike last?", Kind.NUMBER, "time"),
        ("What was the death toll?", Kind.NUMBER, "toll"),
        ("What did Qomi say about Pakistan?", Kind.SPEECH, ""),
        ("who leads the union", Kind.PERSON, ""),
        ("Which minister resigned?", Kind.PERSON, ""),
        ("When did the mine close?", Kind.DATE, ""),
        ("where is the new depot", Kind.PLACE, ""),
        ("why did the union reject the offer", Kind.REASON, ""),
        ("What caused the fire?", Kind.REASON, ""),
        ("is the strike still on", Kind.YES_NO, ""),
        ("What is a petrel?", Kind.DEFINITION, ""),
        ("list the towns that were evacuated", Kind.LIST, ""),
        ("how did the ferry sink", Kind.MANNER, ""),
        ("what happened", Kind.OTHER, ""),
    ],
)
def test_the_kind_and_the_unit_are_told(question, kind, unit):
    asked = what_is_asked(question)
    assert (asked.kind, asked.unit) == (kind, unit)


@pytest.mark.parametrize(
    ("question", "core"),
    [
        ("Hi, I am writing a piece about the port. Could you tell me how many dockers walked out? Thanks!",
         "how many dockers walked out?"),
        ("Good morning, my editor wants to know, what did Dr. Sorensen say?", "what did Dr. Sorensen say?"),
        ("please tell me who leads the union, thanks", "who leads the union"),
        ("In March, who led the union?", "In March, who led the union?"),
        ("Hi", "Hi"),
    ],
)  # fmt: skip
def test_a_preamble_is_taken_off(question, core):
    assert what_is_asked(question).core == core


def test_names_and_numbers_are_found_and_the_first_word_is_no_name():
    asked = what_is_asked("When did Gen. R. A. Voss of the Bank of Korvane pay £2,500 to St. Brannoc?")
    assert asked.names == ("R A Voss", "Bank of Korvane", "St Brannoc")
    assert asked.numbers == ("£2,500",)
    assert what_is_asked("when did voss pay").names == ()


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Which was larger, the 2025 budget or the 2026 budget?", ("the 2025 budget", "the 2026 budget")),
        ("How do Kell and Okafor differ on overtime?", ("Kell", "Okafor")),
        ("What is the difference between the forecast and the outcome?", ("the forecast", "the outcome")),
        ("was turnout higher in Dunmore than in Calder", ("Dunmore", "Calder")),
        ("What did the board offer?", ()),
    ],
)
def test_a_comparison_gives_its_sides(question, sides):
    asked = what_is_asked(question)
    assert asked.sides == sides
    assert asked.comparison == bool(sides)


def test_a_question_of_two_parts_gives_both_and_the_kind_of_the_first():
    asked = what_is_asked("why did the union reject the offer and how did the board respond?")
    assert asked.parts == ("why did the union reject the offer", "how did the board respond")
    assert asked.kind is Kind.REASON


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Was sagte der Minister über den Streik?", "de"),
        ("¿Qué dijo el ministro sobre la huelga?", "es"),
        ("Qu'est-ce que le ministre a dit sur la grève ?", "fr"),
        ("Что сказал министр?", "ru"),
        ("部長は何と言いましたか", "ja"),
        ("What was the toll in Las Palmas?", "en"),
        ("calder strike toll", "en"),
        ("Who is Nguyễn Văn Thành?", "en"),
        ("", "en"),
    ],
)
def test_another_language_is_told(question, language):
    assert guess_language(question) == language
    assert what_is_asked(question).language == language


@pytest.mark.parametrize(
    ("question", "searched"),
    [
        ("Which pool is larger, Alder or Birch?", ("Which pool is larger, Alder", "Which pool is larger, Birch")),
        ("did Solheim and Pryce agree about the bridge?",
         ("did Solheim agree about the bridge", "did Pryce agree about the bridge")),
        ("was turnout higher in Veldane or in Norrel?",
         ("was turnout higher in Veldane", "was turnout higher in Norrel")),
        ("What did the High Court award Tamm and what did the appeal court cut it to?",
         ("What did the High Court award Tamm", "High Court Tamm what did the appeal court cut it to")),
        ("What did the bridge cost?", ()),
    ],
)  # fmt: skip
def test_each_part_and_each_side_is_searched_for_by_itself(question, searched):
    assert sub_questions(what_is_asked(question)) == searched


@pytest.mark.parametrize("question", ["what is the latest on the strike", "Is the order still in force?"])
def test_the_newest_state_is_told(question):
    assert what_is_asked(question).newest
    assert not what_is_asked("What did the strike cost?").newest


@given(st.text(max_size=300))
def test_any_text_can_be_taken_apart(question):
    asked = what_is_asked(question)
    assert len(asked.core) <= len(question) + 1
    assert asked.comparison or not asked.sides
