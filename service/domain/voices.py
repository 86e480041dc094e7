"""Who said what: the named speakers of the articles, each with what they said that matters most."""

from collections.abc import Sequence

import numpy as np

from service.domain.answer import EvidenceSentence
from service.domain.lines import PARAGRAPH, SPACE, Line
from service.domain.salience import Weighed
from service.domain.selection import FEWEST, repeats
from service.domain.summary import SummaryTask


def who_said_what(task: SummaryTask, weighed: Weighed) -> list[Line]:
    """A paragraph for each speaker, whoever says most of what matters first; named before what names nobody.

    Each speaker is heard once before anyone is heard twice, as far as the words last. Within a paragraph
    the oldest article comes first.
    """
    speakers = _speakers(weighed)
    picked: dict[str, list[int]] = {}
    left = task.max_words
    taken: list[EvidenceSentence] = []
    waiting = dict(speakers)
    while waiting:
        for name in list(waiting):
            said = waiting[name]
            if not said:
                del waiting[name]
                continue
            i = said.pop(0)
            cost = int(weighed.lengths[i])
            if cost <= left and not repeats(weighed.sentences[i], taken):
                picked.setdefault(name, []).append(i)
                taken.append(weighed.sentences[i])
                left -= cost
    return [line for rows in picked.values() for line in _paragraph(sorted(rows), weighed)]


def _paragraph(rows: Sequence[int], weighed: Weighed) -> list[Line]:
    return [Line(weighed.sentences[i], SPACE if at else PARAGRAPH) for at, i in enumerate(rows)]


def _speakers(weighed: Weighed) -> dict[str, list[int]]:
    """By name the positions of what each speaker says, the weightiest first; the weightiest speaker first.

    A name that is the last word of one other speaker's name is that speaker.
    """
    said: dict[str, list[int]] = {}
    for i, sentence in enumerate(weighed.sentences):
        if sentence.sentence.speaker and weighed.lengths[i] >= FEWEST:
            said.setdefault(sentence.sentence.speaker, []).append(i)
    merged: dict[str, list[int]] = {}
    for name, rows in said.items():
        merged.setdefault(_full(name, list(said)), []).extend(rows)
    for rows in merged.values():
        rows.sort(key=lambda i: (-_worth(weighed, i), i))
    return dict(sorted(merged.items(), key=lambda item: (-_weight(weighed, item[1]), item[0])))


def _full(name: str, names: Sequence[str]) -> str:
    longer = [other for other in names if " " in other and other.split()[-1] == name]
    return longer[0] if len(longer) == 1 else name


def _worth(weighed: Weighed, i: int) -> float:
    """What a sentence is worth for the words that it takes."""
    return float(weighed.values[i]) / float(np.sqrt(weighed.lengths[i]))


def _weight(weighed: Weighed, rows: Sequence[int]) -> float:
    return sum(_worth(weighed, i) for i in rows)
