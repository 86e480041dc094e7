"""What the documentation claims of the code."""

import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import document
import pytest
import yaml

import service

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("page", document.PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_tells_of_the_code_is_up_to_date(page):
    text = page.read_text()
    assert document.updated(text, document.PAGES[page]()) == text, "run make docs"


def test_the_map_names_every_module_below_service():
    told = (ROOT / "service" / "README.md").read_text()
    modules = [path for path in (ROOT / "service").rglob("*.py") if path.name != "__init__.py"]
    assert [str(path) for path in modules if f"- `{path.stem}`: " not in told] == []
    undescribed = [line for line in document.module_map().splitlines() if line.endswith(": ")]
    assert undescribed == []


def test_a_page_without_marks_is_an_error():
    with pytest.raises(ValueError, match="make docs"):
        document.updated("no marks", "table")


def test_the_version_is_the_same_in_the_project_the_package_and_the_changelog():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    newest = re.search(r"^## \[(\d[^\]]*)\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert project == service.__version__ == newest[1]
    date.fromisoformat(newest[2])


def test_make_help_lists_every_target_with_a_sentence():
    phony = set(" ".join(re.findall(r"^\.PHONY:(.*)$", MAKEFILE, re.MULTILINE)).split())
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    listed = dict(re.findall(r"^  ([a-z-]+) +(\S.*)$", helped.stdout, re.MULTILINE))
    assert set(listed) == phony
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert targets == phony


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_that_a_page_names_exists(page):
    named = set(
        re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join(re.findall(r"`[^`]+`", (ROOT / page).read_text())))
    )
    assert named - set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)) == set()


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "service/README.md"])
)
def test_every_file_that_a_page_links_to_exists(page):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_parses_asks_for_no_rights_it_does_not_need_and_pins_its_actions(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow[True]  # YAML 1.1 reads the key `on` as true
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 90
        for step in job["steps"]:
            assert "run" in step or re.fullmatch(r"[\w.-]+/[\w./-]+@v\d+", step["uses"])


def test_there_are_workflows():
    assert WORKFLOWS


def test_pre_commit_runs_local_hooks_with_the_locks_own_tools():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]
    assert all(hook["language"] == "system" for repo in hooks["repos"] for hook in repo["hooks"])
