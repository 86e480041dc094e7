"""What a summariser has to beat: the lead, and TextRank and LexRank as sumy has them.

All of them choose among the sentences that Byline finds, so that none is better at cutting text.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.domain.text import words

Chooser = Callable[[Sequence["Shown"], int], list[int]]
"""Positions of the chosen sentences, in reading order, of sentences and a limit of words."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence: its article, its place in it from 0, and its text."""

    article: str
    place: int
    text: str


def lead(n: int) -> Chooser:
    """The first n sentences of each article."""

    def choose(sentences: Sequence[Shown], _limit: int) -> list[int]:
        return [i for i, sentence in enumerate(sentences) if sentence.place < n]

    return choose


def ranked(name: str, n: int | None) -> Chooser:
    """The best sentences by TextRank or LexRank.

    Args:
        name: `textrank` or `lexrank`.
        n: How many; None: as many as the limit of words holds, taken in the order of their rank.
    """

    def choose(sentences: Sequence[Shown], limit: int) -> list[int]:
        order = _ranking(name, [sentence.text for sentence in sentences])
        if n is not None:
            return sorted(order[:n])
        picked: list[int] = []
        spent = 0
        for i in order:
            length = len(sentences[i].text.split())
            if spent + length > limit:
                break
            picked.append(i)
            spent += length
        return sorted(picked or order[:1])

    return choose


class _Tokenizer:
    """Words for sumy: its own tokenizer needs data of nltk that has to be downloaded."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """The words of a sentence."""
        return tuple(words(sentence))


def _ranking(name: str, texts: Sequence[str]) -> list[int]:
    """Positions of the sentences, the best first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sumy is imported with warnings of its own
        from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
        from sumy.nlp.stemmers import Stemmer
        from sumy.summarizers.lex_rank import LexRankSummarizer
        from sumy.summarizers.text_rank import TextRankSummarizer
        from sumy.utils import get_stop_words

        known: dict[str, Any] = {"textrank": TextRankSummarizer, "lexrank": LexRankSummarizer}
        summarizer = known[name](Stemmer("english"))
        summarizer.stop_words = get_stop_words("english")
        made = [Sentence(text, _Tokenizer()) for text in texts]
        document = ObjectDocumentModel([Paragraph(made)])
        # sumy gives the n best in reading order: the one that n adds is the n-th best.
        order: list[int] = []
        for n in range(1, len(texts) + 1):
            chosen = {id(sentence) for sentence in summarizer(document, n)}
            order += [i for i, sentence in enumerate(made) if id(sentence) in chosen and i not in order]
        return order


BASELINES: Final[dict[str, Chooser]] = {
    "lead-1": lead(1),
    "lead-3": lead(3),
    "TextRank, 3 sentences": ranked("textrank", 3),
    "TextRank, same words": ranked("textrank", None),
    "LexRank, 3 sentences": ranked("lexrank", 3),
    "LexRank, same words": ranked("lexrank", None),
}
