"""The summariser that needs no model: it chooses among the articles' own sentences."""

import asyncio
from collections.abc import AsyncGenerator

from service.domain.answer import Progress, ReadingEnd
from service.domain.summarising import summarise
from service.domain.summary import SummaryReading, SummaryTask


class ExtractiveSummary:
    """A `SummaryReader` whose every line is a sentence as it stands."""

    async def read(self, task: SummaryTask) -> AsyncGenerator[SummaryReading]:
        """The lines, all at once when they are chosen; nothing but an end where none can be."""
        yield Progress("writing", len(task.evidence.articles))
        # In a thread: hundreds of articles take seconds, and other callers wait for the loop.
        for line in await asyncio.to_thread(summarise, task):
            yield line
        yield ReadingEnd()
