"""One run from the set on disk to a folder of results: what `run` and `record` do."""

import os
import platform
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from evals.cassettes import Cassette, facts_of
from evals.client import Client, Down, Refused
from evals.corpus import Corpus
from evals.golden import GoldenSet, digest
from evals.problems import NotMeasured, bad
from evals.profiles import Profile
from evals.records import (
    RESULTS,
    RUN,
    STORED,
    SYSTEMS,
    Result,
    StoredTexts,
    read_run,
    write_lines,
    write_run,
    write_stored,
)
from evals.runner import Progress, Run, ingest, silent, stored_texts
from evals.schema import GoldenQuestion
from evals.systems import Embed, Trivial, trivial
from evals.target import deployed, in_process

PACKAGES: Final = ("byline", "torch", "sentence-transformers", "chromadb", "tantivy", "litellm", "numpy")


@dataclass(frozen=True, slots=True)
class Job:
    """What to measure and how.

    Args:
        golden: The set.
        corpus: Its articles.
        questions: Those to ask, in order.
        split: Their split, as it was named.
        profile: How to run.
        out: The run's folder.
        url: A deployed service; None: the one of this checkout.
        api_key: Its key.
        post: Whether to store the corpus in the deployed service first.
        cassette: Of a model's replies.
        embed: For the trivial systems; None: leave them out.
    """

    golden: GoldenSet
    corpus: Corpus
    questions: Sequence[GoldenQuestion]
    split: str
    profile: Profile
    out: Path
    url: str | None = None
    api_key: str | None = None
    post: bool = False
    beside: bool = False
    """Whether to store the corpus beside articles that are there already."""
    cassette: Cassette | None = None
    embed: Embed | None = None
    progress: Progress = silent

    def identity(self) -> dict[str, Any]:
        """What two runs must share to be two halves of one."""
        return {
            "profile": self.profile.name,
            "split": self.split,
            "golden": {
                "path": str(self.golden.path),
                "name": self.golden.name,
                "version": self.golden.version,
                "digest": digest(self.questions),
            },
            "corpus": {"path": str(self.corpus.path), "digest": self.corpus.digest},
            "url": self.url,
            "repeats": self.profile.repeats,
            "questions": len(self.questions),
        }


async def measure(job: Job) -> list[Result]:
    """Run a job; its folder then holds all that `load` needs.

    Raises:
        BadInput: The folder holds something else.
        NotMeasured: The service is down or lacks articles.
    """
    resume = prepare(job)
    began, started = time.perf_counter(), datetime.now(UTC)
    async with _target(job) as (client, facts):
        stored = await stored_texts(client, job.corpus, job.progress)
        run = Run(
            client,
            stored,
            job.profile.asks,
            job.out,
            cassette=job.cassette,
            repeats=job.profile.repeats,
            concurrency=job.profile.concurrency,
            progress=job.progress,
        )
        record = {
            **job.identity(),
            **facts,
            "schema": 1,
            "complete": False,
            "machine": machine(),
            "git": git(),
        }
        record |= {"exact": job.profile.exact and job.url is None, "started": started.isoformat()}
        write_run(job.out, record)
        results = await run(job.questions, resume=resume)
    write_stored(job.out / STORED, run.stored)
    if job.embed is not None:
        signal = _systems(job, stored, job.embed)
        record["best_signal"] = list(signal) if signal is not None else None
    record |= {
        "complete": True,
        "wall_s": round(time.perf_counter() - began, 2),
        "timings_ms": run.timings,
        "cassette": facts_of(job.cassette) if job.cassette is not None else None,
        "model": next((r.asked.model for r in results if r.asked is not None and r.asked.model), None),
        "prompt": next((r.asked.prompt for r in results if r.asked is not None and r.asked.prompt), None),
    }
    write_run(job.out, record)
    return results


def prepare(job: Job) -> bool:
    """Make the run's folder ready; True where a run that was killed goes on.

    Raises:
        BadInput: The folder holds something that no run wrote.
    """
    out = job.out
    if out.exists() and not out.is_dir():
        raise bad(out, "is a file: --out wants a folder")
    if out.is_dir() and any(out.iterdir()):
        if not (out / RUN).is_file():
            raise bad(out, "holds something that no run wrote: choose another --out")
        try:
            held: Mapping[str, Any] = read_run(out)
        except Exception:  # noqa: BLE001 (whatever is wrong with an old run, it is made anew)
            held = {}
        mine = job.identity()
        if not held.get("complete", True) and all(held.get(key) == value for key, value in mine.items()):
            return True
        for path in (out / RESULTS, out / STORED, *out.glob(SYSTEMS.replace(".jsonl", "-*.jsonl"))):
            path.unlink(missing_ok=True)
    return False


@asynccontextmanager
async def _target(job: Job) -> AsyncIterator[tuple[Client, dict[str, Any]]]:
    """The service with the corpus in it, and what is known of it."""
    if job.url is None:
        async with in_process(job.profile, job.cassette) as (client, settings):
            await ingest(client, job.corpus, job.progress)
            yield client, {"settings": settings.fingerprint(), "service": None}
        return
    async with deployed(job.url, job.api_key) as client:
        try:
            await client.ready()
            known = await client.version()
            empty = await client.empty() if job.post else False
        except (Down, Refused) as error:
            raise NotMeasured(f"the service at {job.url} is down: {error}") from None
        if job.post:
            if not empty and not job.beside:
                raise bad(Path("--ingest"), "the service holds articles already: --yes posts beside them")
            await ingest(client, job.corpus, job.progress)
        yield client, {"settings": known.get("settings"), "service": dict(known)}


def _systems(job: Job, stored: StoredTexts, embed: Embed) -> tuple[str, float] | None:
    """Run the trivial systems on the texts as the service stores them, so that spans agree."""
    texts = stored.by_id()
    as_stored = replace(
        job.corpus, articles={i: replace(a, text=texts[i]) for i, a in job.corpus.articles.items()}
    )
    found: Trivial = trivial(job.questions, as_stored, embed)
    for name, results in found.results.items():
        path = job.out / SYSTEMS.replace(".jsonl", f"-{name.replace(' ', '-')}.jsonl")
        write_lines(path, (result.line() for result in results))
    return found.best_signal(job.questions)


def machine() -> dict[str, Any]:
    """What figures of speed depend on."""
    versions: dict[str, str] = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "packages": versions,
    }


def git() -> dict[str, Any] | None:
    """The commit that is checked out, and whether files differ from it; None outside a repository."""
    found = _git("rev-parse", "--short=12", "HEAD")
    status = _git("status", "--porcelain")
    if found is None or status is None:
        return None
    return {"commit": found.strip(), "dirty": bool(status.strip())}


def _git(*arguments: str) -> str | None:
    program = shutil.which("git")
    if program is None:
        return None
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 (fixed words)
    return done.stdout if done.returncode == 0 else None


def dirty(ignoring: Path) -> bool | None:
    """Whether tracked or new files differ from the commit, `ignoring` aside; None outside a repository."""
    status = _git("status", "--porcelain")
    if status is None:
        return None
    return any(Path(line[3:].strip('"')).name != ignoring.name for line in status.splitlines() if line)
