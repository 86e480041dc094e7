"""`python -m evals bench drafts`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from evals.cassettes import CASSETTES, Cassette
from evals.corpus import read_corpus
from evals.golden import OWN_GOLDEN, read_golden
from evals.labels import labels_of
from evals.measure import Job, measure
from evals.problems import NotMeasured, bad
from evals.profiles import profile
from evals.support.drafts import OUTCOMES, Draft, draft_rates, drafts, sheet
from evals.support.measure import STYLES
from evals.terminal import OWN_CORPUS, exits, progress_bar, stdout_console
from service.adapters.sentence_embedder import SentenceEmbedder

out = stdout_console()


def drafts_command(
    cassette: Annotated[
        list[Path] | None, typer.Option(help="Files of replies.", show_default="all of evals/cassettes")
    ] = None,
    golden: Annotated[
        Path, typer.Option(help="Folder of the golden set.", show_default="evals/golden")
    ] = OWN_GOLDEN,
    corpus: Annotated[Path, typer.Option(help="Its articles.", show_default="seeds")] = OWN_CORPUS,
    sheet_at: Annotated[
        Path | None, typer.Option("--sheet", help="A file for the sentences that nobody has read.")
    ] = None,
    json_at: Annotated[Path | None, typer.Option("--json", help="A file for all of it.")] = None,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder of the runs.")] = Path("out/drafts"),
) -> None:
    """What becomes of a recorded model's sentences in each style, and of those read to be false."""
    with exits():
        paths = cassette or sorted(CASSETTES.glob("*/*.jsonl"))
        if not paths:
            raise bad(CASSETTES, "holds no replies: `record` them first")
        held: list[Draft] = []
        model = ""
        for path in paths:
            tape = Cassette(path, "replay")
            model = str(tape.settings.get("model", ""))
            held += _played(tape, golden, corpus, out_dir / path.parent.name / path.stem)
        labels = labels_of(model)
        found = asyncio.run(_rates(held, labels))
        if json_at is not None:
            json_at.write_text(json.dumps(found, indent=1), encoding="utf-8")
        if sheet_at is not None:
            sheet_at.write_text(sheet(held, labels, model, "all"), encoding="utf-8")
        out.print(f"{found['sentences']} sentences of {model}: {found['labels']}", highlight=False)
        out.print(table(found))


def _played(tape: Cassette, golden: Path, corpus: Path, folder: Path) -> list[Draft]:
    """Play a cassette and collect the sentences.

    Raises:
        NotMeasured: The prompts are no longer those that were recorded.
    """
    found = read_golden(golden)
    questions = [question for question in found.questions if question.id in tape.tags]
    with progress_bar() as told:
        job = Job(
            golden=found,
            corpus=read_corpus(corpus),
            questions=questions,
            split="all",
            profile=profile("llm-replay"),
            out=folder,
            cassette=tape,
            progress=told,
        )
        asyncio.run(measure(job))
    if tape.misses:
        raise NotMeasured(f"{len(tape.misses)} of {len(questions)} replies are missing: record again")
    return drafts(tape, tape.tasks)


async def _rates(held: list[Draft], labels: Any) -> dict[str, Any]:
    embedder = SentenceEmbedder(dtype="float32", share=False, threads=1)
    try:
        return await draft_rates(held, labels, embedder)
    finally:
        embedder.close()


def table(found: dict[str, Any]) -> Table:
    """The rates as one table."""
    rows = Table(box=None, pad_edge=False)
    for head in ("sentences", "style", "read to be", *OUTCOMES, "n"):
        rows.add_column(head)
    for pointed, styles in found["rates"].items():
        for style in STYLES:
            for label, rates in styles[style].items():
                cells = [f"{rates[name]['hits']} ({rates[name]['rate']:.0%})" for name in OUTCOMES]
                rows.add_row(pointed, style, label, *cells, str(rates[OUTCOMES[0]]["n"]))
    return rows
