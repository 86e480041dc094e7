"""What a question asks for: a person, a number, a date, a reason, somebody's words, and of whom or what.

Rules over words. A question may come in lower case, without its mark, after a preamble, or in a language
that the rules do not read, and that is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.domain.asked_speech import AskedSpeech, asked_speaker
from service.domain.language import guess_language
from service.domain.speech_words import ROLES, TITLES
from service.domain.temporal import wants_newest
from service.domain.text import content_words


class Kind(StrEnum):
    """What would answer the question."""

    PERSON = "person"
    NUMBER = "number"
    DATE = "date"
    PLACE = "place"
    REASON = "reason"
    SPEECH = "speech"
    YES_NO = "yes_no"
    DEFINITION = "definition"
    LIST = "list"
    MANNER = "manner"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A question, taken apart.

    `core` is the question without its preamble; `unit` what is counted or measured ("dockers", "money");
    `names` the capitalised names, preamble included, empty in a question all in lower case; `parts` the
    questions of one that has several; `sides` what a comparison compares; `newest` says that the newest
    state is asked for.
    """

    core: str
    kind: Kind
    unit: str = ""
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    comparison: bool = False
    newest: bool = False
    speech: AskedSpeech | None = None
    words: tuple[str, ...] = ()
    language: str = "en"
    """ISO 639-1, "en" where nothing speaks against it, "und" for a script that is no language's alone."""


# ruff: noqa: E501, ISC004 - a pattern is read in one line or not at all
_SENTENCES: Final = re.compile(r"(?<=[\w)\"”’][.!?])\s+(?=[A-ZÀ-Þ\"“])|(?<=[?!])\s+|\n+")
_DOTTED: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|St|Rev|Sen|Rep|Gov|Lt|Col|No|vs|[A-Z])\.$")
_AUX: Final = (
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must|"
    r"isn't|aren't|wasn't|weren't|don't|doesn't|didn't|hasn't|haven't|won't)"
)
_WH: Final = r"(?:what|who|whom|whose|which|when|where|why|how)"
_ASKS: Final = re.compile(rf"\b{_WH}\b|^{_AUX}\b|\?\s*$|\baccording to\b", re.IGNORECASE)
_POLITE: Final = re.compile(
    r"^(?:(?:hi|hello|hey|dear \w+|good (?:morning|afternoon|evening|day)|thanks|thank you|ok|okay|so|well|um|please|"
    r"sorry|excuse me|quick question|question|just wondering|i was wondering|wondering|basically|also)\b(?: there)?[,.!:;–— -]*|"
    r"(?:(?:could|can|would|will) (?:you|u|somebody|someone|anyone)(?: please| kindly)?|please|pls|kindly)?\s*"
    r"(?:tell me|let me know|explain(?: to me)?|inform me|find out|remind me|show me|help me (?:find out|understand))"
    r"(?: please)?[,: ]+(?:about )?|"
    r"(?:(?:do|does) (?:you|anyone|anybody) (?:happen to )?know|(?:i|we)(?:'d| would) (?:like|love|want) to know|"
    r"i want(?:ed)? to know|i need to know|i am wondering|i'm wondering|i wonder|any idea|i'm (?:trying|looking) to find out|"
    r"i am (?:trying|looking) to find out|i'm curious|i am curious|my question is|the question is)[,: ]+(?:about )?)",
    re.IGNORECASE,
)
_THANKS: Final = re.compile(
    r"^(?:thanks?(?: you)?|cheers|many thanks|thx|best|regards|hi|hello|hey)\b[^?]{0,60}$", re.IGNORECASE
)
_TAIL: Final = re.compile(r"[,.]?\s*(?:please|thanks|thank you|thx|cheers)[.!?]*$", re.IGNORECASE)

_NUMBER: Final = re.compile(
    r"\bhow (?P<how>many|much|old|long|far|tall|high|deep|large|big|fast|often|heavy|wide)\b(?P<of>(?: [\w’'-]+){0,2})|"
    r"\b(?:what|which)(?: was| is| were| are)?(?: the)? (?:[\w’'-]+ ){0,3}?(?P<what>percentage|per cent|percent|share|number|"
    r"amount|total|price|cost|fee|fine|rate|toll|turnout|budget|sum|salary|wage|score|margin|figure|size|length|height|"
    r"depth|distance|speed|age|temperature|magnitude|proportion|majority|population|capacity|revenue|profit|loss)\b",
    re.IGNORECASE,
)
_UNITS: Final = {
    "old": "years",
    "long": "time",
    "far": "distance",
    "tall": "length",
    "high": "length",
    "deep": "length",
    "wide": "length",
    "fast": "speed",
    "often": "times",
    "heavy": "weight",
    "percentage": "per cent",
    "percent": "per cent",
    "proportion": "per cent",
    "price": "money",
    "cost": "money",
    "fee": "money",
    "fine": "money",
    "budget": "money",
    "salary": "money",
    "wage": "money",
    "revenue": "money",
    "profit": "money",
    "loss": "money",
    "age": "years",
}
_KINDS: Final = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            Kind.REASON,
            r"\bwhy\b|\bhow come\b|\bwhat (?:caused|causes|led to|triggered|prompted|explains|made)\b|"
            r"\b(?:what|which)(?: \w+){0,3} (?:reasons?|causes?|motives?)\b|\bfor what reason\b|\bwhat .{0,40}\bfor\s*\?*$",
        ),
        (
            Kind.DATE,
            r"(?:^|\b(?:since|until|by|know|me|and) )when\b|\b(?:what|which) (?:exact )?(?:date|day|year|month|week|time|hour)s?\b|"
            r"\bhow long ago\b",
        ),
        (
            Kind.PLACE,
            r"(?:^|\b(?:from|to|and|me|know) )where\b|\b(?:what|which) (?:city|country|town|village|place|port|district|region|"
            r"street|state|province|location|island|valley)\b",
        ),
        (
            Kind.DEFINITION,
            r"^(?:define|what does .{1,60} (?:mean|stand for)|what(?: is|'s) (?:a|an|meant by) |what(?: is|'s) the meaning of)",
        ),
        (Kind.LIST, r"^(?:list|name|enumerate)\b|\b(?:what|which) (?:are|were) the\b|\bwhich of the\b"),
        (
            Kind.PERSON,
            rf"\b(?:who|whose|whom)\b|\b(?:what|which) (?:[\w-]+ )?(?:person|people|{'|'.join(sorted(ROLES))})\b",
        ),
        (Kind.YES_NO, rf"^(?:and |but |so )?{_AUX}\b"),
        (Kind.MANNER, r"\bhow\b"),
    )
)
_PARTS: Final = re.compile(
    rf"(?:,? and(?: also)?|;|,? but|\?)\s+(?=(?:{_WH}|{_AUX}|by how|in which|to whom|at what)\b)",
    re.IGNORECASE,
)
_COMPARES: Final = re.compile(
    r"\b(?:compar\w+|versus|vs\.?|differ\w*|difference|than|both|either|more|less|larger|higher|lower|bigger|smaller|"
    r"rather|respectively|each of|same|whereas|or)\b",
    re.IGNORECASE,
)
_SIDE: Final = r"([^,?.!;]{1,80}?)"
_SIDES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bbetween {_SIDE} and {_SIDE}(?=[?.,!]|$)",
        rf"\bboth {_SIDE} and {_SIDE}(?= (?:say|said|have|had|agree|did|do|think|want|were|are)\b|[?.,!]|$)",
        rf"\bcompare {_SIDE} (?:with|to|and|against) {_SIDE}(?=[?.,!]|$)",
        rf"[,:] {_SIDE},? or (?:by |in |at )?{_SIDE}(?=[?.!]|$)",
        rf"\b(?:did|do|does|have|has|are|were|is|was|can) {_SIDE} and {_SIDE} (?:\w+ )?"
        r"(?:differ|disagree|agree|compare|each|both|say|said|propose|want|think|expect|respond|view)\b",
        rf"^{_SIDE} (?:compared (?:with|to)|versus|vs\.?|as against) {_SIDE}(?=[?.,!]|$)",
        rf"\b(?:more|less|higher|lower|larger|bigger|smaller|fewer|longer|better|worse|\w+er) (?:\w+ )?in {_SIDE} (?:than|or) (?:in )?{_SIDE}(?=[?.,!]|$)",
        rf"{_AUX} {_SIDE} or {_SIDE}(?= (?:\w+er|more|less|first)\b)",
    )
)
_JOINT: Final = r",? (?:and|or|with|than|to|against|versus|vs\.?)(?: (?:in|by|at|of|for))?"
_DIGITS: Final = re.compile(r"(?<![\w.])[$£€]?\d[\d,.]*\d|(?<![\w.])[$£€]?\d", re.UNICODE)

_CLAUSE: Final = re.compile(rf"\b{_WH}\b|^{_AUX}\b", re.IGNORECASE)


def what_is_asked(question: str) -> AskedFor:
    """Take a question apart.

    Args:
        question: As it was asked, or standing alone (`followups.standalone`).

    Returns:
        What was found; in a language other than English `kind` is `other` and only `core`, `names`,
        `numbers` and `language` mean anything.
    """
    text = " ".join(question.split())
    core = _core(question)
    language = guess_language(text)
    names, numbers = (
        tuple(_names(text, english=language == "en")),
        tuple(dict.fromkeys(_DIGITS.findall(text))),
    )
    if language != "en":
        return AskedFor(core, Kind.OTHER, names=names, numbers=numbers, language=language)
    speech = asked_speaker(core)
    sides = _sides(core)
    parts = tuple(part.strip(" ,;?.") for part in _PARTS.split(core) if part and part.strip(" ,;?."))
    first = parts[0] if len(parts) > 1 else core
    kind, unit = _kind(first, asked_speaker(first))
    return AskedFor(
        core=core,
        kind=kind,
        unit=unit,
        names=names,
        numbers=numbers,
        parts=parts if len(parts) > 1 else (),
        sides=sides,
        comparison=bool(sides)
        or bool(re.search(r"\b(?:compar|differ|versus|vs\b|than\b)", core, re.IGNORECASE)),
        newest=wants_newest(core),
        speech=speech,
        words=tuple(dict.fromkeys(content_words(core))),
    )


def sub_questions(asked: AskedFor) -> tuple[str, ...]:
    """What is also searched for by itself: each part of a question that has several, each side of a comparison.

    Returns:
        At least two, or none.

    >>> sub_questions(what_is_asked("Which pool is larger, Alder or Birch?"))
    ('Which pool is larger, Alder', 'Which pool is larger, Birch')
    """
    if asked.parts:
        names = [name for name in asked.names if name in asked.parts[0]]
        first, *later = asked.parts
        named = [p if any(n in p for n in asked.names) else " ".join([*names, p]) for p in later]
        return (first, *named)
    if len(asked.sides) < 2:  # noqa: PLR2004 - a comparison has two sides
        return ()
    made = []
    for side in map(re.escape, asked.sides):
        other = "|".join(re.escape(each) for each in asked.sides if re.escape(each) != side)
        pattern = rf"{_JOINT} (?:{other})\b|\b(?:{other}){_JOINT} (?={side})|\b(?:{other})\b"
        alone = re.sub(r"\b(?:between|both|either) ", "", re.sub(pattern, "", asked.core))
        made.append(" ".join(alone.split()).strip(" ,;:?"))
    return tuple(dict.fromkeys(made))


def _core(question: str) -> str:
    """The question without greeting, preamble and thanks."""
    pieces: list[str] = []
    for piece in (p.strip() for p in _SENTENCES.split(question) if p and p.strip()):
        if pieces and _DOTTED.search(pieces[-1]):
            pieces[-1] += f" {piece}"
        else:
            pieces.append(piece)
    kept = [p for p in pieces if not _THANKS.match(p)] or pieces
    asking = [p for p in kept if p.endswith("?")] or [p for p in kept if _ASKS.search(_plain(p))][-1:] or kept
    return " ".join(_plain(" ".join(p.split())) for p in asking)


def _plain(piece: str) -> str:
    """A sentence without the politeness before and after the question."""
    rest = _TAIL.sub("", piece) or piece
    for _ in range(4):
        shorter = _POLITE.sub("", rest, count=1)
        if shorter == rest or not shorter.strip(" ?.!"):
            break
        rest = shorter
    inner = re.search(rf"[,:;–—]\s+(?={_WH}\b)", rest, re.IGNORECASE)
    if inner and not re.match(
        rf"(?:{_WH}|{_AUX}|according|in|on|at|for|of|after|since|between)\b", rest, re.IGNORECASE
    ):
        rest = rest[inner.end() :]
    return rest.strip()


def _kind(core: str, speech: AskedSpeech | None) -> tuple[Kind, str]:
    number = _NUMBER.search(core)
    causal = _KINDS[0][1].search(core) is not None
    if speech is not None and speech.speaker is not None and not number and not causal:
        return Kind.SPEECH, ""
    if number and not re.search(r"\bhow long ago\b", core, re.IGNORECASE):
        return Kind.NUMBER, _unit(number)
    for kind, pattern in _KINDS:
        if pattern.search(core):
            return kind, ""
    return Kind.OTHER, ""


def _unit(number: re.Match[str]) -> str:
    how, what = number.group("how"), number.group("what")
    if how and how.casefold() in {"many", "much"}:
        counted = [w for w in content_words(number.group("of")) if not re.fullmatch(_AUX, w)]
        plural = [w for w in counted if w.endswith("s") or w in {"people", "men", "women", "children"}]
        return (plural or counted or ["money" if how.casefold() == "much" else ""])[0]
    word = (how or what or "").casefold()
    return _UNITS.get(word, word)


def _sides(core: str) -> tuple[str, ...]:
    if not _COMPARES.search(core) and " and " not in core.casefold():
        return ()
    for pattern in _SIDES:
        match = pattern.search(core)
        sides = tuple(side.strip() for side in match.groups() if side) if match else ()
        if sides and not any(_CLAUSE.search(side) for side in sides):
            return sides
    return ()


def _names(text: str, *, english: bool) -> Iterator[str]:
    """Capitalised words that are no beginning of a sentence, joined to names; none where all is capitals."""
    if text.isupper() or not any(c.isupper() for c in text):
        return
    run: list[str] = []
    opening = True
    seen: set[str] = set()
    for match in re.finditer(r"\S+", text):
        word = match.group().strip("\"“”‘’'()[]?!,;:")
        bare = re.sub(r"['’]s$", "", word.rstrip("."))
        capital = bare[:1].isupper() and not (opening and (not english or bare.casefold() in _OPENING))
        capital = capital and bare not in {"I", "I'm"}
        dotted = _DOTTED.search(match.group()) is not None
        if capital:
            run.append(bare)
        ends = not dotted and (match.group()[-1:] in ',;:?!.)"”' or word != bare)
        joins = bool(run) and match.group() in _JOINING and text[match.end() + 1 : match.end() + 2].isupper()
        if joins:
            run.append(bare)
        elif run and (not capital or ends or match.end() == len(text)):
            while run and run[0].casefold() in TITLES - {"st"} and len(run[0]) < _TITLE:
                run = run[1:]
            name = " ".join(run)
            if name and name not in seen:
                seen.add(name)
                yield name
            run = []
        opening = match.group()[-1:] in ".?!:" and not dotted


_TITLE: Final = 5
_JOINING: Final = frozenset({"of", "de", "da", "del", "van", "von", "al", "bin", "the"})
_OPENING: Final = frozenset(
    """what who whom whose which when where why how is are was were do does did has have had can could will would
    shall should may might must the a an in on at by for from of to and but so or if as hi hello hey dear please
    tell according after before since during between i we my our it this that these those there he she they you
    good thanks thank ok okay list name define give show compare both also then now not no yes could your any
    until under over with about""".split()  # noqa: SIM905
)
