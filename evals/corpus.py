"""The articles that a golden set stands on: a folder of Markdown, or a file with one article a line.

This reader is the suite's own: the set must be readable before, and without, the service that is measured.
It takes the fields of the HTTP interface and the usual other names for them.
"""

import gzip
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from evals.marked_yaml import instant
from evals.problems import BadInput, Problem, bad
from service.domain.article import ARTICLE_ID

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "_id", "article_id", "doc_id"),
    "headline": ("headline", "title"),
    "text": ("text", "body", "content", "contents"),
    "source": ("source", "outlet", "publisher"),
    "author": ("author", "byline", "authors"),
    "published_at": ("published_at", "published", "date", "datePublished"),
    "updated_at": ("updated_at", "updated", "modified", "dateModified"),
    "url": ("url", "link"),
    "section": ("section", "category"),
    "language": ("language", "lang"),
}
LINES: Final = frozenset({".jsonl", ".ndjson"})
_FENCE: Final = "---"


@dataclass(frozen=True, slots=True)
class CorpusArticle:
    """An article as the set's author wrote it."""

    id: str
    headline: str
    text: str
    published_at: str | None
    path: Path
    line: int
    others: Mapping[str, str]
    """`source, author, updated_at, url, section, language`, where given."""

    def payload(self) -> dict[str, str]:
        """What `POST /articles` takes."""
        body = {"id": self.id, "headline": self.headline, "text": self.text, **self.others}
        if self.published_at is not None:
            body["published_at"] = self.published_at
        return body

    @property
    def published(self) -> datetime | None:
        """When it was published, where that is known."""
        return instant(self.published_at) if self.published_at else None


@dataclass(frozen=True, slots=True)
class Corpus:
    """All articles, by id, and a digest of them."""

    path: Path
    articles: Mapping[str, CorpusArticle]

    def texts(self) -> dict[str, str]:
        """Each article's text by its id."""
        return {article.id: article.text for article in self.articles.values()}

    @property
    def digest(self) -> str:
        """Changes with any article; does not depend on file names or order."""
        rows = sorted(json.dumps(a.payload(), sort_keys=True) for a in self.articles.values())
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def read_corpus(path: Path) -> Corpus:
    """Read a folder (Markdown, JSON, lines of JSON, at any depth) or one such file.

    Raises:
        BadInput: Nothing is there, or articles cannot be read; each with file, line and reason.
    """
    if not path.exists():
        raise bad(path, "there is no such file or folder")
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    articles: dict[str, CorpusArticle] = {}
    problems: list[Problem] = []
    for file in files:
        if path.is_dir() and (file.name.startswith(".") or not _known(file) or file.name == "README.md"):
            continue
        for item in _read(file):
            if isinstance(item, Problem):
                problems.append(item)
            elif item.id in articles:
                held = articles[item.id]
                problems.append(
                    Problem(
                        item.path, item.line, f"the id {item.id!r} is that of {held.path}:{held.line} too"
                    )
                )
            else:
                articles[item.id] = item
    if problems:
        raise BadInput(problems)
    if not articles:
        raise bad(path, "no articles (Markdown, .json, .jsonl) are here")
    return Corpus(path, articles)


def _known(path: Path) -> bool:
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    return plain.suffix in LINES | {".json", ".md", ".markdown"}


def _read(path: Path) -> Iterator[CorpusArticle | Problem]:
    try:
        raw = path.read_bytes()
        data = gzip.decompress(raw) if path.suffix == ".gz" else raw
        text = data.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        yield Problem(path, 0, f"cannot be read: {error}")
        return
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    if plain.suffix in {".md", ".markdown"}:
        yield _markdown(path, text)
    elif plain.suffix == ".json":
        yield from _json(path, text)
    else:
        yield from _lines(path, text)


def _lines(path: Path, text: str) -> Iterator[CorpusArticle | Problem]:
    # Not splitlines(): a line of JSON may hold U+2028 as it is.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            yield Problem(path, number, f"not JSON: {error}")
            continue
        yield _article(path, number, value)


def _json(path: Path, text: str) -> Iterator[CorpusArticle | Problem]:
    try:
        value = json.loads(text)
    except ValueError as error:
        yield Problem(path, getattr(error, "lineno", 0), f"not JSON: {error}")
        return
    if isinstance(value, dict) and isinstance(value.get("articles"), list):
        value = value["articles"]
    for item in value if isinstance(value, list) else [value]:
        yield _article(path, 0, item)


def _markdown(path: Path, text: str) -> CorpusArticle | Problem:
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != _FENCE:
        return Problem(path, 1, "does not begin with front matter (a line of ---)")
    end = next((n for n, line in enumerate(lines[1:], start=1) if line.strip() == _FENCE), None)
    if end is None:
        return Problem(path, 1, "the front matter has no closing line of ---")
    try:
        front = yaml.load("\n".join(lines[1:end]), Loader=yaml.BaseLoader)  # noqa: S506 (BaseLoader makes strings alone)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        return Problem(path, line, f"the front matter is not YAML: {error.problem}")
    except yaml.YAMLError as error:
        return Problem(path, 1, f"the front matter is not YAML: {error}")
    if not isinstance(front, dict):
        return Problem(path, 1, "the front matter must be a mapping")
    body = "\n".join(lines[end + 1 :]).strip("\n")
    return _article(path, 1, {"id": path.stem, **front, "text": body})


def _article(path: Path, line: int, value: Any) -> CorpusArticle | Problem:
    if not isinstance(value, dict):
        return Problem(path, line, "an article must be an object")
    found: dict[str, str] = {}
    for name, spellings in NAMES.items():
        given = next((value[s] for s in spellings if value.get(s) not in (None, "", [])), None)
        text = "" if given is None else _text(given, "\n\n" if name == "text" else ", ")
        if text is None:
            return Problem(path, line, f"{name!r} must be text")
        if text:
            found[name] = _zoned(text) if name in ("published_at", "updated_at") else text
    reason = _unusable(found)
    if reason:
        return Problem(path, line, reason)
    return CorpusArticle(
        id=found.pop("id"),
        headline=found.pop("headline"),
        text=unicodedata.normalize("NFC", found.pop("text")),
        published_at=found.pop("published_at", None),
        path=path,
        line=line,
        others=found,
    )


def _unusable(found: Mapping[str, str]) -> str | None:
    for name in ("id", "headline", "text"):
        if not found.get(name, "").strip():
            return f"the article has no {name!r}"
    if not ARTICLE_ID.fullmatch(found["id"]):
        return f"the id {found['id']!r} must match [A-Za-z0-9._-]{{1,96}}"
    for name in ("published_at", "updated_at"):
        if name in found and instant(found[name]) is None:
            return f"{name!r} is {found[name]!r}: not a date or time"
    if any(0xD800 <= ord(c) <= 0xDFFF for c in found["text"]):  # noqa: PLR2004 (the range of surrogates)
        return "the text holds a lone surrogate"
    return None


def _text(value: Any, joint: str) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return joint.join(value)
    return None


def _zoned(value: str) -> str:
    """A time without a zone becomes UTC, as foreign corpora mean it; anything else stays as it is."""
    if instant(value) is not None:
        return value
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC).isoformat()
    except ValueError:
        return value
