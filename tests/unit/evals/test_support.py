"""The cuts that were read by hand, and what the check makes of them."""

from pathlib import Path
from typing import cast

import pytest
import yaml

from evals.support.cost import check_costs
from evals.support.measure import Truth
from evals.support.relevance import Signals
from service.domain.close import compare
from service.ports import Embedder
from tests.fakes.evidence import article_of, vector_of

CUTS = yaml.safe_load((Path(__file__).parents[3] / "evals/labels/cuts.yaml").read_text(encoding="utf-8"))[
    "cuts"
]


def test_at_least_100_distinct_cuts_were_read():
    assert len({(cut["quote"], cut["shown"]) for cut in CUTS}) >= 100


@pytest.mark.parametrize("cut", [cut for cut in CUTS if cut["turns"]], ids=lambda cut: cut["shown"])
def test_a_cut_that_was_found_to_turn_the_meaning_is_refused(cut):
    assert compare(cut["shown"], cut["quote"]).match is None


def test_the_cuts_that_keep_the_meaning_are_shown():
    kept = [cut for cut in CUTS if not cut["turns"]]
    assert sum(compare(cut["shown"], cut["quote"]).match == "close" for cut in kept) == len(kept)


def test_thresholds_are_chosen_where_they_part_best():
    found = Signals([(0.9, 0.1), (0.1, 0.5)], [(0.12, 0.1), (0.14, 0.3)], [0.6, 0.4], [0.3] * 5 + [0.1] * 95)
    assert found.chosen() == {"BEARS_COSINE": 0.4, "BEARS_WORDS": 0.5, "SAME_WORDS": 0.2}
    worse = Signals(found.bearing, found.strange, found.same, [0.3] * 6 + [0.1] * 94)
    assert worse.chosen()["SAME_WORDS"] == 0.35


class ByWords:
    """An embedder of words."""

    async def embed(self, texts):
        return [vector_of(text) for text in texts]


async def test_the_cost_of_each_sentence_is_measured_in_each_style():
    text = "The ferry sank off Hask on Monday. Nobody was hurt."
    held = article_of(text)
    truths = [Truth(s.text, (s,), held.sentences, "What sank?", ("a",)) for s in held.sentences]
    costs = await check_costs(truths, {"a": text}, cast("Embedder", ByWords()))
    assert {style: cost["n"] for style, cost in costs.items()} == {"quotes": 2, "close": 2, "prose": 2}
    assert all(0 < cost["median_ms"] <= cost["p95_ms"] for cost in costs.values())
