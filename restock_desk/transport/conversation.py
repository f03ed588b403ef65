"""The life of one SMTP connection: connecting, greeting, waiting, ending. Which mails it carries is in `session`.

It never blocks and never decides whose turn it is.
"""

import contextlib
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from restock_desk.domain.handover import Envelope, Receipt
from restock_desk.transport.greeting import Refused, Script, Server, hello
from restock_desk.transport.link import Link, why
from restock_desk.transport.wire import Reply, WireLost, command


class Pipelining(IntEnum):
    """How much goes out in one write."""

    OFF = 0
    ENVELOPE = 1
    ACROSS = 2


@dataclass(eq=False)
class Job:
    """One mail on its way. `fresh_until` is monotonic: later it must be looked at again before it may begin."""

    envelope: Envelope
    done: Callable[[Receipt], None]
    fresh_until: float
    tries: int = 0
    refused: Reply | None = None
    dot_at: int | None = None
    """How many bytes of the connection had been queued with its final dot; None = its body has not begun."""
    begun: float = 0.0

    def settle(self, receipt: Receipt) -> None:
        self.done(receipt)


class Owner(Protocol):
    """Who a session works for."""

    def mode(self) -> Pipelining: ...
    def next_job(self) -> Job | None: ...
    def give_back(self, job: Job, words: str, again: bool) -> None: ...
    def surprised(self, session: "Conversation", what: str) -> None: ...
    def broke(self, session: "Conversation") -> None: ...
    def watch(self, session: "Conversation") -> None: ...
    def ended(self, session: "Conversation", refused: Refused | None) -> None: ...


@dataclass(eq=False)
class Conversation:
    """`ready` once greeted and logged in; `link` None before it begins and once it is closed."""

    server: Server
    owner: Owner
    link: Link | None = None
    ready: bool = False
    secure: bool = False
    leaving: bool = False
    deadline: float = 0.0
    sent: int = 0
    mode: Pipelining = Pipelining.OFF
    offers: dict[str, str] = field(default_factory=dict)
    _expect: deque[tuple[str, Job | None]] = field(default_factory=deque)
    _script: Script | None = None
    _rset: bool = False
    _odd: bool = False
    _latency: float = 0.0

    def begin(self, sock: socket.socket) -> None:
        """Take a non-blocking socket whose connect is under way."""
        self.link = Link(self.server, sock)
        self.deadline = time.monotonic() + self.server.patience.connect
        self.owner.watch(self)

    @property
    def idle(self) -> bool:
        """Ready for a mail and without one."""
        return self.ready and not self._expect and not self.leaving

    @property
    def working(self) -> bool:
        """Whether any mail depends on this connection."""
        return any(job is not None for _, job in self._expect)

    def on_ready(self, readable: bool, writable: bool) -> None:
        """The socket has something, or room. Never raises for what a network can do."""
        link = self.link
        if link is None:
            return
        try:
            if link.opening:
                if link.opened():
                    self._step(None)
            else:
                if writable and link.unsent and link.flush():
                    self._wait()
                if readable:
                    self._read(link)
        except Refused as refused:
            self.close(refused.words, refused)
        except (WireLost, OSError, ssl.SSLError) as error:
            self._lost(error)
        if self.link is not None:
            self.owner.watch(self)

    def on_time(self) -> None:
        """The deadline passed."""
        self.close("" if self.leaving or self.idle else "The server did not answer in time.")

    def fill(self) -> None:
        """Begin the next mail if this connection can take one."""
        if not self.idle or self.link is None:
            return
        try:
            self._next([])
            if self.link is not None:
                self.link.flush()
        except (WireLost, OSError, ssl.SSLError) as error:
            self._lost(error)
        else:
            if self.link is not None:
                self.owner.watch(self)

    def leave(self) -> None:
        """Say goodbye when nothing is under way."""
        if self.link is None or self.working or self.leaving:
            return None
        if not self.ready or self._expect:
            return self.close("")
        self.leaving = True
        self._expect.append(("QUIT", None))
        self._say(command("QUIT"), self.server.patience.quit)
        with contextlib.suppress(OSError, ssl.SSLError):
            self.link.flush()
        return self.owner.watch(self)

    def close(self, words: str, refused: Refused | None = None) -> None:
        """End the connection now and settle, by phase, every mail that depended on it."""
        link, self.link = self.link, None
        if link is None:
            return
        link.close()
        if not self.ready and refused is None:
            refused = Refused(words or "The connection failed.")
        jobs = dict.fromkeys(job for _, job in self._expect if job is not None)
        self._expect.clear()
        for job in reversed(list(jobs)):
            self._settle_lost(link, job, words or "The connection was closed.")
        self.owner.ended(self, refused)

    def _read(self, link: Link) -> None:
        more = True
        while more and self.link is not None and (replies := link.read()) is not None:
            for reply in replies:
                if self.link is not None:  # an answer may end the connection; what came behind it is nothing
                    self._on_reply(reply)
            if self.link is not None:
                if replies:
                    self._wait()
                link.flush()
            more = link.secure  # records that were read already make no socket readable

    def _wait(self) -> None:
        """How long the next answer may take."""
        if self._expect and self._expect[0][0] != "QUIT":
            self.deadline = time.monotonic() + self._patience(*self._expect[0])

    def _patience(self, kind: str, job: Job | None) -> float:
        patience = self.server.patience
        if kind == "DOT":
            complete = job is None or job.dot_at is None or (self.link is not None and self.link.handed(job.dot_at))
            return patience.dot if complete else patience.body
        return patience.data if kind == "DATA" else patience.command

    def _say(self, data: bytes | list[bytes], patience: float) -> None:
        if self.link is not None:
            for piece in [data] if isinstance(data, bytes) else data:
                self.link.say(piece)
            self.deadline = time.monotonic() + patience

    def _step(self, reply: Reply | None) -> None:
        """On with the beginning of the connection."""
        link, script = self.link, self._script
        assert link is not None
        if script is None:
            script = self._script = hello(self.server, link.sock, self.offers)
        try:
            step = script.send(reply) if reply is not None else next(script)
            while step.secure and link.encrypt():
                step = next(script)
        except StopIteration:
            self._script, self.ready, self.secure = None, True, link.secure
            if "PIPELINING" in self.offers:
                self.mode = self.owner.mode()
            self.deadline = time.monotonic() + self.server.patience.idle
            return self.fill()
        if step.secure:
            self.deadline = time.monotonic() + self.server.patience.connect
            return self.owner.watch(self)
        self.deadline = time.monotonic() + self.server.patience.command
        if step.line:
            link.say(command(step.line))
            link.flush()
        return None

    def _on_reply(self, reply: Reply) -> None:
        raise NotImplementedError

    def _next(self, before: list[bytes]) -> None:
        raise NotImplementedError

    def _lost(self, error: Exception) -> None:
        """The other side ended the connection."""
        self.close(why(error))

    def _settle_lost(self, link: Link, job: Job, words: str) -> None:
        raise NotImplementedError
