"""From stored texts to embedded passages: what the index loop keeps, and what a summary needs at once."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from service.domain.article import Article, EmbeddedPassage, Passage, Revision, Sentence
from service.domain.chunking import chunk, find_sentences
from service.domain.speech import attribute
from service.ports import Embedder, SentenceSplitter

log = logging.getLogger(__name__)

HEADLINE_CHARACTERS: Final = 200
"""What of a headline is embedded with each passage."""
SPECIAL_TOKENS: Final = 4
"""The model's own and what parts headline from passage."""


async def make_passages(
    revisions: Sequence[Revision], splitter: SentenceSplitter, embedder: Embedder
) -> list[list[EmbeddedPassage]]:
    """The embedded passages of each revision, in order."""
    cut = [await _chunk(revision, splitter, embedder) for revision in revisions]
    texts, spans = [], []
    for revision, passages in zip(revisions, cut, strict=True):
        lead = _lead(revision.article)
        for passage in passages:
            shift = len(lead) - passage.start
            texts.append(lead + revision.article.text[passage.start : passage.end])
            spans.append([(s.start + shift, s.end + shift) for s in passage.sentences])
    embedded = iter(await embedder.embed_spans(texts, spans))
    made = []
    for passages in cut:
        vectors = [(passage, next(embedded)) for passage in passages]
        made.append([EmbeddedPassage(passage, item.vector, item.span_vectors) for passage, item in vectors])
    return made


def _lead(article: Article) -> str:
    return article.headline[:HEADLINE_CHARACTERS] + "\n" if article.headline else ""


def sentences_of(text: str, splitter: SentenceSplitter) -> tuple[Sentence, ...]:
    """The sentences of a text, with who speaks in each. Takes seconds for a million code points.

    A text that the splitter or the rules of speech fail on is read by paragraphs, or without speakers: one
    article must not keep those behind it out of the indexes.
    """
    try:
        found = find_sentences(text, splitter.split)
    except Exception:
        log.exception("sentences could not be found in a text; its paragraphs stand for them")
        found = find_sentences(text, lambda paragraph: [(0, len(paragraph))])
    try:
        return attribute(text, found)
    except Exception:
        log.exception("speakers could not be found in a text")
        return found


async def _chunk(revision: Revision, splitter: SentenceSplitter, embedder: Embedder) -> tuple[Passage, ...]:
    article = revision.article
    sentences = await asyncio.to_thread(sentences_of, article.text, splitter)
    lead, *lengths = await embedder.count_tokens(
        [article.headline[:HEADLINE_CHARACTERS], *(article.text[s.start : s.end] for s in sentences)]
    )
    budget = max(32, embedder.max_tokens - lead - SPECIAL_TOKENS)
    return chunk(article.id, revision.number, sentences, lengths, budget=budget)
