"""A recording SMTP server on loopback that plays a script: replies, resets, silence, slowness, at each of its stages.

It keeps what it really took: a mail counts as taken the moment its final dot was read, whatever is answered then, and
is in the record on disk before that. One asyncio loop on a thread of its own (`serving`), or in a process of its own:
`python -m tests.sinks.smtp --record FILE` prints its port and serves until its standard input ends.
"""

import argparse
import asyncio
import json
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.sinks.tls import server_tls

RESET, CLOSE, SILENCE = "reset", "close", "silence"
"""Silence inside a body also reads no further."""
STAGES = ("connect", "greeting", "ehlo", "mail", "rcpt", "data", "body", "dot", "quit")
"""The nine stages of every session; `starttls`, `auth` and `rset` are scripted in the same way."""
_USUAL = {
    "connect": "",
    "greeting": "220 sink.example ESMTP",
    "mail": "250 2.1.0 OK",
    "rcpt": "250 2.1.5 OK",
    "data": "354 Go on",
    "body": "",
    "dot": "250 2.0.0 OK queued",
    "quit": "221 2.0.0 Bye",
    "rset": "250 OK",
    "auth": "235 2.7.0 OK",
    "starttls": "220 Ready",
}
_END = b"\r\n.\r\n"
_MARK = re.compile(rb"^X-RD-Msg: *(\S+)", re.MULTILINE | re.IGNORECASE)
_ID = re.compile(rb"^Message-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Later:
    """A reply that comes after so many seconds, or once `until` is set; with `byte_s`, one byte in so many seconds."""

    reply: str
    after_s: float = 0
    until: threading.Event | None = None
    byte_s: float = 0


Answer = str | Later | None
Script = Callable[[str, int], Answer]
"""(stage, number of this stage's occurrence, from 0) → a reply, RESET, CLOSE, SILENCE, Later, or None for the usual.

Runs on the sink's thread, which serves everybody: it must not wait.
"""
Personal = Callable[[str, str], Answer]
"""As `Script`, by (stage, recipient), for rcpt, data, body and dot. Asked first."""


@dataclass
class Sink:
    """`taken` holds (recipient, message) of every mail that was complete; `record` is a file with a line for each."""

    script: Script = lambda _stage, _n: None
    offers: tuple[str, ...] = ("8BITMIME",)
    tls: ssl.SSLContext | None = None
    personal: Personal = lambda _stage, _recipient: None
    record: Path | None = None
    forgets: bool = False
    """Keeps who, not what: for benchmarks."""
    mails_per_connection: int = 0
    """After so many the server closes without a word; 0 = never."""
    loses_what_follows_a_dot: bool = False
    """Throws away what was sent ahead of the final dot's reply, as servers do that know no pipelining across mails."""
    receive_buffer: int = 0
    """Bytes the system may take in for a connection; 0 = as it likes."""
    reading_pause_s: float = 0
    """How long it rests after each piece it read."""
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    """Which of `taken` were answered with 4xx or 5xx, by position."""
    begun: list[tuple[str, float]] = field(default_factory=list)
    """Recipients whose body was asked for (354), with the moment on the monotonic clock."""
    commands: list[str] = field(default_factory=list)
    ahead: int = 0
    """How often a client spoke before the reply although PIPELINING was not offered."""
    connections: int = 0
    port: int = 0
    _counts: dict[str, int] = field(default_factory=dict)
    _sessions: "set[_Session]" = field(default_factory=set)
    _file: int = -1

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def kept(self) -> list[str]:
        """Recipients of the complete mails that it did not refuse: what will be, or may be, in somebody's mailbox."""
        return [recipient for n, (recipient, _) in enumerate(self.taken) if n not in self.refused]

    @contextmanager
    def serving(self) -> Iterator["Sink"]:
        if self.record is not None:
            self._file = os.open(self.record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # With its protocol named: asyncio lets small replies leave at once only where it is.
        with socket.socket(proto=socket.IPPROTO_TCP) as listener:
            if self.receive_buffer:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
            listener.bind(("127.0.0.1", 0))
            listener.listen(512)
            self.port = listener.getsockname()[1]
            loop, ended = asyncio.new_event_loop(), asyncio.Event()
            thread = threading.Thread(target=self._serve, args=(loop, listener, ended), name="sink")
            thread.start()
            try:
                yield self
            finally:
                loop.call_soon_threadsafe(ended.set)
                thread.join()
                loop.close()
                if self._file >= 0:
                    os.close(self._file)

    def _serve(self, loop: asyncio.AbstractEventLoop, listener: socket.socket, ended: asyncio.Event) -> None:
        async def serve() -> None:
            server = await loop.create_server(lambda: _Session(self, loop), sock=listener)
            await ended.wait()
            server.close()
            while self._sessions:
                for session in self._sessions:
                    session.transport.abort()
                await asyncio.sleep(0)
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)

        loop.run_until_complete(serve())

    def next(self, stage: str, recipient: str = "") -> Answer:
        """What the script says to this stage now; None for the usual."""
        number = self._counts.get(stage, 0)
        self._counts[stage] = number + 1
        return (self.personal(stage, recipient) if recipient else None) or self.script(stage, number)

    def take(self, recipient: str, message: bytes) -> None:
        if self._file >= 0:
            found = _MARK.search(message), _ID.search(message)
            mark, message_id = (match[1].decode("ascii") if match else "" for match in found)
            line = {"recipient": recipient, "mark": mark, "message_id": message_id, "bytes": len(message)}
            os.write(self._file, json.dumps(line).encode() + b"\n")
        self.taken.append((recipient, b"" if self.forgets else message))


class _Session(asyncio.Protocol):
    """One connection. Reads on only when the reply before has been given, so replies keep their order."""

    transport: asyncio.Transport

    def __init__(self, sink: Sink, loop: asyncio.AbstractEventLoop) -> None:
        self.sink, self.loop = sink, loop
        self.buffer = bytearray()
        self.recipient = ""
        self.in_body = self.waits = self.deaf = self.body_met = False
        self.searched = self.mails = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        again, self.transport = hasattr(self, "transport"), transport
        if again:
            return
        self.sink._sessions.add(self)
        self.sink.connections += 1
        if self._answer("connect") == "":
            self._answer("greeting")

    def connection_lost(self, exc: Exception | None) -> None:
        self.deaf = True
        self.sink._sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        if self.deaf:
            return
        self.buffer += data
        if self.sink.reading_pause_s:
            self.transport.pause_reading()
            self.loop.call_later(self.sink.reading_pause_s, self._read_on)
        self._go_on()

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def _go_on(self) -> None:
        while self.buffer and not (self.waits or self.deaf):
            if self.in_body:
                if not self._body():
                    return
                continue
            end = self.buffer.find(b"\r\n")
            if end < 0:
                return
            line = self.buffer[:end].decode("utf-8", "replace")
            del self.buffer[: end + 2]
            self.sink.commands.append(line)
            if self.buffer and "PIPELINING" not in self.sink.offers:
                self.sink.ahead += 1
            self._command(line.split(" ", 1)[0].split(":", 1)[0].upper(), line)

    def _command(self, verb: str, line: str) -> None:
        if verb in ("EHLO", "HELO"):
            lines = ["sink.example", *self.sink.offers]
            last = len(lines) - 1
            self._answer("ehlo", "\r\n".join(f"250{' ' if n == last else '-'}{one}" for n, one in enumerate(lines)))
        elif verb == "STARTTLS" and self.sink.tls is not None:
            if self._answer("starttls").startswith("2"):
                self.waits = True
                self.buffer.clear()
                self.loop.create_task(self._secure(self.sink.tls))
        elif verb == "RCPT":
            self.recipient = line[line.index("<") + 1 : line.rindex(">")]
            self._answer("rcpt")
        elif verb == "DATA":
            if self._answer("data").startswith("354"):
                self.in_body, self.body_met, self.searched = True, False, 0
                self.sink.begun.append((self.recipient, time.monotonic()))
        elif verb == "QUIT":
            self._answer("quit")
            if not (self.waits or self.deaf):
                self._close()
        elif verb in ("MAIL", "RSET", "AUTH"):
            self._answer(verb.lower())
        else:
            self._say("500 5.5.2 what?")

    def _body(self) -> bool:
        """What is there of a body; True when it was complete and has been answered."""
        if not self.body_met:
            self.body_met = True
            if self._answer("body"):
                return False
        end = self.buffer.find(_END, self.searched)
        if self.buffer.startswith(_END[2:]):
            end = -2
        if end == -1:
            self.searched = max(0, len(self.buffer) - 4)
            return False
        message = bytes(self.buffer[: max(0, end + 2)])
        del self.buffer[: end + len(_END)]
        if message.startswith(b".."):
            message = message[1:]
        self.in_body = False
        self.mails += 1
        self.sink.take(self.recipient, message.replace(b"\r\n..", b"\r\n."))
        if self.sink.loses_what_follows_a_dot:
            self.buffer.clear()
        number = len(self.sink.taken) - 1
        if self._answer("dot").startswith(("4", "5")):
            self.sink.refused.add(number)
        if self.mails == self.sink.mails_per_connection:
            self._close()
        return True

    def _answer(self, stage: str, usual: str = "") -> str:
        """Play what the script says; the reply, or what was done instead."""
        answer = self.sink.next(stage, self.recipient if stage in ("rcpt", "data", "body", "dot") else "")
        if isinstance(answer, Later):
            self.waits = True
            self.loop.create_task(self._say_later(answer))
            return answer.reply
        reply = answer or usual or _USUAL.get(stage, "")
        if reply == RESET:
            self._reset()
        elif reply == CLOSE:
            self._close()
        elif reply == SILENCE:
            self.deaf = True
            if stage == "body":
                self.transport.pause_reading()
        elif reply:
            self._say(reply)
        return reply

    def _say(self, reply: str) -> None:
        self.transport.write(reply.encode() + b"\r\n")
        if reply.startswith("421"):
            self._close()

    async def _say_later(self, answer: Later) -> None:
        """Later, slowly, or both; what came meanwhile waits."""
        await asyncio.sleep(answer.after_s)
        while answer.until is not None and not answer.until.is_set() and self._there():
            await asyncio.sleep(0.005)
        for byte in answer.reply.encode() if answer.byte_s else b"":
            if self._there():
                self.transport.write(bytes([byte]))
                await asyncio.sleep(answer.byte_s)
        if self._there():
            self._say("" if answer.byte_s else answer.reply)
            self.waits = False
            self._go_on()

    def _there(self) -> bool:
        """Whether the client still is."""
        return not self.deaf

    async def _secure(self, context: ssl.SSLContext) -> None:
        try:
            secure = await self.loop.start_tls(self.transport, self, context, server_side=True)
        except (OSError, ssl.SSLError):
            self._close()
            return
        assert secure is not None
        self.transport = secure
        self.waits = False
        self._go_on()

    def _close(self) -> None:
        self.deaf = True
        self.transport.close()

    def _reset(self) -> None:
        self.deaf = True
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def main() -> None:
    """Serve in a process of its own."""
    options = argparse.ArgumentParser(description="A recording SMTP server on loopback.")
    options.add_argument("--record", type=Path, help="a file that gets a line for each mail taken")
    options.add_argument("--offers", default="8BITMIME,PIPELINING", help="what EHLO offers, parted by commas")
    options.add_argument("--dot-after-s", type=float, default=0, help="answers each mail after so many seconds")
    options.add_argument("--mails-per-connection", type=int, default=0)
    options.add_argument("--tls", type=Path, help="a folder for its certificate, cert.pem: encrypts")
    options.add_argument("--forgets", action="store_true", help="keeps no message")
    found = options.parse_args()
    slow = Later(_USUAL["dot"], found.dot_after_s) if found.dot_after_s else None
    sink = Sink(
        script=lambda stage, _: slow if stage == "dot" else None,
        offers=tuple(found.offers.split(",")),
        record=found.record,
        mails_per_connection=found.mails_per_connection,
        forgets=found.forgets,
        tls=server_tls(found.tls) if found.tls else None,
    )
    with sink.serving():
        print(sink.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
