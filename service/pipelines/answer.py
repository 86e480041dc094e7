"""ASK: a question becomes an answer whose every sentence is cited, or an abstention."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Final, Literal
from uuid import uuid4

from service.domain.answer import (
    AbstentionReason,
    Answer,
    AnswerEvent,
    Asked,
    Began,
    Check,
    Evidence,
    Found,
    Progress,
    Question,
    ReadingEnd,
    Task,
)
from service.domain.errors import InvalidInput, ModelRejected, UpstreamError
from service.domain.followups import standalone as standing_alone
from service.domain.language import guess_language
from service.domain.questions import sub_questions, what_is_asked
from service.domain.reading import choose
from service.domain.temporal import narrowed, resolve
from service.pipelines.draft import Draft
from service.pipelines.questions import AskModel
from service.pipelines.retrieve import RetrieveEvidence
from service.ports import Clock, Reader
from service.telemetry import Timings, count_answer

log = logging.getLogger(__name__)

PASSAGES: Final = 16
"""Passages that become evidence at most."""


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Answers questions from the stored articles.

    Args:
        retrieve: Finds the evidence.
        extractive: Reads without a model.
        generative: Reads with one, where one is configured.
        ask_model: Makes follow-ups stand alone and plans what to search for, where a model is configured.
        clock: Tells what "now" is.
        settings: The settings' fingerprint, for provenance.
        threshold: Below so much confidence, in [0, 1], the extractive reader abstains.
        zone: In which "yesterday" is a day.
    """

    retrieve: RetrieveEvidence
    extractive: Reader
    clock: Clock
    settings: str
    threshold: float
    zone: tzinfo = UTC
    generative: Reader | None = None
    ask_model: AskModel | None = None

    async def __call__(self, question: Question) -> Answer:
        """Answer in one piece: the last event of `stream`."""
        async with aclosing(self.stream(question)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    return event
        raise AssertionError("a stream ends with an answer")  # pragma: no cover - stream's contract

    def allows(self, question: Question) -> None:
        """Say before any work starts whether the question can be read as it asks to be.

        Raises:
            InvalidInput: `mode` asks for a model and there is none.
        """
        if question.mode == "generative" and self.generative is None:
            raise InvalidInput("no model is configured, so nothing can be generated", field="mode")

    async def stream(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        """Answer as it comes: each sentence once, whole, when it is checked.

        Raises:
            InvalidInput: `mode` asks for a model and there is none.
            UpstreamError: The model failed and `mode` is generative, or no index can be searched.
        """
        self.allows(question)
        timings = Timings()
        reader = None if question.mode == "extractive" else self.generative
        mode: Literal["extractive", "generative"] = "extractive" if reader is None else "generative"
        asked = await self._understand(question, reader)
        draft = Draft(
            id=f"ans_{uuid4().hex[:20]}", mode=mode, asked=asked, settings=self.settings, timings=timings
        )
        yield Began(draft.id, asked.as_of, mode)
        yield Progress("searching", 0)
        parts = await self._parts(asked.standalone, reader)
        evidence = await self._evidence(question, draft, parts)
        choice = choose(asked.standalone, evidence)
        draft.take(evidence, choice)
        if not evidence.articles:
            await self._nothing(draft)
            yield draft.finish()
            return
        yield Found(draft.sources())
        yield Progress("reading", len(evidence.articles))
        task = Task(asked.standalone, asked.as_of, evidence, question.style, choice.sentences)
        if reader is not None:
            yield Progress("writing", len(evidence.articles))
            async with aclosing(self._read(reader, task, draft, question.mode)) as events:
                async for event in events:
                    yield event
        if draft.wants_extractive():
            if choice.confidence < self.threshold:
                draft.abstain(AbstentionReason.INSUFFICIENT_EVIDENCE)
                draft.note_language(guess_language(question.text))
            else:
                async with aclosing(self._read(self.extractive, task, draft, "extractive")) as events:
                    async for event in events:
                        yield event
        answer = draft.finish()
        count_answer(answer.status, answer.mode, answer.provenance.timings_ms)
        yield answer

    async def _understand(self, question: Question, reader: Reader | None) -> Asked:
        """The question as it will be asked: standing alone, with the filters that were set.

        Where a model will read, it makes a follow-up stand alone; what it writes is refused where it holds
        a name or number that nobody said, and the rules do it then, as they do without a model.
        """
        as_of = question.as_of or self.clock.now()
        standalone = None
        if reader is not None and self.ask_model is not None:
            standalone = await self.ask_model.condense(question)
        if standalone is None:
            standalone = standing_alone(question.text, question.history)
        filters = narrowed(question.filters, resolve(standalone, as_of, self.zone))
        if question.as_of is not None:
            filters = replace(filters, known_by=question.as_of)
        return Asked(question.text, standalone, filters, as_of)

    async def _nothing(self, draft: Draft) -> None:
        """Abstain where nothing was found, and say which dates there are where dates were asked for."""
        filters = draft.asked.filters
        if not (filters.published_from or filters.published_to or filters.known_by):
            draft.abstain(AbstentionReason.NO_MATCH)
            return
        draft.abstain(AbstentionReason.OUTSIDE_DATES, dates=await self.retrieve.articles.date_range())

    async def _parts(self, standalone: str, reader: Reader | None) -> tuple[str, ...]:
        """What is also searched for by itself: as the model plans it, where one will read, or by rule."""
        planned = None
        if reader is not None and self.ask_model is not None:
            planned = await self.ask_model.plan(standalone)
        return planned or sub_questions(what_is_asked(standalone))

    async def _evidence(self, question: Question, draft: Draft, parts: tuple[str, ...]) -> Evidence:
        asked = draft.asked
        found = await self.retrieve.by_parts(
            asked.standalone,
            parts,
            filters=asked.filters,
            limit=PASSAGES,
            timings=draft.timings,
            newest=what_is_asked(asked.standalone).newest,
        )
        if found.healing:
            draft.degraded = "index_healing"
        with draft.timings.stage("gather"):
            return await self.retrieve.evidence(asked.standalone, found, max_sources=question.max_sources)

    async def _read(self, reader: Reader, task: Task, draft: Draft, mode: str) -> AsyncGenerator[AnswerEvent]:
        """Let a reader read, and pass on what holds."""
        try:
            # Closed with the caller: a reader that is left alone would keep its model writing.
            async with aclosing(reader.read(task)) as items:
                with draft.timings.stage("read"):
                    async for item in items:
                        if isinstance(item, ReadingEnd):
                            draft.end = item
                        elif isinstance(item, Check):
                            yield draft.check(item)
                        elif (said := draft.composer.add(item)) is not None:
                            yield said
        except (UpstreamError, ModelRejected) as error:
            log.warning("the model failed: %s", error.code)
            if not draft.composer.citations and mode == "generative":
                raise
            draft.failed(error.code)
            return
        if not draft.composer.citations:
            draft.nothing_left(may_extract=mode == "auto")
