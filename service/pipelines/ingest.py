"""INGEST: an article is stored, durably, and then waited for until it can be found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.domain.article import Article, Change, Receipt
from service.domain.errors import ServiceError
from service.pipelines.index import IndexLoop
from service.ports import ArticleStore


@dataclass(frozen=True, slots=True)
class IngestArticles:
    """Stores articles and waits until they are searchable, up to a bound.

    Args:
        articles: The truth.
        index: The loop that makes them searchable.
        wait_s: Seconds to wait at most.
    """

    articles: ArticleStore
    index: IndexLoop
    wait_s: float

    async def __call__(
        self, new: Sequence[Article], *, wait_s: float | None = None
    ) -> Sequence[Receipt | ServiceError]:
        """Store `new`.

        Returns:
            For each article, in order, its receipt or why it was refused. What is acknowledged is
            durable, also where `indexed` is False.
        """
        results = await self.articles.put(new)
        newest = max((item.seq for item in results if isinstance(item, Receipt)), default=0)
        indexed = await self.index.wait_for(newest, self.wait_s if wait_s is None else wait_s)
        if not indexed:
            return results
        counts = await self.articles.passage_counts(
            [item.id for item in results if isinstance(item, Receipt)]
        )
        return [
            replace(item, indexed=True, passages=counts.get(item.id, 0))
            if isinstance(item, Receipt)
            else item
            for item in results
        ]


@dataclass(frozen=True, slots=True)
class RemoveArticles:
    """Retracts and deletes.

    Args:
        articles: The truth: what is gone from it is in no answer from that moment on.
        index: Lets go of the passages soon after.
    """

    articles: ArticleStore
    index: IndexLoop

    async def retract(self, article_id: str, reason: str | None) -> Change:
        """Take an article out of every answer and keep its record. Raises ArticleNotFound."""
        change = await self.articles.retract(article_id, reason)
        self.index.wake()
        return change

    async def delete(self, article_id: str) -> Change:
        """Remove an article with all revisions. Raises ArticleNotFound."""
        change = await self.articles.delete(article_id)
        self.index.wake()
        return change
