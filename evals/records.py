"""What a run keeps: one line a question in `results.jsonl`, the stored texts, and what differs beside them.

`results.jsonl` holds nothing that differs between two runs of an exact profile: no ids, no times, scores
rounded to 1e-5. What differs (times, machine, versions) stands in `run.json`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from evals.problems import bad

RESULTS: Final = "results.jsonl"
STORED: Final = "stored.jsonl"
RUN: Final = "run.json"
SYSTEMS: Final = "systems.jsonl"
DIGITS: Final = 5

Status: TypeAlias = Literal["ok", "error", "unmeasured"]


@dataclass(frozen=True, slots=True)
class CitedQuote:
    """A quote of a citation: where it says it stands, and its words."""

    article: str
    revision: int
    start: int
    end: int
    text: str
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence of an answer with its quotes."""

    start: int
    end: int
    match: str
    quotes: tuple[CitedQuote, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came back from `/ask`, less what differs between two runs."""

    status: str
    mode: str
    answer: str
    confidence: float | None
    citations: tuple[CitedSentence, ...] = ()
    sources: tuple[str, ...] = ()
    """Article ids of the evidence, best first."""
    copies: tuple[str, ...] = ()
    """Article ids that the sources name as their copies."""
    nearest: tuple[CitedQuote, ...] = ()
    abstention: str | None = None
    missing_words: tuple[str, ...] = ()
    degraded_reason: str | None = None
    finish: str = "stop"
    checks: tuple[tuple[str, str, int], ...] = ()
    """(reason, outcome, n) of a model's sentences."""
    conflicts: int = 0
    standalone: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    prompt: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def abstained(self) -> bool:
        """Whether no answer was given."""
        return self.status == "abstained"


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage of `/search`."""

    article: str
    revision: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Result:
    """How one question ended."""

    id: str
    repeat: int
    status: Status
    reason: str | None = None
    asked: Asked | None = None
    retrieved: tuple[Retrieved, ...] = ()
    model_calls: int = 0

    def line(self) -> str:
        """Its line in `results.jsonl`."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def to_asked(body: Mapping[str, Any]) -> Asked:
    """Take what `/ask` gave.

    Raises:
        KeyError, TypeError, ValueError: It is not the object that the interface describes.
    """
    abstention = body["abstention"] or {}
    provenance = body["provenance"]
    prompt = provenance["prompt"]
    confidence = body["confidence"]
    sources = body["sources"]
    return Asked(
        status=str(body["status"]),
        mode=str(body["mode"]),
        answer=str(body["answer"]),
        confidence=None if confidence is None else round(float(confidence), DIGITS),
        citations=tuple(_cited(citation) for citation in body["citations"]),
        sources=tuple(str(source["article_id"]) for source in sources),
        copies=tuple(str(copy["article_id"]) for source in sources for copy in source.get("copies", ())),
        nearest=tuple(_quote(n["quote"], n["article_id"]) for n in abstention.get("nearest", ())),
        abstention=abstention.get("reason"),
        missing_words=tuple(str(word) for word in abstention.get("missing_words", ())),
        degraded_reason=body["degraded_reason"],
        finish=str(body["finish"]),
        checks=tuple((str(c["reason"]), str(c["outcome"]), int(c["n"])) for c in body["checks"]),
        conflicts=len(body["conflicts"]),
        standalone=str(body["question"]["standalone"]),
        filters={k: v for k, v in body["question"]["filters"].items() if v},
        model=provenance["model"],
        prompt=f"{prompt['name']}/v{prompt['version']}" if prompt else None,
        prompt_tokens=int(provenance["usage"]["prompt_tokens"]),
        completion_tokens=int(provenance["usage"]["completion_tokens"]),
    )


def _cited(citation: Mapping[str, Any]) -> CitedSentence:
    quotes = tuple(_quote(quote, quote["article_id"]) for quote in citation["quotes"])
    return CitedSentence(int(citation["start"]), int(citation["end"]), _match(citation), quotes)


def _match(citation: Mapping[str, Any]) -> str:
    """How a sentence stands to its quotes: said once a citation or on each quote."""
    own = citation.get("match")
    return str(own if own is not None else citation["quotes"][0]["match"])


def _quote(quote: Mapping[str, Any], article: str) -> CitedQuote:
    return CitedQuote(
        article=str(article),
        revision=int(quote["revision"]),
        start=int(quote["start"]),
        end=int(quote["end"]),
        text=str(quote["text"]),
        speaker=quote.get("speaker"),
    )


def to_retrieved(body: Mapping[str, Any]) -> tuple[Retrieved, ...]:
    """Take what `/search` gave, ties in the order of articles and offsets.

    Raises:
        KeyError, TypeError, ValueError: It is not the object that the interface describes.
    """
    found = [
        Retrieved(
            article=str(row["article_id"]),
            revision=int(row["revision"]),
            start=int(row["start"]),
            end=int(row["end"]),
            score=round(float(row["score"]), DIGITS),
        )
        for row in body["results"]
    ]
    return tuple(sorted(found, key=lambda row: (-row.score, row.article, row.start)))


def _from_json(row: Mapping[str, Any]) -> Result:
    asked = row["asked"]
    return Result(
        id=row["id"],
        repeat=row["repeat"],
        status=row["status"],
        reason=row["reason"],
        model_calls=row["model_calls"],
        retrieved=tuple(Retrieved(**chunk) for chunk in row["retrieved"]),
        asked=None if asked is None else _asked_from_json(asked),
    )


def _asked_from_json(row: Mapping[str, Any]) -> Asked:
    return Asked(
        **{
            **row,
            "citations": tuple(
                CitedSentence(c["start"], c["end"], c["match"], tuple(CitedQuote(**q) for q in c["quotes"]))
                for c in row["citations"]
            ),
            "nearest": tuple(CitedQuote(**quote) for quote in row["nearest"]),
            "checks": tuple((c[0], c[1], c[2]) for c in row["checks"]),
            **{name: tuple(row[name]) for name in ("sources", "copies", "missing_words")},
        }
    )


def read_results(path: Path) -> list[Result]:
    """The results of a run; a last line that was cut off by a kill is left out.

    Raises:
        BadInput: The file is missing or a line of it is no result.
    """
    if not path.is_file():
        raise bad(path, "there is no such file: is this the folder of a run?")
    lines = path.read_text(encoding="utf-8").split("\n")
    found: list[Result] = []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            found.append(_from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines):
                break  # the run was killed while it wrote this line
            raise bad(path, f"not a result: {error}", number) from None
    return found


Stored: TypeAlias = dict[tuple[str, int], str]
"""Stored texts by article id and revision."""


@dataclass(frozen=True, slots=True)
class StoredTexts:
    """The service's texts of the corpus: the current revision of each, and others that were cited."""

    current: Mapping[str, int]
    texts: Stored

    def by_id(self) -> dict[str, str]:
        """Current text by article id."""
        return {article: self.texts[article, revision] for article, revision in self.current.items()}


def write_stored(path: Path, stored: StoredTexts) -> None:
    """Keep the texts, sorted."""
    rows = [
        {
            "id": article,
            "revision": n,
            "current": stored.current.get(article) == n,
            "text": text,
        }
        for (article, n), text in sorted(stored.texts.items())
    ]
    write_lines(path, (json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows))


def read_stored(path: Path) -> StoredTexts:
    """The texts that `write_stored` kept."""
    if not path.is_file():
        raise bad(path, "there is no such file: is this the folder of a finished run?")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return StoredTexts(
        current={row["id"]: row["revision"] for row in rows if row["current"]},
        texts={(row["id"], row["revision"]): row["text"] for row in rows},
    )


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines in the place of what was there; nobody sees half of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".tmp")
    fresh.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    fresh.replace(path)


def read_run(folder: Path) -> dict[str, Any]:
    """A run's `run.json`.

    Raises:
        BadInput: The folder is no run.
    """
    path = folder / RUN
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise bad(path, f"this is not the folder of a run: {error}") from None
    if not isinstance(found, dict) or found.get("schema") != 1:
        raise bad(path, "written by another version of the suite: run again")
    return found


def write_run(folder: Path, run: Mapping[str, Any]) -> None:
    """Keep a run's identity and what differs between runs."""
    write_lines(folder / RUN, [json.dumps(run, indent=1, sort_keys=True, ensure_ascii=False)])


def by_question(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Results by question id, repeats in order."""
    found: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda r: r.repeat):
        found.setdefault(result.id, []).append(result)
    return found
