"""Send workers: processes that deliver what is queued on a shared PostgreSQL, on as many machines as one likes.

Here: one process or several, started, watched and ended. What one does is in `process`, its engine in `tasks`; what
sends a campaign of a file by several processes is in `several`, and needs no engine.
"""

import logging
import multiprocessing
import signal
from contextlib import suppress
from multiprocessing.process import BaseProcess

from restock_desk import app
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services.desk import Desk
from restock_desk.worker.several import PATIENCE_S, follow_parent

log = logging.getLogger(__name__)
FRESH_S = 1.0
"""A process that ended by itself is started again after so many seconds."""


def run(desk: Desk, url: str, processes: int, slots: int, metrics: str, token: CancelToken) -> None:
    """Work until `token` says stop. `url` is what processes of our own open; `metrics` HOST:PORT, empty for none.

    DeskError on SQLite, where the window or `send` deliver themselves.
    """
    if desk.store.dialect == "sqlite":
        raise DeskError(
            "Send workers need a shared PostgreSQL.",
            "On a SQLite file the window, or `restock-desk send`, sends by itself.",
        )
    try:
        from restock_desk.worker import listen
        from restock_desk.worker.process import Process
    except ImportError as error:
        raise DeskError("Send workers are not installed.", "Install restock-desk[server].") from error
    _join_logs()
    with listen.serving(desk, metrics):
        if processes == 1:
            Process(desk, slots, token).run()
        else:
            _supervise(url, processes, slots, token)


def _supervise(url: str, processes: int, slots: int, token: CancelToken) -> None:
    spawning = multiprocessing.get_context("spawn")

    def started() -> BaseProcess:
        made = spawning.Process(target=_child, args=(url, slots), name="restock-desk worker")
        made.start()
        return made

    children = [started() for _ in range(processes)]
    while not token.wait(FRESH_S):
        for number, child in enumerate(children):
            if not child.is_alive():
                log.warning("worker process %s ended (%s); another is started", child.pid, child.exitcode)
                children[number] = started()
    for child in children:
        child.terminate()
    for child in children:
        child.join(PATIENCE_S)
        if child.is_alive():
            child.kill()
            child.join()


def _child(url: str, slots: int) -> None:
    """A process of its own. It ends when asked, and when its parent is gone."""
    from restock_desk.worker.process import Process

    token = CancelToken()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: token.cancel())
    follow_parent(token)
    desk = app.make_desk(url)
    app.log_to(desk.data_dir)
    _join_logs()
    with suppress(KeyboardInterrupt):
        Process(desk, slots, token).run()


def _join_logs() -> None:
    """What the engine and its connections have to say goes where our own log goes, from warnings on."""
    for name in ("procrastinate", "psycopg.pool"):
        theirs = logging.getLogger(name)
        theirs.setLevel(logging.WARNING)
        theirs.handlers = list(logging.getLogger("restock_desk").handlers)
