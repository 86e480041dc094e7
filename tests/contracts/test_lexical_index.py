"""What every LexicalIndex does, held on the fake and on Tantivy, and that no text whatsoever makes a query fail."""

import asyncio
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.adapters.tantivy_lexicon import TantivyLexicon
from service.domain.article import Article, EmbeddedPassage, Filters, Passage, Sentence
from service.ports import IndexedArticle, LexicalIndex
from tests.fakes.indexes import MemoryWords

ZERO = np.zeros(2, np.float32)
HOSTILE = (
    'Qomi: "say', # parsed, these fail
    "what (did", "C++ AND", "it's [sic]", "AND OR NOT", "a:b^2~*?", "\\", '"', "{}[]()", "text:x",
    "+-!&&||",
    "🎉👩‍👩‍👧", "שלום عليكم", "e\u0301\u0302", "\x00", "\ud800", "中文新闻", "", " ", "x" * 100_000,
    "word " * 20_000,
    "a" * 65 + " b", "/.*/", "NEAR/3", "IN [a b]", "\u202eabc", "1 2.5 -3 %", "id:a:1:0",
)  # fmt: skip


def indexed(
    article_id: str, text: str, headline: str = "Headline", revision: int = 1, **fields
) -> IndexedArticle:
    passage = Passage(
        f"{article_id}:{revision}:0", article_id, revision, 0, 0, len(text), (Sentence(0, len(text)),)
    )
    return IndexedArticle(
        article_id,
        Article(article_id, headline, text, **fields),
        [EmbeddedPassage(passage, ZERO, ZERO[None, :])],
    )


@pytest.fixture(params=["memory", "tantivy"])
async def lexicon(request, tmp_path):
    if request.param == "memory":
        yield MemoryWords()
        return
    opened = TantivyLexicon(tmp_path / "tantivy")
    assert await opened.open()
    yield opened
    opened.close()


async def ids(lexicon: LexicalIndex, query: str, filters: Filters | None = None) -> list[str]:
    return [s.passage_id for s in await lexicon.search(query, 10, filters or Filters())]


async def test_words_find_their_passages_in_any_inflection_also_by_headline(lexicon):
    await lexicon.replace(
        [indexed("a", "The dockers were striking."), indexed("b", "Rain fell.", headline="Strike ends")], 4
    )
    assert await ids(lexicon, "strikes?") == ["a:1:0", "b:1:0"] or await ids(lexicon, "strikes?") == [
        "b:1:0",
        "a:1:0",
    ]
    assert await ids(lexicon, "snow") == []
    assert (await lexicon.count(), await lexicon.applied_seq()) == (2, 4)


async def test_replacing_and_removing_an_article_takes_its_old_words_out(lexicon):
    await lexicon.replace([indexed("a", "copper roof")], 1)
    await lexicon.replace([indexed("a", "slate roof", revision=2)], 2)
    assert await ids(lexicon, "copper") == []
    assert await ids(lexicon, "slate") == ["a:2:0"]
    await lexicon.replace([IndexedArticle("a", None)], 3)
    assert await ids(lexicon, "roof") == []
    assert await lexicon.count() == 0


async def test_doing_it_twice_does_no_harm_and_clearing_empties_it(lexicon):
    for _ in range(2):
        await lexicon.replace([indexed("a", "slate roof")], 2)
    assert await lexicon.count() == 1
    await lexicon.clear()
    assert (await lexicon.count(), await lexicon.applied_seq()) == (0, 0)


async def test_filters_admit_what_the_domain_admits(lexicon):
    rows = [
        indexed("dated", "roof", source="Post", published_at=datetime(2026, 1, 1, tzinfo=UTC)),
        indexed("later", "roof", section="a", language="en", published_at=datetime(2026, 1, 2, tzinfo=UTC)),
        indexed("undated", "roof", section="a", source='O\'Hara: "x" AND'),
    ]
    await lexicon.replace(rows, 1)
    for filters in (
        Filters(source=("Post", "Nobody")),
        Filters(source=('O\'Hara: "x" AND',)),
        Filters(section=("a",), language=("en",)),
        Filters(article_id=("undated",)),
        Filters(published_from=datetime(2026, 1, 2, tzinfo=UTC)),
        Filters(published_to=datetime(2026, 1, 1, tzinfo=UTC)),
        Filters(known_by=datetime(2026, 1, 1, tzinfo=UTC)),
    ):
        expected = {row.article_id for row in rows if row.article is not None and filters.admits(row.article)}
        assert {found.split(":")[0] for found in await ids(lexicon, "roof", filters)} == expected


async def test_frequencies_count_passages_in_any_inflection(lexicon):
    await lexicon.replace([indexed("a", "He strikes."), indexed("b", "A strike."), indexed("c", "Rain.")], 1)
    assert await lexicon.document_frequencies(["striking", "rain", "snow"]) == {
        "striking": 2,
        "rain": 1,
        "snow": 0,
    }


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A filled index and a loop to ask it in."""
    loop = asyncio.new_event_loop()
    opened = TantivyLexicon(tmp_path_factory.mktemp("words") / "tantivy")
    loop.run_until_complete(opened.open())
    loop.run_until_complete(opened.replace([indexed("a", "Qomi said it. C++ and 🎉 שלום")], 1))
    yield loop.run_until_complete, opened
    opened.close()
    loop.close()


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_no_hostile_text_makes_a_query_fail(filled, query):
    run, lexicon = filled
    query = query.encode("utf-8", "ignore").decode()
    run(lexicon.search(query, 5))
    run(lexicon.document_frequencies([query]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200)
@given(query=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_text_whatsoever_makes_a_query_fail(filled, query):
    run, lexicon = filled
    run(lexicon.search(query, 5, Filters(source=(query,))))
    run(lexicon.document_frequencies([query]))
