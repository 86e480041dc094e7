"""The data folder, which one process owns at a time."""

import fcntl
import os
from pathlib import Path

from service.domain.errors import DataFolderInUse, Misconfigured


class DataFolder:
    """Holds the folder's lock. The kernel frees it when the process ends, however it ends.

    Args:
        path: The folder; made where it is not there.

    Raises:
        DataFolderInUse: Another process holds it.
        Misconfigured: It cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._file = (path / "lock").open("w")
        except OSError as error:
            raise Misconfigured(f"the data folder {path} cannot be used: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise DataFolderInUse(
                f"another process uses the data folder {path}: stop it, or give --data"
            ) from None
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def close(self) -> None:
        """Let go."""
        self._file.close()
