"""Answers for scripted streams, built with the service's own models, so that they are what it would send."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.api.responses import (
    AnswerOut,
    AppliedFilters,
    AskedOut,
    CitationOut,
    IndexOut,
    ProvenanceOut,
    QuoteOut,
    SourceOut,
    UsageOut,
)

AS_OF = "2026-03-04T08:00:00Z"
NO_FILTERS = AppliedFilters(published_from=None, published_to=None)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence with the numbers of the sources that it quotes; `lead` parts it from the one before."""

    text: str
    ns: tuple[int, ...] = (1,)
    lead: str = " "
    quote: str | None = None
    match: str = "exact"
    speaker: str | None = None


def source(n: int, **fields: Any) -> SourceOut:
    """A source with what every source has."""
    held: dict[str, Any] = {
        "n": n,
        "article_id": f"port-{n}",
        "revision": 1,
        "headline": f"Headline {n}",
        "url": f"https://news.example/{n}",
        "source": ("The Daily Post", "Harbour Gazette", "Evening Star")[n % 3 - 1],
        "author": "Ada Reporter" if n == 1 else None,
        "published_at": f"2026-03-0{n}T09:00:00Z",
        "updated_at": None,
        "corrected": False,
        "score": 0.7,
        "cited": True,
        "copies": [],
    }
    return SourceOut.model_validate(held | fields)


def answer(pieces: Sequence[Piece], sources: Sequence[SourceOut], **fields: Any) -> AnswerOut:
    """The whole answer that consists of these pieces; the first one's lead is left out."""
    text, citations = "", []
    known = {item.n: item for item in sources}
    for number, piece in enumerate(pieces, start=1):
        start = len(text + (piece.lead if text else ""))
        text += (piece.lead if text else "") + piece.text
        quotes = [_quote(piece, n, known.get(n)) for n in piece.ns]
        citations.append(CitationOut(id=number, start=start, end=len(text), support=1.0, quotes=quotes))
    asked = AskedOut.model_validate({"asked": "q", "standalone": "q", "filters": NO_FILTERS, "as_of": AS_OF})
    held: dict[str, Any] = {
        "id": "ans_1",
        "status": "answered",
        "mode": "extractive",
        "degraded": False,
        "degraded_reason": None,
        "confidence": 0.9,
        "finish": "stop",
        "answer": text,
        "citations": citations,
        "sources": list(sources),
        "conflicts": [],
        "abstention": None,
        "checks": [],
        "question": asked,
        "followups": [],
        "newest_source_at": "2026-03-02T09:00:00Z",
        "provenance": ProvenanceOut(
            model=None,
            prompt=None,
            index=IndexOut(seq=1, search="hnsw"),
            settings="sha256:0",
            timings_ms={},
            usage=UsageOut(prompt_tokens=0, completion_tokens=0, cost_usd=0.0),
            cached=False,
        ),
    }
    return AnswerOut.model_validate(held | fields)


def _quote(piece: Piece, n: int, of: SourceOut | None) -> QuoteOut:
    text = piece.quote or piece.text
    article_id = of.article_id if of else f"port-{n}"
    return QuoteOut.model_validate(
        {
            "n": n,
            "article_id": article_id,
            "revision": 1,
            "start": 812,
            "end": 812 + len(text),
            "text": text,
            "prefix": "guard said before. ",
            "suffix": " More was said after",
            "match": piece.match,
            "speaker": piece.speaker,
            "read": f"/read/{article_id}?revision=1&start=812&end={812 + len(text)}",
        }
    )


def abstention(reason: str, **fields: Any) -> AnswerOut:
    """An abstention with one close passage."""
    nearest = {
        "article_id": "port-1",
        "headline": "The port of Wick",
        "source": "The Daily Post",
        "published_at": "2026-03-01T09:00:00Z",
        "url": None,
        "quote": {"revision": 1, "start": 1, "end": 9, "text": "Wick has a port.", "read": "/read/port-1"},
    }
    said = {
        "reason": reason,
        "message": "said by the service",
        "missing_words": ["airship"],
        "nearest": [nearest],
    }
    return answer([], [], status="abstained", abstention=said, newest_source_at=None, **fields)


def events(whole: AnswerOut, sentences: int | None = None, *, done: bool = True) -> list[tuple[str, Any]]:
    """The stream of an answer, or its first sentences without an end.

    Args:
        whole: What `done` holds.
        sentences: How many are sent; all by default.
        done: Whether the stream ends with `done`.
    """
    frames: list[tuple[str, Any]] = [
        ("meta", {"id": whole.id, "as_of": AS_OF, "mode": whole.mode}),
        ("status", {"stage": "searching", "n": 0}),
        ("sources", {"sources": [item.model_dump(mode="json") for item in whole.sources]}),
        ("status", {"stage": "reading", "n": len(whole.sources)}),
    ]
    came_to = 0
    for citation in whole.citations[:sentences]:
        text = whole.answer[came_to : citation.end]
        frames.append(("sentence", {"text": text, "citation": citation.model_dump(mode="json")}))
        came_to = citation.end
    if done:
        frames.append(("done", whole.model_dump(mode="json")))
    return frames


TWO = [source(1), source(2)]
PORTS = answer(
    [
        Piece("Three ports were closed on Monday after winds reached 110 km/h."),
        Piece("Ferries resumed at noon on Tuesday.", (2, 1)),
    ],
    TWO,
)
