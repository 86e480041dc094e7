"""What has to be so before the embedding model's library is imported."""

import subprocess
import sys

IMPORTS = (
    "import os, sys, service.bootstrap; print(os.environ.get('OMP_WAIT_POLICY'), 'torch' in sys.modules)"
)


def test_threads_are_told_to_wait_without_spinning_before_torch_reads_it(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    done = subprocess.run(  # noqa: S603 - its own words
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["PASSIVE", "False"]
