"""A golden set as a whole: its files, its splits, and its manifest."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evals.marked_yaml import Reading
from evals.problems import BadInput, Problem, bad
from evals.schema import GoldenQuestion, Split, Story, read_story

HERE: Final = Path(__file__).parent
OWN_GOLDEN: Final = HERE / "golden"
NOT_STORIES: Final = frozenset({"gates.yaml", "manifest.yaml", "summaries.yaml", "speech.yaml"})
_SUFFIXES: Final = frozenset({".yaml", ".yml"})
_MANIFEST_FIELDS: Final = frozenset(
    {"name", "version", "licence", "canary", "corpus", "splits", "counts", "notes"}
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.yaml` says about a set."""

    name: str
    version: str
    licence: str | None
    canary: str | None
    hashes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """Stories of all splits, in the order of their names."""

    path: Path
    stories: tuple[Story, ...]
    manifest: Manifest | None

    @property
    def own(self) -> bool:
        """Whether it is the repository's own set, which is held to more than a foreign one."""
        return self.path.resolve() == OWN_GOLDEN.resolve()

    @property
    def questions(self) -> tuple[GoldenQuestion, ...]:
        """All questions, story by story."""
        return tuple(question for story in self.stories for question in story.questions)

    def split(self, name: str) -> tuple[GoldenQuestion, ...]:
        """The questions of one split, or of `all`."""
        return tuple(q for q in self.questions if name in ("all", q.split))

    @property
    def version(self) -> str:
        """The manifest's version; `0.0.0` without one."""
        return self.manifest.version if self.manifest else "0.0.0"

    @property
    def name(self) -> str:
        """What the set is called."""
        return self.manifest.name if self.manifest else self.path.resolve().name

    @property
    def digest(self) -> str:
        """Changes with anything that bears on a score, and with nothing else."""
        return digest(self.questions)


def digest(questions: Sequence[GoldenQuestion]) -> str:
    """A digest of questions, facts and quotes; file names, lines and notes are left out."""
    rows = sorted(
        json.dumps(
            [
                q.id, q.story, q.split, q.question, q.as_of, q.type, q.answerable, q.why, sorted(q.tags),
                [[f.id, f.vital, f.any, f.none] for f in q.facts],
                [[[w.article, w.quote] for w in group] for group in q.evidence],
                [[t.role, t.content] for t in q.history],
            ]
        )
        for q in questions
    )  # fmt: skip
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def read_golden(path: Path) -> GoldenSet:
    """Read every story file in DIR or in DIR/{dev,test}; files straight in DIR are `test`.

    Raises:
        BadInput: With all problems of all files: format, ids used twice, a story in two splits.
    """
    if not path.is_dir():
        raise bad(path, "there is no such folder")
    stories: list[Story] = []
    problems: list[Problem] = []
    for file, split in _files(path):
        try:
            stories.append(read_story(file, file.read_text(encoding="utf-8-sig"), split))
        except BadInput as error:
            problems.extend(error.problems)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(file, 0, f"cannot be read: {error}"))
    try:
        manifest = _manifest(path / "manifest.yaml")
    except BadInput as error:
        problems.extend(error.problems)
        manifest = None
    problems.extend(_clashes(stories))
    if problems:
        raise BadInput(problems)
    if not any(story.questions for story in stories):
        raise bad(path, "no questions are here: story files stand in it, or in dev/ and test/ below it")
    return GoldenSet(path, tuple(sorted(stories, key=lambda story: (story.split, story.name))), manifest)


def _files(path: Path) -> list[tuple[Path, Split]]:
    found: list[tuple[Path, Split]] = []
    places: tuple[tuple[Path, Split], ...] = ((path, "test"), (path / "dev", "dev"), (path / "test", "test"))
    for folder, split in places:
        if folder.is_dir():
            found.extend(
                (file, split)
                for file in sorted(folder.iterdir())
                if file.suffix in _SUFFIXES and file.is_file() and file.name not in NOT_STORIES
            )
    return found


def _clashes(stories: Sequence[Story]) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[str, Story] = {}
    ids: dict[str, GoldenQuestion] = {}
    for story in stories:
        held = seen.setdefault(story.name, story)
        if held is not story:
            why = "stands in both splits" if held.split != story.split else "has two files"
            problems.append(
                Problem(story.path, story.line, f"the story {story.name!r} {why}: see {held.path}")
            )
        for question in story.questions:
            known = ids.setdefault(question.id, question)
            if known is not question:
                reason = f"the id {question.id!r} is used twice: see {known.path}:{known.line}"
                problems.append(Problem(question.path, question.line, reason))
    return problems


def _manifest(path: Path) -> Manifest | None:
    if not path.is_file():
        return None
    reading = Reading(path)
    root = reading.parse(path.read_text(encoding="utf-8"))
    fields = reading.fields(root, _MANIFEST_FIELDS, "the manifest") if root is not None else None
    if fields is not None:
        name, version = fields.text("name", required=True), fields.text("version", required=True)
        splits = fields.node("splits")
        hashes = reading.fields(splits, frozenset({"dev", "test"}), "'splits'") if splits else None
        found = Manifest(
            name=name or "",
            version=version or "",
            licence=fields.text("licence"),
            canary=fields.text("canary"),
            hashes={key: hashes.text(key) or "" for key in hashes.names()} if hashes else {},
        )
        if version and not _semver(version):
            reading.wrong(fields.line_of("version"), f"{version!r} is not a version such as 1.0.0")
        reading.raise_if_wrong()
        return found
    reading.raise_if_wrong()
    return None


def _semver(version: str) -> bool:
    parts = version.split(".")
    return len(parts) == 3 and all(part.isdigit() for part in parts)  # noqa: PLR2004 (major.minor.patch)


def manifest_text(golden: GoldenSet, *, name: str, version: str, licence: str, canary: str) -> str:
    """The manifest that fits a set: split digests and counts by type are worked out from it."""
    lines = [f"name: {name}", f"version: {version}", f"licence: {licence}", f"canary: {canary}", "splits:"]
    lines += [f"  {split}: {digest(golden.split(split))}" for split in ("dev", "test")]
    lines.append("counts:")
    for split in ("dev", "test"):
        counts = Counter(question.type for question in golden.split(split))
        shown = ", ".join(f"{kind}: {n}" for kind, n in sorted(counts.items()))
        lines.append(f"  {split}: {{{shown}}}")
    return "\n".join(lines) + "\n"


def first_of_each(questions: Sequence[GoldenQuestion], n: int) -> list[GoldenQuestion]:
    """The first `n` questions of each story, in the order of its file: a part that nobody chose."""
    seen: Counter[str] = Counter()
    chosen = []
    for question in questions:
        seen[question.story] += 1
        if seen[question.story] <= n:
            chosen.append(question)
    return chosen


def only(
    questions: Sequence[GoldenQuestion], ids: Sequence[str], filters: Sequence[str]
) -> list[GoldenQuestion]:
    """Those of the questions that `--id` and `--filter` name.

    Args:
        questions: In their order.
        ids: Ids; empty for all.
        filters: `tag=`, `type=`, `story=` or `why=` with a value; all must hold.

    Raises:
        BadInput: An id or a filter names nothing.
    """
    chosen = list(questions)
    if ids:
        unknown = sorted(set(ids) - {q.id for q in chosen})
        if unknown:
            raise bad(Path("--id"), f"no question of this split is called {unknown[0]!r}")
        chosen = [q for q in chosen if q.id in ids]
    for text in filters:
        name, _, value = text.partition("=")
        if name not in ("tag", "type", "story", "why") or not value:
            raise bad(Path("--filter"), f"{text!r} is not tag=, type=, story= or why= with a value")
        chosen = [q for q in chosen if (value in q.tags if name == "tag" else getattr(q, name) == value)]
    if not chosen:
        raise bad(Path("--filter"), "no question is left")
    return chosen
