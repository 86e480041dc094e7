"""An answer put together from a model's units: each shown as written, as its quotes, or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service.domain.answer import Check, Cited, EvidenceSentence, Outcome, Reason, Task
from service.domain.labels import Lead, Unit, says_absent, sentences_of
from service.domain.leaning import follows, preface_for, stands_alone
from service.domain.prose import Signals
from service.domain.relevance import about_the_same, bears_on
from service.domain.support import UNASKED, Support, support


@dataclass(slots=True, eq=False)
class Composer:
    """Takes the units of a reply in order and gives what may be shown.

    Args:
        task: The question, its evidence and the style.
        signals: What models say about clauses and quotes, for style `prose`.
    """

    task: Task
    signals: Signals = UNASKED
    shown: set[tuple[int, int]] = field(default_factory=set)
    absent: bool = False
    """The model said that the articles do not say it, or not all of it."""
    _last: EvidenceSentence | None = None
    _last_text: str = ""
    _lost: bool = False
    _pointed: dict[tuple[int, int], EvidenceSentence] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether a sentence that mattered was not shown, or the model said that something is missing."""
        return self._lost or self.absent

    def take(self, unit: Unit) -> Iterator[Cited | Check]:
        """What is shown of one unit, and what is counted."""
        cited, text = self._resolve(unit)
        if not cited:
            yield from self._unlabelled(unit)
        elif self.task.style == "quotes" or not text.strip(" ,;."):
            self._pointed.update({(s.article, s.n): s for s in cited})
            if self.task.style != "quotes":
                yield from self._flush(unit.lead)
        else:
            yield from self._written(text, cited, unit.lead)

    def finish(self) -> Iterator[Cited | Check]:
        """What style `quotes` has kept back to show in reading order."""
        yield from self._flush(Lead.SENTENCE)

    def _resolve(self, unit: Unit) -> tuple[list[EvidenceSentence], str]:
        """The sentences that a unit points at, and its text.

        A bracket of the shape of a label that stands in a sentence that is also pointed at is news.
        """
        found = [self.task.evidence.sentence(label.article, label.n) for label in unit.labels]
        cited = [sentence for sentence in found if sentence is not None]
        quoted = [lit for lit in unit.literals if any(lit in s.text for s in cited)]
        if not quoted:
            return cited, unit.text
        text = unit.as_text
        for literal in unit.literals:
            if literal not in quoted:
                text = text.replace(literal, "")
        return cited, " ".join(text.split()).replace(" .", ".")

    def _unlabelled(self, unit: Unit) -> Iterator[Check]:
        if says_absent(unit.text):
            self.absent = True
        elif unit.labels or unit.text:
            self._lost = self._lost or bool(unit.labels)
            yield _one(Reason.UNRESOLVABLE, Outcome.WITHHELD)

    def _written(self, text: str, cited: Sequence[EvidenceSentence], lead: Lead) -> Iterator[Cited | Check]:
        whole = support(text, cited, self.task.style, self.signals)
        parts = sentences_of(text)
        if whole.match is not None or len(parts) == 1:
            yield from self._judged(whole, cited, lead)
            return
        for part in parts:
            yield from self._judged(support(part, cited, self.task.style, self.signals), cited, lead)
            lead = Lead.SENTENCE

    def _judged(
        self, held: Support, cited: Sequence[EvidenceSentence], lead: Lead
    ) -> Iterator[Cited | Check]:
        if held.match is not None:
            yield from self._show(held, lead)
            return
        reason = held.reason or Reason.REWORDED
        bearing = [s for s in cited if self._bears(s) and about_the_same(held.text, s)]
        if not bearing:
            yield _one(Reason.OFF_QUESTION, Outcome.WITHHELD)
            return
        given = False
        kept_back: list[Check] = []
        for sentence in sorted(bearing, key=lambda s: (s.article, s.n)):
            for item in self._quote(sentence, lead):
                if isinstance(item, Check):
                    kept_back.append(item)
                else:
                    given = True
                    yield item
            lead = Lead.SENTENCE
        # The model's sentence is what is counted, once, however many quotes it pointed at.
        yield _one(reason, Outcome.QUOTED) if given else kept_back[0]

    def _bears(self, sentence: EvidenceSentence) -> bool:
        return bears_on(self.task.question, self.task.evidence.question_vector, sentence)

    def _quote(self, sentence: EvidenceSentence, lead: Lead) -> Iterator[Cited | Check]:
        yield from self._show(Support(sentence.text, (sentence,), "exact", 1.0), lead)

    def _show(self, held: Support, lead: Lead) -> Iterator[Cited | Check]:
        sentence = held.sentences[0]
        if (sentence.article, sentence.n) in self.shown:
            yield _one(Reason.REPEATED, Outcome.WITHHELD)
            return
        if not self._placed(sentence, held.text):
            before = self.task.evidence.sentence(sentence.article, sentence.n - 1)
            if before is None or not follows(sentence, before) or not self._may_precede(before):
                self._lost = True
                yield _one(Reason.LEANS, Outcome.WITHHELD)
                return
            yield self._cited(Support(before.text, (before,), "exact", 1.0), lead)
            lead = Lead.SENTENCE
        yield self._cited(held, lead)

    def _may_precede(self, sentence: EvidenceSentence) -> bool:
        new = (sentence.article, sentence.n) not in self.shown
        return new and self._placed(sentence, sentence.text)

    def _placed(self, sentence: EvidenceSentence, text: str) -> bool:
        """Whether a sentence can be read where it would stand."""
        return stands_alone(text) or follows(sentence, self._last) or bool(sentence.sentence.speaker)

    def _cited(self, held: Support, lead: Lead) -> Cited:
        sentence = held.sentences[0]
        before = self._last_text if self._last and self._last.article == sentence.article else ""
        preface = preface_for(sentence, held.text, before)
        parting = lead.value if self.shown else lead.value.lstrip()
        self.shown.update((s.article, s.n) for s in held.sentences)
        self._last, self._last_text = sentence, f"{preface}{held.text}"
        return Cited(
            text=held.text,
            quotes=tuple(self.task.evidence.quote(s) for s in held.sentences),
            match=held.match or "exact",
            support=held.score,
            lead=parting,
            preface=preface,
        )

    def _flush(self, lead: Lead) -> Iterator[Cited | Check]:
        pointed, self._pointed = self._pointed, {}
        for _, sentence in sorted(pointed.items(), key=lambda item: item[0]):
            if not self._bears(sentence):
                yield _one(Reason.OFF_QUESTION, Outcome.WITHHELD)
                continue
            yield from self._quote(sentence, lead)
            lead = Lead.SENTENCE


def _one(reason: Reason, outcome: Outcome) -> Check:
    return Check(reason, outcome, 1)
