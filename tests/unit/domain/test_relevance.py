"""What bears on a question, and what stands alone."""

import pytest

from service.domain.leaning import follows, preface_for, stands_alone
from service.domain.relevance import about_the_same, bears_on
from tests.fakes.evidence import article_of, vector_of

HELD = article_of("The ferry sank off Hask. He blamed rust.\n\nA dog barked at the moon.", 1, {2: "Ivo Toll"})
FERRY, BLAMED, DOG = HELD.sentences


def test_a_sentence_bears_on_a_question_by_its_words_or_its_vector():
    assert bears_on("What happened to the ferry?", None, FERRY)
    assert bears_on("What happened to the ship?", vector_of("ferry sank"), FERRY)
    assert not bears_on("What happened to the ferry?", vector_of("ferry"), DOG)


def test_a_claim_is_about_its_quote_where_they_share_enough():
    assert about_the_same("The ferry was sunk by the navy.", FERRY)
    assert not about_the_same("The ferry owner was born in 1971 in Tehran.", FERRY)


@pytest.mark.parametrize(
    "text",
    ["He left.", "This is new.", "However, rents fell.", '"They lied," he said.', "On Monday she left."],
)
def test_what_begins_with_another_sentences_matter_does_not_stand_alone(text):
    assert not stands_alone(text)


@pytest.mark.parametrize(
    "text", ["Rents fell.", "The minister said he left.", "In Hask Toll sold his ship.", "“”"]
)
def test_what_names_its_subject_stands_alone(text):
    assert stands_alone(text)


def test_a_speaker_is_named_where_neither_sentence_does():
    assert preface_for(BLAMED, BLAMED.text, "") == "[Ivo Toll] "
    assert preface_for(BLAMED, BLAMED.text, "Toll came.") == ""
    assert preface_for(FERRY, FERRY.text, "") == ""


def test_only_the_sentence_directly_before_is_before():
    assert follows(BLAMED, FERRY)
    assert follows(DOG, BLAMED)
    assert not follows(DOG, FERRY)
    assert not follows(FERRY, None)
