"""Vectors in Chroma: a `VectorIndex`.

Chroma's rows survive a `kill -9`; its graph files do not always, and a lost one fails silently: the
count is right and the query misses. So the index is a cache in a generation folder beside a small file
that says which generation holds and how far it has come. Up to WAL_ROWS passages nothing but Chroma's
fsynced log is written, so there is no graph file to lose; beyond, the folder is probed at start in a
process of its own (a damaged graph can take its process down) and rebuilt from the truth.

Run as a program it is that probe: `python -m service.adapters.chroma_vectors FOLDER`.
"""

import asyncio
import contextlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import numpy as np

from service.domain.article import NO_FILTERS, EmbeddedPassage, Filters, Vector
from service.domain.errors import IndexUnavailable
from service.domain.ranking import Ranking, rank
from service.ports import IndexedArticle

T = TypeVar("T")
COLLECTION: Final = "passages"
WAL_ROWS: Final = 20_000
"""Above so many rows the log alone would take too long to replay at start (4.4 s at 20,000)."""
WAL_ONLY, PERSISTED = 2_000_000, 1_000
"""Chroma's sync_threshold below and above WAL_ROWS."""
EF_SEARCH: Final = 200
"""How widely the graph is searched. Of the 60 nearest of 22,000 vectors Chroma's 100 finds 96.5 %, 200 98.9 %
in the same time."""
WRITE_ROWS: Final = 20
"""Rows in a write: Chroma holds the interpreter while it writes, 20 rows for about 30 ms."""
FILE_LIMIT: Final = 2 * 2**30
"""Bytes: a damaged graph file has been seen to grow without end; with a limit it is an error."""


class ChromaVectors:
    """A `VectorIndex` on Chroma, embedded in a folder or on a server.

    Args:
        folder: Where the generations and the state stand.
        url: A Chroma server; None: embedded.
    """

    def __init__(self, folder: Path, *, url: str | None = None) -> None:
        self._folder = folder
        self._url = url
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chroma")
        self._state = _State(folder / "current.json")
        self._client: Any = None
        self._collection: Any = None
        folder.mkdir(parents=True, exist_ok=True)

    async def open(self) -> bool:
        """Open the current generation; False where it is damaged or there is none, and `clear` is due."""
        if self._url is None:
            _limit_files()
        if not self._state.load():
            return False
        if self._url is None and not await asyncio.to_thread(
            probe_apart, self._generation(), self._state.rows
        ):
            return False
        try:
            await self._run(self._connect)
            # A generation that was not filled to its end may hold what was deleted since.
            return self._state.seq > 0 or await self.count() == 0
        except IndexUnavailable:
            return False

    async def applied_seq(self) -> int:
        """The last `seq` whose changes are in."""
        return self._state.seq

    async def count(self) -> int:
        """How many passages it holds."""
        return await self._run(lambda: int(self._collection.count()))

    async def clear(self) -> None:
        """Begin an empty generation, whatever state the old one is in."""
        await self._run(self._begin)

    async def replace(self, articles: Sequence[IndexedArticle], seq: int) -> None:
        """Put articles' passages in the place of their old ones, in small writes."""
        stale = [passage_id for item in articles for passage_id in item.stale]
        new = [embedded for item in articles for embedded in item.passages]
        # Ids are never used again and a stored text never changes: what is there already is right.
        for at in range(0, len(new), WRITE_ROWS):
            await self._run(partial(self._add, new[at : at + WRITE_ROWS]))
        for at in range(0, len(stale), WRITE_ROWS):
            await self._run(partial(self._remove, stale[at : at + WRITE_ROWS]))
        rows = await self.count() if articles else self._state.rows
        self._state.save(seq=seq, rows=rows, removed=self._state.removed + len(stale))

    async def search(self, vector: Vector, limit: int, filters: Filters = NO_FILTERS) -> Ranking:
        """The nearest passages by cosine, without filters: `exact_vectors` is for those."""
        if filters:
            raise ValueError("Chroma is asked without filters")

        def query() -> Ranking:
            if self._collection is None:
                raise IndexUnavailable("the vector index is being rebuilt")
            found = self._collection.query(
                query_embeddings=vector[None, :],
                n_results=max(1, min(limit, self._state.rows)),
                include=["distances"],
            )
            return rank({i: 1.0 - d for i, d in zip(found["ids"][0], found["distances"][0], strict=True)})

        return await self._run(query) if self._state.rows or self._collection is None else ()

    def worn(self) -> bool:
        """Whether a rebuild is due: many rows removed, or more rows than the log alone should hold."""
        state = self._state
        return state.removed > 2 * state.rows + 1_000 or (
            state.threshold == WAL_ONLY and state.rows > WAL_ROWS
        )

    def expect(self, rows: int) -> None:
        """Say how many rows the next generation will have, so that it is laid out for them."""
        self._state.threshold = WAL_ONLY if rows <= WAL_ROWS else PERSISTED

    def close(self) -> None:
        """Finish what is running and let go of the folder."""
        self._thread.shutdown()
        self._let_go()

    def _let_go(self) -> None:
        """Close the client: each holds half a dozen files and threads."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            with contextlib.suppress(Exception):  # what is damaged is thrown away
                client.close()

    async def _run(self, call: Callable[[], T]) -> T:
        def guarded() -> T:
            try:
                return call()
            except IndexUnavailable:
                raise
            except BaseException as error:  # a panic of Chroma's Rust part is no Exception
                raise IndexUnavailable(f"the vector index failed: {type(error).__name__}") from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, guarded)

    def _add(self, some: Sequence[EmbeddedPassage]) -> None:
        ids = [embedded.passage.id for embedded in some]
        self._collection.add(ids=ids, embeddings=np.stack([embedded.vector for embedded in some]))

    def _remove(self, ids: Sequence[str]) -> None:
        self._collection.delete(ids=list(ids))

    def _generation(self) -> Path:
        return self._folder / f"gen-{self._state.generation}"

    def _connect(self) -> None:
        self._client = _client(self._generation(), self._url)
        self._collection = self._client.get_collection(self._name(), embedding_function=None)

    def _name(self) -> str:
        return COLLECTION if self._url is None else f"{COLLECTION}-{self._state.generation}"

    def _begin(self) -> None:
        self._let_go()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._state.save(generation=self._state.generation + 1, seq=0, rows=0, removed=0)
        shutil.rmtree(self._generation(), ignore_errors=True)
        self._client = _client(self._generation(), self._url)
        hnsw = {"space": "cosine", "sync_threshold": self._state.threshold, "ef_search": EF_SEARCH}
        self._collection = self._client.create_collection(
            self._name(), embedding_function=None, configuration={"hnsw": hnsw}
        )
        for old in self._folder.glob("gen-*"):
            if old != self._generation():
                shutil.rmtree(old, ignore_errors=True)


class _State:
    """Which generation holds, and how far it has come: replaced as a whole, durable on return."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.generation = self.seq = self.rows = self.removed = 0
        self.threshold = WAL_ONLY

    def load(self) -> bool:
        try:
            held = json.loads(self._path.read_text())
            self.generation, self.seq, self.rows, self.removed, self.threshold = (
                int(held[name]) for name in ("generation", "seq", "rows", "removed", "threshold")
            )
        except (OSError, ValueError, KeyError, TypeError):
            known = [int(p.name[4:]) for p in self._path.parent.glob("gen-*") if p.name[4:].isdigit()]
            self.generation = max(known, default=0)
            return False
        return True

    def save(self, **values: int) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        aside = self._path.with_suffix(".new")
        with aside.open("w") as file:
            json.dump({name: value for name, value in vars(self).items() if not name.startswith("_")}, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)


def _client(folder: Path, url: str | None) -> Any:
    import chromadb
    from chromadb.config import Settings

    if url is not None:
        parts = urlsplit(url)
        return chromadb.HttpClient(
            host=parts.hostname or "127.0.0.1", port=parts.port or 8000, ssl=parts.scheme == "https"
        )
    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _limit_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if soft == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, hard))


def inspect(folder: Path, url: str | None) -> str:
    """How the vectors stand, read beside a service that may be writing them.

    Chroma itself is not opened: a second client of one folder may write to it. Its database is read.

    Raises:
        IndexUnavailable: Nothing can be read there.
    """
    if url is not None:
        try:
            _client(folder, url).heartbeat()
        except Exception as error:
            raise IndexUnavailable(f"no Chroma server answers: {type(error).__name__}") from error
        return "the server answers"
    state = _State(folder / "current.json")
    if not folder.exists():
        return "not there yet"
    if not state.load():
        raise IndexUnavailable("damaged: it is rebuilt at the next start")
    database = folder / f"gen-{state.generation}" / "chroma.sqlite3"
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise IndexUnavailable("damaged: it is rebuilt at the next start") from error
    if sound != "ok":
        raise IndexUnavailable("damaged: it is rebuilt at the next start")
    return f"{state.rows} passages, seq {state.seq}"


def probe_apart(folder: Path, rows: int) -> bool:
    """Whether a generation can be opened and every vector read, tried in a process of its own."""
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", __name__, str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60 + rows / 1_000,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _probe(folder: Path) -> bool:
    """Read every vector; a row whose vector the graph has lost raises."""
    collection = _client(folder, None).get_collection(COLLECTION, embedding_function=None)
    ids = collection.get(include=[])["ids"]
    read = 0
    for at in range(0, len(ids), 5_000):
        read += len(collection.get(ids=ids[at : at + 5_000], include=["embeddings"])["embeddings"])
    if ids:
        # One of its own vectors has to be found again, through the graph.
        vector = collection.get(ids=ids[:1], include=["embeddings"])["embeddings"]
        read -= not collection.query(query_embeddings=vector, n_results=1)["ids"][0]
    return read == len(ids)


if __name__ == "__main__":
    _limit_files()
    sys.exit(not _probe(Path(sys.argv[1])))
