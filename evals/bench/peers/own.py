"""Byline as one of the measured systems, through its own pipelines."""

import asyncio
import atexit
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from evals.bench.peers.system import TOP, Document, Ingest, Search
from service.bootstrap import open_pipelines
from service.domain.article import NO_FILTERS, Article, Receipt
from service.settings import Chat, Embedding, Settings
from service.settings import Ingest as IngestSettings

PASSAGES: Final = 4 * TOP
"""Passages that are asked for: enough for TOP articles."""
WAIT_S: Final = 600.0

Made = TypeVar("Made")


class _Open:
    """Byline's pipelines, open as long as this is held, on an event loop that runs while it is asked."""

    def __init__(self, folder: Path, dtype: Literal["auto", "float32"]) -> None:
        settings = Settings(
            data_dir=folder,
            chat=Chat(),
            embedding=Embedding(dtype=dtype),
            ingest=IngestSettings(wait_s=WAIT_S),
        )
        # No asyncio.Runner: its run() looks up the signal handler, and so makes a text of the last result.
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self.pipelines = self.run(self._stack.enter_async_context(open_pipelines(settings)))
        atexit.register(lambda: self.run(self._stack.aclose()))

    def run(self, work: Coroutine[Any, Any, Made]) -> Made:
        """Wait for `work`."""
        return self._loop.run_until_complete(work)


def open_byline(folder: Path, dtype: Literal["auto", "float32"], *, titled: bool) -> Ingest:
    """Open Byline over an empty data folder.

    Args:
        folder: The data folder; its first start times both number formats where `dtype` is auto.
        dtype: Of the embedding model's weights.
        titled: Whether the article's headline is the document's title, or the same word for all.
    """
    held = _Open(folder, dtype)

    def ingest(documents: Sequence[Document]) -> Search:
        articles = [Article(d.id, d.title if titled else "Article", d.text) for d in documents]
        receipts = held.run(held.pipelines.ingest(articles))
        if not all(isinstance(receipt, Receipt) and receipt.indexed for receipt in receipts):
            raise RuntimeError("not every document was taken in")

        def search(question: str) -> Sequence[str]:
            found = held.run(held.pipelines.retrieve(question, filters=NO_FILTERS, limit=PASSAGES))
            ids = dict.fromkeys(passage.revision.article.id for passage in found.passages)
            return list(ids)[:TOP]

        return search

    return ingest


def open_embedder(folder: Path, dtype: Literal["auto", "float32"]) -> Ingest:
    """Byline's embedding of a question alone: the least that any search by vector takes."""
    held = _Open(folder, dtype)

    def ingest(documents: Sequence[Document]) -> Search:
        del documents

        def search(question: str) -> Sequence[str]:
            held.run(held.pipelines.retrieve.embedder.embed_query(question))
            return ()

        return search

    return ingest
