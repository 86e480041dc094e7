"""Style `prose`: whether a sentence in a model's own words is borne out by the sentences it points at.

Clause by clause, against the cited sentence that comes closest: first what may not differ (numbers with what
they count, dates, names, polarity, hedges, roles, the speaker), then how much of its matter is there, by
words and by vectors, or by an NLI model behind the same rule. Shallow checks like these let lies through at
a rate that is published (`python -m evals bench support`), hence the style is off unless asked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from service.domain.answer import EvidenceSentence, Reason
from service.domain.cues import HEDGE, NEGATION, SPEECH
from service.domain.quantities import calendar, direction, quantities, same_quantity
from service.domain.wording import Token, content, is_stop, share, stem, tokens, words

COVERED: Final = 0.7
"""Share of a clause's matter that the quote has, from which it is borne out without looking at vectors."""
COVERED_LEAST: Final = 0.5
"""Below it nothing is borne out."""
NEAR: Final = 0.6
"""Cosine of clause and quote that is asked for between the two."""
ENTAILED: Final = 0.5
"""Probability of entailment that is asked for where an NLI model is set."""
_CLAUSE: Final = re.compile(r"(?:;|,? \b(?:and|but|while|whereas|although)\b(?= \w+ \w+))\s*")
_MIN_CLAUSE: Final = 4
SENTENCE: Final = 5
"""Words below which a text without a verb says what its question makes of it: "Level three."."""
_VERBS: Final = frozenset(
    """is are was were be been has have had do does did will would can could may might must shall should
    isn't aren't wasn't weren't hasn't haven't hadn't don't doesn't didn't won't rose fell went came made took
    gave got won lost left began said""".split()  # noqa: SIM905 - words
)
_PRONOUN_SAID: Final = re.compile(
    r"\b(?:he|she|they|it) (?:also |has |had |have )?(?:said|says?|told|added|claimed|insisted|warned)\b",
    re.IGNORECASE,
)
"""Somebody speaks who is not named."""
_OPPOSITES: Final = tuple(
    frozenset(map(stem, pair.split("/")))
    for pair in """accept/reject support/oppose win/lose open/close buy/sell begin/end start/stop
    approve/reject allow/ban agree/disagree confirm/deny arrive/leave before/after more/less more/fewer
    higher/lower above/below first/last increase/decrease rise/fall grow/shrink gain/lose
    strengthen/weaken raise/lower raise/cut hire/fire import/export import/export better/worse
    success/failure lift/impose for/against backed/opposed praise/criticise welcome/condemn
    innocent/guilty legal/illegal public/private north/south east/west join/leave up/down
    keep/scrap majority/minority most/least early/late widen/narrow extend/shorten""".split()  # noqa: SIM905 - pairs
)


class Signals(Protocol):
    """What models say about a clause and a quote, where they were asked."""

    def near(self, clause: str, sentence: EvidenceSentence) -> float | None:
        """Cosine of the two, None where it is not known."""
        ...

    def entailed(self, clause: str, sentence: EvidenceSentence) -> float | None:
        """Probability that the sentence entails the clause, None where no NLI model is set."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Borne:
    """How a clause stands to a quote: `reason` is None where it is borne out, by `score` in [0, 1]."""

    sentence: EvidenceSentence
    score: float
    reason: Reason | None


def borne_out(written: str, cited: Sequence[EvidenceSentence], signals: Signals) -> tuple[Borne, ...]:
    """Hold each clause of a sentence against the cited sentence that comes closest.

    Returns:
        One for each clause, in order; the sentence is borne out where none has a reason.
    """
    if _is_fragment(written):
        return tuple(Borne(sentence, 0.0, Reason.CUT) for sentence in cited[:1])
    found = []
    for clause in clauses(written):
        tried = [_against(clause, written, sentence, cited, signals) for sentence in cited]
        found.append(min(tried, key=lambda borne: (borne.reason is not None, -borne.score)))
    return tuple(found)


def _is_fragment(text: str) -> bool:
    low = [token.low for token in words(text)]
    return len(low) < SENTENCE and not any(w in _VERBS or w.endswith("ed") for w in low)


def clauses(text: str) -> list[str]:
    """Cut a sentence into clauses of some words each.

    >>> clauses("Rents rose by 3 per cent and the mayor of Hesper was blamed.")
    ['Rents rose by 3 per cent', 'the mayor of Hesper was blamed.']
    """
    parts: list[str] = []
    for part in _CLAUSE.split(text):
        if parts and (len(words(part)) < _MIN_CLAUSE or len(words(parts[-1])) < _MIN_CLAUSE):
            parts[-1] = f"{parts[-1]} and {part}"
        elif part.strip():
            parts.append(part)
    return parts or [text]


def _against(
    clause: str,
    written: str,
    sentence: EvidenceSentence,
    cited: Sequence[EvidenceSentence],
    signals: Signals,
) -> Borne:
    # Names and numbers may come from any cited sentence; what is said of them from one.
    known = " ".join(f"{other.text} {other.sentence.speaker or ''}" for other in cited)
    covered = share(content(clause), content(known))
    near = signals.near(clause, sentence)
    entailed = signals.entailed(clause, sentence)
    here = share(content(clause), content(f"{sentence.text} {sentence.sentence.speaker or ''}"))
    score = here if near is None else (here + max(0.0, near)) / 2
    reason = _broken(clause, written, sentence, known)
    if reason is None and not _enough(covered, near, entailed):
        reason = Reason.ADDED if covered >= COVERED_LEAST else Reason.REWORDED
    return Borne(sentence, round(min(1.0, score), 4), reason)


def _enough(covered: float, near: float | None, entailed: float | None) -> bool:
    if entailed is not None and entailed < ENTAILED:
        return False
    if covered >= COVERED:
        return True
    sure = entailed if entailed is not None else near
    return covered >= COVERED_LEAST and sure is not None and sure >= NEAR


def _broken(clause: str, written: str, sentence: EvidenceSentence, known: str) -> Reason | None:
    """The first rule that a clause breaks against a sentence, and against all that is cited."""
    rules = (
        (Reason.NUMBER, _numbers_hold, known),
        (Reason.DATE, _dates_hold, known),
        (Reason.NAME, _names_hold, known),
        (Reason.NEGATION, _polarity_holds, sentence.text),
        (Reason.HEDGE, _hedges_hold, sentence.text),
        (Reason.ROLE, _roles_hold, sentence.text),
    )
    for reason, holds, held in rules:
        if not holds(clause, held):
            return reason
    return None if _speaker_holds(written, sentence) else Reason.SPEAKER


def _numbers_hold(clause: str, held: str) -> bool:
    known, told = quantities(held), content(held)
    return all(
        any(same_quantity(claimed, other, told) for other in known)
        for claimed in quantities(clause)
        if claimed.value != 1 or claimed.unit  # "one" is as often a pronoun
    )


def _dates_hold(clause: str, held: str) -> bool:
    return calendar(clause) <= calendar(held)


def names_of(text: str) -> list[Token]:
    """Words with a capital that is not only the head of the sentence's, in order."""
    found = []
    for before, token in pairwise((None, *tokens(text))):
        if token is None or not token.is_word or not token.text[0].isupper() or is_stop(token.low):
            continue
        at_head = before is None or before.key in {'"', ".", "!", "?", ":"}
        if not at_head or token.text.isupper():
            found.append(token)
    return found


def _names_hold(clause: str, held: str) -> bool:
    known = {stem(token.low) for token in words(held)}
    return all(
        stem(token.low) in known or any(stem(part) in known for part in token.low.split("-"))
        for token in names_of(clause)
    )


def _polarity_holds(clause: str, held: str) -> bool:
    """Whether both deny or neither does, and nothing is said to be the opposite of what it is."""
    said, told = _lows(clause), _lows(_closest_part(clause, held))
    if bool(said & NEGATION) != bool(told & NEGATION):
        return False
    stems, held_stems = content(clause), content(held)
    if direction(stems) * direction(held_stems) < 0:
        return False
    loose, all_held = frozenset(map(stem, said)), frozenset(map(stem, _lows(held)))
    return not any(
        len(loose & pair) == 1 and not loose & pair & all_held and pair & all_held for pair in _OPPOSITES
    )


def _closest_part(clause: str, held: str) -> str:
    """The part of a sentence that a clause is about."""
    said = content(clause)
    return max(clauses(held), key=lambda part: len(content(part) & said))


def _hedges_hold(clause: str, held: str) -> bool:
    told = _lows(_closest_part(clause, held)) & HEDGE
    return not told or bool(_lows(clause) & HEDGE)


def _roles_hold(clause: str, held: str) -> bool:
    """Whether names that both have stand in the same order, but for a passive on one side."""
    known = _capitals(held)
    said = [name for name in _capitals(clause) if name in known]
    if len(set(said)) < 2 or _passive(clause) != _passive(held):  # noqa: PLR2004 - two have an order
        return True
    order = [known.index(name) for name in dict.fromkeys(said)]
    return order == sorted(order)


def _capitals(text: str) -> list[str]:
    """Stems of all words with a capital, those at the head of a sentence too."""
    return [stem(t.low) for t in words(text) if t.text[0].isupper() and not is_stop(t.low)]


def _passive(text: str) -> bool:
    return (
        re.search(r"\b(?:was|were|been|being|is|are|be)\s+(?:\w+ly\s+)?\w+(?:ed|en|wn|ld|de)\s+by\b", text)
        is not None
    )


def _speaker_holds(written: str, sentence: EvidenceSentence) -> bool:
    """Whether whoever the model lets speak is who speaks there, as far as both are named."""
    if _PRONOUN_SAID.search(written) and not _is_speech(sentence):
        return False
    claimed = set(_speakers(written))
    if not claimed:
        return True
    held = set(_speakers(sentence.text))
    if sentence.sentence.speaker:
        held |= {stem(token.low) for token in words(sentence.sentence.speaker)}
    return bool(held) and claimed <= held


def _is_speech(sentence: EvidenceSentence) -> bool:
    """Whether somebody is speaking in a sentence of an article, and not the article alone."""
    told = bool(sentence.sentence.speaker or _lows(sentence.text) & SPEECH)
    return told or any(mark in sentence.text for mark in '"“”«»')


def _speakers(text: str) -> Iterator[str]:
    """Stems of names that stand at a verb of speech: "Qomi said", "said Qomi", "according to Qomi"."""
    said = [token for token in tokens(text) if token.is_word]
    for at, token in enumerate(said):
        if token.low not in SPEECH:
            continue
        around = said[max(0, at - 1) : at] or said[at + 1 : at + 2]
        if token.low == "according":
            around = said[at + 2 : at + 5]
        for near in around:
            if near.text[0].isupper() and not is_stop(near.low):
                yield stem(near.low)


def _lows(text: str) -> frozenset[str]:
    return frozenset(token.low for token in words(text))
