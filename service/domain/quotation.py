"""What stands inside quotation marks in a text, over sentences and paragraphs."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from service.domain.article import Sentence

_MARKS: Final = re.compile(r"[“”„«»\"]")
_SINGLES: Final = re.compile(r"(?<![\w])[‘'](?=\w)|(?<=[\w.,!?…])[’'](?!\w)")
_BREAK: Final = re.compile(r"\n[ \t]*\n|\n(?=[“\"‘'„«])")
FILLER: Final = "\x01"


class Quotations:
    """The quoted spans of a text; a quotation that is not closed at a paragraph's end may go on in the next.

    A text is read by its double marks, or by its single ones where it has more of them; the other kind
    marks quotes inside quotes and is not followed. Straight marks open before a word and close after one;
    one after a digit, with none open, is an inch.
    """

    def __init__(self, text: str) -> None:
        """Read a text once; O(length)."""
        self.text = text
        self.spans = _spans(text)
        self._starts = [start for start, _ in self.spans]
        pieces, at = [], 0
        for start, end in self.spans:
            pieces += [text[at : start + 1], FILLER * (end - start - 2), text[end - 1 : end]]
            at = end
        self.outer = "".join([*pieces, text[at:]])[: len(text)]
        """The text with every quoted code point but the marks themselves blanked."""

    def inside(self, position: int) -> bool:
        """Whether a position is quoted."""
        i = bisect_right(self._starts, position) - 1
        return i >= 0 and position < self.spans[i][1]

    def _within(self, start: int, end: int) -> list[tuple[int, int]]:
        i = max(0, bisect_right(self._starts, start) - 1)
        found = []
        while i < len(self.spans) and self.spans[i][0] < end:
            left, right = max(start, self.spans[i][0]), min(end, self.spans[i][1])
            if left < right:
                found.append((left, right))
            i += 1
        return found

    def share(self, start: int, end: int) -> tuple[float, int]:
        """The part of a span that is quoted, from 0 to 1, and how many words of it are."""
        spans = self._within(start, end)
        quoted = sum(right - left for left, right in spans)
        return quoted / max(1, end - start), sum(len(self.text[a:b].split()) for a, b in spans)

    def after_colon(self, start: int, end: int) -> bool:
        """Whether a quotation begins after a colon, or several quoted words follow a comma, in a span."""
        return any(
            self.text[max(0, a - 2) : a].rstrip().endswith(":")
            for a, _ in self._within(start, end)
            if a > start
        )

    def blocks(self, sentences: Sequence[Sentence]) -> list[list[int]]:
        """For each quotation the numbers of the sentences that have a part in it.

        Neighbouring paragraphs whose quotation goes on share a block.
        """
        groups: list[list[int]] = []
        previous = -1
        for i, sentence in enumerate(sentences):
            for left, _ in self._within(sentence.start, sentence.end):
                which = bisect_right(self._starts, left) - 1
                goes_on = which == previous or (which - 1 == previous and self._open_end(previous))
                if not groups or not goes_on:
                    groups.append([])
                if not groups[-1] or groups[-1][-1] != i:
                    groups[-1].append(i)
                previous = which
        return groups

    def _open_end(self, which: int) -> bool:
        """Whether a quotation ended with its paragraph and without a closing mark."""
        return which >= 0 and not _MARKS.match(self.text, self.spans[which][1] - 1)


def _spans(text: str) -> list[tuple[int, int]]:
    singles = sum(1 for m in _SINGLES.finditer(text) if m.end() < len(text) and text[m.end()].isalnum())
    marks = _SINGLES if singles > sum(1 for _ in _MARKS.finditer(text)) / 2 else _MARKS
    edges = [0, *(m.start() for m in _BREAK.finditer(text)), len(text)]
    spans: list[tuple[int, int]] = []
    for left, right in pairwise(edges):
        opened: int | None = None
        depth = 0
        for match in marks.finditer(text, left, right):
            at = match.start()
            if opened is None:
                if _opens(text, at):
                    opened, depth = at, 1
            elif text[at] in "“„«" and _opens(text, at):
                depth += 1
            else:
                depth -= 1
                if depth == 0:
                    spans.append((opened, at + 1))
                    opened = None
        if opened is not None and right - opened > 1:
            end = opened + len(text[opened:right].rstrip())
            if end - opened > 1:
                spans.append((opened, end))
    return spans


def _opens(text: str, at: int) -> bool:
    """Whether a mark can open a quotation where it stands."""
    if text[at] in "“„«‘":
        return True
    if text[at] in "”»’":
        return False
    before = text[at - 1] if at else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    return not before.isalnum() and not after.isspace()
