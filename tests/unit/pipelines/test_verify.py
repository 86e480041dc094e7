"""Any text, held against the stored articles."""

from typing import cast

import numpy as np

from service.domain.article import NO_FILTERS, EmbeddedPassage, Filters, Matrix, Passage, Revision
from service.pipelines.retrieve import Retrieved, RetrievedPassage
from service.pipelines.verify import Verdict, VerifyText
from service.ports import Embedder
from tests.fakes.evidence import AS_OF, article_of, vector_of

HELD = article_of(
    "Henrik Toll, the finance minister, told deputies that the army will get barracks in Tarn. "
    "The opposition wants barracks in Halvik at a cost of 3.2 million florins.",
    1,
    {1: "Henrik Toll"},
)


class Retrieve:
    """Finds the one article, whatever is asked."""

    def __init__(self, *, found: bool = True) -> None:
        self.found = found

    async def __call__(self, query: str, *, filters: Filters, limit: int) -> Retrieved:
        sentences = tuple(s.sentence for s in HELD.sentences)
        text = HELD.article.text
        passage = Passage("p", HELD.article.id, 1, 0, 0, len(text), sentences)
        vectors = np.stack([s.vector for s in HELD.sentences])
        held = RetrievedPassage(
            EmbeddedPassage(passage, vector_of(text), vectors), Revision(HELD.article, 1, AS_OF), 1.0
        )
        return Retrieved((held,) if self.found else (), vector_of(query), "exact", False, 1, {}, 1)


class Embeds:
    """Vectors of words; only what verifying asks for."""

    async def embed(self, texts: list[str]) -> Matrix:
        return np.stack([vector_of(text) for text in texts])


class Splits:
    """Sentences end at ". "."""

    def split(self, paragraph: str) -> list[tuple[int, int]]:
        spans, start = [], 0
        for part in paragraph.split(". "):
            spans.append((start, min(len(paragraph), start + len(part) + 1)))
            start += len(part) + 2
        return spans


def verifying(*, found: bool = True) -> VerifyText:
    return VerifyText(Retrieve(found=found), Splits(), cast("Embedder", Embeds()))


async def test_each_sentence_gets_its_verdict_and_the_quotes_that_bear_it():
    text = (
        "Toll is odd. Henrik Toll told deputies that the army will get barracks in Tarn. "
        "The opposition wants barracks in Halvik at a cost of 3.2 million florins. "
        "The opposition wants barracks in Halvik for 3.2 million florins. "
        "The opposition wants barracks in Halvik at a cost of 9 million florins. So what?"
    )
    found = await verifying()(text, NO_FILTERS)
    assert [sentence.verdict for sentence in found] == [
        Verdict.UNSUPPORTED,
        Verdict.CLOSE,
        Verdict.EXACT,
        Verdict.SUPPORTED,
        Verdict.UNSUPPORTED,
        Verdict.UNCHECKED,
    ]
    for sentence in found:
        assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end]
        for quote in sentence.quotes:
            assert HELD.article.text[quote.start : quote.end] == quote.text
    assert found[4].failed == ("number",)
    assert found[5].support is None


async def test_nothing_found_is_unsupported_and_says_that_nothing_could_be_pointed_at():
    (found,) = await verifying(found=False)("The navy won.", NO_FILTERS)
    assert (found.verdict, found.failed, found.support) == (Verdict.UNSUPPORTED, ("unresolvable",), 0.0)
