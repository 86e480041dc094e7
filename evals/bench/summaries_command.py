"""`python -m evals bench summaries`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from evals.bench.summaries import BYLINE, MEASURES, Found, bench
from evals.corpus import read_corpus
from evals.problems import bad
from evals.references import OWN_REFERENCES, of_split, read_references
from evals.stats import Interval
from evals.terminal import OWN_CORPUS, exits, progress_bar, stdout_console

out = stdout_console()


def summaries_command(
    references: Annotated[
        Path, typer.Option(help="Folder of references.", show_default="evals/references")
    ] = OWN_REFERENCES,
    corpus: Annotated[Path, typer.Option(help="Their articles.", show_default="seeds")] = OWN_CORPUS,
    split: Annotated[str, typer.Option(help="test, dev or all; what is tuned is tuned on dev.")] = "test",
    markdown: Annotated[bool, typer.Option("--markdown", help="A table for a README.")] = False,
) -> None:
    """Summaries against references, beside lead-1, lead-3, TextRank and LexRank, in one run."""
    with exits():
        if split not in ("test", "dev", "all"):
            raise bad(Path("--split"), f"{split!r} is not test, dev or all")
        found = of_split(read_references(references), split)
        with progress_bar() as told:
            measured = asyncio.run(bench(found, read_corpus(corpus), told))
        _print(measured, split, markdown=markdown)


def _print(found: Found, split: str, *, markdown: bool) -> None:
    heads = ("of", "system", *MEASURES, "words", "n")
    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, justify="left" if head in ("of", "system") else "right")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in found.rows:
        cells = [row.kind, row.system]
        for measure in MEASURES:
            value, interval = row.means[measure]
            cell = f"{value:.3f}{_span(interval)}"
            if row.system != BYLINE:
                gap, around = row.ahead[measure]
                cell += f" ({gap:+.3f}{_span(around)})"
            cells.append(cell)
        cells += [f"{row.words:.0f}", str(row.n)]
        table.add_row(*cells)
        lines.append("| " + " | ".join(cells) + " |")
    if markdown:
        out.print("\n".join(lines), markup=False, highlight=False)
    else:
        out.print(table)
    days = found.timelines
    out.print(
        f"in brackets: by how much {BYLINE} is ahead, with 95 % intervals over stories; split '{split}'\n"
        f"citations: {found.exact} of {found.citations} exact; timelines: {days.shown} of {days.entries} "
        f"entries shown, the day right in {days.right}{_span(days.interval)}",
        markup=False,
        highlight=False,
    )


def _span(interval: Interval | None) -> str:
    return "" if interval is None else f" [{interval.low:.3f}, {interval.high:.3f}]"
