"""What a model is shown: labelled sentences in a fence that no article can close.

Article text is data. It stands on one line a sentence, without controls, between two lines that hold a word
which is in none of the texts and which no writer of an article can know.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal, TypedDict

from service.domain.answer import Evidence, Style, Task
from service.domain.relevance import cosine
from service.domain.summary import Kind, SummaryTask
from service.domain.text import CONTROLS

ABSENT: Final = "NOT IN THE ARTICLES"
"""What the model replies where the articles do not say it."""


class ShownArticle(TypedDict):
    """An article as a prompt shows it."""

    n: int
    about: str
    sentences: list[tuple[str, str]]


class AnswerInputs(TypedDict):
    """The inputs of the prompt `answer`."""

    question: str
    today: str
    fence: str
    articles: list[ShownArticle]
    style: Style
    absent: str


def one_line(text: str) -> str:
    r"""Text on one line, without controls, so that it cannot look like a line of the prompt's own.

    >>> one_line("a\n\n### b\u202e")
    'a ### b'
    """
    return " ".join(CONTROLS.sub("", text).split())


def fence(secret: bytes, texts: Sequence[str]) -> str:
    """A word that stands in none of the texts and cannot be foreseen without the secret.

    The same texts give the same word within one process, so that equal questions make equal prompts.

    Args:
        secret: At least 16 random bytes of this process.
        texts: All that will stand inside the fence.
    """
    whole = "\n".join(texts)
    for attempt in range(1_000):
        digest = hmac.new(secret, f"{attempt}\n{whole}".encode(), hashlib.sha256).hexdigest()[:20]
        if digest not in whole:
            return digest
    raise AssertionError("a thousand words of 80 bits all stand in one text")


def date_line(moment: datetime | None) -> str:
    """A date as prompts and people write it, or "no date".

    >>> date_line(datetime(2026, 3, 14))
    'Saturday, 14 March 2026'
    """
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}" if moment else "no date"


def within(evidence: Evidence, words: int) -> Evidence:
    """The evidence cut to what a model takes: the sentences that match best, in their places.

    Sentences of the best passages come first, of one passage those nearest to the question. Articles and
    sentences keep their numbers, and with them their labels; an article may be left without a sentence.

    Args:
        evidence: All that was found.
        words: Words of sentences at most; the first sentence stays however long it is.
    """
    sentences = evidence.sentences()
    ranked = sorted(
        sentences, key=lambda s: (-s.retrieved, -cosine(evidence.question_vector, s.vector), s.article, s.n)
    )
    kept: set[tuple[int, int]] = set()
    held = 0
    for sentence in ranked:
        held += len(sentence.text.split())
        if kept and held > words:
            break
        kept.add((sentence.article, sentence.n))
    if len(kept) == len(sentences):
        return evidence
    articles = tuple(
        replace(a, sentences=tuple(s for s in a.sentences if (s.article, s.n) in kept))
        for a in evidence.articles
    )
    return replace(evidence, articles=articles)


def shown_articles(evidence: Evidence) -> list[ShownArticle]:
    """The evidence as a prompt shows it: a line about each article, then its labelled sentences."""
    shown: list[ShownArticle] = []
    for held in evidence.articles:
        if not held.sentences:
            continue
        article = held.article
        about = [article.headline, article.source or "", f"published {date_line(article.published_at)}"]
        if held.corrected:
            about.append("corrected since")
        shown.append(
            ShownArticle(
                n=held.n,
                about=one_line(" | ".join(part for part in about if part)),
                sentences=[(f"[{s.article}.{s.n}]", one_line(s.text)) for s in held.sentences],
            )
        )
    return shown


def answer_inputs(task: Task, secret: bytes) -> AnswerInputs:
    """What the prompt `answer` is rendered with."""
    articles = shown_articles(task.evidence)
    texts = [task.question, *(article["about"] for article in articles)]
    texts += [text for article in articles for _, text in article["sentences"]]
    return AnswerInputs(
        question=one_line(task.question),
        today=date_line(task.as_of),
        fence=fence(secret, texts),
        articles=articles,
        style=task.style,
        absent=ABSENT,
    )


class SummariseInputs(TypedDict):
    """The inputs of the prompt `summarise`."""

    step: Literal["choose", "write"]
    kind: Kind
    words: int
    count: int
    subject: str
    today: str
    fence: str
    articles: list[ShownArticle]
    style: Style


def summarise_inputs(
    task: SummaryTask, step: Literal["choose", "write"], count: int, secret: bytes
) -> SummariseInputs:
    """What the prompt `summarise` is rendered with.

    Args:
        task: Its evidence holds the sentences that are shown; articles without one are not.
        step: Choose sentences by their labels, or write.
        count: Sentences that may be chosen.
        secret: At least 16 random bytes of this process.
    """
    articles = shown_articles(task.evidence)
    texts = [task.query, *(article["about"] for article in articles)]
    texts += [text for article in articles for _, text in article["sentences"]]
    return SummariseInputs(
        step=step,
        kind=task.kind,
        words=task.max_words,
        count=count,
        subject=one_line(task.query),
        today=date_line(task.as_of),
        fence=fence(secret, texts),
        articles=articles,
        style=task.style,
    )
