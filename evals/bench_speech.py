"""How well the rules find who speaks, on sentences labelled by people who had not read the rules.

The labels stand in `evals/labels/speech-*.yaml`, the articles in `seeds/`. A label with `speaker: null` is
a sentence in which no named person speaks. A sentence counts as right where the rules give the same person
or, like the label, nobody.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from service.adapters.article_files import read_articles
from service.adapters.nupunkt_sentences import NupunktSentences
from service.domain.article import Sentence
from service.domain.asked_speech import same_person
from service.domain.chunking import find_sentences
from service.domain.speech import attribute
from service.domain.text import normalise

_Z: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Label:
    """A labelled sentence; `how` is direct, reported or none."""

    article: str
    quote: str
    speaker: str | None
    how: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A label with what the rules gave."""

    label: Label
    found: str | None

    @property
    def right(self) -> bool:
        """Whether both name the same person, or both nobody."""
        if self.label.speaker is None or self.found is None:
            return self.label.speaker is self.found
        return same_person(self.label.speaker, self.found) or same_person(self.found, self.label.speaker)


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion with Wilson's 95 % interval."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """None where there was nothing to count."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound (Wilson 1927); (0, 1) where there was nothing to count."""
        if not self.n:
            return 0.0, 1.0
        p, n, z = self.hits / self.n, self.n, _Z
        middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - spread) / (1 + z * z / n)), min(1.0, (middle + spread) / (1 + z * z / n))

    def __str__(self) -> str:
        if not self.n:
            return "- (0)"
        low, high = self.interval
        return f"{self.hits / self.n:.3f} [{low:.3f}, {high:.3f}] ({self.hits}/{self.n})"


@dataclass(frozen=True, slots=True)
class SpeechReport:
    """The figures: of sentences given a speaker, of sentences that have one, of all, and by kind."""

    precision: Share
    recall: Share
    accuracy: Share
    by_how: dict[str, Share]
    wrong: tuple[Judged, ...]


def read_labels(folder: Path) -> list[Label]:
    """The labels of a folder, in the order of its files."""
    files = (
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("speech-*.yaml"))
    )
    rows = (row for file in files for row in file["sentences"])
    return [Label(row["article"], row["quote"], row["speaker"], row["how"]) for row in rows]


def judge(labels: Sequence[Label], texts: Mapping[str, str]) -> list[Judged]:
    """Run the rules over the labels' articles, `texts` by id.

    Raises:
        ValueError: A labelled article or sentence is not there.
    """
    splitter = NupunktSentences()
    read: dict[str, tuple[Sentence, ...]] = {}
    judged = []
    for label in labels:
        text = texts.get(label.article)
        start = -1 if text is None else text.find(label.quote)
        if text is None or start < 0:
            raise ValueError(f"{label.article} does not hold the sentence {label.quote[:60]!r}")
        if label.article not in read:
            read[label.article] = attribute(text, find_sentences(text, splitter.split))
        end = start + len(label.quote)
        best = max(read[label.article], key=lambda s: min(end, s.end) - max(start, s.start))
        judged.append(Judged(label, best.speaker))
    return judged


def report(judged: Sequence[Judged]) -> SpeechReport:
    """Count what was judged."""
    given = [j for j in judged if j.found is not None]
    named = [j for j in judged if j.label.speaker is not None]
    kinds = sorted({j.label.how for j in judged})
    return SpeechReport(
        precision=_share(given),
        recall=_share(named),
        accuracy=_share(judged),
        by_how={kind: _share([j for j in judged if j.label.how == kind]) for kind in kinds},
        wrong=tuple(j for j in judged if not j.right),
    )


def _share(judged: Sequence[Judged]) -> Share:
    return Share(sum(j.right for j in judged), len(judged))


def bench_speech(labels: Path, corpus: Path) -> SpeechReport:
    """Measure the rules on the labels in `labels` over the articles in `corpus`."""
    items = (item.fields for item in read_articles([corpus]) if item.fields)
    texts = {str(fields["id"]): normalise(str(fields["text"])) for fields in items}
    return report(judge(read_labels(labels), texts))


def render(result: SpeechReport) -> str:
    """The report as plain text, what was wrong at the end."""
    lines = [
        f"precision {result.precision}",
        f"recall    {result.recall}",
        f"accuracy  {result.accuracy}",
        *(f"  {kind:9} {share}" for kind, share in result.by_how.items()),
    ]
    lines += [f"- {j.label.article}: {j.label.speaker} | {j.found} | {j.label.quote}" for j in result.wrong]
    return "\n".join(lines)
