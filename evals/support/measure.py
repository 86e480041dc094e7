"""The rates of the check: lies shown, true sentences shown as written, replaced by their quotes, withheld."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from evals.stats import wilson
from evals.support.lies import EDITS, KINDS
from service.domain.answer import EvidenceSentence, Style
from service.domain.article import Sentence, Vector
from service.domain.chunking import find_sentences
from service.domain.labels import sentences_of
from service.domain.prose import clauses
from service.domain.relevance import about_the_same, bears_on, cosine
from service.domain.speech import attribute
from service.domain.support import Support, support
from service.domain.text import normalise
from service.ports import Embedder, SentenceSplitter

SEED: Final = 20_260_301
STYLES: Final[tuple[Style, ...]] = ("quotes", "close", "prose")


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A true sentence in own words, the sentences that bear it, and the text around them."""

    text: str
    bearing: tuple[EvidenceSentence, ...]
    around: tuple[EvidenceSentence, ...]
    question: str
    articles: tuple[str, ...] = ()
    """The ids of the articles that hold its evidence."""


@dataclass(slots=True)
class Rate:
    """So many of n."""

    hits: int = 0
    n: int = 0

    def add(self, hit: bool) -> None:  # noqa: FBT001 - it is the value
        """Count one."""
        self.hits += hit
        self.n += 1

    def as_dict(self) -> dict[str, Any]:
        """With Wilson's interval of 95 %; None where nothing was counted."""
        if not self.n:
            return {"rate": None, "hits": 0, "n": 0, "interval": None}
        held = wilson(self.hits, self.n)
        between = None if held is None else [round(held.low, 4), round(held.high, 4)]
        return {"rate": round(self.hits / self.n, 4), "hits": self.hits, "n": self.n, "interval": between}


@dataclass(slots=True, eq=False)
class Near:
    """Cosines of clauses and sentences, from an embedder; without one nothing is known."""

    vectors: dict[str, Vector] = field(default_factory=dict)

    def near(self, clause: str, sentence: EvidenceSentence) -> float | None:
        """Cosine of the two."""
        found = self.vectors.get(clause)
        return None if found is None else cosine(found, sentence.vector)

    def entailed(self, clause: str, sentence: EvidenceSentence) -> float | None:  # noqa: ARG002 - `Signals` has it
        """No NLI model is asked."""
        return None

    async def learn(self, embedder: Embedder | None, texts: Iterable[str]) -> None:
        """Embed the clauses of texts."""
        wanted = sorted({part for text in texts for part in (*clauses(text), text)} - self.vectors.keys())
        if embedder is not None and wanted:
            self.vectors.update(zip(wanted, await embedder.embed(wanted), strict=True))


def outcome(
    text: str, cited: Sequence[EvidenceSentence], style: Style, near: Near, question: str | None = None
) -> str:
    """`shown` as written, `quoted` or `withheld`, as a reader would meet it.

    A quote also has to bear on the question, where one is given.
    """
    held: Support = support(text, cited, style, near)
    if held.match is not None:
        return "shown"
    vector = near.vectors.get(question or "")
    bearing = [s for s in cited if question is None or bears_on(question, vector, s)]
    return "quoted" if any(about_the_same(text, sentence) for sentence in bearing) else "withheld"


async def stories(
    seeds: Path, splitter: SentenceSplitter, embedder: Embedder | None, only: Collection[str] | None = None
) -> dict[str, tuple[EvidenceSentence, ...]]:
    """The sentences of each article of a folder, by the article's id; of `only` where it is given."""
    found: dict[str, tuple[EvidenceSentence, ...]] = {}
    for path in _files(seeds, "*.md"):
        front, body = path.read_text(encoding="utf-8").split("---\n", 2)[1:]
        name = str(yaml.safe_load(front)["id"])
        if only is not None and name not in only:
            continue
        text = normalise(body)
        spans = attribute(text, find_sentences(text, splitter.split))
        texts = [text[span.start : span.end] for span in spans]
        vectors = await embedder.embed(texts) if embedder is not None and texts else [_NONE] * len(texts)
        found[name] = tuple(
            EvidenceSentence(1, n, span, words, vector, 1.0)
            for n, (span, words, vector) in enumerate(zip(spans, texts, vectors, strict=True), start=1)
        )
    return found


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.rglob(pattern))


_NONE: Final = np.zeros(0, dtype=np.float32)


def truths(golden: Path, articles: Mapping[str, tuple[EvidenceSentence, ...]]) -> list[Truth]:
    """The reference sentences of the golden questions, with the sentences that hold their evidence quotes."""
    found: list[Truth] = []
    for path in _files(golden, "*.yaml"):
        story = yaml.safe_load(path.read_text(encoding="utf-8"))
        for question in story.get("questions", ()):
            if not question.get("answerable") or "reference" not in question:
                continue
            bearing: dict[int, EvidenceSentence] = {}
            around: list[EvidenceSentence] = []
            ids: dict[str, None] = {}
            for item in question["evidence"]:
                for place in item["any"]:
                    held = articles.get(place["article"], ())
                    if held and place["article"] not in ids:
                        around += held
                        ids[place["article"]] = None
                    bearing |= {id(s): s for s in held if _holds(s, place["quote"])}
            if bearing:
                found += [
                    Truth(text, tuple(bearing.values()), tuple(around), question["question"], tuple(ids))
                    for text in sentences_of(question["reference"])
                ]
    return found


def _holds(sentence: EvidenceSentence, quote: str) -> bool:
    return quote in sentence.text or (len(sentence.text) > 20 and sentence.text in quote)  # noqa: PLR2004


async def golden_rates(held: Sequence[Truth], embedder: Embedder | None) -> dict[str, Any]:
    """Truths by what becomes of them, and lies shown, by kind, for each style."""
    draw = random.Random(SEED)  # noqa: S311 - a sample, no secret
    lies: list[tuple[str, str, tuple[EvidenceSentence, ...]]] = []
    for truth in held:
        around = [sentence.text for sentence in truth.around]
        for kind, make in KINDS.items():
            lie = make(truth.text, around, draw)
            if lie is not None and lie != truth.text:
                lies.append((kind, lie, truth.bearing))
        others = [s for s in truth.around if s not in truth.bearing]
        if others:
            lies.append(("other", truth.text, (draw.choice(others),)))
    near = Near()
    asked = [truth.question for truth in held]
    await near.learn(embedder, [*asked, *(truth.text for truth in held), *(lie for _, lie, _ in lies)])
    report: dict[str, Any] = {}
    for style in STYLES:
        became = Counter(outcome(t.text, t.bearing, style, near, t.question) for t in held)
        by_kind: dict[str, Rate] = {kind: Rate() for kind in (*KINDS, "other")}
        whole = Rate()
        for kind, lie, bearing in lies:
            shown = outcome(lie, bearing, style, near) == "shown"
            by_kind[kind].add(shown)
            whole.add(shown)
        report[style] = {
            "lies_shown": whole.as_dict(),
            "lies_shown_by_kind": {kind: rate.as_dict() for kind, rate in by_kind.items()},
            "truths": {
                name: Rate(became[name], len(held)).as_dict() for name in ("shown", "quoted", "withheld")
            },
        }
    return report


def edit_rates(
    articles: Mapping[str, tuple[EvidenceSentence, ...]], *, each: int = 4
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Near-verbatim edits of quotes that style `close` shows as written, and those, to be read by hand."""
    draw = random.Random(SEED)  # noqa: S311 - a sample, no secret
    rates = {kind: Rate() for kind in EDITS}
    passed: list[dict[str, str]] = []
    for held in articles.values():
        around = [sentence.text for sentence in held]
        for sentence in held:
            for kind, make in EDITS.items():
                for _ in range(each if "cut" in kind else 1):
                    edit = make(sentence.text, around, draw)
                    if edit is None or edit.split() == sentence.text.split():
                        continue
                    shown = support(edit, (sentence,), "close").match is not None
                    rates[kind].add(shown)
                    if shown:
                        passed.append({"kind": kind, "quote": sentence.text, "shown": edit})
    return {kind: rate.as_dict() for kind, rate in rates.items()}, passed


async def summedits_rates(
    folder: Path, splitter: SentenceSplitter, embedder: Embedder | None
) -> dict[str, Any] | None:
    """Balanced accuracy of `prose` on SummEdits, a domain each; None where the folder is absent.

    A summary is called consistent where every sentence of it is borne out by the document's sentences.

    Source: Laban et al., EMNLP 2023, arXiv:2305.14540 (SummaC about 60, GPT-4 about 83).
    """
    paths = _files(folder, "summedits_*.json.gz")
    report: dict[str, Any] = {}
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = json.load(file)
        seen: dict[str, tuple[EvidenceSentence, ...]] = {}
        right = {0: Rate(), 1: Rate()}
        near = Near()
        for row in rows:
            if row["doc"] not in seen:
                seen[row["doc"]] = await _document(row["doc"], splitter, embedder)
            parts = sentences_of(row["summary"])
            await near.learn(embedder, parts)
            said = all(
                outcome(part, _nearest(part, seen[row["doc"]], near), "prose", near) == "shown"
                for part in parts
            )
            right[int(row["label"])].add(said == bool(row["label"]))
        sides = [rate.hits / rate.n for rate in right.values() if rate.n]
        report[path.name.split("_")[1].split(".")[0]] = {
            "balanced_accuracy": round(sum(sides) / len(sides), 4),
            "n": sum(rate.n for rate in right.values()),
            "consistent_kept": right[1].as_dict(),
            "edits_found": right[0].as_dict(),
        }
    return report or None


async def _document(
    text: str, splitter: SentenceSplitter, embedder: Embedder | None
) -> tuple[EvidenceSentence, ...]:
    parts = [text[a:b] for a, b in splitter.split(text)]
    vectors = await embedder.embed(parts) if embedder is not None and parts else [_NONE] * len(parts)
    return tuple(
        EvidenceSentence(1, n, Sentence(0, len(part)), part, vector, 1.0)
        for n, (part, vector) in enumerate(zip(parts, vectors, strict=True), start=1)
    )


def _nearest(
    part: str, held: Sequence[EvidenceSentence], near: Near, *, most: int = 5
) -> tuple[EvidenceSentence, ...]:
    """The sentences of a document that come closest: what a model would have pointed at."""
    ranked = sorted(held, key=lambda s: -(near.near(part, s) or 0.0))
    return tuple(ranked[:most])
