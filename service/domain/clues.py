"""What a sentence offers that a question may ask for: figures, dates, persons, places, causes, words said."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from service.domain.questions import Kind
from service.domain.text import content_words, stem

_FIGURE_WORDS: Final = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion"
    r"|half|third|quarter|dozen|twice|none|nobody|no)"
)
_FIGURE: Final = re.compile(rf"\d|\b{_FIGURE_WORDS}\b", re.IGNORECASE)
_MONEY: Final = re.compile(
    r"[$£€¥]|\b(?:crowns?|dollars?|euros?|pounds?|cents?|pence|francs?|million|billion|bn|mn)\b",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    r"\b(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|March|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?"
    r"|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|\d{3,4}|centur(?:y|ies)"
    r"|spring|summer|autumn|winter|yesterday|tomorrow|today|noon|midnight|[ap]\.m\.|o'clock|week|month|year|ago)\b"
)
_NAME: Final = re.compile(
    r"\b[A-ZÀ-Þ][\w’'-]+(?: (?:de|van|von|der|bin|al|[A-Z]\.))?(?: [A-ZÀ-Þ][\w’'-]+)+"
    r"|\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Col|Capt)\.? [A-ZÀ-Þ][\w’'-]+"
)
_PLACE: Final = re.compile(
    r"\b(?:in|at|near|from|to|into|outside|above|below|off|across|over|through|between|towards?) (?:the )?"
    r"(?:[a-z]+ )?[A-ZÀ-Þ]|\b(?:in|at|near|into|above|outside|inside|behind) (?:the|a|an) \w+"
)
_CAUSE: Final = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|after|as a result|so that|in order|led to|caused?|causes"
    r"|blamed?|blames|reason|prompted|triggered|followed|fear(?:ed|s)?|worried|would (?:mean|not)|otherwise"
    r"|in case|to (?:avoid|prevent|keep|stop|save|protect|help|make|give|let)|for want of|too|not enough"
    r"|without)\b",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(r"[“”\"«»]|\b(?:said|says|told|asked|added|argued|called|warned)\b")
_OFFERS: Final[Mapping[Kind, Callable[[str], bool]]] = {
    Kind.NUMBER: lambda text: _FIGURE.search(text) is not None,
    Kind.DATE: lambda text: _DATE.search(text) is not None,
    Kind.PERSON: lambda text: _NAME.search(text) is not None,
    Kind.PLACE: lambda text: _PLACE.search(text) is not None,
    Kind.REASON: lambda text: _CAUSE.search(text) is not None,
    Kind.SPEECH: lambda text: _SPOKEN.search(text) is not None,
}


@dataclass(frozen=True, slots=True)
class Clues:
    """What a sentence is made of, as far as questions care.

    `content` are its words that carry matter, each once, `stems` those words' stems, `offers` the kinds of
    question that it could answer by its form, `words` how many words it has.
    """

    content: tuple[str, ...]
    stems: frozenset[str]
    offers: frozenset[Kind]
    money: bool
    words: int


@lru_cache(maxsize=65_536)
def clues(text: str) -> Clues:
    """Read the clues of a sentence."""
    content = tuple(dict.fromkeys(content_words(text)))
    return Clues(
        content=content,
        stems=frozenset(map(stem, content)),
        offers=frozenset(kind for kind, test in _OFFERS.items() if test(text)),
        money=_MONEY.search(text) is not None,
        words=len(text.split()),
    )


def new_figures(text: str, known: frozenset[str]) -> int:
    """How many figures a text has that are not among those of the question."""
    return sum(1 for figure in re.findall(r"\d[\d.,]*\d|\d", text) if figure not in known) + len(
        re.findall(rf"\b{_FIGURE_WORDS}\b", text, re.IGNORECASE)
    )
