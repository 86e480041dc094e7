"""From the articles' sentences to the lines of a summary, without a model: one way for each kind."""

from collections.abc import Callable, Mapping
from typing import Final

from service.domain.answer import Cited
from service.domain.disagreeing import outdated
from service.domain.lines import Line, brief, bullets, cited, headline
from service.domain.salience import Weighed, weigh
from service.domain.summary import Kind, SummaryTask
from service.domain.themes import digest
from service.domain.timeline import timeline
from service.domain.voices import who_said_what

WAYS: Final[Mapping[Kind, Callable[[SummaryTask, Weighed], list[Line]]]] = {
    "brief": brief,
    "bullets": bullets,
    "headline": headline,
    "timeline": timeline,
    "digest": digest,
    "who_said_what": who_said_what,
}


def summarise(task: SummaryTask) -> tuple[Cited, ...]:
    """Choose the lines of a summary.

    A line that a correction among the articles contradicts gives way, and the choice is made anew.

    Args:
        task: What is asked, and every sentence of every article.

    Returns:
        Verbatim sentences with their quotes, in a readable order, within `max_words`, no two of them
        saying the same; empty where none fits or none is of the kind.
    """
    weighed = weigh(task.evidence)
    lines = WAYS[task.kind](task, weighed)
    old = outdated(task.evidence, [line.sentence for line in lines])
    if old:
        kept = [i for i, s in enumerate(weighed.sentences) if (s.article, s.n) not in old]
        lines = WAYS[task.kind](task, weighed.only(kept))
    before: list[Line | None] = [None, *lines]
    return tuple(cited(line, previous, task.evidence) for previous, line in zip(before, lines, strict=False))
