"""A model call that ends, whatever the provider does: deadline, retries, other models, breaker, limits.

Retried is what may pass, and only before the first byte. A model that fails is followed by the next of the
list: before a first byte silently, after it with a `Restart`, at which the caller decides whether what it has
shown so far can still be replaced.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from service.domain.chat import ChatRequest, CompletionEnd, CompletionPart, Restart
from service.domain.errors import (
    ModelMisbehaved,
    ModelRejected,
    ModelUnavailable,
    OverBudget,
    RateLimited,
    ServiceError,
    TimedOut,
    UpstreamError,
)
from service.pipelines.budget import Budget, Reservation
from service.ports import ChatModel
from service.telemetry import MODEL_CALLS, MODEL_COST, MODEL_FALLBACKS, MODEL_RETRIES, MODEL_TOKENS

CHARS_PER_TOKEN: Final = 3
"""For a reply without a usage, as when it broke off: rather too many tokens than too few."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How much is tried, and for how long.

    Args:
        total_s: Seconds for a call with all its retries and fallbacks.
        queue_s: Seconds to wait for a free place among the concurrent calls.
        retries: Calls that are made again, for each model.
        backoff_s: The longest pause before the first retry; the pause is random up to it.
        failures: So many failures in a row open a model's breaker.
        cooldown_s: Seconds until one call may try a model whose breaker is open.
    """

    total_s: float = 60.0
    queue_s: float = 2.0
    retries: int = 1
    backoff_s: float = 0.5
    failures: int = 5
    cooldown_s: float = 30.0


@dataclass(slots=True)
class Breaker:
    """Keeps calls from a model that has failed several times in a row."""

    policy: Policy
    failed: int = 0
    closed_at: float = 0.0

    def wait_s(self) -> float:
        """Seconds until a call may be tried; 0.0 where it may now."""
        return max(0.0, self.closed_at - time.monotonic())

    def tried(self) -> None:
        """A call begins: where the breaker was open, others wait for how it ends."""
        if self.failed >= self.policy.failures:
            self.closed_at = time.monotonic() + self.policy.cooldown_s

    def succeeded(self) -> None:
        """The model answered."""
        self.failed, self.closed_at = 0, 0.0

    def failed_with(self, error: ServiceError) -> None:
        """The model failed; where it asks to wait, the wait is kept."""
        self.failed += 1
        wait = error.retry_after_s if isinstance(error, RateLimited) else None
        if self.failed >= self.policy.failures or wait:
            self.closed_at = time.monotonic() + (wait or self.policy.cooldown_s)


@dataclass(slots=True, eq=False)
class ModelCalls:
    """A `ChatModel` over one model and its fallbacks.

    Args:
        models: The model, then those that stand in for it, in order.
        budget: What calls may cost.
        policy: How much is tried.
        concurrency: Calls at once.
    """

    models: tuple[ChatModel, ...]
    budget: Budget
    policy: Policy = Policy()
    concurrency: int = 8
    _slots: asyncio.Semaphore = field(init=False)
    _breakers: dict[str, Breaker] = field(init=False)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.concurrency)
        self._breakers = {model.name: Breaker(self.policy) for model in self.models}

    @property
    def name(self) -> str:
        """The first model's name."""
        return self.models[0].name

    async def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """The first model's price."""
        return await self.models[0].price(prompt_tokens, completion_tokens)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[CompletionPart]:
        """Text as it comes and one end, within the policy's time.

        Raises:
            OverBudget: The day's budget or the number of calls at once is spent.
            UpstreamError, ModelRejected: All models failed; it is the first one's error.
        """
        deadline = asyncio.get_running_loop().time() + self.policy.total_s
        async with self._slot():
            first: ServiceError | None = None
            for at, model in enumerate(self.models):
                begun = False
                try:
                    async with aclosing(self._tried(model, request, deadline)) as parts:
                        async for part in parts:
                            begun = True
                            yield part
                except (UpstreamError, ModelRejected) as error:
                    first = first or error
                    if isinstance(error, OverBudget) or _passed(deadline):
                        break
                    if at + 1 < len(self.models):
                        MODEL_FALLBACKS.labels(model.name).inc()
                        if begun:
                            yield Restart()
                    continue
                return
            raise first or ModelUnavailable("no model is configured")

    @asynccontextmanager
    async def _slot(self) -> AsyncGenerator[None]:
        """A place among the concurrent calls."""
        try:
            async with asyncio.timeout(self.policy.queue_s):
                await self._slots.acquire()
        except TimeoutError:
            raise OverBudget("too many model calls at once", retry_after_s=self.policy.queue_s) from None
        try:
            yield
        finally:
            self._slots.release()

    async def _tried(
        self, model: ChatModel, request: ChatRequest, deadline: float
    ) -> AsyncGenerator[CompletionPart]:
        """One model, again where that makes sense."""
        breaker = self._breakers[model.name]
        for attempt in range(self.policy.retries + 1):
            if wait := breaker.wait_s():
                raise ModelUnavailable("the model has failed repeatedly", retry_after_s=wait)
            breaker.tried()
            begun = False
            try:
                async with aclosing(self._once(model, request, deadline)) as parts:
                    async for part in parts:
                        begun = True
                        yield part
            except OverBudget:
                raise
            except ServiceError as error:
                breaker.failed_with(error)
                pause = self._pause(error, attempt, deadline)
                if begun or pause is None:
                    raise
                MODEL_RETRIES.labels(model.name).inc()
                await asyncio.sleep(pause)
                continue
            breaker.succeeded()
            return

    def _pause(self, error: ServiceError, attempt: int, deadline: float) -> float | None:
        """Seconds before the next attempt; None where there is none that makes sense.

        What has timed out or sent a reply that is none has had its time.
        """
        if (
            attempt >= self.policy.retries
            or not error.retryable
            or isinstance(error, TimedOut | ModelMisbehaved)
        ):
            return None
        # Full jitter, so that callers who failed together do not come back together.
        pause = random.uniform(0, self.policy.backoff_s * 2**attempt)  # noqa: S311 - no secret
        pause = max(pause, error.retry_after_s or 0.0)
        patient = pause <= 4 * self.policy.backoff_s and not _passed(deadline - pause)
        return pause if patient else None

    async def _once(
        self, model: ChatModel, request: ChatRequest, deadline: float
    ) -> AsyncGenerator[CompletionPart]:
        """One call, reserved and settled however it ends."""
        held = await self.budget.reserve(model, request)
        chars, outcome, end = 0, "abandoned", None
        try:
            async with aclosing(model.stream(request)) as parts:
                while end is None:
                    try:
                        async with asyncio.timeout_at(deadline):
                            part = await anext(parts)
                    except TimeoutError:
                        raise TimedOut("the model did not answer in time") from None
                    except StopAsyncIteration:
                        raise ModelUnavailable("the model's reply broke off") from None
                    if isinstance(part, CompletionEnd):
                        end, outcome = part, "ok"
                    elif isinstance(part, str):
                        chars += len(part)
                    yield part
        except ServiceError as error:
            outcome = error.code
            raise
        finally:
            MODEL_CALLS.labels(model.name, outcome).inc()
            self._settle(model.name, held, end, chars, outcome)

    def _settle(
        self, name: str, held: Reservation, end: CompletionEnd | None, chars: int, outcome: str
    ) -> None:
        if end is not None:
            usage = end.usage
            prompt, written, usd = usage.prompt_tokens, usage.completion_tokens, usage.cost_usd
        elif not chars and outcome in {RateLimited.code, ModelRejected.code}:
            prompt, written, usd = 0, 0, 0.0  # turned away at the door: nobody bills that
        else:
            prompt, written = held.prompt_tokens, -(-chars // CHARS_PER_TOKEN)
            usd = held.usd * min(1.0, (prompt + written) / held.tokens)
        self.budget.settle(held, prompt + written, usd)
        MODEL_TOKENS.labels(name, "prompt").inc(prompt)
        MODEL_TOKENS.labels(name, "completion").inc(written)
        MODEL_COST.labels(name).inc(usd or 0.0)


def _passed(deadline: float) -> bool:
    return asyncio.get_running_loop().time() >= deadline
