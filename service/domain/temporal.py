"""Time in questions and in articles: date filters, the newest state, and the dates of a timeline.

What becomes a filter on the publication date, and what does not. A filter that is wrong costs an answer
(nothing is left, and Byline abstains), one that is missing costs a little order, since dates are in the
ranking too. So:

- Short words that stand on the day of asking are a filter as they are: "yesterday", "last week", "in the
  past two weeks", "this month", "this year".
- "Since Tuesday" is a lower bound.
- "In March 2024", "on 3 March", "last month", "last year" name the time of an event or a figure, which
  articles report on that day and after it (March's inflation is published in April, last year's profit
  this year): a lower bound. Where the question asks what was said or reported then, the speech and the
  article have the same time: both bounds, for days and months, one day later at most.
- "In 2023" alone is no filter, since the year of an event stands in articles before and after it; "what was
  reported in 2023" is one. "Before ...", "until ..." and "by ..." are none for the same reason.
- Where a question looks ahead ("will", "due", "expected", "forecast"), a named time is none: plans are
  published before.
- Words without a date of their own ("before the election") are none.

The days that are meant are given in any case (`days`), for a ranking that prefers articles of that time.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final, NamedTuple

from service.domain.article import Filters
from service.domain.dates import Days, Found, Granularity, Reference, find_dates, shifted

_NEWEST: Final = re.compile(
    r"\b(?:latest|newest|most recent|recent(?:ly)?|current(?:ly)?(?! account)|right now|now|"
    r"nowadays|these days|at present|"
    r"presently|at the moment|so far|to date|up[ -]to[ -]date|as of today|still|by now|any news|"
    r"where do things stand|what is the state|in the end|eventually|finally|end(?:ed)? up|yet)\b",
    re.IGNORECASE,
)
_AHEAD: Final = re.compile(
    r"\b(?:will|shall|due|expect(?:ed|s|ation)?|plan(?:s|ned)?|schedul(?:ed|e)|forecast(?:s|ed)?|predict(?:ed|s|ion)?|"
    r"going to|target|upcoming|supposed to|projected|proposed|would|set to|outlook)\b",
    re.IGNORECASE,
)
_REPORTED: Final = re.compile(
    r"\b(?:report(?:ed|s)?|publish(?:ed)?|articles?|news|coverage|headlines?|stories|wrote|written|said|says?|told|"
    r"happen(?:ed|s|ing)?|announce[ds]?|respond(?:ed)?|react(?:ed|ion)?|comment(?:s|ed)?|statements?|events?)\b",
    re.IGNORECASE,
)
_PUBLISHED: Final = re.compile(
    r"\b(?:published|articles?|news|coverage|headlines?|stories|reported)\b", re.IGNORECASE
)
_WHEN: Final = re.compile(
    r"(?:^|[,.?!;:]\s*|\b(?:and|or|tell me|know|say|said|says|find out|remember|exactly|since|until|from|by|"
    r"about|but|so|also|then)\s+)when(?:\s+(?:exactly\s+)?(?:is|was|were|are|did|does|do|will|has|have|had|can|could|would|"
    r"should|might)\b|\s*[?.!]*$)|\b(?:tell me|know|find out|remember|say|said|says)\s+when\b",
    re.IGNORECASE,
)
_ASKED: Final[tuple[tuple[re.Pattern[str], Granularity], ...]] = (
    (re.compile(r"\b(?:what|which) years?\b|\bin what year\b", re.IGNORECASE), "year"),
    (re.compile(r"\b(?:what|which) months?\b", re.IGNORECASE), "month"),
    (re.compile(r"\b(?:what|which) weeks?\b", re.IGNORECASE), "week"),
    (re.compile(r"\b(?:what|which) (?:time|hour)s?\b(?! zone)", re.IGNORECASE), "time"),
    (re.compile(r"\b(?:what|which) (?:dates?|days?)\b|\bhow long ago\b", re.IGNORECASE), "day"),
    (_WHEN, "day"),
)
_RANGE: Final = re.compile(
    r"\b(?:between|from) (?:the )?(?P<first>[0-3]?\d)(?:st|nd|rd|th)? (?:and|to|until|through) (?:the )?$",
    re.IGNORECASE,
)
_JOINED: Final = re.compile(r"\s*(?:and|to|until|till|through|[-–])?\s*$", re.IGNORECASE)
_LOWER: Final = frozenset({"since", "after", "from"})
_NONE: Final = frozenset({"before", "until", "till", "by", "for", "year", "to", "through"})
_COARSE: Final = frozenset({"month", "season", "year"})
_FUTURE_NEAR: Final = re.compile(
    r"\b(?:will|shall|due|scheduled|expected|plans?|planned|to begin|to start|to be held|to open|to close|"
    r"to meet|"
    r"coming|until|is to|are to|would|must)\b(?:(?!\bafter\b)[^.;]){0,70}$",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(
    r"^(?:yesterday|today|tonight|this |last (?:week|night)$|the day before|current)|\bpast\b|"
    r"\b(?:last|previous) (?:\d+|\w+) \w+s$",
    re.IGNORECASE,
)
_MARGIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AskedTime:
    """What a question says of time.

    `published_from` and `published_to` are inclusive instants with a zone; `days` is what the words mean
    whether or not they filter; `phrase` are the words. `newest` says that the newest state is wanted, `when`
    how fine a date is asked for.
    """

    published_from: datetime | None = None
    published_to: datetime | None = None
    days: Days | None = None
    phrase: str = ""
    newest: bool = False
    when: Granularity | None = None


class DateMention(NamedTuple):
    """A date in an article's text: its span, its (first) day, and how fine it is."""

    start: int
    end: int
    day: date
    granularity: Granularity


def resolve(question: str, as_of: datetime, zone: tzinfo) -> AskedTime:
    """Read what a question says of time.

    Args:
        question: Standing alone (`followups.standalone`).
        as_of: When it is asked, with a zone.
        zone: Whose days are meant.

    Returns:
        A filter only where the module's rules call it safe. A window that reaches beyond `as_of` ends
        there.
    """
    asked = AskedTime(
        newest=wants_newest(question),
        when=next((fine for pattern, fine in _ASKED if pattern.search(question)), None),
    )
    today = as_of.astimezone(zone).date()
    ahead = _AHEAD.search(question) is not None
    found = find_dates(question, Reference(today, lambda _: ahead))
    if not found:
        return asked
    chosen, days = _one(question, found)
    asked = replace(asked, days=days, phrase=question[chosen.start : chosen.end])
    first, last = _bounds(question, chosen, days, today, ahead=ahead)
    start = datetime.combine(first, time.min, zone) if first else None
    end = datetime.combine(last, time.max, zone) if last else None
    if end is not None and end > as_of:
        end = as_of
    return replace(asked, published_from=start, published_to=end)


def wants_newest(question: str) -> bool:
    """Whether a question asks for the newest state ("latest", "still", "in the end")."""
    return _NEWEST.search(question) is not None


def narrowed(filters: Filters, asked: AskedTime) -> Filters:
    """A caller's filters with a question's dates: both hold, so that neither is loosened."""
    lower = [when for when in (filters.published_from, asked.published_from) if when is not None]
    upper = [when for when in (filters.published_to, asked.published_to) if when is not None]
    return replace(
        filters,
        published_from=max(lower) if lower else None,
        published_to=min(upper) if upper else None,
    )


def dates_in(text: str, published_at: datetime | None, zone: tzinfo) -> list[DateMention]:
    """The dates that a sentence of an article names, relative ones read against its publication.

    Args:
        text: A sentence.
        published_at: When its article was published; None leaves out what is relative or has no year.
        zone: Whose days are meant.

    Returns:
        In order. "On Monday" is the last Monday up to the publication, or the next one where the words
        before look ahead ("will meet on Monday"); "3 March" is the nearest one.
    """
    today = published_at.astimezone(zone).date() if published_at else None
    reference = Reference(
        today, lambda at: _FUTURE_NEAR.search(text[max(0, at - 90) : at]) is not None, near=True
    )
    return [DateMention(f.start, f.end, f.days[0], f.granularity) for f in find_dates(text, reference)]


def _one(question: str, found: list[Found]) -> tuple[Found, Days]:
    """The expression that counts, with the days of a range where two make one."""
    for earlier, right in pairwise(found):
        left = _of_the_same_year(earlier, right)
        if right.days[1] >= left.days[0] and _JOINED.fullmatch(question[left.end : right.start]):
            whole = left._replace(end=right.end, lead="between")
            return whole, (left.days[0], right.days[1])
    only = next((f for f in found if f.lead not in _NONE), found[0])
    opening = _RANGE.search(question[: only.start])
    if opening and only.granularity == "day":
        day = int(opening.group("first"))
        if 0 < day <= only.days[0].day:
            start = only.days[0].replace(day=day)
            return only._replace(start=opening.start("first"), lead="between"), (start, only.days[1])
    return only, only.days


def _of_the_same_year(left: Found, right: Found) -> Found:
    """Read "March" in "between March and May 2025" as of the year that follows."""
    if not left.relative or right.relative or {left.granularity, right.granularity} - {"day", "month"}:
        return left
    gap = right.days[0].year - left.days[0].year
    months = (gap - (left.days[0].month > right.days[0].month)) * 12
    return left._replace(days=(shifted(left.days[0], months), shifted(left.days[1], months)))


def _bounds(
    question: str, found: Found, days: Days, today: date, *, ahead: bool
) -> tuple[date | None, date | None]:
    """The first and the last day of publication that a filter lets through; None: no bound."""
    first, last = days
    short = _SHORT.search(question[found.start : found.end]) is not None
    if first > today or found.lead in _NONE or (ahead and (not short or found.granularity in _COARSE)):
        return None, None
    if found.lead in _LOWER:
        return first, None
    if short:
        return first, last
    if found.granularity == "year" and not found.relative:
        return days if _PUBLISHED.search(question) else (None, None)
    reported = _REPORTED.search(question) is not None
    return first, (last + _MARGIN if reported and found.granularity != "year" else None)
