"""scripts/install.sh on machines that lack something: one clear line, and which Python is taken."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "install.sh"
TOOLS = ("sh", "uname", "grep", "rm", "touch")


@pytest.fixture
def machine(tmp_path):
    """A PATH with the basic tools and nothing else; `python` adds a Python of a version."""
    for tool in TOOLS:
        for folder in ("/bin", "/usr/bin"):
            if Path(folder, tool).exists():
                (tmp_path / tool).symlink_to(Path(folder, tool))
                break

    class Machine:
        path = tmp_path

        def python(self, name, version, *, venv=True, runs=True):
            major, minor = version.split(".")
            judged = 0 if (3, 11) <= (int(major), int(minor)) < (3, 15) else 1
            lines = [
                "#!/bin/sh",
                "" if runs else "echo 'this python is not for you' >&2; exit 127",
                f'case "$2" in *version_info*) echo {version}; exit {judged};;',
                f"*ensurepip*) exit {0 if venv else 1};; esac",
                "exit 9",
            ]
            self.command(name, "\n".join(lines))

        def command(self, name, text="#!/bin/sh\n"):
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)

        def find(self, **environment):
            return subprocess.run(  # noqa: S603 - our own script
                ["/bin/sh", str(SCRIPT), "--find"],
                env={"PATH": str(tmp_path), **environment},
                capture_output=True,
                text=True,
                check=False,
            )

    return Machine()


def test_the_newest_python_that_will_do_is_taken(machine):
    for name, version in [("python3", "3.11"), ("python3.12", "3.12"), ("python3.15", "3.15")]:
        machine.python(name, version)
    assert machine.find().stdout == "python3.12\n"


def test_a_python_that_is_on_path_but_does_not_run_is_passed_over(machine):
    machine.python("python3.13", "3.13", runs=False)
    machine.python("python3", "3.11")
    assert machine.find().stdout == "python3\n"


def test_a_python_without_venv_is_passed_over(machine):
    machine.python("python3.13", "3.13", venv=False)
    machine.python("python3.11", "3.11")
    assert machine.find().stdout == "python3.11\n"


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "sudo apt-get install python3 python3-venv"),
        ("dnf", "sudo dnf install python3"),
        ("brew", "brew install python@3.13"),
        ("none", "PYTHON=/path/to/python3 make install"),
    ],
)
def test_no_python_is_one_line_with_the_command_to_type(machine, manager, command):
    machine.python("python3", "3.9")
    machine.command(manager)
    done = machine.find()
    assert done.returncode == 1
    assert done.stderr == f"No Python 3.11 to 3.14 was found: type  {command}\n"


def test_no_venv_module_is_one_line_with_the_command_to_type(machine):
    machine.python("python3", "3.11", venv=False)
    machine.command("apt-get")
    done = machine.find()
    assert done.returncode == 1
    assert done.stderr == "Python 3.11 has no venv module: type  sudo apt-get install python3.11-venv\n"


@pytest.mark.parametrize(
    ("version", "told"), [("3.10", "is Python 3.10, not"), ("3.15", "is Python 3.15, not")]
)
def test_a_python_that_was_named_and_will_not_do_is_refused_and_no_other_stands_in(machine, version, told):
    machine.python("mine", version)
    machine.python("python3", "3.12")
    done = machine.find(PYTHON="mine")
    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_python_that_was_named_and_is_not_there_is_one_line(machine):
    done = machine.find(PYTHON="/nowhere/python3")
    assert done.returncode == 1
    assert (
        done.stderr == "PYTHON=/nowhere/python3 is not a Python that Byline can use: it needs 3.11 to 3.14.\n"
    )


def test_the_python_that_runs_these_tests_will_do(machine):
    assert machine.find(PYTHON=sys.executable).stdout == f"{sys.executable}\n"


def make(folder, *arguments, path):
    return subprocess.run(  # noqa: S603 - our own Makefile
        ["make", "-C", str(folder), *arguments],  # noqa: S607
        env={"PATH": f"{path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path):
    """A small folder with the real Makefile and script, and a Python whose venv and pip are stand-ins."""
    folder = tmp_path / "checkout"
    (folder / "scripts").mkdir(parents=True)
    (folder / "Makefile").write_text((ROOT / "Makefile").read_text())
    (folder / "scripts" / "install.sh").write_text(SCRIPT.read_text())
    (folder / "requirements.lock").write_text("torch==2.13.0\n")
    pip = 'echo "$*" >> pip.log; if [ -e broken ]; then exit 1; fi'
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python3.14"
    python.write_text(
        "#!/bin/sh\n"
        'case "$2" in *version_info*) echo 3.14; exit 0;; *ensurepip*) exit 0;; esac\n'
        f'mkdir -p "$3/bin"; printf \'#!/bin/sh\\n{pip}\\n\' > "$3/bin/python"; chmod +x "$3/bin/python"\n'
    )
    python.chmod(0o755)
    return folder


def stamps(checkout):
    return list((checkout / ".venv").glob(".installed-*"))


def test_an_installation_leaves_a_stamp_and_a_second_one_does_nothing(checkout):
    path = checkout.parent / "bin"
    assert make(checkout, "install", path=path).returncode == 0
    assert len(stamps(checkout)) == 1
    (checkout / "pip.log").unlink()
    assert make(checkout, "install", path=path).returncode == 0
    assert not (checkout / "pip.log").exists()


def test_a_failed_installation_leaves_no_stamp_and_the_next_begins_anew(checkout):
    path = checkout.parent / "bin"
    (checkout / "broken").touch()
    done = make(checkout, "install", path=path)
    assert done.returncode != 0
    assert "starts it anew" in done.stderr
    assert stamps(checkout) == []
    (checkout / "broken").unlink()
    (checkout / ".venv" / "left").touch()
    assert make(checkout, "install", path=path).returncode == 0
    assert not (checkout / ".venv" / "left").exists()


def test_another_lock_or_another_folder_installs_anew(checkout):
    path = checkout.parent / "bin"
    make(checkout, "install", path=path)
    old = stamps(checkout)
    (checkout / "requirements.lock").write_text("torch==2.14.0\n")
    make(checkout, "install", path=path)
    assert len(stamps(checkout)) == 1
    assert stamps(checkout) != old
    moved = checkout.rename(checkout.with_name("moved"))
    (moved / "pip.log").unlink()
    make(moved, "install", path=path)
    assert (moved / "pip.log").exists()


def test_the_index_for_torch_is_asked_for_torch_and_for_nothing_else(checkout):
    make(checkout, "install", "TORCH_INDEX=http://127.0.0.1/cpu", path=checkout.parent / "bin")
    calls = (checkout / "pip.log").read_text().splitlines()
    assert [("--index-url http://127.0.0.1/cpu" in call, "torch==2.13.0" in call) for call in calls] == [
        (True, True),
        (False, False),
        (False, False),
    ]
    assert "--no-deps" in calls[0]
