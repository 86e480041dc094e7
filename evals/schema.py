"""A golden file: one news story, its articles, and questions with the words that bear their answers.

The format is described in `evals/README.md`. Everything derived (offsets, clusters, values of numbers) is
worked out from the articles when it is needed and never written by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

from evals.marked_yaml import Fields, Node, Reading, instant

TYPES: Final = frozenset(
    {
        "single", "quote", "numeric", "multi_hop", "multi_article", "comparison", "temporal", "follow_up",
        "unanswerable",
    }
)  # fmt: skip
WHYS: Final = frozenset({"not_covered", "near_miss", "false_premise", "after_cutoff", "underspecified"})
STORY_FIELDS: Final = frozenset(
    {"story", "articles", "questions", "canary", "licence", "notes", "provenance"}
)
QUESTION_FIELDS: Final = frozenset(
    {
        "id", "question", "as_of", "type", "answerable", "why", "tags", "short_answers", "facts", "evidence",
        "decoys", "near_miss", "reference", "paraphrases", "provenance", "checked", "history", "resolution",
        "source", "notes",
    }
)  # fmt: skip
FACT_FIELDS: Final = frozenset({"id", "importance", "text", "any", "none", "source", "resolution", "notes"})
SPAN_FIELDS: Final = frozenset({"article", "quote", "source", "notes"})
GROUP_FIELDS: Final = frozenset({"any", "notes"}) | SPAN_FIELDS
RESOLUTIONS: Final = frozenset({"latest", "attribute_both"})

Split: TypeAlias = Literal["dev", "test"]


@dataclass(frozen=True, slots=True)
class QuotedWords:
    """Words of an article, as the golden file quotes them, with the line they stand on."""

    article: str
    quote: str
    line: int


EvidenceGroup: TypeAlias = tuple[QuotedWords, ...]
"""Alternatives: any one of them bears the fact."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What an answer must say (`vital`) or may say (`okay`), and the wordings by which it is recognised."""

    id: str
    vital: bool
    text: str
    any: tuple[str, ...]
    none: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation before a question."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """A question with all that is known about its answer."""

    id: str
    story: str
    split: Split
    question: str
    as_of: str
    type: str
    answerable: bool
    why: str | None
    tags: frozenset[str]
    facts: tuple[Fact, ...]
    evidence: tuple[EvidenceGroup, ...]
    decoys: tuple[QuotedWords, ...]
    near_miss: tuple[QuotedWords, ...]
    history: tuple[Turn, ...]
    reference: str | None
    paraphrases: tuple[str, ...]
    checked: bool
    path: Path
    line: int

    @property
    def vital(self) -> tuple[Fact, ...]:
        """The facts without which an answer is not right."""
        return tuple(fact for fact in self.facts if fact.vital)

    @property
    def known_by(self) -> datetime:
        """The instant at which the question is asked."""
        found = instant(self.as_of)
        if found is None:  # the file was read, so it is one
            raise ValueError(self.as_of)
        return found


@dataclass(frozen=True, slots=True)
class Story:
    """A cluster of questions about the same articles: never in two splits, resampled as one."""

    name: str
    split: Split
    articles: tuple[str, ...]
    questions: tuple[GoldenQuestion, ...]
    path: Path
    line: int
    canary: str | None = None
    article_lines: Mapping[str, int] = field(default_factory=dict)


def read_story(path: Path, text: str, split: Split) -> Story:
    """Read one golden file.

    Raises:
        BadInput: With every problem of the file, each with its line.
    """
    reading = Reading(path)
    root = reading.parse(text)
    story = _story(reading, root, split) if root is not None else None
    reading.raise_if_wrong()
    if story is None:
        raise AssertionError("a file without a story has problems")
    return story


def _story(reading: Reading, root: Node, split: Split) -> Story | None:
    fields = reading.fields(root, STORY_FIELDS, "the story")
    if fields is None:
        return None
    name = fields.text("story", required=True)
    articles = fields.texts("articles")
    if not articles and not fields.has("articles"):
        reading.wrong(root, "the story has no 'articles'")
    if not fields.has("questions"):
        reading.wrong(root, "the story has no 'questions'")
    # Read all the same without a name, so that every problem of the file is told at once.
    questions = [_question(reading, node, name or "", split) for node in fields.items("questions")]
    return Story(
        name=name or "",
        split=split,
        articles=articles,
        questions=tuple(question for question in questions if question is not None),
        path=reading.path,
        line=fields.line,
        canary=fields.text("canary"),
        article_lines=dict.fromkeys(articles, fields.line_of("articles")),
    )


def _question(reading: Reading, node: Node, story: str, split: Split) -> GoldenQuestion | None:
    fields = reading.fields(node, QUESTION_FIELDS, "a question")
    if fields is None:
        return None
    kind = fields.choice("type", TYPES, required=True)
    answerable = fields.flag("answerable")
    if answerable is None:
        answerable = kind != "unanswerable"
    elif answerable and kind == "unanswerable":
        reading.wrong(fields.line_of("answerable"), "answerable is true and the type is unanswerable")
    found = GoldenQuestion(
        id=fields.text("id", required=True) or "",
        story=story,
        split=split,
        question=fields.text("question", required=True) or "",
        as_of=fields.day("as_of", required=True) or "1970-01-01",
        type=kind or "single",
        answerable=answerable,
        why=fields.choice("why", WHYS, required=not answerable),
        tags=frozenset(fields.texts("tags")),
        facts=_facts(reading, fields),
        evidence=_evidence(reading, fields),
        decoys=_quoted(reading, fields, "decoys"),
        near_miss=_quoted(reading, fields, "near_miss"),
        history=_history(reading, fields),
        reference=fields.text("reference"),
        paraphrases=fields.texts("paraphrases"),
        checked=fields.has("checked"),
        path=reading.path,
        line=fields.line,
    )
    fields.choice("resolution", RESOLUTIONS)
    _check_whole(reading, fields, found)
    return found


def _check_whole(reading: Reading, fields: Fields, question: GoldenQuestion) -> None:
    """What holds between the fields of one question."""
    if question.answerable:
        if not question.vital:
            reading.wrong(fields.line_of("facts"), "an answerable question needs a vital fact under 'facts'")
        if not question.evidence:
            reading.wrong(fields.line_of("evidence"), "an answerable question needs 'evidence'")
    else:
        for name in ("facts", "evidence"):
            if fields.has(name) and list(fields.items(name)):
                reading.wrong(fields.line_of(name), f"an unanswerable question has no {name!r}")
    if question.type == "follow_up" and not question.history:
        reading.wrong(fields.line, "a follow_up has the turns before it under 'history'")


def _facts(reading: Reading, fields: Fields) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    for position, node in enumerate(fields.items("facts"), start=1):
        inner = reading.fields(node, FACT_FIELDS, "a fact")
        if inner is None:
            continue
        inner.choice("resolution", RESOLUTIONS)
        importance = inner.choice("importance", frozenset({"vital", "okay"})) or "vital"
        wordings = inner.texts("any")
        if not wordings:
            reading.wrong(inner.line, "a fact needs its wordings under 'any'")
        identifier = inner.text("id") or f"f{position}"
        if identifier in {fact.id for fact in facts}:
            reading.wrong(inner.line, f"two facts are called {identifier!r}")
        facts.append(
            Fact(
                id=identifier,
                vital=importance == "vital",
                text=inner.text("text") or (wordings[0] if wordings else ""),
                any=wordings,
                none=inner.texts("none"),
                line=inner.line,
            )
        )
    return tuple(facts)


def _evidence(reading: Reading, fields: Fields) -> tuple[EvidenceGroup, ...]:
    groups: list[EvidenceGroup] = []
    for node in fields.items("evidence"):
        inner = reading.fields(node, GROUP_FIELDS, "an item of evidence")
        if inner is None:
            continue
        if inner.has("any"):
            spans = _quoted(reading, inner, "any")
        else:
            single = _span(reading, node, GROUP_FIELDS)
            spans = (single,) if single else ()
        if spans:
            groups.append(spans)
        elif inner.has("any") and not list(inner.items("any")):
            reading.wrong(inner.line, "an item of evidence holds no quote")
    return tuple(groups)


def _quoted(reading: Reading, fields: Fields, name: str) -> tuple[QuotedWords, ...]:
    found = (_span(reading, node, SPAN_FIELDS) for node in fields.items(name))
    return tuple(span for span in found if span is not None)


def _span(reading: Reading, node: Node, known: frozenset[str]) -> QuotedWords | None:
    fields = reading.fields(node, known, "a quote")
    if fields is None:
        return None
    article, quote = fields.text("article", required=True), fields.text("quote", required=True)
    if article is None or quote is None:
        return None
    return QuotedWords(article, quote, fields.line_of("quote"))


def _history(reading: Reading, fields: Fields) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for node in fields.items("history"):
        inner = reading.fields(node, frozenset({"role", "content"}), "a turn of 'history'")
        if inner is None:
            continue
        role = inner.choice("role", frozenset({"user", "assistant"}), required=True)
        content = inner.text("content", required=True)
        if role and content:
            turns.append(Turn(role, content))
    return tuple(turns)
