"""Words in Tantivy: a `LexicalIndex`.

A question is never parsed: its words are analysed as the text was, and the query is built from them.
"""

import asyncio
import contextlib
import json
import os
import shutil
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import tantivy

from service.domain.article import NO_FILTERS, Article, EmbeddedPassage, Filters
from service.domain.errors import IndexUnavailable
from service.domain.ranking import Ranking, rank
from service.ports import IndexedArticle

T = TypeVar("T")
ANALYSER: Final = "news"
HEAP: Final = 64 * 2**20
HEADLINE_WEIGHT: Final = 0.6
PHRASE_WEIGHT: Final = 0.5
KEYWORDS: Final = ("source", "author", "section", "language")
FOOTER_TAIL, FOOTER_MAGIC = 8, 1337
MAX_TERMS: Final = 64
"""A question's words beyond so many are left: BM25 gains nothing from them, and time grows with each."""


class TantivyLexicon:
    """A `LexicalIndex` in a folder.

    Args:
        folder: Where the index and its state stand.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state = folder / "applied.json"
        self._writer_thread = ThreadPoolExecutor(1, thread_name_prefix="tantivy-write")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="tantivy-read")
        self._analyser = _analyser()
        self._schema = _schema()
        self._index: Any = None
        self._writer: Any = None
        self._seq = 0

    async def open(self) -> bool:
        """Open what is there; False where it is damaged or there is none, and `clear` is due."""
        try:
            if not await self._write(lambda: _sound(self._folder)):
                return False
            await self._write(self._connect)
            # A folder that was not filled to its end may hold what was deleted since.
            return self._seq > 0 or await self.count() == 0
        except IndexUnavailable:
            return False

    async def applied_seq(self) -> int:
        """The last `seq` whose changes are in."""
        return self._seq

    async def count(self) -> int:
        """How many passages it holds."""
        return await self._read(lambda: int(self._index.searcher().num_docs))

    async def clear(self) -> None:
        """Begin empty at seq 0."""

        def begin() -> None:
            self._let_go()
            shutil.rmtree(self._folder, ignore_errors=True)
            self._connect()

        await self._write(begin)
        self._seq = 0

    async def replace(self, articles: Sequence[IndexedArticle], seq: int) -> None:
        """Put articles' passages in the place of their old ones."""

        def write() -> None:
            for item in articles:
                self._writer.delete_documents_by_term("article_id", item.article_id)
                if item.article is not None:
                    for embedded in item.passages:
                        self._writer.add_document(_document(embedded, item.article))
            self._writer.commit()
            self._index.reload()
            aside = self._state.with_suffix(".new")
            with aside.open("w") as file:
                json.dump({"seq": seq}, file)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._state)

        await self._write(write)
        self._seq = seq

    async def search(self, query: str, limit: int, filters: Filters = NO_FILTERS) -> Ranking:
        """The best passages by BM25 over headline and text."""

        def read() -> Ranking:
            wanted = self._query(query)
            if wanted is None:
                return ()
            parts = [(tantivy.Occur.Must, wanted), *self._conditions(filters)]
            searcher = self._index.searcher()
            hits = searcher.search(tantivy.Query.boolean_query(parts), limit).hits
            return rank({searcher.doc(address)["id"][0]: round(score, 5) for score, address in hits})

        return await self._read(read)

    async def document_frequencies(self, words: Sequence[str]) -> Mapping[str, int]:
        """In how many passages each word stands, in any of its inflected forms.

        A word that the analyser parts ("U.S.") is as frequent as its rarest part; one that it drops
        stands everywhere.
        """

        def read() -> dict[str, int]:
            searcher = self._index.searcher()
            rows = int(searcher.num_docs)
            counts = {}
            for word in words:
                terms = self._analyser.analyze(word)
                seen = [
                    max(searcher.doc_freq("text", term), searcher.doc_freq("headline", term))
                    for term in terms
                ]
                counts[word] = min(seen, default=rows)
            return counts

        return await self._read(read)

    def close(self) -> None:
        """Finish what is running and let go of the folder."""
        self._writer_thread.shutdown()
        self._readers.shutdown()
        self._let_go()

    def _let_go(self) -> None:
        writer, self._writer, self._index = self._writer, None, None
        if writer is not None:
            with contextlib.suppress(Exception):  # what is damaged is thrown away
                writer.wait_merging_threads()

    def _connect(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(self._schema, path=str(self._folder))
        self._index.register_tokenizer(ANALYSER, self._analyser)
        self._writer = self._index.writer(HEAP, num_threads=1)
        try:
            self._seq = int(json.loads(self._state.read_text())["seq"])
        except (OSError, ValueError, KeyError):
            self._seq = 0

    async def _write(self, call: Callable[[], T]) -> T:
        return await self._guarded(self._writer_thread, call)

    async def _read(self, call: Callable[[], T]) -> T:
        return await self._guarded(self._readers, call)

    async def _guarded(self, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        def guarded() -> T:
            try:
                return call()
            except BaseException as error:  # a panic of Tantivy's is no Exception
                raise IndexUnavailable(f"the index of words failed: {type(error).__name__}") from error

        return await asyncio.get_running_loop().run_in_executor(pool, guarded)

    def _query(self, query: str) -> Any:
        terms = list(dict.fromkeys(self._analyser.analyze(query)))[:MAX_TERMS]
        if not terms:
            return None
        should = tantivy.Occur.Should
        parts = []
        for term in terms:
            parts.append((should, tantivy.Query.term_query(self._schema, "text", term)))
            headline = tantivy.Query.term_query(self._schema, "headline", term)
            parts.append((should, tantivy.Query.boost_query(headline, HEADLINE_WEIGHT)))
        return tantivy.Query.boolean_query(parts)

    def _conditions(self, filters: Filters) -> list[tuple[Any, Any]]:
        must, query = tantivy.Occur.Must, tantivy.Query
        parts = [
            (must, query.term_set_query(self._schema, name, list(wanted)))
            for name in (*KEYWORDS, "article_id")
            if (wanted := getattr(filters, name))
        ]
        low, high = filters.published_from, filters.published_to
        if low is not None or high is not None:
            parts.append((must, self._between(_micros(low, MIN_TIME), _micros(high, MAX_TIME))))
        if filters.known_by is not None:
            parts.append((must, self._between(UNDATED, _micros(filters.known_by, MAX_TIME))))
        return parts

    def _between(self, low: int, high: int) -> Any:
        return tantivy.Query.range_query(self._schema, "published_at", tantivy.FieldType.Integer, low, high)


def _sound(folder: Path) -> bool:
    """Whether the files of all segments are those that were written.

    Tantivy opens a file whose middle was overwritten, and panics or finds nothing when it is searched. Each
    file ends with its own checksum: JSON with a `crc`, its length, and a magic number.
    Source: tantivy's `directory/footer.rs`, index format 7.
    """
    try:
        segments = json.loads((folder / "meta.json").read_bytes())["segments"]
    except FileNotFoundError:
        return True  # there is nothing yet
    except (OSError, ValueError, KeyError, TypeError):
        return False
    names = {segment["segment_id"].replace("-", "") for segment in segments}
    return all(_has_its_sum(path) for path in folder.iterdir() if path.name.partition(".")[0] in names)


def _has_its_sum(path: Path) -> bool:
    content = path.read_bytes()
    length, magic = struct.unpack("<II", content[-8:]) if len(content) > FOOTER_TAIL else (0, 0)
    body = len(content) - FOOTER_TAIL - length
    if magic != FOOTER_MAGIC or body < 0:
        return False
    try:
        crc = json.loads(content[body:-FOOTER_TAIL])["crc"]
    except (ValueError, KeyError):
        return False
    return bool(zlib.crc32(memoryview(content)[:body]) == crc)


MIN_TIME: Final = -(2**62)
MAX_TIME: Final = 2**62
UNDATED: Final = MIN_TIME - 1
"""What stands for no date: below every date, so that `known_by` admits it and `published_from` does not."""


def _micros(when: Any, otherwise: int) -> int:
    return otherwise if when is None else round(when.timestamp() * 1_000_000)


def inspect(folder: Path) -> str:
    """How the index of words stands, read beside a service that may be writing it.

    Raises:
        IndexUnavailable: It cannot be opened.
    """
    if not folder.exists():
        return "not there yet"
    try:
        return f"{tantivy.Index.open(str(folder)).searcher().num_docs} passages"
    except Exception as error:
        raise IndexUnavailable("damaged: it is rebuilt at the next start") from error


def _analyser() -> Any:
    filters = tantivy.Filter
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        filters.remove_long(64),
        filters.lowercase(),
        filters.ascii_fold(),
        filters.stopword("english"),
    ):
        builder = builder.filter(step)
    return builder.filter(filters.stemmer("english")).build()


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("article_id", tokenizer_name="raw", index_option="basic")
    for name in ("headline", "text"):
        builder.add_text_field(name, tokenizer_name=ANALYSER, index_option="position")
    for name in KEYWORDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("published_at", indexed=True, fast=True)
    return builder.build()


def _document(embedded: EmbeddedPassage, article: Article) -> Any:
    held = embedded.passage
    fields: dict[str, Any] = {
        name: value for name in KEYWORDS if (value := getattr(article, name)) is not None
    }
    return tantivy.Document(
        id=held.id,
        article_id=article.id,
        headline=article.headline,
        text=article.text[held.start : held.end],
        published_at=_micros(article.published_at, UNDATED),
        **fields,
    )
