"""The lines of a summary: sentences in a readable order, and what stands before each."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from service.domain.answer import Cited, Evidence, EvidenceSentence
from service.domain.leaning import preface_for
from service.domain.salience import Weighed
from service.domain.selection import Limits, select
from service.domain.summary import SummaryTask

BRIEF: Final = 5
"""Sentences of a brief at most."""
HEADLINE_WORDS: Final = 12.0
"""Words that a headline is expected to have: the longer a sentence, the less it is one."""
HEADLINE_MOST: Final = 25
"""Words of a headline at most, where a sentence is as short as that."""
SPACE: Final = " "
ITEM: Final = "\n- "
PARAGRAPH: Final = "\n\n"


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A sentence of a summary.

    `lead` parts it from the line before; `label` stands before it in square brackets, as whoever edits
    a text sets what is not in it; `dated` is the day that it tells of.
    """

    sentence: EvidenceSentence
    lead: str
    label: str = ""
    dated: date | None = None

    @property
    def words(self) -> int:
        """How many words it takes at most, as white space parts them."""
        return len(f"{self.lead}{self.label} {self.sentence.text}".split())


def brief(task: SummaryTask, weighed: Weighed) -> list[Line]:
    """A few sentences, as they stand in the articles, the oldest article first."""
    chosen = select(weighed, Limits(task.max_words, sentences=BRIEF))
    return [Line(weighed.sentences[i], SPACE) for i in chosen]


def bullets(task: SummaryTask, weighed: Weighed) -> list[Line]:
    """List lines in the same order."""
    chosen = select(weighed, Limits(task.max_words, overhead=1))
    return [Line(weighed.sentences[i], ITEM) for i in chosen]


def headline(task: SummaryTask, weighed: Weighed) -> list[Line]:
    """The one sentence that says most in few words."""
    short = Limits(min(HEADLINE_MOST, task.max_words), sentences=1, wanted=HEADLINE_WORDS)
    chosen = select(weighed, short) or select(weighed, replace(short, words=task.max_words))
    return [Line(weighed.sentences[i], SPACE) for i in chosen]


def cited(line: Line, before: Line | None, evidence: Evidence) -> Cited:
    """A line as it is handed on, with its quote.

    Args:
        line: The line.
        before: The one before it; a speaker whom it names need not be named again.
        evidence: Where its sentence stands.
    """
    sentence = line.sentence
    near = before is not None and before.sentence.article == sentence.article
    said = before.sentence.text if before is not None and near else ""
    return Cited(
        text=sentence.text,
        quotes=(evidence.quote(sentence),),
        lead=line.lead,
        preface=f"[{line.label}] " if line.label else preface_for(sentence, sentence.text, said),
        dated=line.dated,
    )
