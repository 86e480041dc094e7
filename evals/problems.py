"""What is wrong with an input, where, and the exit codes that the command line keeps apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class Exit(IntEnum):
    """What a command's exit code says; 1 and 3 must never be confused."""

    PASSED = 0
    FAILED = 1
    """A quality gate failed."""
    BAD_INPUT = 2
    """The set, the corpus, the gates or the command cannot be used."""
    NOT_MEASURED = 3
    """The service was down, an answer is missing, a cassette has no such row."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the file, its line counted from 1 (0: the whole file), and why."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        path = self.path
        if path.is_absolute() and path.is_relative_to(Path.cwd()):
            path = path.relative_to(Path.cwd())
        where = f"{path}:{self.line}" if self.line else str(path)
        return f"{where}: {self.reason}"


class BadInput(Exception):
    """An input that cannot be used; says all that is wrong with it, not the first thing alone."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class NotMeasured(Exception):
    """The service could not be measured; says nothing about its quality."""


def bad(path: Path, reason: str, line: int = 0) -> BadInput:
    """A `BadInput` with one problem."""
    return BadInput([Problem(path, line, reason)])
