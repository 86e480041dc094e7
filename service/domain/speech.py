"""Who speaks in each sentence of an article.

`attribute` fills `Sentence.speaker` where a named person says the sentence or is reported to have said
it. Rules, in the order in which they decide:

1. A reporting verb outside all quotation marks with its subject ("X said", "said X", "X, who ..., said",
   "according to X", "X: ..."), the outermost where there are several. What a quotation reports ("he told
   me that ...") belongs to whoever is quoted.
2. A quotation that goes on, over sentences and paragraphs, belongs to whoever began it.
3. A quotation without a speaker belongs to the one of the sentence before, or to the person that the
   sentence before begins with.

A subject is a name, "he" or "she" (the last speaker or the person last named as a subject, of that sex),
or a title ("the envoy": the person whom the article calls so). "Sources", "officials", "the ministry", "a
spokesman for X" and outlets are nobody, and what follows on theirs is nobody's too. A denial is the speech
of the one who denies; "did not say" and "will say" are no speech. Speech without any mark (free indirect
speech) is left without a speaker.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from service.domain.article import Sentence
from service.domain.persons import Mention, Person, Persons, akin
from service.domain.quotation import Quotations
from service.domain.speech_clauses import Attribution, Clauses, Subject

_MEMORY: Final = 8
"""Sentences back in which "he" finds its person."""
_LONG_MEMORY: Final = 80
"""Sentences back in which "the minister" finds its person."""
_NEAR: Final = 400
_LEAD: Final = 3
"""Sentences at the beginning in which a title may come before the name ("The envoy has said ...")."""
_MUCH: Final = 0.4
_FEW_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: a person, or somebody without a name (`person` None)."""

    person: Person | None
    single: bool = True
    """Whether "he" or "she" could mean them."""


NOBODY: Final = Voice(None, single=False)


@dataclass(slots=True)
class _Said:
    """What is known of a sentence once it has been read."""

    paragraph: int
    voice: Voice | None = None
    subject: Voice | None = None
    """Whom the sentence begins with, whether or not they speak."""
    named: list[Person] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    """Roles of persons without a name ("a senior official")."""


def attribute(text: str, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Find who speaks in each sentence.

    Args:
        text: A stored text.
        sentences: All its sentences, in order (`chunking.find_sentences`).

    Returns:
        The sentences in their order, `speaker` set to the fullest form of the name that the text has, or
        None.
    """
    if not sentences:
        return ()
    reading = _Reading(text, sentences)
    voices = reading.voices()
    return tuple(
        replace(sentence, speaker=voice.person.name if voice and voice.person else None)
        for sentence, voice in zip(sentences, voices, strict=True)
    )


def reported_subjects(text: str) -> tuple[str, ...]:
    """The subjects of the reporting verbs of one sentence, as they stand: "the ministry", "Acme Corp".

    For what is asked of an institution, which is nobody's `speaker`.
    """
    clauses = Clauses(text, Quotations(text), Persons(text))
    return tuple(
        text[a.subject.start : a.subject.end] for a in clauses.attributions(0, len(text)) if a.subject.end
    )


class _Reading:
    """One pass over an article."""

    def __init__(self, text: str, sentences: Sequence[Sentence]) -> None:
        self.text = text
        self.sentences = sentences
        self.persons = Persons(text)
        self.quotations = Quotations(text)
        self.clauses = Clauses(text, self.quotations, self.persons)
        self.past: list[_Said] = []

    def voices(self) -> list[Voice | None]:
        for sentence in self.sentences:
            said = _Said(sentence.paragraph)
            said.named = [m.person for m in self._mentions(sentence) if m.person.sure]
            attributions = self.clauses.attributions(sentence.start, sentence.end)
            leading = self.clauses.leading(sentence.start, sentence.end)
            said.subject = self._resolve(leading, sentence, named=False) if leading else None
            if attributions:
                said.voice = self._outermost(attributions, sentence)
            elif leading and self._introduces(sentence, leading):
                said.voice = said.subject
            subjects = [*(a.subject for a in attributions), *([leading] if leading else [])]
            said.unnamed = [s.phrase for s in subjects if s.kind == "someone" and s.phrase]
            self.past.append(said)
        self._spread()
        return [said.voice for said in self.past]

    def _mentions(self, sentence: Sentence) -> list[Mention]:
        inside = self.persons.between(sentence.start, sentence.end)
        return sorted(inside, key=lambda m: self.quotations.inside(m.start))

    def _outermost(self, attributions: Sequence[Attribution], sentence: Sentence) -> Voice | None:
        """The voice of the attribution that governs the sentence."""
        chosen = next((a for a in attributions if a.governs), attributions[0])
        return self._resolve(chosen.subject, sentence, named=True)

    def _introduces(self, sentence: Sentence, leading: Subject) -> bool:
        """Whether a sentence without a reporting verb gives the words of the person it begins with.

        "Voss was blunt: "We lost."" does, and so does one that quotes several words of a person who spoke
        just before.
        """
        if leading.kind not in {"name", "pronoun", "title"}:
            return False
        return self.quotations.after_colon(leading.end, sentence.end)

    def _resolve(self, subject: Subject, sentence: Sentence, *, named: bool) -> Voice | None:
        if subject.kind == "name" and subject.person is not None:
            if named:
                subject.person.sure = True
            return Voice(subject.person)
        if subject.kind == "pronoun":
            return self._meant(subject, sentence)
        if subject.kind == "title":
            return Voice(self._entitled(subject, sentence))
        return Voice(None) if subject.kind == "someone" else NOBODY

    def _meant(self, subject: Subject, sentence: Sentence) -> Voice | None:
        """Who "he" or "she" is."""
        sex = subject.phrase
        before = self.clauses.opening_subject(sentence.start, subject.start)
        if before is not None and before.sex in {None, sex}:
            return self._sexed(Voice(before), sex)
        for said in reversed(self.past[-_MEMORY:]):
            for voice in (said.voice, said.subject, *(Voice(p) for p in said.named)):
                if voice is None or not voice.single:
                    continue
                if voice.person is None or voice.person.sex in {None, sex}:
                    return self._sexed(voice, sex)
        return Voice(None)

    def _sexed(self, voice: Voice, sex: str) -> Voice:
        if voice.person is not None and voice.person.sex is None:
            voice.person.sex = "he" if sex == "he" else "she"
        return voice

    def _entitled(self, subject: Subject, sentence: Sentence) -> Person | None:
        """Who "the envoy" is, unless an envoy without a name was the last to be met."""
        order: list[Person] = []
        for said in reversed(self.past[-_LONG_MEMORY:]):
            for person in (said.voice.person if said.voice else None, *said.named):
                if person is not None and all(person is not p for p in order):
                    order.append(person)
            if any(akin(subject.phrase, other) for other in said.unnamed):
                break
        last = self.past[-1] if self.past else None
        near = last is not None and last.paragraph == sentence.paragraph and last.voice is not None
        speaking = last.voice.person if near and last and last.voice else None
        found = self.persons.titled(subject.phrase, order, speaking)
        if found is None and not order and len(self.past) < _LEAD:
            first = next((m.person for m in self.persons.between(sentence.end, sentence.end + _NEAR)), None)
            found = self.persons.titled(subject.phrase, [first]) if first else None
        return found

    def _spread(self) -> None:
        """Give quotations without a speaker of their own to whoever began them or spoke before."""
        for block in self.quotations.blocks(self.sentences):
            own = next((self.past[i].voice for i in block if self.past[i].voice is not None), None)
            for i in block:
                if self.past[i].voice is None and self._quoted_enough(i):
                    self.past[i].voice = own or self._carried(block[0])

    def _quoted_enough(self, i: int) -> bool:
        sentence = self.sentences[i]
        share, words = self.quotations.share(sentence.start, sentence.end)
        near = (
            i > 0
            and self.past[i - 1].voice is not None
            and self.past[i - 1].paragraph == self.past[i].paragraph
        )
        return share >= _MUCH or (near and words >= _FEW_WORDS)

    def _carried(self, i: int) -> Voice | None:
        """The voice that a quotation without a speaker inherits at sentence `i`."""
        here = self.past[i].paragraph
        before = self.past[i - 1] if i else None
        if before is not None and before.paragraph == here:
            return before.voice or before.subject
        after = self.past[i + 1] if i + 1 < len(self.past) else None
        if (
            after is not None
            and after.paragraph == here
            and after.voice
            and self.quotations.inside(self.sentences[i + 1].start + 1)
        ):
            return after.voice
        return before.voice if before is not None else None
