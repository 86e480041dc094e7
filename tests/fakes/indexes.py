"""A `VectorIndex` and a `LexicalIndex` in dictionaries, held by the contracts of the real ones."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from service.domain.article import NO_FILTERS, Article, EmbeddedPassage, Filters, Vector
from service.domain.ranking import Ranking, rank
from service.domain.text import stem, words
from service.ports import IndexedArticle


class MemoryIndex:
    """What both are: passages by article, and how far they have come."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Article, Sequence[EmbeddedPassage]]] = {}
        self._seq = 0

    async def applied_seq(self) -> int:
        return self._seq

    async def replace(self, articles: Sequence[IndexedArticle], seq: int) -> None:
        for item in articles:
            self._held.pop(item.article_id, None)
            if item.article is not None:
                self._held[item.article_id] = (item.article, item.passages)
        self._seq = seq

    async def clear(self) -> None:
        self._held, self._seq = {}, 0

    async def count(self) -> int:
        return len(self._admitted(NO_FILTERS))

    def _admitted(self, filters: Filters) -> list[tuple[Article, EmbeddedPassage]]:
        rows = [(article, item) for article, items in self._held.values() for item in items]
        return [(article, item) for article, item in rows if filters.admits(article)]


class MemoryVectors(MemoryIndex):
    """Compares with every vector."""

    async def search(self, vector: Vector, limit: int, filters: Filters = NO_FILTERS) -> Ranking:
        rows = self._admitted(filters)
        return rank({item.passage.id: round(float(item.vector @ vector), 5) for _, item in rows})[:limit]


class MemoryWords(MemoryIndex):
    """BM25 over every passage, with the usual constants."""

    async def search(self, query: str, limit: int, filters: Filters = NO_FILTERS) -> Ranking:
        frequencies = {term: self._frequency(term) for term in map(stem, words(query))}
        total, scores = len(self._admitted(NO_FILTERS)), {}
        for article, item in self._admitted(filters):
            bag = _bag(article, item)
            shares = [
                math.log(1 + (total - n + 0.5) / (n + 0.5)) * bag[term] * 2.2 / (bag[term] + 1.2)
                for term, n in frequencies.items()
                if bag[term]
            ]
            if shares:
                scores[item.passage.id] = math.fsum(shares)
        return rank(scores)[:limit]

    async def document_frequencies(self, words: Sequence[str]) -> Mapping[str, int]:
        return {word: self._frequency(stem(word.casefold())) for word in words}

    def _frequency(self, term: str) -> int:
        return sum(term in _bag(*row) for row in self._admitted(NO_FILTERS))


def _bag(article: Article, item: EmbeddedPassage) -> Counter[str]:
    text = article.text[item.passage.start : item.passage.end]
    return Counter(stem(word) for word in words(f"{article.headline} {text}"))
