"""Evidence made by hand: articles cut into sentences, with vectors of their words."""

import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from service.domain.answer import Evidence, EvidenceArticle, EvidenceSentence, Style, Task
from service.domain.article import Article, Sentence, Vector
from service.domain.wording import content

_SENTENCE = re.compile(r"\S.*?(?:[.!?]+[\"”')]*(?=\s|$)|$)", re.DOTALL)
AS_OF = datetime(2026, 6, 9, 12, tzinfo=UTC)


def vector_of(text: str, dimension: int = 512) -> Vector:
    """A vector of the text's words: texts that share words are near each other."""
    row = np.zeros(dimension, dtype=np.float32)
    for word in content(text):
        row[zlib.crc32(word.encode()) % dimension] += 1.0
    norm = float(np.linalg.norm(row))
    return row / np.float32(norm) if norm else row


def article_of(
    text: str, n: int = 1, speakers: Mapping[int, str] | None = None, **fields: str
) -> EvidenceArticle:
    """An article with all its sentences; `speakers` names who speaks in the sentence of that number."""
    article = Article(
        id=fields.get("id", f"article-{n}"),
        headline=fields.get("headline", f"Headline {n}"),
        text=text,
        source=fields.get("source", "The Courier"),
        published_at=AS_OF,
    )
    sentences = tuple(
        EvidenceSentence(
            article=n,
            n=i,
            sentence=Sentence(m.start(), m.end(), 0, (speakers or {}).get(i)),
            text=m.group(),
            vector=vector_of(m.group()),
            retrieved=1.0,
        )
        for i, m in enumerate(_SENTENCE.finditer(text), start=1)
    )
    return EvidenceArticle(n=n, article=article, revision=1, score=1.0, corrected=False, sentences=sentences)


def task_of(question: str, texts: Sequence[str | EvidenceArticle], style: Style = "close") -> Task:
    """A question and its evidence, from texts or articles."""
    articles = tuple(
        article_of(text, n) if isinstance(text, str) else text for n, text in enumerate(texts, start=1)
    )
    return Task(question, AS_OF, Evidence(articles=articles, question_vector=vector_of(question)), style)
