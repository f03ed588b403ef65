"""A private PostgreSQL server for one test session: temporary folder, loopback port, no durability, stopped at the end.

PostgreSQL refuses to run as root, so then it runs as the user `postgres`. No container is needed, only the binaries.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

_FAST = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB", "shared_buffers=64MB",
    "autovacuum=off", "checkpoint_timeout=1h",
)  # fmt: skip
_MISSING = "The store tests need PostgreSQL: install the package `postgresql` (Debian: apt-get install postgresql)."


@dataclass
class Server:
    port: int
    folder: Path
    _start: "Callable[[], subprocess.Popen[bytes]]"
    _process: "subprocess.Popen[bytes]"
    _administrator: "psycopg.Connection[Any] | None" = None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str) -> None:
        """One statement outside a transaction, as the administrator."""
        if self._administrator is None:
            self._administrator = psycopg.connect(self.url("postgres"), autocommit=True)
        self._administrator.execute(statement)

    def create(self, name: str, template: str) -> str:
        """A new database like that one, by its files: page by page through the log it takes twice as long. Its URL."""
        self.run(f"create database {name} template {template} strategy file_copy")
        return self.url(name)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends all connections first; SIGQUIT leaves at once, as a crash does."""
        if self._administrator is not None:
            self._administrator.close()
            self._administrator = None
        self._process.send_signal(how)
        self._process.wait(timeout=30)

    def start(self) -> None:
        """Start it again after `stop`; it answers then."""
        self._process = self._start()


@contextmanager
def started() -> Iterator[Server]:
    """A running server."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="desk-pg-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    who = _other_user()
    if who:
        os.chown(folder, who["user"], who["group"])
    try:
        common: dict[str, Any] = {
            "cwd": folder,
            "env": {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        }
        data = folder / "data"
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True, capture_output=True, **common, **who,
        )  # fmt: skip
        port = _free_port()
        options = [word for option in _FAST for word in ("-c", option)]

        def start() -> "subprocess.Popen[bytes]":
            with (folder / "log").open("ab") as log:
                process = subprocess.Popen(
                    [binaries / "postgres", "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", str(port), *options],
                    stdout=log, stderr=log, preexec_fn=_die_with_parent, **common, **who,
                )  # fmt: skip
            _wait_until_ready(process, data, folder / "log")
            return process

        server = Server(port, folder, start, start())
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    if not folders:
        pytest.fail(_MISSING, pytrace=False)
    return folders[-1].parent


def _other_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    pytest.fail("PostgreSQL does not run as root, and this machine has no user `postgres`.", pytrace=False)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _die_with_parent() -> None:
    """Asks Linux to stop the server if the test process is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _wait_until_ready(server: "subprocess.Popen[bytes]", data: Path, log: Path) -> None:
    pause = threading.Event()
    for _ in range(1_500):
        if server.poll() is not None:
            pytest.fail(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}", pytrace=False)
        status = data / "postmaster.pid"
        if status.exists() and "ready" in status.read_text():
            return
        pause.wait(0.02)
    pytest.fail("PostgreSQL did not become ready within 30 seconds.", pytrace=False)
