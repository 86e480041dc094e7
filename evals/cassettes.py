"""A model's replies, kept in files and played again: the same prompt gives the same bytes.

A cassette wraps the one port through which the service asks a model. It is keyed by everything that bears
on a reply (model, messages, sampling) and by nothing else, so that neither the order of arguments nor a
client's upgrade breaks it. Its first line holds the settings under which all its rows were recorded: those
that a replay needs to make the same prompts. No header and no key ever reaches it.
"""

import difflib
import hashlib
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from evals.problems import bad
from evals.records import write_lines
from service.domain.answer import Reading, Task, Usage
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart, Restart
from service.domain.errors import ModelUnavailable
from service.ports import ChatModel, Reader
from service.settings import Chat

CASSETTES: Final = Path(__file__).parent / "cassettes"
_WORD: Final = 24
"""A replayed text comes in pieces of about so many characters, as a stream does."""

SAMPLING: Final = frozenset(
    """temperature top_p top_k min_p typical_p seed stop grammar json_schema response_format logit_bias
    presence_penalty frequency_penalty repeat_penalty reasoning_effort""".split()  # noqa: SIM905 - words
)
"""What of `chat.extra` bears on a reply; the rest may hold a header, and is not kept."""

current: ContextVar[tuple[str, int]] = ContextVar("current", default=("", 0))
"""The id and the repeat of the question that is being asked."""


class CassetteMiss(ModelUnavailable):
    """No row for this prompt: the question is not measured, it has not failed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One reply."""

    key: str
    tag: str
    prompt: str
    """The prompt's name and version."""
    model: str
    """What the provider says that it is."""
    text: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    recorded_ms: float
    recorded_at: str
    asked: str
    """The last message, cut short: it names the nearest row where one is missing."""


def kept_settings(chat: Chat) -> dict[str, Any]:
    """The settings of `chat` that bear on prompts and replies, without addresses, headers and keys."""
    return {
        "model": chat.model,
        "max_tokens": chat.max_tokens,
        "evidence_words": chat.evidence_words,
        "extra": {name: value for name, value in sorted(chat.extra.items()) if name in SAMPLING},
    }


def key_of(model: str, request: ChatRequest, salt: int, extra: Mapping[str, Any] | None = None) -> str:
    """The key of a request: sha256 of canonical JSON of all that bears on the reply."""
    bearing = {
        "extra": dict(extra or {}),
        "model": model,
        "messages": [[message.role, message.content] for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "salt": salt,
    }
    text = json.dumps(bearing, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Cassette:
    """The rows of one model, and what became of them in this run.

    Args:
        path: The file of its settings and its rows, one JSON object a line, rows sorted by key.
        mode: `replay`: a miss is an error. `record`: missing rows are asked for. `refresh`: all are.
    """

    def __init__(self, path: Path, mode: Literal["replay", "record", "refresh"]) -> None:
        self.path = path
        self.mode = mode
        self.settings, self.rows = _read(path)
        self.used: set[str] = set()
        self.fresh: set[str] = set()
        self.misses: dict[tuple[str, int], str] = {}
        self.calls: dict[tuple[str, int], int] = {}
        self.tasks: dict[tuple[str, int], Task] = {}
        """What the reader was given for each question and repeat."""

    @property
    def model(self) -> str | None:
        """The model that the rows come from; None without rows."""
        return next((row.model for row in self.rows.values()), None)

    @property
    def answers(self) -> dict[str, str]:
        """By question, the first reply to the prompt `answer`."""
        rows = [row for row in self.rows.values() if row.prompt.startswith("answer ")]
        return {row.tag: row.text for row in sorted(rows, key=lambda row: row.key, reverse=True)}

    @property
    def tags(self) -> frozenset[str]:
        """The questions that have a reply."""
        return frozenset(row.tag for row in self.rows.values())

    def under(self, chat: Chat) -> None:
        """Take the settings under which replies are played or recorded.

        Raises:
            BadInput: The rows were recorded under others.
        """
        wanted = kept_settings(chat)
        if self.mode == "refresh" and not self.fresh and wanted != self.settings:
            self.rows = {}  # none of them can be asked for again
        if self.rows and wanted != self.settings:
            differing = ", ".join(sorted(k for k in wanted if wanted[k] != self.settings.get(k)))
            raise bad(self.path, f"was recorded under other settings ({differing}): `record --refresh`")
        self.settings = wanted

    @property
    def digest(self) -> str:
        """Changes with any row."""
        return hashlib.sha256("\n".join(self._lines()).encode()).hexdigest()

    def wrap(self, model: ChatModel) -> ChatModel:
        """A model that speaks from the cassette, or into it."""
        return _Taped(self, model)

    def watch(self, reader: Reader) -> Reader:
        """The same reader; what it is given is kept."""
        return _Watched(reader, self.tasks)

    def unused(self) -> list[Row]:
        """Rows that no prompt of this run asked for: stale ones, after a whole run."""
        return [row for key, row in sorted(self.rows.items()) if key not in self.used]

    def nearest(self, tag: str, asked: str) -> str:
        """What a miss should say: which row comes closest."""
        same = [row for row in self.rows.values() if row.tag == tag]
        if same:
            return f"a row of {tag} is there, for another prompt: record again"
        texts = {row.asked: row.tag for row in self.rows.values()}
        close = difflib.get_close_matches(asked, list(texts), n=1, cutoff=0.3)
        return f"the nearest row is that of {texts[close[0]]}" if close else "no row comes near"

    def save(self, *, drop_unused: bool = False) -> None:
        """Write the rows, sorted by key, so that a diff shows what changed."""
        if drop_unused:
            self.rows = {key: row for key, row in self.rows.items() if key in self.used}
        write_lines(self.path, self._lines())

    def _lines(self) -> list[str]:
        held = [{"settings": self.settings}, *(asdict(row) for _, row in sorted(self.rows.items()))]
        return [json.dumps(line, sort_keys=True, ensure_ascii=False) for line in held]


def _read(path: Path) -> tuple[Mapping[str, Any], dict[str, Row]]:
    settings: Mapping[str, Any] = {}
    rows: dict[str, Row] = {}
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            held = json.loads(line)
            if number == 1:
                settings = dict(held["settings"])
                continue
            row = Row(**held)
        except (ValueError, TypeError, KeyError) as error:
            what = "the settings" if number == 1 else "a row"
            raise bad(path, f"not {what} of a cassette: {error}", number) from None
        rows[row.key] = row
    return settings, rows


@dataclass(frozen=True, slots=True)
class _Watched:
    """A `Reader` whose tasks are kept."""

    reader: Reader
    tasks: dict[tuple[str, int], Task]

    def read(self, task: Task) -> AsyncGenerator[Reading]:
        self.tasks[current.get()] = task
        return self.reader.read(task)


class _Taped:
    """A `ChatModel` behind a cassette."""

    def __init__(self, cassette: Cassette, model: ChatModel) -> None:
        self._cassette = cassette
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        return await self._model.price(prompt_tokens, completion_tokens)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:
        cassette = self._cassette
        tag, repeat = current.get()
        cassette.calls[tag, repeat] = cassette.calls.get((tag, repeat), 0) + 1
        key = key_of(self.name, request, repeat, cassette.settings.get("extra"))
        row = cassette.rows.get(key)
        if row is None or (cassette.mode == "refresh" and key not in cassette.fresh):
            if cassette.mode == "replay":
                asked = request.messages[-1].content[:200]
                cassette.misses[tag, repeat] = cassette.nearest(tag, asked)
                raise CassetteMiss(f"the cassette has no reply for {tag}")
            row = await self._record(key, tag, request)
        cassette.used.add(key)
        for start in range(0, len(row.text), _WORD):
            yield row.text[start : start + _WORD]
        finish = row.finish if row.finish in ("stop", "length", "interrupted") else "stop"
        yield CompletionEnd(finish, Usage(row.prompt_tokens, row.completion_tokens, 0.0), row.model)  # type: ignore[arg-type] # one of the three, see above

    async def _record(self, key: str, tag: str, request: ChatRequest) -> Row:
        began = time.perf_counter()
        pieces: list[str] = []
        end: CompletionEnd | None = None
        async for part in self._model.stream(request):
            if isinstance(part, CompletionEnd):
                end = part
            elif isinstance(part, Restart):
                pieces = []
            else:
                pieces.append(part)
        if end is None:
            raise ModelUnavailable("the model's reply broke off")
        row = Row(
            key=key,
            tag=tag,
            prompt=f"{request.prompt.name} v{request.prompt.version}" if request.prompt else "",
            model=end.model,
            text="".join(pieces),
            finish=end.finish,
            prompt_tokens=end.usage.prompt_tokens,
            completion_tokens=end.usage.completion_tokens,
            recorded_ms=round((time.perf_counter() - began) * 1_000, 1),
            recorded_at=datetime.now(UTC).date().isoformat(),
            asked=request.messages[-1].content[-200:],
        )
        self._cassette.rows[key] = row
        self._cassette.fresh.add(key)
        self._cassette.save()  # a reply may have taken minutes: a recording that is killed has kept it
        return row


def cassette_path(model: str, split: str, root: Path = CASSETTES) -> Path:
    """Where a model's rows for a split are kept."""
    folder = "".join(c if c.isalnum() or c in "._-" else "-" for c in model)
    return root / folder / f"{split}.jsonl"


def facts_of(cassette: Cassette) -> Mapping[str, Any]:
    """What a run's record says of its cassette."""
    return {
        "path": str(cassette.path),
        "rows": len(cassette.rows),
        "unused": len(cassette.unused()),
        "misses": len(cassette.misses),
        "digest": cassette.digest[:16],
        "model": cassette.model,
    }
