"""The service is killed at random moments of a bulk ingest: what it acknowledged is there, once, citable."""

import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.faults.test_damage import AT_REST, TOWNS, article, passages
from tests.serving import ROOT, START_S, Process, plain_environment

BATCH: Final = 4
ASKERS: Final = 8
"""Requests at once while all articles are looked at: questions at once share a batch of the model."""


class Ingest:
    """Posts lists of articles one after the other until the service is gone, and keeps what was acknowledged.

    Every third list revises articles that were acknowledged before.
    """

    def __init__(
        self, service: Process, random_: random.Random, acknowledged: dict[str, str], after: int
    ) -> None:
        self._client = service.client
        self._random = random_
        self.acknowledged = acknowledged
        self.next = after
        self.tried: dict[str, str] = {}
        """What was sent and not acknowledged: it may be there or not, but not in part."""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            batch = [self._one() for _ in range(BATCH)]
            sent = {item["id"]: item["text"] for item in batch}
            try:
                answer = self._client.post(
                    "/articles", json=list({item["id"]: item for item in batch}.values())
                )
            except httpx.TransportError:
                self.tried = sent
                return
            assert answer.status_code == 200, answer.text
            self.acknowledged |= sent

    def _one(self) -> dict[str, Any]:
        if self.acknowledged and self._random.random() < 1 / 3:
            n = int(self._random.choice(list(self.acknowledged)).removeprefix("a"))
            made = article(n)
            return made | {
                "text": made["text"] + f" A recount made it {n + 7_000 + self._random.randrange(900)}."
            }
        self.next += 1
        return article(self.next)

    def wait(self) -> None:
        """Until the service is gone."""
        self._thread.join()


def wait_caught_up(service: Process) -> dict[str, Any]:
    """Until every index has applied all that is stored."""
    service.wait_ready(("ready", "degraded"))
    until = time.monotonic() + START_S
    ready: dict[str, Any] = {}
    while time.monotonic() < until:
        ready = dict(service.client.get("/readyz").json())
        seqs = {
            row["detail"].rpartition("seq ")[2]
            for name, row in ready["dependencies"].items()
            if name in {"store", "chroma", "exact", "tantivy", "index_loop"}
        }
        if len(seqs) == 1 and ready["status"] == "ready":
            return ready
        time.sleep(0.1)
    raise AssertionError(f"the indexes do not follow: {ready}")


def check_kept(service: Process, acknowledged: dict[str, str], tried: dict[str, str]) -> None:
    """Every acknowledged article is stored, found and citable; nothing stands twice or in part."""
    client = service.client
    counts = passages(wait_caught_up(service))
    assert len(set(counts.values())) == 1, counts
    stored: dict[str, str] = {}
    after: str | None = None
    while True:
        page = client.get("/articles", params={"limit": 100} | ({"after": after} if after else {})).json()
        ids = [row["id"] for row in page["items"]]
        assert len(set(ids)) == len(ids)
        assert not stored.keys() & set(ids)
        with ThreadPoolExecutor(ASKERS) as pool:
            texts = pool.map(lambda i: str(client.get(f"/articles/{i}").json()["text"]), ids)
            stored |= zip(ids, texts, strict=True)
        after = page["next"]
        if after is None:
            break
    for article_id, text in acknowledged.items():
        assert stored[article_id] in {text, tried.get(article_id, text)}
    unknown = {article_id: text for article_id, text in stored.items() if article_id not in acknowledged}
    assert unknown.items() <= tried.items()
    assert not unknown or len([i for i in tried if i in stored]) == len(tried)
    with ThreadPoolExecutor(ASKERS) as pool:
        for text, found in pool.map(lambda row: (row[1], search_in(client, *row)), stored.items()):
            assert found
            assert len({(result["start"], result["end"]) for result in found}) == len(found)
            assert all(text[result["start"] : result["end"]] == result["text"] for result in found)
    for article_id in random.Random(len(stored)).sample(sorted(stored), min(8, len(stored))):  # noqa: S311 - chance, not secrecy
        n = int(article_id.removeprefix("a"))
        question = f"How many trees did the council of {TOWNS[n % len(TOWNS)]} count in ward {n}?"
        answer = client.post("/ask", json={"question": question}).json()
        assert answer["provenance"]["index"]["search"] == "hnsw"
        quotes = [quote for citation in answer["citations"] for quote in citation["quotes"]]
        assert article_id in {quote["article_id"] for quote in quotes}
        assert all(stored[q["article_id"]][q["start"] : q["end"]] == q["text"] for q in quotes)


def search_in(client: httpx.Client, article_id: str, text: str) -> list[dict[str, Any]]:
    """What a search for an article's own words finds in it."""
    body = {"query": text[:200], "filters": {"article_id": article_id}, "limit": 20}
    found: list[dict[str, Any]] = client.post("/search", json=body).json()["results"]
    return found


def kill_and_check(data: Path, kills: int) -> None:
    seed = int(os.environ.get("BYLINE_TEST_SEED", random.randrange(10**6)))  # noqa: S311 - chance, not secrecy
    print(f"BYLINE_TEST_SEED={seed}")  # noqa: T201 - a failure shows it, and can be run again with it
    chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
    acknowledged: dict[str, str] = {}
    tried: dict[str, str] = {}
    after = 0
    # Short waits: some lists are acknowledged before they are searchable, some after.
    environment = {"BYLINE_INGEST__WAIT_S": "0.3"}
    damages = list(AT_REST.items())
    for n in range(kills):
        service = Process(data, environment=environment)
        try:
            check_kept(service, acknowledged, tried)
            acknowledged = current(service, acknowledged | tried)
            ingest = Ingest(service, chance, acknowledged, after)
            time.sleep(chance.uniform(0.3, 3.0))
        finally:
            service.kill()
        ingest.wait()
        tried, after = ingest.tried, ingest.next
        if n % 2:
            name, damage = chance.choice(damages)
            print(f"kill {n + 1}, then {name}")  # noqa: T201 - as above
            damage(data)
    service = Process(data, environment=environment)
    try:
        check_kept(service, acknowledged, tried)
    finally:
        assert service.terminate() == 0
    assert len(list((data / "chroma").glob("gen-*"))) == 1
    assert acknowledged


def current(service: Process, known: dict[str, str]) -> dict[str, str]:
    """What is stored now of what was ever sent: from here on all of it counts as acknowledged."""
    held = {}
    for article_id in known:
        answer = service.client.get(f"/articles/{article_id}")
        if answer.status_code == 200:
            held[article_id] = answer.json()["text"]
    return held


def test_three_kills_in_a_bulk_ingest_lose_nothing_and_leave_nothing(tmp_path):
    kill_and_check(tmp_path / "data", 3)


@pytest.mark.soak
def test_twenty_kills_in_a_bulk_ingest_lose_nothing_and_leave_nothing(tmp_path):
    kill_and_check(tmp_path / "data", 20)


def test_one_process_owns_a_folder_ends_cleanly_and_finishes_what_it_was_asked(tmp_path):
    data = tmp_path / "data"
    service = Process(data)
    try:
        service.wait_ready()
        command = [sys.executable, "-m", "service", "serve", "--data"]
        second = subprocess.run(  # noqa: S603 - our own interpreter and module
            [*command, str(data), "--port", "0"],
            cwd=ROOT, env=plain_environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert second.returncode == 2
        assert second.stdout == ""
        (line,) = second.stderr.strip().splitlines()
        assert "another process uses the data folder" in line
        taken = subprocess.run(  # noqa: S603 - our own interpreter and module
            [*command, str(tmp_path / "other"), "--port", str(service.port)],
            cwd=ROOT, env=plain_environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert taken.returncode == 2
        assert len(taken.stderr.strip().splitlines()) == 1
        assert str(service.port) in taken.stderr

        answers: list[int] = []
        sent = [article(n) for n in range(60)]

        def post() -> None:
            with httpx.Client(base_url=service.client.base_url, timeout=60) as client:
                answers.append(client.post("/articles", json=sent).status_code)

        asking = threading.Thread(target=post)
        asking.start()
        time.sleep(0.2)
        start = time.monotonic()
        code = service.terminate()
        asking.join()
        assert code == 0
        assert time.monotonic() - start < 35
        assert answers == [200]
    finally:
        service.kill()
    again = Process(data)
    try:
        again.wait_ready()
        assert len(again.client.get("/articles", params={"limit": 100}).json()["items"]) == len(sent)
    finally:
        again.terminate()
