"""A text that is not stored: its spans count in it as it was sent, so nothing of it may move."""

import re
from typing import Final

from service.domain.text import CONTROLS

_BREAK: Final = re.compile(r"\r\n")
_OTHER_BREAKS: Final = str.maketrans(dict.fromkeys("\r\u2028\u2029\x85\x0b\x0c", "\n"))


def same_length(text: str) -> str:
    r"""A text of the same length in which sentences can be found: line ends as such, no controls.

    >>> same_length("One.\r\n\r\nTwo\u2028three")
    'One. \n \nTwo\nthree'
    """
    return CONTROLS.sub(" ", _BREAK.sub(" \n", text).translate(_OTHER_BREAKS))
