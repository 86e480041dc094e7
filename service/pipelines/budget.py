"""What model calls may cost a day: reserved before a call, settled after it, counted also where it failed."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from service.domain.chat import ChatRequest
from service.domain.errors import OverBudget
from service.ports import BudgetStore, ChatModel, Clock, Spent

BYTES_PER_TOKEN: Final = 2
"""A prompt has fewer tokens than half its bytes: tokenisers of byte pairs take some four bytes of English."""
MESSAGE_TOKENS: Final = 16
"""What a message costs beside its text, at most."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one call may cost, held until it is settled."""

    day: date
    prompt_tokens: int
    tokens: int
    usd: float


@dataclass(slots=True, eq=False)
class Budget:
    """The day's spending, and its limits.

    What is reserved is written before the call begins, so a crash counts as spent what was under way. A call
    is never begun that could pass a limit. Days are those of UTC.

    Args:
        store: Keeps the spending over a restart.
        clock: Says which day it is.
        daily_usd: US dollars a day at most; None: no limit.
        daily_tokens: Tokens a day at most; None: no limit.
    """

    store: BudgetStore
    clock: Clock
    daily_usd: float | None = None
    daily_tokens: int | None = None
    _spent: Spent | None = None
    _reserved: list[Reservation] = field(default_factory=list)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def reserve(self, model: ChatModel, request: ChatRequest) -> Reservation:
        """Hold what the call can cost at most.

        Raises:
            OverBudget: It could pass a limit of the day; or one in dollars is set and no price is known.
        """
        prompt = estimated_tokens(request)
        price = await model.price(prompt, request.max_tokens)
        if self.daily_usd is not None and price is None:
            raise OverBudget(
                "a limit on cost is set, and no price of the model is known: set daily_tokens instead"
            )
        async with self._lock:
            spent = await self._today()
            held = Reservation(spent.day, prompt, prompt + request.max_tokens, price or 0.0)
            total = self._with_reserved(spent, held)
            if _over(total.usd, self.daily_usd) or _over(total.tokens, self.daily_tokens):
                raise OverBudget(
                    "the day's budget for model calls is spent", retry_after_s=self._until_midnight()
                )
            if self.daily_usd is not None or self.daily_tokens is not None:
                await self.store.save(total)
            self._reserved.append(held)
        return held

    def settle(self, held: Reservation, tokens: int, usd: float | None) -> None:
        """Put what a call took in the place of what was held for it.

        Args:
            held: Its reservation; settled once.
            tokens: What it took, prompt and reply.
            usd: What it cost; None counts what was held.
        """
        self._reserved.remove(held)
        if self._spent is not None and self._spent.day == held.day:
            cost = held.usd if usd is None else usd
            self._spent = replace(self._spent, usd=self._spent.usd + cost, tokens=self._spent.tokens + tokens)

    async def flush(self) -> None:
        """Write what was settled since the last call began."""
        async with self._lock:
            if self._spent is not None and (self.daily_usd is not None or self.daily_tokens is not None):
                await self.store.save(self._with_reserved(self._spent))

    async def _today(self) -> Spent:
        """The day's spending, read once and begun anew at midnight."""
        if self._spent is None:
            self._spent = await self.store.load()
        day = self.clock.now().astimezone(UTC).date()
        if self._spent is None or self._spent.day != day:
            self._spent = Spent(day)
        return self._spent

    def _with_reserved(self, spent: Spent, *more: Reservation) -> Spent:
        held = [r for r in (*self._reserved, *more) if r.day == spent.day]
        return Spent(
            spent.day, spent.usd + sum(r.usd for r in held), spent.tokens + sum(r.tokens for r in held)
        )

    def _until_midnight(self) -> float:
        now = self.clock.now().astimezone(UTC)
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        return (midnight - now).total_seconds()


def estimated_tokens(request: ChatRequest) -> int:
    """Tokens of a request's messages, rather too many than too few."""
    size = sum(len(message.content.encode()) for message in request.messages)
    return size // BYTES_PER_TOKEN + MESSAGE_TOKENS * len(request.messages)


def _over(total: float, limit: float | None) -> bool:
    return limit is not None and total > limit
