"""The browser finder, which decides whether a browser test runs, is skipped or fails."""

import pytest

from tests import browser


@pytest.fixture(autouse=True)
def no_browser_anywhere(monkeypatch, tmp_path):
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "MAC_APPS", ())
    monkeypatch.setattr(browser, "_of_playwright", lambda: None)


def executable(path):
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_variable_wins_over_path(monkeypatch, tmp_path):
    executable(tmp_path / "chromium")
    mine = executable(tmp_path / "mine")
    monkeypatch.setenv(browser.VARIABLE, str(mine))
    assert browser.find() == mine


def test_a_variable_that_names_no_file_is_an_error_and_no_other_browser_stands_in(monkeypatch, tmp_path):
    executable(tmp_path / "chromium")
    monkeypatch.setenv(browser.VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(FileNotFoundError, match="gone"):
        browser.find()
    assert browser.main() == 1


def test_a_browser_on_path_is_found(tmp_path):
    chrome = executable(tmp_path / "google-chrome")
    assert browser.find() == chrome


@pytest.mark.parametrize(("ci", "code", "word"), [("true", 1, "fail"), ("", 0, "skipped")])
def test_no_browser_is_a_failure_in_ci_and_a_line_elsewhere(monkeypatch, capsys, ci, code, word):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(browser, "_install", lambda: None)
    assert browser.main() == code
    assert word in capsys.readouterr().out


def test_as_root_it_asks_apt_before_playwright_and_stops_when_apt_brought_one(monkeypatch, tmp_path):
    executable(tmp_path / "apt-get")
    asked = []

    def run(command, environment):
        asked.append(command[0])
        if "install" in command:
            executable(tmp_path / "chromium")

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(browser, "_run", run)
    assert browser.main() == 0
    assert asked == ["apt-get", "apt-get"]
