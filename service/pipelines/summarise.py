"""SUMMARISE: articles become a summary whose every line is cited, and that says what it covers."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

from service.domain.answer import Asked, Began, Evidence, EvidenceArticle, Found, Nearest, Progress
from service.domain.article import Quote, Revision
from service.domain.disagreeing import disagreements
from service.domain.errors import InvalidInput, ModelRejected, UpstreamError
from service.domain.summary import LeftOut, Summary, SummaryEvent, SummaryRequest, SummaryTask
from service.pipelines.collect import CollectArticles, Matched
from service.pipelines.draft import NOTHING
from service.pipelines.summary_draft import SummaryDraft
from service.ports import Clock, SummaryReader
from service.telemetry import Timings, count_answer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SummariseArticles:
    """Summarises articles.

    Args:
        collect: Finds and reads the articles.
        extractive: Summarises without a model.
        clock: Tells what "now" is.
        settings: The settings' fingerprint, for provenance.
        zone: The time zone in which days are counted.
        generative: Summarises with a model, where one is configured.
    """

    collect: CollectArticles
    extractive: SummaryReader
    clock: Clock
    settings: str
    zone: str = "UTC"
    generative: SummaryReader | None = None

    async def __call__(self, request: SummaryRequest) -> Summary:
        """Summarise in one piece: the last event of `stream`."""
        async with aclosing(self.stream(request)) as events:
            async for event in events:
                if isinstance(event, Summary):
                    return event
        raise AssertionError("a stream ends with a summary")  # pragma: no cover - stream's contract

    async def allow(self, request: SummaryRequest) -> None:
        """Say before any work starts whether this can be summarised as it asks to be.

        Raises:
            InvalidInput: `mode` asks for a model and there is none.
            ArticleNotFound: One of the ids is no stored article.
        """
        await self.collect.check(request.article_ids)
        if request.mode == "generative" and self.generative is None:
            raise InvalidInput("no model is configured, so nothing can be generated", field="mode")

    async def stream(self, request: SummaryRequest) -> AsyncGenerator[SummaryEvent]:
        """Summarise as it comes: each line once, whole, when it is checked.

        Raises:
            InvalidInput: `mode` asks for a model and there is none.
            ArticleNotFound: One of the ids is no stored article.
            UpstreamError: The model failed and `mode` is generative, or no index can be searched.
            ModelRejected: The provider refuses the model's name or key, and `mode` is generative.
        """
        await self.allow(request)
        reader = None if request.mode == "extractive" else self.generative
        draft = self._draft(request, "extractive" if reader is None else "generative")
        yield Began(draft.id, draft.asked.as_of, draft.mode)
        yield Progress("searching", 0)
        with draft.timings.stage("search"):
            matched = await self._match(request, draft.asked)
        yield Progress("searching", len(matched.revisions))
        articles: list[EvidenceArticle] = []
        async for page in self._read(request, matched, draft.timings):
            articles += page
            yield Progress("reading", len(articles))
        evidence = Evidence(tuple(articles), question_vector=matched.query, search="exact", seq=matched.seq)
        draft.take(evidence, NOTHING)
        draft.left_out += [*matched.left_out, *_wordless(matched, articles)]
        if not articles:
            draft.nothing_matches(tuple(near for r in matched.nearest for near in self._opening(r)))
            yield self._finished(draft, request)
            return
        yield Found(draft.sources())
        task = SummaryTask(
            kind=request.kind,
            evidence=evidence,
            max_words=request.max_words,
            as_of=draft.asked.as_of,
            zone=self.zone,
            style=request.style,
            query=request.query,
        )
        if reader is not None:
            async with aclosing(self._written(reader, task, draft, request.mode)) as events:
                async for event in events:
                    yield event
            draft.unwritten(may_extract=request.mode == "auto")
        if draft.wants_extractive():
            async with aclosing(self._written(self.extractive, task, draft, "extractive")) as events:
                async for event in events:
                    yield event
            if not draft.composer.citations:
                draft.no_line(task)
        with draft.timings.stage("compare"):
            draft.conflicts = await asyncio.to_thread(
                disagreements, evidence, tuple(draft.composer.citations)
            )
        yield self._finished(draft, request)

    def _draft(self, request: SummaryRequest, mode: Literal["extractive", "generative"]) -> SummaryDraft:
        filters = request.filters
        if request.as_of is not None:
            filters = replace(filters, known_by=request.as_of)
        as_of = request.as_of or self.clock.now()
        return SummaryDraft(
            id=f"sum_{uuid4().hex[:20]}",
            mode=mode,
            asked=Asked(request.query, request.query, filters, as_of),
            settings=self.settings,
            timings=Timings(),
        )

    async def _match(self, request: SummaryRequest, asked: Asked) -> Matched:
        if request.text is not None:
            return Matched()
        if request.article_ids:
            return await self.collect.by_ids(request.article_ids, asked.filters)
        if request.query:
            return await self.collect.by_query(request.query, asked.filters)
        return await self.collect.by_filters(asked.filters)

    async def _read(
        self, request: SummaryRequest, matched: Matched, timings: Timings
    ) -> AsyncIterator[list[EvidenceArticle]]:
        with timings.stage("read"):
            if request.text is not None:
                article = await self.collect.read_text(request.text)
                yield [] if article is None else [article]
                return
            async for page in self.collect.read(matched):
                yield page

    async def _written(
        self, reader: SummaryReader, task: SummaryTask, draft: SummaryDraft, mode: str
    ) -> AsyncGenerator[SummaryEvent]:
        """Let a reader write, and pass on what holds."""
        try:
            with draft.timings.stage("write"):
                async with aclosing(reader.read(task)) as readings:
                    async for item in readings:
                        if (event := draft.receive(item)) is not None:
                            yield event
        except (UpstreamError, ModelRejected) as error:
            log.warning("the model failed: %s", error.code)
            if not draft.composer.citations and mode == "generative":
                raise
            draft.failed(error.code)

    def _opening(self, revision: Revision) -> list[Nearest]:
        """The first sentence of an article that came close to a query."""
        text = revision.article.text
        spans = self.collect.splitter.split(text.split("\n", 1)[0])[:1]
        return [
            Nearest(
                revision.article, Quote(revision.article.id, revision.number, start, end, text[start:end])
            )
            for start, end in spans
        ]

    def _finished(self, draft: SummaryDraft, request: SummaryRequest) -> Summary:
        summary = draft.summary(request.kind)
        answer = summary.answer
        count_answer(answer.status.value, answer.mode, answer.provenance.timings_ms)
        return summary


def _wordless(matched: Matched, read: list[EvidenceArticle]) -> list[LeftOut]:
    there = {article.article.id for article in read}
    return [
        LeftOut(revision.article.id, "no sentence was found in it")
        for revision in matched.revisions
        if revision.article.id not in there
    ]
