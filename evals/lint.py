"""Static checks of a golden set against its corpus: before anything runs, without any model.

A foreign set is held to its format, its quotes and its ids; what else is odd about it is said as a warning.
The repository's own set is held to everything.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evals.corpus import Corpus
from evals.folding import content_words, fold, overlap, says, says_any
from evals.golden import GoldenSet, digest
from evals.problems import Problem
from evals.schema import Fact, GoldenQuestion, QuotedWords, Story
from evals.spans import find

NEAR_DUPLICATE: Final = 0.5
SHARED_WORDS: Final = 0.5
MAX_SHARED: Final = 0.5
MIN_NEAR_MISS: Final = 0.40
_GRAM: Final = 5


@dataclass(frozen=True, slots=True)
class Lint:
    """What was found: `errors` stop everything; `warnings` are told, and fail `lint` of the own set."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    easy: tuple[str, ...] = ()
    """Why the set is TOO EASY, as far as words alone tell."""


def lint(golden: GoldenSet, corpus: Corpus) -> Lint:
    """Check a set against its corpus.

    Args:
        golden: Read, so its format is right.
        corpus: What its quotes must stand in.

    Returns:
        Errors and warnings in the order of files and lines.
    """
    texts = corpus.texts()
    errors = [problem for story in golden.stories for problem in _grounds(story, texts)]
    grounded = {story.name for story in golden.stories if not list(_grounds(story, texts))}
    judged = [
        problem
        for story in golden.stories
        if story.name in grounded
        for question in story.questions
        for problem in _sense(question, corpus)
    ]
    if golden.own:
        judged += [*_papers(golden), *_near_duplicates(golden.questions)]
    easy = tuple(_easy(golden.split("test"))) if not errors else ()
    return Lint(tuple(sorted(errors, key=_place)), tuple(sorted(judged, key=_place)), easy)


def _place(problem: Problem) -> tuple[str, int, str]:
    return str(problem.path), problem.line, problem.reason


def _grounds(story: Story, texts: Mapping[str, str]) -> Iterator[Problem]:
    """Ids and quotes: without these nothing can be scored."""
    for article in story.articles:
        if article not in texts:
            line = story.article_lines.get(article, story.line)
            yield Problem(story.path, line, f"no article of the corpus is called {article!r}")
    for question in story.questions:
        quoted = [
            *(words for group in question.evidence for words in group), *question.decoys, *question.near_miss,
        ]  # fmt: skip
        for words in quoted:
            reason = _misquoted(words, texts)
            if reason:
                yield Problem(question.path, words.line, reason)


def _misquoted(words: QuotedWords, texts: Mapping[str, str]) -> str | None:
    if words.article not in texts:
        return f"no article of the corpus is called {words.article!r}"
    places = len(find(words.quote, texts[words.article]))
    if places == 1:
        return None
    shown = words.quote if len(words.quote) <= 60 else words.quote[:57] + "..."  # noqa: PLR2004 (a line's width)
    if places == 0:
        return f"the quote {shown!r} is not in {words.article}"
    return f"the quote {shown!r} stands {places} times in {words.article}: make it longer"


def _sense(question: GoldenQuestion, corpus: Corpus) -> Iterator[Problem]:
    """What makes a question fair."""
    for fact in question.vital:
        yield from _fair(question, fact)
    if not question.answerable and not question.checked:
        yield Problem(question.path, question.line, "an unanswerable question says how it was 'checked'")
    for group in question.evidence:
        dates = [corpus.articles[words.article].published for words in group]
        if all(when is not None and when > question.known_by for when in dates):
            reason = f"all evidence of this item was published after as_of {question.as_of}"
            yield Problem(question.path, group[0].line, reason)


def _fair(question: GoldenQuestion, fact: Fact) -> Iterator[Problem]:
    quotes = [words.quote for group in question.evidence for words in group]
    for wording in fact.any:
        if not any(says(quote, wording) for quote in quotes):
            yield Problem(question.path, fact.line, f"the wording {wording!r} is in none of the evidence")
    for wording in fact.none:
        if any(says(quote, wording) for quote in quotes):
            yield Problem(question.path, fact.line, f"{wording!r} under 'none' stands in the evidence")
    if says_any(question.question, fact.any):
        yield Problem(question.path, question.line, f"the question holds its own answer ({fact.id})")


def _papers(golden: GoldenSet) -> Iterator[Problem]:
    """Licence, canary and split digests of the repository's own set."""
    manifest = golden.manifest
    path = golden.path / "manifest.yaml"
    if manifest is None:
        yield Problem(path, 0, "the manifest is missing: `python -m evals lint --write-manifest`")
        return
    if not manifest.licence:
        yield Problem(path, 0, "the manifest names no licence")
    if not manifest.canary:
        yield Problem(path, 0, "the manifest has no canary")
    for split in ("dev", "test"):
        if manifest.hashes.get(split) != digest(golden.split(split)):
            reason = f"the split {split!r} has changed since version {manifest.version}: raise it and "
            yield Problem(path, 0, reason + "`python -m evals lint --write-manifest`")
    for story in golden.stories:
        if story.canary != manifest.canary:
            yield Problem(story.path, story.line, "the story does not carry the manifest's canary")


def _grams(text: str) -> frozenset[tuple[str, ...]]:
    words = fold(text).split()
    if len(words) < _GRAM:
        return frozenset({tuple(words)})
    return frozenset(tuple(words[k : k + _GRAM]) for k in range(len(words) - _GRAM + 1))


def _near_duplicates(questions: Sequence[GoldenQuestion]) -> Iterator[Problem]:
    """Questions of two splits that are nearly the same."""
    holders: dict[tuple[str, ...], list[GoldenQuestion]] = defaultdict(list)
    grams = {question.id: _grams(question.question) for question in questions}
    for question in questions:
        if question.split == "dev":
            for gram in grams[question.id]:
                holders[gram].append(question)
    for question in questions:
        if question.split == "dev":
            continue
        mine = grams[question.id]
        for other in {held.id: held for gram in mine for held in holders.get(gram, ())}.values():
            shared = len(mine & grams[other.id]) / len(mine | grams[other.id])
            if shared > NEAR_DUPLICATE:
                reason = f"nearly the question {other.id!r} of the other split"
                yield Problem(question.path, question.line, reason)


def _easy(questions: Sequence[GoldenQuestion]) -> Iterator[str]:
    """Signs of an easy set that words alone show."""
    unanswerable = [q for q in questions if not q.answerable]
    near = sum(1 for q in unanswerable if q.why == "near_miss")
    if unanswerable and near / len(unanswerable) < MIN_NEAR_MISS:
        yield f"{near} of {len(unanswerable)} unanswerable questions are near misses (at least 40 % must be)"
    shares = [shared_words(q) for q in questions if q.answerable]
    high = sum(1 for share in shares if share is not None and share >= SHARED_WORDS)
    if shares and high / len(shares) > MAX_SHARED:
        yield (
            f"{high} of {len(shares)} answerable questions share at least half of their content words "
            "with their evidence (at most half may)"
        )


def shared_words(question: GoldenQuestion) -> float | None:
    """The share of a question's content words that its evidence has, by the best quote of each item."""
    if not content_words(question.question):
        return None
    best = " ".join(
        max((words.quote for words in group), key=lambda quote: overlap(question.question, quote) or 0.0)
        for group in question.evidence
    )
    return overlap(question.question, best)
