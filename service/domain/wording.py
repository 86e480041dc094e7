"""Words of a text as they stand in it, for comparing what a model wrote with what an article says.

Two texts are folded where only spaces, quotation marks or dashes differ. Digits, signs, decimal points
and letters are never folded: "$1.5bn" is not "$15bn", and "US" is not "us".
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_QUOTES: Final = dict.fromkeys("“”„‟«»＂", '"') | dict.fromkeys("‘’‚‛`´ʼ", "'")
_DASHES: Final = dict.fromkeys("‐‑‒–—―−", "-")
_FOLD: Final = str.maketrans(_QUOTES | _DASHES)

# A sign belongs to its number where nothing but a space or an opening mark stands before it. A dot, comma
# or colon joins digits; a dot joins single letters (U.N); apostrophes, hyphens and slashes join words.
_TOKEN: Final = re.compile(
    r"""
    (?:(?<![^\s(\[“"‘'])[-+−–±](?=\.?\d))?
    (?:\.(?=\d))?
    [^\W_]+
    (?:
        (?: (?<=\d)[.,:](?=\d)
          | (?<![^\W_][^\W_])(?<=[^\W\d_])\.(?=[^\W\d_](?![^\W_]))
          | ['’‘&/‐‑–-](?=[^\W_])
        )
        [^\W_]+
    )*
    | \S
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a single mark, with its place in the text.

    `key` is its folded form, case kept; `low` the same in lower case. `spaced` says that white space
    stands before it.
    """

    text: str
    start: int
    end: int
    spaced: bool
    key: str
    low: str

    @property
    def is_word(self) -> bool:
        """Whether it holds a letter or a digit."""
        return self.text[-1].isalnum()

    @property
    def is_number(self) -> bool:
        """Whether it holds a digit."""
        return any(char.isdigit() for char in self.text)


def fold(text: str) -> str:
    """Make spaces, quotation marks and dashes alike, and nothing else.

    >>> fold("“We  will pay” – he said")
    '"We will pay" - he said'
    """
    return " ".join(unicodedata.normalize("NFC", text).translate(_FOLD).split())


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """Cut a text into tokens; every character that is no white space belongs to exactly one.

    >>> [t.text for t in tokens("The U.N. paid $1.5bn, -3 % more.")]
    ['The', 'U.N', '.', 'paid', '$', '1.5bn', ',', '-3', '%', 'more', '.']
    """
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        key = match.group().translate(_FOLD)
        found.append(Token(match.group(), match.start(), match.end(), match.start() > end, key, key.lower()))
        end = match.end()
    return tuple(found)


def words(text: str) -> tuple[Token, ...]:
    """The tokens that hold a letter or a digit."""
    return tuple(token for token in tokens(text) if token.is_word)


_IRREGULAR: Final = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "said": "say",
    "says": "say",
    "told": "tell",
    "left": "leave",
    "lost": "lose",
    "sold": "sell",
    "bought": "buy",
    "paid": "pay",
    "made": "make",
    "met": "meet",
    "won": "win",
    "fell": "fall",
    "fallen": "fall",
    "rose": "rise",
    "risen": "rise",
    "grew": "grow",
    "grown": "grow",
    "gave": "give",
    "given": "give",
    "took": "take",
    "taken": "take",
    "began": "begin",
    "begun": "begin",
    "broke": "break",
    "broken": "break",
    "spent": "spend",
    "sent": "send",
    "built": "build",
    "held": "hold",
    "kept": "keep",
    "led": "lead",
    "went": "go",
    "gone": "go",
    "came": "come",
    "saw": "see",
    "seen": "see",
    "knew": "know",
    "known": "know",
    "wrote": "write",
    "written": "write",
    "died": "die",
    "dying": "die",
    "dead": "die",
    "death": "die",
    "born": "birth",
}
_SHORTEST_STEM: Final = 3


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """Bring an English word to a form that it shares with its inflections; digits stay as they are.

    A light stemmer: plurals, -ed, -ing, -ly and a few irregular verbs. It only ever compares two stems,
    so a stem need not be a word.

    >>> stem("Agencies") == stem("agency"), stem("striking") == stem("strikes")
    (True, True)
    """
    low = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if any(char.isdigit() for char in low):
        return low
    low = _IRREGULAR.get(low, low)
    for ending, other in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("edly", ""), ("ed", ""), ("ly", "")):
        if low.endswith(ending) and len(low) - len(ending) >= _SHORTEST_STEM:
            low = low[: -len(ending)] + other
            break
    else:
        if low.endswith("s") and not low.endswith(("ss", "us", "is")) and len(low) > _SHORTEST_STEM:
            low = low[:-1]
    if len(low) > _SHORTEST_STEM and low[-1] == low[-2] and low[-1] not in "aeiouls":
        low = low[:-1]
    return low[:-1] if low.endswith(("e", "i")) and len(low) > _SHORTEST_STEM else low


_STOP: Final = frozenset(
    """a about above after again all also am an and any are aren't as at be because been before being below
    between both but by can could did didn't do does doesn't doing don't down during each few for from further
    had has hasn't have having he her here hers him his how i if in into is isn't it it's its just let me more
    most my nor of off on once only or other our out over own s same she should so some such t than that the
    their them then there these they this those through to too under until up upon us very was wasn't we were
    what when where which while who whom whose why will with would you your""".split()  # noqa: SIM905 - a list would take a hundred lines
)


def content(text: str) -> frozenset[str]:
    """Stems of the words that carry matter: no articles, prepositions, pronouns or auxiliaries."""
    return frozenset(stem(token.low) for token in words(text) if token.low not in _STOP)


def is_stop(low: str) -> bool:
    """Whether a word in lower case carries no matter of its own."""
    return low in _STOP


def share(part: Iterable[str], whole: frozenset[str]) -> float:
    """How much of `part` is in `whole`, in [0, 1]; 1.0 where `part` is empty."""
    wanted = frozenset(part)
    return len(wanted & whole) / len(wanted) if wanted else 1.0
