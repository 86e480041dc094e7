"""Calls that end whatever the provider does."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, date, datetime

import pytest

from service.adapters.budget_file import BudgetFile
from service.domain.answer import Usage
from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart, Message, Restart
from service.domain.errors import (
    Misconfigured,
    ModelMisbehaved,
    ModelRejected,
    ModelUnavailable,
    OverBudget,
    RateLimited,
    ServiceError,
    TimedOut,
)
from service.pipelines.budget import Budget, estimated_tokens
from service.pipelines.model_calls import ModelCalls, Policy
from service.ports import Spent

REQUEST = ChatRequest((Message("user", "x" * 200),), 100)
QUICK = Policy(total_s=1.0, queue_s=0.05, backoff_s=0.01, failures=3, cooldown_s=0.2)


def end(name: str = "a", usd: float | None = 0.01) -> CompletionEnd:
    return CompletionEnd("stop", Usage(50, 10, usd), name)


class Kept:
    """A budget store in memory."""

    def __init__(self, spent: Spent | None = None) -> None:
        self.spent = spent
        self.saved: list[Spent] = []

    async def load(self) -> Spent | None:
        return self.spent

    async def save(self, spent: Spent) -> None:
        self.spent = spent
        self.saved.append(spent)


class At:
    """A clock that stands."""

    def __init__(self, moment: datetime = datetime(2026, 6, 9, 12, tzinfo=UTC)) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Model:
    """Plays one script a call; the last again and again."""

    def __init__(
        self, name: str, *scripts: Sequence[CompletionPart | Exception | float], price: float | None = 0.001
    ) -> None:
        self.name, self.scripts, self.each = name, list(scripts), price
        self.calls = 0
        self.under_way = 0
        self.most = 0

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        return None if self.each is None else (prompt_tokens + completion_tokens) * self.each

    async def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:
        script = self.scripts[min(self.calls, len(self.scripts) - 1)]
        self.calls += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for part in script:
                if isinstance(part, float):
                    await asyncio.sleep(part)
                elif isinstance(part, Exception):
                    raise part
                else:
                    yield part
        finally:
            self.under_way -= 1


def calls(*models: Model, policy: Policy = QUICK, concurrency: int = 8, **budget) -> ModelCalls:
    kept = budget.pop("store", Kept())
    clock = budget.pop("clock", At())
    return ModelCalls(models, Budget(kept, clock, **budget), policy, concurrency)


async def all_of(made: ModelCalls) -> list[CompletionPart]:
    return [part async for part in made.stream(REQUEST)]


async def test_a_reply_passes_as_it_comes():
    assert await all_of(calls(Model("a", ["x", "y", end()]))) == ["x", "y", end()]


async def test_what_may_pass_is_tried_again_before_the_first_byte():
    model = Model("a", [ModelUnavailable("x")], ["ok", end()])
    assert await all_of(calls(model)) == ["ok", end()]
    assert model.calls == 2


async def test_retries_are_bounded():
    model = Model("a", [ModelUnavailable("x")])
    with pytest.raises(ModelUnavailable):
        await all_of(calls(model))
    assert model.calls == 2


@pytest.mark.parametrize(
    "parts",
    [
        ["text", ModelUnavailable("x")],
        [ModelRejected("x")],
        [TimedOut("x")],
        [ModelMisbehaved("x")],
        [RateLimited("x", retry_after_s=9.0)],
    ],
)
async def test_what_cannot_pass_or_has_begun_is_not_tried_again(parts):
    model = Model("a", parts)
    with pytest.raises(ServiceError):
        await all_of(calls(model))
    assert model.calls == 1


async def test_the_next_model_stands_in_for_one_that_fails():
    first, second = Model("a", [ModelRejected("x")]), Model("b", ["ok", end("b")])
    assert await all_of(calls(first, second)) == ["ok", end("b")]


async def test_a_model_that_fails_after_its_first_byte_is_followed_by_a_restart():
    first, second = Model("a", ["half", ModelUnavailable("x")]), Model("b", ["ok", end("b")])
    assert await all_of(calls(first, second)) == ["half", Restart(), "ok", end("b")]


async def test_no_further_model_is_asked_once_the_caller_stops_at_a_restart():
    first, second = Model("a", ["half", ModelUnavailable("x")]), Model("b", ["ok", end("b")])
    parts = calls(first, second).stream(REQUEST)
    assert [await anext(parts), await anext(parts)] == ["half", Restart()]
    await parts.aclose()
    assert second.calls == 0


async def test_when_all_fail_it_is_the_first_ones_error():
    first, second = (
        Model("a", [RateLimited("first", retry_after_s=9)]),
        Model("b", [ModelUnavailable("second")]),
    )
    with pytest.raises(RateLimited, match="first"):
        await all_of(calls(first, second))


async def test_a_call_ends_at_its_deadline_whatever_the_model_does():
    policy = Policy(total_s=0.2, backoff_s=0.01)
    made = calls(Model("a", [5.0, "late", end()]), Model("b", ["ok", end("b")]), policy=policy)
    before = asyncio.get_running_loop().time()
    with pytest.raises(TimedOut):
        await all_of(made)
    assert asyncio.get_running_loop().time() - before < 0.4


async def test_a_stream_that_drips_ends_at_the_deadline_too():
    policy = Policy(total_s=0.2, backoff_s=0.01)
    drip = [part for _ in range(50) for part in ("x", 0.02)]
    with pytest.raises(TimedOut):
        await all_of(calls(Model("a", drip), policy=policy))


async def test_a_model_that_keeps_failing_is_left_alone_for_a_while():
    model = Model("a", *[[ModelUnavailable("x")]] * 3, ["ok", end()])
    made = calls(model)
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            await all_of(made)
    asked = model.calls
    with pytest.raises(ModelUnavailable, match="repeatedly"):
        await all_of(made)
    assert model.calls == asked == 3
    await asyncio.sleep(0.25)
    assert await all_of(made) == ["ok", end()]
    assert await all_of(made) == ["ok", end()]


async def test_a_model_that_asks_to_wait_is_not_asked_before():
    model = Model("a", [RateLimited("x", retry_after_s=0.3)], ["ok", end()])
    made = calls(model)
    with pytest.raises(RateLimited):
        await all_of(made)
    with pytest.raises(ModelUnavailable):
        await all_of(made)
    assert model.calls == 1


async def test_no_more_calls_run_at_once_than_are_allowed():
    model = Model("a", [0.15, "ok", end()])
    made = calls(model, concurrency=2)
    outcomes = await asyncio.gather(*(all_of(made) for _ in range(4)), return_exceptions=True)
    assert model.most == 2
    assert sum(isinstance(outcome, OverBudget) for outcome in outcomes) == 2
    assert await all_of(made) == ["ok", end()]


async def test_a_call_that_is_left_stops_and_frees_its_place():
    model = Model("a", ["x", 5.0, end()])
    made = calls(model, concurrency=1)
    parts = made.stream(REQUEST)
    await anext(parts)
    await parts.aclose()
    assert model.under_way == 0
    again = made.stream(REQUEST)
    assert await anext(again) == "x"
    await again.aclose()


async def test_a_day_never_costs_more_than_its_limit():
    store = Kept()
    made = calls(Model("a", ["ok", end(usd=0.2)]), store=store, daily_usd=1.0)
    for _ in range(4):  # 0.2 each; the fifth could cost 0.216 beside the 0.8
        await all_of(made)
    with pytest.raises(OverBudget) as refused:
        await all_of(made)
    assert store.spent is not None
    assert store.spent.usd <= 1.0
    assert refused.value.retry_after_s == 12 * 3_600


async def test_calls_at_the_same_time_cannot_pass_the_limit_together():
    made = calls(Model("a", [0.05, "ok", end(usd=0.2)]), daily_usd=0.5)
    outcomes = await asyncio.gather(*(all_of(made) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(outcome, list) for outcome in outcomes) == 2


async def test_what_is_spent_outlives_a_restart(tmp_path):
    file = BudgetFile(tmp_path / "budget.json")
    made = calls(Model("a", ["ok", end()]), store=file, daily_tokens=300)
    await all_of(made)
    await made.budget.flush()
    kept = await file.load()
    assert kept == Spent(date(2026, 6, 9), 0.01, 60)
    crowded = calls(Model("a", ["ok", end()]), store=file, daily_tokens=250)
    with pytest.raises(OverBudget):
        await all_of(crowded)


async def test_a_crash_under_way_counts_what_was_reserved():
    store = Kept()
    made = calls(Model("a", ["x", 5.0, end()]), store=store, daily_usd=10.0)
    parts = made.stream(REQUEST)
    await anext(parts)
    assert store.spent is not None
    assert store.spent.tokens == estimated_tokens(REQUEST) + REQUEST.max_tokens
    await parts.aclose()


async def test_a_new_day_begins_anew():
    clock = At()
    made = calls(Model("a", ["ok", end(usd=0.2)]), clock=clock, daily_usd=0.3)
    await all_of(made)
    with pytest.raises(OverBudget):
        await all_of(made)
    clock.moment = datetime(2026, 6, 10, 0, 1, tzinfo=UTC)
    assert await all_of(made)


@pytest.mark.parametrize(
    ("parts", "counted"),
    [
        (["x" * 300, ModelUnavailable("x")], estimated_tokens(REQUEST) + 100),
        ([TimedOut("x")], estimated_tokens(REQUEST)),
        ([ModelRejected("x")], 0),
    ],
)
async def test_failed_calls_count_as_far_as_they_may_be_billed(parts, counted):
    made = calls(Model("a", parts), daily_tokens=10_000)
    with pytest.raises(ServiceError):
        await all_of(made)
    await made.budget.flush()
    store = made.budget.store
    assert isinstance(store, Kept)
    assert store.spent is not None
    assert store.spent.tokens == counted


async def test_a_limit_in_dollars_refuses_a_model_whose_price_nobody_knows():
    with pytest.raises(OverBudget, match="price"):
        await all_of(calls(Model("a", ["ok", end()], price=None), daily_usd=1.0))
    assert await all_of(calls(Model("a", ["ok", end()], price=None)))


async def test_a_damaged_budget_file_is_named(tmp_path):
    (tmp_path / "budget.json").write_text("{", encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"budget\.json"):
        await BudgetFile(tmp_path / "budget.json").load()
