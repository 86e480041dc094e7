"""`python -m evals bench`."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from evals.bench.cost_commands import batch_command, filters_command
from evals.bench.drafts_command import drafts_command
from evals.bench.retrieval import Row, bench
from evals.bench.sets import BenchSet, Part, beir, clapnq, realtimeqa, squad
from evals.bench.speed import CLIENTS, speed
from evals.bench.summaries_command import summaries_command
from evals.bench.support_command import support_command
from evals.bench_speech import bench_speech, render
from evals.corpus import read_corpus
from evals.golden import OWN_GOLDEN, read_golden
from evals.labels import LABELS
from evals.problems import bad
from evals.terminal import OWN_CORPUS, exits, progress_bar, stdout_console

SHOWN: Final = {
    "scifact": ("nDCG@10", "R@100"),
    "squad2": ("hit@1", "hit@5", "MRR@10"),
    "clapnq": ("hit@1", "MRR@10"),
}
app = typer.Typer(
    help="Measure speed, `bench batch` and `filters` too; `retrieval`, `speech`, `summaries`, `support` and "
    "`drafts` measure quality."
)
app.command("batch")(batch_command)
app.command("filters")(filters_command)
app.command("drafts")(drafts_command)
app.command("summaries")(summaries_command)
app.command("support")(support_command)
out = stdout_console()


@app.callback(invoke_without_command=True)
def speed_command(
    context: typer.Context,
    corpus: Annotated[Path, typer.Option(help="Articles to take in.", show_default="seeds")] = OWN_CORPUS,
) -> None:
    """Passages taken in a second, and the time of /ask at 1 and 8 clients, stage by stage."""
    if context.invoked_subcommand is not None:
        return
    with exits(), progress_bar() as told:
        found = asyncio.run(speed(read_corpus(corpus), read_golden(OWN_GOLDEN).questions, told))
    out.print(
        f"{found.articles} articles, {found.passages} passages in {found.ingest_s:.1f} s: "
        f"{found.passages_a_second:.0f} passages a second ({found.dtype})",
        highlight=False,
        markup=False,
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("/ask, ms")
    for clients in CLIENTS:
        table.add_column(f"{clients} client{'s' if clients > 1 else ''}: p50", justify="right")
        table.add_column("p95", justify="right")
    for stage in found.asks[CLIENTS[0]]:
        cells = [value for clients in CLIENTS for value in found.asks[clients].get(stage, (0.0, 0.0))]
        table.add_row(stage, *(f"{cell:.1f}" for cell in cells))
    out.print(table)
    rates = ", ".join(f"{found.throughput[c]:.1f} a second at {c}" for c in CLIENTS)
    out.print(f"answers: {rates} (one process, no socket between)", highlight=False)


@app.command("retrieval")
def retrieval_command(
    data: Annotated[
        Path | None, typer.Option(help="A folder with scifact, squad2, clapnq, realtimeqa.")
    ] = None,
    beir_at: Annotated[list[Path] | None, typer.Option("--beir", help="Folder of a BEIR set.")] = None,
    squad_at: Annotated[Path | None, typer.Option("--squad", help="dev-v2.0.json, plain or .gz.")] = None,
    clapnq_at: Annotated[Path | None, typer.Option("--clapnq", help="Folder of ClapNQ.")] = None,
    realtimeqa_at: Annotated[Path | None, typer.Option("--realtimeqa", help="Folder of RealTimeQA.")] = None,
    part: Annotated[str, typer.Option(help="report, tune or all.")] = "report",
    read: Annotated[int, typer.Option(help="Questions a set to ask as well; -1: all.", min=-1)] = 400,
    names: Annotated[list[str] | None, typer.Option("--set", help="Of --data: scifact, squad2 ...")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="A table for a README.")] = False,
) -> None:
    """Quality on sets that nobody here wrote: vectors alone, words alone, the whole."""
    with exits():
        if part not in ("report", "tune", "all"):
            raise bad(Path("--part"), f"{part!r} is not report, tune or all")
        chosen: Part = "tune" if part == "tune" else "all" if part == "all" else "report"
        sets = _sets(data, names, chosen)
        sets += [beir(path, chosen) for path in beir_at or []]
        sets += [squad(squad_at, chosen)] if squad_at else []
        sets += [clapnq(clapnq_at, chosen)] if clapnq_at else []
        sets += [realtimeqa(realtimeqa_at, chosen)] if realtimeqa_at else []
        if not sets:
            raise bad(data or Path("--data"), "holds none of scifact, squad2, clapnq, realtimeqa")
        with progress_bar() as told:
            rows = asyncio.run(bench(sets, read=None if read < 0 else read, told=told))
        _print(rows, chosen, markdown=markdown)


@app.command("speech")
def speech_command(
    labels: Annotated[Path, typer.Option(help="Folder of labels.", show_default="evals/labels")] = LABELS,
    corpus: Annotated[Path, typer.Option(help="Their articles.", show_default="seeds")] = OWN_CORPUS,
) -> None:
    """Who speaks in each labelled sentence: precision, recall, and every sentence that is wrong."""
    with exits():
        if not list(labels.glob("speech-*.yaml")):
            raise bad(labels, "holds no speech-*.yaml")
        try:
            found = bench_speech(labels, corpus)
        except ValueError as error:
            raise bad(corpus, str(error)) from error
        out.print(render(found), markup=False, highlight=False)


def _sets(data: Path | None, names: list[str] | None, part: Part) -> list[BenchSet]:
    """The sets that a folder holds; what it lacks is left out."""
    if data is None:
        return []
    found: list[BenchSet] = []
    wanted = set(names or ("scifact", "squad2", "clapnq", "realtimeqa"))
    if "scifact" in wanted and (data / "scifact").is_dir():
        found.append(beir(data / "scifact", part))
    paths = sorted((data / "squad2").glob("dev-v2.0.json*")) if "squad2" in wanted else []
    found += [squad(path.with_name(path.name.removesuffix(".gz")), part) for path in paths[:1]]
    if "clapnq" in wanted and (data / "clapnq").is_dir():
        found.append(clapnq(data / "clapnq", part))
    if "realtimeqa" in wanted and (data / "realtimeqa").is_dir():
        found.append(realtimeqa(data / "realtimeqa", part))
    return found


def _print(rows: list[Row], part: Part, *, markdown: bool) -> None:
    table = Table(box=None, pad_edge=False)
    heads = ("set", "measure", "how", "value", "95 %", "questions")
    for head in heads:
        table.add_column(head, justify="right" if head in ("value", "questions") else "left")
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in sorted(rows, key=lambda r: (r.set, r.way == "reading", r.measure)):
        if row.way != "reading" and row.measure not in SHOWN.get(row.set, (row.measure,)):
            continue
        span = f"{row.interval.low:.3f} to {row.interval.high:.3f}" if row.interval else ""
        cells = (row.set, row.measure, row.way, f"{row.value:.3f}", span, str(row.n))
        table.add_row(*cells)
        lines.append("| " + " | ".join(cells) + " |")
    if markdown:
        out.print("\n".join(lines), markup=False, highlight=False)
    else:
        out.print(table)
    out.print(f"on the part '{part}' of each set", highlight=False)
