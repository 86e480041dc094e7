"""What every ArticleStore does, held on the fake and on SQL; and what the database does beside."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from service.adapters.sql.articles import SqlArticles
from service.adapters.sql.database import Database
from service.adapters.sql.schema import metadata
from service.domain.article import (
    NO_FILTERS,
    Article,
    ChangeKind,
    EmbeddedPassage,
    Filters,
    Passage,
    Receipt,
    ReceiptStatus,
    Sentence,
)
from service.domain.errors import ArticleNotFound, Conflict, SchemaTooNew
from service.ports import ArticleStore
from tests.fakes.articles import MemoryArticles

NOW = datetime(2026, 5, 1, 12, 30, 15, 123457, tzinfo=UTC)
ARTICLE = Article(
    "a", "Headline", "One. Two.", "Post", "Ann", NOW, None, "https://p.example/a?utm_id=1", "local", "en"
)


@pytest.fixture(params=["memory", "sql"])
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryArticles()
        return
    database = Database(f"sqlite:///{tmp_path / 'byline.db'}")
    yield SqlArticles(database)
    database.close()


def embedded(article_id: str, revision: int, n: int = 1) -> list[EmbeddedPassage]:
    vector = np.array([0.6, 0.8], np.float32)
    return [
        EmbeddedPassage(
            Passage(
                f"{article_id}:{revision}:{i}", article_id, revision, i, 0, 4, (Sentence(0, 4, 0, "Ann"),)
            ),
            vector,
            vector[None, :],
        )
        for i in range(n)
    ]


async def put(store: ArticleStore, article: Article) -> Receipt:
    (receipt,) = await store.put([article])
    assert isinstance(receipt, Receipt)
    return receipt


async def test_what_is_stored_comes_back_to_the_microsecond(store):
    receipt = await put(store, ARTICLE)
    assert (receipt.revision, receipt.status, receipt.seq) == (1, ReceiptStatus.CREATED, 1)
    held = await store.get("a")
    assert held.article == ARTICLE
    assert (held.number, held.latest, held.retracted, held.corrected) == (1, 1, False, False)


async def test_known_revised_and_corrected_are_told_apart(store):
    first = await put(store, ARTICLE)
    assert await put(store, ARTICLE) == replace(first, status=ReceiptStatus.KNOWN)
    moved = await put(store, replace(ARTICLE, section="world"))
    assert (moved.revision, moved.status) == (2, ReceiptStatus.REVISED)
    assert not (await store.get("a")).corrected
    await put(store, replace(ARTICLE, section="world", text="One. Three."))
    assert (await store.get("a")).corrected
    assert [r.number for r in await store.revisions("a")] == [1, 2, 3]
    assert (await store.get("a", 1)).article.text == "One. Two."


async def test_each_of_a_list_is_kept_or_refused_by_itself(store):
    results = await store.put([ARTICLE, replace(ARTICLE, id="b"), replace(ARTICLE, id="c", url=None)])
    assert isinstance(results[1], Conflict)
    assert results[1].field == "url"
    assert [r.id for r in results if isinstance(r, Receipt)] == ["a", "c"]
    assert set(await store.current(["a", "b", "c"])) == {"a", "c"}


async def test_the_feed_holds_every_change_in_order(store):
    await put(store, ARTICLE)
    await put(store, replace(ARTICLE, text="Else."))
    await store.retract("a", "why")
    await store.delete("a")
    await put(store, ARTICLE)
    feed = await store.changes_after(0, 10)
    assert [(c.seq, c.revision, c.kind) for c in feed] == [
        (1, 1, ChangeKind.PUT), (2, 2, ChangeKind.PUT), (3, 2, ChangeKind.RETRACT),
        (4, 2, ChangeKind.DELETE), (5, 3, ChangeKind.PUT),
    ]  # fmt: skip
    assert await store.changes_after(3, 1) == [feed[3]]
    assert await store.last_seq() == 5


async def test_a_retracted_article_is_on_record_and_not_live(store):
    await put(store, ARTICLE)
    await store.save_passages([("a", 1, embedded("a", 1))], "m:2")
    await store.retract("a", "A hoax.")
    assert await store.current(["a"]) == {}
    assert await store.live_passages(["a:1:0"]) == {}
    assert (await store.count(), await store.live_count()) == (0, 0)
    assert await store.stale_passages(["a"]) == {"a": ["a:1:0"]}
    assert (await store.get("a")).retracted_reason == "A hoax."
    assert (await store.page(after=None, limit=9, filters=NO_FILTERS))[0].retracted


async def test_a_deleted_article_is_gone_and_leaves_the_ids_that_must_go_from_the_indexes(store):
    await put(store, ARTICLE)
    await store.save_passages([("a", 1, embedded("a", 1, 2))], "m:2")
    await store.delete("a")
    for call in (store.get("a"), store.revisions("a"), store.delete("a"), store.retract("a", None)):
        with pytest.raises(ArticleNotFound):
            await call
    assert await store.stale_passages(["a"]) == {"a": ["a:1:0", "a:1:1"]}
    assert await store.page(after=None, limit=9, filters=NO_FILTERS) == []
    assert (await put(store, replace(ARTICLE, id="b"))).id == "b"  # its URL is free again


async def test_passages_of_an_article_that_was_deleted_meanwhile_are_not_kept(store):
    await put(store, ARTICLE)
    await store.delete("a")
    await store.save_passages([("a", 1, embedded("a", 1))], "m:2")
    assert await store.passages_of([("a", 1)]) == {}


async def test_passages_that_are_made_anew_take_the_place_of_those_that_were_read(store):
    await put(store, ARTICLE)
    other = np.array([0.8, 0.6], np.float32)
    for drop in (False, True):
        await store.save_passages([("a", 1, embedded("a", 1))], "m:2")
        assert (await store.live_passages(["a:1:0"]))["a:1:0"][0].vector[0] == pytest.approx(0.6, abs=1e-3)
        if drop:
            await store.drop_passages()
            assert await store.live_passages(["a:1:0"]) == {}
        anew = [replace(item, vector=other) for item in embedded("a", 1)]
        await store.save_passages([("a", 1, anew)], "m:2")
        assert (await store.live_passages(["a:1:0"]))["a:1:0"][0].vector[0] == pytest.approx(0.8, abs=1e-3)
    await store.retract("a", "why")
    assert await store.live_passages(["a:1:0"]) == {}


async def test_passages_keep_their_spans_speakers_and_vectors_and_follow_a_revision_of_the_same_text(store):
    await put(store, ARTICLE)
    assert await store.passages_of([("a", 1)]) == {}
    assert await store.embedded_seq() == 0
    await store.save_passages([("a", 1, embedded("a", 1))], "m:2")
    assert (await store.embedded_seq(), await store.space()) == (1, "m:2")
    await put(store, replace(ARTICLE, section="world"))
    assert set(await store.passages_of([("a", 1), ("a", 2), ("a", 3), ("x", 1)])) == {("a", 1), ("a", 2)}
    ((held,),) = (await store.passages_of([("x", 1), ("a", 2)])).values()
    assert held.passage.id == "a:2:0"
    assert held.passage.sentences == (Sentence(0, 4, 0, "Ann"),)
    assert held.vector == pytest.approx([0.6, 0.8], abs=1e-3)
    assert set(await store.live_passages(["a:1:0", "a:2:0", "x"])) == {"a:2:0"}
    assert await store.stale_passages(["a"]) == {"a": ["a:1:0"]}
    assert await store.passage_counts(["a", "x"]) == {"a": 1}
    batches = [batch async for batch in store.live_vectors()]
    assert [(item.passage.id, article.section) for batch in batches for item, article in batch] == [
        ("a:2:0", "world")
    ]
    await store.drop_passages()
    assert (await store.space(), await store.embedded_seq()) == (None, 1)


async def test_pages_and_filters(store):
    await store.put(
        [replace(ARTICLE, id=f"p{n}", url=None, published_at=None if n == 3 else NOW) for n in range(4)]
    )
    page = await store.page(after="p0", limit=2, filters=NO_FILTERS)
    assert [r.article.id for r in page] == ["p1", "p2"]
    dated = await store.page(after=None, limit=9, filters=Filters(published_from=NOW, published_to=NOW))
    assert [r.article.id for r in dated] == ["p0", "p1", "p2"]
    known = await store.page(after=None, limit=9, filters=Filters(known_by=NOW))
    assert len(known) == 4
    assert await store.date_range() == (NOW.date(), NOW.date())


async def test_more_ids_than_a_query_takes_are_no_trouble(store):
    await put(store, ARTICLE)
    ids = [f"x{n}" for n in range(40_000)] + ["a"]
    assert set(await store.current(ids)) == {"a"}


def test_the_migrations_make_the_tables_that_the_code_knows(tmp_path: Path):
    Database(f"sqlite:///{tmp_path / 'migrated.db'}").close()
    migrated, made = (create_engine(f"sqlite:///{tmp_path / name}") for name in ("migrated.db", "made.db"))
    metadata.create_all(made)
    left, right = inspect(migrated), inspect(made)
    assert set(left.get_table_names()) - {"alembic_version"} == set(right.get_table_names())
    for table in right.get_table_names():
        for part in ("get_columns", "get_pk_constraint", "get_unique_constraints", "get_foreign_keys"):
            assert str(getattr(left, part)(table)) == str(getattr(right, part)(table)), (table, part)
        assert sorted(str(i) for i in left.get_indexes(table)) == sorted(
            str(i) for i in right.get_indexes(table)
        )
    for engine in (migrated, made):
        engine.dispose()


def test_a_database_of_a_newer_byline_stops_the_start_and_is_left_alone(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'byline.db'}"
    Database(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="9999"):
        Database(url)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


async def test_a_copy_is_made_before_an_older_database_is_migrated(tmp_path: Path, monkeypatch):
    path = tmp_path / "byline.db"
    database = Database(f"sqlite:///{path}")
    await put(SqlArticles(database), ARTICLE)
    database.close()
    real = ScriptDirectory.get_current_head
    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda _self: "later")
    Database(f"sqlite:///{path}").close()
    monkeypatch.setattr(ScriptDirectory, "get_current_head", real)
    (copy,) = [name for name in os.listdir(tmp_path) if name.startswith("byline.db.before-")]  # noqa: PTH208 - in a coroutine
    kept = Database(f"sqlite:///{tmp_path / copy}", read_only=True)
    assert (await SqlArticles(kept).get("a")).article == ARTICLE
    kept.close()
