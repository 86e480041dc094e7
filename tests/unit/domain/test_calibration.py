"""The threshold that keeps the share of wrong answers under a target."""

import pytest
from scipy.stats import binomtest

from service.domain.calibration import Calibration, Step
from service.domain.weights import CALIBRATION
from service.settings import Settings

RECORD = Calibration("sha256:x", (Step(0.0, 100, 50, 0.6), Step(0.3, 60, 15, 0.38), Step(0.5, 40, 6, 0.3)))


@pytest.mark.parametrize(("target", "threshold"), [(0.7, 0.0), (0.4, 0.3), (0.3, 0.5), (0.1, 1.0)])
def test_the_least_threshold_whose_bound_keeps_the_target_is_taken(target, threshold):
    assert RECORD.threshold(target) == threshold


def test_the_record_in_force_was_made_for_the_settings_by_default_and_reaches_their_target():
    assert CALIBRATION.made_for == Settings().reading_fingerprint()
    assert 0.0 < CALIBRATION.threshold(Settings().answers.wrong_at_most) < 1.0


def test_its_bounds_are_those_of_clopper_and_pearson():
    for step in CALIBRATION.steps:
        if step.answered:
            interval = binomtest(step.wrong, step.answered).proportion_ci(method="exact")
            assert step.bound == pytest.approx(interval.high, abs=1e-4)


def test_another_model_has_another_fingerprint(monkeypatch):
    monkeypatch.setenv("BYLINE_EMBEDDING__MODEL", "another")
    assert Settings.load().reading_fingerprint() != CALIBRATION.made_for
