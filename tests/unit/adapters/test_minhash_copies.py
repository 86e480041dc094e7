import random

from service.adapters.minhash_copies import FEW, MinhashCopies
from tests.fakes.copies import DifflibCopies


def _texts(seed: int, n: int, words: int) -> list[str]:
    draw = random.Random(seed)  # noqa: S311 - made texts, no secrets
    lexicon = ["".join(draw.choices("aeioubdfgklmnprst", k=draw.randint(2, 12))) for _ in range(4_000)]
    return [" ".join(draw.choices(lexicon, k=words)) for _ in range(n)]


def test_many_texts_are_grouped_as_the_few_are():
    texts = []
    for i, text in enumerate(_texts(3, 30, 120)):
        words = text.split()
        texts += [text, " ".join(words[: 80 + i]), " ".join([*words[:40], "anders", *words[41:]])]
    assert len(texts) > FEW
    many = MinhashCopies().groups(texts)
    few = [group for at in range(0, 60, 3) for group in MinhashCopies().groups(texts[at : at + 3])]
    assert [len(group) for group in many][: len(few)] == [len(group) for group in few]


def test_it_groups_as_comparing_all_with_all_does():
    texts = []
    for i, text in enumerate(_texts(1, 12, 120)):
        words = text.split()
        texts += [text, " ".join(words[: 70 + 4 * i]), " ".join([*words[:40], "anders", *words[41:]])]
    assert [list(g) for g in MinhashCopies().groups(texts)] == [
        list(g) for g in DifflibCopies().groups(texts)
    ]
