"""What becomes of a real model's sentences in each style: recorded replies, held against their evidence.

Each sentence is judged by itself, once as the model labelled it and once pointed at the sentence of its
evidence that shares most of its words: a model that writes badly often points badly too, and then the check
has little to do.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from evals.cassettes import Cassette
from evals.labels import Labelled
from evals.support.measure import STYLES, Rate
from service.domain.answer import Check, Cited, EvidenceSentence, Outcome, Style, Task
from service.domain.composing import Composer
from service.domain.labels import Label, ReplyParser, Unit, says_absent
from service.domain.prompting import within
from service.domain.text import has_words
from service.domain.wording import content, share
from service.ports import Embedder
from service.readers.signals import ClaimSignals

ANSWER: Final = "answer "
"""How the prompts begin whose replies are answers."""
Became = Literal["shown", "quoted", "withheld"]
OUTCOMES: Final[tuple[Became, ...]] = ("shown", "quoted", "withheld")
POINTED: Final = ("as it labelled them", "pointed where they fit best")


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A sentence that a model wrote, its question's id, and what the model was shown."""

    question: str
    unit: Unit
    task: Task

    @property
    def text(self) -> str:
        """Its words, without labels."""
        return self.unit.text

    def nearest(self) -> EvidenceSentence:
        """The sentence of the evidence that holds most of its words; of equals the first."""
        mine = content(self.text)
        return max(self.task.evidence.sentences(), key=lambda s: share(mine, content(s.text)))

    def repointed(self) -> Unit:
        """The sentence, pointing at the nearest."""
        near = self.nearest()
        return replace(self.unit, labels=(Label(near.article, near.n),), literals=())


def drafts(cassette: Cassette, tasks: Mapping[tuple[str, int], Task]) -> list[Draft]:
    """The sentences of all replies that a run has played.

    Args:
        cassette: After the run.
        tasks: What its reader was given, by question and repeat.
    """
    words = int(cassette.settings["evidence_words"])
    found = []
    for key in sorted(cassette.used, key=lambda k: cassette.rows[k].tag):
        row = cassette.rows[key]
        task = tasks.get((row.tag, 0))
        if not row.prompt.startswith(ANSWER) or task is None:
            continue
        shown = replace(task, evidence=within(task.evidence, words))
        found += [
            Draft(row.tag, unit, shown)
            for unit in units(row.text)
            if has_words(unit.text) and not says_absent(unit.text)
        ]
    return found


def units(reply: str) -> Iterator[Unit]:
    """A reply as the reader cuts it."""
    parser = ReplyParser()
    yield from parser.feed(reply)
    yield from parser.finish()


async def became(draft: Draft, unit: Unit, style: Style, embedder: Embedder | None) -> Became:
    """What a reader would meet of one sentence, had the model written no other."""
    signals = ClaimSignals(embedder)
    if style == "prose":
        cited = [draft.task.evidence.sentence(label.article, label.n) for label in unit.labels]
        await signals.learn(unit.text, [sentence for sentence in cited if sentence is not None])
    composer = Composer(replace(draft.task, style=style), signals)
    items = [*composer.take(unit), *composer.finish()]
    if not any(isinstance(item, Cited) for item in items):
        return "withheld"
    quoted = any(isinstance(item, Check) and item.outcome is Outcome.QUOTED for item in items)
    return "quoted" if quoted or style == "quotes" else "shown"


async def draft_rates(
    held: Sequence[Draft], labels: Sequence[Labelled], embedder: Embedder | None
) -> dict[str, Any]:
    """By pointing and style, what became of the sentences of each label."""
    read = {(label.question, label.text): label.label for label in labels}
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for draft in held:
        label = read.get((draft.question, draft.text), "unread")
        for pointed, unit in zip(POINTED, (draft.unit, draft.repointed()), strict=True):
            for style in STYLES:
                counts[pointed, style, label, await became(draft, unit, style, embedder)] += 1
    kinds = Counter(read.get((draft.question, draft.text), "unread") for draft in held)
    return {
        "sentences": len(held),
        "labels": dict(sorted(kinds.items())),
        "rates": {
            pointed: {
                style: {
                    label: {
                        name: Rate(counts[pointed, style, label, name], kinds[label]).as_dict()
                        for name in OUTCOMES
                    }
                    for label in sorted(kinds)
                }
                for style in STYLES
            }
            for pointed in POINTED
        },
    }


def sheet(held: Sequence[Draft], labels: Sequence[Labelled], model: str, split: str) -> str:
    """What is still to be read, as a file of labels whose `label` stands empty."""
    import yaml

    read = {(label.question, label.text) for label in labels}
    rows: list[dict[str, str]] = []
    for draft in held:
        place = (draft.question, draft.text)
        if place not in read:
            read.add(place)
            rows.append(
                {"question": draft.question, "text": draft.text, "label": "", "note": draft.nearest().text}
            )
    top = {"model": model, "split": split, "sentences": rows}
    return yaml.safe_dump(top, sort_keys=False, allow_unicode=True, width=110)
