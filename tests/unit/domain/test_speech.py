"""Who speaks in a sentence; every text is written for its test."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.nupunkt_sentences import NupunktSentences
from service.domain.article import Sentence
from service.domain.chunking import find_sentences
from service.domain.speech import attribute, reported_subjects

SPLIT = NupunktSentences().split


def speakers(text: str) -> list[str | None]:
    return [s.speaker for s in attribute(text, find_sentences(text, SPLIT))]


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("Ines Okafor said the talks had failed.", "Ines Okafor"),
        ("The talks had failed, Ines Okafor said.", "Ines Okafor"),
        ("The talks had failed, said Ines Okafor, a teacher.", "Ines Okafor"),
        ("The talks, Ines Okafor told reporters, had failed.", "Ines Okafor"),
        ("Ines Okafor, who leads the union, said on Monday that talks had failed.", "Ines Okafor"),
        ("The union's general secretary, Ines Okafor, has denied that talks failed.", "Ines Okafor"),
        ("According to Ines Okafor, the union's leader, the talks had failed.", "Ines Okafor"),
        ("The talks had failed, according to union leader Ines Okafor.", "Ines Okafor"),
        ("In a statement, Ines Okafor of the dockers' union warned of a strike.", "Ines Okafor"),
        ("Ines Okafor visited the port on Monday and said that talks had failed.", "Ines Okafor"),
        ("Ines Okafor hit back at the board, accusing it of bad faith.", "Ines Okafor"),
        ("In Ines Okafor's view, the talks had failed.", "Ines Okafor"),
        ("Ines Okafor was quoted as saying that talks had failed.", "Ines Okafor"),
        ("Ines Okafor put the cost at $4 million.", "Ines Okafor"),
        ("Ines Okafor went on to say that talks had failed.", "Ines Okafor"),
        ("Ines Okafor did not rule out a strike.", "Ines Okafor"),
        ('Ines Okafor: "The talks have failed."', "Ines Okafor"),
        ('Ines Okafor was blunt: "The talks have failed."', "Ines Okafor"),
        ("Chancellor of the Exchequer Ines Okafor told parliament the talks had failed.", "Ines Okafor"),
        ("Gen. R. A. Voss said the road was open.", "R. A. Voss"),
        ('"Never," said Rear Adm. Ines Okafor, who leads the fleet.', "Ines Okafor"),
        ('"Never," said Reed Capital analyst Nguyễn Văn Thành.', "Nguyễn Văn Thành"),
    ],
)
def test_a_reporting_verb_gives_the_sentence_to_its_subject(sentence, speaker):
    assert speakers(sentence) == [speaker]


@pytest.mark.parametrize(
    "sentence",
    [
        "Officials close to Ines Okafor said the talks had failed.",
        "A spokesman for Ines Okafor said the talks had failed.",
        "Ines Okafor's lawyer said the talks had failed.",
        "Sources said Ines Okafor would resign.",
        "Ines Okafor was told to resign.",
        "Ines Okafor was criticised by the board.",
        "Ines Okafor has not said when she will go.",
        "Ines Okafor will say on Friday whether she goes.",
        "Ines Okafor is expected to say more.",
        "Ines Okafor declined to comment.",
        "If Ines Okafor says yes, the port will close.",
        "Ines Okafor has led the union since 2019.",
        "Ines Okafor called off the strike.",
        "Ines Okafor and Jan Kell said in a joint statement that talks had failed.",
        "The Calder Post said the talks had failed.",
        "Goldman Bank said the talks had failed.",
    ],
)
def test_nobody_speaks_where_no_named_person_does(sentence):
    assert speakers(sentence) == [None]


def test_a_quotation_goes_on_over_sentences_and_paragraphs():
    text = (
        'Jan Kell told reporters: "We will not sell. Not now.\n\n'
        '"Not ever. The port is ours."\n\nThe meeting ended at noon.'
    )
    assert speakers(text) == ["Jan Kell"] * 4 + [None]


def test_a_second_quotation_belongs_to_the_speaker_of_the_first():
    text = '"We won," said Jan Kell. "It took a year. It was worth it."'
    assert speakers(text) == ["Jan Kell"] * 3


def test_a_quotation_after_a_nameless_source_is_nobodys():
    text = 'Jan Kell said the sale was off. Officials disagreed. "He is wrong," they said. "Plainly wrong."'
    assert speakers(text) == ["Jan Kell", None, None, None]


def test_what_a_quotation_reports_belongs_to_whoever_is_quoted():
    text = "\"Ana Voss told me, 'Jan, stop', and I said no,\" Jan Kell said. Ana Voss left."
    assert speakers(text) == ["Jan Kell", None]


def test_the_outermost_reporting_verb_decides():
    text = "Jan Kell said that Ana Voss had denied it all. Ana Voss had claimed it was false, Jan Kell said."
    assert speakers(text) == ["Jan Kell", "Jan Kell"]


def test_he_and_she_stand_for_a_person_of_that_sex():
    text = (
        "Mr Jan Kell met Ms Ana Voss on Monday. She said the sale was off. He said it was not. "
        "She denied that she had signed."
    )
    assert speakers(text) == [None, "Ana Voss", "Jan Kell", "Ana Voss"]


def test_he_after_a_spokesman_is_not_the_person_named_before():
    text = "Jan Kell arrived at noon. A spokesman said the sale was off. He said it was final."
    assert speakers(text) == [None, None, None]


def test_a_title_stands_for_the_person_who_was_called_so():
    text = (
        "Iran's envoy to Kabul, Hassan Kazemi Qomi, met Finance Minister Ana Voss.\n\n"
        "The envoy said the border would open. The finance minister added that trade had grown. "
        "The ambassador praised the talks."
    )
    assert speakers(text) == [None, "Hassan Kazemi Qomi", "Ana Voss", "Hassan Kazemi Qomi"]


def test_a_title_that_nobody_bears_is_nobody():
    text = "Finance Minister Ana Voss said trade had grown. The captain said the ship was late."
    assert speakers(text) == ["Ana Voss", None]


def test_a_title_of_somebody_without_a_name_is_not_given_to_another_official():
    text = (
        "Ana Voss, an official in Dunmore, arrived. A senior official of the port said it was full. "
        "The official added that it would stay so."
    )
    assert speakers(text) == [None, None, None]


def test_a_surname_gets_its_full_name_from_anywhere_before():
    text = (
        "Iran's envoy, Hassan Kazemi Qomi, arrived. The day was hot. Qomi said so. Mr Kazemi Qomi was glad."
    )
    assert speakers(text)[2] == "Hassan Kazemi Qomi"


def test_single_quotation_marks_are_read_where_a_text_has_them():
    text = "‘We will not go,’ said Idris Bello. ‘Not today. I don’t want to.’ Bello’s stall is old."
    assert speakers(text) == ["Idris Bello", "Idris Bello", "Idris Bello", None]


def test_a_title_before_the_name_is_resolved_in_the_lead():
    text = "The envoy has said the border will open. Hassan Qomi, Iran's envoy, told radio it was certain."
    assert speakers(text) == ["Hassan Qomi", "Hassan Qomi"]


def test_the_subjects_of_institutions_can_be_asked_for():
    assert reported_subjects("The ministry said it had no news.") == ("The ministry",)
    assert reported_subjects("The day was hot.") == ()


PIECES = st.sampled_from(
    [
        "Jan Kell", "Ana Voss", "she", "he", "the envoy", "said", "told", '"', "“", "”", "‘", "’", ",", ".",
        ": ", " ", "\n\n", "according to", "who", "and", "Mr", "É", "not", "Ł", "'s", "of", "!",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=60).map(" ".join))
def test_any_text_keeps_its_sentences_and_names_only_who_is_in_it(text):
    sentences = find_sentences(text, SPLIT)
    result = attribute(text, sentences)
    assert [Sentence(s.start, s.end, s.paragraph) for s in result] == list(sentences)
    assert all(s.speaker is None or s.speaker in text for s in result)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_code_points_are_read(text):
    assert len(attribute(text, find_sentences(text, SPLIT))) == len(find_sentences(text, SPLIT))
