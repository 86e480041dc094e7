"""Whether a set is TOO EASY: what trivial systems reach on it, worked out once and kept by its digest."""

import contextlib
import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from evals import folding, systems
from evals.corpus import Corpus
from evals.golden import GoldenSet
from evals.metrics import score
from evals.records import write_lines
from evals.spans import gold_groups
from evals.systems import NAIVE, Embed, cache_dir, trivial

MAX_NAIVE: Final = 0.60
MAX_SIGNAL: Final = 0.82


@dataclass(frozen=True, slots=True)
class Easiness:
    """What a naive reader and the best single signal reach on the test questions."""

    naive_right: int
    answerable: int
    signal: str | None
    auc: float | None

    def complaints(self) -> Iterator[str]:
        """Why the set is too easy, if it is."""
        if self.answerable and self.naive_right / self.answerable > MAX_NAIVE:
            yield (
                f"a naive reader is right on {self.naive_right} of {self.answerable} answerable questions "
                f"(at most {MAX_NAIVE:.0%})"
            )
        if self.auc is not None and self.auc > MAX_SIGNAL:
            yield (
                f"one signal ({self.signal}) tells what is answerable with an AUC of {self.auc:.2f} "
                f"(at most {MAX_SIGNAL})"
            )

    def __str__(self) -> str:
        area = "" if self.auc is None else f"; best single signal {self.signal}, AUC {self.auc:.2f}"
        return (
            f"a naive reader is right on {self.naive_right} of {self.answerable} answerable questions{area}"
        )


def easiness(golden: GoldenSet, corpus: Corpus, embed: Embed) -> Easiness:
    """Run the trivial systems on the test questions, or take what was found before for the same set."""
    code = inspect.getsource(systems) + inspect.getsource(folding)
    key = hashlib.sha256(f"{golden.digest}\n{corpus.digest}\n{code}".encode()).hexdigest()[:32]
    path = cache_dir() / f"easiness-{key}.json"
    try:
        held: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Easiness(**held)
    except (OSError, ValueError, TypeError):
        pass
    found = _work_out(golden, corpus, embed)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
        write_lines(path, [json.dumps({name: getattr(found, name) for name in Easiness.__slots__})])
    return found


def _work_out(golden: GoldenSet, corpus: Corpus, embed: Embed) -> Easiness:
    questions = golden.split("test")
    run = trivial(questions, corpus, embed)
    texts = corpus.texts()
    stored = {(article, 1): text for article, text in texts.items()}
    right = 0
    for question, result in zip(questions, run.results[NAIVE], strict=True):
        if question.answerable:
            right += bool(score(result, question, gold_groups(question, texts), stored).right)
    signal = run.best_signal(questions)
    return Easiness(
        naive_right=right,
        answerable=sum(1 for q in questions if q.answerable),
        signal=signal[0] if signal else None,
        auc=round(signal[1], 4) if signal else None,
    )
