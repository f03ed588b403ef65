"""One non-blocking socket with what waits to be written, counted: which byte was handed to the operating system.

Encryption is begun here too. What is said, and what answers mean, is the session's.
"""

import contextlib
import socket
import ssl
from collections import deque
from itertools import islice

from restock_desk.transport.greeting import Refused, Server
from restock_desk.transport.wire import Replies, Reply, WireLost

_PIECES = 64
_LATER = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Link:
    """Raises WireLost, OSError or ssl.SSLError when the connection is gone, Refused when it never came to be."""

    def __init__(self, server: Server, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.secure = False
        self.queued = 0
        """Bytes ever given to be written."""
        self._gone = self._tried = 0
        self._out: deque[memoryview] = deque()
        self._replies = Replies()
        self._connecting, self._shaking, self._push = True, False, False

    @property
    def wants_write(self) -> bool:
        return self._connecting or bool(self._out) or self._push

    @property
    def unsent(self) -> bool:
        return bool(self._out)

    def handed(self, offset: int) -> bool:
        """Whether the byte at `offset` went to the operating system for certain."""
        return self._gone >= offset

    def may_have_left(self, offset: int) -> bool:
        """Whether it may have: of an encrypted record a part may have left although the call failed."""
        return (self._tried if self.secure else self._gone) >= offset

    def say(self, data: bytes) -> None:
        """Queue bytes; `flush` writes them."""
        self._out.append(memoryview(data))
        self.queued += len(data)

    def opened(self) -> bool:
        """Look whether connecting, or the encryption, is done; True once, when it is."""
        if self._connecting:
            if self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise Refused(f"No connection to {self.server.host}:{self.server.port}.")
            self._connecting = False
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return True
        return self._shaking and self._shaken()

    @property
    def opening(self) -> bool:
        return self._connecting or self._shaking

    def encrypt(self) -> bool:
        """Begin TLS; True when it is there at once."""
        if self._replies.pending:
            raise Refused("The server spoke before the encryption began.")
        self.sock = self.server.encryption.wrap_socket(
            self.sock, server_hostname=self.server.host, do_handshake_on_connect=False, suppress_ragged_eofs=False
        )
        self._shaking = True
        return self._shaken()

    def flush(self) -> bool:
        """Write what the system takes now; whether anything went."""
        before = self._gone
        while self._out:
            try:
                n = self._send_some()
            except _LATER:
                break
            self._gone += n
            while n and n >= len(self._out[0]):
                n -= len(self._out.popleft())
            if n:
                self._out[0] = self._out[0][n:]
        return self._gone > before

    def _send_some(self) -> int:
        """Several pieces in one call where there is no encryption: a mail is not copied to stand beside a command."""
        if len(self._out) > 1 and not self.secure:
            return self.sock.sendmsg(list(islice(self._out, _PIECES)))
        view = self._out[0]
        self._tried = max(self._tried, self._gone + len(view))
        return self.sock.send(view)

    def read(self) -> list[Reply] | None:
        """The replies that came; None when there is nothing to read now."""
        try:
            data = self.sock.recv(16_384)
        except _LATER:
            return None
        if not data:
            raise WireLost("The server closed the connection.")
        return self._replies.feed(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.close()

    def _shaken(self) -> bool:
        assert isinstance(self.sock, ssl.SSLSocket)
        try:
            self.sock.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as more:
            self._push = isinstance(more, ssl.SSLWantWriteError)
            return False
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"The server's certificate is not valid: {error.verify_message}.") from error
        self._shaking = self._push = False
        self.secure = True
        return True


def why(error: Exception) -> str:
    """What broke, in words that name nobody."""
    if isinstance(error, WireLost):
        return str(error)
    if isinstance(error, TimeoutError):
        return "The server did not answer in time."
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "The connection was reset."
    if isinstance(error, ConnectionRefusedError):
        return "The connection was refused."
    return "The connection failed."
