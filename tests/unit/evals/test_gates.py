"""Gates: floors, flips, counts, paired tests; and the difference between failed and not measured."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.aggregate import Figure, Summary, figure, summarise
from evals.baselines import Baseline, Kept, flips, read_baseline, write_baseline
from evals.gates import FALSE_SHOWN, Bound, Gates, gate, read_gates
from evals.golden import read_golden
from evals.metrics import Score
from evals.problems import BadInput, Exit

GOLDEN = read_golden(Path("tests/fakes/mini_set"))
QUESTIONS = GOLDEN.questions
ALL = Figure(1.0, 16, 16)


def scores(wrong=(), unmeasured=(), abstained=()):
    found = []
    for q in QUESTIONS:
        if q.id in unmeasured:
            found.append(Score(q.id, q.story, "unmeasured", q.answerable))
            continue
        gave_up = (not q.answerable) != (q.id in wrong) if not q.answerable else q.id in abstained
        verdict: Any = "missing" if q.id in abstained else "incorrect" if q.id in wrong else "correct"
        found.append(
            Score(
                q.id,
                q.story,
                "ok",
                q.answerable,
                abstained=gave_up,
                verdict=verdict,
                right=None if gave_up else verdict == "correct",
                confidence=0.2 if gave_up else 0.9,
                quotes=2,
                quotes_exact=2,
                quotes_whole=2,
                sentences=2,
                sentences_held=2,
                answer_words=20,
            )
        )
    return found


def baseline(wrong=()):
    summary = summarise(scores(wrong), [])
    return Baseline(
        profile="extractive",
        golden="mini_set",
        version="1.2.0",
        split="test",
        git="abc",
        model=None,
        because=None,
        questions={s.id: Kept(str(s.verdict), "a", (), ()) for s in scores(wrong)},
        figures={},
        values=summary.values,
    )


def judged(gates, held, *, against=None, coverage=ALL):
    verdicts = {s.id: s.verdict for s in held if s.verdict}
    return gate(gates, summarise(held, []), coverage, QUESTIONS, verdicts, against)


def test_a_false_sentence_of_a_model_that_is_shown_turns_the_gate_red():
    gates = Gates(budgets={FALSE_SHOWN: Bound(high=0)})
    summary = summarise(scores(), [])
    for shown, expected in ((0, Exit.PASSED), (1, Exit.FAILED)):
        held = replace(summary, counts={**summary.counts, FALSE_SHOWN: float(shown)})
        assert gate(gates, held, ALL, QUESTIONS, {}, None).exit is expected


EXACT = Gates(
    floors={"quote_exactness": Bound(low=1.0), "over_abstention": Bound(high=0.1)}, must_pass=0, newly_wrong=1
)


def test_a_run_like_the_blessed_one_passes():
    assert judged(EXACT, scores(), against=baseline()).exit is Exit.PASSED


def test_one_newly_wrong_is_allowed_and_two_are_not_and_a_must_pass_never_is():
    assert judged(EXACT, scores(["bridge/vote"]), against=baseline()).exit is Exit.PASSED
    two = judged(EXACT, scores(["bridge/vote", "ferry/cost"]), against=baseline())
    assert two.exit is Exit.FAILED
    assert two.named("fail")[0].ids == ("bridge/vote", "ferry/cost")
    must = judged(EXACT, scores(["wolf/pay"]), against=baseline())
    assert [check.name for check in must.named("fail")] == ["newly wrong, must_pass"]


def test_correct_to_missing_is_newly_wrong_too():
    verdict = judged(replace(EXACT, newly_wrong=0), scores(abstained=["bridge/vote"]), against=baseline())
    assert verdict.exit is Exit.FAILED


def test_what_was_wrong_before_is_not_newly_wrong_and_gains_are_told():
    verdict = judged(EXACT, scores(), against=baseline(["bridge/vote", "wolf/pay"]))
    assert verdict.exit is Exit.PASSED
    assert "bless" in verdict.named("note")[0].detail


def test_a_floor_and_a_ceiling_fail_on_the_point_estimate():
    held = [replace(s, quotes_exact=1) if s.id == "wolf/pay" else s for s in scores()]
    assert [c.name for c in judged(EXACT, held).named("fail")] == ["quote_exactness"]
    shy = scores(abstained=["bridge/vote", "ferry/cost"])
    assert [c.name for c in judged(EXACT, shy).named("fail")] == ["over_abstention"]


def test_a_question_without_a_result_makes_the_run_not_measured_whatever_else_failed():
    held = scores(["wolf/pay", "ferry/cost"], unmeasured=["bridge/vote"])
    verdict = judged(EXACT, held, against=baseline(), coverage=Figure(15 / 16, 15, 16))
    assert verdict.exit is Exit.NOT_MEASURED


def test_a_figure_without_a_value_fails_its_floor_and_quotes_without_any_quote_warn():
    none = [replace(s, quotes=0, quotes_exact=0) for s in scores()]
    assert judged(EXACT, none).named("warn")[0].name == "quote_exactness"
    gates = Gates(floors={"vital_fact_recall": Bound(low=0.5)})
    assert judged(gates, scores()).exit is Exit.FAILED


def test_counts_have_budgets():
    gates = Gates(budgets={"answer_words_p95": Bound(high=19)})
    assert judged(gates, scores()).exit is Exit.FAILED


STATISTICAL = Gates(mode="statistical", effects={"truthfulness": 0.03, "over_abstention": 0.03})


def many(wrong):
    """The mini set's questions as 40 stories, so that a test has something to see."""
    question = next(q for q in QUESTIONS if q.answerable)
    questions = [replace(question, id=f"q{n}", story=f"s{n}") for n in range(40)]
    base = next(s for s in scores() if s.id == question.id)
    held = [
        replace(base, id=q.id, story=q.story, verdict="incorrect" if n < wrong else "correct")
        for n, q in enumerate(questions)
    ]
    return questions, summarise(held, [])


def statistical(wrong):
    questions, new = many(wrong)
    _, old = many(0)
    kept = replace(baseline(), values=old.values, questions={})
    return gate(STATISTICAL, new, ALL, questions, {}, kept)


def test_a_significant_loss_that_matters_fails_and_a_small_one_is_suspect():
    assert statistical(12).exit is Exit.FAILED
    assert [c.outcome for c in statistical(2).checks if c.name == "truthfulness"] == ["warn"]
    assert [c.outcome for c in statistical(0).checks if c.name == "truthfulness"] == ["pass"]


def test_a_baseline_of_another_set_or_major_version_is_refused_and_of_another_split_left_out(tmp_path):
    path = tmp_path / "b.json"
    assert read_baseline(path, version="1.0.0", golden="mini_set", split="test") is None
    write_baseline(path, baseline())
    read = read_baseline(path, version="1.9.0", golden="mini_set", split="test")
    assert read == baseline()
    assert read_baseline(path, version="1.2.0", golden="mini_set", split="dev") is None
    for version, name in (("2.0.0", "mini_set"), ("1.2.0", "other")):
        with pytest.raises(BadInput, match="blessed on"):
            read_baseline(path, version=version, golden=name, split="test")
    path.write_text("{}")
    with pytest.raises(BadInput, match="not a baseline"):
        read_baseline(path, version="1.2.0", golden="mini_set", split="test")


def test_flips_put_the_losses_first():
    now = {s.id: str(s.verdict) for s in scores(["wolf/pay", "bridge/vote"])}
    found = flips(baseline(["ferry/cost"]), now, QUESTIONS)
    assert [(flip.id, flip.worse) for flip in found] == [
        ("wolf/pay", True),
        ("bridge/vote", True),
        ("ferry/cost", False),
    ]


GATES = """\
version: 1
defaults: {coverage: {min_scored: 0.9}, slices: {min_n: 5}}
profiles:
  extractive:
    mode: exact
    baseline: b.json
    floors: {right: 0.5, over_abstention: {max: 0.2}}
    newly_wrong: {must_pass: 0, all: 2}
    budgets: {llm_calls_per_question: {max: 0}}
  llm-live:
    mode: statistical
    coverage: {min_scored: 0.5}
    test: {alpha: 0.1}
    metrics: {truthfulness: {min_effect: 0.02}}
"""


def test_gates_are_read_with_their_defaults(tmp_path):
    path = tmp_path / "gates.yaml"
    path.write_text(GATES)
    exact, live = read_gates(path, "extractive"), read_gates(path, "llm-live")
    assert (exact.min_scored, exact.min_slice, exact.newly_wrong) == (0.9, 5, 2)
    assert exact.floors == {"right": Bound(low=0.5), "over_abstention": Bound(high=0.2)}
    assert exact.baseline == tmp_path / "b.json"
    assert (live.min_scored, live.alpha, live.effects) == (0.5, 0.1, {"truthfulness": 0.02})
    assert read_gates(path, "llm-replay").floors == {"quote_exactness": Bound(low=1.0)}
    assert read_gates(tmp_path / "none.yaml", "extractive").floors == {"quote_exactness": Bound(low=1.0)}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("right: 0.5", "rihgt: 0.5", 7),
        ("mode: exact", "mode: exactly", 5),
        ("right: 0.5", "right: high", 7),
        ("min_effect: 0.02", "effect: 0.02", 14),
        ("  llm-live:", "  llm-lively:", 10),
    ],
)
def test_a_mistake_in_the_gates_is_named_with_its_line(tmp_path, old, new, line):
    path = tmp_path / "gates.yaml"
    path.write_text(GATES.replace(old, new))
    with pytest.raises(BadInput) as caught:
        read_gates(path, "extractive")
    assert caught.value.problems[0].line == line


def test_the_repositorys_own_gates_can_be_read():
    gates = read_gates(Path("evals/gates.yaml"), "extractive")
    assert gates.floors["quote_exactness"] == Bound(low=1.0)
    assert gates.must_pass == 0


def test_figures_tell_on_how_many_they_stand_and_how_far_the_rest_could_move_them():
    from evals.aggregate import METRICS

    held = scores(unmeasured=["bridge/vote"])
    truth = next(metric for metric in METRICS if metric.name == "truthfulness")
    found = figure(truth, held)
    assert (found.value, found.scored, found.total) == (1.0, 15, 16)
    assert found.low == pytest.approx(14 / 16)
    assert found.high == 1.0


def test_repeats_are_averaged_before_anything_is_counted():
    from evals.aggregate import METRICS

    truth = next(metric for metric in METRICS if metric.name == "truthfulness")
    base = scores()[0]
    held = [base, replace(base, verdict="incorrect"), replace(base, verdict="missing")]
    found = figure(truth, held)
    assert (found.value, found.scored, found.total) == (0.0, 1, 1)


def test_the_summary_counts_the_dangerous_and_the_annoying_error_apart():
    summary: Summary = summarise(scores(["ferry/early"], abstained=["bridge/vote"]), [])
    assert summary.matrix["answered_unanswerable"] == 1
    assert summary.matrix["abstained_answerable"] == 1
    assert summary.figures["abstention_recall"].value == 0.75
    assert summary.figures["abstention_precision"].value == 0.75
    assert summary.figures["confidence_auc"].value is not None
    assert summary.figures["abstention_recall@over0.10"].value == 0.75
