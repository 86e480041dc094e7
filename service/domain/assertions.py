"""What articles assert: their figures, each with the words of its clause, and their statements.

Made for comparison (`domain/conflicts.py`): what is forecast, asked for, usual or compared with is left out,
and so are the words that say who reports it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from service.domain.answer import EvidenceArticle, EvidenceSentence
from service.domain.figures import Quantity, quantities, singular
from service.domain.text import STOP_WORDS, content_words, words


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


TELLING: Final = 10
"""A figure as large as this that two sentences share says that they are about one thing."""

_CLAUSE_END: Final = re.compile(r"[,;:—–](?=\s)|\s-\s|[\"“”](?=\s|$)|[.!?]$")
_ATTRIBUTION: Final = re.compile(
    r"^.*?\b(?:said|says|told|reported|reports|estimated|estimates|claimed|insisted|announced|confirmed|added|"
    r"argued|counted|gave|put|puts|found|showed|shows)\b(?:\s+that\b)?",
    re.IGNORECASE | re.DOTALL,
)
_ACCORDING: Final = re.compile(r"\s*\baccording to\b.*$", re.IGNORECASE | re.DOTALL)
_NAME: Final = re.compile(r"(?<=[\w,;:'’\"”)] )[^\W\d_a-zß-ÿ][^\W\d_]+")
_YEAR: Final = re.compile(r"\b(?:18|19|20)\d\d\b")
_REFERENCE: Final = re.compile(
    r"(?:\bfrom|\bagainst|\bcompar\w+ (?:with|to)|(?<!more )(?<!less )(?<!fewer )\bthan|"
    r"\bof (?:its|the|their|our|his|her|all)|\bto within)\s*$",
    re.IGNORECASE,
)
"""Right before a figure: what another is compared with, or the whole of a part."""
_PAST: Final = re.compile(
    r"\b(?:(?:last|previous|past) (?:year|month|week|quarter|season|winter|spring|summer|autumn)|"
    r"(?:year|month|week|quarter|season)s? (?:ago|earlier|before)|previously|formerly)\b",
    re.IGNORECASE,
)
_NEGATION: Final = re.compile(r"\b(?:not|never|no|cannot|without|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_NO_NAMES: Final = _set(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july
    august september october november december jan feb mar apr jun jul aug sept sep oct nov dec mr mrs ms dr
    prof gen sir lord lady"""
)
_MODAL: Final = _set("will would may might could should must shall if unless")
_UNREAL: Final = _MODAL | _set(
    """expect expected expects forecast forecasts predict predicted predicts project projected plan plans
    planned propose proposed proposes seek seeks sought ask asked asks want wants wanted demand demanded aim
    aims target targets goal hope hopes hoped limit limits ceiling cap threaten threatened offer offered
    promise promised need needs needed ordinary usual usually average normally normal typical per each"""
)
"""Before a figure: it is no state of things, or no single one."""
_VAGUE: Final = _set(
    """say tell report come go make take get give put stand reach rise fall find show hold keep call end begin
    start first last new people number count total figure part half day week month year time hour minute today
    yesterday late early morning evening night hundred thousand million billion cent percent pct km h"""
)
"""Stems that two sentences may share without being about one thing."""
_LONGEST_ROOT: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A quantity that a sentence asserts, with the words of its clause."""

    sentence: EvidenceSentence
    quantity: Quantity
    others: tuple[Quantity, ...]
    """All quantities of its sentence."""
    clause: str
    subject: frozenset[str]
    names: frozenset[str]
    years: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A sentence that says what is or was, in its content words."""

    sentence: EvidenceSentence
    stems: frozenset[str]
    names: frozenset[str]
    denies: bool


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """What an article of the evidence says, made ready for comparison."""

    held: EvidenceArticle
    published: datetime
    stems: frozenset[str]
    names: frozenset[str]
    figures: tuple[Figure, ...]
    statements: tuple[Statement, ...]


def account(held: EvidenceArticle) -> Account:
    """Read what an article asserts in the sentences that were selected from it."""
    article = held.article
    return Account(
        held=held,
        published=article.updated_at or article.published_at or datetime.min.replace(tzinfo=UTC),
        stems=stems(article.text),
        names=names_in(article.text),
        figures=tuple(figure for sentence in held.sentences for figure in _asserted(sentence)),
        statements=tuple(
            Statement(
                sentence,
                stems(sentence.text) - _VAGUE,
                names_in(sentence.text),
                bool(_NEGATION.search(sentence.text)),
            )
            for sentence in held.sentences
            if not set(words(sentence.text)) & _MODAL
        ),
    )


def _asserted(sentence: EvidenceSentence) -> Iterator[Figure]:
    """The figures that a sentence gives as what is or was."""
    found = quantities(sentence.text)
    for quantity in found:
        start, end = _clause(sentence.text, quantity)
        before, clause = sentence.text[start : quantity.start], sentence.text[start:end]
        unreal = set(words(before)) & _UNREAL
        if not quantity.unit or unreal or _REFERENCE.search(before) or _PAST.search(clause):
            continue
        bare = _ATTRIBUTION.sub("", before, count=1) + _ACCORDING.sub("", sentence.text[quantity.end : end])
        figures = {
            f"{q.value:g}"
            for q in found
            if q is not quantity and q.value >= TELLING and start <= q.start < end
        }
        yield Figure(
            sentence=sentence,
            quantity=quantity,
            others=found,
            clause=clause,
            subject=(stems(bare) - _VAGUE - stems(quantity.unit)) | figures,
            names=names_in(" " + bare),
            years=frozenset(int(year) for year in _YEAR.findall(clause)),
        )


def _clause(sentence: str, quantity: Quantity) -> tuple[int, int]:
    """Where the clause that holds the quantity begins and ends."""
    borders = [0, *(m.end() for m in _CLAUSE_END.finditer(sentence)), len(sentence)]
    start = max(border for border in borders if border <= quantity.start)
    return start, min(border for border in borders if border >= quantity.end)


def names_in(text: str) -> frozenset[str]:
    """Words with a capital inside a sentence, but for days, months and titles; in lower case."""
    return frozenset(name.casefold() for name in _NAME.findall(text)) - _NO_NAMES


@lru_cache(maxsize=8_192)
def stems(text: str) -> frozenset[str]:
    """Stems of the content words, but for days, months and titles."""
    return frozenset(stem(word) for word in content_words(text) if word not in _NO_NAMES)


def stem(word: str) -> str:
    """A light stem: it is only ever compared with another."""
    low = singular(word)
    for ending in ("ing", "ed"):
        if low.endswith(ending) and len(low) > len(ending) + 2 and low not in STOP_WORDS:
            low = low[: -len(ending)]
            break
    return low.removesuffix("e") if len(low) > _LONGEST_ROOT else low
