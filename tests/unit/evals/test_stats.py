"""Intervals and tests."""

import math

import numpy as np
import pytest
from scipy import stats as reference

from evals.stats import (
    auc,
    auc_interval,
    bootstrap,
    cluster_error,
    holm,
    nearest_rank,
    paired,
    wilson,
)


@pytest.mark.parametrize(("hits", "n"), [(38, 40), (48, 48), (0, 7), (1, 2), (59, 60)])
def test_wilson_is_that_of_scipy(hits, n):
    mine = wilson(hits, n)
    theirs = reference.binomtest(hits, n).proportion_ci(method="wilson")
    assert mine is not None
    assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_nothing_is_said_of_nothing():
    assert wilson(0, 0) is None
    assert bootstrap([], []) is None
    assert bootstrap([1.0] * 30, [str(n) for n in range(30)]) is None
    assert bootstrap([0.0, 1.0] * 4, list("aabbccdd")) is None
    assert auc([], [1.0]) is None
    assert nearest_rank([], 0.5) is None
    assert paired({"a": 1.0}, {"b": 1.0}, {}) is None
    assert cluster_error([1.0], ["a"]) is None


def test_the_bootstrap_resamples_stories_and_so_is_wider_than_one_of_questions():
    rng = np.random.default_rng(3)
    levels = rng.normal(size=20)
    values = [float(level + 0.1 * rng.normal()) for level in levels for _ in range(5)]
    stories = [f"s{k}" for k in range(20) for _ in range(5)]
    clustered, plain = bootstrap(values, stories), bootstrap(values, [str(n) for n in range(100)])
    assert clustered is not None
    assert plain is not None
    assert clustered.high - clustered.low > 1.5 * (plain.high - plain.low)
    assert clustered == bootstrap(values, stories)


def test_the_clustered_error_of_single_questions_is_the_usual_one():
    values = [0.0, 1.0, 1.0, 0.0, 1.0]
    usual = np.std(values, ddof=1) / math.sqrt(5)
    assert cluster_error(values, list("abcde")) == pytest.approx(usual)


def test_the_paired_test_sees_a_clear_loss_and_no_loss_where_there_is_none():
    story = {f"q{n}": f"s{n // 2}" for n in range(40)}
    old = dict.fromkeys(story, 1.0)
    worse = {q: 0.0 if n < 16 else 1.0 for n, q in enumerate(story)}
    lost, same = paired(worse, old, story), paired(old, old, story)
    assert lost is not None
    assert same is not None
    assert lost.difference == pytest.approx(-0.4)
    assert lost.p_worse < 0.01
    assert lost.flips == 16
    assert same.p_worse == 1.0


def test_holm_steps_down_and_never_decreases():
    assert holm({"a": 0.01, "b": 0.03, "c": 0.02}) == pytest.approx({"a": 0.03, "c": 0.04, "b": 0.04})


def test_the_auc_is_that_of_the_rank_sum_and_lies_in_its_interval():
    rng = np.random.default_rng(5)
    yes = [(float(rng.normal(1)), f"s{n % 12}") for n in range(40)]
    no = [(float(rng.normal(0)), f"s{n % 12}") for n in range(30)]
    area = auc([v for v, _ in yes], [v for v, _ in no])
    statistic = reference.mannwhitneyu([v for v, _ in yes], [v for v, _ in no]).statistic
    assert area == pytest.approx(statistic / 1200)
    interval = auc_interval(yes, no)
    assert interval is not None
    assert area is not None
    assert interval.low < area < interval.high
    assert auc_interval(yes[:3], no[:3]) is None


def test_the_percentile_is_the_nearest_rank():
    assert nearest_rank([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    assert nearest_rank([4.0, 1.0, 3.0, 2.0], 0.95) == 4.0
