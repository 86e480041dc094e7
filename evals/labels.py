"""Sentences of a model, read and labelled by hand: how many false ones got through.

`evals/labels/model-*.yaml` holds `model`, `split` and `sentences: [{question, text, label, note?}]`. The
label says whether the articles bear the sentence: `true`, `false`, or `off` (true, but no answer).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.folding import tokens
from evals.golden import HERE
from evals.marked_yaml import Reading
from evals.records import Asked, Result

LABELS: Final = HERE / "labels"
_KINDS: Final = frozenset({"true", "false", "off"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """One sentence that a model wrote, and whether the articles bear it."""

    question: str
    text: str
    label: str


def read_labels(path: Path) -> list[Labelled]:
    """Read one file of labels.

    Raises:
        BadInput: With file, line and reason.
    """
    reading = Reading(path)
    root = reading.parse(path.read_text(encoding="utf-8"))
    known = frozenset({"model", "split", "recorded", "read_by", "notes", "sentences"})
    top = reading.fields(root, known, "the labels") if root is not None else None
    found: list[Labelled] = []
    for node in top.items("sentences") if top is not None else ():
        fields = reading.fields(node, frozenset({"question", "text", "label", "note"}), "a label")
        if fields is None:
            continue
        question, text = fields.text("question", required=True), fields.text("text", required=True)
        label = fields.choice("label", _KINDS, required=True)
        if question and text and label:
            found.append(Labelled(question, text, label))
    reading.raise_if_wrong()
    return found


def labels_of(model: str | None, folder: Path = LABELS) -> list[Labelled]:
    """All labels of a model's sentences; none where none were made."""
    if not model or not folder.is_dir():
        return []
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in model)
    return [label for path in sorted(folder.glob(f"model-{name}*.yaml")) for label in read_labels(path)]


def written(labels: Sequence[Labelled], replies: Mapping[str, str]) -> list[Labelled]:
    """The labels of sentences that the model still writes: others were of another prompt.

    Args:
        labels: All that were read.
        replies: By question, what the model wrote.
    """
    return [label for label in labels if _within(label.text, replies.get(label.question, ""))]


def lies_shown(labels: Sequence[Labelled], results: Sequence[Result]) -> Mapping[str, Any] | None:
    """What became of the labelled sentences: shown as written, or not.

    Args:
        labels: Of sentences that the model wrote in this run (`written`).
        results: The run's.

    Returns:
        Counts `label: {shown, stopped}`; None without labels.
    """
    if not labels:
        return None
    answers = {r.id: r.asked for r in results if r.asked is not None and r.repeat == 0}
    counts: Counter[tuple[str, str]] = Counter()
    for label in labels:
        asked = answers.get(label.question)
        if asked is not None:
            counts[label.label, "shown" if _shown(label.text, asked) else "stopped"] += 1
    return {
        kind: {"shown": counts[kind, "shown"], "stopped": counts[kind, "stopped"]} for kind in sorted(_KINDS)
    }


def _shown(sentence: str, asked: Asked) -> bool:
    """Whether a sentence of the answer has just its words; what the articles say instead is none of it."""
    mine = tokens(sentence)
    cited = (tokens(asked.answer[c.start : c.end]) for c in asked.citations)
    return asked.mode == "generative" and bool(mine) and any(theirs == mine for theirs in cited)


def _within(sentence: str, text: str) -> bool:
    mine, theirs = tokens(sentence), tokens(text)
    width = len(mine)
    return bool(width) and any(theirs[k : k + width] == mine for k in range(len(theirs) - width + 1))
