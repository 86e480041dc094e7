"""Whether a model's sentence is the words of an article's sentence, at most shortened.

It is when its words are the quote's words in their order and all that is missing are whole parts of the
sentence that can go without turning what is left: a parenthesis, a relative clause, an apposition, a clause
behind a semicolon or "and", a connective at the head. A part that holds a negation, a hedge, a condition, a
number, a date or a speaker (`domain/cues.py`) stays. What fails is no loss: the quote itself is shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from service.domain.answer import Match, Reason
from service.domain.cues import (
    CONDITION,
    CONNECTIVES,
    DETERMINERS,
    FINITE,
    HEDGE,
    NEGATION,
    SPEECH,
    SUBJECT_PRONOUNS,
    turns,
)
from service.domain.wording import Token, fold, tokens

MIN_KEPT_WORDS: Final = 4
MAX_APPOSITION: Final = 10
MAX_ADDED: Final = 4
"""Small words that may be added at most."""
_RELATIVE: Final = frozenset({"which", "who", "whose", "whom"})
_FINAL: Final = frozenset({".", "!", "?", "…"})
_CLOSERS: Final = frozenset({'"', "'", ")", "]"})
_EXHAUSTIVE: Final = frozenset({"only", "merely", "solely", "just"})
"""What makes a list of all that follows: with a part cut out of it, it would say that there was no more."""
_THIRD: Final = frozenset({"he", "she", "it", "they", "his", "her", "its", "their", "him", "them"})


@dataclass(frozen=True, slots=True)
class Cut:
    """Tokens [start, end) of a quote that may be left out together; `mark` may stand in their place."""

    start: int
    end: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Close:
    """How a written sentence stands to a quote: `match` where it may be shown, else the reason it may not."""

    match: Match | None
    reason: Reason | None = None


def compare(written: str, quote: str) -> Close:
    """Hold a written sentence against one quote, word by word.

    Args:
        written: One sentence, its labels taken out.
        quote: The exact text of the sentence that it points at.

    Returns:
        `match` exact, folded or close; or None with `reason`, the rule that failed.

    >>> compare("Rents rose in Hesper.", "Rents rose in Hesper, which only Oduya loves.")
    Close(match=None, reason=<Reason.CUT: 'cut'>)
    >>> compare("Rents rose in Hesper.", "Rents rose in Hesper, which Oduya loves.").match
    'close'
    """
    if written == quote:
        return Close("exact")
    if fold(written) == fold(quote):
        return Close("folded")
    ours, theirs = tokens(written), tokens(quote)
    if len(ours) <= len(theirs) + MAX_ADDED and _aligned(ours, theirs, _cuts(theirs)):
        return Close("close")
    return Close(None, _why(ours, theirs))


def _aligned(ours: Sequence[Token], theirs: Sequence[Token], cuts: Sequence[Cut]) -> bool:
    """Whether `ours` is `theirs` without some of the cuts, plus a few small words."""
    by_start: dict[int, list[Cut]] = {}
    for cut in cuts:
        by_start.setdefault(cut.start, []).append(cut)
    pending = [(0, 0)]
    seen = {(0, 0)}
    while pending:
        i, j = pending.pop()
        if i == len(ours) and j == len(theirs):
            return True
        for step in _steps(ours, theirs, i, j, by_start.get(j, ())):
            if step not in seen:
                seen.add(step)
                pending.append(step)
    return False


def _steps(
    ours: Sequence[Token], theirs: Sequence[Token], i: int, j: int, cuts: Sequence[Cut]
) -> Iterator[tuple[int, int]]:
    if i < len(ours) and j < len(theirs) and _same(ours, theirs, i, j):
        yield i + 1, j + 1
    for cut in cuts:
        if not cut.mark:
            yield i, cut.end
        elif i < len(ours) and ours[i].key == cut.mark:
            yield i + 1, cut.end
    if i < len(ours) and _may_be_added(ours, theirs, i, j):
        yield i + 1, j


def _same(ours: Sequence[Token], theirs: Sequence[Token], i: int, j: int) -> bool:
    """Whether two tokens are the same word, spaced alike; at the head of a sentence its case may differ."""
    a, b = ours[i], theirs[j]
    if a.key != b.key and not (i == 0 and _recased(a.key, b.key)):
        return False
    return i == 0 or j == 0 or a.spaced == b.spaced or not (a.is_word or b.is_word)


def _recased(a: str, b: str) -> bool:
    """Whether only the case of the first letter differs, as at the head of a sentence."""
    return a[1:] == b[1:] and a[0].lower() == b[0].lower() and b[1:].islower()


def _may_be_added(ours: Sequence[Token], theirs: Sequence[Token], i: int, j: int) -> bool:
    """Whether a small word that the quote has not may stand here: "that" after "said", an article."""
    word = ours[i].low
    if j >= len(theirs) or not theirs[j].is_word or not ours[i].spaced:
        return False
    before = theirs[j - 1].low if j else ""
    if word == "that":
        subject = theirs[j].low in SUBJECT_PRONOUNS | DETERMINERS or theirs[j].text[0].isupper()
        spoken = before in SPEECH or (j > 1 and theirs[j - 2].low in SPEECH and theirs[j - 1].is_word)
        return spoken and subject and theirs[j].low not in {"that", "this"}
    if word in {"a", "an", "the"}:
        after = theirs[j]
        determined = before in DETERMINERS or before.isdigit() or after.low in DETERMINERS
        return not determined and not turns(after) and after.text[0].isupper()
    return False


def _cuts(theirs: Sequence[Token]) -> list[Cut]:
    """Every part of a quote that may go by itself without turning what is left."""
    end = _body_end(theirs)
    found = [
        *_head(theirs),
        *_parentheses(theirs, end),
        *_dashes(theirs, end),
        *_between_commas(theirs, end),
        *_tails(theirs, end),
    ]
    return [cut for cut in found if _harmless(theirs, cut)]


def _body_end(theirs: Sequence[Token]) -> int:
    """Where the final mark of a sentence stands, so that a cut tail leaves it."""
    end = len(theirs)
    while end and theirs[end - 1].key in _CLOSERS:
        end -= 1
    if end and theirs[end - 1].key == ".":
        return end - 1
    # What ends in a question or without a full stop is not shortened at its end.
    return end if end and theirs[end - 1].is_word and end == len(theirs) else 0


def _harmless(theirs: Sequence[Token], cut: Cut) -> bool:
    gone = theirs[cut.start : cut.end]
    kept = [*theirs[: cut.start], *theirs[cut.end :]]
    if sum(token.is_word for token in kept) < MIN_KEPT_WORDS:
        return False
    if not any(token.low in FINITE or token.low.endswith("ed") for token in kept):
        return False  # no verb is left: a fragment
    if _is_connective(gone):
        return True
    if any(token.low in _EXHAUSTIVE for token in theirs[: cut.start]):
        return False
    if any(turns(token) for token in gone) or _unbalanced(gone):
        return False
    names = any(token.text[0].isupper() for token in gone[1:] if token.is_word)
    return not (names and any(token.low in _THIRD for token in theirs[cut.end :]))


def _is_connective(gone: Sequence[Token]) -> bool:
    said = tuple(token.low for token in gone if token.is_word)
    return said in CONNECTIVES


def _unbalanced(gone: Sequence[Token]) -> bool:
    """Whether a cut would take one mark of a pair and leave the other."""
    keys = [token.key for token in gone]
    return keys.count('"') % 2 == 1 or keys.count("(") != keys.count(")") or "'" in keys


def _head(theirs: Sequence[Token]) -> Iterator[Cut]:
    for connective in CONNECTIVES:
        n = len(connective)
        if tuple(token.low for token in theirs[:n]) == connective and n < len(theirs):
            if theirs[n].key == ",":
                yield Cut(0, n + 1)
            elif connective == ("and",) and theirs[n].low in SUBJECT_PRONOUNS | {"the"}:
                yield Cut(0, n)


def _parentheses(theirs: Sequence[Token], end: int) -> Iterator[Cut]:
    for start, token in enumerate(theirs[:end]):
        if token.key == "(" and start:
            close = next((k for k in range(start, end) if theirs[k].key == ")"), None)
            if close is not None:
                yield Cut(start, close + 1)


def _dashes(theirs: Sequence[Token], end: int) -> Iterator[Cut]:
    """A pair of dashes around a part; no other number of dashes says what belongs together."""
    at = [k for k in range(end) if theirs[k].key == "-"]
    if len(at) == 2:  # noqa: PLR2004 - a pair
        yield Cut(at[0], at[1] + 1)


def _between_commas(theirs: Sequence[Token], end: int) -> Iterator[Cut]:
    """A relative clause or an apposition after which the main clause goes on with its verb."""
    commas = [k for k in range(end) if theirs[k].key == ","]
    for start, close in pairwise(commas):
        opener = theirs[start + 1].low
        if opener not in _RELATIVE | DETERMINERS or not _noun_before(theirs, start):
            continue
        inner = theirs[start + 1 : close]
        goes_on = close + 1 < end and theirs[close + 1].low in FINITE
        plain = opener in _RELATIVE or _apposition(inner)
        if goes_on and plain and ";" not in _keys(inner):
            yield Cut(start, close + 1)


def _noun_before(theirs: Sequence[Token], at: int) -> bool:
    """Whether the word before a comma can be what the part behind it describes; a list has commas before."""
    before = theirs[at - 1] if at else None
    if before is None or not before.is_word or before.low in FINITE:
        return False
    return not any(token.key == "," for token in theirs[:at])


def _apposition(inner: Sequence[Token]) -> bool:
    plain = all(token.is_word and token.low not in FINITE for token in inner)
    return plain and len(inner) <= MAX_APPOSITION and not any(token.low in {"and", "or"} for token in inner)


def _tails(theirs: Sequence[Token], end: int) -> Iterator[Cut]:
    """A last part behind a semicolon, or behind a comma with "which", "...ing" or "and" and a subject."""
    for start in range(1, end - 1):
        mark, opener = theirs[start], theirs[start + 1]
        if mark.key == ";":
            yield Cut(start, end)
        if mark.key != "," or not any(token.low in FINITE for token in theirs[:start]):
            continue
        alone = "," not in _keys(theirs[start + 1 : end])
        relative = opener.low in _RELATIVE and alone and _noun_before(theirs, start)
        participle = opener.low.endswith("ing") and opener.text.islower() and "," not in _keys(theirs[:start])
        if relative or participle or _second_clause(theirs, start, end):
            yield Cut(start, end)


def _second_clause(theirs: Sequence[Token], start: int, end: int) -> bool:
    """Whether ", and" opens a clause of its own that nothing before it governs."""
    if theirs[start + 1].low != "and" or start + 2 >= end:
        return False
    subject, before = theirs[start + 2], theirs[:start]
    opens = subject.low in SUBJECT_PRONOUNS | DETERMINERS or subject.text[0].isupper()
    governed = any(token.low in NEGATION | CONDITION | HEDGE for token in before)
    finite = any(token.low in FINITE for token in theirs[start + 3 : end])
    return opens and finite and not governed and "," not in _keys(before)


def _keys(part: Sequence[Token]) -> set[str]:
    return {token.key for token in part}


def _why(ours: Sequence[Token], theirs: Sequence[Token]) -> Reason:
    """The rule that a written sentence fails against the quote it comes closest to."""
    mine = [token for token in ours if token.is_word]
    held = {token.low for token in theirs if token.is_word}
    said = {token.low for token in mine}
    added = [token for token in mine if token.low not in held]
    for reason, applies in (
        (Reason.NUMBER, any(token.is_number for token in added)),
        (Reason.NEGATION, bool((said ^ held) & NEGATION)),
        (Reason.NAME, any(token.text[0].isupper() for token in added if token is not mine[0])),
        (Reason.HEDGE, bool((held - said) & HEDGE)),
    ):
        if applies:
            return reason
    if not added:
        return Reason.CUT if _in_order(mine, [t for t in theirs if t.is_word]) else Reason.ROLE
    return Reason.ADDED if held <= said else Reason.REWORDED


def _in_order(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    rest = iter(token.low for token in theirs)
    return all(token.low in rest for token in ours)
