"""The persons that an article names: their full names, what they are called besides, and who "the envoy" is.

A directory of one text, made by rules: capitalised words that stand like a person's name, joined to the
longest form in the article ("Qomi" to "Hassan Kazemi Qomi"), with the words of their titles and
appositions and with the sex where a title or a common given name tells it.
"""

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from service.domain.speech_words import (
    FEMALE,
    FEMALE_NAMES,
    GENERIC,
    KIN,
    MALE,
    MALE_NAMES,
    NATIONS,
    NOT_NAMES,
    ORGANISATION,
    ROLES,
    SURNAMES_TOO,
    TITLES,
)

Sex: TypeAlias = Literal["he", "she"]

_UPPER: Final = "".join(chr(c) for c in range(0x41, 0x2000) if unicodedata.category(chr(c)) in {"Lu", "Lt"})
_TOKEN: Final = rf"(?:(?:[{_UPPER}]\.-?)+|(?:[Aa]l|[Ee]l)-[{_UPPER}]\w+|[{_UPPER}]\w*(?:[-’'](?!s\b)\w+)*\.?)"
_PARTICLE: Final = r"(?:de|da|del|della|der|den|van|von|bin|ibn|bint|al|el|la|le|dos|du|di|ter|ten|af|zu)"
NAME: Final = re.compile(rf"(?<![\w’'-]){_TOKEN}(?: (?:{_PARTICLE} ){{0,2}}{_TOKEN}){{0,6}}")
_DOTTED: Final = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "rev", "gen", "col", "lt", "capt", "sgt", "maj", "sen", "rep", "gov"}
    | {"amb", "hon", "st", "supt", "adm", "cmdr", "insp", "det", "cllr", "pres", "brig", "fr"}
)
_INITIALS: Final = re.compile(rf"(?:[{_UPPER}]\.-?)+")
_WORDS: Final = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_BEFORE: Final = 90
"""Code points before and after a name in which its roles are sought."""
_APPOSITION: Final = re.compile(
    r",? (?:who (?:is|was|has been)|is|was) (?:the |a |an |its |their )?([^,;.\n]{3,70})"
    r"|,([^;.\n,]{3,70})(?=[,.\n])"
)
_DATED: Final = re.compile(r"(?:\b(?:in|on|of|since|until|by|from|to|last|next|this|early|late|mid)|\d)[ -]$")
_LED: Final = re.compile(r"\b(?:(\w+) (?:of|for)(?: the)?|and) $")
_PAIR: Final = 2
_SUFFIX: Final = re.compile(r"Jr\.?|Sr\.?|I{2,3}|IV")
MAX_TOKENS: Final = 5
_COMPOUND: Final = re.compile(r"[-’'][a-z]{4,}$")
_MONTHS: Final = frozenset({"may", "june", "april", "august"})
"""Months that are names of persons too."""
_NEVER: Final = NOT_NAMES - _MONTHS - {"a", "i"}
_CLAUSAL: Final = frozenset(
    {"said", "and", "but", "told", "while", "met", "when", "as", "has", "had", "was", "is"}
)
_DETERMINERS: Final = frozenset({"the", "its", "their", "a", "an", "his", "her"})


@dataclass(slots=True)
class Person:
    """A person as the article names them; `described` are words of titles and appositions."""

    name: str
    described: set[str] = field(default_factory=set)
    sex: Sex | None = None
    sure: bool = False
    """Whether more than capitals speaks for a person: a title, a role, a given name, a surname alone."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A span that names a person."""

    start: int
    end: int
    person: Person


def fold(name: str) -> str:
    """A name for comparison: no case, no accents, no titles' full stops.

    >>> fold("Nguyễn Ó Dálaigh-Żak")
    'nguyen o dalaigh-zak'
    """
    bare = unicodedata.normalize("NFKD", name.replace("Ł", "L").replace("ł", "l").replace("ø", "o"))
    bare = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    return bare.replace("’", "'").replace(".", "").replace("'s", "").strip()


class Persons:
    """All persons of a text and where they are named."""

    def __init__(self, text: str) -> None:
        """Read a text once; O(length)."""
        self.by_end: dict[int, Mention] = {}
        self.by_start: dict[int, Mention] = {}
        self.mentions: list[Mention] = []
        self._people: dict[str, Person] = {}
        self._last: dict[str, list[Person]] = {}
        found = [
            piece for match in NAME.finditer(text) for piece in _trimmed(text, match.start(), match.end())
        ]
        full = [f for f in found if len(f.tokens) > 1 and f.personal(text)]
        for candidate in sorted(full, key=lambda f: -len(f.tokens)):
            self._add(candidate)
        for candidate in found:
            person = self._person_of(candidate, text[max(0, candidate.start - 16) : candidate.start])
            if person is None:
                continue
            _describe(person, text, candidate)
            mention = Mention(candidate.start, candidate.end, person)
            self.mentions.append(mention)
            self.by_end[candidate.end] = self.by_start[candidate.start] = mention

    def between(self, start: int, end: int) -> list[Mention]:
        """The mentions that begin in a span, in order; O(log n) and what is found."""
        left = bisect_left(self.mentions, start, key=_start)
        return self.mentions[left : bisect_left(self.mentions, end, lo=left, key=_start)]

    def titled(self, phrase: str, recent: list[Person], speaking: Person | None = None) -> Person | None:
        """Who "the finance minister" is.

        Args:
            phrase: A noun phrase without its article; its last word is the head.
            recent: Persons in the order of their latest mention, the most recent first.
            speaking: Who spoke just before: "the geologist" is this one if nothing speaks against it.

        Returns:
            The person whose titles or appositions agree best, the most recent of equals; None where
            nobody's do.
        """
        terms = [w for w in _WORDS.findall(phrase.casefold()) if w not in NOT_NAMES]
        if not terms:
            return None
        best: tuple[int, Person] | None = None
        for person in recent:
            score = _agreement(terms[-1], terms[:-1], person)
            if score and (best is None or score > best[0]):
                best = (score, person)
        if best is not None:
            return best[1]
        blank = [p for p in recent if p.sure and not (p.described & ROLES) and _fits(terms[-1], p)]
        lone = len(blank) == 1 and (terms[-1] in GENERIC or blank[0] is speaking)
        return blank[0] if lone else None

    def _add(self, candidate: "_Found") -> None:
        key = " ".join(candidate.tokens)
        if key in self._people:
            return
        last = candidate.tokens[-1]
        for known in self._last.get(last, []):
            if _same_full(candidate.tokens, fold(known.name).split()):
                self._people[key] = known
                return
        person = Person(candidate.name)
        self._people[key] = person
        self._last.setdefault(last, []).append(person)
        self._last.setdefault("^" + candidate.tokens[0], []).append(person)

    def _person_of(self, candidate: "_Found", before: str) -> Person | None:
        key = " ".join(candidate.tokens)
        if len(candidate.tokens) > 1:
            return self._people.get(key)
        token = candidate.tokens[0]
        if token in NATIONS or (token in ORGANISATION and not candidate.titles):
            return None
        if token in _MONTHS and _DATED.search(before):
            return None
        namesakes = self._last.get(token) or self._last.get("^" + token) or []
        fitting = [p for p in namesakes if _fits_titles(p, candidate.titles)]
        if fitting:
            recent = next((m.person for m in reversed(self.mentions) if m.person in fitting), fitting[0])
            recent.sure = True
            return recent
        role = _WORDS.findall(before)[-1:] if before.endswith(" ") else []
        if candidate.titles or token in self._people or (role and role[0] in ROLES):
            return self._people.setdefault(token, Person(candidate.name))
        return None


@dataclass(frozen=True, slots=True)
class _Found:
    """Capitalised words that may name a person, without the titles before them."""

    start: int
    end: int
    name: str
    tokens: tuple[str, ...]
    titles: tuple[str, ...]

    def personal(self, text: str) -> bool:
        """Whether several words look like a person's name and not like an institution's or a place's."""
        if len(self.tokens) > MAX_TOKENS:
            return False
        given = self.tokens[0] in MALE_NAMES or self.tokens[0] in FEMALE_NAMES
        if set(self.tokens[given:]) & ORGANISATION:
            surname = self.tokens[-1] in SURNAMES_TOO and not set(self.tokens[1:-1]) & ORGANISATION
            return (given and surname) or (bool(self.titles) and not set(self.tokens) & NATIONS)
        if self.tokens[0] in NATIONS or self.tokens[-1] in NATIONS or set(self.tokens) & _NEVER:
            return False
        shouted = [w for w in self.name.split() if w.isupper() and len(w) > 1 and "." not in w]
        if shouted and not self.name.isupper():
            return False
        before = text[max(0, self.start - 4) : self.start].lower()
        return bool(self.titles) or before != "the "


def _start(mention: Mention) -> int:
    return mention.start


def _trimmed(text: str, start: int, end: int) -> list[_Found]:
    """Cut function words, nations and titles from the front of capitalised words."""
    raw: list[tuple[int, int, str]] = []
    pieces: list[_Found] = []
    led = _LED.search(text, max(0, start - 40), start)
    joined = led is not None and (led.group(1) is None or led.group(1).casefold() in TITLES | ROLES)
    for match in re.finditer(r"\S+", text[start:end]):
        word = match.group()
        left, right = start + match.start(), start + match.end()
        plain = word.rstrip(".").casefold()
        ends_sentence = word.endswith(".") and plain not in _DOTTED and not _INITIALS.fullmatch(word)
        raw.append((left, right - ends_sentence, word[:-1] if ends_sentence else word))
        if ends_sentence:
            pieces += _one(raw)
            raw = []
    return pieces + _one(raw, state=joined and not pieces)


def _one(raw: list[tuple[int, int, str]], *, state: bool = False) -> list[_Found]:
    """One name at most; with `state`, a third word before it is a title's ("Secretary of State X Y")."""
    if len(raw) > 1 and _SUFFIX.fullmatch(raw[-1][2]):
        raw = raw[:-1]
    lowered = [fold(word) for _, _, word in raw]
    cut, titles = int(state and len(raw) > _PAIR), []
    for i, word in enumerate(lowered):
        last = i == len(lowered) - 1
        initial = _INITIALS.fullmatch(raw[i][2]) is not None
        if i == cut and not initial and not last and (word in NOT_NAMES or word in NATIONS):
            cut = i + 1
        elif word in TITLES and (not last or i > cut) and not last:
            titles = [w for w in lowered[: i + 1] if w not in NOT_NAMES]
            cut = i + 1
    while cut < len(raw) - 1 and _COMPOUND.search(raw[cut][2]):
        cut += 1
    kept = raw[cut:]
    if not kept or all(_INITIALS.fullmatch(word) for _, _, word in kept):
        return []
    name = " ".join(word for _, _, word in kept)
    if len(kept) == 1 and ((lowered[cut] in NOT_NAMES and lowered[cut] not in _MONTHS) or len(name) == 1):
        return []
    tokens = tuple(w for w in lowered[cut:] if w[0] not in '“"')
    return [_Found(kept[0][0], kept[-1][1], name, tokens, tuple(titles))]


def _same_full(shorter: tuple[str, ...], longer: list[str]) -> bool:
    """Whether a full name is a shorter form of another with the same last word."""
    if len(shorter) >= len(longer):
        return list(shorter) == longer
    return list(shorter) == longer[-len(shorter) :] or shorter[0] == longer[0]


def _describe(person: Person, text: str, found: _Found) -> None:
    """Add what stands beside a mention to what is known of the person."""
    described = set(found.titles)
    line = text.rfind("\n", 0, found.start) + 1
    before = text[max(line, found.start - _BEFORE) : found.start]
    described |= _role_before(before)
    apposition = _APPOSITION.match(text, found.end, min(len(text), found.end + _BEFORE))
    if apposition:
        described |= _role_after(apposition.group(1) or apposition.group(2))
    if re.match(r",? who\b|, (?:aged )?\d\d,", text[found.end : found.end + 12]):
        person.sure = True
    person.described |= described
    first = fold(person.name).split()[0]
    person.sure = person.sure or bool(described) or first in MALE_NAMES or first in FEMALE_NAMES
    if person.sex is None:
        male = bool(described & MALE) or (first in MALE_NAMES and not described & FEMALE)
        female = bool(described & FEMALE) or (first in FEMALE_NAMES and not described & MALE)
        if male != female:
            person.sex = "he" if male else "she"


def _role_before(before: str) -> set[str]:
    """The words of a role right before a name: "the union's general secretary, " or "foreign minister "."""
    stripped = before.rstrip()
    comma = stripped.endswith(",")
    clause = re.split(r"[,;:.“”\"()—–]", stripped.rstrip(","))[-1]
    terms = [w.casefold() for w in _WORDS.findall(clause)][-7:]
    if comma:
        heads = [i for i, w in enumerate(terms) if w in ROLES]
        begins = heads and (
            terms[0] in _DETERMINERS or terms[0].endswith(("'s", "’s", "s'")) or heads[0] <= _PAIR
        )
        return set(terms[: heads[0] + 3]) if begins else set()
    return set(terms[-4:]) if terms and terms[-1] in ROLES else set()


def _role_after(apposition: str) -> set[str]:
    """The words of an apposition after a name, if it is a role ("the union's leader") and no clause."""
    words = _WORDS.findall(apposition)
    terms = [w.casefold() for w in words]
    head = next((i for i, w in enumerate(terms) if w in ROLES), None)
    if head is None or set(terms[:head]) & _CLAUSAL:
        return set()
    begins = terms[0] in _DETERMINERS or terms[0].endswith(("'s", "’s"))
    named = head + 1 < len(words) and words[head + 1][0].isupper()
    return set(terms) if begins or (head <= _PAIR and not named) else set()


def _agreement(head: str, modifiers: list[str], person: Person) -> int:
    """How well a noun phrase agrees with what is known of a person; 0: not at all."""
    exact = head in person.described
    kin = head in KIN and any(KIN.get(word) == KIN[head] for word in person.described)
    if not (exact or kin) or not _fits(head, person):
        return 0
    shared = sum(any(word.startswith(m[:5]) for word in person.described) for m in modifiers)
    if modifiers and not shared and exact and len(person.described & ROLES) < len(person.described):
        return 1
    return 1 + exact + 2 * shared


def akin(phrase: str, other: str) -> bool:
    """Whether two noun phrases can mean one person by their heads: "official", "senior official"."""
    head, known = phrase.casefold().split()[-1:], other.casefold().split()[-1:]
    return bool(head) and bool(known) and (head == known or KIN.get(head[0], -1) == KIN.get(known[0], -2))


def _fits(head: str, person: Person) -> bool:
    return not (
        (head in MALE and head != "spokesman" and person.sex == "she")
        or (head in FEMALE and person.sex == "he")
    )


def _fits_titles(person: Person, titles: tuple[str, ...]) -> bool:
    given = set(titles)
    return not ((given & MALE and person.sex == "she") or (given & FEMALE and person.sex == "he"))
