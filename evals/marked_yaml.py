"""YAML that remembers its lines, so that a problem in a golden file is named where it stands.

Scalars keep the characters of the file: `any: [no, 412, 2026-02-30]` are three strings here, and only a
field that wants a flag or a date reads them as one. YAML's own guesses would turn them into `False`, a
number and a crash.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeAlias

import yaml

from evals.problems import BadInput, Problem

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_MAX_DEPTH = 40
_MAX_NODES = 500_000


class _Unbounded(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar with its characters, its line, and whether it was written without quotation marks."""

    text: str
    line: int
    plain: bool

    @property
    def null(self) -> bool:
        """Whether it stands for nothing."""
        return self.plain and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list."""

    items: "tuple[Node, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping, keys with their lines."""

    entries: "dict[str, Node]"
    key_lines: dict[str, int]
    line: int


Node: TypeAlias = Scalar | ListNode | MapNode


class Reading:
    """One file while it is read: collects every problem instead of stopping at the first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self._nodes = 0

    def wrong(self, node: Node | int, reason: str) -> None:
        """Note a problem at a node or at a line."""
        self.problems.append(Problem(self.path, node if isinstance(node, int) else node.line, reason))

    def raise_if_wrong(self) -> None:
        """Raise what was noted, if anything.

        Raises:
            BadInput: There is at least one problem.
        """
        if self.problems:
            raise BadInput(self.problems)

    def parse(self, text: str) -> Node | None:
        """The document's root; None (and a problem) where it is no YAML or is empty."""
        try:
            composed = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.wrong(mark.line + 1 if mark else 0, f"not YAML: {error.problem or error.context}")
            return None
        except yaml.YAMLError as error:
            self.wrong(0, f"not YAML: {str(error).splitlines()[0]}")
            return None
        if composed is None:
            self.wrong(0, "the file is empty")
            return None
        try:
            return self._node(composed)
        except _Unbounded as error:
            self.wrong(0, str(error))
            return None

    def _node(self, node: yaml.Node, depth: int = 0) -> Node:
        line = node.start_mark.line + 1
        self._nodes += 1
        if depth > _MAX_DEPTH or self._nodes > _MAX_NODES:
            raise _Unbounded("nested too deeply, or aliases that unfold without end")
        if isinstance(node, yaml.ScalarNode):
            return Scalar(str(node.value), line, plain=node.style is None or node.style == "")
        if isinstance(node, yaml.SequenceNode):
            return ListNode(tuple(self._node(item, depth + 1) for item in node.value), line)
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            name, key_line = str(key.value), key.start_mark.line + 1
            if name in entries:
                self.wrong(key_line, f"the field {name!r} stands here twice (first on line {lines[name]})")
                continue
            entries[name], lines[name] = self._node(value, depth + 1), key_line
        return MapNode(entries, lines, line)

    def fields(self, node: Node, known: frozenset[str], what: str) -> "Fields | None":
        """A mapping's fields, unknown ones noted; None where it is no mapping."""
        if not isinstance(node, MapNode):
            self.wrong(node, f"{what} must be a mapping")
            return None
        for name in node.entries:
            if name not in known:
                self.wrong(node.key_lines[name], f"unknown field {name!r} in {what}{_hint(name, known)}")
        return Fields(self, node, what)


class Fields:
    """Typed access to a mapping's fields; what has the wrong type is noted and read as absent."""

    def __init__(self, reading: Reading, node: MapNode, what: str) -> None:
        self._reading = reading
        self._node = node
        self._what = what

    @property
    def line(self) -> int:
        """The line on which the mapping begins."""
        return self._node.line

    def line_of(self, name: str) -> int:
        """The line of a field's key, or of the mapping where it is absent."""
        return self._node.key_lines.get(name, self._node.line)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        found = self._node.entries.get(name)
        return found is not None and not (isinstance(found, Scalar) and found.null)

    def node(self, name: str) -> Node | None:
        """The field's node, None where it is absent or null."""
        return self._node.entries[name] if self.has(name) else None

    def text(self, name: str, *, required: bool = False) -> str | None:
        """A string with something in it."""
        found = self.node(name)
        if found is None:
            if required:
                self._reading.wrong(self._node, f"{self._what} has no {name!r}")
            return None
        if not isinstance(found, Scalar) or not found.text.strip():
            self._reading.wrong(found, f"{name!r} must be text")
            return None
        return found.text.strip()

    def choice(self, name: str, allowed: frozenset[str], *, required: bool = False) -> str | None:
        """One of a few words."""
        value = self.text(name, required=required)
        if value is not None and value not in allowed:
            self._reading.wrong(self.line_of(name), f"{name!r} is {value!r}, not {_listed(allowed)}")
            return None
        return value

    def flag(self, name: str) -> bool | None:
        """True or false."""
        found = self.node(name)
        if found is None:
            return None
        if isinstance(found, Scalar) and found.text.lower() in {"true", "false"}:
            return found.text.lower() == "true"
        self._reading.wrong(found, f"{name!r} must be true or false")
        return None

    def number(self, name: str) -> float | None:
        """A finite number."""
        found = self.node(name)
        if found is None:
            return None
        try:
            value = float(found.text if isinstance(found, Scalar) else "")
        except ValueError:
            value = float("nan")
        if value - value != 0:  # NaN and the infinities
            self._reading.wrong(found, f"{name!r} must be a number")
            return None
        return value

    def day(self, name: str, *, required: bool = False) -> str | None:
        """An ISO date, or an instant with a zone, as written."""
        value = self.text(name, required=required)
        if value is None:
            return None
        if instant(value) is None:
            self._reading.wrong(
                self.line_of(name), f"{name!r} is {value!r}: not a date (2031-04-20) or a time with its zone"
            )
            return None
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, or one string."""
        found = self.node(name)
        if found is None:
            return ()
        if isinstance(found, Scalar):
            return (found.text,)
        if isinstance(found, ListNode):
            if all(isinstance(item, Scalar) and item.text.strip() for item in found.items):
                return tuple(item.text for item in found.items if isinstance(item, Scalar))
            self._reading.wrong(found, f"every item of {name!r} must be text")
            return ()
        self._reading.wrong(found, f"{name!r} must be a list of texts")
        return ()

    def items(self, name: str) -> Iterator[Node]:
        """The nodes of a list; a problem and nothing where it is none."""
        found = self.node(name)
        if found is None:
            return
        if not isinstance(found, ListNode):
            self._reading.wrong(found, f"{name!r} must be a list")
            return
        yield from found.items

    def names(self) -> tuple[str, ...]:
        """The names of all fields, in the file's order."""
        return tuple(self._node.entries)


def instant(value: str) -> datetime | None:
    """The instant that a date (its end, UTC) or a time with a zone names; None where it names none.

    >>> instant("2031-04-20").isoformat()
    '2031-04-20T23:59:59.999999+00:00'
    >>> instant("2031-02-30") is None
    True
    """
    try:
        return datetime.combine(date.fromisoformat(value), time.max, UTC)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _listed(words: frozenset[str]) -> str:
    return "one of " + ", ".join(sorted(words))


def _hint(name: str, known: frozenset[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
