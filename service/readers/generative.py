"""The reader that lets a model choose and the articles speak."""

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final

from service.domain.answer import Check, Cited, Finish, PromptUsed, Reading, ReadingEnd, Task
from service.domain.chat import ChatRequest, CompletionEnd, Restart
from service.domain.composing import Composer
from service.domain.errors import ModelUnavailable, UpstreamError
from service.domain.labels import ReplyParser
from service.domain.prompting import answer_inputs, within
from service.ports import ChatModel, Embedder, Entailment, PromptLibrary
from service.readers.signals import ClaimSignals
from service.telemetry import SENTENCES

PROMPT: Final = "answer"


@dataclass(frozen=True, slots=True, eq=False)
class GenerativeReader:
    """Reads the evidence with a model; every sentence is held against the sentences that it points at.

    Args:
        model: Writes, within its own deadlines (`pipelines/model_calls.py`).
        prompts: Where the prompt `answer` is.
        max_tokens: Tokens of an answer at most.
        evidence_words: Words of the articles' sentences that the model is shown at most.
        embedder: For style `prose`: what is near to what.
        entailment: For style `prose`: an NLI model behind the same rule.
    """

    model: ChatModel
    prompts: PromptLibrary
    max_tokens: int = 600
    evidence_words: int = 2_500
    embedder: Embedder | None = None
    entailment: Entailment | None = None
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    async def read(self, task: Task) -> AsyncGenerator[Reading]:
        """Checked sentences as they come, a `Check` for each that was not shown as written, one end.

        A reply that breaks off after a sentence ends with `finish` length or interrupted; before, another
        model begins anew where there is one. Nothing but checks and an end means that no sentence passed;
        an end alone that the model said that the articles do not say it.

        Raises:
            UpstreamError: The model failed before any sentence could be shown.
            ModelRejected: The provider refuses the model's name, key or parameters.
        """
        # What the model was not shown it cannot point at: such a label is an invented one.
        task = replace(task, evidence=within(task.evidence, self.evidence_words))
        messages, prompt = self.prompts.render(PROMPT, **answer_inputs(task, self._secret))
        request = ChatRequest(messages, self.max_tokens, prompt=prompt)
        reply = self._reply(task)
        try:
            async with aclosing(self.model.stream(request)) as parts:
                async for part in parts:
                    if isinstance(part, Restart):
                        if reply.composer.shown:
                            break
                        reply = self._reply(task)
                        continue
                    async for item in reply.take(part):
                        _counted(item)
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

    def _reply(self, task: Task) -> "_Reply":
        return _Reply(task, ClaimSignals(self.embedder, self.entailment))


class _Reply:
    """One model's reply on its way to the reader."""

    def __init__(self, task: Task, signals: ClaimSignals) -> None:
        self.composer = Composer(task, signals)
        self._task, self._signals = task, signals
        self._parser = ReplyParser()
        self._held: list[Check] = []

    async def take(self, part: str | CompletionEnd) -> AsyncIterator[Cited | Check]:
        """What a part makes showable; counts wait for a first sentence: it may be void."""
        ended = isinstance(part, CompletionEnd)
        for unit in self._parser.finish() if isinstance(part, CompletionEnd) else self._parser.feed(part):
            if self._task.style == "prose":
                cited = [self._task.evidence.sentence(label.article, label.n) for label in unit.labels]
                await self._signals.learn(unit.text, [sentence for sentence in cited if sentence])
            for item in self.composer.take(unit):
                for passed in self._passed(item):
                    yield passed
        if ended:
            for item in self.composer.finish():
                for passed in self._passed(item):
                    yield passed
            for held in self._held:
                yield held

    def _passed(self, item: Cited | Check) -> Iterator[Cited | Check]:
        if isinstance(item, Check) and not self.composer.shown:
            self._held.append(item)
            return
        waiting, self._held = self._held, []
        yield from waiting
        yield item


def _counted(item: Cited | Check) -> None:
    if isinstance(item, Cited):
        SENTENCES.labels("shown", item.match).inc()
    else:
        SENTENCES.labels(item.outcome, item.reason).inc()


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
