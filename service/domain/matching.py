"""Whether an article is about a query at all: what a summary of "all that matches" takes and leaves."""

from collections.abc import Mapping
from typing import Final

MATCHES: Final = 0.78
"""The score from which an article matches. On 35 queries for the 20 dev stories, over all 190 articles of
the corpus, it took 61 of the 77 articles of the stories and 5 others, three of them about the query too."""
SHARE_WEIGHT: Final = 0.5


def match(share: float, cosine: float) -> float:
    """How well an article matches a query.

    Args:
        share: The share of the query's words of matter, weighted by rarity, that its headline and text
            hold, in [0, 1].
        cosine: The cosine of the query and its nearest passage.

    Returns:
        A score in about [0, 1.5], to be held against MATCHES.

    >>> match(1.0, 0.3) >= MATCHES, match(0.0, 0.5) >= MATCHES
    (True, False)
    """
    return round(SHARE_WEIGHT * share + cosine, 5)


def share_of(weights: Mapping[str, float], stems: frozenset[str]) -> float:
    """The share of the weights that stands in a text; 0.0 where the query has no words of matter.

    >>> share_of({"crane": 2.0, "strik": 1.0}, frozenset({"crane"}))
    0.6666666666666666
    """
    whole = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in stems) / whole if whole > 0 else 0.0
