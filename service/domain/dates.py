"""Dates in words: "3 March 2024", "last Tuesday", "in the past two weeks", as spans of days.

Relative words are read against a day ("today"). A week begins on Monday; "last week" is the whole week
before this one, "the past week" the seven days up to today. A season is the northern hemisphere's.
"""

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

Granularity: TypeAlias = Literal["time", "day", "week", "month", "season", "year"]
Days: TypeAlias = tuple[date, date]
"""First and last day, both included."""

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS: Final = {
    name: number
    for number, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}
_NUMBERS: Final = {
    name: number
    for number, names in enumerate(
        (
            "a an one past last",
            "two couple",
            "three few",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ),
        start=1,
    )
    for name in names.split()
}
_SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_SATURDAY: Final = 5
_WEEK: Final = 7
_YEAR: Final = 12
_FIRST_YEAR: Final = 1600

_MONTH: Final = r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"  # noqa: E501 - one alternation
_FULL: Final = (
    r"(?P<{0}>january|february|march|april|may|june|july|august|september|october|november|december)"
)
_DAY: Final = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th)?"
_COUNT: Final = (
    r"(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a|an|few|couple of)"
)
_UNIT: Final = r"(?P<{0}>hour|day|week|month|year)s?"
_EXPRESSION: Final = re.compile(
    "|".join(
        (
            r"\b(?P<iso_y>[12]\d{3})-(?P<iso_m>[01]\d)-(?P<iso_d>[0-3]\d)\b",
            rf"\b{_DAY.format('dmy_d')}(?: of)? {_MONTH.format('dmy_m')}\b(?:,? (?P<dmy_y>[12]\d{{3}})\b)?",
            rf"\b{_MONTH.format('mdy_m')} {_DAY.format('mdy_d')}\b(?![.,]?\d|%| per cent| percent)(?:,? (?P<mdy_y>[12]\d{{3}})\b)?",  # noqa: E501 - one pattern
            rf"\b{_FULL.format('my_m')}(?: of|,)? (?P<my_y>[12]\d{{3}})\b",
            rf"\b(?P<m_rel>last|next|this|in|since|during|until|by|early|late|mid|before|after|from|throughout|between|and|to|through|till)[ -]{_FULL.format('m_m')}\b(?! \d)",  # noqa: E501 - one pattern
            r"\b(?P<day>the day before yesterday|yesterday|today|tomorrow|tonight|this (?:morning|afternoon|evening)|last night)\b",  # noqa: E501 - one pattern
            r"\b(?:(?P<wd_rel>last|next|this|on|since|by|until|from|before|after|late|early|coming|past|between|and|to) )?(?P<wd>monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",  # noqa: E501 - one pattern
            rf"\b(?:the |these )?(?P<past>past|last|previous) (?P<past_n>{_COUNT}) {_UNIT.format('past_u')}\b|\b(?:the )past {_UNIT.format('past_one')}\b",  # noqa: E501 - one pattern
            r"\b(?P<rel>last|this|next|previous|coming|current) (?P<rel_u>week|weekend|month|quarter|year|spring|summer|autumn|fall|winter)\b",  # noqa: E501 - one pattern
            r"\b(?:over|at|on|during) (?P<weekend>the weekend)\b",
            rf"\b(?P<ago_n>{_COUNT}) {_UNIT.format('ago_u')} (?:ago|earlier|before)\b",
            r"\b(?P<y_rel>in|since|by|until|till|during|before|after|from|for|year|early|late|mid|throughout|between|and|to|through)[ -](?P<y>(?:19|20)\d\d)\b(?![.,]?\d|%|-\d)",  # noqa: E501 - one pattern
        )
    ),
    re.IGNORECASE,
)
_LEAD_WORD: Final = re.compile(
    r"(?:last|next|this|in|since|during|until|by|early|late|mid|before|after|from|for|throughout|between|and|to|"
    r"through|till|on|year|coming|past)[ -]",
    re.IGNORECASE,
)
_GOVERNING: Final = frozenset({"since", "before", "after", "until", "till", "by", "for"})
_ALWAYS_MONTH: Final = frozenset(
    {"in", "since", "during", "until", "last", "next", "this", "early", "late", "mid"}
)


class Found(NamedTuple):
    """A date expression: its span, the days it means, how fine it is, and the word that leads it."""

    start: int
    end: int
    days: Days
    granularity: Granularity
    lead: str
    relative: bool
    """Whether it means another time tomorrow ("last week"), not a fixed one."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The day against which words are read; `ahead` says whether what is at a place lies in the future.

    `near` reads "3 March" as the one nearest to today (an article's date); without it, as the last one
    that has begun (a question's).
    """

    today: date | None
    ahead: Callable[[int], bool] = lambda _: False
    near: bool = False


def find_dates(text: str, reference: Reference) -> list[Found]:
    """The date expressions of a text, in order; impossible ones (31 February) are passed over."""
    return list(_found(text, reference))


def _found(text: str, reference: Reference) -> Iterator[Found]:
    for match in _EXPRESSION.finditer(text):
        kind = match.lastgroup or ""
        groups = {key: value.casefold() for key, value in match.groupdict().items() if value is not None}
        lead_match = _LEAD_WORD.match(text, match.start())
        lead = _word_before(text, match.start())
        if lead_match and lead not in _GOVERNING:
            lead = lead_match.group()[:-1].casefold()
        own = lead_match.end() if lead_match and {"m_rel", "wd_rel", "y_rel"} & set(groups) else match.start()
        if _is_other_word(groups, lead, text[match.start() : match.end()]):
            continue
        try:
            read = _fixed(groups, reference, match.start()) or _relative(groups, reference, match.start())
        except (ValueError, OverflowError):
            continue
        if read is not None and kind:
            if groups.get("wd_rel") in {"last", "next", "this", "coming", "past"} or groups.get("m_rel") in {
                "last",
                "next",
                "this",
            }:
                own = match.start()
            relative = not ({"iso_y", "dmy_y", "mdy_y", "my_y", "y"} & set(groups))
            yield Found(own, match.end(), read[0], read[1], lead, relative)


def _word_before(text: str, at: int) -> str:
    before = re.search(r"(\w+)(?: the)? $", text[max(0, at - 16) : at])
    return before.group(1).casefold() if before else ""


def _is_other_word(groups: dict[str, str], lead: str, written: str) -> bool:
    """Whether "may" or "march" is the verb, or a short month a name."""
    month = groups.get("m_m")
    if month in {"may", "march"} and lead not in _ALWAYS_MONTH and not re.search(r"May|March|MARCH", written):
        return True
    return groups.get("mdy_m") in {"may", "mar"} and not re.match(r"M", written)


def _fixed(groups: dict[str, str], reference: Reference, at: int) -> tuple[Days, Granularity] | None:
    """Dates by number or name of month."""
    if "iso_y" in groups:
        day = date(int(groups["iso_y"]), int(groups["iso_m"]), int(groups["iso_d"]))
        return (day, day), "day"
    for form in ("dmy", "mdy"):
        if f"{form}_d" in groups:
            month, number = _MONTHS[groups[f"{form}_m"]], int(groups[f"{form}_d"])
            if f"{form}_y" in groups:
                day = date(int(groups[f"{form}_y"]), month, number)
            else:
                day = _yearless(month, number, reference, at)
            return (day, day), "day"
    if "my_y" in groups:
        return month_of(int(groups["my_y"]), _MONTHS[groups["my_m"]]), "month"
    if "m_m" in groups:
        first = _yearless(_MONTHS[groups["m_m"]], 1, reference, at)
        if groups["m_rel"] == "last" and reference.today and first.year == reference.today.year:
            first = first if first.month < reference.today.month else first.replace(year=first.year - 1)
        return month_of(first.year, first.month), "month"
    if "y" in groups:
        return year_of(int(groups["y"])), "year"
    return None


def _yearless(month: int, number: int, reference: Reference, at: int) -> date:
    """A day without a year.

    Raises:
        ValueError: There is no such day, or nothing to read it against.
    """
    today = reference.today
    if today is None:
        raise ValueError("no day to read it against")
    years = range(today.year - 1, today.year + 2)
    days = [date(y, month, number) for y in years if number <= monthrange(y, month)[1]]
    if not days:
        raise ValueError("no such day")
    if reference.ahead(at):
        return next((day for day in days if day >= today), days[-1])
    if reference.near:
        return min(days, key=lambda day: abs(day - today))
    return days[max(0, bisect_right(days, today) - 1)]


def _relative(groups: dict[str, str], reference: Reference, at: int) -> tuple[Days, Granularity] | None:
    today = reference.today
    read: tuple[Days, Granularity] | None = None
    if today is None:
        return None
    if "day" in groups:
        day = today + timedelta(days=_OFFSETS.get(groups["day"], 0))
        read = (day, day), "day"
    elif "wd" in groups:
        read = _weekday(groups, reference, at)
    elif "past_u" in groups or "past_one" in groups:
        count, unit = groups.get("past_n", "one"), groups.get("past_u") or groups["past_one"]
        read = (_back(today, _number(count), unit), today), "day" if unit in {"hour", "day"} else "week"
    elif "weekend" in groups:
        read = _weekend(today, "last"), "day"
    elif "rel" in groups:
        read = _period(groups["rel_u"], groups["rel"], today)
    elif "ago_u" in groups:
        read = _ago(groups, today)
    return read


_OFFSETS: Final = {"yesterday": -1, "last night": -1, "tomorrow": 1, "the day before yesterday": -2}


def _weekday(groups: dict[str, str], reference: Reference, at: int) -> tuple[Days, Granularity] | None:
    """The last such day; today's own counts in an article ("on Monday", published on a Monday)."""
    today, relation = reference.today, groups.get("wd_rel", "")
    if today is None:
        return None
    back = (today.weekday() - _WEEKDAYS[groups["wd"]]) % _WEEK
    if relation in {"next", "coming"} or reference.ahead(at):
        day = today + timedelta(days=(_WEEK - back))
        return (day, day), "day"
    strictly = relation in {"last", "past"} or (relation == "since" and not reference.near)
    day = today - timedelta(days=back or (_WEEK if strictly else 0))
    return (day, day), "day"


def _number(count: str) -> int:
    return int(count) if count.isdigit() else _NUMBERS[count.split(maxsplit=1)[0]]


def _back(today: date, count: int, unit: str) -> date:
    if unit == "hour":
        return today - timedelta(days=-(-count // 24))
    if unit in {"day", "week"}:
        return today - timedelta(days=count * (_WEEK if unit == "week" else 1))
    return shifted(today, -count * (_YEAR if unit == "year" else 1))


def _ago(groups: dict[str, str], today: date) -> tuple[Days, Granularity]:
    """Read "three weeks ago" as a week, "a year ago" as two months: nobody counts the days."""
    unit = groups["ago_u"]
    day = _back(today, _number(groups["ago_n"]), unit)
    slack = timedelta(days={"hour": 0, "day": 0, "week": 3, "month": 15, "year": 31}[unit])
    return (day - slack, min(today, day + slack)), "day" if not slack else "week"


def shifted(day: date, months: int) -> date:
    """The day so many months later, the last of its month where there is no such day.

    >>> shifted(date(2024, 3, 31), -1)
    datetime.date(2024, 2, 29)
    """
    index = day.year * _YEAR + day.month - 1 + months
    year, month = divmod(index, _YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_of(year: int, month: int) -> Days:
    """The days of a month."""
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def year_of(year: int) -> Days:
    """The days of a year."""
    return date(year, 1, 1), date(year, _YEAR, 31)


def _step(relation: str) -> int:
    return {"last": -1, "previous": -1, "next": 1, "coming": 1}.get(relation, 0)


def _weekend(today: date, relation: str) -> Days:
    """The weekend of this week; "last": the latest that has begun."""
    saturday = today + timedelta(days=_SATURDAY - today.weekday() + _WEEK * max(0, _step(relation)))
    if relation in {"last", "previous"} and saturday > today:
        saturday -= timedelta(days=_WEEK)
    return saturday, saturday + timedelta(days=1)


def _period(unit: str, relation: str, today: date) -> tuple[Days, Granularity]:
    step = _step(relation)
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(days=_WEEK * step)
        return (monday, monday + timedelta(days=_WEEK - 1)), "week"
    if unit == "weekend":
        return _weekend(today, relation), "day"
    if unit == "month":
        first = shifted(today.replace(day=1), step)
        return month_of(first.year, first.month), "month"
    if unit == "year":
        return year_of(today.year + step), "year"
    if unit == "quarter":
        first = shifted(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), 3 * step)
        return (first, shifted(first, 3) - timedelta(days=1)), "season"
    first = today.replace(month=_SEASONS[unit], day=1)
    last = shifted(first, 3) - timedelta(days=1)
    while (first > today) if step == 0 else (last >= today if step < 0 else False):
        first, last = shifted(first, -_YEAR), shifted(first, -_YEAR + 3) - timedelta(days=1)
    if step > 0 and first <= today:
        first, last = shifted(first, _YEAR), shifted(first, _YEAR + 3) - timedelta(days=1)
    return (first, last), "season"
