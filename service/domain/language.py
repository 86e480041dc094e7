"""The language of a question, as far as a script or function words tell it."""

import re
import unicodedata
from typing import Final

# ruff: noqa: E501 - a language's words stand in one line
# Function words that English does not have, or has in other senses.
_FOREIGN: Final = {
    "de": "der die das und ist nicht was wer wie warum wann wo wurde hat haben über mit für von dem den ein eine "
    "einen sich auf zu im sind wird werden gesagt",
    "fr": "le la les des est pas que qui quoi quand où pourquoi comment une dans sur pour avec du au aux ce cette a-t-il "
    "combien été sont il elle dit et quel quelle",
    "es": "el los las qué quién cuándo dónde cómo por una del para con sobre fue es y se que cuántos cuál dijo de en",
    "it": "il lo gli che chi quando dove perché come una della del di per con sono è ha detto quanti quanto nel sulla",
    "pt": "os as que quem quando onde como por uma da do para com sobre foi é não disse quantos qual em",
    "nl": "het een wie wat wanneer waarom hoe waar zijn niet van over met voor heeft werd zei hoeveel de en",
    "pl": "kto kiedy gdzie dlaczego jak nie jest się na czy było powiedział ile przez dla który do w z",
    "sv": "och är inte vad vem när var varför hur som det ett för med har sade många på till",
    "tr": "ve bir ne kim nerede neden nasıl kaç için bu mi mu dedi hakkında zaman ile",
}
_OWN: Final = {language: frozenset(words.split()) for language, words in _FOREIGN.items()}
_ENGLISH: Final = frozenset(
    """the of and to is was what who when where why how did does do say said about for with are were has have by
    which that it on at from be been there not or will would can could after before many much tell me""".split()  # noqa: SIM905
)
_SCRIPTS: Final = {
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "HEBREW": "he",
    "GREEK": "el",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "THAI": "th",
    "DEVANAGARI": "hi",
}


def guess_language(text: str) -> str:
    """The language of a question; English unless a script or function words say otherwise.

    >>> guess_language("¿Qué dijo el ministro sobre la huelga?"), guess_language("calder strike toll")
    ('es', 'en')
    """
    letters = [c for c in text if c.isalpha()]
    scripts = [unicodedata.name(c, "").split(" ", 1)[0] for c in letters[:120]]
    foreign = [s for s in scripts if s and s not in {"LATIN", "FULLWIDTH", "MODIFIER"}]
    if len(foreign) * 2 > len(scripts):
        kana = next((s for s in foreign if s in {"HIRAGANA", "KATAKANA"}), None)
        return _SCRIPTS.get(kana or max(set(foreign), key=foreign.count), "und")
    terms = re.findall(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", text.casefold())
    english = sum(term in _ENGLISH for term in terms)
    scores = {language: sum(term in own for term in terms) for language, own in _OWN.items()}
    best = max(sorted(scores), key=lambda language: scores[language])
    # Two words, and twice as many as English has: "die" and "was" are English too.
    return best if scores[best] > 1 and scores[best] > 2 * english else "en"
