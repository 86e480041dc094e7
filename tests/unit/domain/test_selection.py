import random
from dataclasses import replace

import numpy as np

from service.domain.answer import Evidence
from service.domain.salience import weigh
from service.domain.selection import Limits, alike, repeats, select, stands
from tests.fakes.evidence import article_of
from tests.fakes.summaries import summary_task

STRIKE = (
    "Dockers at Port Alden walked out over night shifts on Tuesday. The union wants the roster withdrawn. "
    "Eleven ships are waiting outside the harbour. The weather was mild. "
    "Dockers at Port Alden walked out on Tuesday over night shifts. The ministry offered to mediate."
)


def chosen(text: str, **limits) -> list[str]:
    weighed = weigh(summary_task("brief", [text]).evidence)
    return [weighed.sentences[i].text for i in select(weighed, Limits(**limits))]


def test_the_words_of_a_selection_never_pass_the_limit():
    for words in range(4, 60):
        assert len(" ".join(chosen(STRIKE, words=words)).split()) <= words


def test_what_is_said_already_is_not_chosen_again():
    picked = chosen(STRIKE, words=200)
    assert sum(sentence.startswith("Dockers") for sentence in picked) == 1


def test_a_sentence_that_matters_goes_before_one_that_does_not():
    assert chosen(STRIKE, words=11)[0].startswith("Dockers at Port Alden walked out over")


def test_nothing_is_chosen_where_no_sentence_is_short_enough():
    assert chosen(STRIKE, words=3) == []


def test_a_sentence_that_leans_on_the_one_before_comes_behind_it_or_not_at_all():
    text = "Mayor Ines Varga opened the bridge. It had cost nine million crowns and two years of work."
    assert chosen(text, words=13, sentences=1) == ["Mayor Ines Varga opened the bridge."]
    assert chosen(text, words=40, wanted=500.0)[-1].startswith("It had cost")


def test_a_sentence_whose_speaker_is_known_stands_alone_since_the_name_is_shown():
    held = article_of("Rain fell. She said the bridge would stay shut for weeks.", 1, {2: "Ines Varga"})
    assert stands(held.sentences[1])
    assert not stands(article_of("Rain fell. She said it would stay shut.").sentences[1])


def test_the_name_that_is_shown_before_a_sentence_counts_as_words():
    held = article_of("Rain fell. She said the bridge would stay shut.", 1, {2: "Ines Varga"})
    weighed = weigh(Evidence((held,)))
    assert weighed.lengths.tolist() == [2, 9]


def test_sentences_with_near_vectors_or_shared_words_are_alike():
    few, many = frozenset({"crane", "fall"}), frozenset({"crane", "fall", "noon", "port"})
    assert alike(few, many, 0.1)
    assert alike(frozenset({"a"}), frozenset({"b"}), 0.95)
    assert not alike(frozenset(), frozenset(), 0.0)


def test_sentences_that_give_different_figures_do_not_say_the_same():
    was, now = frozenset({"2.7", "million", "hen", "kill"}), frozenset({"1.9", "million", "hen", "kill"})
    assert not alike(was, now, 0.99)
    assert alike(was, was | {"tuesday"}, 0.5)


def test_nothing_like_what_is_taken_elsewhere_is_chosen():
    weighed = weigh(summary_task("brief", [STRIKE]).evidence)
    taken = [weighed.sentences[0]]
    picked = [weighed.sentences[i] for i in select(weighed, Limits(200), taken=taken)]
    assert picked
    assert not any(repeats(sentence, taken) for sentence in picked)


def test_thousands_of_sentences_are_searched_within_seconds():
    draw = random.Random(3)  # noqa: S311 - made text, no secret
    lexicon = ["".join(draw.choices("aeioubdfgklmnprst", k=draw.randint(4, 9))) for _ in range(5_000)]
    text = " ".join(" ".join(draw.choices(lexicon, k=14)).capitalize() + "." for _ in range(3_000))
    weighed = weigh(summary_task("brief", [text]).evidence)
    assert len(select(weighed, Limits(100))) > 3


def test_weights_hold_for_evidence_without_a_sentence():
    weighed = weigh(Evidence())
    assert weighed.values.shape == (0,)
    assert select(weighed, Limits(100)) == ()


def test_a_sentence_without_a_vector_is_weighed_by_its_words():
    held = article_of("Dockers walked out on Tuesday over night shifts.")
    blank = np.zeros_like(held.sentences[0].vector)
    assert weigh(Evidence((held,))).values[0] > 0
    bare = replace(held, sentences=(replace(held.sentences[0], vector=blank),))
    assert weigh(Evidence((bare,))).values[0] > 0
