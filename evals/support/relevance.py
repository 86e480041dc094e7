"""How `service/domain/relevance.py` tells what bears on a question, and the thresholds a split would choose.

They are chosen on `dev` and never on `test`. The two that sort out what has nothing to do with the question:
where Youden's J is highest. That of a claim and its quote: the lowest at which at most 5 % of the other
sentences of the same articles pass, for a quote about something else misleads and a withheld one does not.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from evals.support.measure import SEED, Rate, Truth
from service.domain.answer import EvidenceSentence
from service.domain.article import Vector
from service.domain.relevance import BEARS_COSINE, BEARS_WORDS, SAME_WORDS, asked_words, cosine
from service.domain.wording import content, share
from service.ports import Embedder

OTHERS: Final = 20
"""Sentences of other stories that each reference sentence's question is held against."""
MOST_OTHERS: Final = 0.05
COSINES: Final = tuple(n / 100 for n in range(10, 45, 5))
SHARES: Final = tuple(n / 100 for n in range(20, 65, 5))


@dataclass(frozen=True, slots=True)
class Signals:
    """Cosine and share of the words, for sentences that bear and others; shares of claims likewise."""

    bearing: list[tuple[float, float]]
    strange: list[tuple[float, float]]
    same: list[float]
    other: list[float]

    def bears(self, near: float, words: float) -> tuple[Rate, Rate]:
        """How many of the bearing and of the strange pass."""
        return _passing(self.bearing, near, words), _passing(self.strange, near, words)

    def is_same(self, words: float) -> tuple[Rate, Rate]:
        """How many claims pass beside their evidence, and beside other sentences of its articles."""
        return (
            Rate(sum(value >= words for value in self.same), len(self.same)),
            Rate(sum(value >= words for value in self.other), len(self.other)),
        )

    def chosen(self) -> dict[str, float]:
        """The thresholds that these signals would choose."""

        def j(pair: tuple[float, float]) -> float:
            yes, no = self.bears(*pair)
            return yes.hits / yes.n - no.hits / no.n

        near, words = max(product(COSINES, SHARES), key=lambda pair: (round(j(pair), 3), pair))
        fit = [at for at in SHARES if (no := self.is_same(at)[1]).hits <= MOST_OTHERS * no.n]
        return {"BEARS_COSINE": near, "BEARS_WORDS": words, "SAME_WORDS": min(fit, default=SHARES[-1])}


def _passing(values: Sequence[tuple[float, float]], near: float, words: float) -> Rate:
    return Rate(sum(value[0] >= near or value[1] >= words for value in values), len(values))


def signals(held: Sequence[Truth], vectors: Mapping[str, Vector]) -> Signals:
    """Measure the reference sentences of a split against their evidence and against what is none."""
    draw = random.Random(SEED)  # noqa: S311 - a sample, no secret
    found = Signals([], [], [], [])
    pool = list({id(s): s for truth in held for s in truth.around}.values())
    for truth in held:
        mine, bearing = {id(s) for s in truth.around}, {id(s) for s in truth.bearing}
        asked, claim = asked_words(truth.question), content(truth.text)

        def pair(s: EvidenceSentence, truth: Truth = truth, asked: Any = asked) -> tuple[float, float]:
            return cosine(vectors.get(truth.question), s.vector), share(asked, _told(s))

        found.bearing.extend(pair(s) for s in truth.bearing)
        found.strange.extend(pair(s) for s in draw.sample(pool, min(OTHERS, len(pool))) if id(s) not in mine)
        found.same.append(max(share(claim, _told(s)) for s in truth.bearing))
        found.other.extend(share(claim, _told(s)) for s in truth.around if id(s) not in bearing)
    return found


def _told(sentence: EvidenceSentence) -> frozenset[str]:
    return content(sentence.text) | content(sentence.sentence.speaker or "")


async def relevance_rates(held: Sequence[Truth], embedder: Embedder) -> dict[str, Any]:
    """What passes at the thresholds in force, and those that this split would choose."""
    asked = sorted({truth.question for truth in held})
    found = signals(held, dict(zip(asked, await embedder.embed(asked), strict=True)))
    evidence, strange = found.bears(BEARS_COSINE, BEARS_WORDS)
    same, other = found.is_same(SAME_WORDS)
    return {
        "evidence bears on its question": evidence.as_dict(),
        "sentences of other stories do": strange.as_dict(),
        "truths are about their evidence": same.as_dict(),
        "truths are about other sentences of it": other.as_dict(),
        "chosen": found.chosen(),
    }
