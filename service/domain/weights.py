"""Learned weights of the extractive reader: made by `evals/train_reader.py`, not by hand.

Learned on 407 training questions and the dev split, and, with little weight, on parts of SQuAD 2.0 and
ClapNQ.
"""

from collections.abc import Mapping
from typing import Final

from service.domain.calibration import Calibration, Step

SENTENCE: Final[Mapping[str, float]] = {
    "near": -5.8212,
    "near_before": 6.4146,
    "near_after": -2.0929,
    "retrieved": 3.4015,
    "article": 3.8307,
    "covered": 0.2214,
    "covered_around": 1.4308,
    "covered_article": -1.8851,
    "best_near": 5.9219,
    "best_in_article": 4.6737,
    "offers": 0.5935,
    "figures": 0.1479,
    "unit": -0.4807,
    "money": -0.1261,
    "speaks": 0.3810,
    "same_speaker": 1.1831,
    "other_speaker": -0.4688,
    "names_speaker": -0.1602,
    "length": 0.1926,
    "short": -0.2124,
    "opens": 0.2794,
    "question": -3.0633,
    "named": -2.3970,
    "named_around": 0.3446,
    "named_before": 5.8016,
    "named_most": -3.3671,
    "named_rank": -0.4662,
    "named_rest": 1.2844,
    "named_headline": -1.5779,
    "outdated": -3.6690,
    "bias": -7.6842,
}
"""Of `bearing.FEATURES`, for whether a sentence bears the answer."""

CONFIDENCE: Final[Mapping[str, float]] = {
    "score": 0.4087,
    "gap": 1.5319,
    "near": 6.0505,
    "retrieved": -1.4404,
    "covered": -0.6460,
    "top_covered": -0.5967,
    "covered_article": 1.2413,
    "missing": 0.7519,
    "offers": 0.5412,
    "few_words": -2.4142,
    "unit": -0.6562,
    "words": -0.1185,
    "named": 0.6190,
    "named_top": -0.3497,
    "unnamed": 1.6576,
    "speaker": 0.0345,
    "together": 0.3586,
    "bias": -4.0273,
}
"""Of `reading.judge`, for whether the chosen sentences answer the question."""

CALIBRATION: Final = Calibration(
    made_for="sha256:693dd92b227d23e8",
    steps=(
        Step(0.00, 471, 226, 0.5260),
        Step(0.02, 457, 212, 0.5108),
        Step(0.04, 448, 203, 0.5005),
        Step(0.06, 442, 199, 0.4979),
        Step(0.08, 437, 195, 0.4942),
        Step(0.10, 435, 193, 0.4918),
        Step(0.12, 434, 192, 0.4905),
        Step(0.14, 431, 189, 0.4868),
        Step(0.16, 429, 188, 0.4866),
        Step(0.18, 428, 187, 0.4854),
        Step(0.20, 425, 184, 0.4816),
        Step(0.22, 418, 178, 0.4748),
        Step(0.24, 412, 173, 0.4692),
        Step(0.26, 405, 168, 0.4645),
        Step(0.28, 398, 165, 0.4647),
        Step(0.30, 392, 162, 0.4638),
        Step(0.32, 379, 153, 0.4550),
        Step(0.34, 366, 145, 0.4483),
        Step(0.36, 357, 140, 0.4449),
        Step(0.38, 344, 133, 0.4403),
        Step(0.40, 331, 128, 0.4415),
        Step(0.42, 316, 120, 0.4358),
        Step(0.44, 298, 110, 0.4267),
        Step(0.46, 278, 98, 0.4118),
        Step(0.48, 266, 91, 0.4025),
        Step(0.50, 250, 84, 0.3982),
        Step(0.52, 238, 78, 0.3913),
        Step(0.54, 226, 71, 0.3790),
        Step(0.56, 214, 67, 0.3798),
        Step(0.58, 189, 59, 0.3835),
        Step(0.60, 176, 56, 0.3925),
        Step(0.62, 141, 42, 0.3806),
        Step(0.64, 127, 35, 0.3619),
        Step(0.66, 116, 33, 0.3757),
        Step(0.68, 99, 26, 0.3607),
        Step(0.70, 85, 21, 0.3525),
        Step(0.72, 69, 16, 0.3491),
        Step(0.74, 58, 15, 0.3904),
        Step(0.76, 38, 8, 0.3732),
        Step(0.78, 33, 8, 0.4226),
        Step(0.80, 25, 5, 0.4070),
        Step(0.82, 14, 2, 0.4281),
        Step(0.84, 8, 0, 0.3694),
        Step(0.86, 3, 0, 0.7076),
        Step(0.88, 1, 0, 0.9750),
    ),
)
"""Of the confidence, on the project's own questions."""
