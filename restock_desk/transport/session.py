"""One SMTP connection as a state machine: it never blocks, it never decides whose turn it is.

What is known of a mail is told apart by phase. Until its final dot was handed to the operating system a failure is
definite; from then until the reply, silence and resets are in doubt. A refused recipient never sees a body.
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

from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.transport.greeting import Refused, Script, Server, hello
from restock_desk.transport.wire import Replies, Reply, WireLost, command, stuffed

SLOW_S = 0.25
"""A server that takes longer for one mail is given the next envelope only after its answer."""
_LOGIN = (530, 534, 535, 538)


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
    def surprised(self, session: "Session", what: str) -> None: ...
    def watch(self, session: "Session") -> None: ...
    def ended(self, session: "Session", refused: Refused | None) -> None: ...


@dataclass(eq=False)
class Session:
    """`ready` once greeted and logged in; `sock` None once closed."""

    server: Server
    owner: Owner
    sock: socket.socket | None = None
    ready: bool = False
    secure: bool = False
    deadline: float = 0.0
    sent: int = 0
    offers: dict[str, str] = field(default_factory=dict)
    mode: Pipelining = Pipelining.OFF
    _out: deque[memoryview] = field(default_factory=deque)
    _queued: int = 0
    _gone: int = 0
    _tried: int = 0
    _replies: Replies = field(default_factory=Replies)
    _expect: deque[tuple[str, Job | None]] = field(default_factory=deque)
    _script: Script | None = None
    _shaking: bool = False
    _push: bool = False
    _connecting: bool = True
    leaving: bool = False
    _rset: bool = False
    _odd: bool = False
    _latency: float = 0.0

    def begin(self, sock: socket.socket) -> None:
        """Take a non-blocking socket whose connect is under way."""
        self.sock = sock
        self.deadline = time.monotonic() + self.server.patience.connect
        self.owner.watch(self)

    @property
    def wants_write(self) -> bool:
        return self._connecting or bool(self._out) or self._push

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
        try:
            if self._connecting:
                self._connected()
            elif self._shaking:
                self._shake()
            else:
                if writable and self._out:
                    self._flush()
                if readable:
                    self._read()
        except Refused as refused:
            self.close(refused.words, refused)
        except (WireLost, OSError, ssl.SSLError) as error:
            self.close(str(error) if isinstance(error, WireLost) else _why(error))
        if self.sock is not None:
            self.owner.watch(self)

    def on_time(self) -> None:
        """The deadline passed."""
        if self.leaving or self.idle:
            self.close("")
        else:
            self.close("The server did not answer in time.")

    def fill(self) -> None:
        """Begin the next mail if this connection can take one."""
        if self.idle and self.sock is not None:
            try:
                self._next(b"")
                if self._out:
                    self._flush()
            except (WireLost, OSError, ssl.SSLError) as error:
                return self.close(_why(error))
            self.owner.watch(self)
        return None

    def leave(self) -> None:
        """Say goodbye when nothing is under way."""
        if self.sock is None:
            return
        if not self.ready or self._expect or self.leaving:
            if not self.working:
                self.close("")
            return
        self.leaving = True
        self._expect.append(("QUIT", None))
        self._say(command("QUIT"), self.server.patience.quit)
        with contextlib.suppress(OSError, ssl.SSLError):
            self._flush()
        self.owner.watch(self)

    def close(self, words: str, refused: Refused | None = None) -> None:
        """End the connection now and settle, by phase, every mail that depended on it."""
        sock, self.sock = self.sock, None
        if sock is None:
            return
        with contextlib.suppress(OSError):
            sock.close()
        if not self.ready and refused is None:
            refused = Refused(words or "The connection failed.")
        jobs = dict.fromkeys(job for _, job in self._expect if job is not None)
        self._expect.clear()
        for job in reversed(list(jobs)):
            self._settle_lost(job, words or "The connection was closed.")
        self.owner.ended(self, refused)

    # -- input and output --------------------------------------------------------------------------------------------

    def _connected(self) -> None:
        assert self.sock is not None
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise Refused(f"No connection to {self.server.host}:{self.server.port}.")
        self._connecting = False
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._script = hello(self.server, self.sock, self.offers)
        self._step(None)

    def _shake(self) -> None:
        assert isinstance(self.sock, ssl.SSLSocket)
        try:
            self.sock.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as more:
            self._push = isinstance(more, ssl.SSLWantWriteError)
            return
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"The server's certificate is not valid: {error.verify_message}.") from error
        self._shaking = self._push = False
        self.secure = True
        self._step(None)

    def _read(self) -> None:
        more = True
        while more and self.sock is not None:
            try:
                data = self.sock.recv(16_384)
            except (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            if not data:
                raise WireLost("The server closed the connection.")
            for reply in self._replies.feed(data):
                if self.sock is not None:  # an answer may end the connection; what came behind it is nothing
                    self._on_reply(reply)
                    self._wait()
            if self._out and self.sock is not None:
                self._flush()
            more = self.secure  # records that were read already make no socket readable

    def _flush(self) -> None:
        assert self.sock is not None
        while self._out:
            view = self._out[0]
            self._tried = max(self._tried, self._gone + len(view))
            try:
                n = self.sock.send(view)
            except (BlockingIOError, InterruptedError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return
            self._gone += n
            if self._expect and self._expect[0][0] == "DOT":
                self.deadline = time.monotonic() + self._dot_patience(self._expect[0][1])
            if n == len(view):
                self._out.popleft()
            else:
                self._out[0] = view[n:]

    def _wait(self) -> None:
        """How long the next answer may take."""
        if self._expect and self._expect[0][0] != "QUIT":
            kind, job = self._expect[0]
            patience = self._dot_patience(job) if kind == "DOT" else self._patience(kind)
            self.deadline = time.monotonic() + patience

    def _dot_patience(self, job: Job | None) -> float:
        complete = job is None or job.dot_at is None or self._gone >= job.dot_at
        return self.server.patience.dot if complete else self.server.patience.body

    def _say(self, data: bytes, patience: float) -> None:
        self._out.append(memoryview(data))
        self._queued += len(data)
        self.deadline = time.monotonic() + patience

    # -- the beginning of a connection -------------------------------------------------------------------------------

    def _step(self, reply: Reply | None) -> None:
        assert self._script is not None
        try:
            step = self._script.send(reply) if reply is not None else next(self._script)
        except StopIteration:
            self._script, self.ready = None, True
            if "PIPELINING" in self.offers:
                self.mode = self.owner.mode()
            self.deadline = time.monotonic() + self.server.patience.idle
            return self.fill()
        if step.secure:
            return self._secure()
        if step.line:
            self._say(command(step.line), self.server.patience.command)
            self._flush()
        else:
            self.deadline = time.monotonic() + self.server.patience.command
        return None

    def _secure(self) -> None:
        assert self.sock is not None
        if self._replies.pending:
            raise Refused("The server spoke before the encryption began.")
        context = self.server.tls()
        context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        self.sock = context.wrap_socket(
            self.sock, server_hostname=self.server.host, do_handshake_on_connect=False, suppress_ragged_eofs=False
        )
        self._shaking = True
        self.deadline = time.monotonic() + self.server.patience.connect
        self.owner.watch(self)
        self._shake()

    # -- mails -------------------------------------------------------------------------------------------------------

    def _on_reply(self, reply: Reply) -> None:
        if self._script is not None:
            return self._step(reply)
        if not self._expect:
            return self.close(reply.told) if reply.code == 421 else self._surprise("an answer nobody asked for")
        kind, job = self._expect.popleft()
        if kind == "QUIT" or job is None:
            if kind == "RSET" and reply.code // 100 == 2:
                return None
            return self.close(reply.told)
        if reply.code == 421:
            return self._enough(kind, job, reply)
        if kind == "DOT":
            return self._dotted(job, reply)
        if job.refused is None and reply.code in (500, 503) and self.mode and (kind != "MAIL" or self.sent):
            self._expect.appendleft((kind, job))
            return self._surprise(reply.told)
        if kind == "DATA" and (reply.code // 100 == 3 or job.refused is not None):
            return self._go_on(job, reply)
        if reply.code // 100 != 2 and job.refused is None:
            job.refused = reply
        if self.mode is not Pipelining.OFF and kind != "DATA":
            return None
        if job.refused is not None:
            return self._not_taken(job)
        following = "RCPT" if kind == "MAIL" else "DATA"
        self._expect.append((following, job))
        return self._say(self._lines(job)[following], self._patience(following))

    def _go_on(self, job: Job, reply: Reply) -> None:
        """After DATA: the body, unless the mail was refused or has waited too long."""
        if job.refused is None and time.monotonic() <= job.fresh_until:
            return self._body(job)
        if reply.code // 100 != 3:
            return self._not_taken(job)
        if job.refused is not None:
            job.settle(_refusal(job.refused))
        else:
            job.settle(STALE)
        return self.close("")  # it waits for a body that must not come

    def _body(self, job: Job) -> None:
        data = stuffed(job.envelope.message)
        job.begun = time.monotonic()
        job.dot_at = self._queued + len(data)
        self._expect.append(("DOT", job))
        across = self.mode is Pipelining.ACROSS and self._latency < SLOW_S and not self._full(1)
        self._next(data) if across else self._say(data, self.server.patience.body)

    def _dotted(self, job: Job, reply: Reply) -> None:
        early = job.dot_at is not None and self._gone < job.dot_at
        self._latency = time.monotonic() - job.begun
        if early and reply.code // 100 == 2:
            job.settle(Receipt(Handed.IN_DOUBT, str(reply.code), "The server answered before the mail was complete."))
            return self.close("")
        if reply.code // 100 == 2:
            self.sent += 1
            job.settle(Receipt(Handed.SENT, str(reply.code), reply.told, reply.words[:200]))
        else:
            job.settle(_refusal(reply))
        if early:
            return self.close("")  # what is left of the body must not be read as commands
        return self._next(b"") if not self._expect else None

    def _next(self, before: bytes) -> None:
        """The next mail's envelope, behind `before`, in one write; or only `before`."""
        job = None if self._full(0) else self._usable()
        if job is None:
            if before:
                self._say(before, self.server.patience.body)
            elif self._full(0):
                self.leave()
            else:
                self.deadline = time.monotonic() + self.server.patience.idle
            return
        lines = self._lines(job)
        parts = [before]
        if self._rset:
            self._rset = False
            parts.append(b"RSET\r\n")
            self._expect.append(("RSET", None))
        kinds = ("MAIL", "RCPT", "DATA") if self.mode is not Pipelining.OFF else ("MAIL",)
        for kind in kinds:
            parts.append(lines[kind])
            self._expect.append((kind, job))
        self._say(b"".join(parts), self.server.patience.body if before else self.server.patience.command)

    def _full(self, more: int) -> bool:
        return self.sent + more >= self.server.mails_per_connection

    def _usable(self) -> Job | None:
        """The next mail this server can take; those it cannot are settled at once."""
        while (job := self.owner.next_job()) is not None:
            fault = self._unsendable(job.envelope)
            if not fault:
                job.refused, job.dot_at = None, None
                return job
            job.settle(Receipt(Handed.FAILED, "", fault))
        return None

    def _unsendable(self, envelope: Envelope) -> str:
        if not (envelope.recipient.isascii() and envelope.sender.isascii()) and "SMTPUTF8" not in self.offers:
            return "needs_smtputf8: the server takes plain ASCII addresses only."
        size = self.offers.get("SIZE", "")
        if size.isdigit() and 0 < int(size) < len(envelope.message):
            return "The mail is larger than the server takes."
        return ""

    def _lines(self, job: Job) -> dict[str, bytes]:
        sender, recipient = job.envelope.sender, job.envelope.recipient
        mail = f"MAIL FROM:<{sender}>"
        if not (sender.isascii() and recipient.isascii()):
            mail += " SMTPUTF8"
        return {"MAIL": command(mail), "RCPT": command(f"RCPT TO:<{recipient}>"), "DATA": b"DATA\r\n"}

    def _patience(self, kind: str) -> float:
        return self.server.patience.data if kind == "DATA" else self.server.patience.command

    def _not_taken(self, job: Job) -> None:
        """Refused before any body byte; the connection is made ready for the next mail."""
        assert job.refused is not None
        job.settle(_refusal(job.refused, login=job.refused.code in _LOGIN))
        self._rset = True
        self._next(b"")

    def _enough(self, kind: str, job: Job, reply: Reply) -> None:
        """421: the server closes the connection. A mail that it ends before its body may go through another one."""
        if kind == "DOT" or job.refused is not None or not self.sent:
            self._unexpect(job)
            job.settle(_refusal(job.refused or reply))
        else:
            self._expect.appendleft((kind, job))
        self.close(reply.told)

    def _unexpect(self, job: Job) -> None:
        self._expect = deque(one for one in self._expect if one[1] is not job)

    def _surprise(self, what: str) -> None:
        self._odd = True
        self.owner.surprised(self, what)
        self.close("The server's answers did not match what was sent.")

    def _settle_lost(self, job: Job, words: str) -> None:
        if job.refused is not None:
            job.settle(_refusal(job.refused))
        elif job.dot_at is None:
            self.owner.give_back(job, words, self._odd or self.sent > 0)
        elif (self._tried if self.secure else self._gone) < job.dot_at:
            job.settle(Receipt(Handed.DEFERRED, "", f"{words} The mail was not complete by then."))
        else:
            job.settle(Receipt(Handed.IN_DOUBT, "", f"{words} The mail was complete by then."))


STALE = Receipt(Handed.DEFERRED, "", "It waited too long and is looked at again.", unbegun=True)


def _refusal(reply: Reply, login: bool = False) -> Receipt:
    if login:
        return Receipt(Handed.DEFERRED, str(reply.code), reply.told, ours=True)
    handed = Handed.FAILED if reply.code // 100 == 5 else Handed.DEFERRED
    return Receipt(handed, str(reply.code), reply.told)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "The server did not answer in time."
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "The connection was reset."
    if isinstance(error, ConnectionRefusedError):
        return "The connection was refused."
    return "The connection failed."
