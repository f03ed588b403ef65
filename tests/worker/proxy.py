"""A TCP proxy on loopback that can go silent: it takes every byte, says nothing, and passes none on."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    to: int
    port: int = 0
    _passing: threading.Event = field(default_factory=threading.Event)
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    @contextmanager
    def serving(self) -> Iterator["Proxy"]:
        """Passing bytes between its own port and `to`, until the block ends."""
        self._passing.set()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            self._begin(self._accept, listener)
            try:
                yield self
            finally:
                self._passing.set()
                for one in [listener, *self._open]:
                    with suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)
                for thread in self._threads:
                    thread.join()
                for one in self._open:
                    one.close()

    def silence(self) -> None:
        """From now on nothing gets through; connections stay open, and new ones are taken."""
        self._passing.clear()

    def pass_on(self) -> None:
        """Everything gets through again, what was held back first."""
        self._passing.set()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            self._open += [near, far]
            self._begin(self._pump, near, far)
            self._begin(self._pump, far, near)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._passing.wait()
                sink.sendall(data)
        self._passing.wait()  # a silent network does not pass on the end of a connection either
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def _begin(self, target: object, *args: socket.socket) -> None:
        assert callable(target)
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()
