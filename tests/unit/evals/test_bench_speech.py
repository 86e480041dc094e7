"""The benchmark of who speaks, and what it measures on the labels."""

from pathlib import Path

import pytest

from evals.bench_speech import Judged, Label, Share, bench_speech, judge, render, report

ROOT = Path(__file__).parents[3]


def test_the_interval_is_wilsons():
    # Newcombe 1998, table I: 81 of 263.
    low, high = Share(81, 263).interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert Share(0, 0).value is None


def test_right_and_wrong_are_counted_of_what_was_given_and_of_what_there_was():
    label = Label("a", "q", "Jan Kell", "direct")
    nobody = Label("a", "q", None, "none")
    counted = report([
        Judged(label, "Jan Kell"), Judged(label, "Ana Voss"), Judged(label, None), Judged(nobody, None),
        Judged(nobody, "Jan Kell"),
    ])  # fmt: skip
    assert (counted.precision.hits, counted.precision.n) == (1, 3)
    assert (counted.recall.hits, counted.recall.n) == (1, 3)
    assert (counted.accuracy.hits, counted.accuracy.n) == (2, 5)
    assert len(counted.wrong) == 3
    assert "Ana Voss" in render(counted)


def test_a_label_whose_sentence_is_not_there_is_named():
    with pytest.raises(ValueError, match="a does not hold"):
        judge([Label("a", "It rained.", None, "none")], {"a": "It snowed."})


def test_on_the_labelled_sentences_the_rules_stay_where_they_were_measured():
    measured = bench_speech(ROOT / "evals/labels", ROOT / "seeds")
    assert measured.accuracy.n >= 150
    assert measured.precision.interval[0] > 0.9
    assert measured.recall.interval[0] > 0.75
