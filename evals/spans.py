"""Spans of stored text: where golden quotes stand, and how far what was found or cited covers them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from evals.schema import GoldenQuestion, QuotedWords

RECALLED: Final = 0.9
"""The share of a gold span that retrieved text must cover to count as its recall."""
RELEVANT: Final = 0.5
"""The share of a gold span that one passage must cover to be relevant."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open [start, end) in code points of an article's stored text."""

    article: str
    start: int
    end: int

    @property
    def length(self) -> int:
        """Code points."""
        return self.end - self.start

    def overlap(self, other: "Span") -> int:
        """Code points that both cover."""
        if self.article != other.article:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))


Groups: TypeAlias = tuple[tuple[Span, ...], ...]
"""Evidence: every group is needed (AND), one span of a group is enough (OR)."""


def find(quote: str, text: str) -> list[tuple[int, int]]:
    """Every place of a quote in a text; runs of white space are alike."""
    exact = [(m.start(), m.end()) for m in re.finditer(re.escape(quote), text)]
    if exact:
        return exact
    pattern = r"\s+".join(re.escape(part) for part in quote.split())
    return [(m.start(), m.end()) for m in re.finditer(pattern, text)]


def locate(quoted: QuotedWords, texts: Mapping[str, str]) -> Span | None:
    """The one place of a golden quote in its article; None unless there is exactly one."""
    places = find(quoted.quote, texts.get(quoted.article, ""))
    return Span(quoted.article, *places[0]) if len(places) == 1 else None


def gold_groups(question: GoldenQuestion, texts: Mapping[str, str]) -> Groups:
    """The spans that bear a question's answer.

    A copy of the same wire text bears it as well: whatever article holds the very words of a quote is one
    more alternative.

    Args:
        question: Its quotes stand in `texts` (`lint` sees to it).
        texts: Stored texts by article id.
    """
    groups: list[tuple[Span, ...]] = []
    for group in question.evidence:
        spans: set[Span] = set()
        for quoted in group:
            own = locate(quoted, texts)
            if own is None:
                continue
            spans.add(own)
            words = texts[own.article][own.start : own.end]
            for other, text in texts.items():
                at = text.find(words) if other != own.article else -1
                if at >= 0:
                    spans.add(Span(other, at, at + len(words)))
        groups.append(tuple(sorted(spans)))
    return tuple(groups)


def covered(span: Span, pieces: Iterable[Span]) -> float:
    """The share of `span` that the union of `pieces` covers, in [0, 1]."""
    cuts = sorted(
        (max(piece.start, span.start), min(piece.end, span.end))
        for piece in pieces
        if piece.overlap(span) > 0
    )
    total, reached = 0, span.start
    for start, end in cuts:
        if end > reached:
            total += end - max(start, reached)
            reached = end
    return total / span.length if span.length else 0.0


def satisfied(group: Sequence[Span], pieces: Sequence[Span], share: float = RECALLED) -> bool:
    """Whether the pieces together cover enough of any one span of the group."""
    return any(covered(span, pieces) >= share for span in group)


def relevant(piece: Span, groups: Groups) -> bool:
    """Whether one passage covers at least half of some gold span."""
    return any(covered(span, [piece]) >= RELEVANT for group in groups for span in group)


def touches(piece: Span, groups: Groups) -> bool:
    """Whether a cited span overlaps any gold span at all."""
    return any(piece.overlap(span) > 0 for group in groups for span in group)
