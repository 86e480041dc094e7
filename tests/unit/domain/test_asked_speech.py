"""Questions about what somebody said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.asked_speech import asked_speaker, same_person


@pytest.mark.parametrize(
    ("question", "speaker", "topic"),
    [
        ("what did qomi say about pakistan", "qomi", ("pakistan",)),
        ("What has the Iranian envoy said about the border?", "the Iranian envoy", ("border",)),
        ("how did okafor respond to the board's offer", "okafor", ("board", "offer")),
        ("According to Jan Kell, how many ships were lost?", "Jan Kell", ("ships", "lost")),
        ("how many ships were lost according to kell", "kell", ("ships", "lost")),
        ("how many people did the police say were hurt", "the police", ("people", "hurt")),
        ("What was Kell's reaction to the vote?", "Kell", ("vote",)),
        ("what is the position of the union on overtime", "the union", ("overtime",)),
        ("Hi, I am writing a piece. Tell me what Dr Sorensen told residents", "Dr Sorensen", ("residents",)),
        ("whom did kell blame for the fire", "kell", ("fire",)),
        ("why did Whitlock call the move temporary", "Whitlock", ("move", "temporary")),
        ("what reason did voss give for the delay", "voss", ("delay",)),
        ("Kell said what about the sale?", "Kell", ("sale",)),
        ("who said that the depot would close", None, ("depot", "close")),
        ("Who denied leaking the memo?", None, ("leaking", "memo")),
        ("which minister said the talks were over", None, ("minister", "talks")),
    ],
)  # fmt: skip
def test_a_question_about_speech_gives_speaker_and_topic(question, speaker, topic):
    asked = asked_speaker(question)
    assert asked is not None
    assert (asked.speaker, asked.topic) == (speaker, topic)


@pytest.mark.parametrize(
    "question",
    [
        "when did the depot close",
        "how did the ferry sink?",
        "what do the articles say about the strike",
        "What does it say about the depot?",
        "what happened when the minister said no",
        "who owns the depot",
        "",
    ],
)
def test_other_questions_ask_for_nobodys_words(question):
    assert asked_speaker(question) is None


@pytest.mark.parametrize(
    ("asked", "speaker"),
    [
        ("Qomi", "Hassan Kazemi Qomi"),
        ("kazemi qomi", "Hassan Kazemi Qomi"),
        ("H. Qomi", "Hassan Kazemi Qomi"),
        ("energy minister jan kell", "Jan Kell"),
        ("okafor, the union leader", "Ines Okafor"),
        ("okafro", "Ines Okafor"),
        ("zelazny", "Tomasz Żelazny"),
        ("the union's okafor", "Ines Okafor"),
        ("xi", "Xi Jinping"),
    ],
)
def test_a_person_is_known_by_surname_titles_and_slips_aside(asked, speaker):
    assert same_person(asked, speaker)


@pytest.mark.parametrize(
    ("asked", "speaker"),
    [
        ("the envoy", "Hassan Kazemi Qomi"),
        ("Ana Kell", "Jan Kell"),
        ("clara", "Clara Whitlock"),
        ("bell", "Jan Kell"),
        ("", "Jan Kell"),
        ("Kell", ""),
    ],
)
def test_another_person_is_not_taken_for_one(asked, speaker):
    assert not same_person(asked, speaker)


@given(st.text(max_size=200), st.text(max_size=40))
def test_any_text_can_be_asked(question, speaker):
    asked = asked_speaker(question)
    assert asked is None or asked.speaker is None or set(asked.speaker) <= set(question) | {" "}
    assert same_person(question, speaker) in {True, False}
