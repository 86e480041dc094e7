"""The reader that lets a model choose and the articles speak."""

import secrets
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from service.domain.answer import Check, Cited, Finish, PromptUsed, Reading, ReadingEnd, Task
from service.domain.chat import ChatRequest, CompletionEnd, Restart
from service.domain.composing import Composer
from service.domain.errors import ModelUnavailable, UpstreamError
from service.domain.labels import ReplyParser
from service.domain.prompting import answer_inputs
from service.ports import ChatModel, PromptLibrary

PROMPT: Final = "answer"


@dataclass(frozen=True, slots=True, eq=False)
class GenerativeReader:
    """Reads the evidence with a model; every sentence is held against the sentences that it points at.

    Args:
        model: Writes, within its own deadlines (`pipelines/model_calls.py`).
        prompts: Where the prompt `answer` is.
        max_tokens: Tokens of an answer at most.
    """

    model: ChatModel
    prompts: PromptLibrary
    max_tokens: int = 600
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    async def read(self, task: Task) -> AsyncGenerator[Reading]:
        """Checked sentences as they come, counts of what was not shown as written, and one end.

        A reply that breaks off after a sentence ends with `finish` length or interrupted; before, another
        model begins anew where there is one. Nothing but checks and an end means that no sentence passed;
        an end alone that the model said that the articles do not say it.

        Raises:
            UpstreamError: The model failed before any sentence could be shown.
            ModelRejected: The provider refuses the model's name, key or parameters.
        """
        messages, prompt = self.prompts.render(PROMPT, **answer_inputs(task, self._secret))
        request = ChatRequest(messages, self.max_tokens, prompt=prompt)
        reply = _Reply(task)
        try:
            async with aclosing(self.model.stream(request)) as parts:
                async for part in parts:
                    if isinstance(part, Restart):
                        if reply.composer.shown:
                            break
                        reply = _Reply(task)
                        continue
                    for item in reply.take(part):
                        yield item
                    if isinstance(part, CompletionEnd):
                        yield _ended(reply.composer, part, prompt)
                        return
        except UpstreamError:
            if not reply.composer.shown:
                raise
        if not reply.composer.shown:
            raise ModelUnavailable("the model's reply broke off")
        yield ReadingEnd(finish="interrupted", partial=True, model=self.model.name, prompt=prompt)


class _Reply:
    """One model's reply on its way to the reader."""

    def __init__(self, task: Task) -> None:
        self.composer = Composer(task)
        self._parser = ReplyParser()
        self._held: list[Check] = []

    def take(self, part: str | CompletionEnd) -> Iterator[Cited | Check]:
        """What a part makes showable; counts wait for a first sentence: it may be void."""
        ended = isinstance(part, CompletionEnd)
        for unit in self._parser.finish() if isinstance(part, CompletionEnd) else self._parser.feed(part):
            for item in self.composer.take(unit):
                yield from self._passed(item)
        if ended:
            for item in self.composer.finish():
                yield from self._passed(item)
            yield from self._held

    def _passed(self, item: Cited | Check) -> Iterator[Cited | Check]:
        if isinstance(item, Check) and not self.composer.shown:
            self._held.append(item)
            return
        waiting, self._held = self._held, []
        yield from waiting
        yield item


def _ended(composer: Composer, end: CompletionEnd, prompt: PromptUsed) -> ReadingEnd:
    finish: Finish = end.finish
    return ReadingEnd(
        finish=finish,
        partial=bool(composer.shown) and (composer.partial or finish != "stop"),
        model=end.model,
        prompt=prompt,
        usage=end.usage,
        cached=end.cached,
    )
