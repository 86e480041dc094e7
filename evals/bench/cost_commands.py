"""`python -m evals bench batch` and `bench filters`: what a batch and a filter cost."""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from evals.bench.batch import ROUNDS, SIZES, measure_batches
from evals.bench.filters import DEAREST, ENOUGH, kept, measure_filters, read_reuters
from evals.corpus import Corpus, read_corpus
from evals.problems import Exit, bad
from evals.terminal import OWN_CORPUS, exits, progress_bar, stdout_console
from service.adapters.sentence_embedder import SentenceEmbedder
from service.domain.article import Article

out = stdout_console()


def batch_command(
    corpus: Annotated[Path, typer.Option(help="Articles to embed.", show_default="seeds")] = OWN_CORPUS,
    sizes: Annotated[
        list[int] | None, typer.Option("--size", min=1, max=512, help="Texts in a batch; may be repeated.")
    ] = None,
    rounds: Annotated[
        int, typer.Option(min=1, max=50, help="Times that each size embeds them all.")
    ] = ROUNDS,
    threads: Annotated[int | None, typer.Option(min=1, help="Of the model; else as torch chooses.")] = None,
) -> None:
    """Embedding with batches of several sizes, in turn on the same passages."""
    with exits():
        articles = _articles(read_corpus(corpus))
        with progress_bar() as told:
            found = asyncio.run(
                measure_batches(articles, sizes=sizes or SIZES, rounds=rounds, threads=threads, told=told)
            )
        rows = [
            (
                str(cost.size),
                f"{cost.passages_s:.1f}",
                f"{cost.least_s:.1f} to {cost.most_s:.1f}",
                f"{cost.passages_cpu_s:.1f}",
                f"{cost.batch_ms:.0f}",
            )
            for cost in found.costs
        ]
        _print(("batch", "passages/s", "in the rounds", "passages/CPU s", "ms a batch"), rows)
        out.print(
            f"{found.passages} passages, {found.dtype}, {found.rounds} rounds, medians; "
            f"load {os.getloadavg()[0]:.1f} at the end",
            highlight=False,
        )


def filters_command(
    *,
    data: Annotated[Path, typer.Option(help="A folder with reuters21578.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Articles to take in; else all.")] = None,
    model: Annotated[
        bool, typer.Option("--model", help="Vectors of the shipped model (minutes), not of words.")
    ] = False,
) -> None:
    """Filtered against unfiltered search: time, recall, and what the filter should have kept out.

    Exit code 1 where a filter costs more than twice, loses recall or lets something else through.
    """
    with exits():
        if not (data / "reuters21578").is_dir():
            raise bad(data, "holds no reuters21578")
        embedder = SentenceEmbedder() if model else None
        try:
            with tempfile.TemporaryDirectory() as folder, progress_bar() as told:
                passages, costs = asyncio.run(
                    measure_filters(read_reuters(data, limit), Path(folder), embedder, told)
                )
        finally:
            if embedder is not None:
                embedder.close()
        rows = [
            (
                cost.label,
                f"{100 * cost.admitted:.1f} %",
                f"{cost.p50_ms:.1f}",
                f"{cost.p95_ms:.1f}",
                f"{cost.ratio:.2f}",
                f"{cost.recall:.3f}",
                str(cost.astray),
            )
            for cost in costs
        ]
        _print(("filter", "passages", "p50, ms", "p95, ms", "of unfiltered", "recall@10", "astray"), rows)
        few = "" if passages >= ENOUGH else f"; fewer than {ENOUGH:,} say little"
        out.print(f"{passages:,} passages{few}", highlight=False)
        if not kept(costs):
            out.print(
                f"a filter costs more than {DEAREST:g} times, or loses or lets through", highlight=False
            )
            raise typer.Exit(Exit.FAILED)


def _articles(corpus: Corpus) -> list[Article]:
    return [
        Article(id=article.id, headline=article.headline, text=article.text)
        for article in corpus.articles.values()
    ]


def _print(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for n, head in enumerate(heads):
        table.add_column(head, justify="right" if n else "left")
    for row in rows:
        table.add_row(*row)
    out.print(table)
