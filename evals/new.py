"""Help for people who write questions: a skeleton of a set, a story or a question, and a look at one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from evals.corpus import Corpus, CorpusArticle
from evals.folding import overlap, says
from evals.golden import GoldenSet
from evals.problems import bad
from evals.schema import Fact, GoldenQuestion
from evals.spans import find

GATES_TEXT: Final = """\
version: 1
defaults:
  split: test
  coverage: {min_scored: 1.0}     # a question without a result: exit 3, never "pass"
profiles:
  extractive:
    mode: exact
    baseline: baseline.json       # `python -m evals bless RUN --golden DIR` writes it
    floors:
      quote_exactness: 1.00
      # Take these from a first run that you have read: evidence_recall@5: 0.90
    newly_wrong: {must_pass: 0, all: 2}
"""

STORY_TEXT: Final = """\
story: {story}
articles: [{articles}]
questions:
  # Ask in your readers' words, not in the article's. The quote must stand exactly once in the article's text.
  - id: {story}/q1
    question: TODO what a reader would ask
    as_of: {as_of}
    type: single                  # single, quote, numeric, multi_hop, comparison, temporal, follow_up
    answerable: true
    tags: []
    facts:
      - id: f1
        importance: vital
        text: TODO the fact in one sentence
        any: ["TODO a wording that stands in the quote"]
        none: []
    evidence:
      - any:
          - article: {first}
            quote: {quote}
  # A question that the articles do not answer, though they seem to.
  - id: {story}/u1
    question: TODO something near that no article says
    as_of: {as_of}
    type: unanswerable
    answerable: false
    why: near_miss                # not_covered, near_miss, false_premise, after_cutoff
    checked: {{method: TODO how you know, date: {today}}}
"""


def write_story(golden: Path, corpus: Corpus, story: str, articles: list[str]) -> list[Path]:
    """Write a story's skeleton, and the set's gates where there are none yet.

    Args:
        golden: The set's folder; made where it is absent.
        corpus: Where the articles are.
        story: The story's name, a file name.
        articles: Ids; empty: those that begin with the story's name.

    Returns:
        The files that were written.

    Raises:
        BadInput: The story is there already, or no article fits.
    """
    if not story or any(not (c.isalnum() or c in "-_.") for c in story):
        raise bad(Path(story or "STORY"), "a story's name is made of letters, digits and - _ .")
    chosen = articles or sorted(i for i in corpus.articles if i == story or i.startswith(f"{story}-"))
    unknown = [i for i in chosen if i not in corpus.articles]
    if unknown:
        raise bad(corpus.path, f"no article is called {unknown[0]!r}")
    if not chosen:
        raise bad(corpus.path, f"no article's id begins with {story!r}: name them with --article")
    folder = golden / "test" if (golden / "test").is_dir() else golden
    path = folder / f"{story}.yaml"
    if path.exists():
        raise bad(path, "is there already")
    folder.mkdir(parents=True, exist_ok=True)
    held = [corpus.articles[i] for i in chosen]
    newest = max((a.published for a in held if a.published), default=datetime.now(UTC))
    path.write_text(
        STORY_TEXT.format(
            story=story,
            articles=", ".join(chosen),
            first=chosen[0],
            quote=_quoted(_first_words(held[0])),
            as_of=newest.date().isoformat(),
            today=datetime.now(UTC).date().isoformat(),
        ),
        encoding="utf-8",
    )
    written = [path]
    gates = golden / "gates.yaml"
    if not gates.exists() and not (golden / "manifest.yaml").exists():
        gates.write_text(GATES_TEXT, encoding="utf-8")
        written.append(gates)
    return written


def _first_words(article: CorpusArticle) -> str:
    """Words of the article that stand in it exactly once, as an example of a quote."""
    words = article.text.split("\n")[0].split()
    for length in range(min(8, len(words)), len(words) + 1):
        quote = " ".join(words[:length])
        if len(find(quote, article.text)) == 1:
            return quote
    return " ".join(words)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def show(golden: GoldenSet, corpus: Corpus, name: str) -> Iterator[str]:
    """Everything about a question, line by line; or about all questions of a story.

    Raises:
        BadInput: There is no such question or story.
    """
    chosen = [q for q in golden.questions if name in (q.id, q.story)]
    if not chosen:
        raise bad(golden.path, f"no question or story is called {name!r}")
    for question in chosen:
        yield from _shown(question, corpus)
        yield ""


def _shown(question: GoldenQuestion, corpus: Corpus) -> Iterator[str]:
    yield f"{question.id}  ({question.split}, {question.type}, {question.path}:{question.line})"
    for turn in question.history:
        yield f"  {turn.role}: {turn.content}"
    yield f"  {question.question}"
    yield f"  as of {question.as_of}" + (f", {question.why}" if question.why else "")
    if question.tags:
        yield "  " + " ".join(f"#{tag}" for tag in sorted(question.tags))
    for fact in question.facts:
        yield f"  {'vital' if fact.vital else 'okay '} {fact.text}"
        yield f"        any: {_wordings(fact, question)}" + (
            f"  none: {list(fact.none)}" if fact.none else ""
        )
    for kind, groups in (
        ("evidence", question.evidence),
        ("decoy", tuple((words,) for words in question.decoys)),
        ("near miss", tuple((words,) for words in question.near_miss)),
    ):
        for group in groups:
            for position, words in enumerate(group):
                article = corpus.articles.get(words.article)
                when = (article.published_at or "")[:10] if article else "not in the corpus"
                shared = overlap(question.question, words.quote)
                share = "" if shared is None else f", {shared:.0%} of the question's words"
                lead = kind if position == 0 else "or".rjust(len(kind))
                yield f"  {lead}: {words.quote}"
                yield f"  {' ' * len(kind)}  {words.article}, {when}{share}"


def _wordings(fact: Fact, question: GoldenQuestion) -> str:
    """The wordings, those that stand in no evidence marked."""
    quotes = [words.quote for group in question.evidence for words in group]
    return ", ".join(
        wording if any(says(quote, wording) for quote in quotes) else f"{wording} (in no quote!)"
        for wording in fact.any
    )
