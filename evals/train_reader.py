"""`python -m evals.train_reader --data DIR`: learns the weights of `service/domain/weights.py`.

Two logistic regressions: whether a sentence of the evidence bears the answer, and whether the sentences
that the reader then chooses do. They learn from `evals/training` and the golden dev split, and, with less
weight, from the halves of SQuAD 2.0 and ClapNQ on which no figure is reported. The test split is never read.
"""

import asyncio
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import typer
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from evals.bench.retrieval import opened
from evals.bench.sets import BenchSet, clapnq, squad
from evals.corpus import read_corpus
from evals.golden import OWN_GOLDEN, read_golden
from evals.terminal import OWN_CORPUS
from service.domain.answer import Evidence, Turn
from service.domain.article import NO_FILTERS
from service.domain.followups import standalone
from service.domain.questions import what_is_asked
from service.domain.reading import FEATURES, Scored, features, judge, pick, weigh
from service.pipelines.retrieve import gather

if TYPE_CHECKING:
    from service.bootstrap import Pipelines

TRAINING: Final = Path(__file__).parent / "training"
WEIGHTS: Final = Path(__file__).parents[1] / "service" / "domain" / "weights.py"
PASSAGES: Final = 16
SOURCES: Final = 8
PENALTY: Final = {"sentence": 1.0, "confidence": 0.5}
SHARE: Final = {"own": (2.0, 1.0), "squad": (0.2, 0.15), "clapnq": (0.2, 0.3)}
"""What a question of each set weighs in the two regressions."""
LIMITS: Final = {"squad": 900, "clapnq": 250}
SEED: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A question with its evidence, and for each part of its answer the sentences that bear it."""

    kind: str
    question: str
    evidence: Evidence
    gold: tuple[frozenset[int], ...]
    answerable: bool


Places = Sequence[Sequence[tuple[str, str]]]
"""For each part of an answer: (article id, words of it) that bear it."""


def own_questions() -> Iterator[tuple[str, Places, bool]]:
    """The training questions and the golden dev split."""
    for path in sorted(TRAINING.glob("*.yaml")):
        for row in yaml.safe_load(path.read_text()):
            parts = [[(place["article"], place["quote"]) for place in part] for part in row["evidence"]]
            yield row["question"], parts, bool(row["answerable"])
    for question in read_golden(OWN_GOLDEN).questions:
        if question.split == "dev":
            history = [Turn("user" if t.role == "user" else "assistant", t.content) for t in question.history]
            parts = [[(q.article, q.quote) for q in group] for group in question.evidence]
            yield standalone(question.question, history), parts, question.answerable


def public_questions(held: BenchSet, limit: int) -> Iterator[tuple[str, Places, bool]]:
    """A sample of a public set's questions."""
    chosen = list(held.questions)
    random.Random(SEED).shuffle(chosen)  # noqa: S311 - a sample, no secret
    for question in chosen[:limit]:
        yield question.text, [question.sentences] if question.sentences else [], question.answerable


async def examples(
    kind: str, questions: Iterator[tuple[str, Places, bool]], pipelines: "Pipelines"
) -> list[Example]:
    """Retrieve the evidence of each question, and find the gold sentences in it."""
    made = []
    for text, places, answerable in questions:
        found = await pipelines.retrieve(text, filters=NO_FILTERS, limit=PASSAGES)
        evidence = gather(found, max_sources=SOURCES)
        if evidence.articles:
            gold = tuple(_bearing(evidence, part) for part in places)
            made.append(Example(kind, text, evidence, gold, answerable))
    return made


def _bearing(evidence: Evidence, part: Sequence[tuple[str, str]]) -> frozenset[int]:
    spans = []
    for article in evidence.articles:
        for article_id, words in part:
            start = article.article.text.find(words) if article.article.id == article_id else -1
            if start >= 0:
                spans.append((article.n, start, start + len(words)))
    return frozenset(
        i
        for i, s in enumerate(evidence.sentences())
        for n, start, end in spans
        if s.article == n and s.sentence.start < end and s.sentence.end > start
    )


def learn(held: Sequence[Example]) -> tuple[dict[str, float], dict[str, float]]:
    """The weights of the sentence and of the confidence, by name."""
    taken = [what_is_asked(e.question) for e in held]
    matters = [weigh(a.core, e.evidence) for a, e in zip(taken, held, strict=True)]
    tables = [features(a, m, e.evidence) for a, m, e in zip(taken, matters, held, strict=True)]
    rows, labels, shares = [], [], []
    for example, table in zip(held, tables, strict=True):
        if example.answerable and any(example.gold):
            gold = frozenset[int]().union(*example.gold)
            rows.append(table)
            labels += [i in gold for i in range(len(table))]
            shares += [SHARE[example.kind][0]] * len(table)
    sentence = _fit(np.concatenate(rows), labels, shares, FEATURES, PENALTY["sentence"])
    signals, right, weights = [], [], []
    for example, asked, matter, table in zip(held, taken, matters, tables, strict=True):
        scores = table @ np.array([sentence[name] for name in FEATURES]) + sentence["bias"]
        order = sorted(range(len(table)), key=lambda i: -float(scores[i]))
        sentences = example.evidence.sentences()
        ranked = [Scored(sentences[i], float(1 / (1 + np.exp(-scores[i])))) for i in order]
        picked = pick(ranked)
        judged = judge(asked, matter, example.evidence, ranked, picked, table[order])
        chosen = {(s.article, s.n) for s in picked}
        hit = [any((sentences[i].article, sentences[i].n) in chosen for i in part) for part in example.gold]
        signals.append(judged.signals)
        right.append(example.answerable and bool(hit) and all(hit))
        weights.append(0.0 if judged.gaps else SHARE[example.kind][1])
    names = list(signals[0])
    table = np.array([[row[name] for name in names] for row in signals])
    return sentence, _fit(table, right, weights, names, PENALTY["confidence"])


def _fit(
    rows: NDArray[np.floating],
    labels: Sequence[bool],
    shares: Sequence[float],
    names: Sequence[str],
    penalty: float,
) -> dict[str, float]:
    """Logistic regression on features of unit deviation; the weights are for the features as they are."""
    deviation = rows.std(axis=0) + 1e-6
    model = LogisticRegression(C=penalty, max_iter=3_000).fit(rows / deviation, labels, sample_weight=shares)
    weights = dict(zip(names, (float(w) for w in model.coef_[0] / deviation), strict=True))
    return {**weights, "bias": float(model.intercept_[0])}


def written(sentence: Mapping[str, float], confidence: Mapping[str, float]) -> str:
    """The module of weights."""
    head = WEIGHTS.read_text().partition("SENTENCE: Final")[0]
    parts = [head]
    for name, table, of in (
        ("SENTENCE", sentence, "Of `reading.FEATURES`, for whether a sentence bears the answer."),
        (
            "CONFIDENCE",
            confidence,
            "Of `reading.judge`, for whether the chosen sentences answer the question.",
        ),
    ):
        lines = "".join(f'    "{key}": {value:.4f},\n' for key, value in table.items())
        parts.append(f'{name}: Final[Mapping[str, float]] = {{\n{lines}}}\n"""{of}"""\n\n')
    return "".join(parts).rstrip() + "\n"


async def _gathered(data: Path) -> list[Example]:
    corpus = [
        {"id": a.id, "headline": a.headline, "text": a.text}
        for a in read_corpus(OWN_CORPUS).articles.values()
    ]
    held = []
    async with opened(corpus) as pipelines:
        held += await examples("own", own_questions(), pipelines)
    public = {
        "squad": squad(data / "squad2" / "dev-v2.0.json", "tune"),
        "clapnq": clapnq(data / "clapnq", "tune"),
    }
    for kind, found in public.items():
        async with opened(found.articles) as pipelines:
            held += await examples(kind, public_questions(found, LIMITS[kind]), pipelines)
    return held


def main(
    data: Annotated[Path, typer.Option(help="The folder that holds squad2/ and clapnq/")],
    write: Annotated[
        bool, typer.Option("--write", help="Put the weights in the place of the old ones")
    ] = False,
) -> None:
    """Learn, and print or write the module of weights."""
    text = written(*learn(asyncio.run(_gathered(data))))
    if write:
        WEIGHTS.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    typer.run(main)
