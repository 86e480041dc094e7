"""What the check adds to each sentence of a reply: the time that the reader holds a model up."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from evals.stats import nearest_rank
from evals.support.measure import Truth
from service.adapters.prompt_files import PromptFiles
from service.domain.answer import Evidence, EvidenceArticle, EvidenceSentence, Style, Task, Usage
from service.domain.article import Article
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart
from service.ports import Embedder
from service.readers.generative import GenerativeReader


@dataclass(slots=True)
class Timed:
    """A model that has its whole reply ready and measures how long each sentence keeps its reader busy."""

    sentences: Sequence[str]
    spent_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """Of all threads of this process: what other processes take from the machine is not in it."""
    name: str = "ready"

    async def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:  # noqa: ARG002 - the port
        """A sentence at a time; what passes until the next is asked for is the check's."""
        for sentence in self.sentences:
            began, cpu = time.perf_counter(), time.process_time()
            yield sentence
            self.cpu_ms.append((time.process_time() - cpu) * 1e3)
            self.spent_ms.append((time.perf_counter() - began) * 1e3)
        yield CompletionEnd("stop", Usage(), self.name)

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:  # noqa: ARG002 - the port
        """Nothing is paid."""
        return 0.0


def task_of(truth: Truth, texts: Mapping[str, str], style: Style) -> tuple[Task, dict[int, str]]:
    """A truth's question with the whole articles of its evidence, and the labels of their sentences."""
    articles: list[EvidenceArticle] = []
    labels: dict[int, str] = {}
    rest = list(truth.around)
    for n, name in enumerate(truth.articles, start=1):
        mine, rest = _first(rest)
        labels |= {id(sentence): f"[{n}.{sentence.n}]" for sentence in mine}
        held = tuple(replace(sentence, article=n) for sentence in mine)
        article = Article(id=name, headline=name, text=texts[name], source="", published_at=None)
        articles.append(EvidenceArticle(n, article, 1, 1.0, corrected=False, sentences=held))
    evidence = Evidence(articles=tuple(articles))
    return Task(truth.question, datetime(2026, 6, 1, tzinfo=UTC), evidence, style), labels


def _first(rest: list[EvidenceSentence]) -> tuple[list[EvidenceSentence], list[EvidenceSentence]]:
    """The sentences of the article that comes next, whose numbers go up, and those behind it."""
    end = next((k for k in range(1, len(rest)) if rest[k].n <= rest[k - 1].n), len(rest))
    return rest[:end], rest[end:]


async def check_costs(
    held: Sequence[Truth], texts: Mapping[str, str], embedder: Embedder
) -> dict[str, dict[str, Any]]:
    """Milliseconds a sentence for each style, by the reader that the service runs, in this process."""
    found: dict[str, dict[str, Any]] = {}
    styles: tuple[Style, ...] = ("quotes", "close", "prose")
    for style in styles:
        spent: list[float] = []
        cpu: list[float] = []
        for _, same in groupby(held, key=lambda truth: truth.question):
            truths = list(same)
            task, labels = task_of(truths[0], texts, style)
            said = [
                f"{truth.text.rstrip('.')} {''.join(labels[id(s)] for s in truth.bearing)}. "
                for truth in truths
            ]
            model = Timed(said)
            async for _item in GenerativeReader(model, PromptFiles(), embedder=embedder).read(task):
                pass
            spent += model.spent_ms
            cpu += model.cpu_ms
        found[style] = {
            "median_ms": nearest_rank(spent, 0.5),
            "p95_ms": nearest_rank(spent, 0.95),
            "median_cpu_ms": nearest_rank(cpu, 0.5),
            "n": len(spent),
        }
    return found
