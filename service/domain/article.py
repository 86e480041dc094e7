"""News articles, their revisions, and the spans of them that are found and quoted.

All offsets are Unicode code points of the stored text, half-open: `text[start:end]`.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
"""A row of unit norm, shape (d,)."""
Matrix: TypeAlias = NDArray[np.float32]
"""Rows of unit norm, shape (n, d)."""

ARTICLE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,96}")
MAX_TEXT: Final = 1_000_000
"""Code points of an article's text at most."""


@dataclass(frozen=True, slots=True)
class Article:
    """A news article as it was given, normalised (`domain/text.py`).

    `published_at` and `updated_at` carry a zone, always. An empty `id` asks the store for one: that of the
    article with the same URL, else `made_id`.
    """

    id: str
    headline: str
    text: str
    source: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    url: str | None = None
    section: str | None = None
    language: str | None = None


_TRACKING: Final = re.compile(
    r"utm_.*|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|ref|ref_src|cmpid|ocid|icid", re.IGNORECASE
)


def canonical_url(url: str) -> str:
    """The URL by which an article is known again.

    >>> canonical_url("HTTPS://News.example/a/?utm_source=x&id=2#top")
    'https://news.example/a?id=2'
    """
    parts = urlsplit(url.strip())
    query = urlencode(
        [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)]
    )
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/"), query, ""))


def made_id(article: Article) -> str:
    """An id for an article that came without: of its canonical URL, else of its headline and text.

    >>> made_id(Article("", "H", "T", url="https://n.example/a#x")) == made_id(Article("", "", "", url="https://n.example/a"))
    True
    """
    known_by = canonical_url(article.url) if article.url else f"{article.headline}\n{article.text}"
    return "a-" + hashlib.sha256(known_by.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Revision:
    """One stored text of an article; a correction makes the next one. Numbers count from 1."""

    article: Article
    number: int
    stored_at: datetime
    retracted: bool = False
    retracted_reason: str | None = None
    latest: int | None = None
    """The number of the article's current revision."""
    corrected: bool = False
    """An earlier revision had another headline or text, or `updated_at` is after `published_at`."""


class ReceiptStatus(StrEnum):
    """What became of an article that was sent."""

    CREATED = "created"
    KNOWN = "known"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class Receipt:
    """That an article is stored. `passages` is None while it is not yet `indexed`."""

    id: str
    revision: int
    status: ReceiptStatus
    seq: int
    passages: int | None = None
    indexed: bool = False


class ChangeKind(StrEnum):
    """What a row of the change feed says."""

    PUT = "put"
    RETRACT = "retract"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the change feed, in the order of `seq`."""

    seq: int
    article_id: str
    revision: int
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a stored text: its span, its paragraph (from 0), and who speaks in it, if named."""

    start: int
    end: int
    paragraph: int = 0
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one article: what is embedded and retrieved."""

    id: str
    article_id: str
    revision: int
    ordinal: int
    start: int
    end: int
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedPassage:
    """A passage with its vector, shape (d,), and its sentences' vectors, shape (s, d)."""

    passage: Passage
    vector: Vector
    sentence_vectors: Matrix


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles a question is put to; an empty field filters nothing.

    `published_from` and `published_to` are inclusive instants. `known_by` is the caller's `as_of`: it
    leaves out articles published later and keeps those without a date.
    """

    source: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    article_id: tuple[str, ...] = ()
    published_from: datetime | None = None
    published_to: datetime | None = None
    known_by: datetime | None = None

    def __bool__(self) -> bool:
        """Whether anything is filtered at all."""
        return self != Filters()

    def admits(self, article: Article) -> bool:
        """Whether `article` passes."""
        wanted: Sequence[tuple[tuple[str, ...], str | None]] = (
            (self.source, article.source),
            (self.author, article.author),
            (self.section, article.section),
            (self.language, article.language),
            (self.article_id, article.id),
        )
        if any(values and value not in values for values, value in wanted):
            return False
        when = article.published_at
        if when is None:
            return self.published_from is None and self.published_to is None
        return (
            (self.published_from is None or when >= self.published_from)
            and (self.published_to is None or when <= self.published_to)
            and (self.known_by is None or when <= self.known_by)
        )


NO_FILTERS: Final = Filters()


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of an article's revision with its exact text: `stored[start:end] == text`, always."""

    article_id: str | None
    revision: int | None
    start: int
    end: int
    text: str
    prefix: str = field(default="", compare=False)
    suffix: str = field(default="", compare=False)
    speaker: str | None = field(default=None, compare=False)
