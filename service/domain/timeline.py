"""A timeline: what happened on which day, in the articles' words.

The day of a sentence is the day that its main clause names ("on Tuesday", "3 December"), read against the
day of publication. A day in a clause that looks back ("after ...", "having ...") is another event's, one
that tells which thing is meant ("the April 19 vote") is none, and one that belongs to the saying ("said on
Friday") counts where the sentence names no other. What stands between quotation marks names no day: "today"
there is the day on which it was said. An article's opening that names no time at all tells of the day of
publication, as is usual for timelines.
Source: Martschat and Markert, "A temporally sensitive submodularity framework for timeline summarization",
2018, arXiv:1810.07949.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from service.domain.answer import EvidenceArticle, EvidenceSentence
from service.domain.lines import ITEM, Line
from service.domain.salience import Weighed
from service.domain.selection import FEWEST, repeats, stands
from service.domain.summary import SummaryTask
from service.domain.temporal import DateMention, dates_in

_DAYS: Final = frozenset({"day", "time"})
_BACK: Final = re.compile(
    # "after the storm of Monday", but not "looking after" or "shortly before 1 a.m. on Monday".
    r"\b(?:(?<!look )(?<!looking )(?<!looked )after|since|having|than|until|till|before|following|"
    r"compared with|eve of)\b(?!\s+(?:\d|midnight|noon|dawn|dusk|midday|daybreak))[^,;]{0,90}$",
    re.IGNORECASE,
)
_SAID: Final = re.compile(
    r"\b(?:said|says|told|announced|reported|added|wrote|confirmed|warned|argued)"
    r"(?:\s+(?!on\b)[\w'’]+){0,3}(?:\s+(?:late|early))?(?:\s+on)?\s*$",
    re.IGNORECASE,
)
OPENING: Final = 3
"""Sentences at an article's head that tell of the day of publication where they name no time at all."""
RECENT: Final = timedelta(days=3)
_DETERMINER: Final = re.compile(r"\b(?:the|its|their|his|her|a|this|that)\s+$", re.IGNORECASE)
_NOUN: Final = re.compile(r"(?:'s)?\s+[a-z]")
REACH: Final = timedelta(days=365)
"""How far before the oldest article and behind the newest one a day may lie: what is further is history."""
STRETCHES: Final = 20
"""Into so many stretches a story's time is thought to be cut: days of one stretch crowd each other out."""
CLOSE: Final = 0.5
"""What a day loses, as a share, by the choice of one right beside it."""
_MARKS: Final = re.compile(r'["“”]')
_MORE: Final = 2
"""Lines of one day at most, before every day that fits has one."""


@dataclass(frozen=True, slots=True, eq=False)
class _Event:
    """A sentence, by its position, and the day that it tells of."""

    i: int
    day: date


def timeline(task: SummaryTask, weighed: Weighed) -> list[Line]:
    """List lines by day, the earliest first, each with its day.

    The days that most and weightiest sentences tell of are taken first, spread over the story's time, as
    far as the words last.
    """
    zone = ZoneInfo(task.zone)
    published = [a.article.published_at for a in task.evidence.articles if a.article.published_at]
    first = min((when.date() for when in published), default=date.min + REACH)
    last = max((when.date() for when in published), default=date.max - REACH)
    by_day: dict[date, list[int]] = defaultdict(list)
    for i, sentence in enumerate(weighed.sentences):
        article = task.evidence.articles[sentence.article - 1]
        if weighed.lengths[i] >= FEWEST and stands(sentence):
            day = day_of(sentence, article, zone)
            if day is not None and first - REACH <= day <= last + REACH:
                by_day[day].append(i)
    for rows in by_day.values():
        rows.sort(key=lambda i: (-weighed.values[i], i))
    days = _spread({day: _heat(rows, weighed) for day, rows in by_day.items()})
    return _filled(days, by_day, task.max_words, weighed)


def day_of(sentence: EvidenceSentence, article: EvidenceArticle, zone: ZoneInfo) -> date | None:
    """The day that a sentence tells of, None where it names none.

    Args:
        sentence: One of the article's.
        article: With its day of publication, against which "on Tuesday" is read.
        zone: Whose days are meant.
    """
    text, published = sentence.text, article.article.published_at
    mentions = dates_in(text, published, zone)
    named = [m for m in mentions if m.granularity in _DAYS and not _quoted(text, m.start)]
    main = [m for m in named if not _BACK.search(text[: m.start]) and not _attributive(text, m)]
    told = [m for m in main if not _SAID.search(text[: m.start])]
    if told or main:
        return (told or main)[0].day
    if published is None or sentence.n > OPENING:
        return None
    today = published.astimezone(zone).date()
    if sentence.n == 1:
        # "Four libraries will close after councillors voted on Tuesday": of a lead that is the news itself.
        return next((m.day for m in named if today - RECENT <= m.day <= today), today)
    return None if mentions or '"' in text or "“" in text else today


def _attributive(text: str, mention: DateMention) -> bool:
    """Whether a day tells which thing is meant, as in "the April 19 vote"."""
    return (
        _DETERMINER.search(text[: mention.start]) is not None and _NOUN.match(text[mention.end :]) is not None
    )


def _quoted(text: str, at: int) -> bool:
    """Whether a place stands between quotation marks, the first of which may stand a sentence earlier."""
    before, after = len(_MARKS.findall(text[:at])), len(_MARKS.findall(text[at:]))
    return before % 2 == 1 or (before == 0 and after % 2 == 1)


def _heat(rows: list[int], weighed: Weighed) -> float:
    """How much is told of a day: its sentences' worth, the second and later ones less and less."""
    return round(math.fsum(float(weighed.values[i]) / (1 + k) for k, i in enumerate(rows)), 9)


def _spread(heats: Mapping[date, float]) -> list[date]:
    """Days by how much is told of them, less where a day close by stands before them.

    So a long story is told to its end, though most of its sentences may be about one week.
    """
    left = dict(heats)
    scale = max(1.0, (max(left) - min(left)).days / STRETCHES) if left else 1.0
    order: list[date] = []
    while left:
        best = max(left, key=lambda day: (left[day], -day.toordinal()))
        order.append(best)
        del left[best]
        for day in left:
            left[day] *= 1.0 - CLOSE * math.exp(-abs((day - best).days) / scale)
    return order


def _filled(
    days: list[date], by_day: Mapping[date, list[int]], max_words: int, weighed: Weighed
) -> list[Line]:
    picked: list[_Event] = []
    taken: list[EvidenceSentence] = []
    left = max_words
    for _ in range(_MORE):
        for day in days:
            for i in by_day[day]:
                sentence = weighed.sentences[i]
                cost = int(weighed.lengths[i]) + 1
                if cost <= left and sentence not in taken and not repeats(sentence, taken):
                    picked.append(_Event(i, day))
                    taken.append(sentence)
                    left -= cost
                    break
    picked.sort(key=lambda event: (event.day, event.i))
    return [Line(weighed.sentences[event.i], ITEM, dated=event.day) for event in picked]
