"""The matter of a question: what its words weigh, and what names them."""

from dataclasses import replace

import numpy as np
import pytest

from service.domain.answer import Evidence
from service.domain.matter import NEARLY, weigh, words_of
from service.domain.text import stem
from tests.fakes.evidence import task_of

TEXT = "The talks over the bridge broke down. Solheim left the city."
NEAR, FAR = np.array([0.8, 0.6], np.float32), np.array([-0.6, 0.8], np.float32)
SAME = np.array([1.0, 0.0], np.float32)


def evidence(**fields: object) -> Evidence:
    held = task_of("x", [TEXT]).evidence
    return replace(held, passages=50, **fields)  # type: ignore[arg-type]


def test_rare_words_weigh_more_and_words_that_every_passage_has_nothing():
    held = evidence(frequencies={"bridge": 40, "solheim": 1, "city": 60})
    matter = weigh("bridge Solheim city", held)
    weights = dict(zip(matter.stems, matter.weights, strict=True))
    assert weights[stem("solheim")] > weights[stem("bridge")] > 0
    assert weights[stem("city")] == 0
    assert matter.exactly(frozenset()) == 0.0
    assert matter.exactly(frozenset(matter.stems)) == pytest.approx(1.0)


def test_a_question_without_matter_is_named_by_anything():
    matter = weigh("what is it?", evidence())
    assert len(matter) == 0
    assert matter.exactly(frozenset()) == matter.share(matter.named(["bridge"])) == 1.0


def test_a_word_is_named_by_itself_in_another_form():
    matter = weigh("bridges", evidence())
    assert matter.share(matter.named(["bridge"])) == pytest.approx(1.0)
    assert matter.share(matter.named(["talks"])) == 0.0


def test_a_word_is_nearly_named_by_one_that_means_nearly_the_same():
    vectors = {"negotiations": SAME, "talks": NEAR, "bridge": FAR}
    matter = weigh("negotiations", evidence(word_vectors=vectors))
    assert matter.share(matter.named(["talks"])) == pytest.approx(NEARLY)
    assert matter.share(matter.named(["bridge"])) == 0.0
    without = weigh("negotiations", evidence())
    assert without.share(without.named(["talks"])) == 0.0


def test_the_words_of_the_evidence_are_those_of_its_headlines_too_each_once():
    assert words_of(evidence()) == ["headline", "1", "talks", "bridge", "broke", "solheim", "left", "city"]
