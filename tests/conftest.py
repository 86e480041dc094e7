"""What all tests share: a quiet, offline, repeatable environment, and the browser."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Before torch, tokenizers or litellm are imported: they read these once.
os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from service.settings import PREFIX, TEST_PREFIX
from tests import browser as chromium

if TYPE_CHECKING:  # it imports all of the service, which unit tests do not wait for
    from tests.serving import SharedEmbedder

# A shared machine is slow at times: that is no failure of a property. A failure prints how to repeat it. In
# CI the same cases come each time, so that a change is judged by what it changes; chance is drawn elsewhere.
settings.register_profile(
    "byline",
    deadline=None,
    print_blob=True,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("byline")


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see Byline's defaults, whatever the shell has set."""
    for name in list(os.environ):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def embedder() -> Iterator["SharedEmbedder"]:
    """The shipped model, loaded once: float32, so that a vector is the same in any batch."""
    from tests.serving import SharedEmbedder

    shared = SharedEmbedder()
    yield shared
    shared.stop()


@pytest.fixture(scope="session")
def browser_path() -> Path:
    """Chromium; without one the test is skipped by name, or fails with CI=true."""
    found = chromium.find()
    if found is None:
        if chromium.required():
            pytest.fail(chromium.how_to_get_one())
        pytest.skip(chromium.how_to_get_one())
    return found


@pytest.fixture(scope="module")
def browser(browser_path: Path) -> Iterator[Browser]:
    """A running Chromium for the tests of a module.

    Playwright's loop runs in this thread until the module ends: its tests are plain functions, and the
    server that they look at runs in another thread or process.
    """
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser_path, args=chromium.flags())
        yield started
        started.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What each folder of tests/ came to, above pytest's own closing line."""
    outcomes: dict[str, dict[str, int]] = {}
    seconds: dict[str, float] = {}
    for outcome in ("passed", "failed", "error", "skipped", "xfailed"):
        for report in terminalreporter.getreports(outcome):
            section = report.nodeid.removeprefix("tests/").partition("/")[0]
            counts = outcomes.setdefault(section, {})
            counts[outcome] = counts.get(outcome, 0) + 1
            seconds[section] = seconds.get(section, 0.0) + getattr(report, "duration", 0.0)
    if outcomes:
        terminalreporter.section("sections")
    for section in sorted(outcomes):
        counts_shown = ", ".join(f"{count} {outcome}" for outcome, count in outcomes[section].items())
        terminalreporter.write_line(f"{section:<12} {counts_shown} in {seconds[section]:.1f} s")
