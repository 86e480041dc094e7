"""Finds sentences with nupunkt.

Three libraries were tried on news with glued sentences, abbreviations, initials, quotations, lists and
bylines. pysbd splits fewer quotations but needs fifteen times as long and loses a split after an
ellipsis; blingfire is the fastest but parts `"No!" he said` and joins after "Inc."; nupunkt needed the
smallest repairs, and those stand in `domain/text.py`: pieces that go on in lower case, titles and
initials, glued sentences. It is pure Python and without dependencies.
"""

from collections.abc import Sequence

import nupunkt

from service.domain.text import mend_sentences


class NupunktSentences:
    """A `SentenceSplitter`."""

    def split(self, paragraph: str) -> Sequence[tuple[int, int]]:
        """Spans of the sentences of a paragraph."""
        if not paragraph.strip():
            return ()
        return mend_sentences(paragraph, [(start, end) for start, end in nupunkt.sent_spans(paragraph)])
