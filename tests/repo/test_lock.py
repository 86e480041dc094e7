"""requirements.lock: what is installed, and that nothing else runs."""

import re
import sysconfig
import tomllib
from pathlib import Path

import lock
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
LINES = [line for line in LOCK.splitlines() if line and not line.lstrip().startswith("#")]
PINS = {canonicalize_name(line.partition("==")[0]): Requirement(line) for line in LINES}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def version(name):
    return next(iter(PINS[name].specifier)).version


def test_every_line_is_one_exact_version_without_build_tag_host_path_or_hash():
    assert len(LINES) > 100
    pin = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*(\.post\d+)?( ; .+)?")
    assert [line for line in LINES if not pin.fullmatch(line)] == []


def test_the_comments_name_no_host_and_no_path():
    assert not re.search(r"://|\s-c\s|\s-r\s|(^|\s)/\w", LOCK)


def test_every_dependency_of_the_project_stands_in_the_lock_within_its_range():
    extras = PROJECT["optional-dependencies"]
    wanted = PROJECT["dependencies"] + extras["dev"] + extras["evals"]
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        assert name in PINS, f"{name}: run make lock"
        assert requirement.specifier.contains(version(name)), f"{name}: run make lock"


@pytest.mark.parametrize("malicious", ["1.82.7", "1.82.8"])
def test_the_malicious_uploads_of_litellm_are_refused_by_the_lock_and_by_the_range(malicious):
    assert version("litellm") != malicious
    litellm = next(one for one in map(Requirement, PROJECT["dependencies"]) if one.name == "litellm")
    assert not litellm.specifier.contains(malicious)


def test_nothing_in_the_environment_runs_code_when_python_starts():
    """A line of a .pth file that begins with import is run at every start: how litellm 1.82.8 stole keys."""
    known = re.compile(r"distutils-precedence\.pth|_virtualenv\.pth|__editable__\.byline-[0-9.]+\.pth")
    pure = Path(sysconfig.get_path("purelib"))
    running = {
        path.name
        for path in pure.glob("*.pth")
        if any(line.startswith("import") for line in path.read_text().splitlines())
    }
    assert [name for name in sorted(running) if not known.fullmatch(name)] == []


def test_locking_strips_what_belongs_to_the_machine():
    resolved = (
        "numpy==2.4.6\n    # via\n    #   -c /etc/constraints.txt\n    #   byline (pyproject.toml)\n"
        "nvidia-cublas==13.1 ; sys_platform == 'linux'\n    # via torch\n"
        "torch==2.13.0+cpu\n    # via byline (pyproject.toml)\n"
        "uvloop==0.23.0 ; sys_platform != 'win32'\n    # via uvicorn\n"
        "\n# The following packages are considered to be unsafe in a requirements file:\n# pip\n"
    )
    assert lock.clean(resolved).removeprefix(lock.HEADER) == (
        "numpy==2.4.6\n    # via\n    #   byline (pyproject.toml)\n"
        "torch==2.13.0\n    # via byline (pyproject.toml)\n"
        "uvloop==0.23.0 ; sys_platform != 'win32'\n    # via uvicorn\n"
    )


@pytest.mark.parametrize("line", ["--find-links /wheels", "torch @ file:///wheels/torch.whl", "numpy>=2"])
def test_locking_refuses_a_line_that_is_no_pin(line):
    with pytest.raises(ValueError, match="not a pin"):
        lock.clean(f"numpy==2.4.6\n{line}\n")
