"""A text as it was sent: where its sentences are, without moving anything, and where its news begins."""

import re
from typing import Final

from service.domain.article import Sentence
from service.domain.text import CONTROLS

_BREAK: Final = re.compile(r"\r\n")
_OTHER_BREAKS: Final = str.maketrans(dict.fromkeys("\r\u2028\u2029\x85\x0b\x0c", "\n"))
_DATELINE: Final = re.compile(
    # "PORT ALDEN, Veskara (Meridian Wire) - ": capitals first, a dash that stands alone at the end.
    r"[A-ZÀ-Þ][A-ZÀ-Þ .'’-]+(?:,? [^\W\d_][\w .'’-]{0,30}){0,3}"
    r"(?:\s*\([^()\n]{2,40}\))?\s+[-–—]{1,2}\s+(?=\S)"
)


def after_dateline(text: str, sentence: Sentence) -> int:
    """Where a sentence begins that opens with a dateline, behind it; else where it begins.

    >>> after_dateline("ORLIN (Wire) - The vote was late.", Sentence(0, 33))
    15
    >>> after_dateline("The vote - a late one - passed.", Sentence(0, 31))
    0
    """
    dateline = _DATELINE.match(text, sentence.start, sentence.end)
    return dateline.end() if dateline else sentence.start


def same_length(text: str) -> str:
    r"""A text of the same length in which sentences can be found: line ends as such, no controls.

    >>> same_length("One.\r\n\r\nTwo\u2028three")
    'One. \n \nTwo\nthree'
    """
    return CONTROLS.sub(" ", _BREAK.sub(" \n", text).translate(_OTHER_BREAKS))
