"""A model's checked sentences as the lines of a summary of one kind, within its length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from zoneinfo import ZoneInfo

from service.domain.answer import Check, Cited, EvidenceSentence, Outcome, Reason, Task
from service.domain.composing import Composer
from service.domain.lines import ITEM, PARAGRAPH, SPACE
from service.domain.selection import repeats
from service.domain.summary import SummaryTask
from service.domain.timeline import day_of

_ORDERED: Final = frozenset({"timeline", "who_said_what"})


class SummaryComposer(Composer):
    """Composes a summary's sentences: there is no question that one could miss."""

    def _bears(self, sentence: EvidenceSentence) -> bool:  # noqa: ARG002 - every sentence of an article does
        return True


def composer_for(task: SummaryTask) -> SummaryComposer:
    """A composer over a summary's evidence."""
    return SummaryComposer(Task(task.query, task.as_of, task.evidence, task.style))


@dataclass(slots=True)
class Shaper:
    """Takes checked sentences in order and gives lines of the kind that was asked for.

    Args:
        task: What was asked for.

    Attributes:
        full: Whether no further line fits.
        given: How many lines were given.
    """

    task: SummaryTask
    full: bool = False
    given: int = 0
    _words: int = 0
    _taken: list[EvidenceSentence] = field(default_factory=list)
    _held: list[Cited] = field(default_factory=list)

    def take(self, item: Cited | Check) -> Iterator[Cited | Check]:
        """What can be passed on at once; a timeline and who said what wait for their order."""
        if isinstance(item, Check):
            yield item
            return
        sentence = self._sentence(item)
        line = self._line(item, sentence)
        if line is None or sentence is None:
            yield Check(Reason.OFF_QUESTION, Outcome.WITHHELD, 1)
        elif repeats(sentence, self._taken):
            yield Check(Reason.REPEATED, Outcome.WITHHELD, 1)
        elif not self._fits(line):
            self.full = True
        else:
            self._taken.append(sentence)
            self.given += 1
            if self.task.kind in _ORDERED:
                self._held.append(line)
            else:
                yield line

    def finish(self) -> Iterator[Cited]:
        """What waited, in its order: by day, or speaker by speaker."""
        held = self._held
        if self.task.kind == "timeline":
            yield from sorted(held, key=lambda line: (line.dated is None, line.dated))
            return
        order = list(dict.fromkeys(line.quotes[0].speaker for line in held))
        held = sorted(held, key=lambda line: order.index(line.quotes[0].speaker))
        for before, line in zip([None, *held], held, strict=False):
            same = before is not None and before.quotes[0].speaker == line.quotes[0].speaker
            yield replace(line, lead=SPACE if same else PARAGRAPH)

    def _sentence(self, item: Cited) -> EvidenceSentence | None:
        """The sentence that a line quotes first."""
        quote = item.quotes[0]
        return next(
            (
                sentence
                for article in self.task.evidence.articles
                if (article.article.id or None) == quote.article_id
                for sentence in article.sentences
                if sentence.sentence.start == quote.start
            ),
            None,
        )

    def _line(self, item: Cited, sentence: EvidenceSentence | None) -> Cited | None:
        """The line as its kind has it; None where it is no line of that kind."""
        match self.task.kind:
            case "timeline":
                if sentence is None:
                    return None
                article = self.task.evidence.articles[sentence.article - 1]
                day = day_of(sentence, article, ZoneInfo(self.task.zone))
                return None if day is None else replace(item, lead=ITEM, dated=day)
            case "who_said_what":
                return item if item.quotes[0].speaker else None
            case "bullets":
                return replace(item, lead=ITEM)
            case "digest":
                return replace(item, lead=item.lead if item.lead == PARAGRAPH else SPACE)
            case _:
                return replace(item, lead=SPACE)

    def _fits(self, line: Cited) -> bool:
        words = len(f"{line.lead}{line.preface}{line.text}".split())
        if self._words + words > self.task.max_words or (self.task.kind == "headline" and self.given):
            return False
        self._words += words
        return True


def chosen_of(
    evidence_sentences: Sequence[EvidenceSentence], labels: Sequence[tuple[int, int]], most: int
) -> list[EvidenceSentence]:
    """The sentences of a batch that a reply points at, in reading order, at most so many."""
    wanted = list(dict.fromkeys(labels))
    held = {(sentence.article, sentence.n): sentence for sentence in evidence_sentences}
    found = [held[label] for label in wanted if label in held][:most]
    return sorted(found, key=lambda sentence: (sentence.article, sentence.n))
