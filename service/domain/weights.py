"""Learned weights of the extractive reader: made by `evals/train_reader.py`, not by hand.

Learned on 407 training questions and the dev split (weight 2), and on parts of SQuAD 2.0 and ClapNQ
(weight .2).
"""

from collections.abc import Mapping
from typing import Final

from service.domain.calibration import Calibration, Step

SENTENCE: Final[Mapping[str, float]] = {
    "near": -5.5229,
    "near_before": 5.9755,
    "near_after": -2.0802,
    "retrieved": 3.5209,
    "article": 4.0522,
    "covered": 0.6810,
    "covered_around": 1.3455,
    "covered_article": -1.8788,
    "best_near": 6.2009,
    "best_in_article": 4.1173,
    "offers": 0.5654,
    "figures": 0.1561,
    "unit": -0.4896,
    "money": -0.1175,
    "speaks": 0.3532,
    "same_speaker": 1.2625,
    "other_speaker": -0.4040,
    "names_speaker": -0.1918,
    "length": 0.1497,
    "short": -0.2245,
    "opens": 0.3638,
    "question": -2.7530,
    "named": -2.8635,
    "named_around": 0.3683,
    "named_before": 5.5306,
    "named_most": -3.1372,
    "named_rank": -0.4869,
    "named_rest": 1.3196,
    "named_headline": -1.2732,
    "outdated": -3.6919,
    "bias": -7.6857,
}
"""Of `bearing.FEATURES`, for whether a sentence bears the answer."""

CONFIDENCE: Final[Mapping[str, float]] = {
    "score": 0.6575,
    "gap": 1.2346,
    "near": 5.8261,
    "retrieved": -1.4305,
    "covered": -0.5638,
    "top_covered": -0.7217,
    "covered_article": 1.2496,
    "missing": 0.9210,
    "offers": 0.5517,
    "few_words": -2.3123,
    "unit": -0.6178,
    "words": -0.1699,
    "named": 0.6026,
    "named_top": -0.2661,
    "unnamed": 1.5850,
    "speaker": 0.0134,
    "together": 0.3674,
    "bias": -3.8930,
}
"""Of `reading.judge`, for whether the chosen sentences answer the question."""

CALIBRATION: Final = Calibration(
    made_for="sha256:693dd92b227d23e8",
    steps=(
        Step(0.00, 471, 227, 0.5281),
        Step(0.02, 459, 215, 0.5152),
        Step(0.04, 449, 205, 0.5039),
        Step(0.06, 440, 198, 0.4978),
        Step(0.08, 436, 195, 0.4953),
        Step(0.10, 435, 194, 0.4941),
        Step(0.12, 433, 192, 0.4916),
        Step(0.14, 431, 190, 0.4891),
        Step(0.16, 427, 187, 0.4865),
        Step(0.18, 425, 185, 0.4839),
        Step(0.20, 425, 185, 0.4839),
        Step(0.22, 419, 180, 0.4785),
        Step(0.24, 414, 175, 0.4719),
        Step(0.26, 401, 169, 0.4715),
        Step(0.28, 399, 168, 0.4712),
        Step(0.30, 390, 164, 0.4712),
        Step(0.32, 381, 158, 0.4660),
        Step(0.34, 367, 148, 0.4554),
        Step(0.36, 354, 142, 0.4543),
        Step(0.38, 347, 138, 0.4513),
        Step(0.40, 334, 131, 0.4468),
        Step(0.42, 319, 125, 0.4478),
        Step(0.44, 297, 112, 0.4349),
        Step(0.46, 278, 99, 0.4155),
        Step(0.48, 267, 92, 0.4049),
        Step(0.50, 252, 84, 0.3952),
        Step(0.52, 239, 79, 0.3941),
        Step(0.54, 226, 73, 0.3882),
        Step(0.56, 212, 65, 0.3734),
        Step(0.58, 191, 58, 0.3742),
        Step(0.60, 177, 56, 0.3904),
        Step(0.62, 137, 39, 0.3680),
        Step(0.64, 127, 35, 0.3619),
        Step(0.66, 112, 30, 0.3598),
        Step(0.68, 98, 25, 0.3531),
        Step(0.70, 87, 22, 0.3575),
        Step(0.72, 68, 15, 0.3376),
        Step(0.74, 55, 15, 0.4096),
        Step(0.76, 38, 10, 0.4310),
        Step(0.78, 33, 7, 0.3891),
        Step(0.80, 25, 6, 0.4513),
        Step(0.82, 13, 4, 0.6143),
        Step(0.84, 7, 1, 0.5787),
        Step(0.86, 3, 1, 0.9057),
        Step(0.88, 0, 0, 1.0000),
    ),
)
"""Of the confidence, on the project's own questions."""
