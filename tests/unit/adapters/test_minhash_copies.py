import random

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
