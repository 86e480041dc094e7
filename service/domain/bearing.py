"""How a sentence of the evidence stands to a question: the figures (FEATURES) by which it is scored.

`reading.choose` weighs them; the weights are learned (`domain/weights.py`).
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from service.domain.answer import Evidence, EvidenceArticle, EvidenceSentence
from service.domain.article import Matrix, Vector
from service.domain.asked_speech import same_person
from service.domain.clues import Clues, clues, new_figures
from service.domain.matter import Matter, Shares
from service.domain.questions import AskedFor, Kind
from service.domain.text import content_words, fold_name, stem

NEAR: Final = 0.75
"""An article whose score is so much of the best one's may tell the same story."""
ASIDE: Final = 0.8
"""What a word of the matter is worth that a neighbour or the headline names, not the sentence itself."""
AHEAD: Final = 4
"""Sentences before one in which its subject may have been named."""
FAR: Final = 0.7
"""What a word is worth that stands there."""

FEATURES: Final = (
    "near",  # cosine of question and sentence
    "near_before",  # cosine of question and the sentence with the one before it
    "near_after",  # the same with the one after it
    "retrieved",  # score of the best passage that holds it
    "article",  # score of its article against the best article's
    "covered",  # share of the question's matter that it names
    "covered_around",  # the same with its neighbours and the headline
    "covered_article",  # the same of all evidence of its article
    "best_near",  # its cosine against the best of all
    "best_in_article",  # its cosine against the best of its article
    "offers",  # it has what this kind of question asks for
    "figures",  # a number is asked for, and it has figures that the question has not
    "unit",  # a number is asked for, and it or a neighbour names the unit
    "money",  # money is asked for, and it has some
    "speaks",  # speech is asked for, and somebody named speaks in it
    "same_speaker",  # speech of this speaker is asked for, and this speaker speaks in it
    "other_speaker",  # speech of this speaker is asked for, and another speaks in it
    "names_speaker",  # speech of this speaker is asked for, and the sentence names, not quotes, this speaker
    "length",  # logarithm of its words
    "short",  # it has fewer than six words
    "opens",  # it is the first of its article
    "question",  # it is a question itself
    "named",  # share of the question's matter that it names, by its words or by like ones
    "named_around",  # the same with its neighbours and, less, the headline
    "named_before",  # the same with up to four sentences before it and, less, the headline
    "named_most",  # share of the matter that its two best-named words are
    "named_rank",  # logarithm of its rank by `named`
    "named_rest",  # share that it names of what the headline leaves unnamed
    "named_headline",  # share that the headline names
    "outdated",  # the newest state is asked for: share of the articles found near it that are newer
)


def features(asked: AskedFor, matter: Matter, evidence: Evidence) -> Matrix:
    """Describe every sentence of the evidence.

    Returns:
        Shape (n, len(FEATURES)), in the order of `evidence.sentences()`.
    """
    table = np.concatenate([_of_article(asked, matter, evidence, held) for held in evidence.articles])
    near, rank = table[:, FEATURES.index("near")], FEATURES.index("named_rank")
    table[:, FEATURES.index("best_near")] = near - near.max()
    order = np.argsort(-table[:, FEATURES.index("named")], kind="stable")
    table[order, rank] = np.log1p(np.arange(len(order)))
    return table


def _of_article(asked: AskedFor, matter: Matter, evidence: Evidence, held: EvidenceArticle) -> Matrix:
    """The features of one article's sentences; those that compare with all of the evidence are still 0."""
    read = [clues(s.text) for s in held.sentences]
    headline = clues(held.article.headline)
    everything = headline.stems.union(*(c.stems for c in read))
    vectors = np.stack([s.vector for s in held.sentences])
    vector = evidence.question_vector
    near: Matrix = np.zeros(len(read), np.float32) if vector is None else vectors @ vector
    before = _together(near, vectors, vector, -1)
    after = _together(near, vectors, vector, +1)
    named = _named(matter, matter.named(headline.content), [matter.named(c.content) for c in read])
    outdated = _outdated(evidence, held) if asked.newest else 0.0
    rows = []
    for i, (sentence, clue) in enumerate(zip(held.sentences, read, strict=True)):
        neighbours = [read[j] for j in (i - 1, i + 1) if 0 <= j < len(read)]
        around = clue.stems.union(headline.stems, *(c.stems for c in neighbours))
        rows.append(
            [
                near[i],
                before[i],
                after[i],
                sentence.retrieved,
                held.score / (evidence.articles[0].score or 1.0),
                matter.exactly(clue.stems),
                matter.exactly(around),
                matter.exactly(everything),
                0.0,
                near[i] - float(near.max()),
                *_form(asked, sentence, clue, around),
                math.log(1 + clue.words),
                float(clue.words < 6),  # noqa: PLR2004 - "short" is defined so
                float(sentence.sentence.start == 0 or sentence.n == 1),
                float(sentence.text.rstrip("”\"'’ ").endswith("?")),
                *named[i],
                outdated,
            ]
        )
    return np.array(rows, np.float32)


def _outdated(evidence: Evidence, held: EvidenceArticle) -> float:
    """The share of the other articles that were found nearly as near, and are newer."""
    near = [a for a in evidence.articles if a is not held and a.score >= NEAR * evidence.articles[0].score]
    published = held.article.published_at
    if published is None or not near:
        return 0.0
    return sum(a.article.published_at is not None and a.article.published_at > published for a in near) / len(
        near
    )


def _named(matter: Matter, headline: Shares, sentences: Sequence[Shares]) -> Shares:
    """The features `named` to `named_headline` of an article's n sentences, shape (n, 7)."""
    own = np.array(sentences).reshape(len(sentences), len(matter))
    beside = np.maximum(_moved(own, 1), _moved(own, -1))
    before = np.maximum.reduce([_moved(own, step) for step in range(1, AHEAD + 1)])
    rest = matter.weights * (1.0 - headline)
    best = np.sort(matter.weights * own, axis=1)[:, -2:]
    return np.column_stack(
        [
            matter.shares(own),
            matter.shares(np.maximum(np.maximum(own, ASIDE * headline), ASIDE * beside)),
            matter.shares(np.maximum(np.maximum(own, FAR * headline), FAR * before)),
            best.sum(axis=1) / (matter.weights.sum() or 1.0),
            np.zeros(len(own)),
            own @ rest / (rest.sum() or 1.0),
            np.full(len(own), matter.share(headline)),
        ]
    )


def _moved(rows: Shares, by: int) -> Shares:
    """The rows of the sentences that stand so many before (after, where negative); zeros where none does."""
    moved = np.zeros_like(rows)
    if by > 0:
        moved[by:] = rows[:-by]
    else:
        moved[:by] = rows[-by:]
    return moved


def _together(near: Matrix, vectors: Matrix, vector: Vector | None, step: int) -> Matrix:
    """Cosine of the question and each sentence's vector with its neighbour's; its own where it has none."""
    if vector is None or len(near) == 1:
        return near
    moved = np.roll(vectors, -step, axis=0)
    both = vectors + moved
    result: Matrix = (both @ vector) / np.maximum(np.linalg.norm(both, axis=1), 1e-9)
    result[0 if step < 0 else -1] = near[0 if step < 0 else -1]
    return result


def _form(asked: AskedFor, sentence: EvidenceSentence, clue: Clues, around: frozenset[str]) -> list[float]:
    """What the sentence's form has to do with the question's kind."""
    number = asked.kind is Kind.NUMBER
    figures = min(2, new_figures(sentence.text, frozenset(asked.numbers))) if number else 0
    unit = number and any(stem(word) in around for word in content_words(asked.unit))
    wanted = asked.speech.speaker if asked.speech is not None else None
    speaker = sentence.sentence.speaker
    same = wanted is not None and speaker is not None and same_person(wanted, speaker)
    names = wanted is not None and not same and fold_name(wanted) in fold_name(sentence.text)
    return [
        float(asked.kind in clue.offers),
        float(figures),
        float(unit),
        float(number and asked.unit == "money" and clue.money),
        float(asked.speech is not None and speaker is not None),
        float(same),
        float(wanted is not None and speaker is not None and not same),
        float(names),
    ]
