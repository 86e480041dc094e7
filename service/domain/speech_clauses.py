"""Reporting verbs of a sentence with their subjects: "X said", "said X", "according to X", "X: ...".

Read outside of quotation marks only. Everything here is about one sentence; who "he" is stands in
`speech.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from service.domain.persons import Mention, Person, Persons
from service.domain.quotation import Quotations
from service.domain.speech_words import (
    ADVERB,
    BE,
    DENYING,
    GENERIC,
    INFINITIVE_LEADS,
    NOT_SPEECH_AFTER,
    PARTICIPLES,
    QUOTE_ONLY,
    REPORT,
    ROLES,
    SAY,
    SILENT,
    SPEECH_NOUNS,
    TITLES,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a clause is about.

    `name` has a person, `pronoun` the phrase "he" or "she", `title` its words without the article;
    `someone` is one person without a name, `others` are several, an institution, or nobody.
    """

    kind: Literal["name", "pronoun", "title", "someone", "others"]
    start: int
    end: int
    phrase: str = ""
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """A reporting verb at a place with its subject."""

    at: int
    subject: Subject
    governs: bool
    """Whether it stands beside a quotation or at the sentence's edge, and so governs all of it."""


_TOKEN: Final = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_MARK_END: Final = re.compile(r"[“”„«»\"‘’'][,.]?$")
_PREPOSITIONS: Final = frozenset(
    """of for at from in on to with by against about between near like unlike alongside under over into
    through within outside inside behind beyond despite during via among""".split()  # noqa: SIM905
)
_THE: Final = frozenset({"the", "this", "that"})
_SOME: Final = frozenset({"a", "an", "one", "another", "his", "her", "my", "their", "its", "our", "each"})
_OTHERS: Final = frozenset(
    {"i", "we", "they", "it", "you", "which", "that", "both", "others", "there", "what"}
)
_JOINS: Final = frozenset({"and", "but", "then", "or", "yet"})
_UNTOLD: Final = frozenset(
    {
        "after",
        "before",
        "since",
        "until",
        "unless",
        "if",
        "once",
        "because",
        "when",
        "that",
        "whether",
    }
)
_IRREGULAR: Final = frozenset(
    "said told wrote put written spoke thought foresaw swore forecast held began".split()  # noqa: SIM905
)
_ACCORDING: Final = re.compile(
    r"\b[Aa]ccording to |\b[Ii]n the (?:words|view|opinion|eyes) of |\bas told by "
)
_OWN_WORDS: Final = re.compile(r"['’]s? (?:own )?(?:words|view|opinion|account|telling|estimate|phrase)\b")
_ASIDE: Final = re.compile(
    r"\s*(?:[.,;!?—–“”\"‘]|$|(?:reporters|journalists|parliament|mps|lawmakers|him|her|them|us|me)\b|"
    r"(?:on|in|at|during|to|after|when|while|as|from|with|by|of|yesterday|today|late|early|last|this|who|"
    r"later|afterwards|before|through|via|over|outside|following|flatly|again)\b)"
)
_TOLD: Final = re.compile(r"\s(?!.{0,60}\bthat\b)[^.;:“\"]{1,60}[.,“\"]|\s[^.;:“\"]{1,60}$")
_BEGINS_QUOTE: Final = re.compile(r"[^.;“\"„«]{0,70}[:,]?\s[“\"„«‘]|\s*[:,]\s?[“\"„«‘]")
_LEAD: Final = re.compile(rf"\b(?:{INFINITIVE_LEADS})\b[^,.;]{{0,50}}$")
_OPENERS: Final = _PREPOSITIONS | frozenset(
    """after when while as before although though asked speaking once if since because until yesterday today
    later earlier meanwhile however still instead addressing visiting writing pressed""".split()  # noqa: SIM905
)
_FAR: Final = 10
_DEEP: Final = 5
_ROLES: Final = ROLES | GENERIC


class Clauses:
    """The reporting clauses of a text, sentence by sentence."""

    def __init__(self, text: str, quotations: Quotations, persons: Persons) -> None:
        """Keep what was read of the text before."""
        self.text = text
        self.outer = quotations.outer
        self.persons = persons

    def attributions(self, start: int, end: int) -> list[Attribution]:
        """All reporting clauses of a sentence, in order, those of nobody included."""
        found = [*self._script(start), *self._according(start, end)]
        tokens = list(_TOKEN.finditer(self.outer, start, end))
        for i, token in enumerate(tokens):
            word = token.group().casefold()
            if word in REPORT or word in QUOTE_ONLY or (word == "saying" and self._quoted_as(token.start())):
                clause = self._clause(tokens, i, start, end)
                if clause is not None:
                    found.append(clause)
        if not found:
            found = self._participle(tokens, start)
        return sorted(found, key=lambda a: a.at)

    def leading(self, start: int, end: int) -> Subject | None:
        """Whom a sentence begins with, after adverbs and phrases that end in a comma."""
        at = start
        for _ in range(3):
            first = _TOKEN.match(self.outer, at, end)
            if first is None:
                return None
            word = first.group().casefold()
            comma = self.outer.find(", ", at, end)
            if word in _OPENERS and comma >= 0:
                at = comma + 2
            elif word in _JOINS:
                at = first.end() + 1
            else:
                return self._begins(at, end, word)
        return None

    def opening_subject(self, start: int, before: int) -> Person | None:
        """Who opens a sentence in a clause such as "When Voss arrived, "."""
        first = _TOKEN.match(self.outer, start, before)
        if first is None or first.group() not in {
            "When",
            "As",
            "After",
            "While",
            "Before",
            "Although",
            "Though",
        }:
            return None
        mention = self.persons.by_start.get(first.end() + 1)
        return mention.person if mention and mention.end < before else None

    def _begins(self, at: int, end: int, word: str) -> Subject | None:
        if word in {"he", "she"}:
            return Subject("pronoun", at, at + len(word), word)
        mention = self.persons.by_start.get(at)
        if mention is None:
            named = re.match(r"(?:[\w’'-]+,? ){1,7}", self.outer[at:end])
            ahead = self.persons.between(at + 1, at + 1 + (named.end() if named else 0))
            mention = next((m for m in ahead if self._role_leads(at, m.start)), None)
        if mention is not None:
            if self.text[mention.end : mention.end + 1] in {"'", "’"}:
                owned = re.match(r"['’]s? (?:[\w-]+ ){0,2}?([\w-]+)", self.text[mention.end : end])
                role = owned.group(1) if owned else ""
                if role in SPEECH_NOUNS:
                    return _named(mention)
                return Subject("someone", at, mention.end, role) if role in ROLES else None
            return Subject("name", mention.start, mention.end, person=mention.person)
        phrase = re.match(
            r"([Tt]he|[Aa]n?|[Oo]ne|[Aa]nother|[Hh]is|[Hh]er|[Tt]heir) ((?:[\w’'-]+ ){0,4}?[\w’'-]+)\b",
            self.outer[at:end],
        )
        subject = self._determined(at, phrase) if phrase else None
        return subject if subject and subject.kind != "others" else None

    def _role_leads(self, at: int, name_at: int) -> bool:
        """Whether what stands between a sentence's beginning and a name is a role ("The mayor, ")."""
        terms = _TOKEN.findall(self.outer[at:name_at])
        return (
            bool(terms)
            and any(t.casefold() in ROLES for t in terms[-3:])
            and not ({t.casefold() for t in terms} & (REPORT | BE | {"and", "has", "had"}))
        )

    def _script(self, start: int) -> Iterator[Attribution]:
        """Find "Qomi: ..." at the beginning of a sentence, as interviews are printed."""
        mention = self.persons.by_start.get(start)
        if mention is not None and self.text[mention.end : mention.end + 2] == ": ":
            yield Attribution(start, _named(mention), governs=True)

    def _according(self, start: int, end: int) -> Iterator[Attribution]:
        for match in _ACCORDING.finditer(self.outer, start, end):
            subject = self._after(match.end(), end)
            before = self.outer[start : match.start()].rstrip()
            governs = not before or before.endswith(",") or _MARK_END.search(before) is not None
            yield Attribution(match.start(), subject or Subject("others", 0, 0), governs)
        for match in _OWN_WORDS.finditer(self.outer, start, end):
            mention = self.persons.by_end.get(match.start())
            if mention is not None and self.outer[start : mention.start].rstrip().casefold().endswith("in"):
                yield Attribution(mention.start, _named(mention), governs=False)

    def _participle(self, tokens: list[re.Match[str]], start: int) -> list[Attribution]:
        """Give "Kell hit back, saying ..." whom the sentence begins with."""
        for i, token in enumerate(tokens):
            word = token.group().casefold()
            lead = self.outer[start : token.start()].rstrip()
            joined = lead.endswith(",") or (i > 0 and tokens[i - 1].group() in {"by", "while"})
            if word in PARTICIPLES and joined:
                subject = self.leading(start, token.start())
                return [Attribution(token.start(), subject, governs=False)] if subject else []
        return []

    def _clause(self, tokens: list[re.Match[str]], i: int, start: int, end: int) -> Attribution | None:
        """The clause of the verb at token `i`, or None where it reports nothing."""
        word = tokens[i].group().casefold()
        chain, first = self._auxiliaries(tokens, i)
        if not self._reports(
            word, chain, self.outer[start : tokens[i].start()], self.outer[tokens[i].end() : end]
        ):
            return None
        at = tokens[first].start() if first < i else tokens[i].start()
        before = self.outer[start:at].rstrip(" —–-")
        marked = not before or _MARK_END.search(before) is not None
        if first == i and (marked or before.endswith((",", "!", "?"))):
            inverted = self._inverted(tokens[i].end(), end, marked=marked and bool(before))
            if inverted is not None:
                return Attribution(at, inverted, governs=True)
        if word in QUOTE_ONLY - REPORT and not self._beside_quote(at, tokens[i].end(), start, end):
            return None
        subject = self._before(start, at)
        if subject is None or (subject.kind == "others" and word not in SAY):
            return None
        if "to" in chain:
            subject = self.leading(start, end) or subject
        lead = self.outer[start : subject.start].rstrip()
        if lead.split(" ")[-1].casefold() in _UNTOLD and lead[-1:] != ",":
            return None
        return Attribution(at, subject, self._governs(lead, word, tokens[i].end(), end))

    def _auxiliaries(self, tokens: list[re.Match[str]], i: int) -> tuple[set[str], int]:
        """The auxiliaries and adverbs right before a verb, and the first one's number."""
        chain: set[str] = set()
        first = i
        while first > 0:
            word = tokens[first - 1].group().casefold()
            between = self.outer[tokens[first - 1].end() : tokens[first].start()]
            known = word in ADVERB or word in BE or word in SILENT or word in {"do", "quoted", "as"}
            adverb = word.endswith("ly") and len(word) > 4  # noqa: PLR2004 - "fly", "ally" are none
            if between.strip() or not (known or adverb or word.endswith(("n't", "n’t"))):
                break
            chain.add("not" if word.endswith(("n't", "n’t")) else word)
            first -= 1
        return chain, first

    def _reports(self, word: str, chain: set[str], lead: str, rest: str) -> bool:
        """Whether a verb in this form reports speech that took place."""
        if any(word == verb and re.match(pattern, rest) for verb, pattern in NOT_SPEECH_AFTER):
            return False
        if word == "saying":
            return True
        if chain & {"been", "being"} or (chain & BE and not chain & {"having", "had", "has"}):
            return False
        finite = word in _IRREGULAR or word.endswith("ed") or (word.endswith("s") and not word.endswith("ss"))
        if finite:
            return not chain & SILENT
        if chain & {"did", "does"}:
            return word in DENYING or not chain & SILENT
        return (
            _LEAD.search(lead.rsplit(" to", 1)[0]) is not None
            if "to" in chain
            else word in SAY and not chain & SILENT
        )

    def _quoted_as(self, at: int) -> bool:
        return self.outer[max(0, at - 10) : at].endswith("quoted as ")

    def _beside_quote(self, at: int, verb_end: int, start: int, end: int) -> bool:
        """Whether a quotation ends shortly before the clause or begins right after the verb."""
        if self.outer[verb_end : verb_end + 6] == " that ":
            return True
        near = self.outer[max(start, at - 60) : at]
        mark = max(near.rfind(m) for m in '”"»’')
        if mark >= 0 and "." not in near[mark + 1 :] and near[max(0, mark - 2) : mark] != "":
            return True
        return _BEGINS_QUOTE.match(self.outer, verb_end, end) is not None

    def _governs(self, lead: str, word: str, verb_end: int, end: int) -> bool:
        """Whether the clause is an aside: after a comma or a quotation, and without a complement."""
        if not lead or not (lead.endswith((",", "—", "–", "!", "?")) or _MARK_END.search(lead)):
            return False
        if _MARK_END.search(lead) and "\x01" in lead[-3:]:
            return True
        after = _TOLD if word in {"told", "tells", "reminded", "assured"} else _ASIDE
        return after.match(self.outer[verb_end:end]) is not None

    def _inverted(self, at: int, end: int, *, marked: bool) -> Subject | None:
        """The subject right after a verb ("..." said X), if what follows is no new clause."""
        subject = self._after(at + 1, end)
        if subject is None:
            return None
        follows = self.outer[subject.end : end].lstrip()
        word = _TOKEN.match(follows)
        closes = (
            not follows
            or follows[0] in ".,;:—–(!?"
            or bool(
                word
                and word.group().casefold()
                in _PREPOSITIONS | {"who", "after", "when", "as", "while", "and", "last"}
            )
        )
        if subject.kind == "others":
            return subject if marked and closes else None
        return subject if closes else None

    def _after(self, at: int, end: int) -> Subject | None:
        """The noun phrase that begins at a place."""
        first = _TOKEN.match(self.outer, at, end)
        if first is not None and first.group() in {"he", "she"}:
            return Subject("pronoun", at, first.end(), first.group())
        stretch = re.match(r"[^;:“”\"\x01()\n]{1,110}", self.outer[at:end])
        reach = at + (stretch.end() if stretch else 0)
        mention = self._nearest(at, reach)
        if mention is not None:
            between = self.outer[at : mention.start]
            terms = [t.casefold() for t in _TOKEN.findall(between)]
            possessed = self.text[mention.end : mention.end + 2] in {"'s", "’s"}
            adjoined = (
                not terms
                or terms[-1] in _ROLES | TITLES
                or between.rstrip().endswith((",", "'s", "’s", "s'", "s’"))
            )
            plain = not (set(terms) & (REPORT | BE | {"who", "and", "that"})) and "," not in between.rstrip(
                ", "
            )
            if adjoined and plain and not possessed and len(terms) < _FAR:
                return _named(mention)
        phrase = re.match(
            r"(\w+(?:['’]s)?) ((?:[\w’'-]+ ){0,4}?[\w’'-]+)(?=[ ,.;:!?—–]|$)", self.outer[at:end]
        )
        return self._determined(at, phrase) if phrase else None

    def _nearest(self, at: int, reach: int) -> Mention | None:
        """The first name in a stretch, or the one whose role it begins ("Acme Reed analyst Ann Lee")."""
        near = self.persons.between(at, reach + 1)[:2]
        if len(near) == 2:  # noqa: PLR2004 - a firm and its analyst
            between = self.outer[near[0].end : near[1].start]
            terms = _TOKEN.findall(between)
            if terms and terms[-1].casefold() in ROLES and not re.search(r"[,;.—]", between):
                return near[1]
        return near[0] if near else None

    def _determined(self, at: int, phrase: re.Match[str]) -> Subject:
        """A noun phrase that is no name: a title, or somebody, or others."""
        first, terms = phrase.group(1).casefold(), phrase.group(2).split()
        for i, term in enumerate(terms):
            if term.casefold() in _ROLES:
                title = " ".join(terms[: i + 1])
                stop = at + phrase.start(2) + len(title)
                owned = first.endswith(("'s", "’s"))
                if first in _THE or owned:
                    return Subject("title", at, stop, f"{phrase.group(1)[:-2]} {title}" if owned else title)
                return Subject("someone" if first in _SOME else "others", at, stop, title)
        return Subject("others", at, at + phrase.end(), phrase.group())

    def _before(self, start: int, at: int) -> Subject | None:
        """The noun phrase that ends at a place, across appositions between commas."""
        p = start + len(self.outer[start:at].rstrip())
        if p > start and self.outer[p - 1] in "—–-":
            p = start + len(self.outer[start : p - 1].rstrip())
        if p <= start:
            return None
        if self.outer[p - 1] != ",":
            return self._phrase(start, p, 0)
        spare: Subject | None = None
        for _ in range(_DEEP):
            p -= 1
            comma = max(self.outer.rfind(c, start, p) for c in ",—–")
            left = comma + 1 if comma >= 0 else start
            if p > left and (subject := self._segment(left, p)) is not None:
                if subject.kind in {"name", "pronoun"}:
                    return subject
                spare = subject
            if comma < 0:
                break
            p = start + len(self.outer[start:comma].rstrip()) + 1
        return spare

    def _segment(self, left: int, right: int) -> Subject | None:
        """What stands between two commas, if it is a noun phrase that can be a subject."""
        mention = self.persons.by_end.get(right)
        if mention is not None and mention.start >= left:
            before = [t.casefold() for t in _TOKEN.findall(self.outer[left : mention.start])]
            barred = _PREPOSITIONS | REPORT | {"and", "who"}
            if not before or (before[-1] not in barred and (before[-1] in ROLES or len(before) == 1)):
                return _named(mention)
            subject = self._phrase(left, right, 0)
            return subject if subject and subject.kind == "name" else None
        inner = self.outer[left:right].strip()
        if inner.casefold() in {"he", "she"}:
            return Subject("pronoun", right - len(inner), right, inner.casefold())
        if re.match(r"(?:the|a|an)\b", inner, re.IGNORECASE) and len(inner.split()) < _FAR:
            return self._phrase(left, right, 0)
        if inner and (inner.casefold() in _OTHERS or inner.endswith(("officials", "sources"))):
            return Subject("others", left, right)
        return self._phrase(left, right, 0) if " of " in inner or " for " in inner else None

    def _phrase(self, start: int, p: int, depth: int) -> Subject | None:
        """The noun phrase that ends at `p`, stepped back over "of ...", "in ..." and the like."""
        p = start + len(self.outer[start:p].rstrip())
        if p <= start or depth > _DEEP:
            return None
        mention = self.persons.by_end.get(p)
        if mention is not None and mention.start >= start:
            return self._named_phrase(start, mention, depth)
        words = list(_TOKEN.finditer(self.outer, max(start, p - 100), p))
        if not words or words[-1].end() != p:
            return Subject("others", 0, 0)
        last = words[-1].group().casefold()
        subject: Subject | None
        if last in {"he", "she"}:
            subject = Subject("pronoun", words[-1].start(), p, last)
        elif last in _JOINS:
            subject = self.leading(start, p)
        elif last == "who":
            comma = start + len(self.outer[start : words[-1].start()].rstrip(" ,"))
            subject = self._phrase(start, comma, depth + 1)
        elif last in _OTHERS:
            subject = Subject("others", words[-1].start(), p)
        else:
            subject = self._common(start, p, words, depth)
        return subject

    def _named_phrase(self, start: int, mention: Mention, depth: int) -> Subject | None:
        before = [t.group().casefold() for t in _TOKEN.finditer(self.outer, start, mention.start)][-1:]
        if before and before[0] in _PREPOSITIONS:
            head = self.outer[start : mention.start].rstrip()[: -len(before[0])]
            return self._phrase(start, start + len(head), depth + 1) or _named(mention)
        if before == ["and"]:
            head = self.outer[start : mention.start].rstrip()[:-3].rstrip()
            if start + len(head) in self.persons.by_end or head.casefold().endswith(("he", "she")):
                return Subject("others", start, mention.end)
        return _named(mention)

    def _common(self, start: int, p: int, words: list[re.Match[str]], depth: int) -> Subject:
        """A noun phrase without a name at its end."""
        for i in range(len(words) - 1, max(-1, len(words) - _FAR), -1):
            word = words[i].group()
            low = word.casefold()
            gap = self.outer[words[i].end() : words[i + 1].start()] if i + 1 < len(words) else " "
            if gap.strip(" '’"):
                break
            if low in _PREPOSITIONS:
                return self._phrase(start, words[i].start(), depth + 1) or Subject(
                    "others", words[i].end(), p
                )
            owned = low.endswith(("'s", "’s"))
            if low not in _THE | _SOME and not owned:
                continue
            previous = words[i - 1].group().casefold() if i else ""
            if previous in _PREPOSITIONS:
                outer = self._phrase(start, words[i - 1].start(), depth + 1)
                if outer is not None and outer.kind != "others":
                    return outer
            begin = words[i].start()
            phrase = re.match(r"(\w+(?:['’]s)?) (.+)", self.outer[begin:p])
            return self._determined(begin, phrase) if phrase else Subject("others", begin, p)
        return Subject("others", words[-1].start(), p)


def _named(mention: Mention) -> Subject:
    return Subject("name", mention.start, mention.end, person=mention.person)
