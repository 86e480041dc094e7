"""What a model makes of a question before anything is searched: one that stands alone, or one a subject.

What comes back is held against what was said: a name or a number that stands nowhere before is refused, and
the caller goes on with the question as it was asked.
"""

import secrets
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from service.domain.answer import MAX_QUESTION, Question
from service.domain.chat import ChatRequest, Restart
from service.domain.errors import Misconfigured, UpstreamError
from service.domain.prompting import fence, one_line
from service.domain.prose import names_of
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

    async def plan(self, question: str) -> tuple[str, ...]:
        """One question for each subject of a question that names two or more.

        Returns:
            Two to MAX_PARTS questions in the question's words; none where it names fewer subjects, the model
            failed or wrote something else.
        """
        if len({stem(name.low) for name in names_of(question)}) < 2:  # noqa: PLR2004 - two subjects
            return ()
        written = await self._written(PLAN, question=one_line(question))
        parts = [one_line(line).lstrip("-*0123456789. ") for line in written.splitlines() if has_words(line)]
        known = content(question)
        held = all(only_of(p, question) and share(content(p), known) >= SAME_WORDS for p in parts)
        return tuple(parts) if held and 2 <= len(parts) <= MAX_PARTS else ()  # noqa: PLR2004 - two subjects

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


def only_of(line: str, said: str) -> bool:
    """Whether every name and number of a line stands in what was said.

    >>> only_of("What did Qomi say in 2023?", "and in 2023? Qomi"), only_of("What of Toll?", "and he?")
    (True, False)
    """
    known = {stem(token.low) for token in words(said)}
    named = {stem(token.low) for token in names_of(line)}
    counted = {token.low for token in words(line) if token.is_number}
    return named <= known and counted <= {token.low for token in words(said)}
