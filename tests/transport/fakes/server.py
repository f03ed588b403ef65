"""A provider on loopback: real HTTP over sockets, its own checks, a record of what it took, and faults on demand.

A mail counts as taken the moment the provider acted on the call, whatever is answered then.
"""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import responses
from typing import Any, Protocol

RESET_EARLY = "reset before the body is read"
RESET_UNREAD = "reset after the body is read, before anything is done"
RESET_DONE = "reset after the mails are taken"
SILENT = "silence before anything is done"
SILENT_DONE = "silence after the mails are taken"
SLOW = "one byte at a time"
CUT = "half of the answer"
GARBAGE = "an answer that is no JSON"
HTML = "an error page with status 200"
ENDLESS = "an answer without end"
REDIRECT = "sent elsewhere"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def data(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return b"" if self.data is None else json.dumps(self.data).encode()


@dataclass(frozen=True)
class Taken:
    """One mail as its reader gets it."""

    recipient: str
    subject: str = ""
    html: str = ""
    text: str = ""
    sender: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Api(Protocol):
    """What one provider answers, the address it is reached by, and the name of its key. Raises Refusal."""

    url: str
    secret: str

    @property
    def taken(self) -> list[Taken]: ...

    def answer(self, request: Request) -> Reply: ...


class Refusal(Exception):
    """The provider says no."""

    def __init__(self, status: int, data: Any = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.reply = Reply(status, data, headers or {})


Fault = str | Reply
Script = Callable[[int], Fault | None]
"""Number of the call, from 0 → a fault, an answer instead of the provider's own (nothing is taken), or None."""


@dataclass
class Fake:
    """`requests` are those that were read to their end."""

    api: Api
    script: Script = lambda _n: None
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    calls: int = 0
    port: int = 0
    room: int = 0
    """Bytes the system may hold for us unread; 0 = as many as it likes."""
    going: threading.Event = field(default_factory=threading.Event)
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self) -> Iterator["Fake"]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            if self.room:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.room)
            accepting = threading.Thread(target=self._accept, args=(listener,))
            accepting.start()
            try:
                yield self
            finally:
                self.going.set()
                listener.shutdown(socket.SHUT_RDWR)
                accepting.join()
                for one in self._open:
                    with suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)
                for thread in self._threads:
                    thread.join()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, EOFError, ssl.SSLError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            session = _Session(self, connection)
            while session.call():
                pass
        connection.close()


class _Session:
    def __init__(self, fake: Fake, connection: socket.socket) -> None:
        self.fake, self.connection = fake, connection
        self.buffer = bytearray()

    def call(self) -> bool:
        """One request and its answer; False when the connection is over."""
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        fault = self.fake.script(self.fake.calls)
        self.fake.calls += 1
        if fault == RESET_EARLY:
            return self._reset()
        request = Request(method, path, headers, self._exactly(int(headers.get("content-length", "0"))))
        self.fake.requests.append(request)
        if isinstance(fault, Reply):
            return self._say(fault)
        if fault == RESET_UNREAD:
            return self._reset()
        if fault == SILENT:
            return self._wait()
        if fault == REDIRECT:
            return self._say(Reply(307, None, {"Location": f"{self.fake.endpoint}{path}"}))
        try:
            reply = self.fake.api.answer(request)
        except Refusal as refusal:
            reply = refusal.reply
        return self._after(fault, reply)

    def _after(self, fault: str | None, reply: Reply) -> bool:
        """The answer, or what happens to it on its way."""
        if fault == RESET_DONE:
            return self._reset()
        if fault == SILENT_DONE:
            return self._wait()
        if fault in (GARBAGE, HTML):
            words = b"<html>Bad day</html>" if fault == HTML else b'{"data": ['
            return self._write(_head(200 if fault == HTML else reply.status, reply.headers, len(words)) + words)
        if fault == ENDLESS:
            self.connection.sendall(_head(reply.status, reply.headers, 1_000_000_000))
            while True:
                self.connection.sendall(b" " * 65_536)
        whole = _head(reply.status, reply.headers, len(reply.body)) + reply.body
        if fault == CUT:
            self.connection.sendall(whole[: len(whole) - len(reply.body) // 2 - 1])
            return False
        if fault == SLOW:
            for byte in whole:
                self.connection.sendall(bytes([byte]))
                if self.fake.going.wait(0.05):
                    return False
            return True
        return self._write(whole)

    def _say(self, reply: Reply) -> bool:
        return self._write(_head(reply.status, reply.headers, len(reply.body)) + reply.body)

    def _write(self, data: bytes) -> bool:
        self.connection.sendall(data)
        return True

    def _reset(self) -> bool:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        return False

    def _wait(self) -> bool:
        """Say nothing until the other side goes away."""
        while self.connection.recv(65_536):
            pass
        return False

    def _until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            self._more()
        return self._exactly(self.buffer.index(end) + len(end))[: -len(end)]

    def _exactly(self, n: int) -> bytes:
        while len(self.buffer) < n:
            self._more()
        found = bytes(self.buffer[:n])
        del self.buffer[:n]
        return found

    def _more(self) -> None:
        got = self.connection.recv(65_536)
        if not got:
            raise EOFError
        self.buffer += got


def _head(status: int, headers: Mapping[str, str], length: int) -> bytes:
    lines = [f"HTTP/1.1 {status} {responses.get(status, 'Odd')}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()
