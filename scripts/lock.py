"""`make lock`: resolve pyproject.toml with all extras into requirements.lock.

Pins that still fit are kept; to move one, change it in the lock or in pyproject.toml and run this again
(`--upgrade` moves all). The lock names versions and nothing of the machine that made it: no index, no
folder, no build tag such as +cpu, no hashes (a CPU build of torch and the registry's differ).
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "requirements.lock"
HEADER: Final = """\
# Made by `make lock` from pyproject.toml with the extras dev and evals; `make install` installs it, the
# image takes the service's part of it (as a constraint). Exact versions, no hosts, no paths, no hashes.
"""
# A CUDA build of torch pins these exactly itself; a CPU build has none of them.
OF_TORCH: Final = re.compile(r"^(nvidia-|cuda-|triton$)")
PIN: Final = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;+]+)(?:\+[^\s;]+)?(?P<marker>\s*;.*)?$"
)


def clean(resolved: str) -> str:
    """Strip what belongs to the machine from pip-compile's output.

    Args:
        resolved: Lines of pins, each followed by indented comments that say who needs it.

    Returns:
        The lock's text, with its header.

    Raises:
        ValueError: A line is neither a pin nor a comment, such as an index or a path.
    """
    kept: list[str] = []
    keep = False
    for line in resolved.splitlines():
        if not line.strip():
            continue
        if line.lstrip().startswith("#"):
            if keep and line.startswith(" ") and " -c " not in line:
                kept.append(line)
            continue
        pin = PIN.match(line)
        if pin is None:
            raise ValueError(f"not a pin: {line}")
        keep = not OF_TORCH.match(pin["name"])
        if keep:
            kept.append(f"{pin['name']}=={pin['version']}{pin['marker'] or ''}")
    return HEADER + "\n".join(kept) + "\n"


def main(arguments: list[str]) -> int:
    """Resolve and write.

    Returns:
        pip-compile's exit code.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "requirements.txt")
        if LOCK.exists():
            out.write_text(LOCK.read_text())
        command = [
            *(sys.executable, "-m", "piptools", "compile", "--quiet", "--no-header", "--strip-extras"),
            *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"),
            # setuptools is pinned too, since it builds the project; pip is the virtual environment's own.
            *("--unsafe-package", "pip", "--extra", "dev", "--extra", "evals", "--output-file", str(out)),
            *arguments,
            "pyproject.toml",
        ]
        done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - fixed but for make's arguments
        if done.returncode == 0:
            LOCK.write_text(clean(out.read_text()))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
