"""The command line: serve, ingest, ask, summarise, search, reindex, feedback, check.

Exit codes: 0 done, 1 an item failed and the rest is stored, 2 bad usage or settings.
"""

import asyncio
import json
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, TypeVar, cast, get_args

import typer
import uvicorn
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.adapters.article_files import FileItem, count_articles, read_articles
from service.api.requests import ArticleIn, checked_question
from service.api.responses import SummaryOut
from service.api.summaries import SummaryIn
from service.app import create_app
from service.bootstrap import Pipelines, check_settings, open_answers, open_pipelines
from service.domain.answer import Answer, Question
from service.domain.article import NO_FILTERS, Article, ReceiptStatus
from service.domain.errors import Misconfigured, ServiceError
from service.domain.feedback import Candidate, Value, draft
from service.domain.summary import DEFAULT_WORDS
from service.settings import Settings
from service.telemetry import set_up_logs

M = TypeVar("M", bound=BaseModel)
BATCH: Final = 64
"""Articles stored together by `ingest`."""
WAIT_S: Final = 3_600.0
GRACE_S: Final = 30
"""Seconds that running answers have when the service is stopped."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

app = typer.Typer(
    name="byline",
    help="Questions over news articles, each sentence on exact words of a stored article.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Data = Annotated[
    Path | None, typer.Option("--data", help="The data folder (BYLINE_DATA_DIR, ./data)", show_default=False)
]


def main() -> None:
    """Run the command line; an error of ours is one line and a code."""
    try:
        app()
    except ServiceError as error:
        fail(error.detail)
    except KeyboardInterrupt:
        sys.exit(130)


def fail(message: str) -> NoReturn:
    """Say what is wrong in one line, and end with 2."""
    err.print(f"byline: {message}", style="red", markup=False)
    sys.exit(2)


def _settings(data: Path | None, **overrides: Any) -> Settings:
    settings = Settings.load(**({"data_dir": data} if data is not None else {}), **overrides)
    set_up_logs(settings.log_level)
    return settings


def _with_pipelines(
    settings: Settings,
    call: Callable[[Pipelines], Awaitable[int]],
    *,
    reindex: bool = False,
    warm: bool = True,
) -> None:
    """Open everything quietly, call, and end with the code that comes back."""
    logging.getLogger().setLevel(logging.WARNING)

    async def run() -> int:
        async with open_pipelines(settings, reindex=reindex, warm=warm) as pipelines:
            return await call(pipelines)

    sys.exit(asyncio.run(run()))


@app.command()
def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Port to listen on")] = None,
    allow_anonymous: Annotated[
        bool, typer.Option("--allow-anonymous", help="Without keys, serve everybody who can reach the port")
    ] = False,
) -> None:
    """Serve over HTTP until Ctrl-C."""
    settings = _settings(data)
    given = {"host": host, "port": port, "allow_anonymous": allow_anonymous or None}
    http = settings.http.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    settings = settings.model_copy(update={"http": http})
    if not http.api_keys and not http.allow_anonymous and http.host not in LOOPBACK:
        raise Misconfigured(
            f"without BYLINE_HTTP__API_KEYS the service listens on loopback only, not on {http.host}; "
            "--allow-anonymous lifts that"
        )
    if http.allow_anonymous and not http.api_keys:
        err.print("byline: no keys, and anonymous callers are allowed: whoever reaches the port is served")
    listener = _listen(http.host, http.port)
    asyncio.run(_serve(settings, listener))


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything slow is done."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise Misconfigured(f"port {port} on {host} cannot be used: {error.strerror}") from None
    return listener


async def _serve(settings: Settings, listener: socket.socket) -> None:
    async with open_pipelines(settings) as pipelines:
        config = uvicorn.Config(
            create_app(pipelines),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
        )
        host, port = listener.getsockname()[:2]
        logging.getLogger(__name__).info("listening on http://%s:%s", host, port)
        # uvicorn raises the signal that stopped it once more: unheeded, since the indexes are still open.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        await uvicorn.Server(config).serve([listener])


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, or - for JSON on standard input")],
    data: Data = None,
) -> None:
    """Store articles from JSON, NDJSON, Markdown with front matter, or plain text."""
    settings = _settings(data)

    async def run(pipelines: Pipelines) -> int:
        counts = dict.fromkeys([*(status.value for status in ReceiptStatus), "failed"], 0)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=err) as progress:
            task = progress.add_task("Ingesting", total=count_articles(paths) or None)
            for batch in _batches(read_articles(paths)):
                for line in await _store(pipelines, batch, counts):
                    progress.console.print(line, style="red", markup=False)
                progress.update(task, advance=len(batch))
        out.print(", ".join(f"{count} {name}" for name, count in counts.items()))
        return 1 if counts["failed"] else 0

    # What is known already needs no vectors: then the model is never loaded.
    _with_pipelines(settings, run, warm=False)


async def _store(pipelines: Pipelines, batch: list[FileItem], counts: dict[str, int]) -> list[str]:
    """Store a batch; a line for each item that could not be."""
    lines: list[str] = []
    articles: list[tuple[str, Article]] = []
    for item in batch:
        try:
            articles.append((item.where, _article(item, pipelines.settings)))
        except ServiceError as error:
            lines.append(f"{item.where}: {error.detail}")
    results = await pipelines.ingest([article for _, article in articles], wait_s=WAIT_S)
    for (where, _), result in zip(articles, results, strict=True):
        if isinstance(result, ServiceError):
            lines.append(f"{where}: {result.detail}")
        else:
            counts[result.status.value] += 1
    counts["failed"] += len(lines)
    return lines


def _article(item: FileItem, settings: Settings) -> Article:
    if item.fields is None:
        raise Misconfigured(item.error or "cannot be read")
    return _validated(ArticleIn, item.fields).to_domain(settings.zone)


def _validated(model: type[M], fields: Mapping[str, Any]) -> M:
    """What was given as the API would take it; Misconfigured names the field that is wrong."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise Misconfigured(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None


def _batches(items: Iterator[FileItem]) -> Iterator[list[FileItem]]:
    batch: list[FileItem] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question")],
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON")] = False,
) -> None:
    """Answer a question from the stored articles."""
    settings = _settings(data)

    async def run(pipelines: Pipelines) -> int:
        answer = await pipelines.answer(Question(checked_question(question, "question")))
        if as_json:
            from service.api.responses import AnswerOut

            out.print_json(json.dumps(AnswerOut.of(answer).model_dump(mode="json"), ensure_ascii=False))
        else:
            _show(answer)
        return 0

    _with_pipelines(settings, run)


def _show(answer: Answer) -> None:
    """An answer as text: numbered quotes, their sources and dates; or an abstention and what came nearest."""
    if answer.abstention is not None:
        out.print(answer.abstention.message, markup=False)
        if answer.abstention.missing_words:
            out.print("No article has: " + ", ".join(answer.abstention.missing_words), markup=False)
        for near in answer.abstention.nearest:
            out.print(
                f"  near: “{near.quote.text}” ({near.article.source or near.article.headline})", markup=False
            )
        return
    numbers = {source.article.id: source for source in answer.sources}
    out.print(answer.text + "\n", markup=False)
    for citation in answer.citations:
        for quote in citation.quotes:
            held = numbers[quote.article_id or ""]
            when = "undated" if held.article.published_at is None else f"{held.article.published_at:%Y-%m-%d}"
            out.print(f"[{citation.id}] “{quote.text}”", markup=False)
            out.print(
                f"    {held.article.source or '-'}, {when}: {held.article.headline}",
                markup=False,
                style="dim",
            )


@app.command()
def summarise(
    query: Annotated[str | None, typer.Argument(help="What the articles are about")] = None,
    data: Data = None,
    ids: Annotated[list[str] | None, typer.Option("--id", help="An article's id; may be repeated")] = None,
    file: Annotated[
        typer.FileText | None, typer.Option("--text", help="A file of plain text, or - for standard input")
    ] = None,
    kind: Annotated[
        str, typer.Option(help="brief, bullets, headline, timeline, digest or who_said_what")
    ] = "brief",
    words: Annotated[int, typer.Option("--words", help="Words at most, 10 to 2,000")] = DEFAULT_WORDS,
    as_json: Annotated[bool, typer.Option("--json", help="The whole summary as JSON")] = False,
) -> None:
    """Summarise articles by id, all that match a query, or a text."""
    settings = _settings(data)
    given = {"query": query, "article_ids": ids or None, "text": None if file is None else file.read()}
    request = _validated(SummaryIn, given | {"kind": kind, "max_words": words}).to_domain(settings.zone)

    async def run(pipelines: Pipelines) -> int:
        summary = await pipelines.summarise(request)
        if as_json:
            out.print_json(json.dumps(SummaryOut.of(summary).model_dump(mode="json"), ensure_ascii=False))
            return 0
        _show(summary.answer)
        held = summary.coverage
        out.print(f"\n{held.used} of {held.matched} articles used", markup=False)
        for left in held.left_out:
            out.print(f"  not {left.article_id}: {left.why}", markup=False, style="dim")
        return 0

    _with_pipelines(settings, run)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Any words")],
    data: Data = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Passages at most")] = 5,
) -> None:
    """Show the passages that a query finds."""
    settings = _settings(data)

    async def run(pipelines: Pipelines) -> int:
        found = await pipelines.retrieve(checked_question(query, "query"), filters=NO_FILTERS, limit=limit)
        for n, passage in enumerate(found.passages, start=1):
            held = passage.revision.article
            out.print(f"{n}. {passage.score:.3f}  {held.headline} ({held.id})", markup=False)
            out.print("   " + passage.text.replace("\n", " "), markup=False, style="dim")
        return 0

    _with_pipelines(settings, run)


@app.command()
def reindex(data: Data = None) -> None:
    """Make all vectors and indexes anew, for instance for another embedding model."""
    settings = _settings(data)

    async def run(pipelines: Pipelines) -> int:
        await pipelines.index.wait_for(await pipelines.articles.last_seq(), WAIT_S)
        out.print(
            f"{await pipelines.articles.live_count()} passages of {await pipelines.articles.count()} articles"
        )
        return 0

    _with_pipelines(settings, run, reindex=True)


@app.command()
def feedback(
    data: Data = None,
    value: Annotated[str | None, typer.Option(help="good or bad: answers with such a word alone")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Answers at most")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON each, to complete")] = False,
) -> None:
    """List answers that readers spoke of, newest word first: candidates for the golden set."""
    settings = _settings(data)
    if value not in (None, *get_args(Value)):
        fail("--value is good or bad")

    async def run() -> Sequence[Candidate]:
        async with open_answers(settings) as answers:
            return await answers.candidates(limit=limit, value=cast("Value | None", value))

    for candidate in asyncio.run(run()):
        drafted = draft(candidate)
        if as_json:
            out.print(json.dumps(drafted, ensure_ascii=False), markup=False)
            continue
        out.print(f"{drafted['as_of']}  {drafted['status']}  {drafted['question']}", markup=False)
        for said in drafted["readers"]:
            words = [said["value"], *said["reasons"], *filter(None, [said["comment"]])]
            out.print("    " + "; ".join(words), markup=False, style="dim")


@app.command()
def check(data: Data = None) -> None:
    """Show the settings in force, secrets masked, and try every dependency; runs beside a service."""
    settings = _settings(data)
    logging.getLogger().setLevel(logging.ERROR)
    out.print_json(settings.model_dump_json())
    failed = False
    for name, (status, detail) in asyncio.run(check_settings(settings)).items():
        failed = failed or status == "failed"
        out.print(f"{status:9} {name}: {detail}", markup=False)
    sys.exit(2 if failed else 0)


if __name__ == "__main__":
    main()
