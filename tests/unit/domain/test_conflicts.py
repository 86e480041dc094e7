from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from service.domain.answer import Evidence, EvidenceArticle, EvidenceSentence, SourcesDisagree
from service.domain.article import Article, Sentence
from service.domain.conflicts import find_conflicts

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
STORY = (
    "The harbour town of Halvik has talked of little else since Monday, and the mayor, Greta Polk, told "
    "the council that an inquiry led by Judge Carla Montfort would report before the summer."
)
ELSEWHERE = "Eggs were dearer again in Tollmark, where the bakers of Upper Stennet ration their customers."
SAME_SUBJECT = np.array([1.0, 0.0], np.float32)


def report(
    n: int, words: str, *, hours: float = 0, source: str = "Post", story: str = STORY, corrected: bool = False
) -> EvidenceArticle:
    text = f"{story}\n\n{words}"
    start = len(story) + 2
    article = Article(f"a-{n}", "H", text, source=source, published_at=NOON + timedelta(hours=hours))
    sentence = EvidenceSentence(n, 1, Sentence(start, len(text), 1), words, SAME_SUBJECT, 0.5)
    return EvidenceArticle(n, article, 1, 0.5, corrected, (sentence,))


def conflicts(*reports: EvidenceArticle) -> tuple[SourcesDisagree, ...]:
    return find_conflicts(Evidence(reports))


def between(earlier: str, later: str, *, hours: float = 2) -> str | None:
    found = conflicts(report(1, earlier), report(2, later, hours=hours, source="Mail"))
    return found[0].kind if found else None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The stand held 1,100 fans when it collapsed.",
            "The stand held 1,400 fans when it collapsed, a guard said.",
        ),
        (
            "The bridge cost 12 million crowns to repair.",
            "Repairs to the bridge cost 19 million crowns, papers show.",
        ),
        ("The rally drew 4,000 people, police said.", "Organisers said 12,000 people joined the rally."),
        (
            "The ship carried 63 containers of waste.",
            "Customs officers counted 58 containers of waste on the ship.",
        ),
        ("The train was travelling at 94 km/h.", "The authority said the train was travelling at 71 km/h."),
        (
            "The order follows 214 complaints.",
            "The council that gave the order had just 41 complaints on its books.",
        ),
        (
            "The reactor did not leak during the storm.",
            "The reactor leaked during the storm, an inspector said.",
        ),
        (
            "The council approved the tower plan at midnight.",
            "The council rejected the tower plan at midnight.",
        ),
        ("Sixty-three people hid in the trailers.", "The ministry said 58 people hid in the trailers."),
    ],
)
def test_two_outlets_that_cannot_both_be_right_disagree(one, other):
    assert between(one, other) == "disagree"


@pytest.mark.parametrize(
    ("earlier", "later", "hours"),
    [
        ("Eleven people were hurt when the stand collapsed.", "The collapse of the stand hurt 14 people.", 1),
        ("Four people died in the flood.", "Nine people have died in the flood.", 8),
        ("The flood left 40 people missing.", "The flood has left 61 people missing, rescuers said.", 3),
        (
            "Unemployment stood at 5.1 per cent of the town's workers.",
            "Unemployment rose to 5.6 per cent.",
            40,
        ),
        ("The reservoir is 31 per cent full.", "The reservoir was 58 per cent full on Friday.", 900),
        ("The forbidden zone round the crater is 4 km wide.", "The forbidden zone is now 9 km wide.", 30),
        (
            "The road over the pass is closed to lorries.",
            "The road over the pass has reopened to lorries.",
            30,
        ),
        (
            "The court put the award at 85,000 crowns.",
            "The appeal court cut the award to 30,000 crowns.",
            4000,
        ),
    ],
)
def test_a_later_state_is_a_change_and_no_disagreement(earlier, later, hours):
    assert between(earlier, later, hours=hours) == "changed_since"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The dairy expected profit of 96 million florins.", "The dairy's profit was 81 million florins."),
        ("A flat in Hesper costs 1,480 florins a month.", "A flat in Fennimore costs 940 florins a month."),
        ("The festival drew 61,200 visitors in 2025.", "The festival drew 58,900 visitors in 2024."),
        ("The festival drew 61,200 visitors.", "In 2021 the festival drew 58,900 visitors."),
        ("About 3,100 pupils sat the paper.", "The paper was sat by 3,120 pupils."),
        ("More than 60 people were hurt in the crash.", "The crash hurt 64 people."),
        ("Up to 80 people were hurt in the crash.", "The crash hurt 64 people."),
        ("The fair made 1.9 million crowns.", "The fair made 1,912,000 crowns."),
        (
            "Farmers asked for 40 florins a bird in aid.",
            "The ministry pays farmers 24 florins a bird in aid.",
        ),
        ("Sales of the firm rose 4 per cent.", "Sales of the firm rose 7 per cent last year."),
        ("The dividend was 22 cents a share.", "The dividend rises to 27 cents a share, from 22 cents."),
        ("The limit at the curve was 60 km/h.", "The train took the curve at 71 km/h."),
        (
            "The strike of nine days cost 38 million florins.",
            "The carrier said the detour cost 210,000 florins.",
        ),
        ("Police took 30 photographs of the tower.", "The tower has 34 floors."),
        ("The union has 301 members.", "The union said 264 of its 301 members stayed out."),
        ("The mayor did not attend the talks in Lomar.", "The mayor attended the talks in Orlin."),
        ("The minister has not been asked to leave.", "The envoy was asked to come home."),
        ("The trial opens on 3 May at 10 a.m. in court.", "The trial opens on 5 May at 11 a.m. in court."),
        ("The crane is 58 m high and stands at Gate 4.", "The crane stands at Gate 2."),
        ("Two of the trailers held 63 people.", "Three dogs were found in the trailers."),
    ],
)
def test_figures_of_different_things_times_or_places_are_no_conflict(one, other):
    assert between(one, other) is None


def test_equal_words_of_another_story_are_no_conflict():
    one = report(1, "Eleven people were hurt when the stand collapsed.")
    other = report(2, "Fourteen people were hurt when the stand collapsed.", source="Mail", story=ELSEWHERE)
    assert conflicts(one, other) == ()


def test_a_correction_by_the_same_outlet_is_a_change():
    one = report(1, "Some 27 schools are affected by the leak.")
    assert [c.kind for c in conflicts(one, report(2, "The leak affected 22 schools.", hours=1))] == [
        "changed_since"
    ]


def test_a_corrected_article_puts_another_outlets_figure_right():
    later = report(2, "The leak affected 22 schools.", hours=1, source="Mail", corrected=True)
    assert [c.kind for c in conflicts(report(1, "The leak affected 27 schools."), later)] == ["changed_since"]


def test_each_side_is_quoted_in_the_words_of_its_article_and_the_newest_stands_first():
    first, second = "The leak affected 27 schools.", "Just 22 schools are affected by the leak."
    evidence = Evidence((report(1, first), report(2, second, hours=3, source="Mail")))
    (found,) = find_conflicts(evidence)
    assert found.about == "schools"
    assert [(side.n, side.quote.text) for side in found.sides] == [(2, second), (1, first)]
    for side in found.sides:
        stored = evidence.articles[side.n - 1].article.text
        assert stored[side.quote.start : side.quote.end] == side.quote.text


def test_three_accounts_of_one_thing_are_one_conflict():
    speeds = [f"The train was travelling at {speed} km/h." for speed in (94, 71, 88)]
    found = conflicts(*(report(n, words, hours=n, source=f"S{n}") for n, words in enumerate(speeds, start=1)))
    assert [len(conflict.sides) for conflict in found] == [3]


def test_a_conflict_beside_what_the_answer_quotes_is_left_out():
    evidence = Evidence(
        (
            report(1, "The leak affected 27 schools."),
            report(2, "The leak affected 22 schools.", source="Mail", hours=1),
            report(3, "The tower has 34 floors.", source="News", hours=1),
        )
    )
    quoted = evidence.articles[2].sentences
    assert find_conflicts(evidence, quoted) == ()
    assert len(find_conflicts(evidence, evidence.articles[0].sentences)) == 1


def test_no_more_conflicts_are_shown_than_asked_for():
    evidence = Evidence(
        (report(1, "The leak affected 27 schools."), report(2, "The leak affected 22 schools."))
    )
    assert find_conflicts(evidence, limit=0) == ()


def test_articles_without_dates_can_disagree():
    one, other = report(1, "The leak affected 27 schools."), report(2, "The leak affected 22 schools.")
    undated = [
        EvidenceArticle(
            held.n,
            Article(held.article.id, "H", held.article.text),
            1,
            0.5,
            corrected=False,
            sentences=held.sentences,
        )
        for held in (one, other)
    ]
    assert [c.kind for c in conflicts(*undated)] == ["disagree"]
