"""Lies made from true sentences, one fault each, in ten kinds; near-verbatim edits of an article's sentences.

They are made by rule, so the check's author could have fitted the check to them: the figures say how it fares
on these kinds, and the drafts of a real model, labelled by hand, say the rest.
"""

# ruff: noqa: ARG001 - every kind is called alike

import random
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from service.domain.cues import HEDGE, SPEECH
from service.domain.prose import names_of
from service.domain.quantities import DAYS, MONTHS
from service.domain.wording import Token, tokens, words

Draw = random.Random
Lie = Callable[[str, Sequence[str], Draw], str | None]

_UNITS: Final = {
    "per cent": "percentage points",
    "percent": "percentage points",
    "million": "billion",
    "billion": "million",
    "thousand": "million",
    "florins": "dollars",
    "dollars": "euros",
    "kilometres": "metres",
    "metres": "kilometres",
    "km": "m",
    "tonnes": "kilograms",
    "weeks": "months",
    "months": "years",
    "years": "months",
    "days": "weeks",
    "hours": "minutes",
    "minutes": "hours",
    "hectares": "square kilometres",
}
_MONTHS: Final = tuple(sorted(month.capitalize() for month in MONTHS))
_DAYS: Final = tuple(sorted(day.capitalize() for day in DAYS if day.endswith("day") and "to" not in day))
_NEGATED: Final = re.compile(
    r"\b(is|are|was|were|will|would|could|can|has|have|had|did|does|do|may|should)\b(?! not)"
)
_DETAILS: Final = (
    ", the second time this year",
    " after a private meeting with the prime minister",
    ", with help from the navy",
    ", against the advice of doctors",
    " in front of a crowd of thousands",
    ", as it had secretly planned",
)
_VERB: Final = re.compile(r"\b([a-z]{3,}ed|will|was|were|is|are|has|had)\b")


def _replace(text: str, token: Token, other: str) -> str:
    return text[: token.start] + other + text[token.end :]


def number(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """Another number in the place of one."""
    found = [token for token in words(text) if token.text[0].isdigit()]
    if not found:
        return None
    token = draw.choice(found)
    digits = re.match(r"[\d,]+(?:\.\d+)?", token.text)
    if digits is None:
        return None
    value = float(digits.group().replace(",", ""))
    other = (
        value + draw.choice([1, 2, 3, 7, 10, 100])
        if value == int(value)
        else value + draw.choice([0.3, 1.1, 2.5])
    )
    shown = f"{other:,.0f}" if "," in token.text else f"{other:g}"
    return _replace(text, token, shown + token.text[digits.end() :])


def unit(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """Another unit behind a number."""
    found = [name for name in _UNITS if re.search(rf"\d[\d,.]* (?:\w+ )?{name}\b", text)]
    return re.sub(rf"\b{found[0]}\b", _UNITS[found[0]], text, count=1) if found else None


def date(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """Another month, day of the week or year."""
    for names in (_MONTHS, _DAYS):
        found = [token for token in words(text) if token.text in names]
        if found:
            token = draw.choice(found)
            return _replace(text, token, draw.choice([name for name in names if name != token.text]))
    years = [token for token in words(text) if re.fullmatch(r"(?:19|20)\d\d", token.text)]
    if not years:
        return None
    return _replace(text, years[0], str(int(years[0].text) + draw.choice([-2, -1, 1, 2])))


def name(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """Another name of the same articles in the place of one."""
    found = [t for t in names_of(text) if t.text not in _MONTHS + _DAYS]
    others = sorted({t.text for line in around for t in names_of(line)} - {t.text for t in words(text)})
    others = [other for other in others if other not in _MONTHS + _DAYS]
    return _replace(text, draw.choice(found), draw.choice(others)) if found and others else None


def roles(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """Two names change places."""
    found = [t for t in names_of(text) if t.text not in _MONTHS + _DAYS]
    for first, second in pairwise(found):
        if first.text != second.text and second.start - first.end > 1:
            swapped = text[: first.start] + second.text + text[first.end : second.start] + first.text
            return swapped + text[second.end :]
    return None


def negation(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """Not what it says, or what it says is not so."""
    if re.search(r"\bnot ", text):
        return re.sub(r"\bnot ", "", text, count=1)
    match = _NEGATED.search(text)
    return f"{text[: match.end()]} not{text[match.end() :]}" if match else None


def speaker(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """Somebody else says it."""
    said = [token for token in tokens(text) if token.is_word]
    named = [before for before, verb in pairwise(said) if verb.low in SPEECH and before.text[0].isupper()]
    found = [token for token in named if token in names_of(text) or token is said[0]]
    others = sorted({t.text for line in around for t in _speaking(line)} - {t.text for t in words(text)})
    return _replace(text, found[0], draw.choice(others)) if found and others else None


def _speaking(line: str) -> list[Token]:
    said = [token for token in tokens(line) if token.is_word]
    return [b for b, verb in pairwise(said) if verb.low in SPEECH and b.text[0].isupper()]


def hedge(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """What may be becomes what is."""
    for pattern, other in (
        (r"\b(?:may|might|could|would|should) (?=[a-z])", "will "),
        (r"\b(?:is|are) (?:expected|likely|due|planned|forecast|projected) to\b", "will"),
        (r"\bplans to\b", "will"),
        (r"\b(?:about|around|nearly|almost|some|roughly|up to) (?=\d)", ""),
        (r"\b(?:reportedly|allegedly|apparently|probably|possibly|perhaps) ", ""),
    ):
        if re.search(pattern, text):
            return re.sub(pattern, other, text, count=1)
    return None


def added(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """A detail that nobody reported."""
    bare = text.rstrip('.!"')
    return f"{bare}{draw.choice(_DETAILS)}{text[len(bare) :]}" if len(words(text)) > 3 else None  # noqa: PLR2004


KINDS: Final[Mapping[str, Lie]] = {
    "number": number,
    "unit": unit,
    "date": date,
    "name": name,
    "roles": roles,
    "negation": negation,
    "speaker": speaker,
    "hedge": hedge,
    "added": added,
}
"""With `other`, the true words of another sentence, the ten kinds (`measure.py` makes that one)."""


def dropped_word(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """One word less."""
    said = words(text)
    if len(said) < 5:  # noqa: PLR2004 - shorter says nothing without it
        return None
    token = draw.choice(said)
    return " ".join((text[: token.start] + " " + text[token.end :]).split())


def added_word(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """One word more."""
    said = words(text)
    token = draw.choice(said)
    more = draw.choice(
        ["secretly", "former", "three", "only", "illegally", "all", "never", "young", "foreign", "again"]
    )
    return f"{text[: token.start]}{more} {text[token.start :]}"


def halves(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """The halves change places."""
    said = text.rstrip(".").split()
    at = draw.randrange(2, len(said) - 1) if len(said) > 4 else 0  # noqa: PLR2004 - two halves of two words
    return " ".join([*said[at:], *said[:at]]) + "." if at else None


def random_cut(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """Four words less, wherever they are."""
    said = text.split()
    if len(said) < 9:  # noqa: PLR2004 - something has to be left
        return None
    at = draw.randrange(0, len(said) - 4)
    return " ".join([*said[:at], *said[at + 4 :]])


def border_cut(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """A part between commas or dashes less, or what stands before or behind one."""
    marks = [token for token in tokens(text) if token.key in {",", ";", "-"}]
    if not marks:
        return None
    mark = draw.choice(marks)
    later = [token for token in marks if token.start > mark.start]
    ways = [text[mark.end :].strip(), text[: mark.start] + "."]
    if later:
        ways += [text[: mark.start] + text[draw.choice(later).end :]] * 2
    cut = draw.choice(ways)
    return cut[:1].upper() + cut[1:] if len(words(cut)) > 2 else None  # noqa: PLR2004


def conjunct_cut(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """What follows an "and", "if", "because" or "that" less, or what stands before it."""
    found = list(
        re.finditer(r",? \b(?:and|but|or|if|unless|because|after|until|that|when|although)\b ", text)
    )
    if not found:
        return None
    match = draw.choice(found)
    cut = draw.choice([text[: match.start()] + ".", text[match.end() :]])
    return cut[:1].upper() + cut[1:] if len(words(cut)) > 2 else None  # noqa: PLR2004


def hedge_word(text: str, around: Sequence[str], draw: Draw) -> str | None:
    """A hedge less."""
    found = [token for token in words(text) if token.low in HEDGE]
    if not found:
        return None
    token = draw.choice(found)
    return " ".join((text[: token.start] + " " + text[token.end :]).split())


EDITS: Final[Mapping[str, Lie]] = {
    "number": number,
    "name": name,
    "roles": roles,
    "negation": negation,
    "hedge": hedge_word,
    "added word": added_word,
    "dropped word": dropped_word,
    "halves": halves,
    "random cut": random_cut,
    "border cut": border_cut,
    "conjunct cut": conjunct_cut,
}
"""Near-verbatim edits of a quote. Not each cut is a lie: those that pass are read by hand."""
