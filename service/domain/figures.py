"""Quantities in a sentence: a number, what it counts or measures, and how firmly it is given.

Dates, times of day, ages, scores and numbers that name a thing ("No. 9") are no quantities.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Final, Literal, TypeAlias

Bound: TypeAlias = Literal["exact", "about", "over", "under"]


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS: Final = re.compile(
    r"\d+(?:st|nd|rd|th)\b|[$£€]?\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[./][^\W\d_]+)*|%|[^\w\s]"
)

_SMALL: Final = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""".split()  # noqa: SIM905 - a list would take 20 lines
_TEN_WORDS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBER_WORDS: Final = {word: n for n, word in enumerate(_SMALL)} | {
    word: 10 * n for n, word in enumerate(_TEN_WORDS, start=2)
}
"""Number words below a hundred."""
_SCALES: Final = {
    "hundred": 100.0,
    "thousand": 1e3,
    "million": 1e6,
    "mln": 1e6,
    "m": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "bln": 1e9,
    "trillion": 1e12,
}
_MONTHS: Final = _set(
    """january february march april may june july august september october november december jan feb mar apr
    jun jul aug sept sep oct nov dec"""
)
_CLOCK: Final = frozenset({"a.m", "p.m", "am", "pm", "o'clock", "gmt", "utc"})
_NAMES_A_THING: Final = _set(
    """no number nos article section gate terminal hill page room flight route level platform pier aged
    act"""
)
_MEASURES: Final = {
    "%": "%",
    "pct": "%",
    "percent": "%",
    "km/h": "km/h",
    "kph": "km/h",
    "mph": "mph",
    "km": "km",
    "kilometre": "km",
    "kilometer": "km",
    "m": "m",
    "metre": "m",
    "meter": "m",
    "cm": "cm",
    "mm": "mm",
    "tonne": "tonne",
    "ton": "tonne",
    "hectare": "hectare",
    "degree": "degree",
    "crown": "crown",
    "florin": "florin",
    "dollar": "$",
    "euro": "€",
    "pound": "£",
    "cent": "cent",
    "second": "second",
    "minute": "minute",
    "hour": "hour",
    "day": "day",
    "night": "night",
    "week": "week",
    "month": "month",
    "year": "year",
    "point": "point",
}
_ABOUT: Final = _set("about some around nearly almost roughly approximately estimated circa")
_OVER: Final = _set("over least")
_UNDER: Final = _set("under most barely up")
_IRREGULAR: Final = {"people": "person", "men": "man", "women": "woman", "children": "child", "dead": "death"}
_NOT_COUNTED: Final = _set(
    """a an the and or of in on at to from by for with as is are was were be been has have had will would
    could may might can shall should that which who whom than but not if so it its he she they them his her
    their this these those there then when while after before during since until till against among between
    per over under into out up down off about around each every more most fewer less other others only just
    also still now later earlier ago old did do does said says"""
)
_COUNT_OF: Final = _set("number count tally toll total figure")
_SHORT: Final = 3
_MILLION: Final = 1e6
_TWENTY: Final = 20
_TEN: Final = 10
_REACH: Final = 3
"""Words behind a number among which the counted noun stands: "two refrigerated trailers"."""
_YEARS: Final = range(1800, 2101)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity of a sentence.

    Attributes:
        value: The number, its scale multiplied in.
        unit: What is counted (a noun in the singular) or the measure ("%", "km/h", "crown"); "" where the
            sentence does not say it beside the number.
        start: Where it begins in the sentence, in code points.
        end: Where its number ends.
        bound: Whether it is given as exact, as about so much, as more or as less.
        digits: Significant digits with which it is given.
    """

    value: float
    unit: str
    start: int
    end: int
    bound: Bound
    digits: int

    @property
    def counts(self) -> bool:
        """Whether it counts things, so that its unit says what of."""
        return bool(self.unit) and self.unit not in _MEASURES.values()


def singular(word: str) -> str:
    """A noun's form for comparison: lower case, no plural.

    >>> [singular(w) for w in ("Ferries", "people", "shots", "glass")]
    ['ferry', 'person', 'shot', 'glass']
    """
    low = word.casefold()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    for ending, other in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x")):
        if low.endswith(ending) and len(low) > len(ending) + 1:
            return low[: -len(ending)] + other
    return (
        low[:-1] if low.endswith("s") and not low.endswith(("ss", "us", "is")) and len(low) > _SHORT else low
    )


def compatible(a: Quantity, b: Quantity) -> bool:
    """Whether both can be true of one thing: equal, one rounded, or one a bound that the other keeps.

    >>> first, second = quantities("About 3,100 pupils sat it; 3,120 pupils passed.")
    >>> compatible(first, second)
    True
    """
    if a.value == b.value:
        return True
    if "about" in (a.bound, b.bound) and abs(a.value - b.value) <= 0.1 * max(a.value, b.value):
        return True
    for one, other in ((a, b), (b, a)):
        if one.bound == "over" and other.value >= one.value:
            return True
        if one.bound == "under" and other.value <= one.value:
            return True
        if (
            one.bound in {"exact", "about"}
            and one.digits < other.digits
            and float(f"{other.value:.{one.digits - 1}e}") == one.value
        ):
            return True
    return False


@lru_cache(maxsize=8_192)
def quantities(sentence: str) -> tuple[Quantity, ...]:
    """The quantities of a sentence, in its order.

    >>> [(q.value, q.unit) for q in quantities("Sixty-three people paid 2.5 million crowns, or 4 per cent.")]
    [(63.0, 'person'), (2500000.0, 'crown'), (4.0, '%')]
    """
    words = list(_WORDS.finditer(sentence))
    lows = [word.group().casefold() for word in words]
    found = []
    for i, j, value, digits in _numbers(lows):
        if _is_name_or_date(lows, i, j):
            continue
        unit = _unit(lows, i, j)
        if not unit and value in _YEARS and j == i + 1:
            continue
        found.append(Quantity(value, unit, words[i].start(), words[j - 1].end(), _bound(lows, i), digits))
    return tuple(found)


def _numbers(lows: Sequence[str]) -> Iterator[tuple[int, int, float, int]]:
    """Runs of words that make one number: where it begins and ends, its value, its significant digits."""
    i = 0
    while i < len(lows):
        made = _plain(lows, i)
        if made is None:
            i += 1
            continue
        value, j, digits = made
        while j < len(lows) and lows[j] in _SCALES:
            value *= _SCALES[lows[j]]
            j += 1
            more = _plain(lows, j + (lows[j : j + 1] == ["and"])) if value < _MILLION else None
            if more is not None and more[0] < value and not lows[j - 1].startswith("m"):
                value, j, digits = value + more[0], more[1], digits + more[2]
        yield i, j, value, digits
        i = j


def _plain(lows: Sequence[str], i: int) -> tuple[float, int, int] | None:
    """A number without its scale at `i`: its value, where it ends, its significant digits."""
    if i >= len(lows):
        return None
    low = lows[i].lstrip("$£€")
    if low[:1].isdecimal():
        bare = low.replace(",", "")
        if not bare.replace(".", "", 1).isdigit():
            return None
        return float(bare), i + 1, max(1, len(bare.replace(".", "").strip("0")))
    value = NUMBER_WORDS.get(low)
    if value is None:
        return None
    if value >= _TWENTY and lows[i + 1 : i + 2] == ["-"]:
        ones = NUMBER_WORDS.get(lows[i + 2], 0) if i + 2 < len(lows) else 0
        if 0 < ones < _TEN:
            return float(value + ones), i + 3, 2
    return float(value), i + 1, len(str(value).strip("0")) or 1


def _is_name_or_date(lows: Sequence[str], i: int, j: int) -> bool:
    """Whether the number names a thing or is part of a date, a time of day or a score."""
    *_, second, before = "", "", *lows[max(0, i - 2) : i]
    after = lows[j] if j < len(lows) else ""
    named = _MONTHS | _NAMES_A_THING
    return (
        before in named | {"-", "–", ":", "/"}
        or (before == "." and second in named)
        or after in _MONTHS | _CLOCK | {"-", "–", "/"}
    )


def _bound(lows: Sequence[str], i: int) -> Bound:
    before = lows[max(0, i - 2) : i]
    if before[-1:] == ["than"] or (before and before[-1] in _OVER):
        return "under" if before[0] in {"less", "fewer"} else "over"
    if before and before[-1] in _ABOUT:
        return "about"
    if before[-2:] == ["up", "to"] or (before and before[-1] in _UNDER):
        return "under"
    return "exact"


def _unit(lows: Sequence[str], i: int, j: int) -> str:
    """What the number between words `i` and `j` counts or measures."""
    behind = lows[j : j + _REACH]
    if lows[i][0] in "$£€":
        return lows[i][0]
    if behind[:2] == ["per", "cent"]:
        return "%"
    if behind[:1] == ["percentage"]:
        return "point"
    nearby = list(takewhile(lambda low: low == "%" or (low[0].isalpha() and low not in _NOT_COUNTED), behind))
    measure = next((_MEASURES[singular(low)] for low in nearby if singular(low) in _MEASURES), None)
    plural = next((singular(low) for low in nearby if singular(low) != low), None)
    single = nearby[0] if nearby and lows[i] in {"1", "one"} else None
    return measure or plural or single or _counted_before(lows, i)


def _counted_before(lows: Sequence[str], i: int) -> str:
    """The noun of "the number of hens lost since May stood at 2.7 million", or ""."""
    for k in range(i - 2):
        if lows[k] in _COUNT_OF and lows[k + 1] == "of":
            return next((singular(low) for low in lows[k + 2 : k + 5] if singular(low) != low), "")
    return ""
