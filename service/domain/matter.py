"""The matter of a question: its words with their weights, and how far a text names them.

A word is named by itself (by stem), or, less, by a word that means nearly the same: "talks" names
"negotiations". How near two words are is the cosine of the embedding model's own input vectors of them,
which cost a look into a table.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.domain.answer import Evidence
from service.domain.article import Vector
from service.domain.clues import clues
from service.domain.text import content_words, stem

Shares: TypeAlias = NDArray[np.float64]
"""A figure for each word of the matter."""

UNLIKE: Final = 0.15
"""Words of so small a cosine have nothing to do with each other."""
ALIKE: Final = 0.7
"""From here on two words count as nearly the same."""
NEARLY: Final = 0.9
"""What a word that means nearly the same is worth, against the word itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Matter:
    """The q words of a question that carry matter, by stem, in the question's order.

    `weights` has shape (q,): inverse document frequencies, >= 0. `likeness` says of a word of the evidence
    how far it names each of them, shape (q,), in [0, 1].
    """

    stems: tuple[str, ...]
    weights: Shares
    likeness: Mapping[str, Shares]

    def __len__(self) -> int:
        """How many words there are."""
        return len(self.stems)

    def exactly(self, stems: frozenset[str]) -> float:
        """The share of the weight that is among the stems, in [0, 1]; 1.0 where there is no matter."""
        whole = math.fsum(self.weights)
        if whole <= 0:
            return 1.0
        return math.fsum(w for s, w in zip(self.stems, self.weights, strict=True) if s in stems) / whole

    def named(self, words: Iterable[str]) -> Shares:
        """How far the words of a text name each word of the matter, shape (q,), in [0, 1]."""
        found: Shares = np.zeros(len(self.stems))
        for word in words:
            near = self.likeness.get(word)
            if near is not None:
                np.maximum(found, near, out=found)
        return found

    def shares(self, named: Shares) -> Shares:
        """`share` of n rows of what `named` gave, shape (n, q): shape (n,)."""
        whole = float(self.weights.sum())
        rows: Shares = named @ self.weights / whole if whole > 0 else np.ones(len(named))
        return rows

    def share(self, named: Shares) -> float:
        """The weighted mean of what `named` gave, in [0, 1]; 1.0 where there is no matter."""
        whole = math.fsum(self.weights)
        return math.fsum(self.weights * named) / whole if whole > 0 else 1.0


def weigh(question: str, evidence: Evidence) -> Matter:
    """Find the matter of a question, and what of the evidence's words names it.

    Args:
        question: Without its preamble.
        evidence: With the vectors of its words, where there are any; without them a word is named by
            itself alone.
    """
    total = evidence.passages + 1
    weights: dict[str, float] = {}
    asked: dict[str, str] = {}
    for word in content_words(question):
        seen = evidence.frequencies.get(word, 0)
        weights[stem(word)] = math.log(total / (seen + 0.5)) if seen < total else 0.0
        asked.setdefault(stem(word), word)
    stems = tuple(weights)
    held = words_of(evidence)
    near = _nearness([asked[s] for s in stems], held, evidence.word_vectors)
    place = {s: i for i, s in enumerate(stems)}
    likeness: dict[str, Shares] = {}
    for word, row in zip(held, near, strict=True):
        at = place.get(stem(word))
        if at is not None:
            row[at] = 1.0
        if row.any():
            likeness[word] = row
    return Matter(stems, np.array([weights[s] for s in stems]), likeness)


def words_of(evidence: Evidence) -> list[str]:
    """The words of the evidence that carry matter, headlines included, each once."""
    texts = [text for a in evidence.articles for text in (a.article.headline, *(s.text for s in a.sentences))]
    return list(dict.fromkeys(word for text in texts for word in clues(text).content))


def _nearness(asked: Sequence[str], held: Sequence[str], vectors: Mapping[str, Vector]) -> Shares:
    """What each held word is worth for each asked one by likeness, shape (held, asked), in [0, NEARLY]."""
    near: Shares = np.zeros((len(held), len(asked)))
    known = [i for i, word in enumerate(held) if word in vectors]
    wanted = [j for j, word in enumerate(asked) if word in vectors]
    if known and wanted:
        left = np.stack([vectors[held[i]] for i in known])
        right = np.stack([vectors[asked[j]] for j in wanted])
        cosines = (left @ right.T - UNLIKE) / (ALIKE - UNLIKE)
        near[np.ix_(known, wanted)] = np.clip(cosines, 0.0, NEARLY).round(4)
    return near
