"""Putting questions to a service, and every way in which that goes wrong."""

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from evals.client import Client
from evals.corpus import read_corpus
from evals.golden import read_golden
from evals.measure import Job, measure, prepare
from evals.problems import BadInput, NotMeasured
from evals.profiles import profile
from evals.records import RESULTS, STORED, read_results, read_run, read_stored
from evals.runner import Run, ingest, stored_texts
from evals.target import over_asgi
from tests.fakes.eval_service import FakeService

MINI = Path("tests/fakes/mini_set")
GOLDEN = read_golden(MINI)
CORPUS = read_corpus(MINI / "articles.jsonl")


@asynccontextmanager
async def served(fake):
    async with over_asgi(fake.app()) as client:
        await ingest(client, CORPUS)
        yield client


async def ran(fake, folder, **more):
    async with served(fake) as client:
        run = Run(client, await stored_texts(client, CORPUS), {"mode": "extractive"}, folder, **more)
        return await run(GOLDEN.questions, resume=False)


async def test_two_runs_give_the_same_bytes(tmp_path):
    await ran(FakeService(), tmp_path / "a")
    await ran(FakeService(), tmp_path / "b")
    first, second = ((tmp_path / name / RESULTS).read_bytes() for name in "ab")
    assert first == second
    assert first.count(b"\n") == len(GOLDEN.questions)
    assert b"ans_" not in first


async def test_questions_at_once_come_back_in_the_order_of_the_set(tmp_path):
    results = await ran(FakeService(), tmp_path, concurrency=5, repeats=2)
    kept = read_results(tmp_path / RESULTS)
    assert [(r.id, r.repeat) for r in kept] == [(r.id, r.repeat) for r in results]
    assert [r.id for r in kept][::2] == [q.id for q in GOLDEN.questions]


async def test_a_service_that_goes_away_leaves_the_rest_unmeasured_and_nothing_wrong(tmp_path):
    fake = FakeService(down_after=4)
    results = await ran(fake, tmp_path)
    assert {r.status for r in results[:4]} == {"ok"}
    assert {r.status for r in results[5:]} == {"unmeasured"}
    assert results[-1].reason == "the service went away"
    # Nobody hammers a service that is down.
    assert fake.asked < 12


async def test_a_killed_run_goes_on_where_it_was(tmp_path):
    fake = FakeService()
    async with served(fake) as client:
        stored = await stored_texts(client, CORPUS)
        await Run(client, stored, {}, tmp_path)(GOLDEN.questions[:3], resume=False)
        with (tmp_path / RESULTS).open("a") as file:
            file.write('{"id": "cut of')
        before = fake.asked
        results = await Run(client, stored, {}, tmp_path)(GOLDEN.questions, resume=True)
    assert fake.asked == before + len(GOLDEN.questions) - 3
    assert [r.id for r in read_results(tmp_path / RESULTS)] == [r.id for r in results]


@pytest.mark.parametrize("body", [{}, [], {"status": "answered"}, "x", None])
async def test_a_reply_that_is_not_the_interfaces_is_an_error_and_no_wrong_answer(tmp_path, body):
    fake = FakeService(body=body if body is not None else {"abstention": 3})
    results = await ran(fake, tmp_path)
    assert {r.status for r in results} == {"error"}
    assert "interface" in str(results[0].reason) or "refused" in str(results[0].reason)


async def test_a_degraded_answer_of_another_reader_is_not_measured(tmp_path):
    fake = FakeService()
    async with served(fake) as client:
        reply = await client.ask({"question": "x", "as_of": "2026-06-01"})
        fake.body = reply | {"degraded": True, "degraded_reason": "model_unavailable"}
        run = Run(client, await stored_texts(client, CORPUS), {}, tmp_path)
        results = await run(GOLDEN.questions[:1], resume=False)
    assert (results[0].status, results[0].reason) == ("unmeasured", "degraded: model_unavailable")


async def test_missing_articles_are_counted():
    fake = FakeService()
    async with served(fake) as client:
        del fake.articles["wolf-1"]
        with pytest.raises(NotMeasured, match="1 of 8 articles"):
            await stored_texts(client, CORPUS)


async def test_a_service_with_another_text_is_not_measured_on_that_question(tmp_path):
    fake = FakeService()
    async with served(fake) as client:
        fake.articles["ferry-2"] = fake.articles["ferry-2"] | {"text": "Rewritten."}
        run = Run(client, await stored_texts(client, CORPUS), {}, tmp_path)
        results = {r.id: r for r in await run(GOLDEN.questions, resume=False)}
    assert results["ferry/cause"].status == "unmeasured"
    assert "ferry-2" in str(results["ferry/cause"].reason)
    assert results["ferry/before"].status == "ok"


async def test_a_service_that_is_down_from_the_start_is_not_measured():
    async with over_asgi(FakeService(down=True).app()) as client:
        with pytest.raises(NotMeasured, match="down"):
            await stored_texts(client, CORPUS)
        with pytest.raises(NotMeasured, match="down"):
            await ingest(client, CORPUS)


def job(folder, **more):
    return Job(
        golden=GOLDEN,
        corpus=CORPUS,
        questions=GOLDEN.questions,
        split="test",
        profile=profile("extractive"),
        out=folder,
        **more,
    )


@pytest.fixture
def at_fake(monkeypatch):
    """A job with `url` reaches this service."""
    fake = FakeService()

    @asynccontextmanager
    async def deployed(url, api_key):
        async with over_asgi(fake.app()) as client:
            yield client

    monkeypatch.setattr("evals.measure.deployed", deployed)
    return fake


async def test_a_deployed_service_is_posted_to_when_it_is_empty_or_where_that_is_wanted(tmp_path, at_fake):
    with pytest.raises(NotMeasured, match="8 of 8 articles"):
        await measure(job(tmp_path / "a", url="http://x"))
    await measure(job(tmp_path / "b", url="http://x", post=True))
    with pytest.raises(BadInput, match="--yes"):
        await measure(job(tmp_path / "c", url="http://x", post=True))
    await measure(job(tmp_path / "d", url="http://x", post=True, beside=True))
    record = read_run(tmp_path / "d")
    assert record["complete"]
    assert not record["exact"]
    assert set(read_stored(tmp_path / "d" / STORED).current) == set(CORPUS.articles)


async def test_a_folder_that_no_run_wrote_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(BadInput, match="no run wrote"):
        await measure(job(tmp_path))
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="is a file"):
        prepare(job(tmp_path / "file"))


async def test_a_finished_run_is_made_anew_and_an_unfinished_one_goes_on(tmp_path, at_fake):
    first = job(tmp_path / "r", url="http://x", post=True)
    await measure(first)
    record = read_run(first.out)
    (first.out / "run.json").write_text(json.dumps(record | {"complete": False}))
    assert prepare(first)
    assert not prepare(replace(first, split="dev"))
    (first.out / "run.json").write_text(json.dumps(record))
    assert not prepare(first)
    assert not (first.out / RESULTS).exists()


async def test_only_a_client_that_got_a_reply_calls_it_refused(tmp_path):
    import httpx

    def broken(request):
        raise httpx.ConnectError("nobody there")

    async with httpx.AsyncClient(transport=httpx.MockTransport(broken), base_url="http://x") as http:
        with pytest.raises(NotMeasured):
            await stored_texts(Client(http), CORPUS)
