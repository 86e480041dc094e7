"""The eval report in a real browser."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from evals.compare import to_baseline
from evals.corpus import read_corpus
from evals.gates import Bound, Gates, gate
from evals.golden import read_golden
from evals.loaded import load
from evals.measure import Job, measure
from evals.profiles import profile
from evals.report.build import build
from evals.report.write import html_text
from evals.target import over_asgi
from service.settings import Settings
from tests.fakes.eval_service import FakeService

MINI = Path("tests/fakes/mini_set")
GATES = Gates(floors={"quote_exactness": Bound(low=1.0)}, must_pass=0, newly_wrong=0)
pytestmark = pytest.mark.browser


async def made(folder, monkeypatch):
    """A report with two runs: one like its baseline, one with a question newly wrong."""
    golden, corpus = read_golden(MINI), read_corpus(MINI / "articles.jsonl")
    fake = FakeService()

    @asynccontextmanager
    async def in_process(profile, cassette):
        async with over_asgi(fake.app()) as client:
            yield client, Settings()

    monkeypatch.setattr("evals.measure.in_process", in_process)
    job = Job(golden, corpus, golden.questions, "test", profile("extractive"), folder / "r")
    await measure(job)
    loaded = load(folder / "r")
    baseline = to_baseline(loaded)
    passed = gate(GATES, loaded.summary, loaded.coverage, loaded.questions, loaded.verdicts(), baseline)
    parts = [build(loaded, GATES, passed, baseline)]
    kept = {i: replace(k, verdict="correct", answer="Nine to four.") for i, k in baseline.questions.items()}
    better = replace(baseline, questions=kept)
    failed = gate(GATES, loaded.summary, loaded.coverage, loaded.questions, loaded.verdicts(), better)
    parts.append(build(loaded, GATES, failed, better) | {"profile": "llm-replay"})
    path = folder / "report.html"
    path.write_text(html_text({"schema": 1, "runs": parts}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        # A thread of its own: Playwright's loop runs in this one.
        return pool.submit(asyncio.run, made(tmp_path_factory.mktemp("report"), patch)).result()


@pytest.fixture
def page(report, browser):
    """The report, opened; whatever it asks of a network or says on the console is kept."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.heard = []
    page.on("console", lambda message: page.heard.append(message.text))
    page.on("pageerror", lambda error: page.heard.append(str(error)))
    page.on(
        "request", lambda request: page.heard.append(request.url) if "file://" not in request.url else None
    )
    page.goto(report.as_uri())
    yield page
    context.close()


def test_it_opens_with_its_verdict_and_asks_nothing_of_any_network(page, report):
    assert "gates passed" in page.inner_text("#verdict")
    assert page.locator(".tile").count() == 8
    assert page.heard == []
    assert report.stat().st_size < 2_000_000


def test_every_tile_says_on_how_many_questions_it_stands(page):
    for tile in page.locator(".tile").all():
        assert tile.locator(".sub span").last.inner_text().count("/") == 1


def test_a_question_is_found_and_opened_and_has_an_address_of_its_own(page, report):
    page.fill("input[type=search]", "sheep")
    assert page.locator("#list .item").count() == 1
    page.click("#list .item")
    assert page.url.endswith("#q=wolf%2Fpay")
    assert "180 crowns" in page.inner_text("#detail .said")
    page.goto("about:blank")
    page.goto(report.as_uri() + "#q=ferry%2Fcause")
    assert "What caused the ferry" in page.inner_text("#detail .asked")
    page.click("#detail details summary")
    assert page.locator("#detail mark").first.inner_text().startswith("A stuck fuel valve")


def test_the_wrong_ones_can_be_picked_out(page):
    page.click(".chips button:has-text('wrong')")
    shown = page.locator("#list .item").all_inner_texts()
    assert len(shown) == 2
    assert any("ferry/early" in text for text in shown)


def test_a_run_that_failed_says_so_and_shows_what_changed_with_a_diff(page):
    page.click("#tabs button:has-text('llm-replay')")
    assert "Failed on newly wrong" in page.inner_text("#verdict")
    assert page.locator("#flips .flip").count() == 2
    assert page.locator("#flips ins").count() > 0
    assert page.locator("#flips del").count() > 0


def test_light_and_dark_are_both_readable(page):
    for _ in range(2):
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
        assert found.violations_count == 0, found.generate_report()
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click("#theme")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


@pytest.mark.parametrize("width", [360, 768])
def test_nothing_runs_out_of_a_narrow_window(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_text_of_an_article_is_text(browser, report, tmp_path):
    path = tmp_path / "evil.html"
    evil = '<img src=x onerror=\\"document.title=1\\">'
    path.write_text(report.read_text().replace("Nine to four.", evil.replace("<", "\\u003c")))
    context = browser.new_context()
    page = context.new_page()
    page.goto(path.as_uri())
    page.click("#tabs button:has-text('llm-replay')")
    assert page.locator("img").count() == 0
    assert page.title() != "1"
    context.close()
