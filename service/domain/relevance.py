"""Whether a sentence of an article bears on a question, and on what a model claimed to take from it."""

from typing import Final

from service.domain.answer import EvidenceSentence
from service.domain.article import Vector
from service.domain.wording import content, share, words

BEARS_COSINE: Final = 0.45
"""Cosine of question and sentence from which it bears on the question whatever its words."""
BEARS_WORDS: Final = 0.34
"""Share of the question's words in the sentence that speaks for it, with BEARS_LOW."""
BEARS_LOW: Final = 0.2
SAME_WORDS: Final = 0.3
"""Share of a claim's words in the sentence it points at from which both are about the same thing."""
_ASKING: Final = content(
    """who what when where why which how many much tell say said know happened did does name give list explain
    describe according article articles news report reports please"""
)


def asked_words(question: str) -> frozenset[str]:
    """Stems of a question's words that carry what is asked."""
    return content(question) - _ASKING


def cosine(a: Vector | None, b: Vector | None) -> float:
    """Cosine of two vectors of unit norm; 0.0 where one is missing or they are of different spaces."""
    if a is None or b is None or a.shape != b.shape or a.size == 0:
        return 0.0
    return float(a @ b)


def bears_on(question: str, vector: Vector | None, sentence: EvidenceSentence) -> bool:
    """Whether a sentence bears on the question, by its vector and by the question's words.

    Args:
        question: The question as it stands alone.
        vector: Its vector, shape (d,), or None.
        sentence: A sentence of the evidence.
    """
    near = cosine(vector, sentence.vector)
    if near >= BEARS_COSINE:
        return True
    told = content(sentence.text) | content(sentence.sentence.speaker or "")
    return near >= BEARS_LOW and share(asked_words(question), told) >= BEARS_WORDS


def about_the_same(claim: str, sentence: EvidenceSentence) -> bool:
    """Whether a claim is about what the sentence says: it shares its names, or enough of its words."""
    said, held = content(claim), content(sentence.text) | content(sentence.sentence.speaker or "")
    if share(said, held) >= SAME_WORDS:
        return True
    names = content(" ".join(token.text for token in words(claim)[1:] if token.text[0].isupper()))
    return bool(names & held) and len(said & held) > 1
