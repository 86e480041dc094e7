"""A run with all that is derived from it: where `score`, `gate`, `compare`, `bless` and reports start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.aggregate import Figure, Summary, summarise
from evals.corpus import CorpusArticle, read_corpus
from evals.golden import GoldenSet, read_golden
from evals.metrics import Score, score
from evals.problems import BadInput, bad
from evals.records import (
    RESULTS,
    STORED,
    SYSTEMS,
    Result,
    StoredTexts,
    read_results,
    read_run,
    read_stored,
)
from evals.schema import GoldenQuestion
from evals.spans import Groups, gold_groups
from evals.stats import wilson

SIGNAL: Final = "best single signal"


@dataclass(frozen=True)
class LoadedRun:
    """A finished run, scored anew."""

    folder: Path
    run: Mapping[str, Any]
    golden: GoldenSet
    questions: tuple[GoldenQuestion, ...]
    articles: Mapping[str, CorpusArticle]
    stored: StoredTexts
    groups: Mapping[str, Groups]
    results: tuple[Result, ...]
    scores: tuple[Score, ...]
    summary: Summary
    coverage: Figure
    systems: Mapping[str, Summary]

    @property
    def profile(self) -> str:
        """The profile's name."""
        return str(self.run["profile"])

    @property
    def by_id(self) -> dict[str, GoldenQuestion]:
        """Question by id."""
        return {question.id: question for question in self.questions}

    def verdicts(self) -> dict[str, str]:
        """Question id -> verdict; with repeats the worst that occurred."""
        order = ("incorrect", "missing", "mixed", "partial", "correct")
        found: dict[str, str] = {}
        for scored in self.scores:
            if scored.verdict is None:
                continue
            held = found.get(scored.id, "correct")
            found[scored.id] = min(held, scored.verdict, key=order.index)
        return found


def load(folder: Path, golden: Path | None = None, corpus: Path | None = None) -> LoadedRun:
    """Read a run and score it.

    Args:
        folder: Of the run.
        golden: The set; None: where it was when the run was made.
        corpus: Its articles, for headlines and dates; the scores use the service's own texts.

    Raises:
        BadInput: The folder is no run, the set has gone or other questions stand in it now.
    """
    run = read_run(folder)
    found = read_golden(golden or Path(run["golden"]["path"]))
    results = read_results(folder / RESULTS)
    stored = read_stored(folder / STORED)
    by_id = {question.id: question for question in found.questions}
    gone = sorted({result.id for result in results} - set(by_id))
    if gone:
        raise bad(
            folder / RESULTS, f"{len(gone)} questions are no longer in the set ({gone[0]} ...): run again"
        )
    if not results:
        raise bad(folder / RESULTS, "no question was asked")
    wanted = {result.id for result in results}
    questions = tuple(question for question in found.questions if question.id in wanted)
    texts = stored.by_id()
    groups = {question.id: gold_groups(question, texts) for question in questions}
    scores = tuple(score(r, by_id[r.id], groups[r.id], stored.texts) for r in results)
    return LoadedRun(
        folder=folder,
        run=run,
        golden=found,
        questions=questions,
        articles=_articles(corpus or Path(run["corpus"]["path"])),
        stored=stored,
        groups=groups,
        results=tuple(results),
        scores=scores,
        summary=summarise(scores, results),
        coverage=_coverage(results),
        systems=_systems(folder, by_id, groups, stored),
    )


def _articles(path: Path) -> Mapping[str, CorpusArticle]:
    try:
        return read_corpus(path).articles
    except BadInput:
        return {}  # headlines are missed in the report, scores are not


def _coverage(results: Sequence[Result]) -> Figure:
    """The share of questions, all repeats of them, that ended ok."""
    failed = {result.id for result in results if result.status != "ok"}
    total = len({result.id for result in results})
    good = total - len(failed)
    return Figure(good / total if total else None, good, total, wilson(good, total))


def _systems(
    folder: Path, by_id: Mapping[str, GoldenQuestion], groups: Mapping[str, Groups], stored: StoredTexts
) -> dict[str, Summary]:
    """The trivial systems of the run, scored by the same rules."""
    found: dict[str, Summary] = {}
    texts = {(article, 1): text for article, text in stored.by_id().items()}
    for path in sorted(folder.glob(SYSTEMS.replace(".jsonl", "-*.jsonl"))):
        results = [result for result in read_results(path) if result.id in groups]
        scores = [score(r, by_id[r.id], groups[r.id], texts) for r in results]
        name = path.stem.removeprefix(SYSTEMS.removesuffix(".jsonl") + "-").replace("-", " ")
        found[name] = summarise(scores, results)
    return found
