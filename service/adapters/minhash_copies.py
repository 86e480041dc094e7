"""Finds near-copies among texts: MinHash (datasketch) over many, long words over the few of a question.

Both find the pairs that may be copies without reading all against all; whether they are is decided on the
shingles themselves (`domain/duplicates.py`), so no copy is made by an estimate's error.

Source: Broder, "On the resemblance and containment of documents", 1997, doi:10.1109/SEQUEN.1997.666900.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from datasketch import MinHash, MinHashLSH

from service.domain.duplicates import contradict, fingerprint, share_text

BANDS: Final = 32
ROWS: Final = 2
"""A pair of resemblance J is looked at with probability 1 - (1 - J**2)**32: .9999 for copies of one length
(J >= .54), .95 for the least that counts as one (70 % of a text half as long, J = .30)."""
FEW: Final = 64
"""Up to so many texts, all pairs are screened by their long words: less work than their sketches, which
counts where a question's articles were not seen before."""
SCREEN: Final = 0.5
"""Share of the shorter text's long words that copies have in common at least: they share 70 % of the
shingles."""
FEW_WORDS: Final = 8
"""With fewer long words a text is not screened."""
KEPT: Final = 2_048
"""Texts whose sketch is kept, about 10 KB each."""

_LONG: Final = re.compile(r"[^\W\d_]{7,}")


class MinhashCopies:
    """A `CopyFinder`."""

    def __init__(self) -> None:
        # Drawing the permutations costs more than using them: all sketches share these.
        self._drawn = MinHash(num_perm=BANDS * ROWS)
        self._fingerprint = lru_cache(maxsize=KEPT)(fingerprint)
        self._sketch = lru_cache(maxsize=KEPT)(self._make_sketch)
        self._long_words = lru_cache(maxsize=KEPT)(_long_words)

    def groups(self, texts: Sequence[str]) -> Sequence[Sequence[int]]:
        """Positions of the texts, each once, those of near-copies together.

        Args:
            texts: n texts, the best first: where a text copies members of two groups that contradict each
                other, it goes to the one that comes first.

        Returns:
            Groups in the order of their first member, their members ascending. No two members of a group
            say the same words with another figure or with another "not".
        """
        groups: list[list[int]] = []
        home: list[list[int]] = []
        for i, near in enumerate(self._screened(texts) if len(texts) <= FEW else self._hashed(texts)):
            group = next((home[j] for j in near if self._joins(texts, i, j, home[j])), None)
            if group is None:
                group = []
                groups.append(group)
            group.append(i)
            home.append(group)
        return groups

    def _joins(self, texts: Sequence[str], i: int, j: int, group: Sequence[int]) -> bool:
        """Whether text `i` is a copy of text `j` and contradicts no other text of its group."""
        mine = self._fingerprint(texts[i])
        return share_text(mine, self._fingerprint(texts[j])) and not any(
            contradict(mine, self._fingerprint(texts[k])) for k in group
        )

    def _screened(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """For each text, the ones before it that share its long words."""
        words = [self._long_words(text) for text in texts]
        for i, mine in enumerate(words):
            yield [
                j
                for j, other in enumerate(words[:i])
                if (fewest := min(len(mine), len(other))) < FEW_WORDS or len(mine & other) >= SCREEN * fewest
            ]

    def _hashed(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """For each text, the ones before it that share a band of its sketch."""
        index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
        for i, text in enumerate(texts):
            sketch = self._sketch(text)
            yield sorted(index.query(sketch))
            index.insert(i, sketch)

    def _make_sketch(self, text: str) -> Any:
        drawn = self._drawn
        sketch = MinHash(
            num_perm=BANDS * ROWS, hashfunc=int, permutations=drawn.permutations, scheme=drawn.scheme
        )
        sketch.update_batch(self._fingerprint(text).shingles.tolist())
        return sketch


def _long_words(text: str) -> frozenset[str]:
    return frozenset(_LONG.findall(text.casefold()))
