"""What is asked over the wire, and how it becomes domain values."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.fields import FieldInfo

from service.domain import answer as domain
from service.domain.article import MAX_TEXT, Article, Filters
from service.domain.errors import ArticleTooLong, BadFilter, EmptyText, QuestionTooLong
from service.domain.text import has_words, normalise

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)
MAX_LIST: Final = 100
MAX_LIMIT: Final = 100
MAX_SHORT: Final = 500
MAX_URL: Final = 2_000


class Wire(BaseModel):
    """A model that takes nothing it does not know and converts nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _moment(value: object) -> object:
    """A date or an instant with its zone, from ISO 8601."""
    if not isinstance(value, str):
        raise ValueError("must be an ISO 8601 date or time")  # noqa: TRY004 - pydantic wants a ValueError
    try:
        if len(value) == len("2026-01-31"):
            return date.fromisoformat(value)
        when = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is not an ISO 8601 date or time") from None
    if when.tzinfo is None:
        raise ValueError("has no zone: write 2026-01-31T12:00:00Z")
    try:
        return when.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be between 1900-01-01 and 2100-12-31") from None


def _in_range(value: date | datetime) -> date | datetime:
    day = value.date() if isinstance(value, datetime) else value
    if not EARLIEST.date() <= day <= LATEST.date():
        raise ValueError("must be between 1900-01-01 and 2100-12-31")
    return value


def _web(value: str) -> str:
    """An address that can be stored, compared and linked to."""
    plain = normalise(value) == value and not any(c.isspace() for c in value)
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, a port or a host that no URL can have
        sound = False
    if not (plain and sound):
        raise ValueError("must be an http or https address")
    return value


Moment = Annotated[
    datetime | date,
    BeforeValidator(_moment),
    AfterValidator(_in_range),
    Field(json_schema_extra={"format": "date-time"}),
]
Short = Annotated[str, AfterValidator(normalise), StringConstraints(max_length=MAX_SHORT)]
Url = Annotated[str, StringConstraints(max_length=MAX_URL), AfterValidator(_web)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,96}$")]


def worded(limit: int) -> FieldInfo:
    """A text that `checked_question` or the like checks: the OpenAPI tells the limits, the error is named."""
    return Field(json_schema_extra={"minLength": 1, "maxLength": limit})  # type: ignore[no-any-return]


class ArticleIn(Wire):
    """An article to store; `headline` and `text` are required."""

    id: Id | None = None
    headline: Annotated[str, worded(MAX_SHORT * 2)]
    text: Annotated[str, worded(MAX_TEXT)]
    source: Short | None = None
    author: Short | None = None
    published_at: Moment | None = None
    updated_at: Moment | None = None
    url: Url | None = None
    section: Short | None = None
    language: Short | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "headline": "Envoy sees Iran and Pakistan draw closer",
                    "text": "ISLAMABAD - The envoy was satisfied.\n\nHe spoke on Monday.",
                    "source": "Iran Press",
                    "published_at": "2023-08-28T09:00:00Z",
                    "url": "https://iranpress.example/qomi-interview",
                }
            ]
        }
    )

    def to_domain(self, zone: ZoneInfo) -> Article:
        """The article as it is stored.

        Raises:
            EmptyText: Headline or text without a letter or digit; the error names which.
            ArticleTooLong: A text over the limit.
        """
        if len(self.text) > MAX_TEXT or len(self.headline) > MAX_SHORT * 2:
            over = "text" if len(self.text) > MAX_TEXT else "headline"
            limit = MAX_TEXT if over == "text" else MAX_SHORT * 2
            raise ArticleTooLong(f"{over} is longer than {limit:,} code points", field=over)
        headline, text = " ".join(normalise(self.headline).split()), normalise(self.text)
        for name, value in (("headline", headline), ("text", text)):
            if not has_words(value):
                raise EmptyText(f"{name} holds no words", field=name)
        return Article(
            id=self.id or "",
            headline=headline,
            text=text,
            source=self.source or None,
            author=self.author or None,
            published_at=end_of(self.published_at, zone),
            updated_at=end_of(self.updated_at, zone),
            url=self.url,
            section=self.section or None,
            language=self.language or None,
        )


def end_of(moment: date | None, zone: ZoneInfo) -> datetime | None:
    """An instant as it is; a bare date's last second in the zone."""
    return _at(moment, time(23, 59, 59), zone)


def start_of(moment: date | None, zone: ZoneInfo) -> datetime | None:
    """An instant as it is; a bare date's first second in the zone."""
    return _at(moment, time(0, 0, 0), zone)


def _at(moment: date | None, clock: time, zone: ZoneInfo) -> datetime | None:
    if moment is None or isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, clock, zone).astimezone(UTC)


Some = Annotated[str | list[str], Field(description="one value or a list")]


class FiltersIn(Wire):
    """Which articles to look at; an empty object filters nothing."""

    source: Some | None = None
    author: Some | None = None
    section: Some | None = None
    language: Some | None = None
    article_id: Some | None = None
    published_from: Moment | None = None
    published_to: Moment | None = None

    def to_domain(self, zone: ZoneInfo) -> Filters:
        """The filters.

        Raises:
            BadFilter: `published_from` is after `published_to`, or a list is too long.
        """
        start, end = start_of(self.published_from, zone), end_of(self.published_to, zone)
        if start is not None and end is not None and start > end:
            raise BadFilter("published_from is after published_to", field="filters.published_from")
        values = {
            name: getattr(self, name) for name in ("source", "author", "section", "language", "article_id")
        }
        for name, value in values.items():
            if isinstance(value, list) and len(value) > MAX_LIST:
                raise BadFilter(f"a list of more than {MAX_LIST} values", field=f"filters.{name}")
            if isinstance(value, list) and not value:
                raise BadFilter("an empty list admits nothing: leave the field out", field=f"filters.{name}")
        return Filters(
            source=_several(self.source),
            author=_several(self.author),
            section=_several(self.section),
            language=_several(self.language),
            article_id=_several(self.article_id),
            published_from=start,
            published_to=end,
        )


def _several(value: str | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(dict.fromkeys(value or ()))


def checked_question(text: str, field: str) -> str:
    """A question or query as it is asked.

    Raises:
        QuestionTooLong: It is over the limit.
        EmptyText: It holds no letter or digit.
    """
    if len(text) > domain.MAX_QUESTION:
        raise QuestionTooLong(f"{field} is longer than {domain.MAX_QUESTION:,} code points", field=field)
    clean = " ".join(normalise(text).split())
    if not has_words(clean):
        raise EmptyText(f"{field} holds no words", field=field)
    return clean


class TurnIn(Wire):
    """One turn of the conversation before the question."""

    role: Literal["user", "assistant"]
    content: str


class AskIn(Wire):
    """A question."""

    question: Annotated[str, worded(domain.MAX_QUESTION)]
    as_of: Moment | None = None
    filters: FiltersIn | None = None
    history: Annotated[list[TurnIn], Field(max_length=domain.MAX_HISTORY_TURNS)] | None = None
    mode: Literal["auto", "extractive", "generative"] = "auto"
    style: Literal["quotes", "close", "prose"] = "close"
    stream: bool = False
    max_sources: Annotated[int, Field(ge=1, le=20)] = domain.DEFAULT_SOURCES

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "what did Qomi say about Pakistan?"}]}
    )

    def to_domain(self, zone: ZoneInfo) -> domain.Question:
        """The question.

        Raises:
            InvalidInput: Something is empty, too long or out of order; the error names the field.
        """
        history = self.history or []
        if sum(len(turn.content) for turn in history) > domain.MAX_HISTORY:
            raise QuestionTooLong(
                f"history is longer than {domain.MAX_HISTORY:,} code points", field="history"
            )
        return domain.Question(
            text=checked_question(self.question, "question"),
            as_of=end_of(self.as_of, zone),
            filters=(self.filters or FiltersIn()).to_domain(zone),
            history=tuple(domain.Turn(turn.role, normalise(turn.content)) for turn in history),
            mode=self.mode,
            style=self.style,
            max_sources=self.max_sources,
        )


class SearchIn(Wire):
    """A query for passages."""

    query: Annotated[str, worded(domain.MAX_QUESTION)]
    as_of: Moment | None = None
    filters: FiltersIn | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 10

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "Iran Pakistan cooperation", "limit": 3}]}
    )


class RetractIn(Wire):
    """Why an article is retracted."""

    reason: Short | None = None
