"""Text as it is stored, its words, and the repairs that news needs before sentences can be found.

Stored text is normalised once, when it comes in. From then on no code point moves: every span of
every answer counts in it.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

CONTROLS: Final = re.compile(
    # C0 and C1 but tab and newline; zero width and bidirectional controls; the tag characters, in which
    # instructions to a model can be hidden; variation selectors but the emoji one; the byte order mark.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\ufe00-\ufe0e\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
WORD: Final = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*", re.UNICODE)

_LINE_ENDS: Final = re.compile(r"\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")
_PARAGRAPH: Final = re.compile(r"[^\n]+(?:\n(?![ \t]*\n)[^\n]+)*")
_LIST_LINE: Final = re.compile(r"[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+\S")

STOP_WORDS: Final = frozenset(
    """a about above after again against ago all also am an and any anyone anything are around as at be
    because been before being below between both but by can could did do does doing done down during each
    either else ever every few for from further get gets give given go going got had happen happened
    happening has have having he her here hers herself him himself his how i if in into is it its itself
    just kind know let like made make makes many may me might mine more most much must my myself no nor not
    now of off on once one only or other ought our ours out over own per please quite rather really s same
    say saying says said shall she should since so some someone something still such t tell than that the
    their theirs them themselves then there these they thing things this those through to told too under
    until up upon us used very was way we well went were what when where whether which while who whom whose
    why will with within without would yes yet you your yours""".split()  # noqa: SIM905 - a list would take 200 lines
)
"""Words that carry no matter of a question. "not" stands here for searching; no check of meaning uses it."""


def normalise(text: str) -> str:
    r"""Text as it is stored: NFC, newlines as such, no NUL, no hidden controls, no lone surrogates.

    >>> normalise("Cafe\u0301\r\n\x00ok")
    'Café\nok'
    """
    text = _LINE_ENDS.sub("\n", text)
    text = CONTROLS.sub("", text.encode("utf-8", "ignore").decode("utf-8"))
    # Composed last: what was hidden between a letter and its accent had kept them apart.
    return unicodedata.normalize("NFC", text).strip()


def has_words(text: str) -> bool:
    """Whether there is a single letter or digit in it."""
    return any(character.isalnum() for character in text)


def words(text: str) -> list[str]:
    """The words of a text, folded to lower case, possessives cut.

    >>> words("Iran's U.S. policy: 2.5 per cent")
    ['iran', 'u.s', 'policy', '2.5', 'per', 'cent']
    """
    return [re.sub(r"['’]s$", "", match.group().casefold()) for match in WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words that carry matter, in order, with repetitions."""
    return [word for word in words(text) if word not in STOP_WORDS]


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the paragraphs: blocks parted by blank lines; each line of a list is one by itself."""
    for block in _PARAGRAPH.finditer(text):
        lines = [
            (m.start() + block.start(), m.end() + block.start())
            for m in re.finditer(r"[^\n]+", block.group())
        ]
        listed = [bool(_LIST_LINE.match(text, start, end)) for start, end in lines]
        start: int | None = None
        end = 0
        for (line_start, line_end), is_listed in zip(lines, listed, strict=True):
            if start is not None and is_listed:
                yield start, end
                start = None
            start = line_start if start is None else start
            end = line_end
        if start is not None:
            yield start, end


_GLUED: Final = re.compile(
    # "conspiracy.The": two letters or a closing mark before the stop, a capital and a letter or space after.
    r"(?<=[a-zà-ÿ]{2}|[a-zà-ÿ][)\]”\"’]|[0-9]%|[0-9]{2})[.!?][”\"’)\]]?(?=[“\"‘(\[]?[A-ZÀ-Þ][a-zà-ÿ ’'])"
)
_ADDRESS: Final = re.compile(r"(?:^|(?<= ))(?=[^ ]*(?:www\.|://|@))[^ ]+")
_LOWER: Final = re.compile(r"[\"“‘(\[]?[a-zà-ÿ]")
_NEVER_ENDS: Final = re.compile(
    r"(?:^|[\s(“\"‘\[])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Sgt|Capt|Cmdr|Adm|Maj|Sen|Rep|Gov|Rev|Fr|St|Ste|Hon|Pres"
    r"|Supt|Insp|Det|Amb|No|Nos|vs|approx|cf|e\.g|i\.e|al|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec|Fig|Art)\.$"
)

_TAIL: Final = 32
"""Code points of a piece in which its last word is looked for: a whole one would be read once a piece."""


def glued_breaks(paragraph: str) -> list[int]:
    """Positions where a sentence begins right after the stop of the one before, without a space.

    >>> glued_breaks("It is a conspiracy.The envoy left. See www.acme.Example now.")
    [19]
    """
    inside = (-1, -1)
    addresses = (match.span() for match in _ADDRESS.finditer(paragraph))
    found = []
    for match in _GLUED.finditer(paragraph):
        while inside[1] <= match.start():
            inside = next(addresses, (len(paragraph), len(paragraph) + 1))
        if match.start() < inside[0]:
            found.append(match.end())
    return found


def mend_sentences(paragraph: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Repair what a sentence splitter gets wrong in news.

    A piece that goes on in lower case belongs to the one before ("N.A.T.O. said"), and so does what
    follows an initial or a title ("Gen. R. A. Voss"); glued sentences are parted; white space is cut
    from the ends; a piece without a letter or digit joins the one before.

    Args:
        paragraph: The text that was split.
        spans: What the splitter found, in order.

    Returns:
        Spans in order, not overlapping, each with a letter or digit where the paragraph has one.
    """
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        piece = paragraph[start:end]
        if joined and (
            _LOWER.match(piece.lstrip())
            or not has_words(piece)
            or _NEVER_ENDS.search(
                paragraph[max(joined[-1][0], joined[-1][1] - _TAIL) : joined[-1][1]].rstrip()
            )
        ):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    breaks = glued_breaks(paragraph)
    parted: list[tuple[int, int]] = []
    for start, end in joined:
        inner = breaks[bisect_right(breaks, start) : bisect_left(breaks, end)]
        parted.extend(pairwise([start, *inner, end]))
    trimmed = []
    for start, end in parted:
        piece = paragraph[start:end]
        lead = len(piece) - len(piece.lstrip())
        if piece.strip():
            trimmed.append((start + lead, start + lead + len(piece.strip())))
    return trimmed


_SUFFIXES: Final = {
    "ational": "ate", "ization": "ize", "isation": "ise", "ingly": "", "edly": "", "ments": "", "ment": "",
    "ness": "", "ations": "", "ation": "", "ings": "", "ing": "", "ities": "ity", "ies": "y", "ied": "y",
    "ers": "", "er": "", "ors": "", "or": "", "ions": "", "ion": "", "ed": "", "es": "", "ly": "",
    "s": "", "e": "",
}  # fmt: skip
_STEM: Final = 3
"""Letters that a stem keeps at least."""


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A word's stem: rough, quick, and only ever compared with other stems.

    >>> stem("supporters") == stem("supporting") == stem("supported") == stem("support")
    True
    """
    for suffix, instead in _SUFFIXES.items():
        if word.endswith(suffix) and len(word) - len(suffix) >= _STEM and not word.endswith("ss"):
            word = word.removesuffix(suffix) + instead
            break
    ends_twice = len(word) > _STEM and (word[-1] == word[-2] or word[-1] in "ei")
    return word[:-1] if ends_twice else word


def fold_name(text: str) -> str:
    """A text in lower case, without accents, in which names of either spelling are found.

    >>> fold_name("Żelazny O’Brien")
    "zelazny o'brien"
    """
    plain = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
