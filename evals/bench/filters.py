"""What a filter costs: filtered against unfiltered search, and what is lost, over many passages.

The vectors may come from the embedding model or from words alone (`WordEmbedder`): what a search costs does
not depend on what a vector means, and 20,000 passages are then taken in without a model's minutes. A
question's embedding is then next to nothing, so the ratio of filtered to unfiltered is at its strictest.
"""

import gzip
import json
import random
import statistics
import time
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from service.adapters.chroma_vectors import ChromaVectors
from service.adapters.exact_vectors import ExactVectors
from service.adapters.minhash_copies import MinhashCopies
from service.adapters.nupunkt_sentences import NupunktSentences
from service.adapters.sql.articles import SqlArticles
from service.adapters.sql.database import Database
from service.adapters.tantivy_lexicon import TantivyLexicon
from service.domain.article import NO_FILTERS, Article, Filters, Matrix, Vector
from service.domain.text import content_words
from service.pipelines.index import ApplyChanges, IndexLoop
from service.pipelines.retrieve import CANDIDATES, RetrieveEvidence
from service.ports import Embedded, Embedder

QUESTIONS: Final = 150
WARM_UP: Final = 10
SEED: Final = 7
LIMIT: Final = 10
BATCH: Final = 500
DIMENSION: Final = 384
DEAREST: Final = 2.0
"""Times an unfiltered search that a filtered one may take."""
ENOUGH: Final = 20_000
"""Passages from which on the figures say something."""
ROUNDING: Final = 1e-3
"""The truth keeps vectors in half precision: what lies as close to the last that was given is no loss."""


@dataclass(frozen=True, slots=True)
class FilterCost:
    """A filter's cost; times of a search in milliseconds, medians and 95th percentiles.

    Attributes:
        label: Which filter.
        admitted: Share of the passages that pass it, in [0, 1].
        p50_ms: Of the whole retrieval, as `/search` runs it.
        p95_ms: The same.
        ratio: p50 against the unfiltered search's.
        recall: Share of the nearest LIMIT admitted passages that the vector search gave, by brute force.
        astray: Passages among the results that the filter does not admit.
    """

    label: str
    admitted: float
    p50_ms: float
    p95_ms: float
    ratio: float
    recall: float
    astray: int


def kept(costs: Sequence[FilterCost]) -> bool:
    """Whether every filter costs at most DEAREST, loses no recall against no filter, lets nothing through."""
    unfiltered = costs[0].recall
    return all(
        cost.ratio <= DEAREST and cost.recall >= min(1.0, unfiltered) and not cost.astray
        for cost in costs[1:]
    )


class WordEmbedder:
    """An `Embedder` without a model: the sum of a fixed random direction for each content word."""

    space = f"words-{DIMENSION}"
    max_tokens = 256

    async def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        """Words and a third, about what a model's tokens are."""
        return [len(text.split()) * 4 // 3 for text in texts]

    async def embed_query(self, text: str) -> Vector:
        """The vector of a question."""
        return _word_vector(text)

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Vectors of n texts, shape (n, d)."""
        return np.stack([_word_vector(text) for text in texts])

    async def embed_words(self, words: Sequence[str]) -> Matrix:
        """Vectors of n words."""
        return np.stack([_word_vector(word) for word in words])

    async def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> Sequence[Embedded]:
        """Vectors of n texts and of spans of each."""
        return [
            Embedded(_word_vector(text), np.stack([_word_vector(text[start:end]) for start, end in held]))
            for text, held in zip(texts, spans, strict=True)
        ]


@lru_cache(maxsize=100_000)
def _direction(word: str) -> Vector:
    return np.random.default_rng(zlib.crc32(word.encode())).standard_normal(DIMENSION).astype(np.float32)


def _word_vector(text: str) -> Vector:
    made = sum((_direction(word) for word in content_words(text)), start=_direction("") / DIMENSION)
    return np.asarray(made / np.linalg.norm(made), np.float32)


def read_reuters(data: Path, limit: int | None = None) -> list[Article]:
    """News items of 1987 as articles: the first place stands for the source, the first topic for the section.

    Args:
        data: A folder with `reuters21578/articles.jsonl.gz`.
        limit: Items at most.
    """
    articles: list[Article] = []
    with gzip.open(data / "reuters21578" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            if item["text"] and item["published_at"] and (limit is None or len(articles) < limit):
                articles.append(
                    Article(
                        id=item["id"],
                        headline=item["title"] or "Untitled",
                        text=item["text"],
                        source=next(iter(item["places"]), None),
                        section=next(iter(item["topics"]), None),
                        published_at=datetime.fromisoformat(item["published_at"]),
                    )
                )
    return articles


def filter_cases(articles: Sequence[Article]) -> dict[str, Filters]:
    """Filters of all kinds, from what passes most to what passes least."""
    sources = Counter(article.source for article in articles if article.source).most_common()
    sections = Counter(article.section for article in articles if article.section).most_common()
    days = sorted(article.published_at for article in articles if article.published_at)
    middle = days[len(days) // 2]
    week, month = middle + timedelta(days=7), middle + timedelta(days=30)
    return {
        "source, the most frequent": Filters(source=(sources[0][0],)),
        "source, the third": Filters(source=(sources[min(2, len(sources) - 1)][0],)),
        "section, the most frequent": Filters(section=(sections[0][0],)),
        "section, a rare one": Filters(section=(sections[len(sections) // 2][0],)),
        "30 days": Filters(published_from=middle, published_to=month),
        "7 days": Filters(published_from=middle, published_to=week),
        "since the middle": Filters(published_from=middle),
        "as_of": Filters(known_by=middle),
        "source and 30 days": Filters(source=(sources[0][0],), published_from=middle, published_to=month),
        "one article": Filters(article_id=(articles[0].id,)),
    }


async def measure_filters(
    articles: Sequence[Article],
    folder: Path,
    embedder: Embedder | None = None,
    told: Callable[[str, int, int], None] = lambda _stage, _done, _all: None,
) -> tuple[int, list[FilterCost]]:
    """Take articles into an empty folder and search them with and without filters, in turn.

    Args:
        articles: 20,000 passages and more say most.
        folder: An empty folder.
        embedder: Of the vectors; else WordEmbedder.
        told: Is told how far it is.

    Returns:
        How many passages there are, and a row a filter, the first without any.
    """
    model = embedder or WordEmbedder()
    chroma, lexicon = ChromaVectors(folder / "chroma"), TantivyLexicon(folder / "tantivy")
    database = Database(f"sqlite:///{folder / 'byline.db'}")
    exact, store = ExactVectors(len(await model.embed_query("size"))), SqlArticles(database)
    try:
        for index in (chroma, lexicon):
            if not await index.open():
                await index.clear()
        apply = ApplyChanges(store, NupunktSentences(), model, (exact, lexicon, chroma))
        for start in range(0, len(articles), BATCH):
            await store.put(articles[start : start + BATCH])
            await apply()
            told("ingest", start, len(articles))
        retrieve = RetrieveEvidence(
            articles=store,
            embedder=model,
            vectors=chroma,
            exact=exact,
            lexicon=lexicon,
            copies=MinhashCopies(),
            index=IndexLoop(apply),
        )
        return await exact.count(), await _measure(retrieve, articles, told)
    finally:
        lexicon.close()
        chroma.close()
        database.close()


async def _measure(
    retrieve: RetrieveEvidence, articles: Sequence[Article], told: Callable[[str, int, int], None]
) -> list[FilterCost]:
    draw = random.Random(SEED)  # noqa: S311 - a sample, no secret
    asked = [
        held.headline.capitalize() for held in draw.sample(list(articles), min(QUESTIONS, len(articles)))
    ]
    cases = {"no filter": NO_FILTERS} | filter_cases(articles)
    spent: dict[str, list[float]] = {label: [] for label in cases}
    astray: Counter[str] = Counter()
    warm_up = asked[:WARM_UP]
    for n, question in enumerate([*warm_up, *asked]):
        for label, filters in cases.items():
            began = time.perf_counter()
            found = await retrieve(question, filters=filters, limit=LIMIT)
            if n >= len(warm_up):
                spent[label].append(1e3 * (time.perf_counter() - began))
                astray[label] += sum(
                    not filters.admits(passage.revision.article) for passage in found.passages
                )
        told("search", n, len(asked))
    at, rows, owners = await _all_vectors(retrieve)
    plain = statistics.median(spent["no filter"])
    costs = []
    for label, filters in cases.items():
        passes = np.array([filters.admits(owners[i]) for i in at])
        recalls = [await _recall(retrieve, question, filters, at, rows, passes) for question in asked]
        ordered = sorted(spent[label])
        costs.append(
            FilterCost(
                label=label,
                admitted=float(passes.mean()),
                p50_ms=statistics.median(ordered),
                p95_ms=ordered[int(0.95 * (len(ordered) - 1))],
                ratio=statistics.median(ordered) / plain,
                recall=statistics.fmean(recalls),
                astray=astray[label],
            )
        )
    return costs


async def _all_vectors(
    retrieve: RetrieveEvidence,
) -> tuple[dict[str, int], Matrix, Mapping[str, Article]]:
    """Where each passage's vector stands, the vectors, and each passage's article."""
    at: dict[str, int] = {}
    rows: list[Vector] = []
    owners: dict[str, Article] = {}
    async for batch in retrieve.articles.live_vectors():
        for embedded, article in batch:
            at[embedded.passage.id] = len(rows)
            rows.append(embedded.vector)
            owners[embedded.passage.id] = article
    return at, np.stack(rows), owners


async def _recall(
    retrieve: RetrieveEvidence,
    question: str,
    filters: Filters,
    at: Mapping[str, int],
    rows: Matrix,
    passes: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> float:
    """How many of the nearest LIMIT that pass are among what the vector search gives."""
    vector = await retrieve.embedder.embed_query(question)
    index = retrieve.exact if filters else retrieve.vectors
    given = {scored.passage_id for scored in await index.search(vector, CANDIDATES, filters)}
    scores = np.where(passes, rows @ vector, -np.inf)
    ids = list(at)
    nearest = [int(i) for i in np.argsort(-scores, kind="stable")[:LIMIT] if passes[i]]
    if not nearest:
        return 1.0
    last = min((scores[at[i]] for i in given if i in at), default=np.inf)
    return statistics.fmean(ids[i] in given or scores[i] <= last + ROUNDING for i in nearest)
