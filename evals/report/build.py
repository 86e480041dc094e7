"""`report.json`: everything that the other forms of a report show, worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from evals.aggregate import METRICS, Summary, slices
from evals.baselines import Baseline, Flip
from evals.folding import tokens
from evals.gates import Gates, Verdict
from evals.labels import Labelled, lies_shown
from evals.loaded import LoadedRun
from evals.metrics import Lost, Score, exact
from evals.problems import Exit
from evals.records import Asked, CitedQuote, Result
from evals.schema import GoldenQuestion
from evals.spans import Groups, Span, covered, touches
from evals.stats import nearest_rank

SCHEMA: Final = 1
TILES: Final = (
    "evidence_recall@5", "right", "shown", "truthfulness", "gold_citation_precision", "quote_exactness",
    "abstention_f1", "confidence_auc",
)  # fmt: skip
SLICED: Final = ("evidence_recall@5", "vital_fact_recall_all", "right", "shown", "abstention_recall")
STEPS: Final = (
    ("in_corpus", "in the corpus"),
    ("retrieved", "retrieved (20)"),
    ("in_evidence", "in the evidence"),
    ("cited", "cited"),
    ("right", "right"),
)
PASSAGES: Final = 5
_AROUND: Final = 220


def build(
    loaded: LoadedRun,
    gates: Gates,
    verdict: Verdict,
    baseline: Baseline | None,
    labels: Sequence[Labelled] = (),
) -> dict[str, Any]:
    """One run's part of the report."""
    summary = loaded.summary
    repeats = int(loaded.run["repeats"])
    return {
        "profile": loaded.profile,
        "mode": gates.mode,
        "verdict": {Exit.PASSED: "pass", Exit.FAILED: "fail"}.get(verdict.exit, "not measured"),
        "sentence": sentence(loaded, verdict, baseline),
        "run": {k: v for k, v in loaded.run.items() if k != "timings_ms"},
        "coverage": loaded.coverage.json(),
        "checks": [asdict(check) for check in verdict.checks],
        "tests": {name: asdict(test) for name, test in verdict.tests.items()},
        "tiles": list(TILES),
        "titles": {metric.name: metric.title for metric in METRICS} | _TITLES,
        "figures": {name: figure.json() for name, figure in summary.figures.items()},
        "systems": {name: _system(other) for name, other in loaded.systems.items()},
        "best_signal": loaded.run.get("best_signal"),
        "baseline": _baseline(baseline),
        "verdicts": summary.verdicts,
        "answered": summary.answered,
        "matrix": summary.matrix,
        "curve": [[round(x, 5) for x in point] for point in _thinned(summary.curve)],
        "checks_of_model": summary.checks,
        "lies": lies_shown(labels, loaded.results),
        "counts": summary.counts,
        "timings": _timings(loaded.run.get("timings_ms") or {}),
        "steps": _steps(loaded.scores),
        "slices": slices(loaded.scores, loaded.by_id, SLICED),
        "min_slice": gates.min_slice,
        "repeats": repeats,
        "flips": [asdict(flip) | {"worse": flip.worse, "better": flip.better} for flip in verdict.flips],
        "questions": [
            _question(loaded, q, result, scored, baseline)
            for result, scored in zip(loaded.results, loaded.scores, strict=True)
            if result.repeat == 0
            for q in [loaded.by_id[result.id]]
        ],
    }


_TITLES: Final = {
    "quote_exactness": "Quote exactness",
    "quote_wholeness": "Quotes of whole words",
    "citation_fidelity": "Sentences true to their quotes",
    "cited_gold": "Citations on gold",
    "abstention_precision": "Abstention precision",
    "abstention_f1": "Abstention F1",
    "confidence_auc": "AUC of confidence",
    "calibration_error": "Calibration error",
    "abstention_recall@over0.10": "Abstention recall at over-abstention .10",
    "abstention_recall@over0.20": "Abstention recall at over-abstention .20",
    "abstention_recall@over0.30": "Abstention recall at over-abstention .30",
}


def sentence(loaded: LoadedRun, verdict: Verdict, baseline: Baseline | None) -> str:
    """The verdict in one sentence: what is wrong first, the dangerous error before the annoying one."""
    if verdict.exit is Exit.NOT_MEASURED:
        coverage = loaded.coverage
        reasons = sorted({r.reason.split(":")[0] for r in loaded.results if r.reason})
        why = f" ({'; '.join(reasons[:2])})" if reasons else ""
        lacking = coverage.total - coverage.scored
        return f"Not measured: {lacking} of {coverage.total} questions have no result{why}."
    failed = verdict.named("fail")
    matrix = loaded.summary.matrix
    danger = (
        f"{matrix['answered_unanswerable']} of "
        f"{matrix['answered_unanswerable'] + matrix['abstained_unanswerable']} questions that the articles "
        f"do not answer were answered, and {matrix['abstained_answerable']} of "
        f"{matrix['abstained_answerable'] + matrix['answered_answerable']} that they do answer were not."
    )
    if failed:
        names = ", ".join(check.name for check in failed[:3])
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""  # noqa: PLR2004 (three fit a line)
        return f"Failed on {names}{more}{_flipped(verdict.flips)}. {danger}"
    against = "" if baseline is None else f", {_none_or(verdict.flips)} newly wrong"
    return f"All {len(verdict.named('pass'))} gates passed{against}. {danger}"


def _flipped(changed: Sequence[Flip]) -> str:
    worse = sum(flip.worse for flip in changed)
    return f"; {worse} newly wrong" if worse else ""


def _none_or(changed: Sequence[Flip]) -> str:
    worse = sum(flip.worse for flip in changed)
    return str(worse) if worse else "none"


def _system(summary: Summary) -> dict[str, Any]:
    return {
        "figures": {name: figure.json() for name, figure in summary.figures.items()},
        "answered": summary.answered,
    }


def _baseline(baseline: Baseline | None) -> dict[str, Any] | None:
    if baseline is None:
        return None
    return {
        "git": baseline.git,
        "version": baseline.version,
        "model": baseline.model,
        "because": baseline.because,
        "figures": {name: row.get("value") for name, row in baseline.figures.items()},
    }


def _thinned(curve: Sequence[tuple[float, float, float]]) -> Sequence[tuple[float, float, float]]:
    """At most about 200 points: a curve of more shows no more."""
    step = max(1, len(curve) // 200)
    return [*curve[::step], *curve[-1:]]


def _timings(by_question: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Nearest-rank p50 and p95 of each stage, the first question (a cold start) left out."""
    stages: dict[str, list[float]] = {}
    for spent in list(by_question.values())[1:]:
        for stage, ms in spent.items():
            stages.setdefault(stage, []).append(ms)
    return {
        stage: {"p50": nearest_rank(values, 0.5), "p95": nearest_rank(values, 0.95), "n": len(values)}
        for stage, values in stages.items()
    }


def _steps(scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Where points are lost: how many questions reach each step, and which are lost on it."""
    of = [s for s in scores if s.lost is not None]
    found: list[dict[str, Any]] = []
    reached = {s.id for s in of}
    for step, title in STEPS:
        passed = {s.id for s in of if s.lost is not None and getattr(s.lost, step)}
        found.append({"step": step, "title": title, "n": len(passed), "lost": sorted(reached - passed)})
        reached = passed
    return found


def lost_at(lost: Lost | None) -> str | None:
    """The title of the first step that a question did not reach; None where it reached all."""
    if lost is None:
        return None
    return next((title for step, title in STEPS if not getattr(lost, step)), None)


def _question(
    loaded: LoadedRun, question: GoldenQuestion, result: Result, scored: Score, baseline: Baseline | None
) -> dict[str, Any]:
    """What the explorer shows of one question."""
    groups = loaded.groups[question.id]
    kept = baseline.questions.get(question.id) if baseline is not None else None
    spent = (loaded.run.get("timings_ms") or {}).get(f"{result.id}#{result.repeat}", {})
    return {
        "id": question.id,
        "story": question.story,
        "type": question.type,
        "why": question.why,
        "tags": sorted(question.tags),
        "question": question.question,
        "as_of": question.as_of,
        "history": [[turn.role, turn.content] for turn in question.history],
        "answerable": question.answerable,
        "reference": question.reference,
        "status": result.status,
        "reason": result.reason,
        "verdict": scored.verdict,
        "right": scored.right,
        "shown": scored.shown,
        "confidence": scored.confidence,
        "words": scored.answer_words,
        "lost": lost_at(scored.lost),
        "facts": [
            {"text": fact.text, "vital": fact.vital, "said": seen.said, "contradicted": seen.contradicted}
            for fact, seen in zip(question.facts, scored.facts or (), strict=False)
        ],
        "recall": None if scored.evidence_recall is None else scored.evidence_recall[5],
        "answer": _answer(loaded, result.asked, groups),
        "evidence": _evidence(loaded, question, result, groups),
        "passages": _passages(loaded, result, groups),
        "ms": spent.get("round_trip"),
        "before": None if kept is None else {"verdict": kept.verdict, "answer": kept.answer},
    }


def _answer(loaded: LoadedRun, asked: Asked | None, groups: Groups) -> dict[str, Any] | None:
    if asked is None:
        return None
    return {
        "status": asked.status,
        "mode": asked.mode,
        "text": asked.answer,
        "citations": [
            {
                "start": cited.start,
                "end": cited.end,
                "match": cited.match,
                "quotes": [_quoted(loaded, quote, groups) for quote in cited.quotes],
            }
            for cited in asked.citations
        ],
        "abstention": asked.abstention,
        "missing": list(asked.missing_words),
        "nearest": [_quoted(loaded, quote, groups) for quote in asked.nearest],
        "checks": [list(check) for check in asked.checks],
        "degraded": asked.degraded_reason,
        "standalone": asked.standalone,
    }


def _quoted(loaded: LoadedRun, quote: CitedQuote, groups: Groups) -> dict[str, Any]:
    span = Span(quote.article, quote.start, quote.end)
    return {
        **_named(loaded, quote.article),
        "text": quote.text,
        "exact": exact(quote, loaded.stored.texts),
        "gold": touches(span, groups),
        "speaker": quote.speaker,
    }


def _named(loaded: LoadedRun, article_id: str) -> dict[str, Any]:
    article = loaded.articles.get(article_id)
    return {
        "article": article_id,
        "headline": article.headline if article else None,
        "source": article.others.get("source") if article else None,
        "date": (article.published_at or "")[:10] if article else None,
    }


def _evidence(
    loaded: LoadedRun, question: GoldenQuestion, result: Result, groups: Groups
) -> list[dict[str, Any]]:
    """Each item of the gold: its words, the rank at which it was found, whether it was cited."""
    cited = [
        Span(quote.article, quote.start, quote.end)
        for sentence_ in (result.asked.citations if result.asked else ())
        for quote in sentence_.quotes
    ]
    found = [Span(chunk.article, chunk.start, chunk.end) for chunk in result.retrieved]
    rows: list[dict[str, Any]] = []
    for words, group in zip(question.evidence, groups, strict=True):
        ranks = (
            rank
            for rank in range(1, len(found) + 1)
            if any(covered(s, found[:rank]) >= 0.9 for s in group)  # noqa: PLR2004 (M1's share)
        )
        rows.append(
            {
                **_named(loaded, words[0].article),
                "quote": words[0].quote,
                "alternatives": len(group) - 1,
                "rank": next(ranks, None),
                "cited": any(piece.overlap(span) > 0 for piece in cited for span in group),
            }
        )
    return rows


def _passages(loaded: LoadedRun, result: Result, groups: Groups) -> list[dict[str, Any]]:
    """The first passages, cut around the evidence, with the evidence's places in them."""
    texts = loaded.stored.by_id()
    rows: list[dict[str, Any]] = []
    for rank, chunk in enumerate(result.retrieved[:PASSAGES], start=1):
        text = texts.get(chunk.article, "")
        piece = Span(chunk.article, chunk.start, chunk.end)
        gold = sorted({span for group in groups for span in group if span.overlap(piece) > 0})
        start, end = chunk.start, min(chunk.end, chunk.start + 2 * _AROUND)
        if gold:
            start = max(chunk.start, gold[0].start - _AROUND)
            end = min(chunk.end, max(gold[-1].end, start) + _AROUND // 2)
        marks = [[max(s.start, start) - start, min(s.end, end) - start] for s in gold if s.start < end]
        rows.append(
            {
                **_named(loaded, chunk.article),
                "rank": rank,
                "score": chunk.score,
                "text": text[start:end],
                "cut": [start > chunk.start, end < chunk.end],
                "marks": marks,
            }
        )
    return rows


def words_differ(before: str, after: str) -> bool:
    """Whether two answers differ in more than white space and case."""
    return tokens(before) != tokens(after)
