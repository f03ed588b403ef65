"""Notices a network that has gone silent: cuts connections to a server that no longer answers. PostgreSQL only.

The kernel's own means (`KEEPALIVE`) notice a dead link, but not a proxy or firewall that takes every byte and passes
none on, and on Windows not even a dead link in time. So whoever waits for an answer longer than `QUIET_S` has the
server tried with a connection of its own: if that is not answered either, all connections are cut, and whoever waits
gets the error of a lost connection. A statement that is only slow goes on, since the trial is answered.
"""

import logging
import socket
import threading
import time
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import TransactionStatus

log = logging.getLogger(__name__)
Lost = psycopg.OperationalError
"""What the driver itself raises when a connection cannot be had or is lost."""
KEEPALIVE = {
    "connect_timeout": 6,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Parameters of every connection. A query on a dead link fails after 10 s, an idle connection after 13 s."""
QUIET_S, TRIAL_S, LOOK_S, HURRY_S = 4.0, 5, 0.5, 5.0
"""With 2 s for a last connection they stay below 12 s: a silent network is noticed within 15 s."""


class Lifeline:
    """Watches the connections of one store, opened with `options`. Any thread."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self._known: WeakKeyDictionary[Any, float | None] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.cuts = 0
        """How often all connections were cut."""
        self._cut_at = -HURRY_S

    def connect_s(self) -> int:
        """How long a new connection may take: not long when the server was just found silent."""
        return 2 if time.monotonic() - self._cut_at < HURRY_S else KEEPALIVE["connect_timeout"]

    def watch(self, connection: "Watched | WatchedAsync") -> None:
        """Look after a connection from now on."""
        with self._lock:
            self._known[connection] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="desk-lifeline", daemon=True)
                self._thread.start()
        connection.lifeline = self

    def began(self, connection: object) -> None:
        """This connection waits for the server."""
        self._known[connection] = time.monotonic()

    def ended(self, connection: object) -> None:
        self._known[connection] = None

    def close(self) -> None:
        """Stop looking."""
        self._ended.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _look(self) -> None:
        answered = 0.0
        while not self._ended.wait(LOOK_S):
            since = [at for one, at in self._copied() if at is not None and _asking(one)]
            if since and time.monotonic() - max(min(since), answered) > QUIET_S:
                if self._answers():
                    answered = time.monotonic()
                else:
                    self._cut()

    def _answers(self) -> bool:
        """Whether the server can be reached by a new connection. A refusal in its own words is an answer."""
        try:
            psycopg.connect(**{**self.options, "connect_timeout": TRIAL_S}).close()
        except psycopg.OperationalError as error:
            return "FATAL" in str(error)
        return True

    def _cut(self) -> None:
        self.cuts += 1
        self._cut_at = time.monotonic()
        log.warning("the database does not answer: its connections are cut")
        for connection, _ in self._copied():
            with suppress(psycopg.Error, OSError):
                _shut(connection.pgconn.socket)

    def _copied(self) -> list[tuple[Any, float | None]]:
        with self._lock:
            return list(self._known.items())


class Watched(psycopg.Connection[Any]):
    """A connection whose waits for the server are watched."""

    lifeline: Lifeline | None = None

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        if self.lifeline is None:
            return super().wait(gen, *args, **options)
        self.lifeline.began(self)
        try:
            return super().wait(gen, *args, **options)
        finally:
            self.lifeline.ended(self)


class WatchedAsync(psycopg.AsyncConnection[Any]):
    """The same for the job engine's connections."""

    lifeline: Lifeline | None = None

    async def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        if self.lifeline is None:
            return await super().wait(gen, *args, **options)
        self.lifeline.began(self)
        try:
            return await super().wait(gen, *args, **options)
        finally:
            self.lifeline.ended(self)


def _asking(connection: Any) -> bool:
    """Whether a question of its is open; one that only listens for notifications asks nothing."""
    try:
        return bool(connection.pgconn.transaction_status == TransactionStatus.ACTIVE)
    except psycopg.Error:
        return False


def _shut(number: int) -> None:
    """End the traffic of a socket that somebody else owns: who waits on it is woken."""
    handle = socket.socket(fileno=number)
    try:
        handle.shutdown(socket.SHUT_RDWR)
    finally:
        handle.detach()
