"""Sentences that do not stand alone: who "he" is, and what "this" takes up."""

from service.domain.answer import EvidenceSentence
from service.domain.cues import DETERMINERS, leans
from service.domain.wording import fold, words

_PERSONS = frozenset({"he", "she", "they", "him", "them", "his", "her", "their", "hers", "theirs"})
_REACH = 5
_GAP = 4
"""White space between two sentences at most, a paragraph's break included."""


def stands_alone(text: str) -> bool:
    """Whether a sentence can be read without the one before it.

    >>> stands_alone("Rents rose."), stands_alone("This was new."), stands_alone("On Monday he left.")
    (True, False, False)
    """
    said = words(text)
    if not said:
        return True
    if leans(said[0]):
        return False
    for at, token in enumerate(said[:_REACH]):
        if token.low in _PERSONS:
            return False
        if token.low in DETERMINERS or (at and token.text[0].isupper() and not _names_a_day(token.low)):
            return True
    return True


def _names_a_day(low: str) -> bool:
    return low.endswith("day")


def names(text: str, speaker: str) -> bool:
    """Whether a text names a speaker, by the last word of the name at least."""
    last = fold(speaker).split()[-1].lower()
    return any(token.low.removesuffix("'s") == last for token in words(text))


def preface_for(sentence: EvidenceSentence, text: str, said_before: str) -> str:
    """The speaker's name in square brackets, where the sentence needs one and neither text has it."""
    speaker = sentence.sentence.speaker
    if not speaker or names(text, speaker) or names(said_before, speaker):
        return ""
    return f"[{speaker}] "


def follows(sentence: EvidenceSentence, before: EvidenceSentence | None) -> bool:
    """Whether `before` is the sentence that stands directly before it in the same article.

    Numbers do not tell: evidence need not hold every sentence of an article.
    """
    if before is None or before.article != sentence.article:
        return False
    return 0 <= sentence.sentence.start - before.sentence.end <= _GAP
