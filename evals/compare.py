"""Two runs side by side, and keeping one as the baseline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.aggregate import METRICS
from evals.baselines import Baseline, Flip, Kept, flips
from evals.loaded import LoadedRun
from evals.problems import bad
from evals.records import Result, by_question
from evals.stats import Paired, holm, paired


def to_baseline(loaded: LoadedRun, because: str | None = None) -> Baseline:
    """A run as a baseline holds it."""
    first = {i: rows[0] for i, rows in by_question(loaded.results).items()}
    verdicts = loaded.verdicts()
    git = loaded.run.get("git")
    return Baseline(
        profile=loaded.profile,
        golden=loaded.golden.name,
        version=loaded.golden.version,
        split=str(loaded.run["split"]),
        git=git["commit"] if git else None,
        model=loaded.run.get("model"),
        because=because,
        questions={i: _kept(result, verdicts[i]) for i, result in sorted(first.items()) if i in verdicts},
        figures={name: figure.json() for name, figure in loaded.summary.figures.items()},
        values={
            name: {i: round(value, 5) for i, value in sorted(values.items())}
            for name, values in loaded.summary.values.items()
        },
    )


def _kept(result: Result, verdict: str) -> Kept:
    asked = result.asked
    quotes = [quote for cited in asked.citations for quote in cited.quotes] if asked is not None else []
    return Kept(
        verdict=verdict,
        answer=asked.answer if asked is not None else "",
        cited=tuple(dict.fromkeys(f"{q.article}:{q.start}-{q.end}" for q in quotes)),
        retrieved=tuple(f"{r.article}:{r.start}-{r.end}" for r in result.retrieved[:5]),
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two runs of the same set."""

    tests: dict[str, Paired]
    adjusted: dict[str, float]
    flips: tuple[Flip, ...]
    shared: int


def compare(new: LoadedRun, old: LoadedRun) -> Comparison:
    """Hold a run against another.

    Raises:
        BadInput: They share no question.
    """
    ids = {q.id for q in new.questions} & {q.id for q in old.questions}
    if not ids:
        raise bad(new.folder, f"shares no question with {old.folder}")
    story = {q.id: q.story for q in new.questions}
    tests: dict[str, Paired] = {}
    for metric in METRICS:
        sign = 1.0 if metric.best > metric.worst else -1.0
        mine = {i: sign * v for i, v in new.summary.values[metric.name].items()}
        theirs = {i: sign * v for i, v in old.summary.values[metric.name].items() if i in story}
        test = paired(mine, theirs, story)
        if test is not None:
            tests[metric.name] = test
    changed = flips(to_baseline(old), new.verdicts(), new.questions)
    return Comparison(tests, holm({name: t.p_worse for name, t in tests.items()}), changed, len(ids))


def side_by_side(new: LoadedRun, old: LoadedRun, changed: Sequence[Flip], limit: int) -> Iterator[str]:
    """The answers to flipped questions, before and after."""
    mine, theirs = by_question(new.results), by_question(old.results)
    for flip in changed[:limit]:
        question = new.by_id[flip.id]
        yield f"{flip.id}  {flip.before} -> {flip.after}" + ("  MUST PASS" if flip.must_pass else "")
        yield f"  {question.question}"
        for name, rows in (("before", theirs), ("after ", mine)):
            asked = rows[flip.id][0].asked
            yield f"  {name}: {asked.answer if asked is not None and asked.answer else '(abstained)'}"
        yield ""
    if len(changed) > limit:
        yield f"and {len(changed) - limit} more"


def floors(loaded: LoadedRun, names: Sequence[str]) -> Iterator[str]:
    """Floors for `gates.yaml`: a run's values less their intervals."""
    for name in names:
        figure = loaded.summary.figures[name]
        if figure.value is None:
            continue
        if name == "over_abstention":
            high = figure.interval.high if figure.interval else figure.value
            yield f"      {name}: {{max: {high:.2f}}}"
        else:
            low = figure.interval.low if figure.interval else figure.value
            # Rounded down, so that the run itself passes.
            yield f"      {name}: {int(low * 100) / 100:.2f}"


def bless_target(path: Path | None, profile: str) -> Path:
    """Where a baseline goes.

    Raises:
        BadInput: The gates name no baseline for this profile.
    """
    if path is None:
        raise bad(Path("gates.yaml"), f"names no 'baseline' for the profile {profile!r}")
    return path
