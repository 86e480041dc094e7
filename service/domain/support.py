"""What bears a model's sentence, and how far: the check between a model and a reader.

The model chooses, the articles speak. A sentence is shown as written where its words are the words that it
points at (`domain/close.py`), or, in style `prose`, where they are borne out (`domain/prose.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.domain.answer import EvidenceSentence, Match, Reason, Style
from service.domain.close import Close, compare
from service.domain.wording import content, share

_RANK: Final[dict[Match, int]] = {"exact": 0, "folded": 1, "close": 2, "paraphrase": 3}
_FINAL_MARKS: Final = ".!?…"


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """How a written sentence is borne: shown as `text` where `match` is given, else `reason` says why not."""

    text: str
    sentences: tuple[EvidenceSentence, ...]
    match: Match | None
    score: float
    reason: Reason | None = None


def support(written: str, cited: Sequence[EvidenceSentence], style: Style) -> Support:
    """Hold a sentence against the sentences that it points at.

    Args:
        written: A model's sentence without its labels.
        cited: The sentences that its labels resolve to, at least one.
        style: `quotes` shows nothing as written.

    Returns:
        Its support; `sentences` are those that bear it, all cited ones where none does.
    """
    found: list[tuple[Close, EvidenceSentence, str]] = []
    for sentence in cited:
        shown = with_mark_of(written, sentence.text)
        found.append((compare(shown, sentence.text), sentence, shown))
    matches = [(result, sentence, shown) for result, sentence, shown in found if result.match is not None]
    if matches and style != "quotes":
        result, sentence, shown = min(matches, key=lambda item: _RANK[item[0].match or "paraphrase"])
        return Support(shown, (sentence,), result.match, 1.0)
    nearest = max(found, key=lambda item: share(content(written), content(item[1].text)))
    return Support(written, tuple(cited), None, 0.0, nearest[0].reason)


def with_mark_of(written: str, quote: str) -> str:
    """End a sentence as its quote ends where they differ in nothing but the full stop behind a label.

    >>> with_mark_of("Two arms of bread.", "Two arms of bread")
    'Two arms of bread'
    """
    bare = quote.rstrip(_FINAL_MARKS)
    same = written.removesuffix(".") == bare
    return quote if same and not quote.endswith(("?", "!")) else written
