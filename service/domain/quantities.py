"""Numbers with what they count, dates, and whether a figure is a level or a change."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.domain.wording import Token, is_stop, stem, tokens

_SMALL: Final = {
    **{
        word: n
        for n, word in enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight"))
    },
    **{
        word: n for n, word in enumerate(("nine", "ten", "eleven", "twelve", "thirteen", "fourteen"), start=9)
    },
    **{
        word: n
        for n, word in enumerate(("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"), start=15)
    },
    **{
        word: n * 10
        for n, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy"), start=2)
    },
    "eighty": 80,
    "ninety": 90,
    "dozen": 12,
}
_SCALES: Final = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "m": 1e6,
    "mn": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
}
_CURRENCIES: Final = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}
_NUMBER: Final = re.compile(r"([-+±]?)(\d[\d,]*(?:\.\d+)?|\.\d+)([a-z]*)")
_RISING: Final = frozenset(
    map(stem, ("rise", "grow", "increase", "climb", "gain", "up", "jump", "surge", "add", "improve"))
)
_FALLING: Final = frozenset(
    map(stem, ("fall", "drop", "decrease", "decline", "lose", "down", "cut", "reduce", "shrink", "lower"))
)
MONTHS: Final = frozenset(
    {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october"}
    | {"november", "december"}
)
DAYS: Final = frozenset(
    {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
    | {"today", "yesterday", "tomorrow"}
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, the stem of what it counts ("" where nothing tells), and "by", "to" or "from" before it."""

    value: float
    unit: str
    change: str
    year: bool


def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers of a text.

    >>> quantities("It rose by 0.1 percentage points to $1.5bn in 2023")  # doctest: +ELLIPSIS
    (Quantity(value=0.1, unit='percentage point', ...), Quantity(value=1500000000.0, unit='dollar', ...
    """
    return tuple(_found(tokens(text)))


def _found(said: tuple[Token, ...]) -> Iterator[Quantity]:
    at = 0
    while at < len(said):
        value, used = _value(said, at)
        if value is None:
            at += 1
            continue
        before = said[at - 1].low if at else ""
        symbol = _CURRENCIES.get(before, "")
        marker = said[at - 2].low if symbol and at > 1 else before
        unit = symbol or _unit(said, at + used)
        year = not unit and used == 1 and value == int(value) and 1900 <= value <= 2100  # noqa: PLR2004 - years
        yield Quantity(value, unit, marker if marker in {"by", "to", "from"} else "", year)
        at += used


def _value(said: tuple[Token, ...], at: int) -> tuple[float | None, int]:
    """The number that begins at a token, with its scale, and how many tokens it takes."""
    low = said[at].low
    match = _NUMBER.fullmatch(low)
    if match and match.group(3) in {"", "st", "nd", "rd", "th", *_SCALES}:
        value = float(match.group(2).replace(",", "")) * _SCALES.get(match.group(3), 1.0)
        value = -value if match.group(1) == "-" else value
    elif low in _SMALL:
        value = float(_SMALL[low])
    elif "-" in low and all(part in _SMALL for part in low.split("-")):
        value = float(sum(_SMALL[part] for part in low.split("-")))
    else:
        return None, 0
    used = 1
    while at + used < len(said) and said[at + used].low in _SCALES and said[at + used].spaced:
        value *= _SCALES[said[at + used].low]
        used += 1
    return value, used


def _unit(said: tuple[Token, ...], at: int) -> str:
    rest = [token.low for token in said[at : at + 3]]
    if rest[:2] == ["per", "cent"]:
        return "percent"
    if rest[:1] in (["%"], ["percent"]):
        return "percent"
    if rest[:2] in (["percentage", "points"], ["percentage", "point"]):
        return "percentage point"
    if rest[:1] in (["points"], ["point"]):
        return "point"
    if not rest or not rest[0][-1].isalnum() or is_stop(rest[0]):
        return ""
    return stem(rest[0])


def same_quantity(claimed: Quantity, held: Quantity, held_words: frozenset[str]) -> bool:
    """Whether a claimed number is one that the articles have, of the same thing, as level or change alike."""
    if abs(claimed.value - held.value) > 1e-9 * max(1.0, abs(held.value)):
        return False
    if claimed.unit and held.unit and claimed.unit != held.unit and claimed.unit not in held_words:
        return False
    return not (claimed.change and held.change) or claimed.change == held.change


def direction(stems: frozenset[str]) -> int:
    """1 where a text says that something rises, -1 that it falls, 0 where neither or both."""
    return bool(stems & _RISING) - bool(stems & _FALLING)


def calendar(text: str) -> frozenset[str]:
    """Names of months and days in a text; "may" only with a capital."""
    named = (token for token in tokens(text) if token.low in MONTHS | DAYS)
    return frozenset(t.low for t in named if t.low not in {"may", "march"} or t.text[0].isupper())
