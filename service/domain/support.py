"""What bears a model's sentence, and how far: the check between a model and a reader.

The model chooses, the articles speak. A sentence is shown as written where its words are the words that it
points at (`domain/close.py`), or, in style `prose`, where they are borne out (`domain/prose.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.domain.answer import EvidenceSentence, Match, Reason, Style
from service.domain.close import Close, compare
from service.domain.prose import Signals, borne_out
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


class Unasked:
    """No model was asked."""

    def near(self, clause: str, sentence: EvidenceSentence) -> float | None:  # noqa: ARG002 - as `Signals` has it
        """Nothing is known."""
        return None

    def entailed(self, clause: str, sentence: EvidenceSentence) -> float | None:  # noqa: ARG002 - as above
        """Nothing is known."""
        return None


UNASKED: Final = Unasked()


def support(
    written: str, cited: Sequence[EvidenceSentence], style: Style, signals: Signals = UNASKED
) -> Support:
    """Hold a sentence against the sentences that it points at.

    Args:
        written: A model's sentence without its labels.
        cited: The sentences that its labels resolve to, at least one.
        style: `quotes` shows nothing as written, `prose` also what is borne out in other words.
        signals: What models say about clauses and quotes, for `prose`.

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
    if style == "prose":
        borne = borne_out(written, cited, signals)
        bearing = tuple(dict.fromkeys(b.sentence for b in borne))
        broken = next((b.reason for b in borne if b.reason is not None), None)
        score = min(b.score for b in borne)
        return Support(written, bearing, None if broken else "paraphrase", score, broken)
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
