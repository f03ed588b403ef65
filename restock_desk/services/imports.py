"""Files coming in: looked at, tried, taken in by short transactions; cancel leaves what is in and says so.

Memory holds one chunk and at most the first 10,000 rejected lines, whatever the size of the file.
"""

import csv
import gc
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from restock_desk import feeds
from restock_desk.domain.audience import PlainPeople, SubscriberIn
from restock_desk.domain.cells import guarded
from restock_desk.domain.imports import FilePreview, ImportKind, ImportReport, ReadOptions, Rejected
from restock_desk.domain.staff import AuditEntry
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services.desk import Desk
from restock_desk.services.intake import INTAKES, Circumstances
from restock_desk.services.rehearsal import Rehearsal
from restock_desk.services.shop import shop
from restock_desk.store import Unit, bulk, feedback, imports, search, staff
from restock_desk.store.first_load import FirstLoad, TooMany

log = logging.getLogger(__name__)
PAUSE_S = 0.010
"""Between two chunks on SQLite, so that the window's own writes never wait long."""
_ROWS = {"sqlite": 2_000, "postgresql": 10_000}
_MOST = {ImportKind.PRODUCTS: dict.fromkeys(_ROWS, 400), ImportKind.FEEDBACK: feedback.BATCH}
"""Records of these kinds that one transaction takes at most: they cost more than a row, and others wait meanwhile."""
_LOAD_ROWS = 10_000
_NAMED = 5
LOAD_S = 8.0
"""How long one transaction of a first load reads, so that other writers wait less than their 15 s."""
LOADS = 3
"""So many such transactions at most; each sorts all rows again. What is left goes the ordinary way."""
_LET_IN_S = 0.3
"""Longer than SQLite's waiting writers sleep between two looks."""
BIG = 20_000_000
"""Bytes from which a file of people is big: an index of few rows is then built after it."""


def inspect(desk: Desk, path: Path, kind: ImportKind, options: ReadOptions) -> FilePreview:
    """What the file looks like. Nothing is written."""
    return feeds.preview(path, kind, options)


def run(
    desk: Desk,
    path: Path,
    kind: ImportKind,
    options: ReadOptions,
    dry_run: bool = False,
    token: CancelToken | None = None,
    progress: ProgressFn = no_progress,
) -> ImportReport:
    """Take a file in, or only say what would happen. Bad lines are listed, good ones go in, the same file twice
    changes nothing. Cancelled, the report says how far it came and what is in stays in."""
    job = _Job(desk, path, kind, options, dry_run, token or CancelToken(), progress)
    return job.run()


def errors(desk: Desk, run_id: int) -> list[Rejected]:
    """The lines a run rejected, the first 10,000."""
    with desk.store.reading() as u:
        return imports.rejected(u, run_id)


def export_errors(desk: Desk, run_id: int, path: Path | str) -> int:
    """Write the rejected lines as CSV, no cell a formula; how many."""
    lines = errors(desk, run_id)
    target = Path(path)
    partial = target.with_name(f".{target.name}.part")
    try:
        with open(partial, "w", encoding="utf-8-sig", newline="", opener=_private) as file:
            writer = csv.writer(file)
            writer.writerow(("line", "field", "reason", "raw"))
            writer.writerows((one.line, *map(guarded, (one.field, one.reason, one.raw))) for one in lines)
        os.replace(partial, target)
    except OSError as error:
        with suppress(OSError):  # of a disk that may not be written
            partial.unlink(missing_ok=True)
        raise DeskError(f"The file {target.name} cannot be written.", "Check the folder and its room.") from error
    return len(lines)


def _twice_used(skus: list[str]) -> list[str]:
    if not skus:
        return []
    named = ", ".join(skus[:_NAMED]) + (f" and {len(skus) - _NAMED:,} more" if len(skus) > _NAMED else "")
    if len(skus) == 1:
        each = f"The SKU {named} belongs to more than one variant."
    else:
        each = f"Each of these SKUs belongs to more than one variant: {named}."
    return [f"{each} Stock levels and sign-ups that name it fit none of them."]


@contextmanager
def _no_garbage() -> Iterator[None]:
    """No search for cycles while a million rows pass: they hold none, and looking costs a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Job:
    """One import from its first chunk to its report."""

    def __init__(
        self, desk: Desk, path: Path, kind: ImportKind, options: ReadOptions, dry_run: bool, token: CancelToken,
        progress: ProgressFn,
    ) -> None:  # fmt: skip
        self.desk, self.path, self.kind, self.dry_run = desk, path, kind, dry_run
        self.token, self.progress = token, progress
        self.began, self.now = perf_counter(), desk.now()
        self.reader = feeds.open_reader(path, kind, options)
        self.rejected: list[Rejected] = []
        self.accepted = self.unchanged = self.n_rejected = self.parked = self.restocks = 0
        self.run_id: int | None = None
        self.twice: dict[str, None] = {}
        self.rehearsal = Rehearsal(kind) if dry_run else None
        self._again = (path, kind, options)
        self.name = path.name.encode("utf-8", "replace").decode("utf-8")
        self.about = Circumstances(self.now, shop(desk).rule, self.name)

    def run(self) -> ImportReport:
        """The whole job. A run that breaks off says so in the list of imports."""
        try:
            return self._run()
        except BaseException:
            self._broke_off()
            raise

    def _run(self) -> ImportReport:
        rebuild = self._prepare()
        cancelled = self._look() if self.rehearsal else False
        size = _MOST.get(self.kind, _ROWS)[self.desk.store.dialect]
        try:
            first = rebuild and self.desk.store.dialect == "sqlite"
            source = self._load() if first else iter(self.reader)
            cancelled = cancelled or self.token.cancelled
            while not cancelled and (chunk := list(islice(source, size))):
                self._take(chunk)
                self.progress(Progress(self.reader.bytes_read, self.reader.size, f"{self.reader.rows_read:,} lines"))
                if self.token.cancelled or (self.desk.store.dialect == "sqlite" and self.token.wait(PAUSE_S)):
                    cancelled = True
        finally:
            self.reader.close()
        seconds = perf_counter() - self.began
        if rebuild:
            self._rebuild()
        self._finish(cancelled)
        return ImportReport(
            run_id=self.run_id, kind=self.kind, format=self.reader.format, read=self.read, accepted=self.accepted,
            unchanged=self.unchanged, rejected=tuple(self.rejected), rejected_total=self.n_rejected,
            parked=self.parked, restocks=self.restocks, dry_run=self.dry_run, cancelled=cancelled,
            notes=(*self.reader.notes, *_twice_used(list(self.twice))), seconds=seconds,
        )  # fmt: skip

    @property
    def read(self) -> int:
        """Rows that got a fate. On a cancel the reader may be ahead of that."""
        return self.accepted + self.unchanged + self.n_rejected

    def _look(self) -> bool:
        """Read the file once for the rehearsal; True if a person stopped it."""
        assert self.rehearsal is not None
        with feeds.open_reader(*self._again) as records:
            for number, record in enumerate(records):
                self.rehearsal.look(record)
                if number % _LOAD_ROWS == 0 and self.token.cancelled:
                    return True
        return False

    def _prepare(self) -> bool:
        """Open the run; True if the search index is to be built afterwards."""
        if self.dry_run:
            return False
        big = self.kind is ImportKind.SUBSCRIBERS and self.reader.size > BIG
        with self.desk.store.unit() as u:
            self.run_id = imports.begin(u, self.kind, self.name, self.now)
            later = big and imports.few(u, "subscriber", self.reader.size // 400)
            if later:
                search.drop(u, "subscriber")
            u.commit()
        if later:
            self.about = Circumstances(self.now, self.about.rule, self.about.source, index=False)
        return later

    def _load(self) -> Iterator[Any]:
        """The first big file of people, in few transactions without indexes; what is left for the ordinary way.

        That is all that did not go in where too many of its people are there already.
        """
        assert isinstance(self.reader, feeds.Reader)
        records = self.reader.together()
        for _ in range(LOADS):
            counted, refused, kept = self.accepted, self.n_rejected, len(self.rejected)
            passed = self.read
            try:
                more, others = self._load_some(records)
            except TooMany:
                self.reader.close()
                self.reader = feeds.open_reader(*self._again)
                self.accepted, self.n_rejected = counted, refused
                del self.rejected[kept:]
                return islice(self.reader, passed, None)
            for start in range(0, len(others), _ROWS["sqlite"]):
                if not self.token.cancelled:
                    self._take(others[start : start + _ROWS["sqlite"]])
            if not more or self.token.wait(_LET_IN_S):
                break
        return iter(self.reader)

    def _load_some(self, records: Iterator[Any]) -> tuple[bool, list[SubscriberIn]]:
        """One transaction's worth; whether there is more, and who is to be merged."""
        with self.desk.store.unit() as u, bulk.spare(u), _no_garbage():
            load = FirstLoad(u, self.now)
            more = self._fill(u, load, records)
            self.progress(Progress(self.reader.bytes_read, self.reader.size, "Sorting"))
            others = load.close()
            self.accepted -= len(others)
            self._advance(u, "running")
            u.commit()
        return more, others

    def _fill(self, u: Unit, load: FirstLoad, records: Iterator[Any]) -> bool:
        """Add people until the file ends, a person stops it, or others have waited long enough to write: True."""
        singles: list[SubscriberIn] = []
        refused: list[Rejected] = []
        ending, rows = perf_counter() + LOAD_S, 0
        for item in records:
            if isinstance(item, PlainPeople):
                if singles:
                    self.accepted += load.add(singles)
                    singles = []
                self.accepted += load.add(item)
                rows += len(item.rows)
            else:
                rows += 1
                if isinstance(item, Rejected):
                    refused.append(item)
                else:
                    singles.append(item)
            if rows >= _LOAD_ROWS:
                self.accepted += load.add(singles)
                self._keep(u, refused)
                singles, refused, rows = [], [], 0
                self.progress(Progress(self.reader.bytes_read, self.reader.size, f"{self.reader.rows_read:,} lines"))
                if self.token.cancelled or perf_counter() > ending:
                    return True
        self.accepted += load.add(singles)
        self._keep(u, refused)
        return False

    def _take(self, chunk: Sequence[Any]) -> None:
        refused = [item for item in chunk if isinstance(item, Rejected)]
        records = [item for item in chunk if not isinstance(item, Rejected)] if refused else chunk
        with self.desk.store.unit() as u:
            if self.rehearsal and (before := self.rehearsal.before(records)):
                INTAKES[self.kind](u, before, self.about)
            if records:
                done = INTAKES[self.kind](u, records, self.about)
                refused += done.rejected
                self.accepted += done.accepted
                self.unchanged += done.unchanged
                self.parked += done.parked
                self.restocks += done.restocks
                self.twice |= dict.fromkeys(done.twice_used)
            self._keep(u, refused)
            if self.run_id is not None:
                self._advance(u, "running")
                u.commit()

    def _keep(self, u: Unit, refused: list[Rejected]) -> None:
        refused.sort(key=lambda one: one.line)
        room = imports.KEPT - len(self.rejected)
        self.n_rejected += len(refused)
        self.rejected += refused[:room]
        if self.run_id is not None:
            imports.keep_rejected(u, self.run_id, refused[:room])

    def _advance(self, u: Unit, state: str) -> None:
        ended = None if state == "running" else self.desk.now()
        assert self.run_id is not None
        counts = (self.read, self.accepted, self.unchanged, self.n_rejected)
        imports.advance(u, self.run_id, *counts, self.reader.format, state, ended)

    def _rebuild(self) -> None:
        """Build the search index in short steps; it is finished even after a cancel, or searches would stay slow."""
        after: int | None = 0
        while after is not None:
            with self.desk.store.unit() as u, bulk.spare(u):
                after = search.build_step(u, "subscriber", after)
                u.commit()
            self.progress(Progress(0, 0, "Building the search index"))
            self.token.wait(PAUSE_S if not self.token.cancelled else 0)

    def _broke_off(self) -> None:
        if self.run_id is None:
            return
        with suppress(DeskError), self.desk.store.unit() as u:
            self._advance(u, "failed")
            u.commit()

    def _finish(self, cancelled: bool) -> None:
        if self.run_id is None:
            return
        with self.desk.store.unit() as u:
            self._advance(u, "cancelled" if cancelled else "done")
            told: dict[str, object] = {"read": self.read, "accepted": self.accepted, "rejected": self.n_rejected}
            entry = AuditEntry(self.desk.now(), self.desk.actor.name, f"import.{self.kind.value}", self.name, "", told)
            staff.record(u, entry)
            u.commit()
        log.info("import %s: %d rows read, %d rejected", self.run_id, self.read, self.n_rejected)
