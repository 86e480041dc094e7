"""Sources that do not agree: two articles that give different figures, or opposite states, of one thing.

High precision first: a reader who is told of a disagreement that is none trusts the next one less. So two
sentences are set against each other where all of this holds: their articles report one story; the figures
count or measure the same and cannot both be true; each is asserted, not forecast, asked for, compared with
or usual; no other place or year is named; and the words around them are the same to a good part.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Final, Literal, TypeAlias

from service.domain.answer import ConflictSide, Evidence, EvidenceSentence, SourcesDisagree
from service.domain.assertions import Account, Figure, Statement, account, stem
from service.domain.duplicates import states_correction
from service.domain.figures import Quantity, compatible, singular

Kind: TypeAlias = Literal["disagree", "changed_since"]

LIMIT: Final = 3
"""Conflicts that an answer shows at most."""
SAME_STORY: Final = 0.22
"""Share of the shorter article's content words that articles of one story have in common at least. On the
golden stories of `dev`: .25 and more within a story, .20 and less between stories but for one pair (.24)."""
SHARED_NAMES: Final = 2
"""Names that they have in common at least."""
NEAR: Final = 0.45
"""Cosine from which one shared word is enough for figures whose unit says little (money, shares, people)."""
LARGEST_RATIO: Final = 6.0
"""Figures further apart than this measure different things more often than not."""
SOON: Final = timedelta(days=3)
"""Within this time a state has hardly changed without a word that says so."""
OPPOSED_SHARE: Final = 0.5
OPPOSED_SHARED: Final = 3
"""What opposite statements share: of all content words that either has, and how many at least, names not
counted."""

_CHANGED: Final = re.compile(
    r"\b(?:now|ha[sd] since|so far|by then|rose|risen|rises?|climbed|grew|grown|fell|fallen|falls|dropped|"
    r"shr[iua]nks?|came down|down to|raised|lowered|cuts?|increased|decreased|revised|updated|correct|true|"
    r"corrected|withdrew|withdrawn|further|latest|another|reached|reopened|resumed|again|no longer|still)\b",
    re.IGNORECASE,
)
_DISPUTED: Final = re.compile(
    r"\b(?:wrong|disput\w+|reject\w*|den(?:y|ied|ies)|contrary|contradict\w*|just|only|no more|rather than|"
    r"contest\w*|false|untrue|exaggerat\w+|own (?:count|data|figures?))\b",
    re.IGNORECASE,
)
_TOLL: Final = frozenset({"death", "injury", "casualty", "victim", "body"})
_TOLL_WORDS: Final = re.compile(
    r"\b(?:dies?|died|dead|killed|hurt|injured|wounded|missing|arrested|detained|infected|evacuated|toll)\b",
    re.IGNORECASE,
)
_VAGUE_UNITS: Final = frozenset(
    {"person", "man", "woman", "child", "member", "time", "thing", "point", "post", "job", "place", "case"}
    | {"part", "other", "day", "week", "month", "year"}
)
"""What is counted in many sentences of a story, of many things."""
_OPPOSITES: Final = tuple(
    frozenset(pair)
    for pair in (
        ("approv", "reject"),
        ("accept", "reject"),
        ("accept", "refus"),
        ("agre", "refus"),
        ("open", "clos"),
        ("reopen", "clos"),
        ("resum", "suspend"),
        ("rise", "fall"),
        ("rose", "fell"),
        ("increas", "decreas"),
        ("guilty", "acquitt"),
        ("convict", "acquitt"),
        ("confirm", "deny"),
        ("alive", "dead"),
        ("surviv", "die"),
        ("won", "lost"),
        ("arrest", "releas"),
        ("support", "oppos"),
        ("pass", "fail"),
    )
)
"""Stems of which one sentence has the one and the other the other."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    unit: str
    about: str
    new: EvidenceSentence
    old: EvidenceSentence
    kind: Kind
    strength: float


def find_conflicts(
    evidence: Evidence, anchors: Sequence[EvidenceSentence] | None = None, *, limit: int = LIMIT
) -> tuple[SourcesDisagree, ...]:
    """Find where the articles of the evidence do not agree.

    Args:
        evidence: What was retrieved for a question.
        anchors: The sentences that the answer quotes: one side of each conflict is among them. None: any.
        limit: Conflicts at most.

    Returns:
        The surest first. The sides of each are sentences of different articles, the newest article first;
        with `changed_since` the first side is the present state, as far as the articles tell.
    """
    wanted = None if anchors is None else {_place(anchor) for anchor in anchors}
    accounts = [account(held) for held in evidence.articles]
    pairs = [
        pair
        for one, other in combinations(accounts, 2)
        if _one_story(one, other)
        for pair in _apart(*sorted((one, other), key=lambda account: account.published))
        if wanted is None or {_place(pair.new), _place(pair.old)} & wanted
    ]
    pairs.sort(key=lambda pair: (-pair.strength, _place(pair.new), _place(pair.old)))
    when = {account.held.n: account.published for account in accounts}
    return tuple(
        SourcesDisagree(
            about=about,
            sides=tuple(
                ConflictSide(side.article, evidence.quote(side))
                for side in sorted(sides, key=lambda side: when[side.article], reverse=True)
            ),
            kind=kind,
        )
        for about, kind, sides in _gathered(pairs)[:limit]
    )


def _place(sentence: EvidenceSentence) -> tuple[int, int]:
    return sentence.article, sentence.n


def _gathered(pairs: Sequence[_Pair]) -> list[tuple[str, Kind, list[EvidenceSentence]]]:
    """Take pairs about one thing together; each article has one side in it, each sentence is in one."""
    found: list[tuple[_Pair, list[EvidenceSentence], set[Kind]]] = []
    for pair in pairs:
        near = [entry for entry in found if entry[0].unit == pair.unit and {pair.new, pair.old} & {*entry[1]}]
        if not near:
            found.append((pair, [pair.new, pair.old], {pair.kind}))
            continue
        _, sides, kinds = near[0]
        articles = {side.article for side in sides}
        sides.extend(side for side in (pair.new, pair.old) if side.article not in articles)
        kinds.add(pair.kind)
    return [
        (first.about, "disagree" if "disagree" in kinds else "changed_since", sides)
        for first, sides, kinds in found
    ]


def _one_story(one: Account, other: Account) -> bool:
    shared = len(one.stems & other.stems) / max(1, min(len(one.stems), len(other.stems)))
    return shared >= SAME_STORY and len(one.names & other.names) >= SHARED_NAMES


def _apart(old: Account, new: Account) -> Iterator[_Pair]:
    """Pairs of sentences of which at most one can be true of one time."""
    for before in old.figures:
        for after in new.figures:
            if _exclude(before.quantity, after.quantity) and _comparable(old, before, new, after):
                shared = before.subject & after.subject
                strength = _alikeness(before, after, shared)
                if strength:
                    kind = _kind(old, new, before, after)
                    unit = after.quantity.unit
                    yield _Pair(unit, _about(after, shared), after.sentence, before.sentence, kind, strength)
    for said in old.statements:
        for since in new.statements:
            shared = _opposed(said, since)
            if shared:
                kind = _change(old, new, since.sentence.text) or "disagree"
                about = _told(since.sentence.text, shared)
                yield _Pair("", about, since.sentence, said.sentence, kind, float(len(shared)))


def _exclude(a: Quantity, b: Quantity) -> bool:
    """Whether two quantities of one thing cannot both be true."""
    small, large = sorted((a.value, b.value))
    return a.unit == b.unit and not compatible(a, b) and small > 0 and large <= LARGEST_RATIO * small


def _comparable(old: Account, before: Figure, new: Account, after: Figure) -> bool:
    """Whether no other place or year is named, and neither sentence gives both figures."""
    for one, other, when in ((before, after, new.published), (after, before, old.published)):
        if any(q.unit == one.quantity.unit and compatible(q, one.quantity) for q in other.others):
            return False
        if one.years and not one.years & (other.years or {when.year}):
            return False
    if before.names and after.names:
        return bool(before.names & after.names)
    return all(
        2 * len(figure.names & elsewhere.names) >= len(figure.names)
        for figure, elsewhere in ((before, new), (after, old))
    )


def _alikeness(before: Figure, after: Figure, shared: frozenset[str]) -> float:
    """How surely two figures are of one thing, 0.0 where that is not sure enough."""
    cosine = float(before.sentence.vector @ after.sentence.vector)
    telling = after.quantity.counts and after.quantity.unit not in _VAGUE_UNITS
    if not shared or (not telling and len(shared) == 1 and cosine < NEAR):
        return 0.0
    return len(shared) + max(0.0, cosine) + telling


def _about(figure: Figure, shared: frozenset[str]) -> str:
    """What a conflict is about, in the words of its newest side."""
    text = figure.sentence.text
    if figure.quantity.counts:
        behind = text[figure.quantity.end :]
        found = next(
            (w for w in re.findall(r"[^\W\d_]+", behind) if singular(w) == figure.quantity.unit), None
        )
        return found or figure.quantity.unit
    return _told(figure.clause, shared) or figure.quantity.unit


def _told(text: str, shared: frozenset[str]) -> str:
    """The shared words as a text has them."""
    return " ".join(dict.fromkeys(word for word in re.findall(r"[^\W_]+", text) if stem(word) in shared))


def _kind(old: Account, new: Account, before: Figure, after: Figure) -> Kind:
    """Whether the sources disagree, or the newer one tells of a later state."""
    tolled = after.quantity.unit in _TOLL or _TOLL_WORDS.search(after.clause)
    if new.published > old.published and tolled and after.quantity.value > before.quantity.value:
        return "changed_since"
    return _change(old, new, after.sentence.text) or "disagree"


def _change(old: Account, new: Account, told: str) -> Literal["changed_since"] | None:
    """Whether the newer of two articles tells of a later state, or puts the older one right."""
    elapsed = new.published - old.published
    if not elapsed:
        return None
    source, text = new.held.article.source, new.held.article.text
    same_outlet = bool(source) and source == old.held.article.source
    if same_outlet or new.held.corrected or states_correction(text):
        return "changed_since"
    if _DISPUTED.search(told):
        return None
    return "changed_since" if elapsed > SOON or _CHANGED.search(told) else None


def _opposed(said: Statement, since: Statement) -> frozenset[str]:
    """The words that two opposite statements share; empty where they are none."""
    shared = said.stems & since.stems
    named = {stem(name) for name in said.names | since.names}
    if (
        len(shared - named) < OPPOSED_SHARED
        or len(shared) < OPPOSED_SHARE * len(said.stems | since.stems)
        or (said.names and since.names and not said.names & since.names)
    ):
        return frozenset()
    if said.denies != since.denies:
        return shared
    turned = any(len(pair & said.stems) == 1 and pair <= said.stems ^ since.stems for pair in _OPPOSITES)
    return shared if turned else frozenset()
