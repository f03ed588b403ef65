"""SMTP as bytes: replies read from a stream, bodies made ready for it, addresses that may stand in a command."""

import re
from dataclasses import dataclass
from functools import lru_cache

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


class Replies:
    """Bytes as they come in, replies as they are complete. Raises WireLost for what is not SMTP."""

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[str] = []
        self._code = b""

    @property
    def pending(self) -> bool:
        """Bytes that came and were not asked for: before a TLS handshake they are somebody's attack."""
        return bool(self._buffer or self._lines)

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that are complete now, in order."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > MAX_LINE or any(len(line) > MAX_LINE for line in lines):
            raise WireLost("The server's reply is too long.")
        found: list[Reply] = []
        for line in lines:
            if not self._lines and (reply := _alone(line)) is not None:
                found.append(reply)
                continue
            match = _REPLY.match(line.removesuffix(b"\r"))
            if match is None or (self._code and match[1] != self._code):
                raise WireLost("The server's reply is not SMTP.")
            self._lines.append(_clean(match[3] or b""))
            self._code = match[1]
            if match[2] != b"-":
                words = " ".join(self._lines)[:MAX_KEPT].strip()
                found.append(Reply(int(self._code), words, tuple(self._lines)))
                self._lines, self._code = [], b""
            elif len(self._lines) >= MAX_LINES:
                raise WireLost("The server's reply has no end.")
        return found


@lru_cache(maxsize=64)
def _alone(line: bytes) -> Reply | None:
    """A reply that is one line, of which a server says the same few again and again. None for any other line."""
    match = _REPLY.match(line.removesuffix(b"\r"))
    if match is None or match[2] == b"-":
        return None
    words = _clean(match[3] or b"")
    return Reply(int(match[1]), words[:MAX_KEPT].strip(), (words,))


def command(line: str) -> bytes:
    """One command as it goes over the wire. A line end or control character in it is a bug of ours: ValueError."""
    if not line.isprintable() and any(ord(c) < 32 or ord(c) == 127 for c in line):
        raise ValueError("control character in an SMTP command")
    return line.encode("utf-8") + b"\r\n"


def safe_address(address: str) -> bool:
    """Whether an address can stand between < and > in a command."""
    return bool(address) and len(address) <= 320 and "@" in address and bool(_ADDRESS.match(address))


def stuffed(message: bytes) -> bytes:
    """The message as it goes over the wire: line ends CRLF, leading dots doubled, the final dot added."""
    ends = message.count(b"\r\n")
    if message.count(b"\r") != ends or message.count(b"\n") != ends:
        message = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    if message.startswith(b"."):
        message = b"." + message
    if b"\n." in message:
        message = message.replace(b"\r\n.", b"\r\n..")
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")


def _clean(raw: bytes) -> str:
    words = raw.decode("utf-8", "replace")
    return words.strip() if words.isprintable() else "".join(c if c.isprintable() else " " for c in words).strip()
