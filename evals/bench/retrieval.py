"""Retrieval and reading on public sets: vectors alone, words alone, and the whole as the service runs it."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from evals.bench.ranking import hit, ndcg, recall, reciprocal_rank
from evals.bench.sets import BenchQuestion, BenchSet
from evals.marked_yaml import instant
from evals.problems import NotMeasured
from evals.runner import Progress, silent
from evals.spans import Span, find
from evals.stats import Interval, auc, bootstrap
from service.domain.answer import Answer, Question, Status
from service.domain.article import NO_FILTERS, Article, Receipt
from service.domain.ranking import Ranking
from service.settings import Chat, Http, Ingest, Settings

if TYPE_CHECKING:
    from service.bootstrap import Pipelines

WIDE: Final = 400
"""Passages asked of one index alone: enough for 100 articles."""
LIMIT: Final = 300
BATCH: Final = 64

Measure: TypeAlias = Callable[[Sequence[str], Mapping[str, int]], float]
MEASURES: Final[Mapping[str, Measure]] = {
    "nDCG@10": ndcg,
    "R@100": lambda ranking, relevant: recall(ranking, relevant, 100),
    "MRR@10": reciprocal_rank,
    "hit@1": lambda ranking, relevant: hit(ranking, relevant, 1),
    "hit@5": lambda ranking, relevant: hit(ranking, relevant, 5),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one way to search."""

    set: str
    way: str
    measure: str
    value: float
    interval: Interval | None
    n: int


@asynccontextmanager
async def opened(
    articles: Sequence[Mapping[str, str]], told: Progress = silent
) -> AsyncIterator["Pipelines"]:
    """The service as it runs by default, on a folder of its own, with the articles in it.

    Raises:
        NotMeasured: An article could not be stored or indexed.
    """
    from service.bootstrap import open_pipelines

    with tempfile.TemporaryDirectory(prefix="byline-bench-") as folder:
        settings = Settings.load(data_dir=Path(folder)).model_copy(
            update={"chat": Chat(), "http": Http(), "ingest": Ingest(wait_s=600)}
        )
        async with open_pipelines(settings) as pipelines:
            for start in range(0, len(articles), BATCH):
                batch = [_article(row) for row in articles[start : start + BATCH]]
                receipts = await pipelines.ingest(batch, wait_s=600)
                told("ingest", start + len(batch), len(articles))
                failed = [r for r in receipts if not isinstance(r, Receipt) or not r.indexed]
                if failed:
                    raise NotMeasured(f"an article could not be stored: {failed[0]}")
            yield pipelines


def _article(row: Mapping[str, str]) -> Article:
    return Article(
        id=row["id"],
        headline=row["headline"],
        text=row["text"],
        source=row.get("source"),
        author=row.get("author"),
        published_at=instant(row["published_at"]) if "published_at" in row else None,
    )


async def retrieval(found: BenchSet, pipelines: "Pipelines", told: Progress = silent) -> list[Row]:
    """Rank articles for every answerable question, three ways."""
    questions = [q for q in found.questions if q.relevant]
    values: dict[tuple[str, str], list[float]] = {}
    for done, question in enumerate(questions, start=1):
        for way, ranking in (await _rankings(question.text, pipelines)).items():
            for name, measure in MEASURES.items():
                values.setdefault((way, name), []).append(measure(ranking, question.relevant))
        told(found.name, done, len(questions))
    clusters = [q.cluster for q in questions]
    return [
        Row(found.name, way, name, sum(held) / len(held), bootstrap(held, clusters), len(held))
        for (way, name), held in values.items()
    ]


async def _rankings(text: str, pipelines: "Pipelines") -> dict[str, list[str]]:
    retrieve = pipelines.retrieve
    vector = await retrieve.embedder.embed_query(text)
    nearest = await retrieve.exact.search(vector, WIDE)
    lexical = await retrieve.lexicon.search(text, WIDE)
    whole = await retrieve(text, filters=NO_FILTERS, limit=LIMIT)
    return {
        "vectors": await _articles(nearest, pipelines),
        "words": await _articles(lexical, pipelines),
        "whole": list(dict.fromkeys(p.revision.article.id for p in whole.passages)),
    }


async def _articles(ranking: Ranking, pipelines: "Pipelines") -> list[str]:
    """Article ids by their best passage."""
    held = await pipelines.articles.live_passages([scored.passage_id for scored in ranking])
    ids = (held[s.passage_id][1].article.id for s in ranking if s.passage_id in held)
    return list(dict.fromkeys(ids))


async def reading(
    found: BenchSet, pipelines: "Pipelines", limit: int | None, told: Progress = silent
) -> list[Row]:
    """Ask every question: are the words that bear the answer cited, and does `confidence` know its limits?"""
    questions = list(found.questions) if limit is None else _sample(found.questions, limit)
    outcomes = []
    for done, question in enumerate(questions, start=1):
        answer = await pipelines.answer(Question(question.text))
        outcomes.append((question, answer))
        told(f"{found.name}, reading", done, len(questions))
    texts = {row["id"]: row["text"] for row in found.articles}
    yes = [(q, a) for q, a in outcomes if q.answerable and q.sentences]
    no = [(q, a) for q, a in outcomes if not q.answerable]
    rows = [
        _row(found.name, "bearing words cited", [(q, float(_cited(q, a, texts))) for q, a in yes]),
        _row(found.name, "bearing words shown", [(q, float(_shown(q, a, texts))) for q, a in yes]),
        _row(found.name, "answered though answerable", [(q, float(_answered(a))) for q, a in yes]),
        _row(found.name, "abstained though unanswerable", [(q, float(not _answered(a))) for q, a in no]),
    ]
    area = auc([a.confidence for _, a in yes], [a.confidence for _, a in no])
    if area is not None:
        rows.append(Row(found.name, "reading", "AUC of confidence", area, None, len(yes) + len(no)))
    return [row for row in rows if row is not None]


def _sample(questions: Sequence[BenchQuestion], limit: int) -> list[BenchQuestion]:
    """So many questions, the same each time and of both kinds: by the digest of their ids."""
    import hashlib

    ordered = sorted(questions, key=lambda q: hashlib.sha256(q.id.encode()).hexdigest())
    return ordered[:limit]


def _row(name: str, measure: str, held: Sequence[tuple[BenchQuestion, float]]) -> Row | None:
    if not held:
        return None
    values, clusters = [v for _, v in held], [q.cluster for q, _ in held]
    return Row(name, "reading", measure, sum(values) / len(values), bootstrap(values, clusters), len(values))


def _answered(answer: Answer) -> bool:
    return answer.status is not Status.ABSTAINED


def _gold(question: BenchQuestion, texts: Mapping[str, str]) -> list[Span]:
    spans: list[Span] = []
    for article, words in question.sentences:
        spans.extend(Span(article, start, end) for start, end in find(words, texts[article]))
    return spans


def _cited(question: BenchQuestion, answer: Answer, texts: Mapping[str, str]) -> bool:
    cited = [
        Span(quote.article_id or "", quote.start, quote.end) for c in answer.citations for quote in c.quotes
    ]
    return any(piece.overlap(gold) > 0 for piece in cited for gold in _gold(question, texts))


def _shown(question: BenchQuestion, answer: Answer, texts: Mapping[str, str]) -> bool:
    if _cited(question, answer, texts):
        return True
    nearest = answer.abstention.nearest if answer.abstention is not None else ()
    pieces = [Span(n.article.id, n.quote.start, n.quote.end) for n in nearest]
    return any(piece.overlap(gold) > 0 for piece in pieces for gold in _gold(question, texts))


async def bench(sets: Sequence[BenchSet], *, read: int | None, told: Progress = silent) -> list[Row]:
    """Run every set, each in an empty service.

    Args:
        sets: With their questions.
        read: Questions of each set to ask as well; 0: none, None: all.
        told: Progress.
    """
    rows: list[Row] = []
    for found in sets:
        began = time.perf_counter()
        async with opened(found.articles, told) as pipelines:
            rows += await retrieval(found, pipelines, told)
            if read != 0 and any(q.sentences for q in found.questions):
                rows += await reading(found, pipelines, read, told)
        await asyncio.sleep(0)
        told(f"{found.name} in {time.perf_counter() - began:.0f} s", 1, 1)
    return rows
