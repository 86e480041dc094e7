"""The summariser that lets a model choose and the articles speak, over all articles and not the best few."""

import asyncio
import math
import secrets
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final

from service.domain.answer import (
    Check,
    Cited,
    EvidenceSentence,
    Progress,
    PromptUsed,
    ReadingEnd,
    Usage,
)
from service.domain.batching import batches, showing, words_of
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart, Restart
from service.domain.errors import ModelUnavailable, UpstreamError
from service.domain.labels import ReplyParser, labels_in
from service.domain.prompting import summarise_inputs
from service.domain.shaping import Shaper, chosen_of, composer_for
from service.domain.summary import LeftOut, SummaryReading, SummaryTask
from service.ports import ChatModel, PromptLibrary

PROMPT: Final = "summarise"
BATCH_WORDS: Final = 2_500
"""Words of articles in one prompt: with labels and the worked example about 5,000 tokens."""
WORDS_A_SENTENCE: Final = 22
KEPT: Final = 3
"""How many times the words of the summary the chosen sentences may have before it is written."""
FEWEST, MOST = 2, 20
"""Sentences that are chosen from one batch at least and at most."""
AT_ONCE: Final = 4
"""Batches that are read at once."""
UNUSED: Final = "read, and no sentence of it was chosen by the model"


@dataclass(frozen=True, slots=True, eq=False)
class GenerativeSummary:
    """A `SummaryReader` on a model: map over batches of articles, reduce to a summary.

    Args:
        model: Chooses and writes, within its own deadlines (`pipelines/model_calls.py`).
        prompts: Where the prompt `summarise` is.
        batch_words: Words of articles in one prompt.
    """

    model: ChatModel
    prompts: PromptLibrary
    batch_words: int = BATCH_WORDS
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    async def read(self, task: SummaryTask) -> AsyncGenerator[SummaryReading]:
        """Progress, checked lines as they come, the articles that were not used, and one end.

        Raises:
            UpstreamError: The model failed before any line could be shown.
            ModelRejected: The provider refuses the model's name, key or parameters.
        """
        usage = Usage()
        sentences: list[EvidenceSentence] = list(task.evidence.sentences())
        while words_of(sentences) > self.batch_words:
            parts = batches(sentences, self.batch_words)
            kept: list[EvidenceSentence] = []
            async with aclosing(self._chosen(task, parts)) as chosen:
                async for done, found, spent in chosen:
                    kept += found
                    usage = _sum(usage, spent)
                    yield Progress("reading", done)
            kept.sort(key=lambda sentence: (sentence.article, sentence.n))
            if words_of(kept) >= words_of(sentences):
                break  # nothing was left out: another round would not end either
            sentences = kept
        used = {sentence.article for sentence in sentences}
        for article in task.evidence.articles:
            if article.n not in used:
                yield LeftOut(article.article.id, UNUSED)
        yield Progress("writing", len(used))
        if not sentences:
            yield ReadingEnd(model=self.model.name, usage=usage)
            return
        shown = replace(task, evidence=showing(task.evidence, sentences))
        async with aclosing(self._write(shown, usage)) as lines:
            async for line in lines:
                yield line

    async def _chosen(
        self, task: SummaryTask, parts: Sequence[Sequence[EvidenceSentence]]
    ) -> AsyncGenerator[tuple[int, list[EvidenceSentence], Usage]]:
        """What the model chooses from each batch, as it comes, with how many articles are done."""
        wanted = KEPT * task.max_words / WORDS_A_SENTENCE / len(parts)
        most = min(MOST, max(FEWEST, math.ceil(wanted)))
        free = asyncio.Semaphore(AT_ONCE)
        done: set[int] = set()

        async def one(part: Sequence[EvidenceSentence]) -> tuple[list[EvidenceSentence], Usage, set[int]]:
            async with free:
                found, spent = await self._choose(task, part, most)
                return found, spent, {sentence.article for sentence in part}

        calls = [asyncio.ensure_future(one(part)) for part in parts]
        try:
            for call in asyncio.as_completed(calls):
                found, spent, articles = await call
                done |= articles
                yield len(done), found, spent
        finally:
            # A caller that goes away, or a batch that failed, stops the others.
            for left in calls:
                left.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def _choose(
        self, task: SummaryTask, part: Sequence[EvidenceSentence], most: int
    ) -> tuple[list[EvidenceSentence], Usage]:
        shown = replace(task, evidence=showing(task.evidence, part))
        messages, prompt = self.prompts.render(
            PROMPT, **summarise_inputs(shown, "choose", most, self._secret)
        )
        reply, usage = "", Usage()
        async with aclosing(self.model.stream(ChatRequest(messages, 64 + 12 * most, prompt=prompt))) as said:
            async for piece in said:
                if isinstance(piece, Restart):
                    reply = ""
                elif isinstance(piece, CompletionEnd):
                    usage = piece.usage
                else:
                    reply += piece
        labels = [(label.article, label.n) for label in labels_in(reply)]
        return chosen_of(part, labels, most), usage

    async def _write(self, task: SummaryTask, usage: Usage) -> AsyncGenerator[SummaryReading]:
        messages, prompt = self.prompts.render(PROMPT, **summarise_inputs(task, "write", 0, self._secret))
        request = ChatRequest(messages, 96 + 2 * task.max_words, prompt=prompt)
        reply = _Reply(task)
        try:
            async with aclosing(self.model.stream(request)) as parts:
                async for part in parts:
                    if isinstance(part, Restart) and reply.shaper.given:
                        break
                    for item in reply.take(part):
                        yield item
                    if reply.over(part):
                        yield self._end(reply, prompt, usage, part)
                        return
        except UpstreamError:
            if not reply.shaper.given:
                raise
        if not reply.shaper.given:
            raise ModelUnavailable("the model's reply broke off")
        for item in reply.finish():
            yield item
        yield ReadingEnd(
            finish="interrupted", partial=True, model=self.model.name, prompt=prompt, usage=usage
        )

    def _end(self, reply: "_Reply", prompt: PromptUsed, usage: Usage, part: CompletionPart) -> ReadingEnd:
        """The end of a reply that came to its own end, or to that of the words it may have."""
        if not isinstance(part, CompletionEnd):
            return ReadingEnd(model=self.model.name, prompt=prompt, usage=usage)
        return ReadingEnd(
            finish=part.finish,
            partial=bool(reply.shaper.given) and part.finish != "stop",
            model=part.model,
            prompt=prompt,
            usage=_sum(usage, part.usage),
            cached=part.cached,
        )


class _Reply:
    """One model's summary on its way to the reader."""

    def __init__(self, task: SummaryTask) -> None:
        self._task = task
        self._begin()

    def _begin(self) -> None:
        self.shaper = Shaper(self._task)
        self._composer = composer_for(self._task)
        self._parser = ReplyParser()

    def take(self, part: CompletionPart) -> Iterator[Cited | Check]:
        """What a part makes showable; all of it where it is the last one."""
        if isinstance(part, Restart):
            self._begin()
            return
        for unit in self._parser.finish() if isinstance(part, CompletionEnd) else self._parser.feed(part):
            for item in self._composer.take(unit):
                yield from self.shaper.take(item)
        if self.over(part):
            yield from self.finish()

    def over(self, part: CompletionPart) -> bool:
        """Whether nothing more is wanted: the model is done, or no further line fits."""
        return isinstance(part, CompletionEnd) or self.shaper.full

    def finish(self) -> Iterator[Cited | Check]:
        """What waited for the end."""
        for item in self._composer.finish():
            yield from self.shaper.take(item)
        yield from self.shaper.finish()


def _sum(a: Usage, b: Usage) -> Usage:
    cost = None if a.cost_usd is None or b.cost_usd is None else a.cost_usd + b.cost_usd
    return Usage(a.prompt_tokens + b.prompt_tokens, a.completion_tokens + b.completion_tokens, cost)
