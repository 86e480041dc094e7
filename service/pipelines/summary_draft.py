"""A summary while it is made: an answer's draft, and what it covers."""

from dataclasses import dataclass, field, replace
from typing import Final

from service.domain.answer import (
    Abstention,
    AbstentionReason,
    Check,
    Nearest,
    Progress,
    ReadingEnd,
    SourcesDisagree,
)
from service.domain.salience import weigh
from service.domain.summary import (
    Coverage,
    Kind,
    LeftOut,
    Summary,
    SummaryEvent,
    SummaryReading,
    SummaryTask,
)
from service.pipelines.draft import Draft

NEAREST: Final = 3
"""Sentences that an abstention shows."""
NO_MATCH: Final = "No article matches: there is nothing to summarise."
OUTSIDE_DATES: Final = "No article was published in the time that was asked for."
UNVERIFIABLE: Final = "No sentence of the model stood on the articles' words."
TOO_SHORT: Final = "No sentence of the articles fits max_words."
NO_LINE: Final[dict[Kind, str]] = {
    "timeline": "No sentence of the articles that fits max_words tells of a day.",
    "who_said_what": "No named speaker's sentence fits max_words.",
}


@dataclass(slots=True)
class SummaryDraft(Draft):
    """A summary while it is made."""

    left_out: list[LeftOut] = field(default_factory=list)
    unused: list[LeftOut] = field(default_factory=list)
    """Articles that were read and that the reader made no use of."""
    conflicts: tuple[SourcesDisagree, ...] = ()

    def receive(self, item: SummaryReading) -> SummaryEvent | None:
        """Take what a reader gives; what is to be passed on, if anything."""
        if isinstance(item, ReadingEnd):
            self.end = item
        elif isinstance(item, LeftOut):
            self.unused.append(item)
        elif isinstance(item, Progress):
            return item
        elif isinstance(item, Check):
            return self.check(item)
        else:
            return self.composer.add(item)
        return None

    def unwritten(self, *, may_extract: bool) -> None:
        """The model is done: where no sentence of it was shown, say so or let another reader read."""
        if self.composer.citations:
            return
        self.unused.clear()
        if not may_extract:
            self.abstention = Abstention(AbstentionReason.UNVERIFIABLE, UNVERIFIABLE)
        elif self.degraded is None:
            self.degraded = "unverifiable"

    def nothing_matches(self, nearest: tuple[Nearest, ...]) -> None:
        """Abstain: no article is there to be read; `nearest` came closest to the query."""
        filters = self.asked.filters
        dated = filters.published_from or filters.published_to or filters.known_by
        if dated and not nearest and not self.left_out:
            self.abstention = Abstention(AbstentionReason.OUTSIDE_DATES, OUTSIDE_DATES)
        else:
            self.abstention = Abstention(AbstentionReason.NO_MATCH, NO_MATCH, nearest=nearest)

    def no_line(self, task: SummaryTask) -> None:
        """Abstain: no sentence fits; shown are those that would have mattered most."""
        weighed = weigh(task.evidence)
        best = sorted(range(len(weighed.sentences)), key=lambda i: (-weighed.values[i], i))[:NEAREST]
        near = [
            Nearest(
                task.evidence.articles[weighed.sentences[i].article - 1].article,
                task.evidence.quote(weighed.sentences[i]),
            )
            for i in best
        ]
        self.abstention = Abstention(
            AbstentionReason.INSUFFICIENT_EVIDENCE, NO_LINE.get(task.kind, TOO_SHORT), nearest=tuple(near)
        )

    def summary(self, kind: Kind) -> Summary:
        """The outcome."""
        read = [article.article.id for article in self.evidence.articles]
        left_out = {out.article_id: out for out in (*self.left_out, *self.unused)}
        matched = len({*read, *left_out})
        answer = replace(self.finish(), conflicts=self.conflicts)
        return Summary(answer, kind, Coverage(matched, matched - len(left_out), tuple(left_out.values())))
