"""Rankings of passages."""

from datetime import UTC, datetime

import pytest

from service.domain.ranking import Candidate, newest_first, rank, relevance


def test_vectors_and_words_both_bear_on_relevance_and_the_best_sentence_most():
    found = relevance(
        [
            Candidate("words", passage=0.2, sentence=0.2, lexical=9.0),
            Candidate("sentence", passage=0.2, sentence=0.9, lexical=0.0),
            Candidate("passage", passage=0.9, sentence=0.2, lexical=0.0),
        ]
    )
    # 0.1, 0.55 and 0.35 of passage, sentence and the best's share of BM25.
    assert {scored.passage_id: scored.score for scored in found} == {
        "sentence": pytest.approx(0.515), "words": pytest.approx(0.48), "passage": pytest.approx(0.2),
    }  # fmt: skip
    assert found[0].passage_id == "sentence"


def test_relevance_does_not_depend_on_how_large_a_questions_word_scores_are():
    small, large = (
        relevance([Candidate("a", 0.3, 0.4, 2.0 * k), Candidate("b", 0.5, 0.6, 1.0 * k)]) for k in (1, 50)
    )
    assert small == large


def test_without_words_in_common_the_cosines_decide():
    assert [
        s.passage_id for s in relevance([Candidate("a", 0.1, 0.1, 0.0), Candidate("b", 0.1, 0.2, 0.0)])
    ] == ["b", "a"]
    assert relevance([]) == ()


def test_the_newest_is_preferred_among_what_was_found_nearly_as_near():
    ranking = rank({"old": 0.80, "new": 0.75, "undated": 0.79, "far": 0.2})
    published = {
        "old": datetime(2026, 1, 1, tzinfo=UTC),
        "new": datetime(2026, 3, 1, tzinfo=UTC),
        "far": datetime(2026, 6, 1, tzinfo=UTC),
        "undated": None,
    }
    assert [s.passage_id for s in newest_first(ranking, published)] == ["new", "old", "undated", "far"]
    assert newest_first((), published) == ()
    assert newest_first(ranking, {}) == ranking
