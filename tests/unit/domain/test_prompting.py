"""What of the evidence a model is shown."""

from dataclasses import replace

from service.domain.answer import Evidence
from service.domain.prompting import shown_articles, within
from tests.fakes.evidence import article_of, vector_of

ONE = "Rates rose on Monday. The mayor was away. Bread is dear."
TWO = "A ferry sank. Rates fell in Halvik, the bank said."


def scored(article, *scores):
    pairs = zip(article.sentences, scores, strict=True)
    return replace(article, sentences=tuple(replace(s, retrieved=score) for s, score in pairs))


def evidence(*articles):
    return Evidence(articles=articles, question_vector=vector_of("What did rates do?"))


def labels(found):
    return [label for article in shown_articles(found) for label, _ in article["sentences"]]


def test_evidence_is_cut_to_the_best_passages_and_keeps_its_labels_and_order():
    whole = evidence(scored(article_of(ONE), 0.4, 0.9, 0.0), scored(article_of(TWO, 2), 0.1, 0.8))
    cut = within(whole, 15)
    assert labels(cut) == ["[1.1]", "[1.2]", "[2.2]"]
    assert cut.sentence(2, 2) is whole.sentence(2, 2)
    assert cut.sentence(2, 1) is None


def test_of_one_passage_the_sentences_nearest_to_the_question_stay():
    assert labels(within(evidence(article_of(ONE), article_of(TWO, 2)), 12)) == ["[1.1]", "[2.2]"]


def test_an_article_without_a_sentence_left_is_not_shown_and_the_others_keep_their_numbers():
    cut = within(evidence(scored(article_of(ONE), 0, 0, 0), scored(article_of(TWO, 2), 0.9, 0.9)), 11)
    assert [article["n"] for article in shown_articles(cut)] == [2]


def test_evidence_that_fits_is_left_as_it_is_and_a_first_sentence_always_fits():
    whole = evidence(article_of(ONE))
    assert within(whole, 50) is whole
    assert labels(within(whole, 1)) == ["[1.1]"]
