"""A model's reply as it comes: sentences with the labels that they point at.

A label is `[article.sentence]`, such as `[2.5]`; several may share one bracket. Brackets of the news
(`[sic]`, `[Pakistan]`, `[1]`) are text. A unit leaves as soon as it is whole, never with half a label.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_ONE: Final = r"\d{1,3}\.\d{1,4}"
_LABELS: Final = re.compile(rf"\[\s*({_ONE}(?:\s*(?:,|;|-|–|and|&)\s*{_ONE})*)\s*\]")
_PAIR: Final = re.compile(rf"({_ONE})(?:\s*[-–]\s*({_ONE}))?")
_GROUP: Final = rf"(?:{_LABELS.pattern}[ \t]*)+"
_TRAILING: Final = re.compile(
    rf"[ \t]*(?P<group>{_GROUP})(?P<mark>[.!?…]*[\"'”’)*_]*)(?=(?P<after>\s|$|[A-Z]))"
)
_LEADING: Final = re.compile(rf"[ \t]*(?P<group>{_GROUP})[:\-–]?[ \t]*(?=\S)")
_TAKEN: Final = re.compile(rf"\s*{_LABELS.pattern}")
_STOPPED: Final = re.compile(rf"([.!?…][\"'”’)]*)(\s*{_GROUP})\.(?=\s|$)")
"""A full stop behind labels that stand behind one already: it ends nothing."""
_HALF: Final = re.compile(r"(?:\s*\[(?:[\d.,;&\s–-]|and)*)+$")
"""Half a label, where a reply was cut off."""
_OPENED: Final = re.compile(r"\s*\[[\d.,;&\s–\-and]*$")
"""What may still become a label, however long."""
_GOES_ON: Final = re.compile(r"[ \t]+[a-z,;:(–—-]")
_BULLET: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_DECORATION: Final = re.compile(r"\*\*|__|`|^#{1,6}\s+|^>\s+")
_PREFIX: Final = re.compile(r"^\s*(?:answer|a)\s*:\s*", re.IGNORECASE)
_ENDS: Final = re.compile(r"[.!?…][\"'”’)]*\s+(?=[\"'“‘(\[]*[A-Z\d])")
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:[A-Z]|Dr|Mrs?|Ms|St|No|Jr|Sr|Lt|Gen|Col|Rev|Sen|Rep|Gov|Adm|Sgt|Capt|Prof|Pres|Inc|Ltd|a\.m|p\.m))$"
)
_MAX_RANGE: Final = 8
MAX_UNIT: Final = 4_000
"""Code points of one sentence with its labels at most; a reply that runs on without a label is none."""

_ABSENT: Final = re.compile(
    r"""\bnot\ in\ the\ articles?\b
    | \b(?:articles?|sources?|texts?|sentences?|evidence|passages?)\b[^.]{0,40}
      \b(?:do|does|did|is|are)\s?(?:n't|not)\s+(?:\w+\s+)?(?:say|state|mention|contain|provide|answer|include|specify|give|report|address|cover|discuss)
    | \bno\ (?:information|mention|answer)\b[^.]{0,60}\b(?:articles?|sources?|sentences?|provided)\b
    | \b(?:cannot|can't|could\ not)\ (?:be\ )?(?:answer|determine|find)""",
    re.IGNORECASE | re.VERBOSE,
)


class Lead(StrEnum):
    """What parts a sentence from the one before it in a model's reply."""

    SENTENCE = " "
    PARAGRAPH = "\n\n"
    ITEM = "\n- "


@dataclass(frozen=True, slots=True)
class Label:
    """A label as the model wrote it: article and sentence, both from 1."""

    article: int
    n: int


@dataclass(frozen=True, slots=True)
class Unit:
    """What stands before one group of labels: a sentence, or several that share it."""

    text: str
    labels: tuple[Label, ...]
    lead: Lead = Lead.SENTENCE
    literals: tuple[str, ...] = ()
    """The brackets as they were written, in the order of the reply."""
    as_text: str = ""
    """The text with its brackets left in, for news that has a bracket of this shape."""


def says_absent(text: str) -> bool:
    """Whether a reply says that the articles do not say it.

    >>> says_absent("The articles do not mention a date."), says_absent("He did not resign.")
    (True, False)
    """
    return _ABSENT.search(text) is not None


def labels_in(text: str) -> tuple[Label, ...]:
    """All labels of a text, in order, each once; a range within one article counts each sentence.

    >>> labels_in("x [1.2, 1.4-1.5] [sic] [1]")
    (Label(article=1, n=2), Label(article=1, n=4), Label(article=1, n=5))
    """
    found: dict[Label, None] = {}
    for group in _LABELS.finditer(text):
        for pair in _PAIR.finditer(group.group(1)):
            first, last = _label(pair.group(1)), _label(pair.group(2) or pair.group(1))
            ranged = first.article == last.article and 0 <= last.n - first.n < _MAX_RANGE
            between = range(first.n, last.n) if ranged else (first.n,)
            found.update(dict.fromkeys([*(Label(first.article, n) for n in between), last]))
    return tuple(found)


def _label(written: str) -> Label:
    article, n = written.split(".")
    return Label(int(article), int(n))


def sentences_of(text: str) -> list[str]:
    """Cut a unit into sentences, roughly: at a final mark before a capital or a digit, not after "Dr.".

    >>> sentences_of('Gen. R. A. Voss said no. "It is." 17 ships came.')
    ['Gen. R. A. Voss said no.', '"It is."', '17 ships came.']
    """
    parts, start = [], 0
    for end in _ENDS.finditer(text):
        if not _ABBREVIATED.search(text, 0, end.start()):
            parts.append(text[start : end.end()].strip())
            start = end.end()
    return [part for part in (*parts, text[start:].strip()) if part]


class ReplyParser:
    """Cuts a streamed reply into units.

    Feed it pieces of any size; it gives each unit once, when what follows can no longer belong to it. The
    same text gives the same units however it is cut into pieces (a property test).
    """

    def __init__(self) -> None:
        self._held = ""
        self._lead = Lead.SENTENCE
        self._fresh = True

    def feed(self, piece: str) -> Iterator[Unit]:
        """Take a piece of the reply and give the units that it completes."""
        self._held += piece
        yield from self._drain(final=False)

    def finish(self) -> Iterator[Unit]:
        """Give what is left once the reply is over: the last unit, and text without a label."""
        yield from self._drain(final=True)

    def _drain(self, *, final: bool) -> Iterator[Unit]:
        while True:
            taken = self._line(final=final)
            if taken is None:
                break
            yield from taken

    def _line(self, *, final: bool) -> list[Unit] | None:
        """Take one whole unit or line off the head of what is held; None where it has to wait."""
        if not self._held.strip():
            return None  # more of a break may follow
        self._skip_breaks()
        line, newline, _ = self._held.partition("\n")
        whole = bool(newline) or final
        if len(line) > MAX_UNIT:  # cut at the same place whether the rest is here or not
            line, whole = line[:MAX_UNIT], True
        # A bracket that is still open may become a label of the unit before it.
        cut = self._first_unit(line if whole else _OPENED.sub("", line), whole=whole)
        if cut is None and not whole:
            return None
        end = len(line) if cut is None else cut
        taken, self._held = self._held[:end], self._held[end:]
        unit = self._unit(taken)
        self._lead = Lead.SENTENCE
        return [] if unit is None else [unit]

    def _skip_breaks(self) -> None:
        """Drop white space at the head and remember what kind of break it was."""
        body = self._held.lstrip()
        gap = self._held[: len(self._held) - len(body)]
        if "\n" in gap and not self._fresh:
            self._lead = Lead.PARAGRAPH if gap.count("\n") > 1 else Lead.SENTENCE
        self._held = body

    def _first_unit(self, line: str, *, whole: bool) -> int | None:
        """Where the first unit of a line ends, None where the line holds no end yet."""
        bullet = _BULLET.match(line)
        start = bullet.end() if bullet else 0
        leading = _LEADING.match(line, start)
        if leading:
            return self._after_leading(line, leading.end(), whole=whole)
        for match in _TRAILING.finditer(line, start):
            rest = line[match.end() :]
            stopped = any(mark in ".!?…" for mark in match.group("mark"))
            if not rest.strip():
                settled = whole or (stopped and match.group("after"))
                return match.end() if settled else None
            if stopped or not _GOES_ON.match(rest):
                return match.end()
        return None

    def _after_leading(self, line: str, start: int, *, whole: bool) -> int | None:
        """The end of a unit that begins with its labels: before the next label that begins a sentence."""
        for match in re.finditer(_GROUP, line[start:]):
            head = line[: start + match.start()].rstrip()
            tail = line[start + match.end() :]
            if head.endswith((".", "!", "?", '"', "”")) and tail[:1] not in ("", ".", "!", "?"):
                return start + match.start()
        return len(line) if whole else None

    def _unit(self, taken: str) -> Unit | None:
        bullet = _BULLET.match(taken)
        text = taken[bullet.end() :] if bullet else taken
        text = _DECORATION.sub("", text)
        if self._fresh:
            text = _PREFIX.sub("", text)
        plain = _without_labels(text)
        found = labels_in(text)
        if not plain and not found:
            return None
        lead = Lead.ITEM if bullet else self._lead
        self._fresh = False
        literals = tuple(match.group() for match in _LABELS.finditer(text))
        return Unit(plain, found, lead, literals, " ".join(text.split()))


def _without_labels(text: str) -> str:
    """The text with its labels taken out and no space left before a mark.

    "She left. [1.2]." is one sentence with one full stop. What stood around a label may make one where they
    meet (`[ [1.2]1.52]`): that goes too, though nobody pointed at it, until none is left.
    """
    bare, found = _STOPPED.sub(r"\1\2", text), 1
    while found:
        bare, found = _TAKEN.subn("", bare)
    return " ".join(_HALF.sub("", bare).split())
