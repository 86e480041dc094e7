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
from evals.records import Result

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


def lies_shown(labels: Sequence[Labelled], results: Sequence[Result]) -> Mapping[str, Any] | None:
    """What became of the labelled sentences: shown as written, or not.

    Returns:
        Counts `label: {shown, stopped}`; None without labels.
    """
    if not labels:
        return None
    answers = {r.id: r.asked.answer for r in results if r.asked is not None and r.repeat == 0}
    counts: Counter[tuple[str, str]] = Counter()
    for label in labels:
        answer = answers.get(label.question)
        if answer is not None:
            counts[label.label, "shown" if _within(label.text, answer) else "stopped"] += 1
    return {
        kind: {"shown": counts[kind, "shown"], "stopped": counts[kind, "stopped"]} for kind in sorted(_KINDS)
    }


def _within(sentence: str, answer: str) -> bool:
    mine, theirs = tokens(sentence), tokens(answer)
    width = len(mine)
    return bool(width) and any(theirs[k : k + width] == mine for k in range(len(theirs) - width + 1))
