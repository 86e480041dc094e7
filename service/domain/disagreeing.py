"""Where a summary's articles do not agree, and what a correction has made untrue."""

from collections.abc import Sequence
from typing import Final

from service.domain.answer import Citation, Evidence, EvidenceArticle, EvidenceSentence, SourcesDisagree
from service.domain.batching import showing
from service.domain.conflicts import find_conflicts
from service.domain.duplicates import states_correction
from service.domain.salience import matter
from service.domain.selection import figures

COMPARED: Final = 40
"""Articles up to which all are compared with all. Of more, those that are quoted and those that correct
something are: comparing goes with the square of their number."""

SHARED: Final = 3
"""Words of matter, the figure among them, that a sentence shares with the correction that withdraws it."""


def disagreements(evidence: Evidence, citations: Sequence[Citation]) -> tuple[SourcesDisagree, ...]:
    """Where what a summary quotes is contradicted by another article, or has changed since.

    Args:
        evidence: Every article that was read.
        citations: The summary's.

    Returns:
        The surest first, the newest article's side first in each.
    """
    places = {(quote.article_id, quote.start) for citation in citations for quote in citation.quotes}
    anchors = [
        sentence
        for article in evidence.articles
        for sentence in article.sentences
        if (article.article.id or None, sentence.sentence.start) in places
    ]
    return _found(evidence, anchors)


def outdated(evidence: Evidence, chosen: Sequence[EvidenceSentence]) -> frozenset[tuple[int, int]]:
    """The chosen sentences that a correction has made untrue, by article and number.

    That is what an article which corrects something contradicts, and what says with other words of a
    correction the figure that the correction withdraws: one that it names and its own article does not.
    """
    correcting = [article for article in evidence.articles if _corrects(article)]
    if not correcting:
        return frozenset()
    numbers = {article.n for article in correcting}
    starts = {(s.article, s.sentence.start): (s.article, s.n) for s in chosen}
    old: set[tuple[int, int]] = set()
    for conflict in _found(evidence, chosen):
        newest, *others = conflict.sides
        if newest.n in numbers:
            places = [(side.n, side.quote.start) for side in others]
            old |= {starts[place] for place in places if place in starts}
    for article in correcting:
        for note, wrong in _withdrawn(article):
            old |= {
                (s.article, s.n)
                for s in chosen
                if s.article < article.n
                and wrong & figures(matter(s.text))
                and len(note & matter(s.text)) >= SHARED
            }
    return frozenset(old)


def _withdrawn(article: EvidenceArticle) -> list[tuple[frozenset[str], frozenset[str]]]:
    """The stems of each correction that an article states, and the figures that it alone names."""
    notes = [s for s in article.sentences if states_correction(s.text)]
    rest = [figures(matter(s.text)) for s in article.sentences if not states_correction(s.text)]
    right = frozenset[str]().union(*rest)
    return [(matter(s.text), wrong) for s in notes if (wrong := figures(matter(s.text)) - right)]


def _corrects(article: EvidenceArticle) -> bool:
    return article.corrected or states_correction(article.article.text)


def _found(evidence: Evidence, anchors: Sequence[EvidenceSentence]) -> tuple[SourcesDisagree, ...]:
    if len(evidence.articles) < 2 or not anchors:  # noqa: PLR2004 - it takes two to disagree
        return ()
    if len(evidence.articles) > COMPARED:
        near = {anchor.article for anchor in anchors}
        near |= {article.n for article in evidence.articles if _corrects(article)}
        evidence = showing(evidence, [s for s in evidence.sentences() if s.article in near])
    return find_conflicts(evidence, anchors)
