"""Learned weights of the extractive reader: made by `evals/train_reader.py`, not by hand.

Learned on 212 training questions and the dev split (weight 2), and on parts of SQuAD 2.0 and ClapNQ
(weight .2).
"""

from collections.abc import Mapping
from typing import Final

SENTENCE: Final[Mapping[str, float]] = {
    "near": -6.3830,
    "near_before": 8.2789,
    "near_after": -5.3896,
    "retrieved": 4.4645,
    "article": 4.2348,
    "covered": 1.7244,
    "covered_around": 2.1844,
    "covered_article": -0.8054,
    "best_near": 8.6122,
    "best_in_article": 2.8825,
    "offers": 0.4325,
    "figures": 0.3098,
    "unit": -0.5046,
    "money": -0.3419,
    "speaks": -0.0255,
    "same_speaker": 1.7694,
    "other_speaker": 0.2200,
    "names_speaker": 0.0970,
    "length": 0.1602,
    "short": -0.7607,
    "opens": 0.2065,
    "question": -5.8823,
    "bias": -8.4736,
}
"""Of `reading.FEATURES`, for whether a sentence bears the answer."""

CONFIDENCE: Final[Mapping[str, float]] = {
    "score": 1.6925,
    "gap": 0.4546,
    "near": 6.5350,
    "retrieved": -3.4475,
    "covered": 0.4304,
    "top_covered": -0.6982,
    "covered_article": 0.7499,
    "missing": 0.7054,
    "offers": 0.2343,
    "few_words": 0.1505,
    "unit": -0.4639,
    "words": 0.1586,
    "bias": -3.1803,
}
"""Of `reading.confidence_signals`, for whether the chosen sentences answer the question."""
