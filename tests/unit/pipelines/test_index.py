"""INDEX: every index follows the feed, and the model works while they are written."""

import asyncio
from typing import Any

import pytest

from evals.bench.filters import WordEmbedder
from service.domain.article import Article
from service.domain.errors import IndexUnavailable
from service.pipelines import index
from service.pipelines.index import ApplyChanges
from tests.fakes.articles import MemoryArticles
from tests.fakes.indexes import MemoryVectors, MemoryWords


class Lines:
    """A `SentenceSplitter`: each paragraph is a sentence."""

    def split(self, paragraph: str) -> list[tuple[int, int]]:
        return [(0, len(paragraph))]


class Model(WordEmbedder):
    """Keeps which texts it embedded, call by call, and can be told to fail."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.fails: str | None = None

    async def embed_spans(self, texts: Any, spans: Any) -> Any:
        self.calls.append(list(texts))
        await asyncio.sleep(0)
        if any(self.fails is not None and self.fails in text for text in texts):
            raise OSError("no memory")
        return await super().embed_spans(texts, spans)


class Watched(MemoryVectors):
    """Keeps how much the model had done when each batch was written, and can be told to fail."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model, self.fails = model, False
        self.done: list[int] = []

    async def replace(self, articles: Any, seq: int) -> None:
        await asyncio.sleep(0.01)
        if self.fails:
            raise IndexUnavailable("gone")
        self.done.append(len(self.model.calls))
        await super().replace(articles, seq)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(index, "BATCH", 2)


async def stored(n: int) -> MemoryArticles:
    store = MemoryArticles()
    await store.put([Article(f"a{i}", "Port", f"The port counted {i} cranes.") for i in range(n)])
    return store


async def test_the_next_batch_is_made_while_the_indexes_are_written():
    model = Model()
    watched, words = Watched(model), MemoryWords()
    assert await ApplyChanges(await stored(5), Lines(), model, (watched, words))() == 5
    assert [len(call) for call in model.calls] == [2, 2, 1]
    assert watched.done == [2, 3, 3]
    assert await watched.count() == await words.count() == 5


async def test_a_batch_that_cannot_be_made_ahead_loses_nothing_of_what_was_written_before():
    model, store = Model(), await stored(4)
    model.fails = "3 cranes"
    vectors = MemoryVectors()
    apply = ApplyChanges(store, Lines(), model, (vectors,))
    with pytest.raises(OSError, match="no memory"):
        await apply()
    assert (await vectors.applied_seq(), await vectors.count()) == (2, 2)
    model.fails = None
    assert await apply() == 4
    assert await vectors.count() == 4


async def test_an_index_that_fails_leaves_no_work_running_behind_it():
    model = Model()
    watched = Watched(model)
    watched.fails = True
    with pytest.raises(IndexUnavailable):
        await ApplyChanges(await stored(4), Lines(), model, (watched,))()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_an_index_holds_are_the_vectors_that_the_truth_holds():
    model, store, vectors = Model(), await stored(3), MemoryVectors()
    await ApplyChanges(store, Lines(), model, (vectors,))()
    kept = {item.passage.id: item for batch in [b async for b in store.live_vectors()] for item, _ in batch}
    held = {item.passage.id: item for _, items in vectors._held.values() for item in items}
    assert held == kept
