"""Whether a sentence of an article bears on a question, and on what a model claimed to take from it."""

from typing import Final

from service.domain.answer import EvidenceSentence
from service.domain.article import Vector
from service.domain.wording import content, share

BEARS_COSINE: Final = 0.2
"""Cosine of question and sentence from which it bears on the question whatever its words."""
BEARS_WORDS: Final = 0.2
"""Share of the question's words in the sentence from which it bears on it whatever its vector."""
SAME_WORDS: Final = 0.3
"""Share of a claim's words in the sentence that it points at from which both are about the same thing."""
# Chosen on the dev questions alone, as `evals/support/relevance.py` says (`python -m evals bench support
# --split dev` prints the choice): there 84 in 100 sentences of the evidence bear on their question by the
# first two, and 91 in 100 reference sentences are about their evidence by the third, where 4 in 100 other
# sentences of the same articles are. What a claim shares with its quote tells more than a question's vector.
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
    if cosine(vector, sentence.vector) >= BEARS_COSINE:
        return True
    told = content(sentence.text) | content(sentence.sentence.speaker or "")
    return share(asked_words(question), told) >= BEARS_WORDS


def about_the_same(claim: str, sentence: EvidenceSentence) -> bool:
    """Whether a claim is about what the sentence that it points at says, by the words they share."""
    held = content(sentence.text) | content(sentence.sentence.speaker or "")
    return share(content(claim), held) >= SAME_WORDS
