"""The cuts that were read by hand, and what the check makes of them."""

from pathlib import Path

import pytest
import yaml

from service.domain.close import compare

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
