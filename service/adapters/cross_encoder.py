"""Cross-encoders of sentence-transformers: a `Reranker`, and an `Entailment` behind style `prose`."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from service.domain.errors import Misconfigured

BATCH: Final = 16
_ENTAILED: Final = "entail"
_NOT: Final = ("not_entail", "non_entail", "not entail")


class CrossEncoderModel:
    """A cross-encoder, loaded once; calls run off the event loop, one at a time.

    Args:
        name: A model or folder that sentence-transformers loads.
        threads: Threads of torch; None: as torch chooses.

    Raises:
        Misconfigured: It cannot be loaded.
    """

    def __init__(self, name: str, *, threads: int | None = None) -> None:
        self._model = _load(name, threads)
        self._lock = asyncio.Lock()
        self._name = name

    async def rerank(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """One score a text; larger is better.

        Raises:
            Misconfigured: The model gives no single score, as an NLI model does.
        """
        scores = await self._predict([(question, text) for text in texts])
        if scores.ndim != 1:
            raise Misconfigured(f"{self._name} gives {scores.shape[1]} scores a pair and cannot rerank")
        return [float(score) for score in scores]

    async def entail(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float]:
        """For each pair (premise, hypothesis) the probability that the first entails the second.

        Raises:
            Misconfigured: The model has no label for entailment.
        """
        if not pairs:
            return []
        at = self._entailment_label()
        scores = await self._predict(pairs)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return [float(row[at]) for row in powers / powers.sum(axis=1, keepdims=True)]

    def check_entailment(self) -> None:
        """Say at start whether the model can be used for `BYLINE_ANSWERS__NLI_MODEL`.

        Raises:
            Misconfigured: It has no label for entailment.
        """
        self._entailment_label()

    def _entailment_label(self) -> int:
        labels: dict[int, str] = {
            int(n): str(label).lower() for n, label in self._model.config.id2label.items()
        }
        found = [
            n for n, label in labels.items() if label.startswith(_ENTAILED) and not label.startswith(_NOT)
        ]
        if len(labels) < 2 or not found:  # noqa: PLR2004 - entailed or not
            raise Misconfigured(f"{self._name} has no label for entailment: it has {sorted(labels.values())}")
        return found[0]

    async def _predict(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        if not pairs:
            return np.zeros(0, dtype=np.float32)
        async with self._lock:
            raw = await asyncio.to_thread(
                self._model.predict, list(pairs), batch_size=BATCH, show_progress_bar=False
            )
        return np.asarray(raw, dtype=np.float32)


def _load(name: str, threads: int | None) -> Any:
    import torch
    from sentence_transformers import CrossEncoder

    if threads is not None:
        torch.set_num_threads(threads)
    try:
        model = CrossEncoder(name)
    except Exception as error:
        raise Misconfigured(f"the cross-encoder {name!r} cannot be loaded: {type(error).__name__}") from error
    # Raw scores: this module makes probabilities of them where it needs any.
    model.activation_fn = torch.nn.Identity()
    return model
