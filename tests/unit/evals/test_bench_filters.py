from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evals.bench.filters import FilterCost, WordEmbedder, filter_cases, kept, measure_filters
from service.domain.article import Article

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SUBJECTS = ("harbour cranes", "maize prices", "railway signals", "hospital beds", "river floods")


def articles(n: int) -> list[Article]:
    return [
        Article(
            id=f"a-{i}",
            headline=f"{SUBJECTS[i % 5]} {i}",
            text=f"Report {i} tells of {SUBJECTS[i % 5]} in district {i % 7}.\n\nThe council met on {i}.",
            source=f"Outlet {i % 3}",
            section=SUBJECTS[i % 5],
            published_at=NOON + timedelta(days=i),
        )
        for i in range(n)
    ]


async def test_a_filter_loses_nothing_and_lets_nothing_else_through(tmp_path):
    passages, costs = await measure_filters(articles(60), tmp_path)
    assert passages == 60
    assert [cost.label for cost in costs] == ["no filter", *filter_cases(articles(60))]
    filtered = costs[1:]
    assert [cost.recall for cost in filtered] == [1.0] * len(filtered)
    assert [cost.astray for cost in filtered] == [0] * len(filtered)
    assert all(0 < cost.admitted < 1 for cost in filtered)
    assert costs[0].ratio == 1.0


async def test_words_that_two_texts_share_bring_their_vectors_together():
    near, query, far = await WordEmbedder().embed(["cranes at the harbour", "harbour cranes", "maize prices"])
    assert float(near @ query) > 0.9 > float(far @ query)


def test_a_filter_that_costs_loses_or_lets_through_too_much_is_told():
    plain = FilterCost("no filter", 1.0, 10.0, 20.0, 1.0, 1.0, 0)
    good = FilterCost("source", 0.5, 20.0, 30.0, 2.0, 1.0, 0)
    assert kept([plain, good])
    for worse in ({"ratio": 2.01}, {"recall": 0.999}, {"astray": 1}):
        assert not kept([plain, replace(good, **worse)])
