"""The static checks of a set against its corpus."""

from pathlib import Path

import pytest

from evals.corpus import Corpus, CorpusArticle, read_corpus
from evals.golden import GoldenSet, read_golden
from evals.lint import lint, shared_words
from evals.schema import read_story

MINI = Path("tests/fakes/mini_set")
TEXT = "Some 412 dockers walked out. They walked out again. The rest stayed."
QUESTION = """\
story: s
articles: [a-1]
questions:
  - id: s/q1
    question: how many left
    as_of: 2026-01-02
    type: numeric
    facts:
      - {id: f1, importance: vital, text: t, any: ["412 dockers"], none: ["380"]}
    evidence:
      - any: [{article: a-1, quote: "Some 412 dockers walked out"}]
"""


def found(text, corpus_text=TEXT):
    story = read_story(Path("s.yaml"), text, "test")
    article = CorpusArticle("a-1", "H", corpus_text, "2026-01-01", Path("a-1.md"), 1, {})
    return lint(GoldenSet(Path("elsewhere"), (story,), None), Corpus(Path("c"), {"a-1": article}))


def test_a_sound_set_has_nothing_to_say():
    report = found(QUESTION)
    assert (report.errors, report.warnings) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("Some 412 dockers walked out", "Some 413 dockers walked out", 11, "is not in a-1"),
        ("Some 412 dockers walked out", "walked out", 11, "stands 2 times"),
        ("{article: a-1,", "{article: a-2,", 11, "no article of the corpus is called 'a-2'"),
        ("articles: [a-1]", "articles: [a-1, a-9]", 2, "'a-9'"),
    ],
)
def test_a_quote_or_id_that_is_not_there_is_an_error_of_any_set(old, new, line, reason):
    ((problem),) = found(QUESTION.replace(old, new)).errors
    assert problem.line == line
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('any: ["412 dockers"]', 'any: ["413 dockers"]', "in none of the evidence"),
        ('none: ["380"]', 'none: ["walked"]', "stands in the evidence"),
        ("how many left", "did 412 dockers leave", "holds its own answer"),
        ("as_of: 2026-01-02", "as_of: 2025-01-02", "published after as_of"),
    ],
)
def test_what_makes_a_question_unfair_is_a_warning_of_a_foreign_set(old, new, reason):
    report = found(QUESTION.replace(old, new))
    assert report.errors == ()
    assert any(reason in problem.reason for problem in report.warnings)


def test_a_quote_may_be_wrapped_in_the_file_and_spaced_oddly_in_the_article():
    assert found(QUESTION, TEXT.replace("412 dockers", "412  dockers")).errors == ()


def test_a_set_that_shares_its_words_with_the_evidence_or_lacks_near_misses_is_easy():
    report = lint(read_golden(MINI), read_corpus(MINI / "articles.jsonl"))
    assert report.errors == ()
    assert "near misses" in report.easy[0]
    assert found(QUESTION).easy == ()
    (shared,) = found(QUESTION.replace("how many left", "how many dockers walked out")).easy
    assert "content words" in shared


def test_shared_words_takes_the_best_quote_of_each_item():
    question = read_golden(MINI).split("test")[0]
    assert shared_words(question) == 0.75
