"""Articles in a SQL database: an `ArticleStore`."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, insert, or_, select, update

from service.adapters.sql.database import Database
from service.adapters.sql.schema import articles, changes, facts, graves, made, passages, revisions
from service.domain.article import (
    Article,
    Change,
    ChangeKind,
    EmbeddedPassage,
    Filters,
    Passage,
    Receipt,
    ReceiptStatus,
    Revision,
    Sentence,
    canonical_url,
    made_id,
)
from service.domain.errors import ArticleNotFound, Conflict, ServiceError

FIELDS: Final = (
    "headline",
    "text",
    "source",
    "author",
    "published_at",
    "updated_at",
    "url",
    "section",
    "language",
)
TIMES: Final = ("published_at", "updated_at")
BATCH: Final = 1_000
"""Rows in a batch, and values in an IN list: SQLite takes 32,766 at most."""
KEPT: Final = 2_000
"""Passages that are kept as they were read: some 25 MB, and half the time of a search's join."""


class SqlArticles:
    """The truth in a SQL database.

    Args:
        database: Open, with the newest schema.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._read: dict[str, EmbeddedPassage] = {}
        """Passages as they were read last: what an id stands for is made once, and may cease to be live."""

    async def put(self, new: Sequence[Article]) -> Sequence[Receipt | ServiceError]:
        """Store articles; each is kept or refused by itself."""

        def write(connection: Connection) -> list[Receipt | ServiceError]:
            results: list[Receipt | ServiceError] = []
            for article in new:
                try:
                    results.append(_put(connection, article))
                except ServiceError as error:
                    results.append(error)
            return results

        return await self._db.write(write)

    async def get(self, article_id: str, revision: int | None = None) -> Revision:
        """One revision, the current one by default."""

        def read(connection: Connection) -> Revision:
            number = articles.c.revision if revision is None else revision
            row = connection.execute(
                _revisions().where(articles.c.id == article_id, revisions.c.number == number)
            ).one_or_none()
            if row is None:
                raise ArticleNotFound(
                    "there is no such article, or no such revision of it", field="article_id"
                )
            return _revision(row)

        return await self._db.read(read)

    async def current(self, article_ids: Sequence[str]) -> Mapping[str, Revision]:
        """The current revisions of those of the articles that are live."""

        def read(connection: Connection) -> dict[str, Revision]:
            held: dict[str, Revision] = {}
            for ids in _batches(article_ids):
                query = _revisions().where(
                    articles.c.id.in_(ids), revisions.c.number == articles.c.revision, _live()
                )
                held |= {row.id: _revision(row) for row in connection.execute(query)}
            return held

        return await self._db.read(read)

    async def revisions(self, article_id: str) -> Sequence[Revision]:
        """All revisions, oldest first."""

        def read(connection: Connection) -> list[Revision]:
            rows = connection.execute(
                _revisions().where(articles.c.id == article_id).order_by(revisions.c.number)
            ).all()
            if not rows:
                raise ArticleNotFound("there is no such article", field="article_id")
            return [_revision(row) for row in rows]

        return await self._db.read(read)

    async def page(self, *, after: str | None, limit: int, filters: Filters) -> Sequence[Revision]:
        """Current revisions by id."""
        query = _revisions().where(revisions.c.number == articles.c.revision, *_conditions(filters))
        if after is not None:
            query = query.where(articles.c.id > after)
        query = query.order_by(articles.c.id).limit(limit)
        return await self._db.read(lambda connection: [_revision(row) for row in connection.execute(query)])

    async def retract(self, article_id: str, reason: str | None) -> Change:
        """Take an article out of every answer and keep its record."""

        def write(connection: Connection) -> Change:
            revision = _living(connection, article_id)
            change = _append(connection, article_id, revision, ChangeKind.RETRACT)
            connection.execute(
                update(articles)
                .where(articles.c.id == article_id)
                .values(retracted=True, retracted_reason=reason, seq=change.seq)
            )
            return change

        return await self._db.write(write)

    async def delete(self, article_id: str) -> Change:
        """Remove an article with all revisions."""

        def write(connection: Connection) -> Change:
            revision = _living(connection, article_id)
            ids = connection.scalars(select(passages.c.id).where(passages.c.article_id == article_id)).all()
            if ids:
                connection.execute(insert(graves), [{"passage_id": i, "article_id": article_id} for i in ids])
            for table in (passages, made, revisions):
                connection.execute(delete(table).where(table.c.article_id == article_id))
            change = _append(connection, article_id, revision, ChangeKind.DELETE)
            connection.execute(
                update(articles)
                .where(articles.c.id == article_id)
                .values(deleted=True, retracted=False, retracted_reason=None, url_key=None, seq=change.seq)
            )
            return change

        return await self._db.write(write)

    async def changes_after(self, seq: int, limit: int) -> Sequence[Change]:
        """The change feed after `seq`."""
        query = select(changes).where(changes.c.seq > seq).order_by(changes.c.seq).limit(limit)

        def read(connection: Connection) -> list[Change]:
            return [
                Change(row.seq, row.article_id, row.revision, ChangeKind(row.kind))
                for row in connection.execute(query)
            ]

        return await self._db.read(read)

    async def last_seq(self) -> int:
        """The newest `seq`."""
        return await self._db.read(lambda connection: connection.scalar(select(func.max(changes.c.seq))) or 0)

    async def embedded_seq(self) -> int:
        """The newest `seq` up to which every live article's passages are made."""
        done = and_(made.c.article_id == articles.c.id, made.c.revision == articles.c.revision)
        waiting = (
            select(func.min(changes.c.seq))
            .select_from(changes.join(articles, changes.c.article_id == articles.c.id).outerjoin(made, done))
            .where(_live(), made.c.article_id.is_(None), changes.c.revision == articles.c.revision)
        )

        def read(connection: Connection) -> int:
            first = connection.scalar(waiting)
            newest = connection.scalar(select(func.max(changes.c.seq))) or 0
            return int(newest if first is None else first - 1)

        return await self._db.read(read)

    async def count(self) -> int:
        """How many live articles there are."""
        query = select(func.count()).select_from(articles).where(_live())
        return await self._db.read(lambda connection: connection.scalar(query) or 0)

    async def date_range(self) -> tuple[date, date] | None:
        """The oldest and the newest publication date of live articles."""
        query = (
            select(func.min(revisions.c.published_at), func.max(revisions.c.published_at))
            .select_from(revisions.join(articles, _current()))
            .where(_live())
        )

        def read(connection: Connection) -> tuple[date, date] | None:
            low, high = connection.execute(query).one()
            return None if low is None else (_time(low).date(), _time(high).date())

        return await self._db.read(read)

    async def space(self) -> str | None:
        """The embedding space of the stored vectors."""
        query = select(facts.c.value).where(facts.c.name == "space")
        return await self._db.read(lambda connection: connection.scalar(query))

    async def passages_of(
        self, wanted: Sequence[tuple[str, int]]
    ) -> Mapping[tuple[str, int], Sequence[EmbeddedPassage]]:
        """The passages of revisions that were made."""
        pairs, numbers = set(wanted), {number for _, number in wanted}

        def read(connection: Connection) -> dict[tuple[str, int], list[EmbeddedPassage]]:
            found: dict[tuple[str, int], list[EmbeddedPassage]] = {}
            for ids in _batches(list(dict.fromkeys(article_id for article_id, _ in wanted))):
                # More than what is wanted where an article has several revisions: pairs say which.
                among = [
                    select(table).where(table.c.article_id.in_(ids), table.c.revision.in_(numbers))
                    for table in (made, passages)
                ]
                keys = ((row.article_id, row.revision) for row in connection.execute(among[0]))
                found |= {key: [] for key in keys if key in pairs}
                for row in connection.execute(among[1].order_by(passages.c.ordinal)):
                    if (row.article_id, row.revision) in found:
                        found[row.article_id, row.revision].append(_passage(row))
            return found

        return await self._db.read(read)

    async def passage_counts(self, article_ids: Sequence[str]) -> Mapping[str, int]:
        """How many passages the current revisions of the articles have."""

        def read(connection: Connection) -> dict[str, int]:
            counts: dict[str, int] = {}
            for ids in _batches(article_ids):
                query = (
                    select(articles.c.id, func.count(passages.c.id))
                    .join(
                        passages,
                        and_(
                            passages.c.article_id == articles.c.id, passages.c.revision == articles.c.revision
                        ),
                    )
                    .where(articles.c.id.in_(ids))
                    .group_by(articles.c.id)
                )
                counts |= {row[0]: row[1] for row in connection.execute(query)}
            return counts

        return await self._db.read(read)

    async def live_count(self) -> int:
        """How many passages live articles have."""
        query = select(func.count(passages.c.id)).join(
            articles, and_(passages.c.article_id == articles.c.id, passages.c.revision == articles.c.revision)
        )
        return await self._db.read(lambda connection: connection.scalar(query.where(_live())) or 0)

    async def save_passages(
        self, new: Sequence[tuple[str, int, Sequence[EmbeddedPassage]]], space: str
    ) -> None:
        """Keep the passages of revisions, all or none."""

        def write(connection: Connection) -> None:
            if connection.scalar(select(facts.c.value).where(facts.c.name == "space")) is None:
                connection.execute(insert(facts).values(name="space", value=space))
            for article_id, revision, embedded in new:
                exists = select(revisions.c.number).where(
                    revisions.c.article_id == article_id, revisions.c.number == revision
                )
                if connection.execute(exists).first() is None:
                    continue  # deleted while it was embedded
                key = {"article_id": article_id, "revision": revision}
                for table in (passages, made):
                    connection.execute(
                        delete(table).where(table.c.article_id == article_id, table.c.revision == revision)
                    )
                connection.execute(insert(made).values(**key))
                if embedded:
                    connection.execute(insert(passages), [_passage_row(item) for item in embedded])

        await self._db.write(write)
        again = self._read.keys() & {item.passage.id for _, _, made_ in new for item in made_}
        self._read = {i: item for i, item in self._read.items() if i not in again} if again else self._read

    async def drop_passages(self) -> None:
        """Forget all passages and their space."""

        def write(connection: Connection) -> None:
            for table in (passages, made, graves, facts):
                connection.execute(delete(table))

        await self._db.write(write)
        self._read = {}

    async def live_passages(
        self, passage_ids: Sequence[str]
    ) -> Mapping[str, tuple[EmbeddedPassage, Revision]]:
        """Those of the passages that belong to the current revision of a live article."""

        def read(connection: Connection) -> dict[str, tuple[EmbeddedPassage, Revision]]:
            found = {i: item for i in passage_ids if (item := self._read.get(i)) is not None}
            for ids in _batches([i for i in passage_ids if i not in found]):
                for row in connection.execute(select(passages).where(passages.c.id.in_(ids))):
                    found[row.id] = _passage(row)
            self._remember(found)
            current: dict[str, Revision] = {}
            for ids in _batches(sorted({item.passage.article_id for item in found.values()})):
                query = _revisions().where(
                    articles.c.id.in_(ids), revisions.c.number == articles.c.revision, _live()
                )
                current |= {row.id: _revision(row) for row in connection.execute(query)}
            return {
                passage_id: (item, revision)
                for passage_id, item in found.items()
                if (revision := current.get(item.passage.article_id)) is not None
                and revision.number == item.passage.revision
            }

        return await self._db.read(read)

    def _remember(self, found: Mapping[str, EmbeddedPassage]) -> None:
        """Keep what was read, the newest last; readers in other threads see the old or the new whole."""
        kept = {i: item for i, item in self._read.items() if i not in found} | dict(found)
        self._read = dict(list(kept.items())[-KEPT:])

    async def stale_passages(self, article_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Ids of passages that the articles once had and that no index may hold any more."""

        def read(connection: Connection) -> dict[str, list[str]]:
            stale: dict[str, list[str]] = {article_id: [] for article_id in article_ids}
            for ids in _batches(article_ids):
                old = (
                    select(passages.c.article_id, passages.c.id)
                    .join(articles, articles.c.id == passages.c.article_id)
                    .where(passages.c.article_id.in_(ids))
                    .where(or_(passages.c.revision != articles.c.revision, ~_live()))
                )
                for query in (
                    old,
                    select(graves.c.article_id, graves.c.passage_id).where(graves.c.article_id.in_(ids)),
                ):
                    for article_id, passage_id in connection.execute(query):
                        stale[article_id].append(passage_id)
            return stale

        return await self._db.read(read)

    async def live_vectors(self) -> AsyncIterator[Sequence[tuple[EmbeddedPassage, Article]]]:
        """All live passages in batches, article by article."""
        after = ""
        while True:
            query = (
                _revisions()
                .where(articles.c.id > after, revisions.c.number == articles.c.revision, _live())
                .order_by(articles.c.id)
                .limit(BATCH // 2)
            )

            def read(
                connection: Connection, query: Select[Any] = query
            ) -> list[tuple[EmbeddedPassage, Article]]:
                held = {row.id: _revision(row) for row in connection.execute(query)}
                rows = connection.execute(
                    select(passages)
                    .where(passages.c.article_id.in_(list(held)))
                    .order_by(passages.c.article_id, passages.c.ordinal)
                )
                batch = [
                    (_passage(row), held[row.article_id].article)
                    for row in rows
                    if row.revision == held[row.article_id].number
                ]
                nonlocal after
                after = max(held, default="")
                return batch

            batch = await self._db.read(read)
            if not after:
                return
            yield batch


def _put(connection: Connection, article: Article) -> Receipt:
    key = canonical_url(article.url) if article.url else None
    owner = connection.scalar(select(articles.c.id).where(articles.c.url_key == key)) if key else None
    article_id = article.id or owner or made_id(article)
    if owner is not None and owner != article_id:
        raise Conflict("another article has this URL", field="url")
    row = connection.execute(select(articles).where(articles.c.id == article_id)).one_or_none()
    values = _values(article)
    if row is None or row.deleted:
        number, status, corrected = (1 if row is None else row.revision + 1), ReceiptStatus.CREATED, False
    else:
        old = connection.execute(
            select(revisions).where(revisions.c.article_id == article_id, revisions.c.number == row.revision)
        ).one()
        if all(getattr(old, name) == values[name] for name in FIELDS):
            return Receipt(article_id, row.revision, ReceiptStatus.KNOWN, row.seq)
        number, status = row.revision + 1, ReceiptStatus.REVISED
        reworded = old.text != article.text or old.headline != article.headline
        corrected = bool(old.corrected) or reworded
        if not reworded:
            _carry_passages(connection, article_id, row.revision, number)
    change = _append(connection, article_id, number, ChangeKind.PUT)
    state = {"revision": number, "url_key": key, "deleted": False, "seq": change.seq}
    if row is None:
        connection.execute(insert(articles).values(id=article_id, retracted=False, **state))
    else:
        connection.execute(update(articles).where(articles.c.id == article_id).values(**state))
    corrected = corrected or bool(
        article.updated_at and article.published_at and article.updated_at > article.published_at
    )
    connection.execute(
        insert(revisions).values(
            article_id=article_id,
            number=number,
            stored_at=_micros(datetime.now(UTC)),
            corrected=corrected,
            **values,
        )
    )
    return Receipt(article_id, number, status, change.seq)


def _carry_passages(connection: Connection, article_id: str, old: int, new: int) -> None:
    """Give a revision whose headline and text did not change the passages of the one before."""
    done = select(made).where(made.c.article_id == article_id, made.c.revision == old)
    if connection.execute(done).first() is None:
        return
    rows = connection.execute(
        select(passages).where(passages.c.article_id == article_id, passages.c.revision == old)
    ).mappings()
    carried = [{**row, "id": f"{article_id}:{new}:{row['ordinal']}", "revision": new} for row in rows]
    connection.execute(insert(made).values(article_id=article_id, revision=new))
    if carried:
        connection.execute(insert(passages), carried)


def _living(connection: Connection, article_id: str) -> int:
    query = select(articles.c.revision).where(articles.c.id == article_id, ~articles.c.deleted)
    revision: int | None = connection.scalar(query)
    if revision is None:
        raise ArticleNotFound("there is no such article", field="article_id")
    return revision


def _append(connection: Connection, article_id: str, revision: int, kind: ChangeKind) -> Change:
    seq = connection.execute(
        insert(changes)
        .values(article_id=article_id, revision=revision, kind=kind.value, at=_micros(datetime.now(UTC)))
        .returning(changes.c.seq)
    ).scalar_one()
    return Change(seq, article_id, revision, kind)


def _live() -> ColumnElement[bool]:
    return and_(~articles.c.deleted, ~articles.c.retracted)


def _current() -> ColumnElement[bool]:
    return and_(revisions.c.article_id == articles.c.id, revisions.c.number == articles.c.revision)


def _revisions() -> Select[Any]:
    return (
        select(
            articles.c.id,
            articles.c.revision.label("latest"),
            articles.c.retracted,
            articles.c.retracted_reason,
            revisions,
        )
        .select_from(revisions.join(articles, revisions.c.article_id == articles.c.id))
        .where(~articles.c.deleted)
    )


def _conditions(filters: Filters) -> Iterable[ColumnElement[bool]]:
    for name in ("source", "author", "section", "language"):
        if wanted := getattr(filters, name):
            yield revisions.c[name].in_(wanted)
    if filters.article_id:
        yield articles.c.id.in_(filters.article_id)
    if filters.published_from is not None:
        yield revisions.c.published_at >= _micros(filters.published_from)
    if filters.published_to is not None:
        yield revisions.c.published_at <= _micros(filters.published_to)
    if filters.known_by is not None:
        yield or_(revisions.c.published_at.is_(None), revisions.c.published_at <= _micros(filters.known_by))


def _micros(when: datetime) -> int:
    return round(when.timestamp() * 1_000_000)


def _time(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1_000_000, UTC)


def _values(article: Article) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(article, name) for name in FIELDS}
    for name in TIMES:
        if values[name] is not None:
            values[name] = _micros(values[name])
    return values


def _revision(row: Row[Any]) -> Revision:
    values = {name: getattr(row, name) for name in FIELDS}
    for name in TIMES:
        if values[name] is not None:
            values[name] = _time(values[name])
    return Revision(
        article=Article(id=row.id, **values),
        number=row.number,
        stored_at=_time(row.stored_at),
        retracted=bool(row.retracted),
        retracted_reason=row.retracted_reason,
        latest=row.latest,
        corrected=bool(row.corrected),
    )


def _passage_row(item: EmbeddedPassage) -> dict[str, Any]:
    held = item.passage
    return {
        "id": held.id,
        "article_id": held.article_id,
        "revision": held.revision,
        "ordinal": held.ordinal,
        "start": held.start,
        "end": held.end,
        "sentences": json.dumps([[s.start, s.end, s.paragraph, s.speaker] for s in held.sentences]),
        "vector": item.vector.astype(np.float16).tobytes(),
        "sentence_vectors": item.sentence_vectors.astype(np.float16).tobytes(),
    }


def _passage(row: Row[Any]) -> EmbeddedPassage:
    sentences = tuple(Sentence(*fields) for fields in json.loads(row.sentences))
    vector = np.frombuffer(row.vector, np.float16).astype(np.float32)
    held = Passage(row.id, row.article_id, row.revision, row.ordinal, row.start, row.end, sentences)
    rows = np.frombuffer(row.sentence_vectors, np.float16).astype(np.float32)
    return EmbeddedPassage(
        held, vector, rows.reshape(len(sentences), -1) if sentences else rows.reshape(0, len(vector))
    )


def _batches(ids: Sequence[str]) -> Iterable[list[str]]:
    return (list(ids[i : i + BATCH]) for i in range(0, len(ids), BATCH))
