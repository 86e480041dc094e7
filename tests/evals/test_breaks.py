"""Ten and more deliberate breaks of the real service: each must turn the gate red.

The baseline is the service as it is; a break is put into one part of it, and the same questions are asked
again. What counts as red is quality failed (1) or, where nothing could be measured, not measured (3).
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from evals.cassettes import Cassette
from evals.compare import to_baseline
from evals.corpus import read_corpus
from evals.gates import Verdict, gate, gates_path, read_gates
from evals.golden import read_golden
from evals.loaded import load
from evals.measure import Job, measure
from evals.problems import Exit
from evals.profiles import profile
from evals.target import over_asgi, settings_of, taped
from service import bootstrap
from service.app import create_app
from service.domain.answer import Answer, AnswerEvent, Nearest, Question, Status, Usage
from service.domain.article import Quote
from service.domain.chat import CompletionEnd
from service.pipelines import passages, retrieve
from service.readers import generative
from service.settings import Chat

MINI = Path("tests/fakes/mini_set").absolute()
GOLDEN = read_golden(MINI)
CORPUS = read_corpus(MINI / "articles.jsonl")
GATES = read_gates(gates_path(MINI), "extractive")


@dataclass
class Trip:
    """The trip ASK with something broken in its question or its answer.

    It stands in the place of the real one, which it calls.
    """

    real: Any
    asks: Callable[[Question], Question] = lambda question: question
    answers: Callable[[Answer], Answer] = lambda answer: answer

    async def stream(self, question: Question) -> AsyncIterator[AnswerEvent]:
        async with aclosing(self.real.stream(self.asks(question))) as events:
            async for event in events:
                yield self.answers(event) if isinstance(event, Answer) else event

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def with_quotes(change: Callable[[Quote], Quote]) -> Callable[[Answer], Answer]:
    """Change every quote of an answer."""

    def broken(answer: Answer) -> Answer:
        cited = tuple(replace(c, quotes=tuple(change(q) for q in c.quotes)) for c in answer.citations)
        return replace(answer, citations=cited)

    return broken


def never_abstains(answer: Answer) -> Answer:
    """Abstention off: the nearest words are handed out as an answer."""
    if answer.abstention is None:
        return answer
    nearest: Sequence[Nearest] = answer.abstention.nearest
    text = nearest[0].quote.text if nearest else "Nobody knows."
    return replace(answer, status=Status.ANSWERED, text=text, abstention=None, confidence=0.9)


def always_abstains(answer: Answer) -> Answer:
    """Everything is held back."""
    from service.domain.answer import Abstention, AbstentionReason

    nothing = Abstention(AbstentionReason.NO_MATCH, "no")
    return replace(answer, status=Status.ABSTAINED, text="", citations=(), abstention=nothing)


def swapped(answer: Answer) -> Answer:
    """The first sentence carries the last one's quotes, and the other way round."""
    if len(answer.citations) < 2:
        return answer
    first, *middle, last = answer.citations
    return replace(
        answer,
        citations=(replace(first, quotes=last.quotes), *middle, replace(last, quotes=first.quotes)),
    )


def dumped(answer: Answer) -> Answer:
    """The whole articles are handed over."""
    return replace(answer, text=answer.text + " " + " ".join(s.article.text for s in answer.sources))


ANSWERS: dict[str, Callable[[Answer], Answer]] = {
    "abstention is off": never_abstains,
    "it abstains always": always_abstains,
    "citations are swapped": swapped,
    "quotes are of the wrong revision": with_quotes(lambda q: replace(q, revision=(q.revision or 0) + 1)),
    "quotes are of another article": with_quotes(lambda q: replace(q, article_id=f"{q.article_id}-1")),
    "quotes drift by a character": with_quotes(lambda q: replace(q, start=q.start + 1, end=q.end + 1)),
    "a figure of a quote is changed": with_quotes(lambda q: replace(q, text=q.text.replace("0", "9"))),
    "a figure of the answer is changed": lambda a: replace(a, text=a.text.replace("0", "9")),
    "whole articles are handed over": dumped,
}  # fmt: skip
QUESTIONS: dict[str, Callable[[Question], Question]] = {
    "dates are ignored": lambda q: replace(q, as_of=None),
    "the conversation before is forgotten": lambda q: replace(q, history=()),
    "the question is cut to its first word": lambda q: replace(q, text=q.text.split()[0]),
}


class Bench:
    """The real service, opened once and kept with the articles in it; a run may break one thing."""

    def __init__(self, embedder: Any, folder: Path) -> None:
        self.embedder = embedder
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.pipelines: Any = None
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def wait(self, awaitable: Any) -> Any:
        """Run in the service's loop."""
        return asyncio.run_coroutine_threadsafe(awaitable, self.loop).result(300)

    async def open(self, chat: Chat) -> None:
        """Open the service on an empty folder."""
        settings = settings_of(profile("extractive"), self.folder).model_copy(update={"chat": chat})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bootstrap, "_embedder", lambda *_: self.embedder)
            self.pipelines = await self.stack.enter_async_context(bootstrap.open_pipelines(settings))

    def close(self) -> None:
        """Close it and its loop."""
        self.wait(self.stack.aclose())
        self.loop.call_soon_threadsafe(self.loop.stop)

    def run(
        self,
        folder: Path,
        change: Callable[[Any], Any] = lambda pipelines: pipelines,
        name: str = "extractive",
        cassette: Cassette | None = None,
    ) -> Any:
        """Run the mini set, scored."""

        @asynccontextmanager
        async def in_process(chosen: Any, tape: Cassette | None) -> AsyncIterator[Any]:
            held = self.pipelines if tape is None else taped(self.pipelines, tape)
            async with over_asgi(create_app(change(held))) as client:
                yield client, self.pipelines.settings

        job = Job(GOLDEN, CORPUS, GOLDEN.questions, "test", profile(name), folder, cassette=cassette)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("evals.measure.in_process", in_process)
            self.wait(measure(job))
        return load(folder)


@contextmanager
def bench_on(embedder: Any, folder: Path, chat: Chat | None = None) -> Iterator[Bench]:
    """A bench until the block ends."""
    bench = Bench(embedder, folder)
    try:
        bench.wait(bench.open(chat or Chat()))
        yield bench
    finally:
        bench.close()


@pytest.fixture(scope="module")
def bench(embedder, tmp_path_factory):
    with bench_on(embedder, tmp_path_factory.mktemp("bench") / "data") as held:
        yield held


@pytest.fixture(scope="module")
def blessed(bench, tmp_path_factory):
    """The service as it is."""
    return to_baseline(bench.run(tmp_path_factory.mktemp("blessed") / "r"))


def judged(loaded: Any, baseline: Any) -> Verdict:
    return gate(GATES, loaded.summary, loaded.coverage, loaded.questions, loaded.verdicts(), baseline)


def test_the_service_as_it_is_passes_and_gives_the_same_bytes_again(blessed, bench, tmp_path):
    first, second = (bench.run(tmp_path / name) for name in "ab")
    assert judged(first, blessed).exit is Exit.PASSED
    lines = [(run.folder / "results.jsonl").read_bytes() for run in (first, second)]
    assert lines[0] == lines[1]
    # A break shows where something was right before.
    assert sum(kept.verdict == "correct" for kept in blessed.questions.values()) >= 10


@pytest.mark.parametrize("name", ANSWERS)
def test_the_gate_turns_red_when(name, blessed, bench, tmp_path):
    broken = bench.run(
        tmp_path / "r", lambda held: replace(held, answer=Trip(held.answer, answers=ANSWERS[name]))
    )
    assert judged(broken, blessed).exit is Exit.FAILED, name


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_gate_turns_red_too_when(name, blessed, bench, tmp_path):
    broken = bench.run(
        tmp_path / "r", lambda held: replace(held, answer=Trip(held.answer, asks=QUESTIONS[name]))
    )
    assert judged(broken, blessed).exit is Exit.FAILED, name


def test_the_gate_turns_red_when_the_best_is_ranked_last(blessed, bench, tmp_path, monkeypatch):
    real = retrieve.relevance  # type: ignore[attr-defined] # the name as the module under test knows it
    monkeypatch.setattr(retrieve, "relevance", lambda *args, **named: _reversed(real(*args, **named)))
    assert judged(bench.run(tmp_path / "r"), blessed).exit is Exit.FAILED


def _reversed(ranking: Any) -> Any:
    scores = [scored.score for scored in ranking]
    return tuple(
        replace(scored, score=score) for scored, score in zip(reversed(ranking), scores, strict=True)
    )


def test_the_gate_turns_red_when_the_chunker_is_off_by_one(blessed, embedder, tmp_path, monkeypatch):
    real = passages.find_sentences  # type: ignore[attr-defined] # the name as the module under test knows it

    def off_by_one(*arguments: Any, **named: Any) -> Any:
        return tuple(replace(s, start=s.start + 1) for s in real(*arguments, **named))

    monkeypatch.setattr(passages, "find_sentences", off_by_one)
    with bench_on(embedder, tmp_path / "data") as fresh:
        verdict = judged(fresh.run(tmp_path / "r"), blessed)
    assert "quote_wholeness" in {check.name for check in verdict.named("fail")}


class Pointing:
    """A `ChatModel` that points at the first sentences of the evidence."""

    name = "openai/pointing"

    async def price(self, prompt_tokens, completion_tokens):
        return 0.0

    async def stream(self, request):
        yield "[1.1] [1.2]"
        yield CompletionEnd("stop", Usage(10, 2), self.name)


def test_a_replayed_run_gives_the_same_bytes_and_with_an_emptied_prompt_it_is_not_measured(
    embedder, tmp_path, monkeypatch
):
    real = Cassette.wrap
    monkeypatch.setattr(Cassette, "wrap", lambda tape, _: real(tape, Pointing()))
    with bench_on(embedder, tmp_path / "data", Chat(model=Pointing.name)) as held:
        tape = Cassette(tmp_path / "tape.jsonl", "record")
        held.run(tmp_path / "record", name="llm-replay", cassette=tape)
        tape.save()

        def replayed(name: str) -> Any:
            return held.run(tmp_path / name, name="llm-replay", cassette=Cassette(tape.path, "replay"))

        first, second = replayed("a"), replayed("b")
        assert first.coverage.value == 1.0
        lines = [(run.folder / "results.jsonl").read_bytes() for run in (first, second)]
        assert lines[0] == lines[1]
        shown = generative.answer_inputs  # type: ignore[attr-defined] # the name as the module knows it
        monkeypatch.setattr(generative, "answer_inputs", lambda *args: {**shown(*args), "articles": []})
        assert judged(replayed("c"), None).exit is Exit.NOT_MEASURED
