"""How much a sentence of the news matters: which of its words a summary would hold.

For each word the chance that a summary written by a person holds it is a logistic function of where the
word stands: in the headline, how early, in how many sentences, inside quotation marks alone. The weights
were learned on the references of the dev stories (`python -m evals.train_summaries`, 32 articles, 3,863
words); the test stories were not looked at. What a sentence is worth follows from its words, its place in
the article and how near it lies to the middle of all sentences.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.answer import Evidence, EvidenceSentence
from service.domain.article import Matrix
from service.domain.leaning import preface_for
from service.domain.wording import is_stop, stem, words

FEATURES: Final = ("bias", "early", "spread", "headline", "unquoted", "number")
WEIGHTS: Final[Mapping[str, float]] = {
    "bias": -2.73,
    "early": 1.41,
    "spread": 1.19,
    "headline": 1.91,
    "unquoted": 0.5,
    "number": 0.69,
}
"""`early`: 1 / (1 + place of the first sentence that holds it); `spread`: log of the number of sentences
that do; the others are 0 or 1."""
PLACE: Final = 0.15
PLACE_AMONG_MANY: Final = 0.5
"""A sentence's weight falls with its place p in its article, from 0, as (1 + p) ** -PLACE; faster where
several articles are read, since each has its news at its head. Chosen on 32 articles and 14 topics of dev."""
_QUOTED: Final = re.compile(r'["“][^"”]*(?:["”]|$)')


@dataclass(slots=True)
class _Seen:
    """Where a word was seen: its earliest place, its sentences, and whether ever outside quotation marks."""

    first: int
    sentences: int = 0
    unquoted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Sentences with what a summary would want of them.

    Attributes:
        sentences: n sentences, article by article, in reading order.
        words: The stems of each sentence's words of matter.
        chances: For each stem the chance in (0, 1) that a summary holds it.
        priors: What a sentence's place and its nearness to the middle are worth, shape (n,), in [0, 1].
        vectors: Their vectors, shape (n, d).
        lengths: Words as white space parts them, shape (n,), with the speaker's name where the sentence
            has to be shown with it.
    """

    sentences: tuple[EvidenceSentence, ...]
    words: tuple[frozenset[str], ...]
    chances: Mapping[str, float]
    priors: NDArray[np.float64]
    vectors: Matrix
    lengths: NDArray[np.int64]
    values: NDArray[np.float64] = field(init=False)
    """What each sentence is worth by itself, shape (n,), >= 0."""

    def __post_init__(self) -> None:
        alone = [
            math.fsum(self.chances[word] for word in sorted(held)) * prior
            for held, prior in zip(self.words, self.priors.tolist(), strict=True)
        ]
        object.__setattr__(self, "values", np.array(alone, np.float64))

    def only(self, kept: Sequence[int]) -> "Weighed":
        """The same for some of the sentences, by position, in their order."""
        rows = np.array(kept, np.int64)
        return Weighed(
            tuple(self.sentences[i] for i in kept),
            tuple(self.words[i] for i in kept),
            self.chances,
            self.priors[rows],
            self.vectors[rows],
            self.lengths[rows],
        )


def weigh(evidence: Evidence) -> Weighed:
    """Weigh all sentences of the evidence.

    Args:
        evidence: Articles with all their sentences.

    Returns:
        Every sentence, in the evidence's order.
    """
    sentences = evidence.sentences()
    places = [place for article in evidence.articles for place in range(len(article.sentences))]
    held = tuple(matter(sentence.text) for sentence in sentences)
    heads = frozenset().union(*(matter(article.article.headline) for article in evidence.articles))
    chances = word_chances(sentences, places, heads)
    vectors = (
        np.stack([sentence.vector for sentence in sentences]) if sentences else np.zeros((0, 1), np.float32)
    )
    fall = PLACE if len(evidence.articles) == 1 else PLACE_AMONG_MANY
    priors = (1.0 + np.array(places, np.float64)) ** -fall * np.sqrt(_nearness(evidence, vectors))
    lengths = np.array([_length(sentence) for sentence in sentences], np.int64)
    return Weighed(sentences, held, chances, priors, vectors, lengths)


def _length(sentence: EvidenceSentence) -> int:
    return len(sentence.text.split()) + len(preface_for(sentence, sentence.text, "").split())


@lru_cache(maxsize=8_192)
def matter(text: str) -> frozenset[str]:
    """The stems of a text's words that carry matter.

    >>> sorted(matter("The dockers were striking."))
    ['docker', 'strik']
    """
    return frozenset(stem(token.low) for token in words(text) if not is_stop(token.low))


def word_features(
    sentences: Sequence[EvidenceSentence], places: Sequence[int], headline: frozenset[str]
) -> dict[str, tuple[float, ...]]:
    """What is known of each word, by stem.

    Args:
        sentences: n sentences.
        places: The place of each in its article, from 0.
        headline: The stems of the headlines' words.

    Returns:
        For each stem a row in the order of FEATURES.
    """
    seen: dict[str, _Seen] = {}
    for sentence, place in zip(sentences, places, strict=True):
        quoted = [match.span() for match in _QUOTED.finditer(sentence.text)]
        unquoted: dict[str, bool] = {}
        for token in words(sentence.text):
            if not is_stop(token.low):
                outside = not any(start <= token.start < end for start, end in quoted)
                low = stem(token.low)
                unquoted[low] = unquoted.get(low, False) or outside
        for low, outside in unquoted.items():
            known = seen.setdefault(low, _Seen(place))
            known.first = min(known.first, place)
            known.sentences += 1
            known.unquoted = known.unquoted or outside
    return {
        low: (
            1.0,
            1.0 / (1.0 + known.first),
            math.log(known.sentences),
            float(low in headline),
            float(known.unquoted),
            float(any(character.isdigit() for character in low)),
        )
        for low, known in seen.items()
    }


def word_chances(
    sentences: Sequence[EvidenceSentence], places: Sequence[int], headline: frozenset[str]
) -> dict[str, float]:
    """The chance that a summary holds each word, by stem."""
    weights = [WEIGHTS[name] for name in FEATURES]
    return {
        low: 1.0 / (1.0 + math.exp(-math.fsum(_products(row, weights))))
        for low, row in word_features(sentences, places, headline).items()
    }


def _products(row: Iterable[float], weights: Iterable[float]) -> Iterable[float]:
    return (value * weight for value, weight in zip(row, weights, strict=True))


def _nearness(evidence: Evidence, vectors: Matrix) -> NDArray[np.float64]:
    """The cosine of each sentence and the middle of its article, and of all where there are several.

    In [0, 1]; .5 for a sentence without a vector, as one is that the embedding model cut off.
    """
    if not len(vectors):
        return np.zeros(0)
    near = np.zeros(len(vectors))
    at = 0
    for article in evidence.articles:
        rows = vectors[at : at + len(article.sentences)]
        near[at : at + len(rows)] = rows @ _middle(rows)
        at += len(rows)
    if len(evidence.articles) > 1:
        near = (near + vectors @ _middle(vectors)) / 2
    blank = ~vectors.any(axis=1)
    near[blank] = 0.5
    return np.clip(near, 0.0, 1.0)


def _middle(rows: Matrix) -> Matrix:
    middle = rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1:], np.float32)
    norm = float(np.linalg.norm(middle))
    unit: Matrix = (middle / norm if norm else middle).astype(np.float32)
    return unit
