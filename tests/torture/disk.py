"""A small disk of its own for a SQLite file, which can be filled and emptied while the service runs."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.installation import Installation, Service

SIZE = 24 * 1024 * 1024
CHUNK = 4096


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small tmpfs on the folder where this process may; False where it may not."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


class Fullness:
    """Fills the disk under a service; where there is none of its own, no file of the process may grow any more."""

    def __init__(self, of: Installation, service: Service, *, mounted: bool) -> None:
        self._filler = of.file.with_name("filler")
        self._file = of.file
        self._service = service
        self._mounted = mounted

    def fill(self) -> None:
        """From now on nothing fits."""
        if not self._mounted:
            self._limit(self._file.stat().st_size)
            return
        with self._filler.open("wb", buffering=0) as filler:
            try:
                while filler.write(b"\0" * CHUNK) == CHUNK:
                    pass
            except OSError:
                return

    def empty(self) -> None:
        """There is room again."""
        if self._mounted:
            self._filler.unlink()
        else:
            self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        resource.prlimit(self._service.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
