"""From a stored text to its sentences, and from sentences to the passages that are embedded."""

from collections.abc import Callable, Sequence
from typing import Final

from service.domain.article import Passage, Sentence
from service.domain.text import has_words, paragraphs

OVERLAP_TOKENS: Final = 48
"""A passage begins with the last sentence of the one before where that is no longer than this."""
MAX_SENTENCE: Final = 1_200
"""Code points: what is longer is cut at spaces, so that text without any stop can be cited too."""
MAX_PARAGRAPH: Final = 20_000
"""Code points that are split at once: the time that splitting takes grows with the square of them."""


def find_sentences(text: str, split: Callable[[str], Sequence[tuple[int, int]]]) -> tuple[Sentence, ...]:
    """The sentences of a stored text with their exact spans.

    Args:
        text: A stored text.
        split: Spans of the sentences of one paragraph (`ports.SentenceSplitter`).

    Returns:
        In order, not overlapping; each has a letter or digit, none is longer than MAX_SENTENCE.
    """
    found = []
    for n, (first, last) in enumerate(paragraphs(text)):
        for start, end in _cut(text, first, last, MAX_PARAGRAPH):
            for left, right in split(text[start:end]):
                for a, b in _cut(text, start + left, start + right, MAX_SENTENCE):
                    if has_words(text[a:b]):
                        found.append(Sentence(a, b, n))
    return tuple(found)


def _cut(text: str, start: int, end: int, limit: int) -> list[tuple[int, int]]:
    """Cut a span that is too long at the last space before the limit."""
    pieces = []
    while end - start > limit:
        space = text.rfind(" ", start + limit // 2, start + limit)
        cut = space if space > 0 else start + limit
        pieces.append((start, cut))
        start = cut + (text[cut] == " ")
    pieces.append((start, end))
    return pieces


def chunk(
    article_id: str, revision: int, sentences: Sequence[Sentence], tokens: Sequence[int], *, budget: int
) -> tuple[Passage, ...]:
    """Gather whole sentences into passages that fit the embedding model.

    Args:
        article_id: Whose sentences they are.
        revision: Of which revision.
        sentences: All sentences, in order.
        tokens: Length of each sentence in the model's tokens.
        budget: Tokens that a passage may hold, > 0. A sentence that is longer stands alone; the model
            cuts it when it is embedded, and words still find all of it.

    Returns:
        Passages in order that together hold every sentence; neighbours share a short sentence, so that
        what leans on the sentence before ("He said ...") is embedded with it.
    """
    if budget <= 0:
        raise ValueError("budget must be positive")
    groups: list[list[int]] = []
    current: list[int] = []
    used = 0
    for i, length in enumerate(tokens):
        if current and used + length > budget:
            groups.append(current)
            last = current[-1]
            carry = len(current) > 1 and tokens[last] <= OVERLAP_TOKENS and tokens[last] + length <= budget
            current, used = ([last], tokens[last]) if carry else ([], 0)
        current.append(i)
        used += length
    if current:
        groups.append(current)
    return tuple(
        Passage(
            id=f"{article_id}:{revision}:{ordinal}",
            article_id=article_id,
            revision=revision,
            ordinal=ordinal,
            start=sentences[group[0]].start,
            end=sentences[group[-1]].end,
            sentences=tuple(sentences[i] for i in group),
        )
        for ordinal, group in enumerate(groups)
    )
