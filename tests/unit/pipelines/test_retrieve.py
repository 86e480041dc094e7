"""What is found becomes evidence: near-copies taken together, sentences once and in reading order."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from service.domain.article import Article, EmbeddedPassage, Passage, Revision, Sentence
from service.domain.ranking import rank
from service.pipelines.retrieve import Retrieved, RetrievedPassage, RetrieveEvidence, gather
from tests.fakes.evidence import vector_of

AT = datetime(2026, 5, 1, tzinfo=UTC)
WHOLE = "The ferry sank off Hask. Nobody was hurt. The owner blamed rust."


def revision_of(article_id: str, text: str, **fields: Any) -> Revision:
    return Revision(Article(article_id, f"Headline of {article_id}", text, **fields), 1, AT)


def passage_of(revision: Revision, first: int, last: int, ordinal: int = 0) -> EmbeddedPassage:
    """The passage of sentences first to last, from 1."""
    spans = [match.span() for match in re.finditer(r"[^ ][^.]*\.", revision.article.text)][first - 1 : last]
    sentences = tuple(Sentence(start, end) for start, end in spans)
    texts = [revision.article.text[start:end] for start, end in spans]
    passage = Passage(
        f"{revision.article.id}:1:{ordinal}",
        revision.article.id,
        1,
        ordinal,
        spans[0][0],
        spans[-1][1],
        sentences,
    )
    return EmbeddedPassage(passage, vector_of(" ".join(texts)), np.stack([vector_of(text) for text in texts]))


def found(*passages: tuple[Revision, EmbeddedPassage, float], **fields: Any) -> Retrieved:
    rows = tuple(RetrievedPassage(embedded, revision, score) for revision, embedded, score in passages)
    given: dict[str, Any] = {
        "question_vector": vector_of("ferry"), "search": "exact", "healing": False, "seq": 3,
        "frequencies": {}, "total": len(rows),
    }  # fmt: skip
    return Retrieved(rows, **(given | fields))


class Copies:
    """Groups that the test knows."""

    def __init__(self, *groups: Sequence[int]) -> None:
        self.given = groups

    def groups(self, texts: Sequence[str]) -> Sequence[Sequence[int]]:
        return self.given


def collapsed(copies: Copies, *passages: tuple[Revision, EmbeddedPassage, float]) -> list[RetrievedPassage]:
    held = {embedded.passage.id: (embedded, revision) for revision, embedded, _ in passages}
    ranking = rank({embedded.passage.id: score for _, embedded, score in passages})
    nothing: Any = None
    trip = RetrieveEvidence(nothing, nothing, nothing, nothing, nothing, copies, nothing)
    return trip._collapsed(ranking, held)


def test_a_sentence_of_two_overlapping_passages_stands_once_with_the_better_score():
    ferry = revision_of("ferry", WHOLE)
    evidence = gather(
        found((ferry, passage_of(ferry, 2, 3, 1), 0.9), (ferry, passage_of(ferry, 1, 2), 0.4)), max_sources=3
    )
    (article,) = evidence.articles
    assert [s.text for s in article.sentences] == [
        "The ferry sank off Hask.", "Nobody was hurt.", "The owner blamed rust.",
    ]  # fmt: skip
    assert [(s.n, s.retrieved) for s in article.sentences] == [(1, 0.4), (2, 0.9), (3, 0.9)]
    assert article.score == 0.9


def test_articles_are_numbered_by_their_best_passage_and_those_beyond_the_limit_left_out():
    a, b, c = (revision_of(name, WHOLE) for name in "abc")
    rows = [(b, 0.9, 1), (a, 0.8, 1), (c, 0.7, 1), (b, 0.6, 3)]
    evidence = gather(found(*((r, passage_of(r, n, n, n), score) for r, score, n in rows)), max_sources=2)
    assert [(held.n, held.article.id) for held in evidence.articles] == [(1, "b"), (2, "a")]
    assert [s.text for s in evidence.articles[0].sentences] == [
        "The ferry sank off Hask.", "The owner blamed rust.",
    ]  # fmt: skip


def test_every_sentence_of_the_evidence_is_the_stored_text_of_its_span():
    ferry = revision_of("ferry", WHOLE)
    for sentence in gather(found((ferry, passage_of(ferry, 1, 3), 1.0)), max_sources=1).sentences():
        assert WHOLE[sentence.sentence.start : sentence.sentence.end] == sentence.text


def test_words_that_no_passage_has_are_named_missing():
    evidence = gather(found(frequencies={"ferry": 2, "zeppelin": 0}, total=9), max_sources=1)
    assert (evidence.articles, evidence.missing_words, evidence.passages) == ((), ("zeppelin",), 9)


def test_a_copy_stands_behind_its_lead_and_is_named_with_it():
    lead = revision_of("lead", WHOLE, source="Wire", published_at=AT)
    copy = revision_of("copy", WHOLE, source="Post", published_at=datetime(2026, 5, 2, tzinfo=UTC))
    rows = collapsed(Copies([0, 1]), (lead, passage_of(lead, 1, 3), 0.9), (copy, passage_of(copy, 1, 3), 0.8))
    assert [row.revision.article.id for row in rows] == ["lead"]
    assert [held.article_id for held in rows[0].copies] == ["copy"]


def test_a_copys_passage_stays_where_the_lead_lacks_its_words():
    cut = revision_of("cut", "The ferry sank off Hask. Nobody was hurt.", published_at=AT)
    full = revision_of("full", WHOLE, published_at=datetime(2026, 5, 2, tzinfo=UTC))
    rows = collapsed(
        Copies([0, 1]),
        (cut, passage_of(cut, 1, 2), 0.9),
        (full, passage_of(full, 1, 2), 0.8),
        (full, passage_of(full, 3, 3, 1), 0.7),
    )
    assert [row.embedded.passage.id for row in rows] == ["cut:1:0", "full:1:1"]


def test_articles_that_are_no_copies_are_left_as_they_were():
    a, b = revision_of("a", WHOLE), revision_of("b", "A bridge fell.")
    rows = collapsed(Copies(), (a, passage_of(a, 1, 1), 0.5), (b, passage_of(b, 1, 1), 0.6))
    assert [(row.revision.article.id, row.copies) for row in rows] == [("b", ()), ("a", ())]
