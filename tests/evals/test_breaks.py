"""Ten and more deliberate breaks of the real service: each must turn the gate red.

The baseline is the service as it is; a break is put into one part of it, and the same questions are asked
again. What counts as red is quality failed (1) or, where nothing could be measured, not measured (3).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
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
from service.domain.answer import Answer, Nearest, Question, Status, Usage
from service.domain.article import Quote
from service.domain.chat import CompletionEnd
from service.pipelines import index
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

    async def __call__(self, question: Question) -> Answer:
        return self.answers(await self.real(self.asks(question)))

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
    "quotes are of another article": with_quotes(lambda q: replace(q, article_id="wolf-1" if q.article_id != "wolf-1" else "wolf-2")),
    "quotes drift by a character": with_quotes(lambda q: replace(q, start=q.start + 1, end=q.end + 1)),
    "a figure of a quote is changed": with_quotes(lambda q: replace(q, text=q.text.replace("0", "9"))),
    "a figure of the answer is changed": lambda a: replace(a, text=a.text.replace("0", "9").replace("4", "5")),
    "whole articles are handed over": dumped,
}  # fmt: skip
QUESTIONS: dict[str, Callable[[Question], Question]] = {
    "dates are ignored": lambda q: replace(q, as_of=None),
    "the conversation before is forgotten": lambda q: replace(q, history=()),
    "the question is cut to its first word": lambda q: replace(q, text=q.text.split()[0]),
}


class Broken:
    """How the service is opened for a run: as it is, or with one thing broken."""

    def __init__(self, embedder: Any) -> None:
        self.embedder = embedder
        self.pipelines: Callable[[Any], Any] = lambda pipelines: pipelines
        self.settings: Callable[[Any], Any] = lambda settings: settings

    @asynccontextmanager
    async def in_process(self, chosen: Any, cassette: Cassette | None) -> AsyncIterator[Any]:
        """As `evals.target.in_process`, with a model that is loaded already."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(bootstrap, "_embedder", lambda settings: self.embedder)
            settings = self.settings(settings_of(chosen, Path(folder), cassette))
            async with bootstrap.open_pipelines(settings) as opened:
                held = opened if cassette is None else taped(opened, cassette)
                async with over_asgi(create_app(self.pipelines(held))) as client:
                    yield client, settings


def run(broken: Broken, folder: Path, name: str = "extractive", cassette: Cassette | None = None) -> Any:
    """Run the mini set, scored."""
    chosen = profile(name)
    job = Job(GOLDEN, CORPUS, GOLDEN.questions, "test", chosen, folder, cassette=cassette)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evals.measure.in_process", broken.in_process)
        asyncio.run(measure(job))
    return load(folder)


@pytest.fixture(scope="module")
def blessed(embedder, tmp_path_factory):
    """The service as it is."""
    return to_baseline(run(Broken(embedder), tmp_path_factory.mktemp("blessed") / "r"))


def judged(loaded: Any, baseline: Any) -> Verdict:
    return gate(GATES, loaded.summary, loaded.coverage, loaded.questions, loaded.verdicts(), baseline)


def test_the_service_as_it_is_passes_and_gives_the_same_bytes_again(blessed, embedder, tmp_path):
    first, second = (run(Broken(embedder), tmp_path / name) for name in "ab")
    assert judged(first, blessed).exit is Exit.PASSED
    lines = [(run.folder / "results.jsonl").read_bytes() for run in (first, second)]
    assert lines[0] == lines[1]
    # A break shows where something was right before.
    assert sum(kept.verdict == "correct" for kept in blessed.questions.values()) >= 10


@pytest.mark.parametrize("name", ANSWERS)
def test_the_gate_turns_red_when(name, blessed, embedder, tmp_path):
    broken = Broken(embedder)
    broken.pipelines = lambda held: replace(held, answer=Trip(held.answer, answers=ANSWERS[name]))
    verdict = judged(run(broken, tmp_path / "r"), blessed)
    assert verdict.exit is Exit.FAILED, name


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_gate_turns_red_too_when(name, blessed, embedder, tmp_path):
    broken = Broken(embedder)
    broken.pipelines = lambda held: replace(held, answer=Trip(held.answer, asks=QUESTIONS[name]))
    verdict = judged(run(broken, tmp_path / "r"), blessed)
    assert verdict.exit is Exit.FAILED, name


def test_the_gate_turns_red_when_the_chunker_is_off_by_one(blessed, embedder, tmp_path, monkeypatch):
    real = index.find_sentences

    def off_by_one(*arguments: Any, **named: Any) -> Any:
        return tuple(replace(s, start=s.start + 1) for s in real(*arguments, **named))

    monkeypatch.setattr(index, "find_sentences", off_by_one)
    verdict = judged(run(Broken(embedder), tmp_path / "r"), blessed)
    assert "quote_wholeness" in {check.name for check in verdict.named("fail")}


def test_the_gate_turns_red_when_the_best_is_ranked_last(blessed, embedder, tmp_path, monkeypatch):
    from service.pipelines import retrieve

    real = retrieve.relevance
    monkeypatch.setattr(retrieve, "relevance", lambda *args, **named: _reversed(real(*args, **named)))
    assert judged(run(Broken(embedder), tmp_path / "r"), blessed).exit is Exit.FAILED


def _reversed(ranking: Any) -> Any:
    scores = [scored.score for scored in ranking]
    return tuple(
        replace(scored, score=score) for scored, score in zip(reversed(ranking), scores, strict=True)
    )


class Pointing:
    """A `ChatModel` that points at the first sentence of the evidence."""

    name = "openai/pointing"

    async def price(self, prompt_tokens, completion_tokens):
        return 0.0

    async def stream(self, request):
        yield "[1.1] [1.2]"
        yield CompletionEnd("stop", Usage(10, 2), self.name)


def test_an_emptied_prompt_leaves_the_replayed_profile_not_measured(embedder, tmp_path, monkeypatch):
    def with_model(broken: Broken) -> Broken:
        broken.settings = lambda settings: settings.model_copy(update={"chat": Chat(model=Pointing.name)})
        return broken

    tape = Cassette(tmp_path / "tape.jsonl", "record")
    monkeypatch.setattr(Cassette, "wrap", _speaking_first(Cassette.wrap))
    run(with_model(Broken(embedder)), tmp_path / "record", "llm-replay", tape)
    tape.save()
    replayed = run(with_model(Broken(embedder)), tmp_path / "a", "llm-replay", Cassette(tape.path, "replay"))
    assert replayed.coverage.value == 1.0
    again = run(with_model(Broken(embedder)), tmp_path / "b", "llm-replay", Cassette(tape.path, "replay"))
    lines = [(held.folder / "results.jsonl").read_bytes() for held in (replayed, again)]
    assert lines[0] == lines[1]
    from service.readers import generative

    monkeypatch.setattr(generative, "answer_inputs", _emptied(generative.answer_inputs))
    emptied = run(with_model(Broken(embedder)), tmp_path / "c", "llm-replay", Cassette(tape.path, "replay"))
    assert judged(emptied, None).exit is Exit.NOT_MEASURED


def _speaking_first(real: Any) -> Any:
    """Whatever model the settings name, this one speaks behind the cassette."""
    return lambda tape, model: real(tape, Pointing())


def _emptied(real: Any) -> Any:
    return lambda *args: {**real(*args), "articles": []}
