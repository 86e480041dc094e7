"""A reranker that the settings name is loaded and decides the order of what was found."""

from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from service.adapters.cross_encoder import CrossEncoderModel
from service.bootstrap import open_pipelines
from service.domain.article import NO_FILTERS, Article
from service.settings import Embedding, Ingest, Rerank, Settings

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "ferry",
    "sank",
    "sails",
    "is",
    "late",
    "old",
    "new",
]
TEXTS = {
    "a": "The ferry sank.",
    "b": "The old ferry sails late.",
    "c": "The new ferry is late, the old ferry sank.",
    "d": "A ferry is new.",
}


def a_cross_encoder(folder: Path) -> str:
    """A tiny one with random weights: its order is no better than chance, and not that of the indexes."""
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        num_labels=1,
        initializer_range=2.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)


async def order(data: Path, rerank: Rerank) -> list[str]:
    settings = Settings.load(
        data_dir=data, rerank=rerank, embedding=Embedding(threads=1), ingest=Ingest(wait_s=60)
    )
    async with open_pipelines(settings) as pipelines:
        await pipelines.ingest([Article(i, "Ferry", text) for i, text in TEXTS.items()], wait_s=60)
        found = await pipelines.retrieve("the ferry sank", filters=NO_FILTERS, limit=9)
        return [passage.revision.article.id for passage in found.passages]


async def test_the_order_is_the_rerankers(tmp_path):
    model = a_cross_encoder(tmp_path / "model")
    plain = await order(tmp_path / "data", Rerank())
    reranked = await order(tmp_path / "data", Rerank(model=model))
    logits = await CrossEncoderModel(model, threads=1).rerank("the ferry sank", [TEXTS[i] for i in plain])
    wanted = [i for _, i in sorted(zip(logits, plain, strict=True), key=lambda pair: -pair[0])]
    assert sorted(plain) == sorted(TEXTS)
    assert reranked == wanted
    assert reranked != plain
