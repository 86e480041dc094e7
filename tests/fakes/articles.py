"""An `ArticleStore` in dictionaries, held by the contract that the real one is held by."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from service.domain.article import (
    Article,
    Change,
    ChangeKind,
    EmbeddedPassage,
    Filters,
    Receipt,
    ReceiptStatus,
    Revision,
    canonical_url,
    made_id,
)
from service.domain.errors import ArticleNotFound, Conflict, ServiceError


@dataclass
class Held:
    """All that is known of an id; `revisions` is empty once it is deleted, and `last` counts on."""

    last: int = 0
    seq: int = 0
    revisions: list[Revision] = field(default_factory=list)
    retracted: bool = False
    reason: str | None = None
    passages: dict[int, list[EmbeddedPassage]] = field(default_factory=dict)
    graves: list[str] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Whether it may be found."""
        return bool(self.revisions) and not self.retracted

    def seen(self, number: int) -> Revision | None:
        """A revision as it stands now."""
        for revision in self.revisions:
            if revision.number == number:
                return replace(
                    revision, latest=self.last, retracted=self.retracted, retracted_reason=self.reason
                )
        return None


class MemoryArticles:
    """Forgets all when it ends."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._feed: list[Change] = []
        self._space: str | None = None

    async def put(self, articles: Sequence[Article]) -> Sequence[Receipt | ServiceError]:
        return [self._put(article) for article in articles]

    def _put(self, article: Article) -> Receipt | ServiceError:
        key = article.url and canonical_url(article.url)
        owners = [i for i, h in self._held.items() if h.revisions and key and _url(h.revisions[-1]) == key]
        article_id = article.id or (owners[0] if owners else made_id(article))
        if owners and owners[0] != article_id:
            return Conflict("another article has this URL", field="url")
        held = self._held.setdefault(article_id, Held())
        article = replace(article, id=article_id)
        old = held.revisions[-1] if held.revisions else None
        if old is not None and old.article == article:
            return Receipt(article_id, held.last, ReceiptStatus.KNOWN, held.seq)
        reworded = old is not None and (old.article.text, old.article.headline) != (
            article.text,
            article.headline,
        )
        updated, published = article.updated_at, article.published_at
        corrected = (old is not None and old.corrected) or reworded
        corrected = corrected or bool(updated and published and updated > published)
        held.last += 1
        if old is not None and not reworded and old.number in held.passages:
            held.passages[held.last] = [_moved(item, held.last) for item in held.passages[old.number]]
        held.revisions.append(Revision(article, held.last, datetime.now(UTC), corrected=corrected))
        change = self._append(article_id, ChangeKind.PUT)
        status = ReceiptStatus.CREATED if old is None else ReceiptStatus.REVISED
        return Receipt(article_id, held.last, status, change.seq)

    def _append(self, article_id: str, kind: ChangeKind) -> Change:
        held = self._held[article_id]
        self._feed.append(Change(len(self._feed) + 1, article_id, held.last, kind))
        held.seq = len(self._feed)
        return self._feed[-1]

    def _known(self, article_id: str) -> Held:
        held = self._held.get(article_id)
        if held is None or not held.revisions:
            raise ArticleNotFound("there is no such article", field="article_id")
        return held

    async def get(self, article_id: str, revision: int | None = None) -> Revision:
        held = self._known(article_id)
        found = held.seen(revision or held.last)
        if found is None:
            raise ArticleNotFound("there is no such revision", field="article_id")
        return found

    async def current(self, article_ids: Sequence[str]) -> Mapping[str, Revision]:
        live = [i for i in article_ids if i in self._held and self._held[i].live]
        return {i: await self.get(i) for i in live}

    async def revisions(self, article_id: str) -> Sequence[Revision]:
        return [await self.get(article_id, held.number) for held in self._known(article_id).revisions]

    async def page(self, *, after: str | None, limit: int, filters: Filters) -> Sequence[Revision]:
        rows = [await self.get(i) for i, held in sorted(self._held.items()) if held.revisions]
        return [r for r in rows if r.article.id > (after or "") and filters.admits(r.article)][:limit]

    async def retract(self, article_id: str, reason: str | None) -> Change:
        held = self._known(article_id)
        held.retracted, held.reason = True, reason
        return self._append(article_id, ChangeKind.RETRACT)

    async def delete(self, article_id: str) -> Change:
        held = self._known(article_id)
        held.graves += [item.passage.id for made in held.passages.values() for item in made]
        held.revisions, held.passages, held.retracted, held.reason = [], {}, False, None
        return self._append(article_id, ChangeKind.DELETE)

    async def changes_after(self, seq: int, limit: int) -> Sequence[Change]:
        return self._feed[seq : seq + limit]

    async def last_seq(self) -> int:
        return len(self._feed)

    async def embedded_seq(self) -> int:
        for change in self._feed:
            held = self._held[change.article_id]
            if held.live and held.last not in held.passages and change.revision == held.last:
                return change.seq - 1
        return len(self._feed)

    async def count(self) -> int:
        return sum(held.live for held in self._held.values())

    async def date_range(self) -> tuple[date, date] | None:
        live = [h.revisions[-1].article.published_at for h in self._held.values() if h.live]
        dated = [when.astimezone(UTC).date() for when in live if when is not None]
        return (min(dated), max(dated)) if dated else None

    async def space(self) -> str | None:
        return self._space

    async def passages_of(
        self, wanted: Sequence[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Sequence[EmbeddedPassage]]:
        return {
            (article_id, revision): held.passages[revision]
            for article_id, revision in wanted
            if (held := self._held.get(article_id)) is not None and revision in held.passages
        }

    async def passage_counts(self, article_ids: Sequence[str]) -> Mapping[str, int]:
        held = {i: self._held[i] for i in article_ids if i in self._held}
        return {i: len(h.passages[h.last]) for i, h in held.items() if h.passages.get(h.last)}

    async def live_count(self) -> int:
        return sum(len(held.passages.get(held.last, ())) for held in self._held.values() if held.live)

    async def save_passages(
        self, made: Sequence[tuple[str, int, Sequence[EmbeddedPassage]]], space: str
    ) -> None:
        self._space = self._space or space
        for article_id, revision, embedded in made:
            held = self._held.get(article_id)
            if held is not None and held.seen(revision) is not None:
                held.passages[revision] = list(embedded)

    async def drop_passages(self) -> None:
        self._space = None
        for held in self._held.values():
            held.passages, held.graves = {}, []

    async def live_passages(
        self, passage_ids: Sequence[str]
    ) -> Mapping[str, tuple[EmbeddedPassage, Revision]]:
        wanted = set(passage_ids)
        return {
            item.passage.id: (item, await self.get(i))
            for i, held in self._held.items()
            if held.live
            for item in held.passages.get(held.last, ())
            if item.passage.id in wanted
        }

    async def stale_passages(self, article_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        return {i: _stale(self._held.get(i, Held())) for i in article_ids}

    async def live_vectors(self) -> AsyncIterator[Sequence[tuple[EmbeddedPassage, Article]]]:
        for _, held in sorted(self._held.items()):
            if held.live and held.passages.get(held.last):
                yield [(item, held.revisions[-1].article) for item in held.passages[held.last]]


def _url(revision: Revision) -> str | None:
    url = revision.article.url
    return canonical_url(url) if url else None


def _moved(item: EmbeddedPassage, revision: int) -> EmbeddedPassage:
    held = item.passage
    moved = replace(held, id=f"{held.article_id}:{revision}:{held.ordinal}", revision=revision)
    return replace(item, passage=moved)


def _stale(held: Held) -> list[str]:
    old = [made for number, made in held.passages.items() if number != held.last or not held.live]
    return [item.passage.id for made in old for item in made] + held.graves
