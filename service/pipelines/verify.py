"""VERIFY: for each sentence of any text, the stored sentences that bear it, and how far."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from service.domain.answer import Evidence, EvidenceSentence, Match, Reason
from service.domain.article import Filters, Quote, Sentence
from service.domain.chunking import find_sentences
from service.domain.close import compare
from service.domain.relevance import cosine
from service.domain.support import support
from service.domain.wording import content, share
from service.pipelines.retrieve import Retrieved, gather
from service.ports import Embedder, Entailment, SentenceSplitter
from service.readers.signals import ClaimSignals

MAX_TEXT: Final = 20_000
"""Code points of a text to verify at most."""
PASSAGES: Final = 12
ARTICLES: Final = 8
NEAREST: Final = 4
"""Sentences that a sentence in other words is held against."""
MOST_QUOTES: Final = 3
AT_ONCE: Final = 8


class Retrieve(Protocol):
    """Finds passages: `RetrieveEvidence`."""

    async def __call__(self, query: str, *, filters: Filters, limit: int) -> Retrieved:
        """The best passages for a query."""
        ...


class Verdict(StrEnum):
    """How a sentence stands to the stored articles."""

    EXACT = "exact"
    CLOSE = "close"
    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    UNCHECKED = "unchecked"


VERDICTS: Final[dict[Match, Verdict]] = {
    "exact": Verdict.EXACT,
    "folded": Verdict.EXACT,
    "close": Verdict.CLOSE,
    "paraphrase": Verdict.SUPPORTED,
}


@dataclass(frozen=True, slots=True)
class Verified:
    """A sentence of the text, `text[start:end]`; `support` is None where there was nothing to check."""

    start: int
    end: int
    verdict: Verdict
    support: float | None
    failed: tuple[Reason, ...] = ()
    quotes: tuple[Quote, ...] = ()
    match: Match = "exact"


@dataclass(frozen=True, slots=True, eq=False)
class VerifyText:
    """Holds a text against the stored articles, sentence by sentence.

    Args:
        retrieve: Finds what might bear a sentence.
        splitter: Finds the text's sentences.
        embedder: Says what is near to what.
        entailment: An NLI model behind the same rule, where one is set.
    """

    retrieve: Retrieve
    splitter: SentenceSplitter
    embedder: Embedder
    entailment: Entailment | None = None

    async def __call__(self, text: str, filters: Filters) -> tuple[Verified, ...]:
        """A verdict for each sentence, in order.

        Args:
            text: Any text, at most MAX_TEXT code points; all spans count in it as it is.
            filters: Which articles it is held against.

        Raises:
            IndexUnavailable: Nothing can be searched.
        """
        places = asyncio.Semaphore(AT_ONCE)

        async def one(sentence: Sentence) -> Verified:
            async with places:
                return await self._verified(text, sentence, filters)

        return tuple(await asyncio.gather(*map(one, find_sentences(text, self.splitter.split))))

    async def _verified(self, text: str, place: Sentence, filters: Filters) -> Verified:
        written = text[place.start : place.end]
        if written.endswith("?") or not content(written):
            return Verified(place.start, place.end, Verdict.UNCHECKED, None)
        query = " ".join(written.split())[:1_000]
        found = await self.retrieve(query, filters=filters, limit=PASSAGES)
        evidence = gather(found, max_sources=ARTICLES)
        alike = _alike(written, evidence)
        if alike:
            match = alike[0][0]
            quotes = tuple(evidence.quote(s) for m, s in alike if m == match)[:MOST_QUOTES]
            return Verified(place.start, place.end, VERDICTS[match], 1.0, quotes=quotes, match=match)
        return await self._in_other_words(place, written, evidence)

    async def _in_other_words(self, place: Sentence, written: str, evidence: Evidence) -> Verified:
        nearest = _nearest(written, evidence)
        if not nearest:
            return Verified(place.start, place.end, Verdict.UNSUPPORTED, 0.0, (Reason.UNRESOLVABLE,))
        signals = ClaimSignals(self.embedder, self.entailment)
        await signals.learn(written, nearest)
        held = support(written, nearest, "prose", signals)
        if held.match is None:
            failed = (held.reason or Reason.REWORDED,)
            return Verified(place.start, place.end, Verdict.UNSUPPORTED, held.score, failed)
        quotes = tuple(evidence.quote(sentence) for sentence in held.sentences[:MOST_QUOTES])
        verdict = VERDICTS[held.match]
        return Verified(place.start, place.end, verdict, held.score, quotes=quotes, match=held.match)


def _alike(written: str, evidence: Evidence) -> list[tuple[Match, EvidenceSentence]]:
    """Stored sentences whose words these are, the most exact first."""
    rank = list(VERDICTS)
    compared = ((compare(written, sentence.text).match, sentence) for sentence in evidence.sentences())
    alike = [(match, sentence) for match, sentence in compared if match is not None]
    return sorted(alike, key=lambda found: rank.index(found[0]))


def _nearest(written: str, evidence: Evidence) -> Sequence[EvidenceSentence]:
    said = content(written)

    def nearness(sentence: EvidenceSentence) -> float:
        return share(said, content(sentence.text)) + cosine(evidence.question_vector, sentence.vector)

    return sorted(evidence.sentences(), key=nearness, reverse=True)[:NEAREST]
