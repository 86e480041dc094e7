"""The browser that the tests drive: found, or installed where that can be done without asking.

`python -m tests.browser` makes sure that there is one; `make test` calls it. Tests take the fixture
`browser_path` or `browser` (`tests/conftest.py`).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

VARIABLE: Final = "BYLINE_TEST_BROWSER"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# The flags keep Chromium from asking other hosts for updates and lists while a test runs.
FLAGS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The last such switch counts: Playwright's own list that bears on pages, and the spare renderer, which
    # each new profile would start besides the one that its page takes: a third of a test's set-up.
    (
        "--disable-features=SpareRendererForSitePerProcess,PaintHolding,HttpsUpgrades,"
        "HttpsFirstBalancedModeAutoEnable,Translate,OptimizationHints,AvoidUnnecessaryBeforeUnloadCheckSync,"
        "DestroyProfileOnBrowserClose,ThirdPartyStoragePartitioning,MediaRouter"
    ),
)


def find() -> Path | None:
    """The browser to use: BYLINE_TEST_BROWSER, then PATH, then Playwright's own.

    Raises:
        FileNotFoundError: BYLINE_TEST_BROWSER names no file; another browser must not stand in for it.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"{VARIABLE} names no file: {named}")
        return Path(named)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return next((path for path in map(Path, MAC_APPS) if path.is_file()), None) or _of_playwright()


def flags() -> list[str]:
    """Arguments to start it with; root has no sandbox to start it in."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*FLAGS, *(["--no-sandbox"] if root else [])]


def required() -> bool:
    """Whether a missing browser fails the tests in the place of skipping them."""
    return os.environ.get("CI") == "true"


def how_to_get_one() -> str:
    """One line with the command to type."""
    return (
        "no Chromium was found: type `sudo apt-get install chromium` or `make browser`, "
        f"or set {VARIABLE} to a browser's path"
    )


def _of_playwright() -> Path | None:
    """What `playwright install chromium` left, if it was ever called."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


def _install() -> None:
    """By apt-get as root, else by Playwright; either may fail, and `find` tells."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("No browser was found: installing Debian's or Ubuntu's chromium (apt-get).", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "-qq", "update"],
            ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"],
        ):
            _run(command, environment)
    if find() is None:
        print("No browser was found: asking Playwright for Chromium.", flush=True)
        _run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def _run(command: list[str], environment: dict[str, str]) -> None:
    # The commands are fixed above; their programs are looked up on PATH, where they differ by system.
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)  # noqa: S603


def main() -> int:
    """Make sure that there is a browser; say which.

    Returns:
        0, or 1 where there is none and CI=true.
    """
    try:
        if find() is None:
            _install()
        found = find()
    except FileNotFoundError as error:
        print(error)
        return 1
    if found:
        print(f"Browser tests use {found}")
        return 0
    print(f"Browser tests {'fail' if required() else 'are skipped'}: {how_to_get_one()}")
    return 1 if required() else 0


if __name__ == "__main__":
    sys.exit(main())
