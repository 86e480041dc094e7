"""Passages: whole sentences, all of them, within the model's budget."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.article import Sentence
from service.domain.chunking import OVERLAP_TOKENS, chunk


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(1, 256))
def test_every_sentence_stands_in_a_passage_and_every_passage_fits(tokens, budget):
    sentences = [Sentence(i * 10, i * 10 + 9, i // 4) for i in range(len(tokens))]
    passages = chunk("a", 3, sentences, tokens, budget=budget)
    held = [[sentences.index(s) for s in passage.sentences] for passage in passages]
    assert sorted({i for group in held for i in group}) == list(range(len(tokens)))
    for group, passage in zip(held, passages, strict=True):
        assert group == list(range(group[0], group[-1] + 1))
        assert len(group) == 1 or sum(tokens[i] for i in group) <= budget
        assert (passage.start, passage.end) == (sentences[group[0]].start, sentences[group[-1]].end)
    for before, after in pairwise(held):
        shared = set(before) & set(after)
        assert after[-1] > before[-1]
        assert shared in (set(), {before[-1]})
        assert all(tokens[i] <= OVERLAP_TOKENS for i in shared)
    assert [passage.id for passage in passages] == [f"a:3:{n}" for n in range(len(passages))]


def test_neighbours_share_a_short_sentence():
    sentences = [Sentence(i, i + 1) for i in range(4)]
    first, second = chunk("a", 1, sentences, [40, 40, 40, 40], budget=120)
    assert first.sentences[-1] == second.sentences[0]


def test_a_budget_of_nothing_is_refused():
    with pytest.raises(ValueError, match="positive"):
        chunk("a", 1, [], [], budget=0)
