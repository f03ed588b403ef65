"""How long the window stood still: between two beats of its event loop, by its own doing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QTimer

EVERY_MS = 5
_SCHEDULED = Path("/proc/thread-self/schedstat")


@contextmanager
def beating() -> Iterator[list[float]]:
    """The seconds between the beats so far, without those for which the machine let others work first: a loaded
    machine is no fault of the window's. (What another thread of ours does while this one waits for it is.)"""
    gaps: list[float] = []
    last = _now()

    def beat() -> None:
        nonlocal last
        now = _now()
        gaps.append(now - last)
        last = now

    clock = QTimer()
    clock.timeout.connect(beat)
    clock.start(EVERY_MS)
    try:
        yield gaps
    finally:
        clock.stop()


def _now() -> float:
    """Seconds of this thread: the time that goes by, but for the time in which it could have run and was not let."""
    kept_waiting_ns = 0
    with suppress(OSError, IndexError, ValueError):  # only Linux tells
        kept_waiting_ns = int(_SCHEDULED.read_text(encoding="ascii").split()[1])
    return monotonic() - kept_waiting_ns / 1e9
