import random
import time

from service.adapters.minhash_copies import MinhashCopies
from tests.fakes.copies import DifflibCopies


def _texts(seed: int, n: int, words: int) -> list[str]:
    draw = random.Random(seed)  # noqa: S311 - made texts, no secrets
    lexicon = ["".join(draw.choices("aeioubdfgklmnprst", k=draw.randint(2, 9))) for _ in range(4_000)]
    return [" ".join(draw.choices(lexicon, k=words)) for _ in range(n)]


def test_it_groups_as_comparing_all_with_all_does():
    texts = []
    for i, text in enumerate(_texts(1, 12, 120)):
        words = text.split()
        texts += [text, " ".join(words[: 70 + 4 * i]), " ".join([*words[:40], "anders", *words[41:]])]
    assert [list(g) for g in MinhashCopies().groups(texts)] == [
        list(g) for g in DifflibCopies().groups(texts)
    ]


def test_the_candidates_of_a_question_are_grouped_in_milliseconds_once_their_texts_were_seen():
    texts, finder = _texts(2, 50, 300), MinhashCopies()
    finder.groups(texts)
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        finder.groups(texts)
        spent.append(time.perf_counter() - start)
    # 3 to 4 ms on two cores of a laptop's speed; the bound is loose, so that a busy machine does not fail it.
    assert min(spent) < 0.025
