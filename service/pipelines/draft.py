"""An answer while it is made, and the outcome that comes of it."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

from service.domain.answer import (
    Abstention,
    AbstentionReason,
    Answer,
    Asked,
    Check,
    Evidence,
    EvidenceSentence,
    Nearest,
    Outcome,
    Provenance,
    ReadingEnd,
    Reason,
    SourceArticle,
    Status,
)
from service.domain.citing import Composer
from service.domain.conflicts import find_conflicts
from service.domain.reading import Choice
from service.telemetry import Timings

NEAREST: Final = 3
"""Closest sentences that an abstention shows."""
NOTHING: Final = Choice((), (), 0.0)
NO_END: Final = ReadingEnd()
MESSAGES: Final = {
    AbstentionReason.NO_MATCH: "The articles hold nothing that matches this question.",
    AbstentionReason.INSUFFICIENT_EVIDENCE: "Nothing in the articles clearly answers this question.",
    AbstentionReason.OUTSIDE_DATES: "No article was published in the time that the question is about.",
    AbstentionReason.UNVERIFIABLE: "No sentence that was written stood on the articles' words.",
}


@dataclass(slots=True)
class Draft:
    """An answer while it is made."""

    id: str
    mode: Literal["extractive", "generative"]
    asked: Asked
    settings: str
    timings: Timings
    evidence: Evidence = field(default_factory=Evidence)
    choice: Choice = NOTHING
    composer: Composer = field(default_factory=lambda: Composer({}))
    checks: dict[tuple[Reason, Outcome], Check] = field(default_factory=dict)
    end: ReadingEnd = NO_END
    degraded: str | None = None
    abstention: Abstention | None = None

    def take(self, evidence: Evidence, choice: Choice) -> None:
        """Take the evidence, and with it the texts that may be quoted."""
        self.evidence, self.choice = evidence, choice
        self.composer = Composer(
            {(a.article.id or None, a.revision or None): a.article.text for a in evidence.articles}
        )

    def check(self, check: Check) -> Check:
        """Count a sentence that was not shown as written; what is passed on is the count so far."""
        key = (check.reason, check.outcome)
        held = self.checks.get(key)
        self.checks[key] = check if held is None else replace(check, n=held.n + check.n)
        return self.checks[key]

    def wants_extractive(self) -> bool:
        """Whether the extractive reader is to answer: it was asked for, or the model gave nothing."""
        if self.mode == "generative" and (self.composer.citations or self.abstention is not None):
            return False
        self.mode = "extractive"
        return True

    def failed(self, code: str) -> None:
        """The model failed: after a sentence was sent the answer stays cut, before it another may read."""
        if self.composer.citations:
            self.end = replace(self.end, finish="interrupted", partial=True)
        else:
            self.degraded = code

    def nothing_left(self, *, may_extract: bool) -> None:
        """The reader is done and no sentence of it was shown: none came, or no quote of one holds."""
        if self.mode == "extractive":
            self.abstain(AbstentionReason.UNVERIFIABLE)
        elif not self.checks:
            self.abstain(AbstentionReason.INSUFFICIENT_EVIDENCE)  # it said that the articles do not say it
        elif may_extract:
            self.degraded = "unverifiable"
        else:
            self.abstain(AbstentionReason.UNVERIFIABLE)

    def abstain(self, reason: AbstentionReason, *, dates: tuple[date, date] | None = None) -> None:
        """Say that the articles do not say it, and show what came nearest.

        Args:
            reason: Why.
            dates: The oldest and newest publication dates there are, where that helps the caller.
        """
        message = MESSAGES[reason]
        if dates is not None:
            message += f" The articles run from {dates[0].isoformat()} to {dates[1].isoformat()}."
        nearest: list[Nearest] = []
        for scored in self.choice.ranked:
            article = self.evidence.articles[scored.sentence.article - 1].article
            if len(nearest) < NEAREST and all(n.quote.text != scored.sentence.text for n in nearest):
                nearest.append(Nearest(article, self.evidence.quote(scored.sentence)))
        self.abstention = Abstention(reason, message, self.evidence.missing_words, tuple(nearest))

    def note_language(self, language: str) -> None:
        """Say with an abstention that the question does not seem to be in the language that is read."""
        if self.abstention is not None and language != "en":
            message = (
                f"{self.abstention.message} The question does not seem to be English, which is read here."
            )
            self.abstention = replace(self.abstention, message=message)

    def sources(self) -> tuple[SourceArticle, ...]:
        """The articles of the evidence, those that are cited so far marked."""
        cited = {quote.article_id for citation in self.composer.citations for quote in citation.quotes}
        return tuple(
            SourceArticle(
                a.n, a.article, a.revision, a.corrected, a.score, (a.article.id or None) in cited, a.copies
            )
            for a in self.evidence.articles
        )

    def _cited(self) -> tuple[EvidenceSentence, ...]:
        places = {(q.article_id, q.start, q.end) for c in self.composer.citations for q in c.quotes}
        return tuple(
            sentence
            for article in self.evidence.articles
            for sentence in article.sentences
            if (article.article.id, sentence.sentence.start, sentence.sentence.end) in places
        )

    def finish(self) -> Answer:
        """The outcome."""
        sources = self.sources()
        abstained = self.abstention is not None
        partial = self.end.partial or self.end.finish != "stop"
        dates = [s.article.published_at for s in sources if s.cited and s.article.published_at is not None]
        return Answer(
            id=self.id,
            status=Status.ABSTAINED if abstained else Status.PARTIAL if partial else Status.ANSWERED,
            mode=self.mode,
            text=self.composer.text,
            citations=tuple(self.composer.citations),
            sources=sources,
            question=self.asked,
            confidence=round(self.choice.confidence, 4),
            provenance=Provenance(
                model=self.end.model,
                prompt=self.end.prompt,
                seq=self.evidence.seq,
                search=self.evidence.search,
                settings=self.settings,
                timings_ms=self.timings.as_dict(),
                usage=self.end.usage,
                cached=self.end.cached,
            ),
            degraded_reason=self.degraded,
            finish=self.end.finish,
            abstention=self.abstention,
            conflicts=() if abstained else find_conflicts(self.evidence, self._cited()),
            checks=tuple(self.checks.values()),
            newest_source_at=max(dates, default=None),
        )
