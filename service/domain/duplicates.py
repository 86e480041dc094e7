"""Copies of one text: what makes two texts copies, what keeps them apart, and which of a group leads.

Outlets carry a wire's text with a cut last paragraph, their own headline and their own house style. Such
copies count as one source. A corrected text is no copy of the uncorrected one, though all but one figure is
equal: taken together, one of the two would be hidden, and its outlet would be listed as carrying words that
it does not carry. So texts that say the same words with another figure, or with and without a "not", are
kept apart: both are found, the corrected one leads by its date or its mark, and `domain/conflicts.py` shows
both sides.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.domain.article import Revision

SHINGLE: Final = 4
"""Words in a shingle. With 3, tables and bulletins of different days come close to copies; with 5, one house
style word in each line costs a third of the shingles."""
SHARED: Final = 0.7
"""How much of the shorter text's shingles copies share at least. Over 16,241 Reuters items of 40 words or
more, pairs are rarest between .6 and .8: below lie bulletins from one template, above repeated texts. Texts
in a heavy house style with their last paragraph cut kept .74 to .87; two reports of one event in other
words share less than .04."""
SHORTEST: Final = 0.5
"""How long the shorter text is at least, as a share of the longer: a brief inside a report, or a report that
has doubled since, is a text of its own."""
MIN_SHINGLES: Final = 12
"""Shorter texts are copies where they are equal, for a sentence alone is soon shared."""

Context: TypeAlias = tuple[str, str, str, str]
"""The two words on either side of a figure, figures among them as `#`."""

_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_DATELINE: Final = re.compile(r"\A[^\n]{0,80}?[ )][-–—]{1,2}\s")
_CREDIT: Final = re.compile(r"\(([^()\n]{2,40})\)")
_CORRECTION: Final = re.compile(
    r"^\W*(?:correction|corrected|corrects|clarification)\b[^\n.]{0,30}[:–—-]", re.IGNORECASE | re.MULTILINE
)
_FACTOR: Final = np.uint32(0x9E3779B1)
_NEGATORS: Final = frozenset({"not", "no", "never", "without", "nor"})
_UNITS: Final = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""".split()  # noqa: SIM905 - a list would take 20 lines
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_FIGURES: Final = {word: str(n) for n, word in enumerate(_UNITS)} | {
    word: str(10 * n) for n, word in enumerate(_TENS, start=2)
}


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What a text is compared by.

    Attributes:
        shingles: Hashes of its shingles, shape (n,), ascending, each once.
        figures: The figures by the words around them.
        negated: Hashes of the four words around each "not", as if it were not there.
    """

    shingles: NDArray[np.uint32]
    figures: Mapping[Context, frozenset[str]]
    negated: frozenset[int]


def fingerprint(text: str) -> Fingerprint:
    """Prepare a text for comparison.

    Case, punctuation and a dateline do not count; "six" is "6" and "1,300" is "1300".
    """
    found = _TOKEN.findall(_DATELINE.sub("", text, count=1).casefold())
    words = ["", "", *[_FIGURES.get(word, word) for word in found], "", ""]
    denials = [i for i, word in enumerate(words) if word in _NEGATORS]
    counted = [i for i, word in enumerate(words) if word and word[0] <= "9"]
    masked = words.copy()
    for i in counted:
        masked[i] = "#"
        words[i] = words[i].replace(",", "")
    figures: dict[Context, set[str]] = {}
    for i in counted:
        context = (masked[i - 2], masked[i - 1], masked[i + 1], masked[i + 2])
        figures.setdefault(context, set()).add(words[i])
    around = [[words[i - 2], words[i - 1], words[i + 1], words[i + 2]] for i in denials]
    return Fingerprint(
        shingles=np.unique(_shingles(words[2:-2])),
        figures={context: frozenset(values) for context, values in figures.items()},
        negated=frozenset(int(_shingles(four)[0]) for four in around),
    )


def _shingles(words: Sequence[str]) -> NDArray[np.uint32]:
    """Hashes of all runs of SHINGLE words: a polynomial of the words' own hashes, modulo 2**32."""
    each = np.array([zlib.crc32(word.encode()) for word in words], np.uint32)
    runs = max(0, len(words) - SHINGLE + 1)
    hashes = np.zeros(runs, np.uint32)
    for i in range(SHINGLE):
        hashes = hashes * _FACTOR + each[i : i + runs]
    return hashes


def share_text(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two texts are one text but for cuts and house style.

    >>> wire = "The crane fell at noon on Friday, the port said. Two men were hurt, one badly, and left."
    >>> share_text(fingerprint(wire), fingerprint("PORT ALDEN (Wire) - " + wire.replace("Two", "2")))
    True
    """
    short, long = sorted((len(a.shingles), len(b.shingles)))
    if short < MIN_SHINGLES:
        return np.array_equal(a.shingles, b.shingles) and short > 0
    if short < SHORTEST * long:
        return False
    return len(np.intersect1d(a.shingles, b.shingles, assume_unique=True)) >= SHARED * short


def contradict(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two texts say the same words with another figure, or with and without a "not".

    >>> contradict(fingerprint("Some 27 schools are affected."), fingerprint("Some 22 schools are affected."))
    True
    >>> contradict(fingerprint("He was not hurt at all."), fingerprint("He was hurt at all."))
    True
    >>> contradict(fingerprint("Some six schools are affected."), fingerprint("Some 6 schools are affected."))
    False
    """
    few, many = (a, b) if len(a.figures) < len(b.figures) else (b, a)
    for context, values in few.figures.items():
        others = many.figures.get(context)
        if others is not None and values.isdisjoint(others):
            return True
    return _denies(a, b) or _denies(b, a)


def _denies(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether `b` says, without its "not", what `a` says with one."""
    denied = a.negated - b.negated
    if not denied:
        return False
    only = np.fromiter(denied, np.uint32, len(denied))
    return bool((np.isin(only, b.shingles) & ~np.isin(only, a.shingles)).any())


def states_correction(text: str) -> bool:
    r"""Whether one of its paragraphs says that the text, or one before it, was corrected.

    >>> states_correction("It rained.\n\nCorrection: An earlier version gave the wrong day.")
    True
    """
    return _CORRECTION.search(text) is not None


def lead_of(group: Sequence[Revision]) -> Revision:
    """The copy that stands for a group: the corrected one, else the earliest, else the wire's own.

    Args:
        group: Revisions whose texts are nearly the same; at least one.

    Returns:
        One of them; ties by id.
    """
    late = datetime.max.replace(tzinfo=UTC)
    credited = {name.casefold() for revision in group for name in credits_of(revision.article.text)}

    def place(revision: Revision) -> tuple[bool, datetime, bool, str]:
        article = revision.article
        corrected = revision.corrected or states_correction(article.text)
        is_wire = (article.source or "").casefold() in credited
        return not corrected, article.published_at or late, not is_wire, article.id

    return min(group, key=place)


def credits_of(text: str) -> tuple[str, ...]:
    """The agencies that a text's dateline names.

    >>> credits_of("PORT ALDEN (Meridian Wire) - It rained (a lot).")
    ('Meridian Wire',)
    """
    dateline = _DATELINE.match(text)
    return tuple(_CREDIT.findall(dateline.group())) if dateline else ()
