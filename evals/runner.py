"""Puts every question of a set to a service and keeps what comes back.

Every question ends in `ok`, `error` (the service refused it or broke its own interface) or `unmeasured`
(nobody answered, no cassette row). The last two are never counted as wrong answers, and never as right ones.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from evals.cassettes import Cassette, current
from evals.client import BATCH, Client, Down, Refused
from evals.corpus import Corpus
from evals.problems import NotMeasured
from evals.records import (
    RESULTS,
    Asked,
    Result,
    StoredTexts,
    read_results,
    to_asked,
    to_retrieved,
    write_lines,
)
from evals.schema import GoldenQuestion
from evals.spans import find

SEARCHED: Final = 20
"""Passages asked of `/search`: what the retrieval metrics look at."""
PATIENCE: Final = 5
"""After so many questions in a row that nobody answered, the rest is left unmeasured."""
INDEX_S: Final = 300.0

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and of how many."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """Show nothing."""


async def ingest(client: Client, corpus: Corpus, progress: Progress = silent) -> None:
    """Store the corpus and wait until all of it can be searched.

    Raises:
        NotMeasured: An article was refused, or the index did not follow.
    """
    waiting = [article.payload() for article in corpus.articles.values()]
    total, deadline = len(waiting), time.monotonic() + INDEX_S
    while waiting:
        later: list[dict[str, str]] = []
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            for body, receipt in zip(batch, await _posted(client, batch), strict=True):
                if "id" not in receipt:
                    raise NotMeasured(f"the service refused {body['id']}: {receipt.get('detail', receipt)}")
                if not receipt["indexed"]:
                    later.append(body)
            progress("ingest", total - len(waiting) + start + len(batch) - len(later), total)
        if later and time.monotonic() > deadline:
            raise NotMeasured(f"{len(later)} articles are stored and cannot be searched yet")
        if later:
            await asyncio.sleep(0.2)
        waiting = later


async def _posted(client: Client, batch: Sequence[Mapping[str, str]]) -> list[Mapping[str, Any]]:
    try:
        return await client.post(batch)
    except Down as error:
        raise NotMeasured(f"the service is down: {error}") from None
    except Refused as error:
        raise NotMeasured(f"the service refused the corpus: {error}") from None


async def stored_texts(client: Client, corpus: Corpus, progress: Progress = silent) -> StoredTexts:
    """The service's own text of each article of the corpus.

    Raises:
        NotMeasured: The service is down, or lacks articles; says how many.
    """
    gate = asyncio.Semaphore(8)
    done = 0

    async def one(article_id: str) -> tuple[str, Mapping[str, Any] | None]:
        nonlocal done
        async with gate:
            found = await client.article(article_id)
        done += 1
        progress("articles", done, len(corpus.articles))
        return article_id, found

    try:
        found = dict(await asyncio.gather(*(one(article_id) for article_id in corpus.articles)))
    except Down as error:
        raise NotMeasured(f"the service is down: {error}") from None
    except Refused as error:
        raise NotMeasured(f"the service refused to show its articles: {error}") from None
    missing = sorted(article_id for article_id, body in found.items() if body is None)
    if missing:
        shown = ", ".join(missing[:3])
        raise NotMeasured(
            f"{len(missing)} of {len(found)} articles of the corpus are not in the service ({shown} ...): "
            "--ingest posts them"
        )
    held = {i: (int(body["revision"]), str(body["text"])) for i, body in found.items() if body is not None}
    return StoredTexts(
        current={i: revision for i, (revision, _) in held.items()},
        texts={(i, revision): text for i, (revision, text) in held.items()},
    )


@dataclass
class Run:
    """One run: who is asked, how, and what is kept.

    Args:
        client: Of the service, ready, with the corpus in it.
        stored: The service's texts of the corpus; grows by other revisions that are cited.
        asks: Fields that go into every `/ask`.
        folder: Where `results.jsonl` grows.
        cassette: Of the model's replies, if any.
    """

    client: Client
    stored: StoredTexts
    asks: Mapping[str, Any]
    folder: Path
    cassette: Cassette | None = None
    repeats: int = 1
    concurrency: int = 1
    progress: Progress = silent
    timings: dict[str, dict[str, float]] = field(default_factory=dict)
    """Milliseconds by stage, by question and repeat: they never enter `results.jsonl`."""
    _down: int = 0

    async def __call__(self, questions: Sequence[GoldenQuestion], *, resume: bool) -> list[Result]:
        """Ask all questions.

        Args:
            questions: In the order of the file.
            resume: Take what a run that was killed has left, and ask for the rest.

        Returns:
            A result for each question and repeat, in their order.
        """
        path = self.folder / RESULTS
        held = {(r.id, r.repeat): r for r in read_results(path)} if resume and path.is_file() else {}
        held = {place: result for place, result in held.items() if result.status == "ok"}
        wanted = [(q, repeat) for q in questions for repeat in range(self.repeats)]
        path.parent.mkdir(parents=True, exist_ok=True)
        write_lines(path, (held[place].line() for place in sorted(held)))
        gate, done = asyncio.Semaphore(self.concurrency), 0
        with path.open("a", encoding="utf-8") as file:

            async def one(question: GoldenQuestion, repeat: int) -> Result:
                nonlocal done
                async with gate:
                    result = held.get((question.id, repeat)) or await self._one(question, repeat)
                if (question.id, repeat) not in held:
                    file.write(result.line() + "\n")
                    file.flush()
                done += 1
                self.progress("questions", done, len(wanted))
                return result

            if self.concurrency == 1:
                results = [await one(question, repeat) for question, repeat in wanted]
            else:
                results = list(await asyncio.gather(*(one(q, repeat) for q, repeat in wanted)))
        write_lines(path, (result.line() for result in results))
        return results

    async def _one(self, question: GoldenQuestion, repeat: int) -> Result:
        blank = Result(id=question.id, repeat=repeat, status="unmeasured")
        if self._down >= PATIENCE:
            return replace(blank, reason="the service went away")
        lacking = self._lacking(question)
        if lacking:
            return replace(blank, reason=lacking)
        current.set((question.id, repeat))
        try:
            result = await self._ask(question, repeat)
        except Down as error:
            self._down += 1
            result = replace(blank, reason=f"down: {error}")
        except Refused as error:
            self._down = 0
            result = replace(blank, status="error", reason=f"refused: {error}")
        except (KeyError, TypeError, ValueError, IndexError) as error:
            self._down = 0
            reason = f"the reply is not that of the interface: {type(error).__name__}: {error}"
            result = replace(blank, status="error", reason=reason)
        else:
            self._down = 0
        return self._taped(result)

    def _taped(self, result: Result) -> Result:
        """What the cassette knows of a question: its model calls, and whether a reply was missing."""
        if self.cassette is None:
            return result
        place = (result.id, result.repeat)
        result = replace(result, model_calls=self.cassette.calls.get(place, 0))
        miss = self.cassette.misses.get(place)
        if miss is None:
            return result
        return Result(result.id, result.repeat, "unmeasured", f"no cassette row: {miss}")

    def _lacking(self, question: GoldenQuestion) -> str | None:
        """Why the gold cannot be found in what the service stores."""
        texts = self.stored.by_id()
        for group in question.evidence:
            for words in group:
                if len(find(words.quote, texts.get(words.article, ""))) != 1:
                    return f"the service's text of {words.article} has not the golden quote once"
        return None

    async def _ask(self, question: GoldenQuestion, repeat: int) -> Result:
        body: dict[str, Any] = {"question": question.question, "as_of": question.as_of, **self.asks}
        if question.history:
            body["history"] = [{"role": turn.role, "content": turn.content} for turn in question.history]
        began = time.perf_counter()
        reply = await self.client.ask(body)
        total = (time.perf_counter() - began) * 1_000
        asked = to_asked(reply)
        stages = {name: float(ms) for name, ms in reply["provenance"].get("timings_ms", {}).items()}
        self.timings[f"{question.id}#{repeat}"] = {**stages, "round_trip": round(total, 2)}
        if asked.degraded_reason and asked.degraded_reason not in ("unverifiable", "index_healing"):
            return Result(question.id, repeat, "unmeasured", f"degraded: {asked.degraded_reason}")
        search = {"query": asked.standalone or question.question, "as_of": question.as_of, "limit": SEARCHED}
        found = to_retrieved(await self.client.search(search))
        await self._fetch_cited(asked)
        return Result(question.id, repeat, "ok", asked=asked, retrieved=found)

    async def _fetch_cited(self, asked: Asked) -> None:
        """Get the texts of revisions that are cited and are not the current ones of the corpus."""
        quotes = [*(quote for cited in asked.citations for quote in cited.quotes), *asked.nearest]
        for quote in quotes:
            place = (quote.article, quote.revision)
            if place not in self.stored.texts:
                found = await self.client.article(*place)
                if found is not None:
                    self.stored.texts[place] = str(found["text"])
