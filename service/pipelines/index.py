"""INDEX: the change feed is read in order and every derived index follows it.

Ingest, recovery after a crash, rebuild and a second replica are this one loop, started from different
places of the feed. Applying a change puts an article's passages in the place of its old ones, so doing
it twice does no harm.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from service.domain.article import Change, Revision
from service.domain.errors import IndexUnavailable
from service.pipelines.passages import make_passages
from service.ports import ArticleStore, DerivedIndex, Embedder, IndexedArticle, SentenceSplitter

log = logging.getLogger(__name__)

BATCH: Final = 64
"""Changes that are applied together: enough to fill the model's batches."""
RETRY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class ApplyChanges:
    """Brings every derived index up to the truth.

    Args:
        articles: The truth.
        splitter: Finds sentences.
        embedder: Makes vectors, where the truth does not hold them yet.
        indexes: What follows the feed.
    """

    articles: ArticleStore
    splitter: SentenceSplitter
    embedder: Embedder
    indexes: Sequence[DerivedIndex]
    broken: set[DerivedIndex] = field(default_factory=set)
    """Those that failed and are not rebuilt yet: what they find is not to be trusted."""

    async def __call__(self) -> int:
        """Rebuild what is broken, and apply all changes there are.

        Returns:
            The `seq` that every index has applied.

        Raises:
            IndexUnavailable: An index failed, and failed again after it was cleared.
        """
        mended, away = list(self.broken), await self._mend()
        sound = [index for index in self.indexes if index not in away]
        for index in sound:
            await self._begin(index)
        while True:
            applied = [await index.applied_seq() for index in sound]
            changes = await self.articles.changes_after(min(applied), BATCH)
            if not changes:
                self.broken.difference_update(set(mended) - set(away))
                for error in away.values():
                    raise error  # the others have followed meanwhile
                return min(applied)
            items = await self._items(changes)
            ahead = asyncio.create_task(self._make_after(changes[-1].seq))
            try:
                for index, seq in zip(sound, applied, strict=True):
                    if seq < changes[-1].seq:
                        await self._replace(index, items, changes[-1].seq)
                await ahead
            finally:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)

    async def verify(self) -> None:
        """Rebuild every index that is up to date and yet does not hold as many passages as it must.

        The stored vectors are enough for that; no model is asked.
        """
        for index in self.indexes:
            await self._begin(index)
        expected, newest = await self.articles.live_count(), await self.articles.last_seq()
        for index in self.indexes:
            if await index.applied_seq() == newest and await _count(index) != expected:
                log.warning("an index does not hold what it should; it is rebuilt")
                await self._rebuild(index)

    async def _replace(self, index: DerivedIndex, items: Sequence[IndexedArticle], seq: int) -> None:
        try:
            await index.replace(items, seq)
        except IndexUnavailable:
            log.exception("an index failed while it was written; it is rebuilt")
            self.broken.add(index)
            await self._rebuild(index)
            await index.replace(items, seq)
            self.broken.discard(index)

    async def _mend(self) -> dict[DerivedIndex, IndexUnavailable]:
        """Rebuild what is broken; what cannot be is given back with its error."""
        away = {}
        for index in list(self.broken):
            try:
                await self._rebuild(index)
            except IndexUnavailable as error:
                away[index] = error
        return away

    async def _rebuild(self, index: DerivedIndex) -> None:
        await index.clear()
        await self._begin(index)

    async def _begin(self, index: DerivedIndex) -> None:
        """Fill an empty index from the stored vectors, in one sweep rather than change by change."""
        upto = await self.articles.embedded_seq()
        if upto == 0 or await index.applied_seq() > 0:
            return
        async for batch in self.articles.live_vectors():
            items = [
                IndexedArticle(article.id, article, [embedded for embedded, _ in group])
                for article, group in groupby(batch, key=lambda pair: pair[1])
            ]
            await index.replace(items, 0)
        await index.replace((), upto)

    async def _items(self, changes: Sequence[Change]) -> list[IndexedArticle]:
        ids = list(dict.fromkeys(change.article_id for change in changes))
        live = await self.articles.current(ids)
        await self._make(list(live.values()))
        # Read back, not kept from the making: an index is to hold the vectors that a rebuild would give it.
        made = await self.articles.passages_of([(i, revision.number) for i, revision in live.items()])
        stale = await self.articles.stale_passages(ids)
        items = []
        for article_id in ids:
            if (revision := live.get(article_id)) is None:
                items.append(IndexedArticle(article_id, None, (), stale[article_id]))
            else:
                held = made.get((article_id, revision.number), ())
                items.append(IndexedArticle(article_id, revision.article, held, stale[article_id]))
        return items

    async def _make_after(self, seq: int) -> None:
        """Make the passages of the next batch: the model works while the indexes are written."""
        changes = await self.articles.changes_after(seq, BATCH)
        live = await self.articles.current(list(dict.fromkeys(change.article_id for change in changes)))
        await self._make(list(live.values()))

    async def _make(self, revisions: Sequence[Revision]) -> None:
        """Make the passages of those revisions that have none yet, and keep them in the truth."""
        held = await self.articles.passages_of([(r.article.id, r.number) for r in revisions])
        waiting = [r for r in revisions if (r.article.id, r.number) not in held]
        if not waiting:
            return
        made = await make_passages(waiting, self.splitter, self.embedder)
        await self.articles.save_passages(
            [(r.article.id, r.number, passages) for r, passages in zip(waiting, made, strict=True)],
            self.embedder.space,
        )


async def _count(index: DerivedIndex) -> int | None:
    try:
        return await index.count()
    except IndexUnavailable:
        return None


@dataclass(slots=True)
class IndexLoop:
    """Runs `ApplyChanges` whenever there is something new, one at a time.

    Args:
        apply: The trip.
    """

    apply: ApplyChanges
    applied: int = 0
    failing: str | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    _task: asyncio.Task[None] | None = None
    _proved: bool = False
    """Whether the indexes were seen to hold what they must since the start, or since one failed."""

    def start(self) -> None:
        """Begin to follow the feed in the background."""
        self._wake.set()
        self._task = asyncio.create_task(self._run(), name="index-loop")

    async def stop(self) -> None:
        """Stop between two batches as far as can be; what is not done is done at the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def wait_for(self, seq: int, timeout_s: float) -> bool:
        """Wait until all indexes have applied `seq`; False where that took too long."""
        self._wake.set()
        try:
            async with asyncio.timeout(timeout_s), self._moved:
                await self._moved.wait_for(lambda: self.applied >= seq)
        except TimeoutError:
            return False
        return True

    def wake(self) -> None:
        """Say that there may be something new."""
        self._wake.set()

    def heal(self, index: DerivedIndex) -> None:
        """Have an index that failed while it was searched rebuilt, in the background."""
        self.apply.broken.add(index)
        self._proved = False
        self._wake.set()

    def heals(self, index: DerivedIndex) -> bool:
        """Whether the index is broken and not rebuilt yet."""
        return index in self.apply.broken

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                applied = await self.apply()
                if not self._proved:
                    await self.apply.verify()
                    self._proved = True
            except Exception as error:
                log.exception("the indexes could not follow the truth; tried again in %s s", RETRY_S)
                self.failing = type(error).__name__
                await asyncio.sleep(RETRY_S)
                self._wake.set()
                continue
            self.failing = None
            async with self._moved:
                self.applied = applied
                self._moved.notify_all()
