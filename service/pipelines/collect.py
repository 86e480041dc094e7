"""COLLECT: the articles that a summary is made from, all that match and not the best few.

By ids, by a query with filters, by filters alone, or one raw text. Copies of one text are read once, what
a correction has replaced is not read, and whatever is left out is named with its reason.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from service.domain.answer import Copy, Evidence, EvidenceArticle, EvidenceSentence
from service.domain.article import Article, EmbeddedPassage, Filters, Revision, Sentence, Vector
from service.domain.duplicates import lead_of
from service.domain.errors import ArticleNotFound
from service.domain.matching import MATCHES, match, share_of
from service.domain.rawtext import after_dateline, same_length
from service.domain.salience import matter, weigh
from service.domain.summary import MAX_ARTICLES, LeftOut
from service.domain.superseding import superseded
from service.domain.text import content_words
from service.domain.wording import stem
from service.pipelines.passages import make_passages, sentences_of
from service.ports import ArticleStore, CopyFinder, Embedder, LexicalIndex, SentenceSplitter, VectorIndex

PASSAGES: Final = 4_000
"""Passages that each index is asked for: what matches is decided article by article."""
PAGE: Final = 100
"""Articles that are taken from the store at once, and at whose end progress is told."""
NEAREST: Final = 3
IN_CONTEXT: Final = 150_000
"""Code points of a raw text up to which all sentences are embedded, each within its passage. Of a longer
text the EMBEDDED weightiest by their words are, each by itself."""
EMBEDDED: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The articles that match, oldest first, and those of them that are left out.

    Attributes:
        revisions: What is to be read.
        left_out: What is not, and why.
        copies: By the id of an article that is read, the copies of its text that are not.
        scores: By article id how well it matches the query; empty where there was none.
        nearest: What came closest, where nothing matched.
        query: The vector of the query.
        seq: How far the index had come.
    """

    revisions: tuple[Revision, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    copies: Mapping[str, tuple[Copy, ...]] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    nearest: tuple[Revision, ...] = ()
    query: Vector | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class CollectArticles:
    """Finds all articles for a summary, and reads them.

    Args:
        articles: The truth.
        embedder: Embeds the query, a raw text, and what is not indexed yet.
        splitter: Finds the sentences of the same.
        exact: Searched by vector: a graph would leave some out.
        lexicon: Searched by words.
        copies: Finds near-copies.
    """

    articles: ArticleStore
    embedder: Embedder
    splitter: SentenceSplitter
    exact: VectorIndex
    lexicon: LexicalIndex
    copies: CopyFinder

    async def check(self, article_ids: Sequence[str]) -> None:
        """Say before any work starts whether all of these are stored.

        Raises:
            ArticleNotFound: One is not; the error says at which place.
        """
        live = await self.articles.current(article_ids)
        for place, article_id in enumerate(article_ids, start=1):
            if article_id not in live:
                try:
                    await self.articles.get(article_id)
                except ArticleNotFound:
                    raise ArticleNotFound(
                        f"number {place} of article_ids is no stored article", field="article_ids"
                    ) from None

    async def by_ids(self, article_ids: Sequence[str], filters: Filters) -> Matched:
        """The articles with these ids, as far as they are live."""
        live = await self.articles.current(article_ids)
        found: list[Revision] = []
        left_out: list[LeftOut] = []
        for article_id in article_ids:
            revision = live.get(article_id)
            if revision is None:
                left_out.append(LeftOut(article_id, "retracted"))
            elif not filters.admits(revision.article):
                left_out.append(LeftOut(article_id, "outside the filters, or published after as_of"))
            else:
                found.append(revision)
        return await self._weeded(found, left_out)

    async def by_query(self, query: str, filters: Filters) -> Matched:
        """All articles that match a query and the filters."""
        asked = list(dict.fromkeys(content_words(query)))
        vector = await self.embedder.embed_query(query)
        near = await self.exact.search(vector, PASSAGES, filters)
        by_words = await self.lexicon.search(query, PASSAGES, filters)
        total = await self.lexicon.count() + 1
        frequencies = await self.lexicon.document_frequencies(asked)
        weights = {stem(word): max(0.0, math.log(total / (frequencies.get(word, 0) + 0.5))) for word in asked}
        held = await self.articles.live_passages(
            list(dict.fromkeys(s.passage_id for s in (*near, *by_words)))
        )
        scores = await asyncio.to_thread(_scores, held, vector, weights)
        revisions = {revision.article.id: revision for _, revision in held.values()}
        ranked = sorted(scores, key=lambda article_id: (-scores[article_id], article_id))
        found = [revisions[article_id] for article_id in ranked if scores[article_id] >= MATCHES]
        nearest = () if found else tuple(revisions[article_id] for article_id in ranked[:NEAREST])
        return await self._weeded(found, (), scores=scores, nearest=nearest, query=vector)

    async def by_filters(self, filters: Filters) -> Matched:
        """All live articles that pass the filters, up to a bound."""
        found: list[Revision] = []
        after: str | None = None
        while True:
            page = await self.articles.page(after=after, limit=PAGE, filters=filters)
            found += [revision for revision in page if not revision.retracted]
            if len(page) < PAGE:
                break
            after = page[-1].article.id
        # The newest lead, so that they are not what lies beyond the bound.
        found.sort(key=_when, reverse=True)
        return await self._weeded(found, ())

    async def read(self, matched: Matched) -> AsyncIterator[list[EvidenceArticle]]:
        """Read the articles with all their sentences, page by page.

        Yields:
            Articles without a sentence are not among them; numbers go on over all pages, from 1.
        """
        n = 0
        for at in range(0, len(matched.revisions), PAGE):
            page = matched.revisions[at : at + PAGE]
            made = await self._passages(page)
            read = []
            for revision, passages in zip(page, made, strict=True):
                if rows := _sentences(n + 1, revision.article, passages):
                    n += 1
                    article_id = revision.article.id
                    read.append(
                        EvidenceArticle(
                            n=n,
                            article=revision.article,
                            revision=revision.number,
                            score=matched.scores.get(article_id, 1.0),
                            corrected=revision.corrected,
                            sentences=rows,
                            copies=matched.copies.get(article_id, ()),
                        )
                    )
            yield read

    async def read_text(self, text: str) -> EvidenceArticle | None:
        """Read a raw text, which is not stored; None where it has no sentence.

        Its article has no id and its revision is 0; all spans count in the text as it was sent.
        """
        shadow = await asyncio.to_thread(same_length, text)
        sentences = await asyncio.to_thread(sentences_of, shadow, self.splitter)
        if not sentences:
            return None
        rows: Sequence[EvidenceSentence]
        if len(text) <= IN_CONTEXT:
            (passages,) = await make_passages(
                [Revision(Article("", "", shadow), 0, _EPOCH)], self.splitter, self.embedder
            )
            rows = _sentences(1, Article("", "", text), passages)
        else:
            rows = await self._embedded(text, sentences)
        return EvidenceArticle(1, Article("", "", text), 0, 1.0, corrected=False, sentences=tuple(rows))

    async def _embedded(self, text: str, sentences: Sequence[Sentence]) -> list[EvidenceSentence]:
        """The sentences of a long text, those embedded that its words make the weightiest."""
        blank = np.zeros_like(await self.embedder.embed_query(" "))
        rows = [
            EvidenceSentence(1, i, sentence, text[sentence.start : sentence.end], blank, 1.0)
            for i, sentence in enumerate(sentences, start=1)
        ]
        whole = EvidenceArticle(1, Article("", "", text), 0, 1.0, corrected=False, sentences=tuple(rows))
        values = (await asyncio.to_thread(weigh, Evidence((whole,)))).values
        best = sorted(range(len(rows)), key=lambda i: (-values[i], i))[:EMBEDDED]
        vectors = await self.embedder.embed([rows[i].text for i in best])
        for i, vector in zip(best, vectors, strict=True):
            rows[i] = replace(rows[i], vector=vector)
        return rows

    async def _passages(self, revisions: Sequence[Revision]) -> list[Sequence[EmbeddedPassage]]:
        """The stored passages; those of an article that is not indexed yet are made here and not kept."""
        keys = [(r.article.id, r.number) for r in revisions]
        stored = await self.articles.passages_of(keys)
        waiting = [r for r, key in zip(revisions, keys, strict=True) if key not in stored]
        made = iter(await make_passages(waiting, self.splitter, self.embedder) if waiting else ())
        return [stored[key] if key in stored else next(made) for key in keys]

    async def _weeded(
        self,
        found: Sequence[Revision],
        left_out: Sequence[LeftOut],
        *,
        scores: Mapping[str, float] | None = None,
        nearest: tuple[Revision, ...] = (),
        query: Vector | None = None,
    ) -> Matched:
        """Leave out copies, what is superseded, and what lies beyond the bound."""
        kept, weeds, copies = await asyncio.to_thread(self._weed, found)
        return Matched(
            revisions=tuple(sorted(kept, key=_when)),
            left_out=(*left_out, *weeds),
            copies=copies,
            scores=scores or {},
            nearest=nearest,
            query=query,
            seq=await self.exact.applied_seq(),
        )

    def _weed(
        self, found: Sequence[Revision]
    ) -> tuple[list[Revision], list[LeftOut], dict[str, tuple[Copy, ...]]]:
        weeds = [
            LeftOut(revision.article.id, f"beyond the {MAX_ARTICLES} articles that one summary reads")
            for revision in found[MAX_ARTICLES:]
        ]
        within = found[:MAX_ARTICLES]
        kept: list[Revision] = []
        copies: dict[str, tuple[Copy, ...]] = {}
        for group in self.copies.groups([revision.article.text for revision in within]):
            members = [within[i] for i in group]
            lead = lead_of(members)
            others = [member.article for member in members if member is not lead]
            kept.append(lead)
            copies[lead.article.id] = tuple(Copy(a.id, a.source, a.url) for a in others)
            weeds += [LeftOut(a.id, f"a copy of {lead.article.id}") for a in others]
        for old, new in superseded(kept).items():
            weeds.append(LeftOut(old, f"corrected by {new}"))
            kept = [revision for revision in kept if revision.article.id != old]
        return kept, weeds, copies


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _when(revision: Revision) -> tuple[bool, datetime, str]:
    """Oldest first; those without a date come last."""
    published = revision.article.published_at
    return published is None, published or _EPOCH, revision.article.id


def _scores(
    held: Mapping[str, tuple[EmbeddedPassage, Revision]], vector: Vector, weights: Mapping[str, float]
) -> dict[str, float]:
    """How well each article matches, by id: its words as a whole, and its nearest passage."""
    cosines: dict[str, float] = {}
    articles: dict[str, Article] = {}
    for embedded, revision in held.values():
        article = articles.setdefault(revision.article.id, revision.article)
        cosines[article.id] = max(cosines.get(article.id, -1.0), float(embedded.vector @ vector))
    return {
        article_id: match(
            share_of(weights, matter(article.headline) | matter(article.text)), cosines[article_id]
        )
        for article_id, article in articles.items()
    }


def _sentences(n: int, article: Article, passages: Sequence[EmbeddedPassage]) -> tuple[EvidenceSentence, ...]:
    """All sentences of an article, each once, in reading order."""
    rows: dict[tuple[int, int], tuple[Sentence, Vector]] = {}
    for embedded in passages:
        for sentence, vector in zip(embedded.passage.sentences, embedded.sentence_vectors, strict=True):
            key = (sentence.start, sentence.end)
            if key not in rows or not np.any(rows[key][1]):
                rows[key] = (sentence, vector)
    found = [rows[key] for key in sorted(rows)]
    if found:
        first, vector = found[0]
        found[0] = (replace(first, start=after_dateline(article.text, first)), vector)
    return tuple(
        EvidenceSentence(n, i, sentence, article.text[sentence.start : sentence.end], vector, 1.0)
        for i, (sentence, vector) in enumerate(found, start=1)
    )
