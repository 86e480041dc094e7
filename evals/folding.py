"""Whether a text says a fact: wordings are compared word for word after folding, numbers by value and unit.

"2bn", "2 billion" and "2,000,000,000" are one number; "12 %", "12 per cent" and "12pc" are one, and not 12.
SQuAD's normalisation strips the dots out of numbers and so takes "$2.5 billion" for "25 billion".
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

_QUOTES: Final = str.maketrans(dict.fromkeys("‘’‚‛′ʼ", "'") | dict.fromkeys("“”„‟«»″", '"'))
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_CURRENCIES: Final = {
    "$": "dollar", "us$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee",
    "dollar": "dollar", "dollars": "dollar", "usd": "dollar", "euro": "euro", "euros": "euro", "eur": "euro",
    "pounds": "pound", "gbp": "pound", "yen": "yen", "crowns": "crown", "crown": "crown", "marks": "mark",
    "rupees": "rupee",
}  # fmt: skip
_SCALES: Final = {
    "hundred": 100, "thousand": 1_000, "million": 10**6, "millions": 10**6, "mn": 10**6, "mln": 10**6,
    "billion": 10**9, "bn": 10**9, "trillion": 10**12, "tn": 10**12,
}  # fmt: skip
_GLUED: Final = {
    "k": "thousand", "m": "million", "mn": "mn", "mln": "mln", "bn": "bn", "b": "bn", "tn": "tn",
    "pc": "%", "%": "%",
}  # fmt: skip
"""What may be written right behind a number: "100 m" may be metres, "100m" in news is money or people."""
_SMALL: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS: Final = {word: n for n, word in enumerate(_SMALL)} | {w: 10 * n for n, w in enumerate(_TENS, start=2)}
_PIECE: Final = re.compile(
    r"(?P<number>(?:us\$|[$€£¥₹])?\s?(?<![\w.])-?\d+(?:,\d{3})+(?:\.\d+)?|(?:us\$|[$€£¥₹])?\s?(?<![\w.])-?\d+(?:\.\d+)?)"
    r"(?P<glued>k|m|mn|mln|bn|b|tn|pc|%)?(?![^\W_])"
    r"|(?P<word>[^\W_]+(?:'[^\W_]+)*)|(?P<sign>%)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word, or a number with its unit (a currency, `%`, `pp` for percentage points, or none)."""

    word: str
    value: Decimal | None = None
    unit: str = ""

    def says(self, wanted: "Token") -> bool:
        """Whether this token of a text says what a wording wants.

        A wanted number without a currency is content with any; a per cent is never a plain number.
        """
        if wanted.value is None or self.value is None:
            return self.word == wanted.word and (wanted.value is None) == (self.value is None)
        if self.value != wanted.value:
            return False
        return self.unit == wanted.unit or (wanted.unit == "" and self.unit not in {"%", "pp"})


def fold(text: str) -> str:
    """NFKC, lower case, without accents; one kind of quotation mark and of dash."""
    composed = unicodedata.normalize("NFKC", text).translate(_QUOTES).translate(_DASHES).casefold()
    parts = unicodedata.normalize("NFD", composed)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


@lru_cache(maxsize=8_192)
def tokens(text: str) -> tuple[Token, ...]:
    """The words and numbers of a text, in order.

    >>> [str(t.value) + t.unit for t in tokens("2bn, 12 per cent and $1.5 million") if t.value is not None]
    ['2000000000', '12%', '1500000.0dollar']
    """
    return tuple(_with_units(_with_scales(_raw(fold(text)))))


def _raw(text: str) -> list[Token]:
    found: list[Token] = []
    for match in _PIECE.finditer(text):
        if match["number"] is not None:
            found.extend(_number(match["number"], match["glued"]))
        elif match["sign"] is not None:
            found.append(Token("%"))
        else:
            word = match["word"].removesuffix("'s")
            found.append(Token(word))
    return found


def _number(digits: str, glued: str | None) -> list[Token]:
    bare = digits.lstrip("us$€£¥₹ ")
    sign = digits[: len(digits) - len(bare)].strip()
    # A hyphen before a digit is a minus where nothing stands before it; a range has its digits glued.
    try:
        value = Decimal(bare.replace(",", ""))
    except InvalidOperation:
        return [Token(bare)]
    out = [Token("", value, _CURRENCIES.get(sign, ""))]
    if glued:
        out.append(Token(_GLUED[glued]))
    return out


def _with_scales(raw: Sequence[Token]) -> list[Token]:
    """Join "twenty-one", "two hundred", "2 billion" into one number each."""
    out: list[Token] = []
    for position, token in enumerate(raw):
        last = out[-1] if out else None
        before = raw[position - 1].word if position else ""
        spelt = _WORDS.get(token.word)
        if token.value is None and spelt is not None:
            if last is not None and before in _TENS and 0 < spelt < 10:  # noqa: PLR2004 (units after tens)
                out[-1] = Token("", (last.value or Decimal(0)) + spelt, last.unit)
                continue
            out.append(Token("", Decimal(spelt)))
        elif token.value is None and token.word in _SCALES and last is not None and last.value is not None:
            out[-1] = Token("", last.value * _SCALES[token.word], last.unit)
        else:
            out.append(token)
    return out


def _with_units(scaled: Sequence[Token]) -> list[Token]:
    """Give numbers the unit that follows them: per cent, percentage points, a currency's name."""
    out: list[Token] = []
    rest = list(scaled)
    while rest:
        token = rest.pop(0)
        if token.value is not None and not token.unit:
            words = [t.word for t in rest[:2]]
            if words[:1] in (["%"], ["percent"]):
                token, rest = Token("", token.value, "%"), rest[1:]
            elif words == ["per", "cent"]:
                token, rest = Token("", token.value, "%"), rest[2:]
            elif words in (["percentage", "points"], ["percentage", "point"]):
                token, rest = Token("", token.value, "pp"), rest[2:]
            elif words[:1] and words[0] in _CURRENCIES:
                token, rest = Token("", token.value, _CURRENCIES[words[0]]), rest[1:]
        out.append(token)
    return out


def says(text: str, wording: str) -> bool:
    """Whether the words of `wording` stand in `text`, next to each other and in order.

    >>> says("Some 2,000,000,000 were spent", "2bn")
    True
    >>> says("It grew 12 per cent", "12")
    False
    """
    wanted, held = tokens(wording), tokens(text)
    if not wanted:
        return False
    width = len(wanted)
    return any(
        all(held[start + k].says(wanted[k]) for k in range(width)) for start in range(len(held) - width + 1)
    )


def says_any(text: str, wordings: Iterable[str]) -> bool:
    """Whether any of the wordings stands in the text."""
    return any(says(text, wording) for wording in wordings)


_STOP: Final = frozenset(
    {
        "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be",
        "because", "been", "before", "being", "between", "both", "but", "by", "can", "could", "did", "do",
        "does", "doing", "done", "down", "during", "each", "for", "from", "further", "get", "had", "has",
        "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in", "into", "is",
        "it", "its", "itself", "just", "me", "more", "most", "my", "no", "nor", "not", "now", "of", "off",
        "on", "once", "only", "or", "other", "our", "out", "over", "own", "per", "said", "same", "say",
        "says", "she", "should", "so", "some", "such", "than", "that", "the", "their", "them", "then",
        "there", "these", "they", "this", "those", "through", "to", "too", "under", "until", "up", "us",
        "very", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "whose",
        "why", "will", "with", "would", "you", "your", "please", "tell", "know", "want", "ask",
    }
)  # fmt: skip


def content_words(text: str) -> frozenset[str]:
    """Folded, roughly stemmed words that carry matter; numbers by their value."""
    found = set()
    for token in tokens(text):
        if token.value is not None:
            found.add(f"#{token.value.normalize()}")
        elif token.word not in _STOP and len(token.word) > 1:
            found.add(stem(token.word))
    return frozenset(found)


_ENDINGS: Final = (
    "ations", "ation", "ingly", "ings", "ing", "ies", "ied", "edly", "ed", "es", "ly", "s", "e", "y",
)  # fmt: skip


def stem(word: str) -> str:
    """Cut the usual endings off a word: enough to compare "striking" with "strikes", no more.

    >>> stem("strikes"), stem("striking"), stem("policies")
    ('strik', 'strik', 'polic')
    """
    for ending in (
        "ations",
        "ation",
        "ingly",
        "ings",
        "ing",
        "ies",
        "ied",
        "edly",
        "ed",
        "es",
        "ly",
        "s",
        "e",
        "y",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:  # noqa: PLR2004 (a stem keeps three letters)
            return word[: -len(ending)]
    return word


def overlap(question: str, evidence: str) -> float | None:
    """The share of a question's content words that its evidence has too; None without such words."""
    asked = content_words(question)
    return len(asked & content_words(evidence)) / len(asked) if asked else None


def words(text: str) -> int:
    """Words as white space parts them; the `-` of a list line counts."""
    return len(text.split())
