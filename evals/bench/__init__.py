"""Benchmarks: retrieval on public sets, and the speed of the service."""

import typer

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command("speed")
def speed_command() -> None:
    """Placeholder."""
