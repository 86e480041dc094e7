"""Cross-encoders: tiny ones with random weights, so that the real library is asked."""

import pytest

from service.adapters.cross_encoder import CrossEncoderModel
from service.domain.errors import Misconfigured
from tests.fakes.cross_encoders import RERANKS, saved


async def test_an_nli_model_gives_the_probability_of_entailment(tmp_path):
    labels = {0: "contradiction", 1: "entailment", 2: "neutral"}
    model = CrossEncoderModel(saved(tmp_path, labels), threads=1)
    model.check_entailment()
    pairs = [("the ferry sank", "the ferry sank"), ("rents rose", "the ferry sank")]
    found = await model.entail(pairs)
    assert len(found) == 2
    assert all(0 < value < 1 for value in found)
    assert found == pytest.approx(await model.entail(pairs))
    assert await model.entail([]) == []


async def test_a_reranker_gives_one_score_a_text(tmp_path):
    model = CrossEncoderModel(saved(tmp_path, RERANKS), threads=1)
    assert len(await model.rerank("the ferry", ["the ferry sank", "rents rose", "rose"])) == 3
    with pytest.raises(Misconfigured, match="entailment"):
        model.check_entailment()


async def test_an_nli_model_is_refused_as_a_reranker(tmp_path):
    model = CrossEncoderModel(saved(tmp_path, {0: "contradiction", 1: "entailment", 2: "neutral"}), threads=1)
    with pytest.raises(Misconfigured, match="cannot rerank"):
        await model.rerank("the ferry", ["rents rose"])


@pytest.mark.parametrize(
    "labels", [{0: "not_entailment", 1: "contradiction"}, {0: "positive", 1: "negative"}]
)
def test_a_model_without_a_label_for_entailment_is_refused(tmp_path, labels):
    with pytest.raises(Misconfigured, match="no label for entailment"):
        CrossEncoderModel(saved(tmp_path, labels), threads=1).check_entailment()


def test_a_model_that_cannot_be_loaded_is_named(tmp_path):
    with pytest.raises(Misconfigured, match="cannot be loaded"):
        CrossEncoderModel(str(tmp_path / "nothing"))
