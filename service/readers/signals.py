"""What models say about a claim and the sentences that it points at, asked before the check."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from service.domain.answer import EvidenceSentence
from service.domain.article import Vector
from service.domain.labels import sentences_of
from service.domain.prose import clauses
from service.domain.relevance import cosine
from service.ports import Embedder, Entailment


@dataclass(slots=True, eq=False)
class ClaimSignals:
    """Cosines, and entailment where a model for it is set, of claims that were announced.

    Args:
        embedder: Makes the claims' vectors; None: nothing is known of cosines.
        entailment: An NLI model; None: nothing is known of entailment.
    """

    embedder: Embedder | None = None
    entailment: Entailment | None = None
    _vectors: dict[str, Vector] = field(default_factory=dict)
    _entailed: dict[tuple[str, str], float] = field(default_factory=dict)

    async def learn(self, claim: str, cited: Sequence[EvidenceSentence]) -> None:
        """Ask about all clauses of a claim and the sentences that it points at."""
        parts = list(dict.fromkeys(part for text in (claim, *sentences_of(claim)) for part in clauses(text)))
        await self._embed(parts)
        if self.entailment is not None:
            pairs = [(sentence.text, part) for part in parts for sentence in cited]
            found = await self.entailment.entail(pairs)
            self._entailed.update(zip(pairs, found, strict=True))

    async def _embed(self, parts: Iterable[str]) -> None:
        wanted = [part for part in parts if part not in self._vectors]
        if self.embedder is not None and wanted:
            self._vectors.update(zip(wanted, await self.embedder.embed(wanted), strict=True))

    def near(self, clause: str, sentence: EvidenceSentence) -> float | None:
        """Cosine of a clause and a sentence; None where the clause was not announced."""
        vector = self._vectors.get(clause)
        return None if vector is None else cosine(vector, sentence.vector)

    def entailed(self, clause: str, sentence: EvidenceSentence) -> float | None:
        """Probability that the sentence entails the clause; None where it was not asked."""
        return self._entailed.get((sentence.text, clause))
