"""Sentences in batches that a model can read at once, and evidence that shows no others."""

from collections.abc import Sequence
from dataclasses import replace

from service.domain.answer import Evidence, EvidenceSentence


def batches(sentences: Sequence[EvidenceSentence], words: int) -> list[list[EvidenceSentence]]:
    """Cut sentences into batches of at most so many words, articles whole where they fit.

    Args:
        sentences: Article by article, in order.
        words: Words of a batch at most, > 0; a longer sentence stands alone.

    Returns:
        Every sentence once, in order.
    """
    made: list[list[EvidenceSentence]] = []
    room = 0
    for article in _by_article(sentences):
        length = sum(_words(sentence) for sentence in article)
        if not made or (length > room and length <= words):
            made.append([])
            room = words
        for sentence in article:
            if made[-1] and _words(sentence) > room:
                made.append([])
                room = words
            made[-1].append(sentence)
            room -= _words(sentence)
    return made


def showing(evidence: Evidence, sentences: Sequence[EvidenceSentence]) -> Evidence:
    """The evidence with these sentences alone; articles keep their numbers, sentences theirs."""
    wanted = {(sentence.article, sentence.n) for sentence in sentences}
    return replace(
        evidence,
        articles=tuple(
            replace(article, sentences=tuple(s for s in article.sentences if (s.article, s.n) in wanted))
            for article in evidence.articles
        ),
    )


def words_of(sentences: Sequence[EvidenceSentence]) -> int:
    """Words of all the sentences, as white space parts them."""
    return sum(_words(sentence) for sentence in sentences)


def _words(sentence: EvidenceSentence) -> int:
    return len(sentence.text.split())


def _by_article(sentences: Sequence[EvidenceSentence]) -> list[list[EvidenceSentence]]:
    articles: dict[int, list[EvidenceSentence]] = {}
    for sentence in sentences:
        articles.setdefault(sentence.article, []).append(sentence)
    return list(articles.values())
