"""How near summaries come to what a person wrote, beside what is usual, in one run.

ROUGE is Google's `rouge-score` with its stemmer. `overlap` is the F1 of the chosen sentences against those
of an oracle, which adds the sentence that raises ROUGE-1 and ROUGE-2 most for as long as one does.
Source: Lin 2004, "ROUGE: a package for automatic evaluation of summaries"; the oracle as in Nallapati et
al. 2017, arXiv:1611.04230, section 3.
"""

import math
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.bench.summary_baselines import BASELINES, Shown
from evals.client import Client
from evals.corpus import Corpus
from evals.references import Reference
from evals.runner import Progress, ingest, silent
from evals.stats import Interval, bootstrap, wilson
from evals.target import over_asgi
from service.domain.chunking import find_sentences
from service.settings import Chat, Http, Ingest, Settings

WORDS: Final[Mapping[str, int]] = {"article": 70, "topic": 110}
"""The limit of words: the longest that the references' authors were allowed."""
TIMELINE_WORDS: Final = 150
BYLINE: Final = "Byline"
MEASURES: Final = ("ROUGE-1", "ROUGE-2", "ROUGE-L", "overlap")

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One system on one kind of reference: the mean of each measure, and how far Byline is ahead of it."""

    kind: str
    system: str
    means: Mapping[str, tuple[float, Interval | None]]
    ahead: Mapping[str, tuple[float, Interval | None]]
    words: float
    n: int


@dataclass(frozen=True, slots=True)
class Timelines:
    """Entries of the references' timelines: how many there are, are shown, and bear the right day."""

    entries: int
    shown: int
    right: int

    @property
    def interval(self) -> Interval | None:
        """Of the days that are right among the entries shown."""
        return wilson(self.right, self.shown)


@dataclass(frozen=True, slots=True)
class Found:
    """What a run measured."""

    rows: tuple[Row, ...]
    timelines: Timelines
    citations: int
    exact: int
    """Citations whose words stand at their place in one of the articles that were summarised."""


async def bench(references: Sequence[Reference], corpus: Corpus, told: Progress = silent) -> Found:
    """Summarise every reference's articles, with Byline over its HTTP interface and with every baseline."""
    from service.app import create_app
    from service.bootstrap import open_pipelines

    with tempfile.TemporaryDirectory(prefix="byline-bench-") as folder:
        settings = Settings.load(data_dir=Path(folder)).model_copy(
            update={"chat": Chat(), "http": Http(), "ingest": Ingest(wait_s=600)}
        )
        async with open_pipelines(settings) as pipelines, over_asgi(create_app(pipelines)) as client:
            await ingest(client, corpus, told)
            split = pipelines.summarise.collect.splitter.split
            return await _measured(references, client, split, told)


async def _measured(
    references: Sequence[Reference],
    client: Client,
    split: Callable[[str], Sequence[tuple[int, int]]],
    told: Progress,
) -> Found:
    score = _rouge()
    table: dict[tuple[str, str], dict[str, Scores]] = {}
    entries = shown = right = citations = exact = 0
    for done, reference in enumerate(references, start=1):
        texts = {article_id: await _text(client, article_id) for article_id in reference.article_ids}
        sentences = _sentences(texts, split)
        best = _oracle([s.text for s in sentences], reference.text, score)
        made = await client.summarise(
            {"article_ids": list(reference.article_ids), "max_words": WORDS[reference.kind]}
        )
        quotes = [quote for citation in made["citations"] for quote in citation["quotes"]]
        citations += len(quotes)
        exact += sum(_holds(quote, texts) for quote in quotes)
        chosen = [i for i, s in enumerate(sentences) if any(_same(s, quote) for quote in quotes)]
        systems = {BYLINE: (str(made["summary"]), chosen)}
        for name, choose in BASELINES.items():
            picked = choose(sentences, WORDS[reference.kind])
            systems[name] = (" ".join(sentences[i].text for i in picked), picked)
        for name, (text, picked) in systems.items():
            scores = score(text, reference.text) | {"overlap": _f1(picked, best)}
            table.setdefault((reference.kind, name), {})[reference.id] = scores | {"words": len(text.split())}
        if reference.timeline:
            line = await client.summarise(
                {
                    "article_ids": list(reference.article_ids),
                    "kind": "timeline",
                    "max_words": TIMELINE_WORDS,
                }
            )
            hits = [_day_of(entry.quote, entry.article_id, texts, line) for entry in reference.timeline]
            entries += len(hits)
            shown += sum(hit is not None for hit in hits)
            right += sum(hit == e.day.isoformat() for hit, e in zip(hits, reference.timeline, strict=True))
        told("summarise", done, len(references))
    stories = {reference.id: reference.story for reference in references}
    rows = tuple(_row(kind, name, table, stories) for kind, name in sorted(table, key=_order))
    return Found(rows, Timelines(entries, shown, right), citations, exact)


def _order(key: tuple[str, str]) -> tuple[str, int]:
    kind, name = key
    return kind, [BYLINE, *BASELINES].index(name)


async def _text(client: Client, article_id: str) -> str:
    article = await client.article(article_id)
    return "" if article is None else str(article["text"])


def _sentences(texts: Mapping[str, str], split: Callable[[str], Sequence[tuple[int, int]]]) -> list[Shown]:
    """The sentences of all articles, in the order in which the articles are given."""
    return [
        Shown(article_id, place, text[sentence.start : sentence.end])
        for article_id, text in texts.items()
        for place, sentence in enumerate(find_sentences(text, split))
    ]


def _same(sentence: Shown, quote: Mapping[str, Any]) -> bool:
    """Whether a quote is of this sentence; a dateline may be cut from it."""
    return sentence.article == quote["article_id"] and sentence.text.endswith(str(quote["text"]))


def _holds(quote: Mapping[str, Any], texts: Mapping[str, str]) -> bool:
    text = texts.get(str(quote["article_id"]), "")
    return bool(quote["text"]) and text[quote["start"] : quote["end"]] == quote["text"]


def _day_of(quote: str, article_id: str, texts: Mapping[str, str], line: Mapping[str, Any]) -> str | None:
    """The day that a timeline gives the sentence which holds a quote, None where it does not show it."""
    at = texts[article_id].find(quote)
    for citation in line["citations"]:
        held = citation["quotes"][0]
        if held["article_id"] == article_id and held["start"] <= at < held["end"]:
            return str(citation["date"])
    return None


def _rouge() -> Callable[[str, str], dict[str, float]]:
    """A function of a summary and a reference that gives their F1 by each ROUGE."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nltk, which it imports, warns
        from rouge_score.rouge_scorer import RougeScorer
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)

    def score(summary: str, reference: str) -> dict[str, float]:
        found = scorer.score(reference, summary)
        return {
            "ROUGE-1": float(found["rouge1"].fmeasure),
            "ROUGE-2": float(found["rouge2"].fmeasure),
            "ROUGE-L": float(found["rougeL"].fmeasure),
        }

    return score


def _oracle(
    sentences: Sequence[str], reference: str, score: Callable[[str, str], dict[str, float]]
) -> list[int]:
    """The sentences that a chooser who knew the reference would take."""
    chosen: list[int] = []
    best = 0.0
    while True:
        tried = []
        for i in range(len(sentences)):
            if i not in chosen:
                found = score(" ".join(sentences[k] for k in sorted([*chosen, i])), reference)
                tried.append((found["ROUGE-1"] + found["ROUGE-2"], -i))
        if not tried or max(tried)[0] <= best + 1e-9:
            return sorted(chosen)
        best, negative = max(tried)
        chosen.append(-negative)


def _f1(chosen: Sequence[int], best: Sequence[int]) -> float:
    hits = len(set(chosen) & set(best))
    return 2 * hits / (len(chosen) + len(best)) if chosen or best else 0.0


def _row(
    kind: str,
    name: str,
    table: Mapping[tuple[str, str], Mapping[str, Scores]],
    stories: Mapping[str, str],
) -> Row:
    held, ours = table[kind, name], table[kind, BYLINE]
    clusters = [stories[i] for i in held]
    means, ahead = {}, {}
    for measure in MEASURES:
        values = [held[i][measure] for i in held]
        gaps = [ours[i][measure] - held[i][measure] for i in held]
        means[measure] = (math.fsum(values) / len(values), bootstrap(values, clusters))
        ahead[measure] = (math.fsum(gaps) / len(gaps), bootstrap(gaps, clusters))
    words = math.fsum(scores["words"] for scores in held.values()) / len(held)
    return Row(kind, name, means, ahead, words, len(held))
