"""Crash journals on disk: every edit is written at once and reaches the disk within two seconds. One file a session.

A killed program loses nothing it wrote; a dead machine at most SYNC_S and one flush. What the lines mean:
`domain.document.journal`. A file whose program still runs is held by a lock and offered to nobody.
"""

import contextlib
import hashlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from restock_desk.domain.document import journal as lines
from restock_desk.domain.document.journal import Recovered
from restock_desk.domain.document.operations import Operation
from restock_desk.domain.document.tree import Document
from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)
SYNC_S = 1.0
"""How far behind its writing the disk may be."""
FULL = 4 * 1024 * 1024
"""Bytes after which a journal begins again from the present document."""
READ_LIMIT = 64 * 1024 * 1024
_ENDING = ".journal"


@dataclass(frozen=True)
class Leftover:
    """A journal that nobody closed: work that was not saved."""

    path: Path
    found: Recovered


class Journal:
    """The journal of one editing session. Calls come from one thread; the disk is waited for on another.

    A disk that cannot be written stops the journal, not the typing: `fault` then says why, for the window to show.
    """

    def __init__(
        self, folder: Path, session: str, document: Document, template: int, now: Callable[[], datetime]
    ) -> None:
        self.path = folder / f"{session}{_ENDING}"
        self.fault: DeskError | None = None
        self._now, self._template, self._steps, self._size = now, template, 0, 0
        self._file: IO[bytes] | None = None
        self._dirty, self._ended = threading.Event(), threading.Event()
        self._guard = threading.Lock()
        with self._told():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._begin(document)
        self._syncer = threading.Thread(target=self._follow, name=f"journal {session}", daemon=True)
        self._syncer.start()

    def append(self, edits: Sequence[Operation], document: Document) -> None:
        """Write one step down; `document` is what it led to. Microseconds; the disk follows within SYNC_S."""
        with self._told(), self._guard:
            if self._file is None:
                return
            line = lines.step(self._steps + 1, edits, self._now()).encode()
            if self._size + len(line) > FULL:
                self._begin(document)
                return
            self._file.write(line)
            self._steps += 1
            self._size += len(line)
            self._dirty.set()

    def restart(self, document: Document, template: int) -> None:
        """The document was saved: what was written so far is no longer needed."""
        self._template = template
        with self._told(), self._guard:
            if self._file is not None:
                self._begin(document)

    def close(self, keep: bool = False) -> None:
        """End the session. `keep`: leave the file, so that the work is offered at the next start."""
        self._ended.set()
        self._dirty.set()
        self._syncer.join()
        with self._told(), self._guard:
            if self._file is None:
                return
            if keep:
                os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
            if not keep:
                self.path.unlink(missing_ok=True)

    def _begin(self, document: Document) -> None:
        """A new file in the place of the old one: complete or not at all."""
        partial = self.path.with_suffix(".partial")
        file = os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=0)
        try:
            _hold(file)
            head = lines.head(document, self._template, self._now()).encode()
            file.write(head)
            os.fsync(file.fileno())
            old, self._file = self._file, file
            if old is not None:
                old.close()
            if sys.platform == "win32":
                file.close()  # an open file cannot be renamed there
                partial.replace(self.path)
                self._file = self.path.open("ab", buffering=0)
            else:
                partial.replace(self.path)
        except OSError:
            file.close()
            raise
        self._steps, self._size = 0, len(head)

    def _follow(self) -> None:
        """Bring to the disk what was written, at most each SYNC_S."""
        while not self._ended.is_set():
            self._dirty.wait()
            self._ended.wait(SYNC_S)
            self._dirty.clear()
            with self._told():
                with self._guard:
                    copy = os.dup(self._file.fileno()) if self._file is not None else -1
                if copy >= 0:
                    try:
                        os.fsync(copy)  # outside the guard: typing goes on meanwhile
                    finally:
                        os.close(copy)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self.fault is None:
                log.warning("the crash journal cannot be written: %s", type(error).__name__)
            self.fault = DeskError(
                "What you type is not being written down for a crash: the disk takes nothing.",
                "Save your work, then look at free space and permissions of the data folder.",
            )


def begin(desk: Desk, session: str, document: Document, template: int) -> Journal:
    """The journal of a new session; `session` is a name nobody had before, `template` 0 for a saved block, whose id the
    document then has."""
    return Journal(folder_of(desk), session, document, template, desk.now)


def folder_of(desk: Desk) -> Path:
    """Where the journals of a database are: profiles may share a data folder."""
    database = hashlib.sha256(desk.store.url.render_as_string(hide_password=True).encode()).hexdigest()[:12]
    return desk.data_dir / "journals" / database


def leftovers(folder: Path) -> list[Leftover]:
    """Journals that no running program holds and that hold at least one step, newest first. Empty ones are removed."""
    found = []
    for path in sorted(folder.glob(f"*{_ENDING}")) if folder.is_dir() else []:
        with contextlib.suppress(OSError), path.open("rb+") as file:
            if not _hold(file) or path.stat().st_size > READ_LIMIT:
                continue
            recovered = lines.read(file.read())
            if recovered and recovered.steps:
                found.append(Leftover(path, recovered))
            elif recovered and recovered.whole:
                path.unlink()
    return sorted(found, key=lambda one: one.found.last_at, reverse=True)


def forget(leftover: Leftover) -> None:
    """Remove a journal whose work was taken over, or is not wanted."""
    leftover.path.unlink(missing_ok=True)


def _hold(file: IO[bytes]) -> bool:
    """Lock a file against other programs; False where one has it."""
    if sys.platform != "win32":
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True
