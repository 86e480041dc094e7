"""The metrics, each against a case worked out by hand, and against ir-measures."""

import random
from pathlib import Path

import ir_measures
import pytest

from evals.metrics import evidence_recall, exact, held, ndcg, reciprocal_rank, score, whole
from evals.records import Asked, CitedQuote, CitedSentence, Result, Retrieved
from evals.schema import read_story
from evals.spans import Span, covered, gold_groups, locate, satisfied, touches

A = Span("a", 100, 200)
B = Span("b", 0, 50)


def test_the_union_of_passages_counts_where_a_border_cuts_the_evidence():
    assert covered(A, [Span("a", 90, 150), Span("a", 150, 260)]) == 1.0
    assert covered(A, [Span("a", 100, 140), Span("a", 120, 160), Span("b", 100, 200)]) == 0.6
    assert satisfied([A], [Span("a", 100, 190)])
    assert not satisfied([A], [Span("a", 100, 189)])


def test_evidence_recall_needs_every_item_and_any_alternative():
    groups = ((A, B), (Span("c", 0, 10),))
    found = [Span("x", 0, 9), Span("b", 0, 50), Span("c", 0, 10)]
    assert [evidence_recall(groups, found, k) for k in (1, 2, 3)] == [0.0, 0.5, 1.0]


def test_the_reciprocal_rank_takes_the_first_passage_that_holds_half_of_a_span():
    assert reciprocal_rank(((A,),), [Span("a", 100, 149), Span("a", 100, 150)]) == 0.5
    assert reciprocal_rank(((A,),), [Span("x", 0, 1)] * 10 + [A]) == 0.0


def test_a_second_copy_of_a_fact_gains_nothing():
    groups = ((A, B), (Span("c", 0, 10),))
    # Ranks 1 and 3 gain, rank 2 is a copy: (1 + 1/2) / (1 + 1/log2(3)).
    assert ndcg(groups, [A, B, Span("c", 0, 10)]) == pytest.approx(1.5 / (1 + 0.6309297535714575))
    assert ndcg(groups, [A, Span("c", 0, 10)]) == pytest.approx(1.0)


def test_without_copies_the_ranking_metrics_are_those_of_ir_measures():
    rng = random.Random(7)  # noqa: S311 (cases, not secrets)
    for _ in range(60):
        spans = [Span(f"d{n}", 0, 10) for n in range(30)]
        rng.shuffle(spans)
        gold = rng.sample(spans, rng.randint(1, 6))
        groups = tuple((span,) for span in gold)
        qrels = [ir_measures.Qrel("q", span.article, 1) for span in gold]
        run = [ir_measures.ScoredDoc("q", span.article, 100.0 - rank) for rank, span in enumerate(spans)]
        wanted = ir_measures.calc_aggregate(
            [ir_measures.nDCG @ 10, ir_measures.RR @ 10, ir_measures.R @ 5], qrels, run
        )
        assert ndcg(groups, spans) == pytest.approx(wanted[ir_measures.nDCG @ 10])
        assert reciprocal_rank(groups, spans) == pytest.approx(wanted[ir_measures.RR @ 10])
        assert evidence_recall(groups, spans, 5) == pytest.approx(wanted[ir_measures.R @ 5])


STORED = {("a", 1): "The price is 12 per cent. It was 9 per cent before."}


def quote(start, end, text=None, revision=1):
    return CitedQuote("a", revision, start, end, STORED["a", 1][start:end] if text is None else text)


def test_a_quote_is_exact_where_the_named_revision_holds_its_very_words():
    assert exact(quote(0, 25), STORED)
    assert not exact(quote(0, 25, "The price is 13 per cent."), STORED)
    assert not exact(quote(0, 25, revision=2), STORED)
    assert not exact(quote(0, 24, "The price is 12 per cent."), STORED)
    assert not exact(quote(5, 5, ""), STORED)


def test_a_quote_that_begins_inside_a_word_is_not_whole():
    assert whole(quote(0, 25), STORED)
    assert not whole(quote(1, 26), STORED)
    assert not whole(quote(0, 6), STORED)
    assert not whole(quote(3, 25), STORED)
    assert not whole(quote(0, 999, "x"), STORED)


@pytest.mark.parametrize(
    ("sentence", "match", "holds"),
    [
        ("The price is 12 per cent.", "exact", True),
        ("The price is 13 per cent.", "exact", False),
        ("The price is  12 per cent", "folded", True),
        ("The price is 12", "folded", False),
        ("The price is 12 per cent", "close", True),
        ("Price is the 12 per cent", "close", True),
        ("The 12 per cent is price", "close", False),
        ("Prices soared", "paraphrase", True),
        ("", "exact", False),
        ("x", "invented", False),
    ],
)
def test_a_sentence_must_stand_to_its_quotes_as_it_claims(sentence, match, holds):
    assert held(CitedSentence(0, len(sentence), match, (quote(0, 25),)), sentence) is holds


STORY = """\
story: s
articles: [a]
questions:
  - id: s/q
    question: what is the price
    as_of: 2026-01-01
    type: numeric
    facts:
      - {id: f1, importance: vital, text: t, any: ["12 per cent"], none: ["14 per cent"]}
      - {id: f2, importance: vital, text: t, any: ["9 per cent"], none: []}
      - {id: f3, importance: okay, text: t, any: ["before"], none: []}
    evidence:
      - any: [{article: a, quote: "The price is 12 per cent"}]
      - any: [{article: a, quote: "It was 9 per cent before"}]
  - id: s/u
    question: who set the price
    as_of: 2026-01-01
    type: unanswerable
    answerable: false
    why: not_covered
    checked: {}
"""
QUESTION, UNANSWERABLE = read_story(Path("s.yaml"), STORY, "test").questions
TEXTS = {"a": STORED["a", 1]}
GROUPS = gold_groups(QUESTION, TEXTS)


def scored(answer, question=QUESTION, *, status="answered", quotes=(), nearest=()):
    cited = (CitedSentence(0, len(answer), "paraphrase", tuple(quotes)),) if quotes else ()
    asked = Asked(status, "extractive", answer, 0.5, cited, ("a",), nearest=tuple(nearest))
    found = (Retrieved("a", 1, 0, 51, 1.0),)
    groups = GROUPS if question.answerable else ()
    return score(Result(question.id, 0, "ok", asked=asked, retrieved=found), question, groups, STORED)


@pytest.mark.parametrize(
    ("answer", "verdict", "vital"),
    [
        ("It is 12 per cent, and 9 per cent before.", "correct", 1.0),
        ("It is 12 per cent.", "partial", 0.5),
        ("It is 14 per cent, was 9 per cent.", "incorrect", 0.5),
        ("It is 14 per cent or 12 per cent, was 9 per cent.", "mixed", 1.0),
        ("Nobody knows.", "incorrect", 0.0),
    ],
)
def test_the_verdict_follows_the_vital_facts_and_what_contradicts_them(answer, verdict, vital):
    found = scored(answer)
    assert (found.verdict, found.vital_recall) == (verdict, vital)
    assert found.right is (verdict == "correct")


def test_an_abstention_is_missing_where_the_articles_say_it_and_correct_where_they_do_not():
    missing = scored("", status="abstained")
    assert (missing.verdict, missing.vital_recall, missing.right) == ("missing", None, None)
    assert scored("", UNANSWERABLE, status="abstained").verdict == "correct"
    assert scored("It was Bob.", UNANSWERABLE).verdict == "incorrect"
    assert scored("It was Bob.", UNANSWERABLE).right is False


def test_a_long_answer_is_not_right_though_it_says_everything():
    found = scored("It is 12 per cent, 9 per cent before. " + "word " * 100)
    assert (found.verdict, found.right) == ("correct", False)


def test_shown_counts_the_nearest_quotes_of_an_abstention():
    assert scored("", status="abstained", nearest=[quote(0, 51)]).shown
    assert not scored("", status="abstained", nearest=[quote(0, 25)]).shown


def test_gold_citations_have_recall_precision_and_what_nobody_judged():
    found = scored("x", quotes=[quote(0, 25), quote(25, 25, "")])
    assert (found.gold_citation_recall, found.gold_citation_precision, found.unjudged) == (0.5, 0.5, 1)
    none = scored("x")
    assert (none.gold_citation_recall, none.gold_citation_precision) == (0.0, None)


def test_where_a_question_is_lost_is_the_first_step_that_it_misses():
    lost = scored("Nobody knows.", quotes=[quote(0, 25)]).lost
    assert lost is not None
    assert (lost.retrieved, lost.in_evidence, lost.cited, lost.right) == (True, True, False, False)


def test_what_was_not_measured_has_no_value_at_all():
    found = score(Result("s/q", 0, "unmeasured"), QUESTION, GROUPS, STORED)
    assert (found.verdict, found.evidence_recall, found.shown, found.confidence) == (None, None, None, None)


def test_a_copy_of_the_words_in_another_article_is_an_alternative():
    groups = gold_groups(QUESTION, TEXTS | {"copy": "ADDED. " + TEXTS["a"]})
    assert [len(group) for group in groups] == [2, 2]
    assert touches(Span("copy", 10, 12), groups)
    assert locate(QUESTION.evidence[0][0], {"a": "nothing"}) is None
