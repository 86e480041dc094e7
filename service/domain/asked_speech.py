"""Questions about what somebody said: whose words are wanted, about what, and whether a speaker is meant."""

import re
from dataclasses import dataclass
from typing import Final

from service.domain.persons import fold
from service.domain.speech_words import FEMALE_NAMES, MALE_NAMES, NATIONS, ROLES, TITLES
from service.domain.text import content_words

# ruff: noqa: E501 - a pattern is read in one line or not at all
_SPEAKING: Final = (
    r"(?:say|said|says|saying|tell|told|tells|claim(?:ed|s)?|warn(?:ed|s)?|den(?:y|ied|ies)|argue[ds]?|stat(?:e|ed|es)"
    r"|announce[ds]?|think|thinks|thought|believe[ds]?|call(?:ed|s)?|describe[ds]?|mention(?:ed|s)?|promise[ds]?"
    r"|pledge[ds]?|vow(?:ed|s)?|blame[ds]?|accuse[ds]?|criticis?z?e[ds]?|prais(?:e|ed|es)|urge[ds]?|demand(?:ed|s)?"
    r"|suggest(?:ed|s)?|propose[ds]?|predict(?:ed|s)?|respond(?:ed|s)?|repl(?:y|ied|ies)|react(?:ed|s)?"
    r"|answer(?:ed|s)?|explain(?:ed|s)?|justif(?:y|ied|ies)|comment(?:ed|s)?|insist(?:ed|s)?|confirm(?:ed|s)?"
    r"|admit(?:ted|s)?|acknowledge[ds]?|concede[ds]?|reject(?:ed|s)?|dismiss(?:ed|es)?|dispute[ds]?|recommend(?:ed|s)?"
    r"|estimate[ds]?|expect(?:ed|s)?|hope[ds]?|fear(?:ed|s)?|want(?:ed|s)?|recall(?:ed|s)?|reveal(?:ed|s)?|stress(?:ed|es)?"
    r"|emphasi[sz]e[ds]?|point(?:ed|s)? out|write|wrote|tweet(?:ed|s)?|express(?:ed|es)?|characteri[sz]e[ds]?|defend(?:ed|s)?"
    r"|condemn(?:ed|s)?|welcome[ds]?|quote[ds]?|remark(?:ed|s)?|assert(?:ed|s)?|allege[ds]?|complain(?:ed|s)?|hint(?:ed|s)?"
    r"|ask(?:ed|s)?|acknowledg\w+|feel|feels|felt|put it|declare[ds]?|testif(?:y|ied|ies)|maintain(?:ed|s)?|signal\w*)"
)
_VIEW: Final = (
    r"(?:views?|position|reaction|responses?|comments?|opinions?|stance|take|reply|answer|remarks?|statements?|"
    r"explanation|verdict|assessment|criticisms?|claims?|argument|warning|message|words|thoughts|account|advice|"
    r"prediction|justification|defence|defense|objections?|complaints?|promises?|demands?|pledge)"
)
_ON: Final = r"(?:about|on|of|to|regarding|concerning|over|for|that|with regard to)"
_WHO: Final = r"(?P<who>[^,?!.;:]{1,80}?)"
_ABOUT: Final = r"(?P<about>.*)"
_AUX: Final = r"(?:did|does|do|has|had|have|is|was|were|would|will)"
_ALSO: Final = r"(?:(?:actually|really|also|then|later|ever|himself|herself|reportedly|publicly) )?"

_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"(?P<about>.*?)\baccording to {_WHO}(?=$|[,?!.;])(?P<more>.*)",
        rf"\bwho (?:else )?(?:{_AUX} )?(?:not )?(?P<any>){_SPEAKING}\b{_ABOUT}",
        rf"\bwhich (?P<any>(?:(?!{_AUX}\b)[\w’'-]+ ){{1,3}}?)(?:has |had )?{_SPEAKING}\b(?! (?:did|does|do|has|had)\b){_ABOUT}",
        rf"\bwhat(?: else| exactly| precisely)? {_AUX} {_WHO}(?P<apposed>, [^,?!;:]{{1,50}},)? {_ALSO}{_SPEAKING}\b{_ABOUT}",
        rf"\bwhom? {_AUX} {_WHO} {_ALSO}{_SPEAKING}\b{_ABOUT}",
        rf"\bhow (?:much|many|long|often|far|old|big|soon)(?P<about>(?: [\w-]+){{0,4}}) {_AUX} {_WHO} {_ALSO}{_SPEAKING}\b(?P<more>.*)",
        rf"\b(?:how|why|when|where) (?:exactly )?{_AUX} {_WHO} {_ALSO}{_SPEAKING}\b{_ABOUT}",
        rf"\b(?:what|which) (?:[\w-]+ ){{0,2}}[\w-]+ {_AUX} {_WHO} {_ALSO}(?:{_SPEAKING}|give|gave|make|offer|cite|raise)\b{_ABOUT}",
        rf"\bwhat(?:'s| is| was| were| are) the {_VIEW} of {_WHO}(?: (?:on|to|about|regarding) {_ABOUT}|[?.!]*$)",
        rf"\bwhat(?:'s| is| was| were| are) {_WHO}(?:['’]s?)? (?:own )?{_VIEW}\b(?: {_ON})?{_ABOUT}",
        rf"\bwhat (?!{_AUX}\b){_WHO} (?:has |had )?{_ALSO}{_SPEAKING}\b{_ABOUT}",
        rf"^(?:and |so )?(?:did|has|does|had) {_WHO} {_ALSO}{_SPEAKING}\b{_ABOUT}",
        rf"^(?P<who>[^,?!.;:]{{1,60}}?) (?:said|says) what\b{_ABOUT}",
        rf"(?:^|\b(?:summari[sz]e|give me|list|find|show me|on|about) )(?P<who>[^,?!.;:]{{1,60}}?)['’]s? {_VIEW} {_ON}\b{_ABOUT}",
        rf"\b(?:quotes?|statements?|comments?|remarks?) (?:from|by) {_WHO} (?:about|on|regarding|over|concerning)\b{_ABOUT}",
    )
)
_NO_SPEAKER: Final = re.compile(
    r"(?:it|the|a|an|this|that|these|those|you|we|i|they|there|people|the (?:articles?|reports?|texts?|stor(?:y|ies)|news|paper"
    r"|documents?|sources?|corpus))",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r"\b(?:when|while|who|that|which|after|before|if|because|happened)\b", re.IGNORECASE
)
_DOTS: Final = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Lt|Col|St|Rev|Capt|[A-Z])\.(?=\s|[A-Z])")
_MAX_WORDS: Final = 9
_LONG: Final = 5
"""Letters from which on a name may have one wrong."""


@dataclass(frozen=True, slots=True)
class AskedSpeech:
    """That a question asks for somebody's words.

    `speaker` is the speaker as the question names it ("qomi", "the Iranian envoy", dots of titles left out), None where the
    question asks who spoke; `topic` are the words that matter of what was spoken about.
    """

    speaker: str | None
    topic: tuple[str, ...]


def asked_speaker(question: str) -> AskedSpeech | None:
    """Whose words a question wants, or None where it is not about speech.

    >>> asked_speaker("what did qomi say about pakistan")
    AskedSpeech(speaker='qomi', topic=('pakistan',))
    >>> asked_speaker("Who said that the mine would close?").speaker is None
    True
    """
    text = _DOTS.sub(r"\1", " ".join(question.split()))
    for pattern in _PATTERNS:
        match = pattern.search(text)
        if match is None:
            continue
        groups = match.groupdict()
        about = f"{groups.get('about') or ''} {groups.get('more') or ''}"
        topic = tuple(dict.fromkeys(content_words(about)))
        if "any" in groups:
            return AskedSpeech(None, (*content_words(groups["any"] or ""), *topic))
        who = ((groups["who"] or "") + (groups.get("apposed") or "").rstrip(",")).strip(" \"“”'’")
        if not who or _CLAUSE.search(who) or _NO_SPEAKER.fullmatch(who) or len(who.split()) > _MAX_WORDS:
            continue
        return AskedSpeech(who, topic)
    return None


def same_person(asked: str, speaker: str) -> bool:
    """Whether a question's words for a person name a speaker.

    A surname, or first and last name; titles, roles and initials are passed over, and a name of five
    letters or more may have one wrong. A title alone ("the envoy") names nobody.

    >>> same_person("the iranian envoy Qomy", "Hassan Kazemi Qomi"), same_person("Ana Qomi", "Hassan Kazemi Qomi")
    (False, False)
    >>> same_person("kazemi quomi", "Hassan Kazemi Qomi"), same_person("okafr", "Ines Okafor")
    (False, True)
    """
    wanted, known = _name_words(asked), _name_words(speaker)
    if not wanted or not known:
        return False
    if len(wanted) == 1:
        word = wanted[0]
        if any(_alike(word, part) for part in known[1:] or known):
            return True
        return word == known[0] and word not in MALE_NAMES and word not in FEMALE_NAMES
    if len(known) == 1:
        return _alike(wanted[-1], known[0])
    surname = _alike(wanted[-1], known[-1]) or (wanted[0] == known[0] and wanted[-1] in known)
    return surname and all(any(_alike(w, k) or _initial(w, k) for k in known) for w in wanted)


def _name_words(name: str) -> list[str]:
    """The words of a name, without titles and what stands before or after them."""
    pieces = re.split(r",| the (?=\w)", re.sub(r"^(?:the|a|an) ", "", name.strip(), flags=re.IGNORECASE))
    return next((found for found in map(_words_of, pieces[:2]) if found), [])


def _words_of(head: str) -> list[str]:
    terms = [fold(w) for w in re.findall(r"[^\W\d_](?:[\w.’'-]*\w)?\.?", head)]
    owned = [i for i, w in enumerate(re.findall(r"\S+", head)) if w.endswith(("'s", "’s"))]
    titled = [i for i, w in enumerate(terms[:-1]) if w in TITLES or w in ROLES]
    cut = max([*(i + 1 for i in titled), *(i + 1 for i in owned if i + 1 < len(terms)), 0])
    while cut < len(terms) - 1 and terms[cut] in NATIONS:
        cut += 1
    return (
        [w for w in terms[cut:] if w not in {"the", "jr", "sr"}]
        if terms[-1:] and not _common(terms[-1])
        else []
    )


def _common(word: str) -> bool:
    return word in ROLES


def _initial(one: str, other: str) -> bool:
    return one[:1] == other[:1] and 1 in {len(one), len(other)}


def _alike(one: str, other: str) -> bool:
    """Equal, or one letter apart (changed, added, lost, or two swapped) where both are long."""
    if one == other:
        return True
    if min(len(one), len(other)) < _LONG or abs(len(one) - len(other)) > 1:
        return False
    left = 0
    while left < min(len(one), len(other)) and one[left] == other[left]:
        left += 1
    rest, rest_other = one[left:], other[left:]
    return (
        rest[1:] == rest_other[1:]
        or rest[1:] == rest_other
        or rest == rest_other[1:]
        or (rest[:2] == rest_other[:2][::-1] and rest[2:] == rest_other[2:])
    )
