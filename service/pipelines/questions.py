"""What a model makes of a question before anything is searched: one that stands alone, or one a subject.

What comes back is held against what was said: a name or a number that stands nowhere before is refused, and
the caller goes on with the question as it was asked.
"""

import re
import secrets
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from service.domain.answer import MAX_QUESTION, Question
from service.domain.chat import ChatRequest, Restart
from service.domain.errors import Misconfigured, UpstreamError
from service.domain.prompting import fence, one_line
from service.domain.prose import names_of
from service.domain.questions import AskedFor, what_is_asked
from service.domain.text import has_words
from service.domain.wording import content, share, stem, words
from service.ports import ChatModel, PromptLibrary

CONDENSE: Final = "condense"
PLAN: Final = "plan"
MAX_TOKENS: Final = 120
MAX_PARTS: Final = 4
ROLES: Final = {"user": "reader", "assistant": "answer"}
SAME_WORDS: Final = 0.8
"""Share of a part's words that stand in the question it is a part of."""
SUBJECTS: Final = 2
"""From so many subjects on a question is planned."""
HALF: Final = 0.5
_NUMBERED: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
"""The mark of a list's line; a number that the line begins with is none."""


@dataclass(frozen=True, slots=True, eq=False)
class AskModel:
    """Turns questions into others with a model.

    Args:
        model: Writes them, within its own deadlines.
        prompts: Where the prompts `condense` and `plan` are.
    """

    model: ChatModel
    prompts: PromptLibrary
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    async def condense(self, question: Question) -> str | None:
        """A follow-up as a question that stands alone.

        Returns:
            The question, or None where there is no history, the model failed, or what it wrote holds a name
            or number that nobody said.
        """
        if not question.history:
            return None
        turns = [(ROLES[turn.role], one_line(turn.content)) for turn in question.history]
        said = [question.text, *(text for _, text in turns)]
        written = await self._written(
            CONDENSE, question=one_line(question.text), turns=turns, fence=fence(self._secret, said)
        )
        line = one_line(written.partition("\n")[0]).removeprefix("Question:").strip()
        fits = has_words(line) and len(line) <= MAX_QUESTION
        return line if fits and only_of(line, " ".join(said)) else None

    async def plan(self, question: str) -> tuple[str, ...] | None:
        """One question for each subject of a question that names two or more, or that asks several things.

        Args:
            question: As it stands alone.

        Returns:
            Two to MAX_PARTS questions in the question's words, each to be searched for itself. None where it
            has one subject (the model is not asked then), where the model failed, and where what it wrote
            adds a name or number, leaves the question's words or forgets a subject.
        """
        subjects = subjects_of(what_is_asked(question))
        if len(subjects) < SUBJECTS:
            return None
        written = await self._written(PLAN, question=one_line(question))
        lines = [_NUMBERED.sub("", one_line(line)).strip() for line in written.splitlines()]
        parts = tuple(dict.fromkeys(line for line in lines if has_words(line)))
        known = content(question)
        held = SUBJECTS <= len(parts) <= MAX_PARTS and all(
            len(part) <= MAX_QUESTION
            and only_of(part, question)
            and share(content(part), known) >= SAME_WORDS
            and not known <= content(part)
            for part in parts
        )
        whole = all(any(_names(part, subject) for part in parts) for subject in subjects)
        return parts if held and whole else None

    async def _written(self, prompt: str, **inputs: object) -> str:
        """What the model writes; "" where it fails."""
        messages, used = self.prompts.render(prompt, **inputs)
        text = ""
        try:
            async with aclosing(self.model.stream(ChatRequest(messages, MAX_TOKENS, prompt=used))) as parts:
                async for part in parts:
                    if isinstance(part, Restart):
                        text = ""
                    elif isinstance(part, str):
                        text += part
        except (UpstreamError, Misconfigured):
            return ""
        return text.strip()


def subjects_of(asked: AskedFor) -> tuple[str, ...]:
    """What a question should be searched for one by one: what it compares, or the things that it asks.

    A person and what that person spoke about are one subject, so names alone do not count.

    >>> subjects_of(what_is_asked("How do Oduya and Blackwood differ on rates?"))
    ('Oduya', 'Blackwood')
    >>> subjects_of(what_is_asked("What did Qomi say about Pakistan?"))
    ()
    """
    sides = tuple(side for side in asked.sides if content(side))
    return sides if len(sides) >= SUBJECTS else asked.parts


def _names(part: str, subject: str) -> bool:
    """Whether a part is about a subject, by half of the subject's words."""
    return share(content(subject), content(part)) >= HALF


def only_of(line: str, said: str) -> bool:
    """Whether every name and number of a line stands in what was said.

    >>> only_of("What did Qomi say in 2023?", "and in 2023? Qomi"), only_of("What of Toll?", "and he?")
    (True, False)
    """
    known = {stem(token.low) for token in words(said)}
    named = {stem(token.low) for token in names_of(line)}
    counted = {token.low for token in words(line) if token.is_number}
    return named <= known and counted <= {token.low for token in words(said)}
