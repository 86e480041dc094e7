"""Follow-ups made to stand alone by rules: "and what about Turkey?", "when was that?", "how did he respond".

What is missing is taken from the user's earlier questions, and names also from the answers. Where no rule
is sure, the earlier question's words are added as they are, which serves retrieval and changes no meaning.
A question that stands alone is left as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.domain.answer import MAX_QUESTION, Turn
from service.domain.asked_speech import asked_speaker, same_person
from service.domain.persons import Persons
from service.domain.questions import what_is_asked
from service.domain.speech_words import FEMALE_NAMES, MALE_NAMES, NATIONS, ROLES
from service.domain.text import content_words

# ruff: noqa: E501 - a pattern is read in one line or not at all
_AUX: Final = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_LEAD: Final = re.compile(r"^(?:(?:and|but|so|ok|okay|then|also|or|well|right)\b[, ]*)+", re.IGNORECASE)
_ABOUT: Final = re.compile(r"^(?:what|how) about\s+(.+)$|^what of\s+(.+)$", re.IGNORECASE)
_BARE: Final = re.compile(
    r"^(why|when|where|who|how|how many|how much|how long|since when|how so|why not|what for)(?: exactly| then)?$",
    re.IGNORECASE,
)
_DEICTIC: Final = re.compile(
    rf"^(when|where|why|how|how long|how much) {_AUX} (?:that|this|it)(?: (?:happen(?:ed)?|take place|be|occur))?$",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(
    rf"^(?P<wh>(?:what|who|whom|which|when|where|why|how)(?: (?!{_AUX}\b)[\w’'-]+){{0,4}})\s+(?P<aux>{_AUX})\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_YES_NO: Final = re.compile(rf"^{_AUX} .+$", re.IGNORECASE)
_PERSONAL: Final = re.compile(r"\b(he|she|him|her|his|hers)\b", re.IGNORECASE)
_PLURAL: Final = re.compile(r"\b(they|them|their|theirs)\b", re.IGNORECASE)
_THING: Final = re.compile(
    r"\bit\b(?! (?:true|possible|likely|known|clear|right|that)\b)|\bits\b|\b(?:this|that)(?=$|\s*[?.,])|"
    r"\b(?:of|about|on|to|after|before|with|from|for|in|by|over) (?:this|that)\b",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(r"\bthere\b(?! (?:is|are|was|were|be|been|any)\b)", re.IGNORECASE)
_OBJECT: Final = re.compile(
    r"\b(?:about|of|in|for|to|on|at|with|by|from|over|against|after) (?P<np>(?:the |a |an |its |their )?[^,?.;]{1,60}?)$",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    rf"\b{_AUX} (?P<np>(?:the |a |an |its |their )?(?:[\w’'.-]+ ){{0,4}}?[\w’'.-]+)(?= (?:say|said|tell|told|think|respond|react|reply|"
    r"do|done|make|made|have|get|win|lose|vote|decide|offer|ask|want|give|call|describe|reject|accept|deny|cost|close|open|"
    r"start|begin|end|happen|earn|pay|plan|propose|go|leave|resign|explain|announce|agree|expect|change|rise|fall|"
    r"\w+ed|about|on|in|of|so|still)\b|$)",
    re.IGNORECASE,
)
_NOUN: Final = re.compile(r"\b(?:the|a|an|this|these|its|their) (?:[\w’'-]+ ?){1,6}", re.IGNORECASE)
_CAPITAL: Final = re.compile(r"[^\W\d_]*[A-ZÀ-Þ][\w’'.-]*(?: (?:of |de |al-)?[A-ZÀ-Þ][\w’'.-]*)*")
_END: Final = re.compile(r"[\s?.!]+$")
_FEW: Final = 2
_LONG: Final = 3
_MANY: Final = 2_000
"""Code points of a turn that are read."""


@dataclass(frozen=True, slots=True)
class _Before:
    """The conversation so far: the last question, standing alone, and what was answered."""

    question: str = ""
    answer: str = ""
    person: str = ""
    """The person spoken of last."""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Make a follow-up stand alone.

    Args:
        question: As it was asked.
        history: The turns before it, oldest first.

    Returns:
        The question itself where it stands alone, where there is no earlier question, or where the result
        would be longer than a question may be.
    """
    before = _Before()
    for turn in history:
        content = " ".join(turn.content[:_MANY].split())
        if turn.role == "user":
            asked = _resolved(content, before)
            before = _Before(asked, "", _person_in(asked, "") or before.person)
        else:
            person = _person_in(before.question, content) or before.person
            before = _Before(before.question, content, person)
    result = _resolved(question, before)
    return result if len(result) <= MAX_QUESTION else question


def _resolved(question: str, before: _Before) -> str:
    text = _END.sub("", " ".join(question.split()))
    if not before.question or not text:
        return question
    marked = _LEAD.match(text) is not None
    core = _LEAD.sub("", text)
    earlier = _END.sub("", what_is_asked(before.question).core)
    changed = _elliptical(core, earlier, before, marked=marked)
    if changed is None:
        resolved = _pronouns(core, before, earlier)
        thin = len(content_words(core)) <= _FEW and not _CAPITAL.search(core[1:])
        if resolved != core:
            changed = _mark(resolved)
        elif thin and (marked or len(core.split()) <= _LONG):
            changed = _mark(f"{core}, regarding {_topic(earlier)}")
        elif marked:
            changed = _mark(core)
    return changed or question


def _elliptical(core: str, earlier: str, before: _Before, *, marked: bool) -> str | None:
    """A question that lacks its verb, or has nothing but its question word; None where it has both."""
    about = _ABOUT.match(core)
    if about:
        return _substituted(earlier, _owned((about.group(1) or about.group(2)).strip(), earlier, before))
    if marked and len(core.split()) <= _LONG + 1 and not _asks(core):
        return _substituted(earlier, _owned(core, earlier, before))
    again = _BARE.match(core) or _DEICTIC.match(core)
    return _asked_again(again.group(1), earlier, core) if again else None


def _owned(phrase: str, earlier: str, before: _Before) -> str:
    """The phrase "his deputy" with the person's name as the earlier question writes it."""
    last = before.person.split(" ")[-1]
    name = before.person if before.person in earlier else last
    return re.sub(r"^(?:his|her) ", f"{name}'s ", phrase, flags=re.IGNORECASE) if name else phrase


def _asks(core: str) -> bool:
    return (
        re.match(rf"(?:what|who|whom|whose|which|when|where|why|how|since|{_AUX})\b", core, re.IGNORECASE)
        is not None
    )


def _mark(question: str) -> str:
    return question[:1].upper() + question[1:] + "?"


def _asked_again(wh: str, earlier: str, core: str) -> str:
    """The earlier question with another question word: "when?" after "Did Kell deny the sale?"."""
    wh = {"how so": "how", "why not": "why", "what for": "why"}.get(wh.casefold(), wh.casefold())
    match = _QUESTION.match(earlier)
    if _YES_NO.match(earlier):
        return _mark(f"{wh} {earlier[:1].lower()}{earlier[1:]}")
    what = match is not None and match.group("wh").split()[0].casefold() not in {"who", "which", "whom"}
    if match and what and wh not in {"who", "how many", "how much"}:
        aux, rest = match.group("aux"), match.group("rest")
        if match.group("wh").casefold().startswith("what"):
            rest = re.sub(
                r"\b(say|said|tell|told|do|done|write|offer|promise)(?= (?:about|on|of|to|in)\b|$)",
                r"\1 this",
                rest,
            )
        return _mark(f"{wh} {aux} {rest}")
    return _mark(
        f"{core}: {earlier[:1].lower() if not _CAPITAL.match(earlier[1:]) else earlier[:1]}{earlier[1:]}"
    )


def _substituted(earlier: str, new: str) -> str:
    """The earlier question asked of somebody or something else.

    What is replaced is of the same make: a name by a name, "the board" by "the union", a country by a
    country, a year by a year. Where nothing is, both stand side by side.
    """
    owner = re.match(r"(.+?)['’]s ", new)
    if owner and owner.group(1) in earlier:
        return _mark(earlier.replace(owner.group(1), new, 1))
    candidates: list[tuple[int, int]] = []
    for pattern in (_OBJECT, _SUBJECT):
        match = pattern.search(earlier)
        if match:
            candidates.append(match.span("np"))
    candidates += [m.span() for m in _CAPITAL.finditer(earlier, 1)]
    candidates += [m.span() for m in re.finditer(r"\b(?:19|20)\d\d\b", earlier)]
    bare = re.sub(r"^(?:in|on|at|for|about|to|from|with|by) ", "", new, flags=re.IGNORECASE)
    best = max(((_alike(earlier[a:b], bare), -i) for i, (a, b) in enumerate(candidates)), default=(0, 0))
    if best[0] <= 0:
        return _mark(f"{earlier}, regarding {new}")
    start, end = candidates[-best[1]]
    return _mark(earlier[:start] + bare + earlier[end:])


def _alike(old: str, new: str) -> int:
    """How far two noun phrases are of one make; 0 or less: not."""
    if old.casefold() == new.casefold() or asked_speaker(old) is not None:
        return -9
    score = 0
    for feature, weight in _FEATURES:
        one, other = feature(old), feature(new)
        score += weight if one and other else (-weight if one != other else 0)
    return score


def _has_article(phrase: str) -> bool:
    return phrase.casefold().startswith(("the ", "a ", "an ", "its ", "their ", "his ", "her "))


def _is_nation(phrase: str) -> bool:
    return phrase.casefold().split()[-1].rstrip("'s") in NATIONS if phrase.split() else False


def _is_number(phrase: str) -> bool:
    return any(c.isdigit() for c in phrase)


def _is_person(phrase: str) -> bool:
    terms = phrase.casefold().split()
    return bool(terms) and (terms[-1] in ROLES or terms[0] in MALE_NAMES or terms[0] in FEMALE_NAMES)


def _is_capital(phrase: str) -> bool:
    return _CAPITAL.match(phrase) is not None


def _is_plain(phrase: str) -> bool:
    return not _has_article(phrase) and len(phrase.split()) <= _FEW and not _is_number(phrase)


_FEATURES: Final = (
    (_is_nation, 4),
    (_is_number, 4),
    (_is_person, 3),
    (_has_article, 2),
    (_is_capital, 2),
    (_is_plain, 1),
)


def _pronouns(core: str, before: _Before, earlier: str) -> str:
    """The question with what its pronouns stand for, as far as the conversation names it."""
    own = _CAPITAL.search(core[1:]) is not None
    personal = _PERSONAL.search(core)
    if personal and before.person and not own:
        word = personal.group().casefold()
        owning = word in {"his", "hers"} or (
            word == "her" and re.match(r" [a-z]", core[personal.end() :]) is not None
        )
        return core[: personal.start()] + before.person + ("'s" if owning else "") + core[personal.end() :]
    plural, thing = _PLURAL.search(core), _THING.search(core)
    several = _several(earlier)
    if plural and several and not own:
        owned = plural.group().casefold() in {"their", "theirs"}
        ending = ("'" if several.endswith("s") else "'s") if owned else ""
        return core[: plural.start()] + several + ending + core[plural.end() :]
    place = _PLACE.search(core)
    if place:
        where = re.search(r"\b(?:in|at|to|near) ((?:the )?[^,?.;]{2,50})$", earlier)
        return (
            core[: place.start()]
            + (f"in {where.group(1)}" if where else f"in {_topic(earlier)}")
            + core[place.end() :]
        )
    if thing and not own:
        pronoun = re.search(r"\b(?:its?|this|that)\b", thing.group(), re.IGNORECASE)
        at = thing.start() + (pronoun.start() if pronoun else 0)
        stop = thing.start() + (pronoun.end() if pronoun else 0)
        owned = core[at:stop].casefold() == "its"
        return core[:at] + _topic(earlier) + ("'s" if owned else "") + core[stop:]
    return core


def _several(earlier: str) -> str:
    """Whom "they" means: the last plural of a question, else its subject."""
    plurals = re.findall(r"\b(?:the|these) (?:[\w-]+ )??[\w-]+s\b", earlier, re.IGNORECASE)
    subject = _SUBJECT.search(earlier)
    return plurals[-1] if plurals else (subject.group("np") if subject else "")


def _topic(earlier: str) -> str:
    """What a question is about, as a noun phrase: "the fire at St Brannoc"."""
    thing = [m for m in _NOUN.finditer(earlier) if not _is_person(m.group().strip())]
    if thing:
        phrase = earlier[thing[0].start() :]
        subject = _SUBJECT.search(earlier)
        if subject and subject.start("np") == thing[0].start():
            phrase = subject.group("np")
        return re.split(r"\s(?:and|but|that|which|who)\s", phrase)[0]
    names = [m.group() for m in _CAPITAL.finditer(earlier, 1)]
    return names[-1] if names else " ".join(content_words(earlier)) or earlier


def _person_in(question: str, answer: str) -> str:
    """The person that a question speaks of, by the fullest name that the answer has for them."""
    named = Persons(f"{answer}\n") if answer else None
    people = [m.person for m in named.mentions] if named else []
    speech = asked_speaker(question)
    asked = speech.speaker if speech and speech.speaker else ""
    full = next((p.name for p in people if asked and same_person(asked, p.name)), "")
    if full:
        return full
    if asked and not asked.casefold().startswith(("the ", "a ", "he", "she", "they")):
        return asked
    mine = [m.person for m in Persons(f"{question}\n").mentions]
    sure = next((p.name for p in people if p.sure), "")
    return mine[0].name if mine else (sure or asked)
