"""What was blessed: the outcomes of a run that later runs are held against, and the flips between two."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.problems import bad
from evals.records import write_lines
from evals.schema import GoldenQuestion


@dataclass(frozen=True, slots=True)
class Kept:
    """One question's outcome in a baseline."""

    verdict: str
    answer: str
    cited: tuple[str, ...]
    retrieved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A blessed run."""

    profile: str
    golden: str
    version: str
    split: str
    git: str | None
    model: str | None
    because: str | None
    questions: Mapping[str, Kept]
    figures: Mapping[str, Mapping[str, Any]]
    values: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose verdict differs between two runs."""

    id: str
    before: str
    after: str
    must_pass: bool

    @property
    def worse(self) -> bool:
        """Correct before, wrong or missing now."""
        return self.before == "correct" and self.after in ("incorrect", "missing")

    @property
    def better(self) -> bool:
        """Not correct before, correct now."""
        return self.before != "correct" and self.after == "correct"


def flips(
    baseline: Baseline, verdicts: Mapping[str, str], questions: Sequence[GoldenQuestion]
) -> tuple[Flip, ...]:
    """Every question with another verdict than the blessed one, the lost ones first."""
    found: list[Flip] = []
    for question in questions:
        kept, now = baseline.questions.get(question.id), verdicts.get(question.id)
        if kept is not None and now is not None and kept.verdict != now:
            found.append(Flip(question.id, kept.verdict, now, "must_pass" in question.tags))
    return tuple(sorted(found, key=lambda flip: (not flip.worse, not flip.must_pass, flip.id)))


def read_baseline(path: Path | None, *, version: str, golden: str, split: str) -> Baseline | None:
    """The blessed run, None where there is none.

    Args:
        path: Its file.
        version: Of the golden set that is run now.
        golden: The set's name.
        split: The split that is run now.

    Raises:
        BadInput: The file is damaged, or was blessed on another set, split or major version of it.
    """
    if path is None or not path.is_file():
        return None
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        found = Baseline(
            **{
                **row,
                "questions": {
                    i: Kept(k["verdict"], k["answer"], tuple(k["cited"]), tuple(k["retrieved"]))
                    for i, k in row["questions"].items()
                },
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise bad(path, f"not a baseline: {error}") from None
    if found.golden != golden:
        raise bad(path, f"was blessed on the set {found.golden!r}, not on {golden!r}")
    if found.version.split(".")[0] != version.split(".", maxsplit=1)[0]:
        raise bad(path, f"was blessed on version {found.version} of the set, this is {version}: bless anew")
    if found.split != split:
        return None
    return found


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Keep a baseline, in a form that diffs well."""
    write_lines(path, [json.dumps(asdict(baseline), indent=1, sort_keys=True, ensure_ascii=False)])
