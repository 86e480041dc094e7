"""Reading without a model: what is chosen, and what keeps an answer back."""

from dataclasses import replace

import pytest

from service.domain.answer import Evidence
from service.domain.bearing import features
from service.domain.matter import weigh
from service.domain.questions import what_is_asked
from service.domain.reading import (
    GAP_FACTOR,
    MAX_SENTENCES,
    MAX_WORDS,
    NAMED,
    Scored,
    choose,
    judge,
    pick,
)
from tests.fakes.evidence import article_of, task_of

TEXT = (
    "Mayor Irena Solheim opened the Tarn bridge in 2021. It cost 40 million crowns. "
    "The old bridge had been closed since the flood of March. Cyclists had asked for a lane of their own."
)


NO_MATTER = weigh("", Evidence())


def evidence_of(question: str, *texts: str, **fields: object) -> Evidence:
    """Evidence in which every word of the question is as rare as the next, but for those in `missing_words`."""
    evidence = task_of(question, texts).evidence
    return replace(evidence, passages=50, **fields)  # type: ignore[arg-type]


def gaps(question: str, *texts: str, **fields: object) -> tuple[str, ...]:
    evidence = evidence_of(question, *texts, **fields)
    asked = what_is_asked(question)
    matter = weigh(asked.core, evidence)
    ranked = [Scored(sentence, 0.9) for sentence in evidence.sentences()]
    picked = [scored.sentence for scored in ranked[:2]]
    return judge(asked, matter, evidence, ranked, picked, features(asked, matter, evidence)).gaps


@pytest.mark.parametrize(
    ("question", "text", "gap"),
    [
        ("What did Irena Solheim open?", TEXT, ()),
        ("What did Oskar Lindqvist open?", TEXT, ("name",)),
        ("What opened at Tarn in 2021?", TEXT, ()),
        ("What opened at Tarn in 2019?", TEXT, ("year",)),
        ("How many crowns did the bridge cost?", TEXT, ()),
        ("How many cyclists crossed the bridge?", "Cyclists crossed the bridge. They rang their bells.", ("number",)),
        ("When did the bridge open?", TEXT, ()),
        ("When did the bridge open?", "The bridge was opened by cyclists. They rang their bells.", ("date",)),
    ],
)  # fmt: skip
def test_what_is_asked_for_and_not_there_is_a_gap(question, text, gap):
    assert gaps(question, text) == gap


def test_a_name_with_one_letter_wrong_is_the_name():
    assert gaps("What did Irena Solhiem open?", TEXT) == ()


def test_a_question_whose_matter_no_article_has_is_a_gap():
    question = "Why do zeppelins hum sonatas?"
    assert "matter" in gaps(question, TEXT, missing_words=("zeppelins", "hum", "sonatas"))
    assert "matter" not in gaps(question, TEXT, missing_words=())


def test_a_gap_leaves_a_tenth_of_the_confidence_at_most():
    there = choose("When did the bridge open?", evidence_of("When did the bridge open?", TEXT))
    away = choose("What did Oskar Lindqvist open?", evidence_of("What did Oskar Lindqvist open?", TEXT))
    assert away.confidence <= GAP_FACTOR
    assert there.confidence > away.confidence


def test_a_sentence_that_names_all_that_was_asked_gives_confidence_at_least_named():
    question = "Did cyclists ask for a lane?"
    assert choose(question, evidence_of(question, TEXT)).confidence >= NAMED


def test_nothing_is_taken_twice_though_two_outlets_have_it():
    question = "What did the Tarn bridge cost?"
    chosen = choose(question, evidence_of(question, TEXT, TEXT))
    texts = [sentence.text for sentence in chosen.sentences]
    assert texts
    assert len(texts) == len(set(texts))


def test_what_is_chosen_stands_in_reading_order_within_the_limits():
    long = " ".join(
        f"Sentence {n} about the bridge runs on for some thirty words" + " and on" * 11 + "."
        for n in range(9)
    )
    ranked = [Scored(sentence, 0.9) for sentence in reversed(article_of(long).sentences)]
    picked = pick(ranked, NO_MATTER)
    assert 1 < len(picked) <= MAX_SENTENCES
    assert sum(len(sentence.text.split()) for sentence in picked) <= MAX_WORDS
    assert [sentence.n for sentence in picked] == sorted(sentence.n for sentence in picked)


def test_a_sentence_longer_than_the_limit_is_taken_alone():
    (sentence,) = article_of("word " * (MAX_WORDS + 20) + "end.").sentences
    assert pick([Scored(sentence, 0.9)], NO_MATTER) == (sentence,)


def test_weak_sentences_are_left_after_the_second():
    sentences = article_of("One bridge. Two bridges. Three bridges.").sentences
    scores = (0.9, 0.05, 0.04)
    ranked = [Scored(s, score) for s, score in zip(sentences, scores, strict=True)]
    assert len(pick(ranked, NO_MATTER)) == 2


def test_a_question_with_two_sides_gets_a_sentence_for_each():
    question = "What did the ferry cost and what did the bridge cost?"
    text = (
        "The ferry cost 9 million. The ferry cost a lot. The ferry did cost much. The bridge cost 40 million."
    )
    evidence = evidence_of(question, text)
    ranked = [Scored(s, score) for s, score in zip(evidence.sentences(), (0.9, 0.7, 0.69, 0.6), strict=True)]
    matter = weigh(question, evidence)
    assert [s.n for s in pick(ranked, matter)] == [1, 2, 3, 4]
    wide = [Scored(replace(s.sentence, text=s.sentence.text + " or so" * 20), s.score) for s in ranked]
    assert [s.n for s in pick(wide, matter)] == [1, 4]


def test_no_evidence_is_no_confidence():
    chosen = choose("What did it cost?", Evidence(articles=(), question_vector=None))
    assert (chosen.sentences, chosen.ranked, chosen.confidence) == ((), (), 0.0)
