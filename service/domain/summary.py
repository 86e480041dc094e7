"""What is asked of a summary, what it is made from, and what comes of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from service.domain.answer import (
    Answer,
    Began,
    Check,
    Evidence,
    Found,
    Mode,
    Progress,
    Reading,
    Said,
    Style,
)
from service.domain.article import NO_FILTERS, Filters

Kind: TypeAlias = Literal["brief", "bullets", "headline", "timeline", "digest", "who_said_what"]

MIN_WORDS: Final = 10
MAX_WORDS: Final = 2_000
DEFAULT_WORDS: Final = 150
"""Words as white space parts them, the `-` of a list line too."""
MAX_QUERY: Final = 1_000
MAX_ARTICLES: Final = 1_000
"""Articles that one summary reads at most; what lies beyond is named as left out."""


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """What a reader wants summarised: articles by id, those that match a query and filters, or a text.

    `as_of` is None unless the caller sent it. With neither ids nor a query nor a text, the filters alone
    choose the articles.
    """

    kind: Kind = "brief"
    article_ids: tuple[str, ...] = ()
    query: str = ""
    text: str | None = None
    filters: Filters = NO_FILTERS
    as_of: datetime | None = None
    max_words: int = DEFAULT_WORDS
    mode: Mode = "auto"
    style: Style = "close"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An article that matched and was not read, and why not."""

    article_id: str
    why: str


SummaryReading: TypeAlias = Reading | Progress | LeftOut
"""What a reader of a summary gives: as for an answer, with how far it has come and what it did not use."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many articles matched, and how many of them were read to the end for the summary.

    `matched` is `used` and `left_out` together. A copy of a text that was read is left out by name, as is
    an article that a model was shown and of which no sentence passed.
    """

    matched: int = 0
    used: int = 0
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary: an answer without a question, its kind, and what it covers."""

    answer: Answer
    kind: Kind
    coverage: Coverage


SummaryEvent: TypeAlias = Began | Progress | Found | Said | Check | Summary
"""In this order; exactly one `Summary`, at the end. The texts of all `Said`, joined, are its text."""


@dataclass(frozen=True, slots=True, eq=False)
class SummaryTask:
    """What a reader is given: articles with all their sentences, oldest first, and how long it may be.

    Args:
        kind: What is to be made of them.
        evidence: Every sentence of every article that is read.
        max_words: Words of the whole summary at most.
        as_of: When the summary is made.
        zone: The time zone in which days are counted.
        style: How freely a model may speak.
        query: What the articles were chosen by, "" where by nothing.
    """

    kind: Kind
    evidence: Evidence
    max_words: int
    as_of: datetime
    zone: str = "UTC"
    style: Style = "close"
    query: str = ""
