"""Puts checked sentences into an answer, each with its place and its quotes.

This is the one way by which text reaches an answer, and it holds every quote against the stored text
again: a citation that does not hold cannot be sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.answer import Citation, Cited, Said
from service.domain.article import Quote


def holds(quote: Quote, stored: str | None) -> bool:
    """Whether the quote's words stand in the stored text, at its place.

    >>> holds(Quote("a", 1, 0, 2, "He"), "He left.")
    True
    >>> holds(Quote("a", 1, 0, 2, "She"), "He left.")
    False
    """
    # A negative offset would count from the end: right words, and no place that a reader can find.
    return (
        bool(quote.text)
        and stored is not None
        and quote.start >= 0
        and stored[quote.start : quote.end] == quote.text
    )


@dataclass(slots=True)
class Composer:
    """An answer as it grows.

    Args:
        texts: The stored text by (article id, revision), of everything that may be quoted.
    """

    texts: Mapping[tuple[str | None, int | None], str]
    text: str = ""
    citations: list[Citation] = field(default_factory=list)

    def add(self, cited: Cited) -> Said | None:
        """Take a sentence into the answer.

        Returns:
            What to send, with its own leading space or break; None where it has no quote, or one that
            does not hold: then the answer is as it was.
        """
        if not cited.text or not cited.quotes:
            return None
        if not all(
            holds(quote, self.texts.get((quote.article_id, quote.revision))) for quote in cited.quotes
        ):
            return None
        lead = cited.lead or ("\n\n" if "\n" in cited.text else " ")
        before = (lead if self.text else lead.lstrip(" \n")) + cited.preface
        start = len(self.text) + len(before)
        citation = Citation(
            id=len(self.citations) + 1,
            start=start,
            end=start + len(cited.text),
            support=cited.support,
            quotes=cited.quotes,
            match=cited.match,
            dated=cited.dated,
        )
        self.text += before + cited.text
        self.citations.append(citation)
        return Said(before + cited.text, citation)
