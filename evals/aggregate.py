"""The figures of a run: every one with its interval, how many it was measured on, and of how many."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evals.metrics import WORD_LIMIT, Score
from evals.records import Result
from evals.schema import GoldenQuestion
from evals.stats import Interval, auc, auc_interval, bootstrap, cluster_error, nearest_rank, wilson

OVER_ABSTENTION: Final = (0.10, 0.20, 0.30)
BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `value` is None where nothing was measured; `reason` then says why."""

    value: float | None
    scored: int
    total: int
    interval: Interval | None = None
    reason: str | None = None
    error: float | None = None
    """Standard error with clustered questions."""
    low: float | None = None
    high: float | None = None
    """Bounds: with everything that was not measured at its worst, and at its best."""

    def json(self) -> dict[str, Any]:
        """As the report keeps it."""
        pair = None if self.interval is None else (self.interval.low, self.interval.high)
        bounds = None if self.low is None or self.high is None else (self.low, self.high)
        return {
            "value": _rounded(self.value),
            "scored": self.scored,
            "total": self.total,
            "interval": [_rounded(v) for v in pair] if pair else None,
            "reason": self.reason,
            "error": _rounded(self.error),
            "bounds": [_rounded(v) for v in bounds] if bounds else None,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)


@dataclass(frozen=True, slots=True)
class Metric:
    """How a figure is read off one question's score.

    `of`: the questions that it is defined for, whether or not they could be scored.
    """

    name: str
    title: str
    read: Callable[[Score], float | None]
    of: Callable[[Score], bool]
    binary: bool = False
    worst: float = 0.0
    best: float = 1.0


def _answerable(score: Score) -> bool:
    return score.answerable


def _unanswerable(score: Score) -> bool:
    return not score.answerable


def _any(_score: Score) -> bool:
    return True


def _answered(score: Score) -> bool:
    return score.abstained is not True


def _recall_at(k: int) -> Callable[[Score], float | None]:
    return lambda s: s.evidence_recall[k] if s.evidence_recall is not None else None


def _all_evidence(s: Score) -> float | None:
    return None if s.evidence_recall is None else float(s.evidence_recall[5] == 1.0)


def _truth(s: Score) -> float | None:
    if s.verdict is None or s.verdict == "mixed":
        return None
    return {"correct": 1.0, "incorrect": -1.0}.get(s.verdict, 0.0)


def _flag(value: bool | None) -> float | None:  # noqa: FBT001 (three-valued, read off a score)
    return None if value is None else float(value)


def _vital_with_abstentions(s: Score) -> float | None:
    return 0.0 if s.abstained else s.vital_recall


METRICS: Final[tuple[Metric, ...]] = (
    Metric("evidence_recall@1", "Evidence recall@1", _recall_at(1), _answerable),
    Metric("evidence_recall@5", "Evidence recall@5", _recall_at(5), _answerable),
    Metric("evidence_recall@10", "Evidence recall@10", _recall_at(10), _answerable),
    Metric("evidence_recall@20", "Evidence recall@20", _recall_at(20), _answerable),
    Metric("all_evidence@5", "All evidence@5", _all_evidence, _answerable, binary=True),
    Metric("mrr@10", "MRR@10", lambda s: s.reciprocal_rank, _answerable),
    Metric("ndcg@10", "nDCG@10", lambda s: s.ndcg, _answerable),
    Metric(
        "vital_fact_recall", "Vital facts", lambda s: s.vital_recall, lambda s: s.answerable and _answered(s)
    ),
    Metric("vital_fact_recall_all", "Vital facts, abstentions as 0", _vital_with_abstentions, _answerable),
    Metric("truthfulness", "Truthfulness", _truth, _any, worst=-1.0),
    Metric("right", "Right among the answered", lambda s: _flag(s.right), _answered, binary=True),
    Metric("shown", "Shown", lambda s: _flag(s.shown), _answerable, binary=True),
    Metric(
        "gold_citation_recall",
        "Gold citation recall",
        lambda s: s.gold_citation_recall,
        lambda s: s.answerable and _answered(s),
    ),
    Metric(
        "gold_citation_precision",
        "Gold citation precision",
        lambda s: s.gold_citation_precision,
        lambda s: s.answerable and _answered(s),
    ),
    Metric(
        "abstention_recall", "Abstention recall", lambda s: _flag(s.abstained), _unanswerable, binary=True
    ),
    Metric(
        "over_abstention",
        "Over-abstention",
        lambda s: _flag(s.abstained),
        _answerable,
        binary=True,
        worst=1.0,
        best=0.0,
    ),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of a run, and the per-question values that tests between runs need."""

    figures: Mapping[str, Figure]
    verdicts: Mapping[str, int]
    answered: Mapping[str, int]
    matrix: Mapping[str, int]
    curve: Sequence[tuple[float, float, float]]
    """(threshold, over-abstention, abstention recall), for falling strictness."""
    checks: Mapping[str, int]
    counts: Mapping[str, float | None]
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Metric -> question id -> value, repeats averaged."""


def figure(metric: Metric, scores: Sequence[Score]) -> Figure:
    """One metric over questions, each with its repeats averaged first."""
    of = [s for s in scores if metric.of(s)]
    total = len({s.id for s in of})
    means = averaged(metric, of)
    if not means:
        reason = "no question of this kind" if not total else "nothing could be scored"
        return Figure(None, 0, total, reason=reason)
    story = {s.id: s.story for s in of}
    ids = sorted(means)
    values, clusters = [means[i] for i in ids], [story[i] for i in ids]
    mean = sum(values) / len(values)
    whole = metric.binary and all(value in (0.0, 1.0) for value in values)
    interval = wilson(round(sum(values)), len(values)) if whole else bootstrap(values, clusters)
    unknown = total - len(values)
    return Figure(
        mean,
        len(values),
        total,
        interval,
        error=cluster_error(values, clusters),
        low=(sum(values) + unknown * metric.worst) / total,
        high=(sum(values) + unknown * metric.best) / total,
    )


def averaged(metric: Metric, scores: Sequence[Score]) -> dict[str, float]:
    """A metric's value by question, repeats averaged; questions without one are left out."""
    found: dict[str, list[float]] = {}
    for s in scores:
        value = metric.read(s) if metric.of(s) and s.status == "ok" else None
        if value is not None:
            found.setdefault(s.id, []).append(value)
    return {question: sum(values) / len(values) for question, values in found.items()}


def summarise(scores: Sequence[Score], results: Sequence[Result]) -> Summary:
    """All figures of a run.

    Args:
        scores: One a question and repeat.
        results: The same, in the same order.
    """
    figures = {metric.name: figure(metric, scores) for metric in METRICS}
    ok = [s for s in scores if s.status == "ok"]
    figures |= _micro(ok, len({s.id for s in scores}))
    figures |= _abstention(ok, scores)
    figures |= _confidence(ok, scores)
    return Summary(
        figures=figures,
        verdicts=_shares(ok),
        answered=_among_answered(ok),
        matrix=_matrix(ok),
        curve=_curve(ok),
        checks=_checks(results),
        counts=_counts(ok, results),
        values={metric.name: averaged(metric, scores) for metric in METRICS},
    )


def _micro(ok: Sequence[Score], total: int) -> dict[str, Figure]:
    """Shares over quotes and sentences, not over questions."""

    def share(hits: int, n: int, what: str) -> Figure:
        if not n:
            return Figure(None, 0, total, reason=f"no {what} was given")
        return Figure(hits / n, n, n, wilson(hits, n))

    quotes, sentences = sum(s.quotes for s in ok), sum(s.sentences for s in ok)
    judged = sum(s.citations - s.unjudged for s in ok)
    cited = sum(s.citations for s in ok)
    return {
        "quote_exactness": share(sum(s.quotes_exact for s in ok), quotes, "quote"),
        "quote_wholeness": share(sum(s.quotes_whole for s in ok), quotes, "quote"),
        "citation_fidelity": share(sum(s.sentences_held for s in ok), sentences, "cited sentence"),
        "cited_gold": share(judged, cited, "citation"),
    }


def _abstention(ok: Sequence[Score], scores: Sequence[Score]) -> dict[str, Figure]:
    """M11: precision and F1 of abstaining (recall and over-abstention are read off each question)."""
    n = len(scores)
    gave_up = [s for s in ok if s.abstained]
    due = [s for s in ok if not s.answerable]
    hits = sum(1 for s in gave_up if not s.answerable)
    if not gave_up:
        nothing = Figure(None, 0, n, reason="nothing abstained")
        return {"abstention_precision": nothing, "abstention_f1": nothing}
    precision = Figure(hits / len(gave_up), len(gave_up), len(gave_up), wilson(hits, len(gave_up)))
    f1 = (
        Figure(2 * hits / (len(gave_up) + len(due)), len(ok), n)
        if due
        else Figure(None, 0, n, reason="no unanswerable question")
    )
    return {"abstention_precision": precision, "abstention_f1": f1}


def _confidence(ok: Sequence[Score], scores: Sequence[Score]) -> dict[str, Figure]:
    """AUC of `confidence`, abstention recall at fixed over-abstention, and the calibration error."""
    held = [(s, s.confidence) for s in ok if s.confidence is not None]
    yes = [(c, s.story) for s, c in held if s.answerable]
    no = [(c, s.story) for s, c in held if not s.answerable]
    area = auc([c for c, _ in yes], [c for c, _ in no])
    reason = None if area is not None else "needs both kinds of questions, with a confidence"
    found = {
        "confidence_auc": Figure(
            area, len(held), len(scores), auc_interval(yes, no) if area is not None else None, reason
        )
    }
    for share in OVER_ABSTENTION:
        name = f"abstention_recall@over{share:.2f}"
        if area is None:
            found[name] = Figure(None, 0, len(scores), reason=reason)
            continue
        # The strictest threshold that holds back at most `share` of the answerable.
        ordered = sorted(c for c, _ in yes)
        threshold = ordered[min(len(ordered) - 1, int(share * len(ordered) + 1e-9))]
        caught = sum(1 for c, _ in no if c < threshold)
        found[name] = Figure(caught / len(no), len(no), len(no), wilson(caught, len(no)))
    found["calibration_error"] = _calibration(held, len(scores))
    return found


def _calibration(held: Sequence[tuple[Score, float]], total: int) -> Figure:
    """Expected calibration error of `confidence` against being right, over ten bins, among the answered.

    Source: Naeini, Cooper, Hauskrecht, AAAI 2015.
    """
    answered = [(c, bool(s.right)) for s, c in held if s.right is not None]
    if not answered:
        return Figure(None, 0, total, reason="nothing was answered with a confidence")
    error = 0.0
    for k in range(BINS):
        inside = [(c, r) for c, r in answered if min(BINS - 1, int(c * BINS)) == k]
        if inside:
            gap = sum(c for c, _ in inside) - sum(r for _, r in inside)
            error += abs(gap) / len(answered)
    return Figure(error, len(answered), total)


def _shares(ok: Sequence[Score]) -> dict[str, int]:
    names = ("correct", "partial", "missing", "incorrect", "mixed")
    return {name: sum(1 for s in ok if s.verdict == name) for name in names}


def _among_answered(ok: Sequence[Score]) -> dict[str, int]:
    """Right, partial, wrong among the answered; `long`: correct, but past the word limit."""
    answered = [s for s in ok if s.abstained is False]
    right = sum(1 for s in answered if s.right)
    partial = sum(1 for s in answered if s.verdict == "partial")
    mixed = sum(1 for s in answered if s.verdict == "mixed")
    long = sum(1 for s in answered if s.verdict == "correct" and not s.right)
    return {
        "answered": len(answered),
        "right": right,
        "partial": partial,
        "mixed": mixed,
        "long": long,
        "wrong": len(answered) - right - partial - mixed - long,
        "word_limit": WORD_LIMIT,
    }


def _matrix(ok: Sequence[Score]) -> dict[str, int]:
    return {
        "answered_answerable": sum(1 for s in ok if s.answerable and not s.abstained),
        "abstained_answerable": sum(1 for s in ok if s.answerable and s.abstained),
        "answered_unanswerable": sum(1 for s in ok if not s.answerable and not s.abstained),
        "abstained_unanswerable": sum(1 for s in ok if not s.answerable and s.abstained),
        "abstained_with_evidence": sum(1 for s in ok if s.abstained and s.lost and s.lost.in_evidence),
    }


def _curve(ok: Sequence[Score]) -> list[tuple[float, float, float]]:
    """The abstention curve over every threshold of `confidence`."""
    held = [(s.confidence, s.answerable) for s in ok if s.confidence is not None]
    yes, no = [c for c, a in held if a], [c for c, a in held if not a]
    if not yes or not no:
        return []
    return [
        (t, sum(c < t for c in yes) / len(yes), sum(c < t for c in no) / len(no))
        for t in [*sorted({c for c, _ in held}), 1.00001]
    ]


def _checks(results: Sequence[Result]) -> dict[str, int]:
    """What became of a model's sentences: shown as written, replaced by their quotes, withheld."""
    found = {"written": 0, "quoted": 0, "withheld": 0}
    for result in results:
        if result.asked is None or result.asked.mode != "generative":
            continue
        quoted = sum(n for _, outcome, n in result.asked.checks if outcome == "quoted")
        found["quoted"] += quoted
        found["withheld"] += sum(n for _, outcome, n in result.asked.checks if outcome == "withheld")
        found["written"] += max(0, len(result.asked.citations) - quoted)
        for reason, outcome, n in result.asked.checks:
            found[f"{outcome}:{reason}"] = found.get(f"{outcome}:{reason}", 0) + n
    return found


def _counts(ok: Sequence[Score], results: Sequence[Result]) -> dict[str, float | None]:
    """M12's counts, which do not depend on the machine."""
    lengths = [float(s.answer_words) for s in ok if s.answer_words is not None]
    tokens = [float(r.asked.prompt_tokens) for r in results if r.asked is not None and r.model_calls]
    asked = [r for r in results if r.status == "ok"]
    return {
        "answer_words_p50": nearest_rank(lengths, 0.5),
        "answer_words_p95": nearest_rank(lengths, 0.95),
        "llm_calls_per_question": sum(r.model_calls for r in asked) / len(asked) if asked else None,
        "prompt_tokens_p95": nearest_rank(tokens, 0.95),
    }


def slices(
    scores: Sequence[Score], questions: Mapping[str, GoldenQuestion], names: Sequence[str]
) -> list[dict[str, Any]]:
    """The figures `names` for each type, reason of being unanswerable, and tag."""
    groups: dict[tuple[str, str], list[Score]] = {}
    for s in scores:
        question = questions[s.id]
        groups.setdefault(("type", question.type), []).append(s)
        if question.why:
            groups.setdefault(("why", question.why), []).append(s)
        for tag in sorted(question.tags):
            groups.setdefault(("tag", tag), []).append(s)
    chosen = [metric for metric in METRICS if metric.name in names]
    return [
        {
            "by": by,
            "name": name,
            "n": len({s.id for s in held}),
            "figures": {metric.name: figure(metric, held).json() for metric in chosen},
        }
        for (by, name), held in sorted(groups.items())
    ]
