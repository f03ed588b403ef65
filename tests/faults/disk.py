"""A disk that can lose power and run full, for the SQLite file of sender processes: `disk.c`, compiled once."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from restock_desk.store import Store

_SOURCE = Path(__file__).with_name("disk.c")
_FILES = ("", "-wal")


@dataclass(frozen=True)
class Disk:
    """Under one database. Only the processes of `env` may write to it while they live."""

    database: Path
    library: Path

    @property
    def env(self) -> Mapping[str, str]:
        return {"LD_PRELOAD": str(self.library), "RD_DISK": str(self.database)}

    def insert(self) -> None:
        """From now on it counts what is synced; what is there already is."""
        for end in _FILES:
            kept = self._of(f"{end}.disk")
            kept.unlink(missing_ok=True)
            if self._of(end).exists():
                shutil.copyfile(self._of(end), kept)

    def cut(self) -> None:
        """The power goes: what was not synced is gone. All processes must be dead."""
        for end in _FILES:
            self._of(end).unlink(missing_ok=True)
            if self._of(f"{end}.disk").exists():
                shutil.copyfile(self._of(f"{end}.disk"), self._of(end))
        self._of("-shm").unlink(missing_ok=True)

    def fill(self) -> None:
        self._of(".full").touch()

    def free(self) -> None:
        self._of(".full").unlink()

    def _of(self, end: str) -> Path:
        return self.database.with_name(self.database.name + end)


def disk_under(store: Store, folder: Path) -> Disk:
    """The disk under a closed store's file; the library is made in `folder`."""
    assert store.path is not None
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.fail("These tests need a C compiler: install the package `gcc` (and `libc6-dev`).", pytrace=False)
    library = folder / "disk.so"
    subprocess.run(
        [compiler, "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl", "-lpthread"],
        check=True,
    )
    return Disk(store.path.resolve(), library)
