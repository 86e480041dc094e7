"""The benches on the command line: each can be called, and says what it measured or why it did not."""

import asyncio
import gzip
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from evals.__main__ import app
from evals.bench import batch, cost_commands
from service.domain.article import Article
from service.ports import Embedded


def call(*arguments):
    return CliRunner().invoke(app, ["bench", *(str(argument) for argument in arguments)])


class FakeEmbedder:
    """Embeds nothing, and keeps how it was asked."""

    space, dtype, max_tokens = "fake:2", "float32", 256
    made: list["FakeEmbedder"]

    def __init__(self, *, dtype="auto", threads=None, batch=32):
        self.wanted, self.threads, self.batch, self.closed = dtype, threads, batch, False
        self.asked: list[int] = []
        FakeEmbedder.made.append(self)

    async def count_tokens(self, texts):
        return [len(text.split()) for text in texts]

    async def embed_query(self, text):
        raise NotImplementedError

    async def embed(self, texts):
        raise NotImplementedError

    async def embed_words(self, words):
        raise NotImplementedError

    async def embed_spans(self, texts, spans):
        self.asked.append(len(texts))
        await asyncio.sleep(0)
        return [Embedded(np.ones(2, np.float32), np.ones((len(s), 2), np.float32)) for s in spans]

    def close(self):
        self.closed = True


@pytest.fixture
def fakes(monkeypatch):
    monkeypatch.setattr(batch, "SentenceEmbedder", FakeEmbedder)
    FakeEmbedder.made = []
    return FakeEmbedder.made


def articles(n):
    return [Article(f"a{i}", "Port", f"The port counted {i} cranes. Nobody was hurt.") for i in range(n)]


async def test_every_size_embeds_the_same_passages_in_each_round(fakes):
    found = await batch.measure_batches(articles(70), sizes=(8, 32), rounds=2, threads=1)
    first, eight, thirty_two = fakes
    assert found.passages == 70
    assert [cost.size for cost in found.costs] == [8, 32]
    assert (eight.batch, thirty_two.batch) == (8, 32)
    # Once to load it, and 64 changes and the rest in each round.
    assert eight.asked == thirty_two.asked == [64, 64, 6, 64, 6]
    assert {model.wanted for model in (eight, thirty_two)} == {first.dtype}
    assert all(model.closed and model.threads == 1 for model in fakes)
    assert all(cost.least_s <= cost.passages_s <= cost.most_s for cost in found.costs)


def test_bench_batch_prints_a_row_for_each_size(fakes):
    done = call("batch", "--size", 8, "--size", 16, "--rounds", 1)
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.output.splitlines()[1:3]] == ["8", "16"]
    assert "float32, 1 rounds" in done.output


def reuters(folder, n):
    path = folder / "reuters21578" / "articles.jsonl.gz"
    path.parent.mkdir()
    rows = [
        {
            "id": f"r{i}",
            "title": f"CRANES {i}",
            "text": f"The port counted {i} cranes.",
            "places": [("usa", "uk", "peru")[i % 3]],
            "topics": [("ship", "trade")[i % 2]],
            "published_at": f"1987-0{1 + i % 9}-11T10:00:00Z",
        }
        for i in range(n)
    ]
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


def test_bench_filters_prints_what_each_filter_costs_and_fails_where_one_costs_too_much(
    tmp_path, monkeypatch
):
    reuters(tmp_path, 40)
    monkeypatch.setattr(cost_commands, "kept", lambda costs: all(cost.recall == 1.0 for cost in costs[1:]))
    done = call("filters", "--data", tmp_path, "--limit", 30)
    assert done.exit_code == 0, done.output
    assert "30 passages; fewer than 20,000 say little" in done.output
    assert "source, the most frequent" in done.output
    monkeypatch.setattr(cost_commands, "kept", lambda _: False)
    failed = call("filters", "--data", tmp_path, "--limit", 5)
    assert failed.exit_code == 1
    assert "costs more than 2 times" in failed.output


def test_bench_filters_without_its_articles_says_what_is_missing(tmp_path):
    done = call("filters", "--data", tmp_path)
    assert done.exit_code == 2
    assert "holds no reuters21578" in done.output


def test_bench_speech_prints_its_figures_and_what_is_wrong():
    done = call("speech")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("precision 0.")


def test_bench_speech_without_labels_or_their_articles_says_what_is_missing(tmp_path):
    none = call("speech", "--labels", tmp_path)
    assert (none.exit_code, "holds no speech-*.yaml" in none.output) == (2, True)
    elsewhere = call("speech", "--corpus", tmp_path)
    assert (elsewhere.exit_code, "does not hold the sentence" in elsewhere.output) == (2, True)
