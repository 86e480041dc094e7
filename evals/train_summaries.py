"""`python -m evals.train_summaries`: learns the weights of `service/domain/salience.py` on dev.

A ridge-penalised logistic regression, by Newton's method, of whether a reference holds a word.
"""

import numpy as np
from numpy.typing import NDArray

from evals.corpus import CorpusArticle, read_corpus
from evals.references import of_split, read_references
from evals.terminal import OWN_CORPUS, stdout_console
from service.adapters.nupunkt_sentences import NupunktSentences
from service.domain.answer import EvidenceSentence
from service.domain.chunking import find_sentences
from service.domain.salience import FEATURES, matter, word_features
from service.domain.text import normalise

PENALTY = 3.0
ROUNDS = 30
NO_VECTOR = np.zeros(1, np.float32)


def rows_of(article: CorpusArticle, reference: str) -> list[tuple[tuple[float, ...], bool]]:
    """Each word of an article: its features, and whether the reference holds it."""
    text = normalise(article.text)
    found = find_sentences(text, NupunktSentences().split)
    sentences = [
        EvidenceSentence(1, n, s, text[s.start : s.end], NO_VECTOR, 1.0) for n, s in enumerate(found, start=1)
    ]
    wanted = matter(reference)
    features = word_features(sentences, list(range(len(sentences))), matter(article.headline))
    return [(row, word in wanted) for word, row in features.items()]


def fit(rows: list[tuple[tuple[float, ...], bool]]) -> NDArray[np.float64]:
    """The weights, in the order of FEATURES."""
    seen = np.array([row for row, _ in rows])
    held = np.array([is_held for _, is_held in rows], np.float64)
    weights = np.zeros(seen.shape[1])
    for _ in range(ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-seen @ weights))
        slope = seen.T @ (chance - held) + PENALTY * weights
        bend = (seen * (chance * (1.0 - chance))[:, None]).T @ seen + PENALTY * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    return weights


def main() -> None:
    """Print the weights as the module has them."""
    corpus = read_corpus(OWN_CORPUS)
    rows = []
    for reference in of_split(read_references(), "dev"):
        if reference.kind == "article":
            rows += rows_of(corpus.articles[reference.article_ids[0]], reference.text)
    out = stdout_console()
    out.print(f"{len(rows)} words", highlight=False)
    for name, weight in zip(FEATURES, fit(rows).tolist(), strict=True):
        out.print(f'    "{name}": {weight:.2f},', highlight=False, markup=False)


if __name__ == "__main__":
    main()
