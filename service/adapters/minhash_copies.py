"""Finds near-copies among texts with MinHash (datasketch).

MinHash and locality-sensitive hashing find the pairs that may be copies without comparing all with all;
whether they are is decided on the shingles themselves (`domain/duplicates.py`), so no copy is made or missed
by an estimate's error once a pair is looked at.

Source: Broder, "On the resemblance and containment of documents", 1997, doi:10.1109/SEQUEN.1997.666900.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from datasketch import MinHash, MinHashLSH

from service.domain.duplicates import Fingerprint, contradict, fingerprint, share_text

BANDS: Final = 32
ROWS: Final = 2
"""A pair of resemblance J is looked at with probability 1 - (1 - J**2)**32: .9999 for copies of one length
(J >= .54), .95 for the least that counts as one (70 % of a text half as long, J = .30)."""
KEPT: Final = 2_048
"""Texts whose sketch is kept: the articles that a newsroom's questions come back to, about 10 KB each."""


class MinhashCopies:
    """A `CopyFinder`."""

    def __init__(self) -> None:
        # Drawing the permutations costs more than using them: all sketches share these.
        self._drawn = MinHash(num_perm=BANDS * ROWS)
        self._sketch = lru_cache(maxsize=KEPT)(self._make_sketch)

    def groups(self, texts: Sequence[str]) -> Sequence[Sequence[int]]:
        """Positions of the texts, each once, those of near-copies together.

        Args:
            texts: n texts, the best first: where a text copies members of two groups that contradict each
                other, it goes to the one that comes first.

        Returns:
            Groups in the order of their first member, their members ascending. No two members of a group
            say the same words with another figure or with another "not".
        """
        index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
        prints: list[Fingerprint] = []
        groups: list[list[int]] = []
        home: list[list[int]] = []
        for i, text in enumerate(texts):
            mine, sketch = self._sketch(text)
            prints.append(mine)
            group = next(
                (
                    home[j]
                    for j in sorted(index.query(sketch))
                    if share_text(mine, prints[j]) and not any(contradict(mine, prints[k]) for k in home[j])
                ),
                None,
            )
            if group is None:
                group = []
                groups.append(group)
            group.append(i)
            home.append(group)
            index.insert(i, sketch)
        return groups

    def _make_sketch(self, text: str) -> tuple[Fingerprint, Any]:
        made = fingerprint(text)
        sketch = MinHash(
            num_perm=BANDS * ROWS,
            hashfunc=int,
            permutations=self._drawn.permutations,
            scheme=self._drawn.scheme,
        )
        sketch.update_batch(made.shingles.tolist())
        return made, sketch
