"""The day's spending on model calls, in one small file of the data folder."""

import asyncio
import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from service.domain.errors import Misconfigured
from service.ports import Spent


@dataclass(frozen=True, slots=True)
class BudgetFile:
    """A `BudgetStore` in a file that is replaced whole, so that a crash leaves the old or the new one.

    Args:
        path: The file; its folder has to exist.
    """

    path: Path

    async def load(self) -> Spent | None:
        """What was kept last.

        Raises:
            Misconfigured: The file is not one of Byline's.
        """
        return await asyncio.to_thread(self._load)

    async def save(self, spent: Spent) -> None:
        """Keep it; on disk on return."""
        await asyncio.to_thread(self._save, spent)

    def _load(self) -> Spent | None:
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            return Spent(date.fromisoformat(kept["day"]), float(kept["usd"]), int(kept["tokens"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise Misconfigured(f"{self.path.name} in the data folder cannot be read: remove it") from error

    def _save(self, spent: Spent) -> None:
        beside = self.path.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(asdict(spent) | {"day": spent.day.isoformat()}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
