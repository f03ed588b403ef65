"""One line-based SMTP connection: commands out, replies in, with limits and a time-out for each stage. No decisions."""

import contextlib
import re
import socket
import ssl
from dataclasses import dataclass

MAX_LINES, MAX_LINE, MAX_KEPT = 100, 4_096, 2_048
_REPLY = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?\Z", re.DOTALL)
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z")


class WireLost(Exception):
    """The connection broke, stayed silent too long, or spoke something that is not SMTP."""


@dataclass(frozen=True)
class Reply:
    """`words` are the lines after the code, joined, without control characters, cut to what is worth keeping."""

    code: int
    words: str
    lines: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        return f"{self.code} {self.words}".strip()


class Wire:
    """A socket with a read buffer. One thread."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = bytearray()

    @property
    def pending(self) -> bool:
        """Bytes that came and were not asked for: before a TLS handshake they are somebody's attack."""
        return bool(self._buffer)

    def command(self, line: str, timeout_s: float) -> Reply:
        """Send one command and read its reply. A line end or control character in it is a bug of ours: ValueError."""
        if any(ord(c) < 32 or ord(c) == 127 for c in line):
            raise ValueError("control character in an SMTP command")
        self.write(line.encode("utf-8") + b"\r\n", timeout_s)
        return self.reply(timeout_s)

    def write(self, data: bytes | memoryview, timeout_s: float) -> None:
        """Hand bytes to the operating system. `timeout_s` is for each step forward, not for the whole."""
        self.sock.settimeout(timeout_s)
        view = memoryview(data)
        try:
            while view:
                view = view[self.sock.send(view[:65_536]) :]
        except (OSError, ssl.SSLError) as error:
            raise WireLost(_why(error)) from error

    def reply(self, timeout_s: float) -> Reply:
        """One reply of one or more lines."""
        self.sock.settimeout(timeout_s)
        lines: list[str] = []
        code = b""
        for _ in range(MAX_LINES):
            match = _REPLY.match(self._line())
            if match is None or (code and match[1] != code):
                raise WireLost("The server's reply is not SMTP.")
            code = match[1]
            lines.append(_clean(match[3] or b""))
            if match[2] != b"-":
                return Reply(int(code), " ".join(lines)[:MAX_KEPT].strip(), tuple(lines))
        raise WireLost("The server's reply has no end.")

    def secure(self, context: ssl.SSLContext, host: str, timeout_s: float) -> None:
        """TLS from here on. Raises WireLost for a broken handshake, ssl.SSLCertVerificationError for a bad name."""
        if self.pending:
            raise WireLost("The server spoke before the encryption began.")
        self.sock.settimeout(timeout_s)
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=host)
        except ssl.SSLCertVerificationError:
            raise
        except (OSError, ssl.SSLError) as error:
            raise WireLost(_why(error)) from error

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.close()

    def _line(self) -> bytes:
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                return line.removesuffix(b"\r")
            if len(self._buffer) > MAX_LINE:
                raise WireLost("The server's reply is too long.")
            try:
                got = self.sock.recv(4_096)
            except (OSError, ssl.SSLError) as error:
                raise WireLost(_why(error)) from error
            if not got:
                raise WireLost("The server closed the connection.")
            self._buffer += got


def safe_address(address: str) -> bool:
    """Whether an address can stand between < and > in a command."""
    return bool(address) and len(address) <= 320 and "@" in address and bool(_ADDRESS.match(address))


def stuffed(message: bytes) -> bytes:
    """The message as it goes over the wire: line ends CRLF, leading dots doubled, the final dot added."""
    if b"\r" in message.replace(b"\r\n", b"") or message.count(b"\n") != message.count(b"\r\n"):
        message = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    if message.startswith(b"."):
        message = b"." + message
    message = message.replace(b"\r\n.", b"\r\n..")
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")


def _clean(raw: bytes) -> str:
    words = raw.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in words).strip()


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "The server did not answer in time."
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "The connection was reset."
    return "The connection failed."
