"""Long work off the caller's thread: lanes, cancel token, progress. Standard threads and plain data; no Qt here."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from restock_desk.errors import Cancelled

T = TypeVar("T")


class CancelToken:
    """Set once by whoever wants a job to stop; looked at, or waited on, by the job. Safe from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        self._event.set()

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the job was asked to stop."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Wait up to `seconds`; True as soon as the job was asked to stop. The only way to pause inside a job."""
        return self._event.wait(seconds)


@dataclass(frozen=True)
class Progress:
    """How far a job is: `done` of `total` (0 = not known) things, and one short sentence on what it does."""

    done: int = 0
    total: int = 0
    note: str = ""


SENDS = "sends"
ProgressFn = Callable[[Progress], None]


def no_progress(_: Progress) -> None:
    """For callers that do not watch."""


def sends_by(route: str) -> str:
    """The lane of what leaves by this route: a server that is slow, or silent, holds up nobody on another."""
    return f"{SENDS}:{route}"


@dataclass(frozen=True)
class JobRunner:
    """Threads by lane: `reads` answers questions, `writes` changes data, `sends` delivers single mails.

    The lanes of `sends_by` have a thread each, made when first asked for.
    """

    lanes: dict[str, ThreadPoolExecutor] = field(
        default_factory=lambda: {lane: _pool(lane, n) for lane, n in (("reads", 3), ("writes", 1), (SENDS, 1))}
    )
    _adding: threading.Lock = field(default_factory=threading.Lock)

    def run(self, lane: str, fn: Callable[[], T]) -> "Future[T]":
        """Queue `fn` on `lane`. The future holds its value or what it raised."""
        with self._adding:
            if lane not in self.lanes and lane.startswith(sends_by("")):
                self.lanes[lane] = _pool(lane.partition(":")[0], 1)
        return self.lanes[lane].submit(fn)

    def close(self) -> None:
        """Wait for what runs, drop what waits. Cancel the tokens of long jobs first."""
        for pool in self.lanes.values():
            pool.shutdown(wait=True, cancel_futures=True)


def _pool(name: str, threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=f"desk-{name}")
