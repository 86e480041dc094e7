"""RETRIEVE: a query becomes a ranking of passages, and a ranking becomes evidence.

Vectors and words are searched together. What either finds is scored by both: the passage's cosine, its
best sentence's cosine, and BM25 (`domain/ranking.py`).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from service.domain.answer import Copy, Evidence, EvidenceArticle, EvidenceSentence
from service.domain.article import EmbeddedPassage, Filters, Revision, Sentence, Vector
from service.domain.duplicates import lead_of
from service.domain.errors import IndexUnavailable
from service.domain.matter import words_of
from service.domain.ranking import Candidate, Ranking, ScoredPassage, newest_first, rank, relevance
from service.domain.text import content_words
from service.pipelines.index import IndexLoop
from service.ports import ArticleStore, CopyFinder, Embedder, LexicalIndex, Reranker, VectorIndex
from service.telemetry import Timings

log = logging.getLogger(__name__)

CANDIDATES: Final = 60
"""Passages that each index is asked for."""
RERANKED: Final = 30
"""Passages that a reranker scores, where there is one."""
OF_A_PART: Final = 3
"""Passages that a part of a question adds at most."""
COMPARED: Final = 24
"""Articles among which near-copies are looked for."""

Held: TypeAlias = Mapping[str, tuple[EmbeddedPassage, Revision]]


@dataclass(frozen=True, slots=True, eq=False)
class RetrievedPassage:
    """A passage that was found, with the revision it belongs to and the other outlets' copies of it."""

    embedded: EmbeddedPassage
    revision: Revision
    score: float
    copies: tuple[Copy, ...] = ()

    @property
    def text(self) -> str:
        """Its words."""
        held = self.embedded.passage
        return self.revision.article.text[held.start : held.end]


@dataclass(frozen=True, slots=True, eq=False)
class Retrieved:
    """What was found for a query, best first."""

    passages: tuple[RetrievedPassage, ...]
    question_vector: Vector
    search: Literal["hnsw", "exact"]
    healing: bool
    seq: int
    frequencies: dict[str, int]
    """In how many passages each content word of the query stands."""
    total: int
    """How many passages there are."""


@dataclass(frozen=True, slots=True)
class RetrieveEvidence:
    """Finds the passages that bear on a query.

    Args:
        articles: The truth, with which every result is joined.
        embedder: Embeds the query.
        vectors: Searched by vector where nothing is filtered.
        exact: Searched by vector otherwise, and while `vectors` cannot be.
        lexicon: Searched by words.
        copies: Finds near-copies among the articles that were found.
        index: Rebuilds an index whose search failed.
        reranker: Scores the best anew, where there is one.
        exact_only: Never asks `vectors`: for eval profiles that must not depend on a graph's chance.
    """

    articles: ArticleStore
    embedder: Embedder
    vectors: VectorIndex
    exact: VectorIndex
    lexicon: LexicalIndex
    copies: CopyFinder
    index: IndexLoop
    reranker: Reranker | None = None
    exact_only: bool = False

    async def __call__(
        self,
        query: str,
        *,
        filters: Filters,
        limit: int,
        timings: Timings | None = None,
        newest: bool = False,
    ) -> Retrieved:
        """Find passages.

        Args:
            query: Any text.
            filters: What the articles must pass.
            limit: Passages at most.
            timings: Where the stages' times are added.
            newest: Whether newer articles are preferred among those that are nearly as near.

        Raises:
            IndexUnavailable: Neither index of vectors can be searched, or that of words cannot.
        """
        spent = timings or Timings()
        asked = list(dict.fromkeys(content_words(query)))
        by_words = asyncio.create_task(self._by_words(query, asked, filters, spent))
        try:
            with spent.stage("embed"):
                vector = await self.embedder.embed_query(query)
            with spent.stage("vectors"):
                nearest, search, healing = await self._nearest(vector, filters)
            lexical, frequencies, total = await by_words
        except BaseException:
            by_words.cancel()
            raise
        with spent.stage("join"):
            ids = list(dict.fromkeys(s.passage_id for s in (*nearest, *lexical)))
            held = await self.articles.live_passages(ids)
        with spent.stage("rank"):
            ranking = await self._reranked(query, relevance(_candidates(held, lexical, vector)), held)
            if newest:
                ranking = newest_first(ranking, {i: r.article.published_at for i, (_, r) in held.items()})
            found = await asyncio.to_thread(self._collapsed, ranking, held)
        return Retrieved(
            passages=tuple(found[:limit]),
            question_vector=vector,
            search=search,
            healing=healing,
            seq=await self.exact.applied_seq(),
            frequencies=frequencies,
            total=total,
        )

    async def by_parts(
        self,
        query: str,
        parts: Sequence[str],
        *,
        filters: Filters,
        limit: int,
        timings: Timings | None = None,
        newest: bool = False,
    ) -> Retrieved:
        """Find passages for a question and, at the same time, for each of its parts.

        Args:
            query: The whole question.
            parts: Of it, each to be searched for by itself; none: the same as a call.
            filters: What the articles must pass.
            limit: Passages of the whole question at most; each part adds OF_A_PART at most.
            timings: Where the stages' times of the whole question are added.
            newest: As for a call.
        """
        found, *others = await asyncio.gather(
            self(query, filters=filters, limit=limit, timings=timings, newest=newest),
            *(self(part, filters=filters, limit=OF_A_PART, newest=newest) for part in parts),
        )
        best = {p.embedded.passage.id: p for p in found.passages}
        for passage in (p for other in others for p in other.passages):
            held = best.get(passage.embedded.passage.id)
            if held is None or held.score < passage.score:
                best[passage.embedded.passage.id] = passage
        ordered = sorted(best.values(), key=lambda p: (-p.score, p.embedded.passage.id))
        return replace(found, passages=tuple(ordered))

    async def evidence(self, question: str, found: Retrieved, *, max_sources: int) -> Evidence:
        """Make evidence of what was found (`gather`), with the vectors of its words and of the question's.

        Args:
            question: What will be read for.
            found: A ranking.
            max_sources: Articles at most, >= 1.
        """
        evidence = gather(found, max_sources=max_sources)
        words = list(dict.fromkeys([*content_words(question), *words_of(evidence)]))
        rows = await self.embedder.embed_words(words)
        known = zip(words, rows, strict=True) if rows.size else ()
        return replace(evidence, word_vectors={word: row for word, row in known if row.any()})

    async def _by_words(
        self, query: str, asked: Sequence[str], filters: Filters, spent: Timings
    ) -> tuple[Ranking, dict[str, int], int]:
        try:
            with spent.stage("words"):
                ranking = await self.lexicon.search(query, CANDIDATES, filters)
                frequencies = await self.lexicon.document_frequencies(asked)
                return ranking, dict(frequencies), await self.lexicon.count()
        except IndexUnavailable:
            self.index.heal(self.lexicon)  # nothing can stand in for it: a retry meets it rebuilt
            raise

    async def _nearest(
        self, vector: Vector, filters: Filters
    ) -> tuple[Ranking, Literal["hnsw", "exact"], bool]:
        if filters or self.exact_only:
            return await self.exact.search(vector, CANDIDATES, filters), "exact", False
        if not self.index.heals(self.vectors):
            try:
                return await self.vectors.search(vector, CANDIDATES), "hnsw", False
            except IndexUnavailable:
                log.warning("the vector index cannot be searched; exact search stands in while it heals")
                self.index.heal(self.vectors)
        return await self.exact.search(vector, CANDIDATES), "exact", True

    async def _reranked(self, query: str, ranking: Ranking, held: Held) -> Ranking:
        """Let the reranker order the best; the rest stay behind them, as they were."""
        if self.reranker is None or not ranking:
            return ranking
        head, tail = ranking[:RERANKED], ranking[RERANKED:]
        texts = [_text(held[scored.passage_id]) for scored in head]
        logits = np.asarray(await self.reranker.rerank(query, texts), np.float64)
        better = 1.0 / (1.0 + np.exp(-logits))
        ordered = rank({s.passage_id: round(float(b), 5) for s, b in zip(head, better, strict=True)})
        floor = ordered[-1].score
        return ordered + tuple(ScoredPassage(s.passage_id, min(s.score, floor)) for s in tail)

    def _collapsed(self, ranking: Ranking, held: Held) -> list[RetrievedPassage]:
        """Take passages of near-copies together: the best-placed article of a group stands for it."""
        order = list(dict.fromkeys(held[scored.passage_id][1].article.id for scored in ranking))[:COMPARED]
        revisions = {revision.article.id: revision for _, revision in held.values()}
        leads: dict[str, str] = {}
        copies: dict[str, tuple[Copy, ...]] = {}
        for group in self.copies.groups([revisions[article_id].article.text for article_id in order]):
            ids = [order[i] for i in sorted(group)]
            lead = lead_of([revisions[article_id] for article_id in ids]).article.id
            leads |= dict.fromkeys(ids, lead)
            others = [revisions[article_id].article for article_id in ids if article_id != lead]
            copies[lead] = tuple(Copy(article.id, article.source, article.url) for article in others)
        found = []
        for scored in ranking:
            embedded, revision = held[scored.passage_id]
            article_id = revision.article.id
            lead = leads.get(article_id, article_id)
            # A copy's passage stands where its lead has not its words: the lead may be the copy that was cut.
            if lead == article_id or _text(held[scored.passage_id]) not in revisions[lead].article.text:
                found.append(RetrievedPassage(embedded, revision, scored.score, copies.get(article_id, ())))
        return found


def _candidates(held: Held, lexical: Ranking, vector: Vector) -> list[Candidate]:
    words = {scored.passage_id: scored.score for scored in lexical}
    return [
        Candidate(
            passage_id,
            passage=float(embedded.vector @ vector),
            sentence=max((embedded.sentence_vectors @ vector).tolist(), default=0.0),
            lexical=words.get(passage_id, 0.0),
        )
        for passage_id, (embedded, _) in held.items()
    ]


def _text(pair: tuple[EmbeddedPassage, Revision]) -> str:
    embedded, revision = pair
    return revision.article.text[embedded.passage.start : embedded.passage.end]


def gather(found: Retrieved, *, max_sources: int) -> Evidence:
    """Make evidence of what was found: articles numbered by their best passage, sentences in reading order.

    Args:
        found: A ranking.
        max_sources: Articles at most, >= 1.

    Returns:
        Evidence in which no sentence stands twice.
    """
    picked: dict[str, list[RetrievedPassage]] = {}
    for passage in found.passages:
        article_id = passage.revision.article.id
        if article_id in picked or len(picked) < max_sources:
            picked.setdefault(article_id, []).append(passage)
    articles = []
    for n, passages in enumerate(picked.values(), start=1):
        best = passages[0]
        rows: dict[tuple[int, int], tuple[Sentence, Vector, float]] = {}
        for passage in passages:
            held = passage.embedded
            for sentence, vector in zip(held.passage.sentences, held.sentence_vectors, strict=True):
                key = (sentence.start, sentence.end)
                if key not in rows or rows[key][2] < passage.score:
                    rows[key] = (sentence, vector, passage.score)
        text = best.revision.article.text
        sentences = tuple(
            EvidenceSentence(n, i, sentence, text[sentence.start : sentence.end], vector, score)
            for i, (sentence, vector, score) in enumerate((rows[key] for key in sorted(rows)), start=1)
        )
        articles.append(
            EvidenceArticle(
                n=n,
                article=best.revision.article,
                revision=best.revision.number,
                score=best.score,
                corrected=best.revision.corrected,
                sentences=sentences,
                copies=best.copies,
            )
        )
    return Evidence(
        articles=tuple(articles),
        question_vector=found.question_vector,
        missing_words=tuple(word for word, count in found.frequencies.items() if count == 0),
        frequencies=found.frequencies,
        passages=found.total,
        search=found.search,
        seq=found.seq,
    )
