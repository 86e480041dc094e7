"""Rankings and their fusion."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ranking import Candidate, fuse, newest_first, normalise, rank, relevance

SCORES = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(-10, 10), max_size=8)


def test_what_two_rankings_agree_on_comes_first():
    fused = fuse([rank({"a": 3.0, "b": 2.0}), rank({"b": 9.0, "c": 1.0})])
    assert [scored.passage_id for scored in fused] == ["b", "a", "c"]
    assert fused[0].score == pytest.approx(1 / 61 + 1 / 62)


@given(st.lists(SCORES, max_size=5), st.randoms())
def test_fusion_does_not_depend_on_the_order_of_the_rankings(tables, random):
    rankings = [rank(table) for table in tables]
    shuffled = list(rankings)
    random.shuffle(shuffled)
    assert fuse(rankings) == fuse(shuffled)


def test_an_offset_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="positive"):
        fuse([], k=0)


def test_scores_are_scaled_by_their_own_best_and_worst():
    assert normalise(rank({"a": 4.0, "b": 2.0, "c": 3.0})) == {"a": 1.0, "c": 0.5, "b": 0.0}
    assert normalise(rank({"a": 4.0, "b": 2.0}), floor=0.0) == {"a": 1.0, "b": 0.5}
    assert normalise(rank({"a": 4.0, "b": 4.0})) == {"a": 1.0, "b": 1.0}
    assert normalise(()) == {}


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
