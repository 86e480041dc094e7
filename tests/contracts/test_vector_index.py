"""What every VectorIndex does, held on the fake, on exact search and on Chroma in a folder."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from service.adapters.chroma_vectors import ChromaVectors
from service.adapters.exact_vectors import ExactVectors
from service.domain.article import Article, EmbeddedPassage, Filters, Passage, Sentence
from service.ports import IndexedArticle, VectorIndex
from tests.fakes.indexes import MemoryVectors

D = 8
NAMES = ("one", "two", "three", "four")


def vector(*hot: int) -> np.ndarray:
    row = np.zeros(D, np.float32)
    row[list(hot)] = 1.0
    return row / np.linalg.norm(row)


def indexed(article_id: str, *vectors: np.ndarray, revision: int = 1, stale: tuple[str, ...] = (), **fields):
    article = Article(article_id, "H", "Text of it.", **fields)
    passages = [
        EmbeddedPassage(
            Passage(f"{article_id}:{revision}:{n}", article_id, revision, n, 0, 4, (Sentence(0, 4),)),
            v,
            v[None, :],
        )
        for n, v in enumerate(vectors)
    ]
    return IndexedArticle(article_id, article, passages, stale)


@pytest.fixture(params=[MemoryVectors, ExactVectors, ChromaVectors])
async def index(request, tmp_path):
    if request.param is MemoryVectors:
        yield MemoryVectors()
        return
    if request.param is ExactVectors:
        yield ExactVectors(D)
        return
    chroma = ChromaVectors(tmp_path / "chroma")
    assert not await chroma.open()
    await chroma.clear()
    yield chroma
    chroma.close()


async def ids(index: VectorIndex, query: np.ndarray, limit: int = 10) -> list[str]:
    return [scored.passage_id for scored in await index.search(query, limit)]


async def test_an_empty_index_finds_nothing(index):
    assert (await index.count(), await index.applied_seq()) == (0, 0)
    assert await ids(index, vector(0)) == []


async def test_the_nearest_come_first_with_their_cosine(index):
    await index.replace([indexed("a", vector(0), vector(0, 1)), indexed("b", vector(1))], 3)
    ranking = await index.search(vector(0), 3)
    assert [s.passage_id for s in ranking] == ["a:1:0", "a:1:1", "b:1:0"]
    assert [s.score for s in ranking] == pytest.approx([1.0, 0.70711, 0.0], abs=1e-4)
    assert (await index.count(), await index.applied_seq()) == (3, 3)
    assert await ids(index, vector(0), 1) == ["a:1:0"]


async def test_replacing_an_article_takes_its_old_passages_out(index):
    await index.replace([indexed("a", vector(0), vector(1)), indexed("b", vector(2))], 1)
    await index.replace([indexed("a", vector(3), revision=2, stale=("a:1:0", "a:1:1"))], 2)
    assert set(await ids(index, vector(0))) == {"a:2:0", "b:1:0"}
    await index.replace([IndexedArticle("b", None, (), ("b:1:0",))], 3)
    assert await ids(index, vector(0)) == ["a:2:0"]
    assert await index.count() == 1


async def test_doing_it_twice_does_no_harm(index):
    for seq in (4, 4, 5):
        await index.replace([indexed("a", vector(0), vector(1), stale=("a:0:0",))], seq)
    assert await index.count() == 2
    assert await index.applied_seq() == 5


async def test_a_cleared_index_is_empty_and_can_be_filled_again(index):
    await index.replace([indexed("a", vector(0))], 7)
    await index.clear()
    assert (await index.count(), await index.applied_seq()) == (0, 0)
    assert await ids(index, vector(0)) == []
    await index.replace([indexed("a", vector(0))], 8)
    assert await ids(index, vector(0)) == ["a:1:0"]


async def test_what_chroma_holds_is_there_when_it_is_opened_again(tmp_path: Path):
    first = ChromaVectors(tmp_path / "chroma")
    await first.open()
    await first.clear()
    await first.replace([indexed("a", vector(0)), indexed("b", vector(1))], 9)
    first.close()
    second = ChromaVectors(tmp_path / "chroma")
    assert await second.open()
    assert (await second.count(), await second.applied_seq()) == (2, 9)
    assert await ids(second, vector(1), 1) == ["b:1:0"]
    second.close()


async def test_chroma_is_never_asked_with_filters(tmp_path: Path):
    chroma = ChromaVectors(tmp_path / "chroma")
    with pytest.raises(ValueError, match="without filters"):
        await chroma.search(vector(0), 1, Filters(source=("x",)))
    chroma.close()


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), {"dated", "later", "undated"}),
        (Filters(source=("Post", "Nobody")), {"dated"}),
        (Filters(source=("Nobody",)), set()),
        (Filters(section=("a",), language=("en",)), {"later"}),
        (Filters(article_id=("undated",)), {"undated"}),
        (Filters(published_from=datetime(2026, 1, 2, tzinfo=UTC)), {"later"}),
        (Filters(published_to=datetime(2026, 1, 1, tzinfo=UTC)), {"dated"}),
        (Filters(known_by=datetime(2026, 1, 1, tzinfo=UTC)), {"dated", "undated"}),
    ],
)
async def test_exact_search_admits_what_the_filters_admit(filters, found):
    exact = ExactVectors(D)
    rows = [
        indexed("dated", vector(0), source="Post", published_at=datetime(2026, 1, 1, tzinfo=UTC)),
        indexed(
            "later", vector(0), section="a", language="en", published_at=datetime(2026, 1, 2, tzinfo=UTC)
        ),
        indexed("undated", vector(0), section="a"),
    ]
    await exact.replace(rows, 1)
    assert {s.passage_id.split(":")[0] for s in await exact.search(vector(0), 9, filters)} == found
    assert {row.article_id for row in rows if filters.admits(row.article)} == found


async def test_a_search_while_the_index_grows_gives_what_stood_before():
    """The arrays are exchanged in the middle of a search that waits for its thread."""
    exact = ExactVectors(D)
    await exact.replace([indexed("a", vector(0))], 1)
    gate = threading.Event()
    blocked = [asyncio.create_task(asyncio.to_thread(gate.wait)) for _ in range(64)]
    await asyncio.sleep(0)
    searching = asyncio.create_task(exact.search(vector(0), 5))
    await asyncio.sleep(0)
    await exact.replace([indexed("b", *[vector(1)] * 1_500)], 2)
    gate.set()
    assert [s.passage_id for s in await searching] == ["a:1:0"]
    await asyncio.gather(*blocked)
