"""The ways in which a set is run: what is exact, what writes, and which settings that takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from evals.problems import bad


@dataclass(frozen=True, slots=True)
class Profile:
    """A named way to run.

    `replayed`: a model's replies come from cassettes. `recorded`: they go into them.
    """

    name: str
    exact: bool
    generative: bool
    cassettes: Literal["none", "replay", "record"]
    asks: Mapping[str, Any]
    repeats: int = 1
    concurrency: int = 1
    """Questions at once. 1 in the exact profiles: vectors must not depend on who shares a batch."""


PROFILES: Final[Mapping[str, Profile]] = {
    "extractive": Profile(
        "extractive", exact=True, generative=False, cassettes="none", asks={"mode": "extractive"}
    ),
    "llm-replay": Profile(
        "llm-replay", exact=True, generative=True, cassettes="replay", asks={"mode": "auto"}
    ),
    "llm-live": Profile(
        "llm-live",
        exact=False,
        generative=True,
        cassettes="none",
        asks={"mode": "auto"},
        repeats=3,
        concurrency=4,
    ),
}


def profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        BadInput: There is none.
    """
    try:
        return PROFILES[name]
    except KeyError:
        raise bad(Path("--profile"), f"{name!r} is not one of {', '.join(PROFILES)}") from None
