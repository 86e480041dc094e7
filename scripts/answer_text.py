"""An answer of `POST /ask` as text for a terminal: numbered quotes, sources and dates."""

import shutil
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

INDENT: Final = "    "
# A no-break space holds a number at its sentence where lines are broken.
TIE: Final = "\u00a0"
# Embeddings, overrides and isolates can make words stand in another order than they are stored.
TURNS: Final = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))

Json = Mapping[str, Any]


def render(answer: Json, base: str, width: int | None = None) -> str:
    """Draw the answer, each sentence followed by the numbers of its quotes, and the quotes below.

    Args:
        answer: The object of `POST /ask`, as docs and OpenAPI describe it.
        base: The service's address, put before the addresses of the pages where a quote can be read.
        width: Columns; the terminal's by default, 100 at most.
    """
    width = width or min(shutil.get_terminal_size().columns, 100)
    if answer["status"] == "abstained":
        return _abstention(answer["abstention"], base, width)
    quotes = _numbered(answer["citations"])
    sources = {source["n"]: source for source in answer["sources"]}
    lines = [_wrap(line, width).replace(TIE, " ") for line in _marked(answer, quotes).splitlines()]
    for number, quote in quotes.values():
        lines += ["", *_quote(f"[{number}] ", quote, sources.get(quote["n"], {}), base, width)]
    if answer.get("degraded"):
        lines += ["", f"(degraded: {answer['degraded_reason']})"]
    return "\n".join(lines)


Key = tuple[str | None, int | None, int, int]


def _key(quote: Json) -> Key:
    return quote["article_id"], quote["revision"], quote["start"], quote["end"]


def _numbered(citations: Sequence[Json]) -> dict[Key, tuple[int, Json]]:
    """Quotes with numbers from 1, in reading order; words that are quoted twice keep their number."""
    quotes: dict[Key, tuple[int, Json]] = {}
    for citation in citations:
        for quote in citation["quotes"]:
            quotes.setdefault(_key(quote), (len(quotes) + 1, quote))
    return quotes


def _marked(answer: Json, quotes: Mapping[Key, tuple[int, Json]]) -> str:
    """The text with `[1]` after each cited span. An answer itself has no markers."""
    text = answer["answer"]
    for citation in sorted(answer["citations"], key=lambda citation: citation["end"], reverse=True):
        marks = "".join(f"[{quotes[_key(quote)][0]}]" for quote in citation["quotes"])
        text = f"{text[: citation['end']]}{TIE}{marks}{text[citation['end'] :]}"
    return str(text)


def _abstention(abstention: Json, base: str, width: int) -> str:
    lines = [_wrap(abstention["message"], width)]
    if abstention["nearest"]:
        lines += ["", "Closest words, which do not answer it:"]
    for near in abstention["nearest"]:
        lines += ["", *_quote("- ", near["quote"], near, base, width)]
    return "\n".join(lines)


def _quote(mark: str, quote: Json, source: Json, base: str, width: int) -> list[str]:
    origin = ", ".join([source.get("source") or "source unknown", _day(source.get("published_at"))])
    lines = [
        _wrap(f"{mark}“{quote['text']}”", width, INDENT),
        _wrap(f"{INDENT}{origin}: {source.get('headline') or ''}", width, INDENT),
    ]
    if quote.get("read"):
        lines.append(f"{INDENT}{base}{quote['read']}")  # an address is not wrapped, so that it can be clicked
    return lines


def _day(moment: str | None) -> str:
    if not moment:
        return "without a date"
    day = date.fromisoformat(moment[:10])
    return f"{day.day} {day:%B %Y}"


def _wrap(text: str, width: int, indent: str = "") -> str:
    """Lines of at most `width` columns, without what a terminal would obey: articles are strangers' text."""
    shown = "".join(" " if unicodedata.category(char) == "Cc" or char in TURNS else char for char in text)
    return textwrap.fill(
        shown, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
