"""Worker processes on a test's own PostgreSQL, and waiting for what they do."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from restock_desk.domain.campaigns import Campaign
from restock_desk.services import campaigns, templates
from restock_desk.services.desk import Desk
from tests.campaigning import DRAFT, many_waiting

ROOT = Path(__file__).parents[2]


@contextmanager
def worker(url: str, home: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command `restock-desk worker` as a process; asked to stop, and waited for, at the end."""
    command = [sys.executable, "-m", "restock_desk", "worker", "--db", url, *(options or ("--metrics", "off"))]
    environment = {**os.environ, "RESTOCK_DESK_DATA": str(home), "RESTOCK_DESK_CONFIG": str(home)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise


def until(what: Callable[[], bool], seconds: float = 60) -> float:
    """Wait until it is so; how many seconds that took. Fails when it takes longer than `seconds`."""
    began, tick = time.monotonic(), threading.Event()
    while not what():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        tick.wait(0.05)
    return time.monotonic() - began


def queued(desk: Desk, people: int, transport: str, rate: float | None = None) -> Campaign:
    """A live campaign to so many people, for whoever delivers it; at so many mails a second, where it must last."""
    event_id = many_waiting(desk.store, people)
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Back", DRAFT).id)
    return campaigns.launch(desk, review, transport, rate_limit_per_s=rate)


def address(desk: Desk) -> str:
    """The database's address for a command line."""
    return desk.store.url.set(drivername="postgresql").render_as_string(hide_password=False)
