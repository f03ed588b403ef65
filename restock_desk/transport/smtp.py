"""Mail by SMTP: several connections that take what is next from one queue, on a thread of their own.

How a connection speaks is in `session`; here is which connections there are, and what happens to mails that have none.
Nothing here logs an address.
"""

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport.conversation import Conversation, Job, Pipelining
from restock_desk.transport.greeting import Refused, Server, is_loopback
from restock_desk.transport.session import STALE, Session
from restock_desk.transport.wire import safe_address

log = logging.getLogger(__name__)
GROUP_PER_CONNECTION = 20
"""How many mails a connection may have waiting: as many are marked started at once, and in doubt after a kill."""
STEPPED_DOWN_S = 24 * 3_600
BREAKS, MANY = 2, 20
"""So many connections that end over grouped commands are no accident; one that took so many mails bears them."""
NO_MORE_S = 60
"""How long no further connection is tried after the server refused one while others work."""
TRIES = 3
TICK_S = 0.5
_UNSAFE = Receipt(Handed.FAILED, "", "The address cannot be used in a mail transaction.")


@dataclass
class _Group:
    receipts: list[Receipt | None]
    left: int
    future: "Future[list[Receipt]]" = field(default_factory=Future)

    def set(self, place: int, receipt: Receipt) -> None:
        if self.receipts[place] is None:
            self.receipts[place] = receipt
            self.left -= 1
            if not self.left:
                self.future.set_result([one for one in self.receipts if one is not None])


class Smtp:
    """Connects when there is something to send. `begin` and `close` belong to one thread, the sockets to another."""

    idempotent = False
    _modes: ClassVar[dict[tuple[str, int], tuple[Pipelining, float]]] = {}
    """Servers that were surprised by grouped commands, and until when they are spared them."""
    _broke: ClassVar[dict[tuple[str, int], int]] = {}
    """How many connections each server has ended over grouped commands since the last that took many mails."""

    def __init__(self, server: Server, pipelining: Pipelining | None = None) -> None:
        self.url = server.url
        self.batch = max(16, GROUP_PER_CONNECTION * server.connections)
        self._server = server
        usual = Pipelining.ACROSS if is_loopback(server.host) else Pipelining.ENVELOPE
        self._wanted = usual if pipelining is None else pipelining
        self._thread: _Connections | None = None

    def send(self, envelopes: list[Envelope]) -> list[Receipt]:
        """Hand over and wait for every answer."""
        return self.begin(envelopes, float("inf")).result()

    def begin(self, envelopes: list[Envelope], fresh_s: float) -> "Future[list[Receipt]]":
        """Queue a group; the future has one receipt per envelope."""
        group = _Group([None] * len(envelopes), len(envelopes))
        if not envelopes:
            group.future.set_result([])
            return group.future
        until = time.monotonic() + fresh_s
        jobs: list[Job] = []
        senders = {sender: safe_address(sender) for sender in {envelope.sender for envelope in envelopes}}
        for place, envelope in enumerate(envelopes):
            if senders[envelope.sender] and safe_address(envelope.recipient):
                jobs.append(Job(envelope, partial(group.set, place), until))
            else:
                group.set(place, _UNSAFE)
        if jobs:
            self._connections().take(jobs)
        return group.future

    def recall(self) -> None:
        """Bring back what waits in the queue."""
        if self._thread is not None:
            self._thread.recall()

    def check(self) -> str:
        """Connect, greet, log in, leave. Raises DeskError with the server's words."""
        probe: Future[Session | Refused] = Future()
        connections = self._connections()
        connections.probe(probe)
        try:
            found = probe.result()
        finally:
            self.close()
        server = self._server
        if isinstance(found, Refused):
            raise DeskError(f"{server.host} cannot be used: {found.words}", "Check host, port and login.") from found
        login = "logged in" if server.user else "without a login"
        grouped = {Pipelining.OFF: "", Pipelining.ENVELOPE: ", commands grouped", Pipelining.ACROSS: ", mails chained"}
        secure = "encrypted" if found.secure else "in clear"
        return f"{server.host}:{server.port} answers, {secure}, {login}{grouped[found.mode]}."

    def close(self) -> None:
        """Say goodbye and close. What has begun is waited for; what has not comes back unbegun."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()

    def mode(self) -> Pipelining:
        """How much may go out in one write to this server now."""
        host = (self._server.host, self._server.port)
        known, until = self._modes.get(host, (self._wanted, 0.0))
        return min(known, self._wanted) if time.monotonic() < until else self._wanted

    def step_down(self) -> None:
        """This server does not bear grouped commands as we sent them: less from now on."""
        lower = Pipelining(max(0, self.mode() - 1))
        host = (self._server.host, self._server.port)
        self._modes[host] = (lower, time.monotonic() + STEPPED_DOWN_S)
        log.warning("a mail server answered out of step: pipelining is %s for a day", lower.name.lower())

    def broke(self, session: Conversation) -> None:
        """The server ended this connection over grouped commands. Twice is no accident, unless it bore many before."""
        host = (self._server.host, self._server.port)
        if session.sent >= MANY:
            self._broke.pop(host, None)
        elif session.mode is self.mode():
            self._broke[host] = self._broke.get(host, 0) + 1
            if self._broke[host] >= BREAKS:
                del self._broke[host]
                self.step_down()

    def _connections(self) -> "_Connections":
        if self._thread is None or not self._thread.is_alive():
            self._thread = _Connections(self._server, self)
            self._thread.start()
        return self._thread


class _Connections(threading.Thread):
    """The thread with the sockets. Other threads hand in work through `take`, `recall`, `probe` and `stop`."""

    def __init__(self, server: Server, smtp: Smtp) -> None:
        super().__init__(name="desk-smtp", daemon=True)
        self._server, self._smtp = server, smtp
        self._inbox: deque[list[Job]] = deque()
        self._jobs: deque[Job] = deque()
        self._probes: deque[Future[Session | Refused]] = deque()
        self._sessions: list[Session] = []
        self._selector = selectors.DefaultSelector()
        self._bell, self._ear = socket.socketpair()
        self._ear.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ)
        self._watched: dict[int, tuple[Conversation, int]] = {}
        self._recalled = self._stopping = False
        self._no_more_until = 0.0

    # -- for other threads -------------------------------------------------------------------------------------------

    def take(self, jobs: list[Job]) -> None:
        self._inbox.append(jobs)
        self._ring()

    def recall(self) -> None:
        self._recalled = True
        self._ring()

    def probe(self, probe: "Future[Session | Refused]") -> None:
        self._probes.append(probe)
        self._ring()

    def stop(self) -> None:
        self._stopping = True
        self._ring()
        self.join()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # the thread has ended: whoever asks next gets a new one
            self._bell.send(b"x")

    # -- the owner of sessions ---------------------------------------------------------------------------------------

    def mode(self) -> Pipelining:
        return self._smtp.mode()

    def next_job(self) -> Job | None:
        now = time.monotonic()
        while self._jobs:
            job = self._jobs.popleft()
            if now <= job.fresh_until and not self._stopping:
                return job
            job.settle(STALE)
        return None

    def give_back(self, job: Job, words: str, again: bool) -> None:
        job.tries += 1
        if again and job.tries < TRIES:
            self._jobs.appendleft(job)
        else:
            job.settle(Receipt(Handed.DEFERRED, "", words))

    def surprised(self, session: Conversation, what: str) -> None:
        if session.mode is not Pipelining.OFF:
            self._smtp.step_down()

    def broke(self, session: Conversation) -> None:
        self._smtp.broke(session)

    def watch(self, session: Conversation) -> None:
        assert session.link is not None
        sock = session.link.sock
        fd = sock.fileno()
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if session.link.wants_write else 0)
        known = self._watched.get(fd)
        if known is None:
            self._selector.register(sock, mask)
        elif known != (session, mask):
            self._selector.modify(sock, mask)
        self._watched[fd] = (session, mask)

    def ended(self, session: Conversation, refused: Refused | None) -> None:
        self._sessions = [one for one in self._sessions if one is not session]
        for fd, (known, _) in list(self._watched.items()):
            if known is session:
                del self._watched[fd]
                self._forget(fd)
        if refused is None:
            return
        while self._probes:
            self._probes.popleft().set_result(refused)
        if self._sessions:
            self._no_more_until = time.monotonic() + NO_MORE_S
            return
        receipt = Receipt(Handed.DEFERRED, refused.code, refused.words, ours=True)
        while self._jobs:
            self._jobs.popleft().settle(receipt)

    # -- the thread --------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until stopped and nothing that has begun is left."""
        try:
            while not self._finished():
                self._turn()
        except BaseException as error:
            log.exception("the mail connections failed")
            self._give_up(error)
        finally:
            self._selector.close()
            self._bell.close()
            self._ear.close()

    def _turn(self) -> None:
        for key, mask in self._selector.select(self._patience()):
            if key.fileobj is self._ear:
                self._ear.recv(4_096)
            elif (found := self._watched.get(key.fd)) is not None:
                found[0].on_ready(bool(mask & selectors.EVENT_READ), bool(mask & selectors.EVENT_WRITE))
        while self._inbox:
            self._jobs.extend(self._inbox.popleft())
        now = time.monotonic()
        for session in list(self._sessions):
            if session.link is not None and now >= session.deadline:
                session.on_time()
        self._let_go(now)
        for session in list(self._sessions):
            if self._jobs and session.idle:
                session.fill()
            elif self._stopping and not session.working:
                session.leave()
        self._open(now)
        while self._probes and (ready := next((one for one in self._sessions if one.ready), None)) is not None:
            self._probes.popleft().set_result(ready)

    def _patience(self) -> float:
        due = [session.deadline for session in self._sessions]
        if self._jobs:
            due.append(self._jobs[0].fresh_until)
        return min(TICK_S, max(0.0, min(due) - time.monotonic())) if due else TICK_S

    def _let_go(self, now: float) -> None:
        """Settle what waited too long, or was recalled."""
        everything = self._recalled or self._stopping
        self._recalled = False
        while self._jobs and (everything or now > self._jobs[0].fresh_until):
            self._jobs.popleft().settle(STALE)

    def _open(self, now: float) -> None:
        """As many connections as there is work for."""
        live = [session for session in self._sessions if not session.leaving]
        free = sum(not session.working for session in live)
        wanted = min(max(len(self._jobs), len(self._probes)) - free, self._server.connections - len(live))
        if self._stopping or wanted <= 0 or (live and now < self._no_more_until):
            return
        for _ in range(wanted):
            session = Session(self._server, self)
            self._sessions.append(session)
            try:
                session.begin(self._connecting())
            except OSError:
                words = f"No connection to {self._server.host}:{self._server.port}."
                self.ended(session, Refused(words))
                return

    def _connecting(self) -> socket.socket:
        """A socket whose connect is under way, to the first address that takes it."""
        found = socket.getaddrinfo(self._server.host, self._server.port, type=socket.SOCK_STREAM)
        error: OSError = OSError("no address")
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)
            try:
                sock.connect(address)
            except BlockingIOError:
                return sock
            except OSError as one:
                error = one
                sock.close()
            else:
                return sock
        raise error

    def _forget(self, fd: int) -> None:
        key = self._selector.get_map().get(fd)
        if key is not None:
            self._selector.unregister(fd)

    def _finished(self) -> bool:
        return self._stopping and not self._sessions and not self._inbox and not self._jobs

    def _give_up(self, error: BaseException) -> None:
        """A bug of ours must not leave anybody waiting: by phase, as when a connection is lost."""
        self._stopping = True
        for session in list(self._sessions):
            session.close("The transport failed unexpectedly.")
        while self._inbox:
            self._jobs.extend(self._inbox.popleft())
        self._let_go(0.0)
