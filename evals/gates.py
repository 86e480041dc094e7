"""Gates: what turns a run red. Floors, flips and counts where nothing is sampled, else paired tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from evals.aggregate import METRICS, Figure, Summary
from evals.baselines import Baseline, Flip, flips
from evals.golden import HERE, OWN_GOLDEN
from evals.marked_yaml import Fields, Reading
from evals.problems import Exit
from evals.schema import GoldenQuestion
from evals.stats import Paired, holm, paired

OWN_GATES: Final = HERE / "gates.yaml"
VACUOUS: Final = frozenset({"quote_exactness", "quote_wholeness", "citation_fidelity"})
"""Without a single quote these hold of nothing: a warning, since the other gates tell why there is none."""
DERIVED: Final = frozenset(
    {
        "quote_exactness", "quote_wholeness", "citation_fidelity", "cited_gold", "abstention_precision",
        "abstention_f1", "confidence_auc", "calibration_error", "abstention_recall@over0.10",
        "abstention_recall@over0.20", "abstention_recall@over0.30",
    }
)  # fmt: skip
FALSE_SHOWN: Final = "false_sentences_shown"
"""Sentences of a model that were read to be false and are shown as written."""
COUNTS: Final = frozenset(
    {"answer_words_p50", "answer_words_p95", "llm_calls_per_question", "prompt_tokens_p95", FALSE_SHOWN}
)

Outcome: TypeAlias = Literal["pass", "fail", "warn", "unmeasured", "note"]


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure must keep to."""

    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        parts = [f"at least {self.low:g}" if self.low is not None else ""]
        parts.append(f"at most {self.high:g}" if self.high is not None else "")
        return " and ".join(part for part in parts if part)

    def admits(self, value: float) -> bool:
        """Whether a value keeps to it; the fifth decimal is left to rounding."""
        return (self.low is None or value >= self.low - 1e-6) and (
            self.high is None or value <= self.high + 1e-6
        )


@dataclass(frozen=True, slots=True)
class Gates:
    """The gates of one profile."""

    mode: Literal["exact", "statistical"] = "exact"
    baseline: Path | None = None
    min_scored: float = 1.0
    min_slice: int = 20
    floors: Mapping[str, Bound] = field(default_factory=dict)
    must_pass: int | None = None
    newly_wrong: int | None = None
    budgets: Mapping[str, Bound] = field(default_factory=dict)
    effects: Mapping[str, float] = field(default_factory=dict)
    alpha: float = 0.05


QUOTES_ALONE: Final = Gates(floors={"quote_exactness": Bound(low=1.0)})
"""What a foreign set without a `gates.yaml` is judged by."""


@dataclass(frozen=True, slots=True)
class Check:
    """One gate's outcome."""

    name: str
    outcome: Outcome
    detail: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All gates of a run. Not measured comes before failed, failed before passed."""

    checks: tuple[Check, ...]
    flips: tuple[Flip, ...] = ()
    tests: Mapping[str, Paired] = field(default_factory=dict)

    @property
    def exit(self) -> Exit:
        """The exit code."""
        outcomes = {check.outcome for check in self.checks}
        if "unmeasured" in outcomes:
            return Exit.NOT_MEASURED
        return Exit.FAILED if "fail" in outcomes else Exit.PASSED

    def named(self, outcome: Outcome) -> list[Check]:
        """The checks with that outcome."""
        return [check for check in self.checks if check.outcome == outcome]


def gates_path(golden: Path) -> Path:
    """Where the gates of a set stand: in it, and beside it for the repository's own."""
    return OWN_GATES if golden.resolve() == OWN_GOLDEN.resolve() else golden / "gates.yaml"


def read_gates(path: Path, profile: str) -> Gates:
    """The gates of a profile; quote exactness alone where the file or the profile is absent.

    Raises:
        BadInput: With file, line and reason.
    """
    if not path.is_file():
        return QUOTES_ALONE
    reading = Reading(path)
    root = reading.parse(path.read_text(encoding="utf-8"))
    known = frozenset({"version", "defaults", "profiles"})
    top = reading.fields(root, known, "the gates") if root is not None else None
    gates = _profile(reading, top, profile) if top is not None else None
    reading.raise_if_wrong()
    return gates or QUOTES_ALONE


def _profile(reading: Reading, top: Fields, profile: str) -> Gates | None:
    defaults_node, profiles_node = top.node("defaults"), top.node("profiles")
    defaults = (
        reading.fields(defaults_node, frozenset({"split", "coverage", "slices"}), "'defaults'")
        if defaults_node
        else None
    )
    profiles = (
        reading.fields(profiles_node, frozenset({"extractive", "llm-replay", "llm-live"}), "'profiles'")
        if profiles_node
        else None
    )
    min_scored = _inner(reading, defaults, "coverage", "min_scored", 1.0)
    min_slice = _inner(reading, defaults, "slices", "min_n", 20)
    found: Gates | None = None
    # All profiles are read, so that a mistake in one is told whichever is run.
    for name in profiles.names() if profiles is not None else ():
        gates = _gates(reading, profiles, name, min_scored, int(min_slice)) if profiles else None
        if name == profile:
            found = gates
    return found


def _inner(reading: Reading, fields: Fields | None, group: str, name: str, default: float) -> float:
    node = fields.node(group) if fields is not None else None
    inner = reading.fields(node, frozenset({name}), f"'{group}'") if node is not None else None
    value = inner.number(name) if inner is not None else None
    return default if value is None else value


def _gates(reading: Reading, profiles: Fields, name: str, min_scored: float, min_slice: int) -> Gates | None:
    node = profiles.node(name)
    known = frozenset(
        {"mode", "baseline", "coverage", "floors", "newly_wrong", "budgets", "metrics", "test", "repeats"}
    )
    fields = reading.fields(node, known, f"the profile {name!r}") if node is not None else None
    if fields is None:
        return None
    mode = fields.choice("mode", frozenset({"exact", "statistical"}), required=True)
    baseline = fields.text("baseline")
    return Gates(
        mode="statistical" if mode == "statistical" else "exact",
        baseline=reading.path.parent / baseline if baseline else None,
        min_scored=_inner(reading, fields, "coverage", "min_scored", min_scored),
        min_slice=min_slice,
        floors=_bounds(reading, fields, "floors", frozenset(m.name for m in METRICS) | DERIVED),
        must_pass=_count(reading, fields, "must_pass"),
        newly_wrong=_count(reading, fields, "all"),
        budgets=_bounds(reading, fields, "budgets", COUNTS),
        effects=_effects(reading, fields),
        alpha=_inner(reading, fields, "test", "alpha", 0.05),
    )


def _count(reading: Reading, fields: Fields, name: str) -> int | None:
    node = fields.node("newly_wrong")
    inner = reading.fields(node, frozenset({"must_pass", "all"}), "'newly_wrong'") if node else None
    value = inner.number(name) if inner is not None else None
    return None if value is None else int(value)


def _bounds(reading: Reading, fields: Fields, group: str, known: frozenset[str]) -> dict[str, Bound]:
    """`name: 0.9` is a floor; `name: {min:, max:}` says which."""
    from evals.marked_yaml import MapNode

    node = fields.node(group)
    inner = reading.fields(node, known, f"'{group}'") if node is not None else None
    found: dict[str, Bound] = {}
    for name in inner.names() if inner is not None else ():
        value = inner.node(name) if inner is not None else None
        if isinstance(value, MapNode):
            bound = reading.fields(value, frozenset({"min", "max"}), f"{name!r}")
            found[name] = Bound(bound.number("min"), bound.number("max")) if bound is not None else Bound()
        elif inner is not None:
            found[name] = Bound(low=inner.number(name))
    return found


def _effects(reading: Reading, fields: Fields) -> dict[str, float]:
    node = fields.node("metrics")
    names = frozenset(metric.name for metric in METRICS)
    inner = reading.fields(node, names, "'metrics'") if node is not None else None
    found: dict[str, float] = {}
    for name in inner.names() if inner is not None else ():
        value = inner.node(name) if inner is not None else None
        effect = reading.fields(value, frozenset({"min_effect"}), f"{name!r}") if value is not None else None
        found[name] = (effect.number("min_effect") if effect is not None else None) or 0.0
    return found


def gate(
    gates: Gates,
    summary: Summary,
    coverage: Figure,
    questions: Sequence[GoldenQuestion],
    verdicts: Mapping[str, str],
    baseline: Baseline | None,
) -> Verdict:
    """Judge a run.

    Args:
        gates: Of its profile.
        summary: Its figures.
        coverage: The share of questions that could be measured.
        questions: Those that were asked.
        verdicts: Question id -> verdict.
        baseline: What was blessed, None where nothing was yet.
    """
    checks = [_coverage(gates, coverage)]
    checks += [_floor(name, bound, summary.figures.get(name)) for name, bound in sorted(gates.floors.items())]
    changed: tuple[Flip, ...] = ()
    tests: dict[str, Paired] = {}
    if baseline is not None:
        changed = flips(baseline, verdicts, questions)
        if gates.mode == "exact":
            checks += _flipped(gates, changed)
        else:
            tests = _tests(gates, summary, baseline, questions)
            checks += _regressions(gates, tests)
    elif gates.baseline is not None:
        checks.append(Check("baseline", "note", f"nothing is blessed yet ({gates.baseline.name})"))
    for name, bound in sorted(gates.budgets.items()):
        value = summary.counts.get(name)
        if value is None:
            checks.append(Check(name, "note", "nothing to count"))
        else:
            outcome: Outcome = "pass" if bound.admits(value) else "fail"
            checks.append(Check(name, outcome, f"{value:g}, {bound}"))
    if checks[0].outcome == "unmeasured":
        # What is left was chosen by what failed: no quality can be judged by it.
        checks = [checks[0], *(_unjudged(check) for check in checks[1:])]
    return Verdict(tuple(checks), changed, tests)


def _unjudged(check: Check) -> Check:
    return replace(check, outcome="note", detail=f"not judged: {check.detail}")


def _coverage(gates: Gates, coverage: Figure) -> Check:
    value = coverage.value or 0.0
    detail = f"{coverage.scored} of {coverage.total} questions were measured"
    if value < gates.min_scored - 1e-9:
        return Check("coverage", "unmeasured", f"{detail}, at least {gates.min_scored:.0%} must be")
    return Check("coverage", "pass", detail)


def _floor(name: str, bound: Bound, found: Figure | None) -> Check:
    if found is None or found.value is None:
        reason = found.reason if found is not None and found.reason else "it has no value"
        return Check(name, "warn" if name in VACUOUS else "fail", f"{reason}; wanted {bound}")
    shown = f"{found.value:.3f}" if name not in VACUOUS else f"{found.value:.4f}"
    outcome: Outcome = "pass" if bound.admits(found.value) else "fail"
    return Check(name, outcome, f"{shown} on {found.scored}/{found.total}, {bound}")


def _flipped(gates: Gates, changed: Sequence[Flip]) -> list[Check]:
    checks: list[Check] = []
    worse = [flip for flip in changed if flip.worse]
    musts = [flip for flip in changed if flip.must_pass and flip.before == "correct"]
    for name, allowed, held in (
        ("newly wrong, must_pass", gates.must_pass, musts),
        ("newly wrong", gates.newly_wrong, worse),
    ):
        if allowed is not None:
            outcome: Outcome = "pass" if len(held) <= allowed else "fail"
            detail = f"{len(held)} against the baseline, at most {allowed}"
            checks.append(Check(name, outcome, detail, tuple(flip.id for flip in held)))
    better = [flip.id for flip in changed if flip.better]
    if better and not worse:
        detail = f"{len(better)} newly right: `python -m evals bless` would keep them"
        checks.append(Check("newly right", "note", detail, tuple(better)))
    return checks


def _tests(
    gates: Gates, summary: Summary, baseline: Baseline, questions: Sequence[GoldenQuestion]
) -> dict[str, Paired]:
    story = {q.id: q.story for q in questions}
    direction = {metric.name: 1.0 if metric.best > metric.worst else -1.0 for metric in METRICS}
    found: dict[str, Paired] = {}
    for name in gates.effects:
        new = {i: v * direction[name] for i, v in summary.values.get(name, {}).items()}
        old = {i: v * direction[name] for i, v in baseline.values.get(name, {}).items() if i in story}
        test = paired(new, old, story)
        if test is not None:
            found[name] = test
    return found


def _regressions(gates: Gates, tests: Mapping[str, Paired]) -> list[Check]:
    adjusted = holm({name: test.p_worse for name, test in tests.items()})
    checks: list[Check] = []
    for name, effect in sorted(gates.effects.items()):
        test = tests.get(name)
        if test is None:
            checks.append(Check(name, "note", "shares no question with the baseline"))
            continue
        loss = -test.difference
        detail = f"{test.difference:+.3f} on {test.n}, p {adjusted[name]:.3f} (Holm), matters from {effect:g}"
        if loss > effect and adjusted[name] < gates.alpha:
            outcome: Outcome = "fail"
        elif loss > effect:
            outcome, detail = "warn", f"suspect: {detail}"
        elif test.mde is not None and test.mde > 2 * effect:
            outcome, detail = "note", f"cannot tell: a loss below {test.mde:.3f} would not show; {detail}"
        else:
            outcome = "pass"
        checks.append(Check(name, outcome, detail))
    return checks
