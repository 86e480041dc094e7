"""A model's replies, kept in files and played again: the same prompt gives the same bytes.

A cassette wraps the one port through which the service asks a model. It is keyed by everything that bears
on a reply (model, messages, sampling) and by nothing else, so that neither the order of arguments nor a
client's upgrade breaks it. No header and no key ever reaches it.
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
from service.domain.answer import Usage
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart, Restart
from service.domain.errors import ModelUnavailable
from service.ports import ChatModel

CASSETTES: Final = Path(__file__).parent / "cassettes"
_WORD: Final = 24
"""A replayed text comes in pieces of about so many characters, as a stream does."""

current: ContextVar[tuple[str, int]] = ContextVar("current", default=("", 0))
"""The id and the repeat of the question that is being asked."""


class CassetteMiss(ModelUnavailable):
    """No row for this prompt: the question is not measured, it has not failed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One reply."""

    key: str
    tag: str
    name: str
    """The model as the settings name it; `model` is what the provider says that it is."""
    model: str
    max_tokens: int
    text: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    recorded_ms: float
    recorded_at: str
    asked: str
    """The last message, cut short: it names the nearest row where one is missing."""


def key_of(model: str, request: ChatRequest, salt: int) -> str:
    """The key of a request: sha256 of canonical JSON of all that bears on the reply."""
    bearing = {
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
        path: The file of its rows, one JSON object a line, sorted by key.
        mode: `replay`: a miss is an error. `record`: missing rows are asked for. `refresh`: all are.
    """

    def __init__(self, path: Path, mode: Literal["replay", "record", "refresh"]) -> None:
        self.path = path
        self.mode = mode
        self.rows = _read(path)
        self.used: set[str] = set()
        self.fresh: set[str] = set()
        self.misses: dict[tuple[str, int], str] = {}
        self.calls: dict[tuple[str, int], int] = {}

    @property
    def model(self) -> str | None:
        """The model that the rows come from; None without rows."""
        return next((row.model for row in self.rows.values()), None)

    def settings(self) -> Mapping[str, Any]:
        """The settings of `chat` under which the rows were recorded; empty without rows."""
        row = next(iter(self.rows.values()), None)
        return {} if row is None else {"model": row.name, "max_tokens": row.max_tokens}

    @property
    def digest(self) -> str:
        """Changes with any row."""
        return hashlib.sha256("\n".join(self._lines()).encode()).hexdigest()

    def wrap(self, model: ChatModel) -> ChatModel:
        """A model that speaks from the cassette, or into it."""
        return _Taped(self, model)

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
        return [
            json.dumps(asdict(row), sort_keys=True, ensure_ascii=False)
            for _, row in sorted(self.rows.items())
        ]


def _read(path: Path) -> dict[str, Row]:
    if not path.is_file():
        return {}
    rows: dict[str, Row] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line:
            continue
        try:
            row = Row(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise bad(path, f"not a row of a cassette: {error}", number) from None
        rows[row.key] = row
    return rows


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
        key = key_of(self.name, request, repeat)
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
            name=self.name,
            model=end.model,
            max_tokens=request.max_tokens,
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
        return row


def cassette_path(model: str, split: str, root: Path = CASSETTES) -> Path:
    """Where a model's rows for a split are kept."""
    folder = "".join(c if c.isalnum() or c in "._-" else "-" for c in model)
    return root / folder / f"{split}.jsonl"


def facts_of(cassette: Cassette) -> Mapping[str, Any]:
    """What a run's record says of its cassette."""
    return {
        "rows": len(cassette.rows),
        "unused": len(cassette.unused()),
        "misses": len(cassette.misses),
        "digest": cassette.digest[:16],
        "model": cassette.model,
    }
