"""`python -m evals.train_reader --data DIR`: learns the weights of `service/domain/weights.py`.

Two logistic regressions: whether a sentence of the evidence bears the answer, and whether the sentences
that the reader then chooses do. They learn from `evals/training` and the golden dev split, and, with less
weight, from the halves of SQuAD 2.0 and ClapNQ on which no figure is reported. The test split is never read.
"""

import asyncio
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import numpy as np
import typer
import yaml
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from evals.bench.retrieval import opened
from evals.bench.sets import BenchSet, clapnq, squad
from evals.corpus import read_corpus
from evals.golden import OWN_GOLDEN, read_golden
from evals.marked_yaml import instant
from evals.stats import auc
from evals.terminal import OWN_CORPUS
from service.domain.answer import Evidence, EvidenceSentence, Turn
from service.domain.article import NO_FILTERS, Matrix
from service.domain.bearing import FEATURES, features
from service.domain.calibration import Calibration, Step
from service.domain.followups import standalone
from service.domain.matter import Matter, weigh
from service.domain.questions import AskedFor, sub_questions, what_is_asked
from service.domain.reading import Judged, confidence, judge, pick, score
from service.domain.temporal import narrowed, resolve
from service.settings import Settings

if TYPE_CHECKING:
    from service.bootstrap import Pipelines

TRAINING: Final = Path(__file__).parent / "training"
NEWS: Final = ("news-a", "news-b")
"""Folders below TRAINING with articles and questions of their own, in the golden format."""
WEIGHTS: Final = Path(__file__).parents[1] / "service" / "domain" / "weights.py"
PASSAGES: Final = 16
SOURCES: Final = 8
PENALTY: Final = {"sentence": 0.3, "confidence": 0.5}
SHARE: Final = {"own": (2.0, 1.0), "squad": (0.05, 0.15), "clapnq": (0.1, 0.3)}
"""What a question of each set weighs in the two regressions."""
LIMITS: Final = {"squad": 900, "clapnq": 250}
SEED: Final = 1
FOLDS: Final = 10
RULES: Final = {
    "who speaks": ("speaks", "same_speaker", "other_speaker", "names_speaker"),
    "what the kind of question asks for": ("offers", "figures", "unit", "money"),
    "words that mean nearly the same": (
        "named",
        "named_around",
        "named_before",
        "named_most",
        "named_rank",
        "named_rest",
        "named_headline",
    ),
    "neighbours": ("near_before", "near_after", "covered_around", "named_around", "named_before"),
    "the newest state": ("outdated",),
    "vectors": ("near", "near_before", "near_after", "best_near", "best_in_article"),
    "the form of the sentence": ("length", "short", "opens", "question"),
}
"""Groups of features, each of which is also left out to see what it is worth."""
THRESHOLDS: Final = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
Weights: TypeAlias = Mapping[str, float]

Places = Sequence[Sequence[tuple[str, str]]]
"""For each part of an answer: (article id, words of it) that bear it."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question that stands alone, and where its answer is. Questions of a story are learned together."""

    set: str
    story: str
    kind: str
    question: str
    places: Places
    answerable: bool
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A question with its evidence, and for each part of its answer the sentences that bear it."""

    asked: Asked
    evidence: Evidence
    gold: tuple[frozenset[int], ...]


def own_questions() -> Iterator[Asked]:
    """The training questions and the golden dev split."""
    for path in sorted(TRAINING.glob("*.yaml")):
        for row in yaml.safe_load(path.read_text()):
            parts = [[(place["article"], place["quote"]) for place in part] for part in row["evidence"]]
            yield Asked("own", row["story"], row["kind"], row["question"], parts, bool(row["answerable"]))
    for folder in (OWN_GOLDEN, *(TRAINING / name / "golden" for name in NEWS)):
        held = read_golden(folder)
        for q in held.questions:
            if held.own and q.split != "dev":
                continue
            history = [Turn("user" if t.role == "user" else "assistant", t.content) for t in q.history]
            parts = [[(span.article, span.quote) for span in group] for group in q.evidence]
            alone = standalone(q.question, history)
            yield Asked("own", q.story, q.why or q.type, alone, parts, q.answerable, instant(q.as_of))


def public_questions(name: str, held: BenchSet, limit: int) -> Iterator[Asked]:
    """A sample of a public set's questions."""
    chosen = list(held.questions)
    random.Random(SEED).shuffle(chosen)  # noqa: S311 - a sample, no secret
    for q in chosen[:limit]:
        yield Asked(name, q.cluster, "", q.text, [q.sentences] if q.sentences else [], q.answerable)


async def examples(questions: Iterable[Asked], pipelines: "Pipelines") -> list[Example]:
    """Retrieve the evidence of each question as the service does, and find the gold sentences in it."""
    made = []
    for asked in questions:
        filters = NO_FILTERS
        if asked.as_of is not None:
            dates = resolve(asked.question, asked.as_of, UTC)
            filters = replace(narrowed(filters, dates), known_by=asked.as_of)
        taken = what_is_asked(asked.question)
        found = await pipelines.retrieve.by_parts(
            asked.question, sub_questions(taken), filters=filters, limit=PASSAGES, newest=taken.newest
        )
        evidence = await pipelines.retrieve.evidence(asked.question, found, max_sources=SOURCES)
        if evidence.articles:
            made.append(Example(asked, evidence, tuple(_bearing(evidence, part) for part in asked.places)))
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


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An example with all that does not depend on the weights."""

    example: Example
    taken: AskedFor
    matter: Matter
    table: Matrix


def prepared(held: Sequence[Example]) -> list[Prepared]:
    """Take the questions apart and describe the sentences."""
    made = []
    for example in held:
        taken = what_is_asked(example.asked.question)
        matter = weigh(taken.core, example.evidence)
        made.append(Prepared(example, taken, matter, features(taken, matter, example.evidence)))
    return made


def learn_sentence(held: Sequence[Prepared]) -> Weights:
    """The weights by which a sentence is scored, from the questions whose answer is in their evidence."""
    rows, labels, shares = [], [], []
    for item in held:
        if item.example.asked.answerable and any(item.example.gold):
            gold = frozenset[int]().union(*item.example.gold)
            rows.append(item.table)
            labels += [i in gold for i in range(len(item.table))]
            shares += [SHARE[item.example.asked.set][0]] * len(item.table)
    return _fit(np.concatenate(rows), labels, shares, FEATURES, PENALTY["sentence"])


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What the reader makes of a question: what it chose, what speaks for it, and whether it is right."""

    item: Prepared
    picked: tuple[EvidenceSentence, ...]
    judged: Judged
    right: bool


def read(item: Prepared, sentence: Weights) -> Read:
    """Read with these weights; right is an answer that holds a sentence for each of its parts."""
    ranked, order = score(item.example.evidence.sentences(), item.table, sentence)
    picked = pick(ranked, item.matter)
    judged = judge(item.taken, item.matter, item.example.evidence, ranked, picked, item.table[order])
    chosen = {(s.article, s.n) for s in picked}
    sentences = item.example.evidence.sentences()
    hit = [any((sentences[i].article, sentences[i].n) in chosen for i in part) for part in item.example.gold]
    return Read(item, picked, judged, item.example.asked.answerable and bool(hit) and all(hit))


def learn_confidence(held: Sequence[Read]) -> Weights:
    """The weights of the confidence; what has a gap is not learned from: it is judged by rule."""
    names = list(held[0].judged.signals)
    table = np.array([[r.judged.signals[name] for name in names] for r in held])
    shares = [0.0 if r.judged.gaps else SHARE[r.item.example.asked.set][1] for r in held]
    return _fit(table, [r.right for r in held], shares, names, PENALTY["confidence"])


def _fit(
    rows: NDArray[np.floating],
    labels: Sequence[bool],
    shares: Sequence[float],
    names: Sequence[str],
    penalty: float,
) -> Weights:
    """Logistic regression on features of unit deviation; the weights are for the features as they are."""
    deviation = rows.std(axis=0) + 1e-6
    model = LogisticRegression(C=penalty, max_iter=1_000, solver="newton-cholesky")
    model.fit(rows.astype(np.float64) / deviation, labels, sample_weight=shares)
    weights = dict(zip(names, (float(w) for w in model.coef_[0] / deviation), strict=True))
    return {**weights, "bias": float(model.intercept_[0])}


def cross_read(held: Sequence[Prepared]) -> list[Read]:
    """Read each question with weights that were learned without its story."""
    done: dict[int, Read] = {}
    stories = [item.example.asked.story for item in held]
    for learned, left in GroupKFold(FOLDS).split(held, groups=stories):
        sentence = learn_sentence([held[i] for i in learned])
        done |= {int(i): read(held[i], sentence) for i in left}
    return [done[i] for i in range(len(held))]


def cross_confidence(reads: Sequence[Read]) -> list[float]:
    """The confidence of each answer, by weights that were learned without its story."""
    done: dict[int, float] = {}
    stories = [r.item.example.asked.story for r in reads]
    for learned, left in GroupKFold(FOLDS).split(reads, groups=stories):
        weights = learn_confidence([reads[i] for i in learned])
        done |= {int(i): confidence(reads[i].judged, weights) for i in left}
    return [done[i] for i in range(len(reads))]


def report(reads: Sequence[Read], sure: Sequence[float]) -> Iterator[str]:
    """What the reader does on questions whose story it had not seen."""
    for name in SHARE:
        rows = [(r, c) for r, c in zip(reads, sure, strict=True) if r.item.example.asked.set == name]
        can = [r for r, _ in rows if r.item.example.asked.answerable]
        held = [c for r, c in rows if r.item.example.asked.answerable]
        lost = [c for r, c in rows if not r.item.example.asked.answerable]
        words = [sum(len(s.text.split()) for s in r.picked) for r in can]
        yield (
            f"{name}: all parts chosen {sum(r.right for r in can) / len(can):.3f} of {len(can)}, "
            f"{np.mean(words):.0f} words, AUC answerable {auc(held, lost) or 0.0:.3f}"
        )
        for least in THRESHOLDS:
            answered = [r.right for r, c in rows if c >= least]
            yield (
                f"  at {least:.2f}: answered {len(answered)} of {len(rows)}, "
                f"right {np.mean(answered) if answered else 0:.3f}, "
                f"abstained of the unanswerable {np.mean([c < least for c in lost]):.3f}, "
                f"of the answerable {np.mean([c < least for c in held]):.3f}"
            )
    kinds: dict[str, list[bool]] = {}
    for r in reads:
        if r.item.example.asked.answerable and r.item.example.asked.kind:
            kinds.setdefault(r.item.example.asked.kind, []).append(r.right)
    yield "  ".join(f"{kind} {np.mean(rights):.2f} ({len(rights)})" for kind, rights in sorted(kinds.items()))


def calibration(reads: Sequence[Read], sure: Sequence[float]) -> Calibration:
    """What each threshold does on the project's own questions, none read with weights that knew its story."""
    held = [(c, r.right) for r, c in zip(reads, sure, strict=True) if r.item.example.asked.set == "own"]
    steps = []
    for least in (round(0.02 * n, 2) for n in range(45)):
        rights = [right for c, right in held if c >= least]
        wrong = len(rights) - sum(rights)
        # One-sided 97.5 %: the upper end of the 95 % interval.
        bound = float(beta.ppf(0.975, wrong + 1, len(rights) - wrong)) if wrong < len(rights) else 1.0
        steps.append(Step(least, len(rights), wrong, round(bound, 4)))
    return Calibration(Settings().reading_fingerprint(), tuple(steps))


def without(held: Sequence[Prepared]) -> Iterator[str]:
    """What the reader chooses of the project's own questions when it goes without a group of features."""
    own = [item for item in held if item.example.asked.set == "own"]
    for name, group in {"nothing": (), **RULES}.items():
        columns = [FEATURES.index(feature) for feature in group]
        blind = []
        for item in own:
            table = item.table.copy()
            table[:, columns] = 0.0
            blind.append(replace(item, table=table))
        rights = [r.right for r in cross_read(blind) if r.item.example.asked.answerable]
        yield f"without {name}: all parts chosen {np.mean(rights):.3f} of {len(rights)}"


def written(sentence: Weights, sure: Weights, record: Calibration) -> str:
    """The module of weights."""
    head = WEIGHTS.read_text().partition("SENTENCE: Final")[0]
    parts = [head]
    for name, table, of in (
        ("SENTENCE", sentence, "Of `bearing.FEATURES`, for whether a sentence bears the answer."),
        ("CONFIDENCE", sure, "Of `reading.judge`, for whether the chosen sentences answer the question."),
    ):
        lines = "".join(f'    "{key}": {value:.4f},\n' for key, value in table.items())
        parts.append(f'{name}: Final[Mapping[str, float]] = {{\n{lines}}}\n"""{of}"""\n\n')
    rows = "".join(
        f"        Step({s.least:.2f}, {s.answered}, {s.wrong}, {s.bound:.4f}),\n" for s in record.steps
    )
    parts.append(
        f'CALIBRATION: Final = Calibration(\n    made_for="{record.made_for}",\n'
        f"    steps=(\n{rows}    ),\n)\n"
        '"""Of the confidence, on the project\'s own questions."""\n'
    )
    return "".join(parts).rstrip() + "\n"


async def gathered(data: Path) -> list[Example]:
    """All questions with their evidence: the news in one index, each public set in one of its own."""
    held = []
    news = [OWN_CORPUS, *(TRAINING / name / "articles" for name in NEWS)]
    corpus = [article.payload() for path in news for article in read_corpus(path).articles.values()]
    async with opened(corpus) as pipelines:
        held += await examples(own_questions(), pipelines)
    public = {
        "squad": squad(data / "squad2" / "dev-v2.0.json", "tune"),
        "clapnq": clapnq(data / "clapnq", "tune"),
    }
    for name, found in public.items():
        async with opened(found.articles) as pipelines:
            held += await examples(public_questions(name, found, LIMITS[name]), pipelines)
    return held


def main(
    data: Annotated[Path, typer.Option(help="The folder that holds squad2/ and clapnq/")],
    write: Annotated[
        bool, typer.Option("--write", help="Put the weights in the place of the old ones")
    ] = False,
) -> None:
    """Learn, say what questions of unseen stories get, and print or write the module of weights."""
    held = prepared(asyncio.run(gathered(data)))
    reads = cross_read(held)
    sure = cross_confidence(reads)
    sys.stderr.writelines(f"{line}\n" for line in (*report(reads, sure), *without(held)))
    text = written(learn_sentence(held), learn_confidence(reads), calibration(reads, sure))
    if write:
        WEIGHTS.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    typer.run(main)
