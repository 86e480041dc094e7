"""The scores of one question. Every one is a number or None with a reason: None is never 0 and never 1.

The definitions, with their sources, stand in `evals/README.md` under the same numbers (M1 to M12).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from evals.folding import says_any, tokens, words
from evals.records import Asked, CitedQuote, CitedSentence, Result, Stored
from evals.schema import Fact, GoldenQuestion
from evals.spans import Groups, Span, relevant, satisfied, touches

CUTS: Final = (1, 5, 10, 20)
RANKED: Final = 10
_ADDED: Final = frozenset({"a", "an", "the", "and", "that"})
"""The words that a close sentence may have beside its quote's."""
WORD_LIMIT: Final = 100
"""An answer is right where it says the facts within so many words: dumping whole passages is none."""

Verdict: TypeAlias = Literal["correct", "partial", "missing", "incorrect", "mixed"]


@dataclass(frozen=True, slots=True)
class FactSeen:
    """What became of one fact in an answer."""

    id: str
    vital: bool
    said: bool
    contradicted: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The steps that an answerable question passes, in order: the first False is where it was lost."""

    in_corpus: bool
    retrieved: bool
    in_evidence: bool
    cited: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Score:
    """One question, scored. None: not measured, or not defined for it."""

    id: str
    story: str
    status: str
    answerable: bool
    abstained: bool | None = None
    verdict: Verdict | None = None
    right: bool | None = None
    """Correct within the word limit; None unless it was answered."""
    shown: bool | None = None
    confidence: float | None = None
    evidence_recall: Mapping[int, float] | None = None
    reciprocal_rank: float | None = None
    ndcg: float | None = None
    vital_recall: float | None = None
    all_facts: float | None = None
    facts: tuple[FactSeen, ...] = ()
    gold_citation_recall: float | None = None
    gold_citation_precision: float | None = None
    unjudged: int = 0
    citations: int = 0
    quotes: int = 0
    quotes_exact: int = 0
    quotes_whole: int = 0
    sentences: int = 0
    sentences_held: int = 0
    answer_words: int | None = None
    lost: Lost | None = None


def score(result: Result, question: GoldenQuestion, groups: Groups, stored: Stored) -> Score:
    """Score one result.

    Args:
        result: Of this question.
        question: The gold.
        groups: Its evidence in the service's stored texts.
        stored: Stored texts by article id and revision, for the quotes.
    """
    base = Score(question.id, question.story, result.status, question.answerable)
    asked = result.asked
    if result.status != "ok" or asked is None:
        return base
    found = [Span(chunk.article, chunk.start, chunk.end) for chunk in result.retrieved]
    quotes = [quote for cited in asked.citations for quote in cited.quotes]
    facts = tuple(see(fact, asked.answer) for fact in question.facts)
    verdict = judge(asked, question, facts)
    length = words(asked.answer)
    right = None if asked.abstained else verdict == "correct" and question.answerable and length <= WORD_LIMIT
    retrieval = question.answerable
    checked = [*quotes, *asked.nearest]
    judged = question.answerable and not asked.abstained
    gold = gold_citations(quotes, groups) if judged else GoldCitations()
    return Score(
        id=question.id,
        story=question.story,
        status=result.status,
        answerable=question.answerable,
        abstained=asked.abstained,
        verdict=verdict,
        right=right,
        shown=_shown(asked, question) if question.answerable else None,
        confidence=asked.confidence,
        evidence_recall={k: evidence_recall(groups, found, k) for k in CUTS} if retrieval else None,
        reciprocal_rank=reciprocal_rank(groups, found) if retrieval else None,
        ndcg=ndcg(groups, found) if retrieval else None,
        vital_recall=_vital(facts) if judged else None,
        all_facts=_all(facts) if judged else None,
        facts=facts,
        gold_citation_recall=gold.recall,
        gold_citation_precision=gold.precision,
        unjudged=gold.unjudged,
        citations=gold.total,
        quotes=len(checked),
        quotes_exact=sum(exact(quote, stored) for quote in checked),
        quotes_whole=sum(whole(quote, stored) for quote in checked),
        sentences=len(asked.citations),
        sentences_held=sum(held(cited, asked.answer) for cited in asked.citations),
        answer_words=None if asked.abstained else length,
        lost=_lost(groups, found, asked, right=bool(right)) if question.answerable else None,
    )


def evidence_recall(groups: Groups, found: Sequence[Span], k: int) -> float:
    """M1: the share of evidence items that the first k passages cover, in their union."""
    return sum(satisfied(group, found[:k]) for group in groups) / len(groups) if groups else 0.0


def reciprocal_rank(groups: Groups, found: Sequence[Span]) -> float:
    """M2: one over the rank of the first relevant passage among the first ten."""
    ranks = (rank for rank, piece in enumerate(found[:RANKED], start=1) if relevant(piece, groups))
    first = next(ranks, None)
    return 1 / first if first else 0.0


def ndcg(groups: Groups, found: Sequence[Span]) -> float:
    """M3: nDCG@10 where a rank gains what it is the first to satisfy; a second copy of a fact earns nothing.

    Source: Järvelin and Kekäläinen 2002, doi:10.1145/582415.582418; linear gain as in trec_eval.
    """
    if not groups:
        return 0.0
    done: set[int] = set()
    total = 0.0
    for rank in range(1, min(RANKED, len(found)) + 1):
        fresh = {n for n, group in enumerate(groups) if n not in done and satisfied(group, found[:rank])}
        done |= fresh
        total += len(fresh) / math.log2(rank + 1)
    ideal = math.fsum(1 / math.log2(i + 1) for i in range(1, min(len(groups), RANKED) + 1))
    return min(1.0, total / ideal)


def see(fact: Fact, answer: str) -> FactSeen:
    """Whether an answer says a fact, or what contradicts it."""
    return FactSeen(fact.id, fact.vital, says_any(answer, fact.any), says_any(answer, fact.none))


def _vital(facts: Sequence[FactSeen]) -> float | None:
    """M4, strict: the share of vital facts that are said."""
    vital = [fact.said for fact in facts if fact.vital]
    return sum(vital) / len(vital) if vital else None


def _all(facts: Sequence[FactSeen]) -> float | None:
    return sum(fact.said for fact in facts) / len(facts) if facts else None


def judge(asked: Asked, question: GoldenQuestion, facts: Sequence[FactSeen]) -> Verdict:
    """M6: correct, partial, missing or incorrect; `mixed` where a fact and what contradicts it are both said.

    `mixed` counts as not measured. A contradiction is a `none` wording while the fact is absent.
    """
    if not question.answerable:
        return "correct" if asked.abstained else "incorrect"
    if asked.abstained:
        return "missing"
    vital = [fact for fact in facts if fact.vital]
    if any(fact.contradicted and not fact.said for fact in vital):
        return "incorrect"
    if any(fact.contradicted and fact.said for fact in vital):
        return "mixed"
    said = sum(fact.said for fact in vital)
    if said == len(vital):
        return "correct"
    return "partial" if said else "incorrect"


def _shown(asked: Asked, question: GoldenQuestion) -> bool:
    """Whether every vital fact was before the reader: in the answer, or in an abstention's nearest quotes."""
    texts = [asked.answer, *(quote.text for quote in asked.nearest)]
    return all(any(says_any(text, fact.any) for text in texts) for fact in question.vital)


@dataclass(frozen=True, slots=True)
class GoldCitations:
    """M7 and M8 against the gold; a quote beside it is unjudged, not wrong."""

    recall: float | None = None
    precision: float | None = None
    unjudged: int = 0
    total: int = 0


def gold_citations(quotes: Sequence[CitedQuote], groups: Groups) -> GoldCitations:
    """How the quotes of an answer stand to the golden evidence."""
    cited = [Span(quote.article, quote.start, quote.end) for quote in quotes]
    golden = sum(touches(piece, groups) for piece in cited)
    covering = sum(any(piece.overlap(span) > 0 for span in group for piece in cited) for group in groups)
    return GoldCitations(
        recall=covering / len(groups) if groups else None,
        precision=golden / len(cited) if cited else None,
        unjudged=len(cited) - golden,
        total=len(cited),
    )


def exact(quote: CitedQuote, stored: Stored) -> bool:
    """M9: whether the stored revision holds these very words at this very place."""
    text = stored.get((quote.article, quote.revision))
    return text is not None and bool(quote.text) and text[quote.start : quote.end] == quote.text


def whole(quote: CitedQuote, stored: Stored) -> bool:
    """Whether a quote begins and ends between words: a cut word is a sign of offsets that drift."""
    text = stored.get((quote.article, quote.revision))
    if text is None or not 0 <= quote.start < quote.end <= len(text):
        return False
    return not any(
        0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
        for at in (quote.start, quote.end)
    ) and not (text[quote.start].isspace() or text[quote.end - 1].isspace())


def held(cited: CitedSentence, answer: str) -> bool:
    """Whether a sentence of an answer stands to its quotes as `match` claims.

    Paraphrases claim nothing that words can hold, but must have a quote.
    """
    sentence = answer[cited.start : cited.end]
    if not sentence.strip() or not cited.quotes:
        return False
    if cited.match == "exact":
        joined = " ".join(quote.text for quote in cited.quotes)
        return sentence in (joined, *(quote.text for quote in cited.quotes))
    mine = tokens(sentence)
    theirs = [tokens(quote.text) for quote in cited.quotes]
    theirs.append(tuple(token for quote in theirs for token in quote))
    if cited.match == "folded":
        return mine in theirs
    if cited.match == "close":
        kept = [token for token in mine if token.word not in _ADDED]
        return any(_subsequence(kept, other) for other in theirs)
    return cited.match == "paraphrase"


def _subsequence(mine: Sequence[object], theirs: Sequence[object]) -> bool:
    rest = iter(theirs)
    return all(any(token == other for other in rest) for token in mine)


def _lost(groups: Groups, found: Sequence[Span], asked: Asked, *, right: bool) -> Lost:
    """Where the question was lost; each step asks for all that the steps before it asked for.

    What was answered rightly was lost nowhere, by whatever words it came.
    """
    reached = {*asked.sources, *asked.copies}
    cited = [Span(quote.article, quote.start, quote.end) for c in asked.citations for quote in c.quotes]
    in_corpus = right or (bool(groups) and all(groups))
    retrieved = right or (in_corpus and evidence_recall(groups, found, max(CUTS)) == 1.0)
    in_evidence = right or (
        retrieved and all(any(span.article in reached for span in group) for group in groups)
    )
    all_cited = right or (
        in_evidence and all(any(p.overlap(span) > 0 for span in g for p in cited) for g in groups)
    )
    return Lost(in_corpus, retrieved, in_evidence, all_cited, right)
