"""Summary tasks made by hand, and a model that replies from a script."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from service.domain.answer import Cited, Evidence, EvidenceArticle, Usage
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart
from service.domain.errors import ServiceError
from service.domain.summary import Kind, SummaryTask
from tests.fakes.evidence import AS_OF, article_of


def dated(
    n: int, text: str, published: datetime | None, speakers: Mapping[int, str] | None = None
) -> EvidenceArticle:
    """An article with its day of publication."""
    held = article_of(text, n, speakers)
    return replace(held, article=replace(held.article, published_at=published))


def summary_task(
    kind: Kind,
    articles: Sequence[str | EvidenceArticle],
    max_words: int = 60,
    query: str = "",
) -> SummaryTask:
    """A task over texts or articles."""
    held = tuple(
        article_of(article, n) if isinstance(article, str) else article
        for n, article in enumerate(articles, start=1)
    )
    return SummaryTask(kind, Evidence(held), max_words, AS_OF, query=query)


def as_text(lines: Sequence[Cited]) -> str:
    """The lines as a reader sees them."""
    return "".join(f"{line.lead}{line.preface}{line.text}" for line in lines).strip()


Reply = str | ServiceError


@dataclass(slots=True)
class ScriptedModel:
    """A `ChatModel` that replies with what a script makes of the request."""

    script: Callable[[ChatRequest], Reply]
    piece: int = 7
    asked: list[ChatRequest] = field(default_factory=list)
    closed: int = 0

    @property
    def name(self) -> str:
        """A name."""
        return "scripted"

    async def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:
        """The reply in pieces, or the error."""
        self.asked.append(request)
        try:
            reply = self.script(request)
            if isinstance(reply, ServiceError):
                raise reply
            for at in range(0, len(reply), self.piece):
                await asyncio.sleep(0.001)
                yield reply[at : at + self.piece]
            yield CompletionEnd("stop", Usage(100, 10, 0.0), "scripted")
        finally:
            self.closed += 1

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """Nothing: it is no provider."""
        return 0.0
