"""What all commands share: exit codes, the progress bar, and where the repository's own set is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from evals.golden import OWN_GOLDEN
from evals.problems import BadInput, Exit, NotMeasured
from evals.runner import Progress as Told
from service.domain.errors import ServiceError

OWN_CORPUS: Final = OWN_GOLDEN.parents[1] / "seeds"
err = Console(stderr=True, soft_wrap=True)


def stdout_console() -> Console:
    """Where figures are printed: as wide as they need where nobody's terminal sets the width."""
    return Console(soft_wrap=True, width=None if sys.stdout.isatty() else 160)


@contextmanager
def exits() -> Iterator[None]:
    """Turn what went wrong into the exit code that says so."""
    try:
        yield
    except BadInput as error:
        for problem in error.problems:
            err.print(str(problem), markup=False, highlight=False)
        raise typer.Exit(Exit.BAD_INPUT) from None
    except NotMeasured as error:
        err.print(f"not measured: {error}", markup=False, highlight=False)
        raise typer.Exit(Exit.NOT_MEASURED) from None
    except ServiceError as error:
        # The service could not be opened: that says nothing about its quality.
        err.print(f"not measured: the service did not start: {error.detail}", markup=False, highlight=False)
        raise typer.Exit(Exit.NOT_MEASURED) from None


@contextmanager
def progress_bar() -> Iterator[Told]:
    """A progress bar on a terminal; elsewhere nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        tasks: dict[str, Any] = {}

        def told(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=total)
            shown.update(tasks[stage], completed=done, total=total)

        yield told
