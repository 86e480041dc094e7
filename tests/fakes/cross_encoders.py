"""Cross-encoders with random weights, saved as sentence-transformers loads them: real ones, and tiny."""

from collections.abc import Mapping
from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "ferry",
    "sank",
    "rents",
    "rose",
    "sails",
    "is",
    "late",
    "old",
    "new",
]
RERANKS = {0: "LABEL_0"}
"""The labels of a model that gives one score a pair."""


def saved(folder: Path, labels: Mapping[int, str], *, spread: float = 0.02) -> str:
    """Save one, and give its folder.

    Args:
        folder: Where.
        labels: What it tells apart.
        spread: Standard deviation of its weights; too large, and scores differ in no digit that a ranking keeps.
    """
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        initializer_range=spread,
        id2label=dict(labels),
        label2id={label: n for n, label in labels.items()},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)
