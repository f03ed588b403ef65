"""Processes that deliver with the real loop until they are done, stopped, or killed. See `crew` for the other side.

Everything is imported once; each line on standard input, an `Order` as JSON, forks a process. Its number is printed,
and a line when it ended; what an operator would have been told goes before that.
"""

import json
import os
import select
import signal
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from restock_desk.domain.staff import Actor
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery
from restock_desk.services.desk import Desk
from restock_desk.store import open_store


@dataclass(frozen=True)
class Order:
    """Deliver `campaign` of the database at `url`; or, with `events`, press Send for them so many times first."""

    url: str
    campaign: int = 0
    events: tuple[int, ...] = ()
    template: int = 0
    transport: str = "outbox:unused"
    clicks: int = 0
    pragmas: tuple[str, ...] = ()
    """Set on SQLite connections, after our own."""
    ahead_s: float = 0
    """How far this process's clock is ahead."""
    memory: bool = False
    """Tell the memory it used at most, in kB."""
    wait: bool = False
    """Wait for retries, as the command line does."""
    chunk: int = 0
    """A launch queues so many people in one transaction; 0 = as ever."""


def desk_of(order: Order) -> Desk:
    """The desk of this process."""
    start = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19]

    @event.listens_for(Pool, "checkout")
    def _pragmas(connection: Any, *_: object) -> None:
        for pragma in order.pragmas:
            connection.execute(f"pragma {pragma}")

    return Desk(
        store=open_store(order.url),
        actor=Actor("sender"),
        now=lambda: datetime.now(UTC) + timedelta(seconds=order.ahead_s),
        secret=lambda _: None,
        data_dir=Path(),
        transport=order.transport,
        host=f"{socket.gethostname()}:{os.getpid()}:{start}",
        machine="one machine",  # it is still the same after a power cut, though the disk's files are others
    )


def perform(order: Order, say: Any) -> None:
    desk = desk_of(order)
    if order.chunk:
        campaigns.AT_ONCE = campaigns.CHUNK_SQLITE = order.chunk
    wanted = [order.campaign] if order.campaign else []
    for _ in range(order.clicks):
        try:
            review = campaigns.review(desk, order.events, order.template)
            wanted.append(campaigns.launch(desk, review, order.transport).id)
            say("launched")
        except DeskError as error:
            say(f"refused: {error}")
    if not order.clicks:
        campaigns.recover(desk)
    for campaign_id in wanted:
        delivery.deliver(desk, campaign_id, CancelToken(), wait=order.wait)
    if order.memory:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        say(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def main(perform: Callable[[Order, Any], None] = perform) -> None:
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 512)
            _reap()
        if 0 in ready:
            line = _line()
            if not line:
                return
            child = os.fork()
            if child == 0:
                _child(perform, Order(**json.loads(line)))
            _say({"pid": child})


def _child(perform: Callable[[Order, Any], None], order: Order) -> None:
    """In the forked process; never returns."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    code = 0
    try:
        perform(order, lambda words: _say({"of": os.getpid(), "said": words}))
    except DeskError as error:
        _say({"of": os.getpid(), "said": str(error)})
        code = 1
    except BaseException as error:
        _say({"of": os.getpid(), "said": f"{type(error).__name__}: {error}"})
        code = 2
    finally:
        os._exit(code)


def _reap() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _say({"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _line() -> bytes:
    """One line, read byte by byte, so that `select` knows of what is left."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return b""
        line += byte
    return line


def _say(words: dict[str, Any]) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")


def ordered(order: Order) -> str:
    return json.dumps(asdict(order)) + "\n"


if __name__ == "__main__":
    main()
