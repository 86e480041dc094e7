"""A CopyFinder that compares all with all, word by word, with difflib: slow, and without any hash."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_SHARED = 0.8


class DifflibCopies:
    """Groups texts of which one is, in order, nearly all in the other, and no figure was exchanged."""

    def groups(self, texts: Sequence[str]) -> Sequence[Sequence[int]]:
        """Positions of the texts, those of near-copies together."""
        words = [text.casefold().split() for text in texts]
        groups: list[list[int]] = []
        for i, mine in enumerate(words):
            for group in groups:
                if all(_is_copy(mine, words[j]) for j in group):
                    group.append(i)
                    break
            else:
                groups.append([i])
        return groups


def _is_copy(a: list[str], b: list[str]) -> bool:
    short, long = sorted((a, b), key=len)
    if len(short) < len(long) / 2:
        return False
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        mine, other = _FIGURE.findall(" ".join(a[i:j])), _FIGURE.findall(" ".join(b[k:m]))
        if (kind == "replace" and mine and other) or {"not"} & (set(a[i:j]) ^ set(b[k:m])):
            return False
    same = sum(block.size for block in matcher.get_matching_blocks())
    return same >= _SHARED * len(short)
