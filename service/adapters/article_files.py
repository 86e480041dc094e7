"""Articles from files: JSON, NDJSON, Markdown with front matter, plain text."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from charset_normalizer import from_bytes

from service.domain.errors import InvalidInput

SUFFIXES: Final = {".json", ".ndjson", ".jsonl", ".md", ".markdown", ".txt"}
_FRONT: Final = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_HEADING: Final = re.compile(r"\A\s*#[ \t]+(.+)\r?\n")


@dataclass(frozen=True, slots=True)
class FileItem:
    """One article of a file as it stands there (`fields`, in the API's names), or why it cannot be read."""

    where: str
    fields: dict[str, Any] | None = None
    error: str | None = None


def read_articles(paths: list[Path]) -> Iterator[FileItem]:
    """Every article below the paths, in the order of their names; `-` is standard input (JSON or NDJSON).

    Raises:
        InvalidInput: A path that is not there.
    """
    for path in paths:
        if str(path) == "-":
            yield from _json_items(sys.stdin.buffer.read(), "standard input")
        elif path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
            for file in files:
                yield from _file_items(file)
        elif path.exists():
            yield from _file_items(path)
        else:
            raise InvalidInput(f"there is no {path}", field="PATH")


def count_articles(paths: list[Path]) -> int:
    """About how many there are, for a progress bar: files that are not lists count as one."""
    return sum(1 for _ in read_articles([path for path in paths if str(path) != "-"]))


def _file_items(path: Path) -> Iterator[FileItem]:
    try:
        content = path.read_bytes()
    except OSError as error:
        yield FileItem(str(path), error=error.strerror or "cannot be read")
        return
    if path.suffix.lower() in {".json", ".ndjson", ".jsonl"}:
        yield from _json_items(content, str(path))
    elif path.suffix.lower() in {".md", ".markdown"}:
        yield _markdown(_decoded(content), str(path), path)
    else:
        yield _plain(_decoded(content), str(path), path)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        best = from_bytes(content).best()
        return str(best) if best is not None else content.decode("utf-8", "replace")


def _json_items(content: bytes, where: str) -> Iterator[FileItem]:
    text = _decoded(content)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        yield from _lines(text, where)
        return
    items = whole if isinstance(whole, list) else [whole]
    for n, item in enumerate(items, start=1):
        yield _item(item, where if len(items) == 1 else f"{where}, item {n}")


def _lines(text: str, where: str) -> Iterator[FileItem]:
    # At newlines alone: JSON may hold U+2028 and the like as they are.
    for n, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield _item(json.loads(line), f"{where}, line {n}")
            except (ValueError, RecursionError):
                yield FileItem(f"{where}, line {n}", error="not valid JSON")


def _item(item: object, where: str) -> FileItem:
    if isinstance(item, dict):
        return FileItem(where, fields=item)
    return FileItem(where, error="not an object with the fields of an article")


def _markdown(text: str, where: str, path: Path) -> FileItem:
    front = _FRONT.match(text)
    if front is None:
        return _plain(text, where, path)
    try:
        fields = yaml.load(front.group(1), Loader=_Strings)  # noqa: S506 - a safe loader that keeps text as text
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f", line {mark.line + 2}"
        return FileItem(where + line, error="the front matter is not valid YAML")
    if not isinstance(fields, dict):
        return FileItem(where, error="the front matter is not a list of fields")
    body = text[front.end() :].strip()
    kept = {str(name): value for name, value in fields.items() if value not in (None, "")}
    return FileItem(where, fields={"text": body, **kept})


def _plain(text: str, where: str, path: Path) -> FileItem:
    """The first line is the headline where a blank line follows it; otherwise the file's name is."""
    heading = _HEADING.match(text)
    if heading is not None:
        return FileItem(where, fields={"headline": heading.group(1), "text": text[heading.end() :]})
    first, _, rest = text.strip().partition("\n")
    if rest.startswith(("\n", "\r\n")) and rest.strip() and not first.rstrip().endswith((".", ":", ",")):
        return FileItem(where, fields={"headline": first, "text": rest})
    name = re.sub(r"[-_]+", " ", path.stem).strip().capitalize()
    return FileItem(where, fields={"headline": name or "Untitled", "text": text})


class _Strings(yaml.SafeLoader):
    """Safe YAML in which dates and numbers stay the text that was written."""


_Strings.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
