"""Learned weights of the extractive reader: made by `evals/train_reader.py`, not by hand.

Not trained yet.
"""

from collections.abc import Mapping
from typing import Final

SENTENCE: Final[Mapping[str, float]] = {
    "near": 3.0000,
    "near_before": 2.0000,
    "near_after": 0.0000,
    "retrieved": 2.0000,
    "article": 0.0000,
    "covered": 1.0000,
    "covered_around": 0.0000,
    "covered_article": 0.0000,
    "best_near": 0.0000,
    "best_in_article": 0.0000,
    "offers": 0.5000,
    "figures": 0.0000,
    "unit": 0.0000,
    "money": 0.0000,
    "speaks": 0.0000,
    "same_speaker": 1.0000,
    "other_speaker": -1.0000,
    "names_speaker": 0.0000,
    "length": 0.0000,
    "short": 0.0000,
    "opens": 0.0000,
    "question": 0.0000,
    "bias": -4.0000,
}
"""Of `reading.FEATURES`, for whether a sentence bears the answer."""

CONFIDENCE: Final[Mapping[str, float]] = {
    "score": 2.0000,
    "gap": 0.0000,
    "near": 3.0000,
    "retrieved": 0.0000,
    "covered": 2.0000,
    "covered_article": 0.0000,
    "missing": 0.0000,
    "names": 0.0000,
    "offers": 0.0000,
    "speaker": 0.0000,
    "words": 0.0000,
    "bias": -3.0000,
}
"""Of `reading.confidence_signals`, for whether the chosen sentences answer the question."""
