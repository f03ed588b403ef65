"""A recording SMTP server on loopback that plays a script: replies, resets and silence at each stage.

It keeps what it really took: a mail counts as taken the moment its final dot was read, whatever is answered then.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

RESET, CLOSE, SILENCE = "reset", "close", "silence"
STAGES = ("greeting", "ehlo", "mail", "rcpt", "data", "body", "dot")
_USUAL = {
    "greeting": "220 sink.example ESMTP",
    "mail": "250 2.1.0 OK",
    "rcpt": "250 2.1.5 OK",
    "data": "354 Go on",
    "body": "",
    "dot": "250 2.0.0 OK queued",
    "rset": "250 OK",
    "auth": "235 2.7.0 OK",
    "starttls": "220 Ready",
}
Script = Callable[[str, int], str | None]
"""(stage, number of this stage's occurrence, from 0) → a reply, RESET, CLOSE, SILENCE, or None for the usual."""


@dataclass
class Sink:
    """`taken` holds (recipient, message) of every mail that was complete; `log` appends each recipient to a file."""

    script: Script = lambda _stage, _n: None
    offers: tuple[str, ...] = ("8BITMIME",)
    tls: ssl.SSLContext | None = None
    log: Path | None = None
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _counts: dict[str, int] = field(default_factory=dict)
    _open: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self) -> Iterator["Sink"]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            accepting = threading.Thread(target=self._accept, args=(listener,))
            accepting.start()
            try:
                yield self
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                accepting.join()
                for one in self._open:
                    _woken(one)
                for thread in self._threads:
                    thread.join()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        self.connections += 1
        session = _Session(self, connection)
        with suppress(OSError, EOFError):
            session.run()
        session.connection.close()

    def next(self, stage: str) -> str:
        with self._lock:
            number = self._counts.get(stage, 0)
            self._counts[stage] = number + 1
        return self.script(stage, number) or _USUAL[stage]

    def take(self, recipient: str, message: bytes) -> None:
        with self._lock:
            self.taken.append((recipient, message))
            if self.log is not None:
                with self.log.open("a", encoding="utf-8") as file:
                    file.write(recipient + "\n")


class _Session:
    def __init__(self, sink: Sink, connection: socket.socket) -> None:
        self.sink, self.connection = sink, connection
        self.buffer = b""
        self.recipient = ""

    def run(self) -> None:
        self._answer("greeting")
        while True:
            line = self._until(b"\r\n").decode("utf-8")
            self.sink.commands.append(line)
            verb = line.split(" ", 1)[0].split(":", 1)[0].upper()
            if verb == "QUIT":
                self._say("221 Bye")
                return
            self._command(verb, line)

    def _command(self, verb: str, line: str) -> None:
        if verb in ("EHLO", "HELO"):
            lines = ["sink.example", *self.sink.offers]
            usual = "\r\n".join(f"250{'-' if one is not lines[-1] else ' '}{one}" for one in lines)
            self._answer("ehlo", usual)
        elif verb == "STARTTLS" and self.sink.tls is not None:
            self._answer("starttls")
            self.connection = self.sink.tls.wrap_socket(self.connection, server_side=True)
        elif verb in ("MAIL", "RSET", "AUTH"):
            self._answer(verb.lower())
        elif verb == "RCPT":
            self.recipient = line[line.index("<") + 1 : line.rindex(">")]
            self._answer("rcpt")
        elif verb == "DATA":
            if self._answer("data").startswith("354"):
                self._body()
        else:
            self._say("500 5.5.2 what?")

    def _body(self) -> None:
        if self.sink.script("body", -1):
            self.connection.recv(1)
            self._act(self.sink.next("body"))
        message = self._until(b"\r\n.\r\n") + b"\r\n"
        self.sink.take(self.recipient, message.replace(b"\r\n..", b"\r\n."))
        self._answer("dot")

    def _answer(self, stage: str, usual: str = "") -> str:
        reply = self.sink.script("ehlo", 0) or usual if stage == "ehlo" else self.sink.next(stage)
        self._act(reply)
        return reply

    def _act(self, reply: str) -> None:
        if reply == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise EOFError
        if reply == CLOSE:
            raise EOFError
        if reply == SILENCE:
            while self.connection.recv(65_536):
                pass
            raise EOFError
        self._say(reply)
        if reply.startswith("421"):
            raise EOFError

    def _say(self, reply: str) -> None:
        self.connection.sendall(reply.encode() + b"\r\n")

    def _until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            got = self.connection.recv(65_536)
            if not got:
                raise EOFError
            self.buffer += got
        found, _, self.buffer = self.buffer.partition(end)
        return found


def _woken(connection: socket.socket) -> None:
    """Wake whoever waits on it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
