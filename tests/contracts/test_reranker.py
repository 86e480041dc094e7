"""A reranker that the settings name is loaded and decides the order of what was found."""

from pathlib import Path

from service.adapters.cross_encoder import CrossEncoderModel
from service.bootstrap import open_pipelines
from service.domain.article import NO_FILTERS, Article
from service.settings import Embedding, Ingest, Rerank, Settings
from tests.fakes.cross_encoders import RERANKS, saved

TEXTS = {
    "a": "The ferry sank.",
    "b": "The old ferry sails late.",
    "c": "The new ferry is late, the old ferry sank.",
    "d": "A ferry is new.",
}


async def order(data: Path, rerank: Rerank) -> list[str]:
    settings = Settings.load(
        data_dir=data, rerank=rerank, embedding=Embedding(threads=1), ingest=Ingest(wait_s=60)
    )
    async with open_pipelines(settings) as pipelines:
        await pipelines.ingest([Article(i, "Ferry", text) for i, text in TEXTS.items()], wait_s=60)
        found = await pipelines.retrieve("the ferry sank", filters=NO_FILTERS, limit=9)
        return [passage.revision.article.id for passage in found.passages]


async def test_the_order_is_the_rerankers(tmp_path):
    model = saved(tmp_path / "model", RERANKS, spread=0.3)
    plain = await order(tmp_path / "data", Rerank())
    reranked = await order(tmp_path / "data", Rerank(model=model))
    logits = await CrossEncoderModel(model, threads=1).rerank("the ferry sank", [TEXTS[i] for i in plain])
    wanted = [i for _, i in sorted(zip(logits, plain, strict=True), key=lambda pair: -pair[0])]
    assert sorted(plain) == sorted(TEXTS)
    assert reranked == wanted
    assert reranked != plain
