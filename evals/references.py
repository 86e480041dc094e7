"""The references of the summarisation benchmark: summaries and timelines that a person wrote.

One file a story, `evals/references/<story>.yaml`, written before there was a summariser. A story is of the
split that its golden questions are of; what is tuned is tuned on `dev`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from evals.golden import OWN_GOLDEN
from evals.problems import BadInput, Problem, bad

OWN_REFERENCES: Final = OWN_GOLDEN.parent / "references"
Split = Literal["dev", "test"]


@dataclass(frozen=True, slots=True)
class Dated:
    """An entry of a timeline: what a sentence that holds `quote` tells happened on `day`."""

    day: date
    article_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What a person wrote of one article, or of the articles of a topic."""

    story: str
    split: Split
    kind: Literal["article", "topic"]
    article_ids: tuple[str, ...]
    text: str
    timeline: tuple[Dated, ...] = ()

    @property
    def id(self) -> str:
        """A name of its own."""
        return self.article_ids[0] if self.kind == "article" else self.story


def read_references(folder: Path = OWN_REFERENCES, golden: Path = OWN_GOLDEN) -> tuple[Reference, ...]:
    """Read all references.

    Args:
        folder: Holds one YAML file a story.
        golden: Whose folder `dev` says which stories may be tuned on.

    Raises:
        BadInput: Nothing is there, or files cannot be read; each with its reason.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise bad(folder, "holds no references")
    dev = {path.stem for path in (golden / "dev").glob("*.yaml")}
    found: list[Reference] = []
    problems: list[Problem] = []
    for path in files:
        try:
            held = yaml.safe_load(path.read_text(encoding="utf-8"))
            found += _of_story(held, "dev" if path.stem in dev else "test")
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            problems.append(Problem(path, 0, f"cannot be read: {type(error).__name__} {error}"))
    if problems:
        raise BadInput(problems)
    return tuple(found)


def of_split(references: Sequence[Reference], split: str) -> tuple[Reference, ...]:
    """Those of one split, or of `all`."""
    return tuple(reference for reference in references if split in ("all", reference.split))


def _of_story(held: Any, split: Split) -> list[Reference]:
    story = str(held["story"])
    found = [
        Reference(story, split, "article", (str(item["id"]),), str(item["reference"]))
        for item in held["articles"]
    ]
    if topic := held.get("topic"):
        timeline = tuple(
            Dated(entry["date"], str(entry["article"]), str(entry["quote"])) for entry in topic["timeline"]
        )
        ids = tuple(str(article_id) for article_id in topic["article_ids"])
        found.append(Reference(story, split, "topic", ids, str(topic["reference"]), timeline))
    return found
