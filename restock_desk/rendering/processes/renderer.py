"""One renderer, seen from the application: ask it, watch it, and kill it when it takes too long or too much."""

import contextlib
import logging
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from restock_desk.errors import DeskError
from restock_desk.rendering.processes import limits, wire

log = logging.getLogger(__name__)
_LOOK_S = 0.02
"""How often a working renderer's memory is looked at."""
_EARLY_S = 0.05
"""Who ended within so much of the processor's time did not do so because of a template."""
START_S = 30
"""A process that has not begun by then never will. Loading takes a second on a machine that is at rest."""
_PROGRAM = (
    "import gc, sys; gc.disable(); sys.path.insert(0, sys.argv[1]); "  # nothing that is loaded is ever garbage
    "from restock_desk.rendering.processes.server import main; main(sys.argv[2])"
)
HIDDEN = "renderer-process"
"""What the frozen application is called with to be one of these."""


class Killed(Exception):
    """A renderer was killed, or died. `why` is a sentence about the template; `early` = it had hardly begun, so that
    it may have been something else and is worth another try."""

    def __init__(self, why: str, early: bool = False) -> None:
        super().__init__(why)
        self.why, self.early = why, early


class Renderer(Protocol):
    """A process that renders. Used by one thread at a time."""

    @property
    def alive(self) -> bool: ...

    @property
    def ready(self) -> bool:
        """Whether it waits for a question: one that ended while nobody asked it anything is no template's fault."""
        ...

    def ask(self, request: Mapping[str, Any], wall_s: float = limits.WALL_S) -> dict[str, Any]:
        """The answer. Raises Killed; the renderer is gone then."""
        ...

    def close(self) -> None: ...


class ForkServer:
    """The process that forks renderers; starts at once, answers when it has loaded. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        self._control.settimeout(START_S)
        self._process = subprocess.Popen(
            command("server"),
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
        )
        theirs.close()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def fork(self) -> "Forked":
        """A new renderer. Raises DeskError when there cannot be one."""
        ours, theirs = socket.socketpair()
        try:
            with self._lock:
                socket.send_fds(self._control, [wire.FORK], [theirs.fileno()])
                pid = self._number()
        except OSError as error:
            ours.close()
            raise DeskError("The renderer cannot be started.", "Close some programs and try again.") from error
        finally:
            theirs.close()
        return Forked(self, pid, ours)

    def reap(self, pid: int) -> None:
        """End a renderer and wait for it."""
        with contextlib.suppress(OSError), self._lock:
            self._control.sendall(wire.REAP + wire.NUMBER.pack(pid))
            self._number()

    def close(self) -> None:
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _number(self) -> int:
        data = b""
        while len(data) < wire.NUMBER.size:
            part = self._control.recv(wire.NUMBER.size - len(data))
            if not part:
                raise ConnectionError
            data += part
        return int(wire.NUMBER.unpack(data)[0])


class Forked:
    """A renderer from the fork server, over a socket."""

    def __init__(self, server: ForkServer, pid: int, line: socket.socket) -> None:
        self._server, self.pid, self._line = server, pid, line
        self.alive = True

    @property
    def ready(self) -> bool:
        return self.alive and not select.select([self._line], [], [], 0)[0]

    def ask(self, request: Mapping[str, Any], wall_s: float = limits.WALL_S) -> dict[str, Any]:
        clock = _Clock(self.pid, wall_s)

        def read(size: int) -> bytes:
            found = bytearray()
            while len(found) < size:
                self._watch(clock, for_writing=False)
                part = self._line.recv(size - len(found))
                if not part:
                    raise EOFError
                found += part
            return bytes(found)

        try:
            view = memoryview(wire.packed({**request, "wall_s": wall_s}, wire.REQUEST_LIMIT))
            self._line.setblocking(False)
            while view:
                self._watch(clock, for_writing=True)
                view = view[self._line.send(view) :]
            answer = wire.received(read, wire.ANSWER_LIMIT)
        except (EOFError, OSError, ValueError, struct.error) as error:
            early = clock.used < _EARLY_S
            log.info("a renderer ended by itself after %.2f s of processor: %s", clock.used, type(error).__name__)
            self.close()
            raise Killed(limits.TOO_MUCH, early) from error
        except Killed:
            self.close()
            raise
        if resident(self.pid) > limits.RESIDENT * 3 // 4:
            self.close()  # it has grown; the next one is small again
        return dict(answer) if isinstance(answer, dict) else {}

    def close(self) -> None:
        if self.alive:
            self.alive = False
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)  # not yet waited for, so the number is still its own
            self._line.close()
            self._server.reap(self.pid)

    def _watch(self, clock: "_Clock", for_writing: bool) -> None:
        """Wait until the line can be used. Raises Killed when a limit is met before."""
        wanted = [self._line]
        while True:
            ready = select.select([], wanted, [], _LOOK_S) if for_writing else select.select(wanted, [], [], _LOOK_S)
            if ready[0] or ready[1]:
                return
            if clock.over:
                raise Killed(limits.TOO_LONG)
            if resident(self.pid) > limits.RESIDENT:
                raise Killed(limits.TOO_MUCH)


class _Clock:
    """The time of one piece of work. One that was not given the processor has more of it."""

    def __init__(self, pid: int, wall_s: float) -> None:
        self._pid, self._wall_s = pid, wall_s
        self._began, self._used = time.monotonic(), processor_s(pid)

    @property
    def used(self) -> float:
        """Seconds of the processor since the question."""
        return processor_s(self._pid) - self._used

    @property
    def over(self) -> bool:
        took = time.monotonic() - self._began
        if took < self._wall_s:
            return False
        return took > self._wall_s * limits.PATIENCE or self.used > self._wall_s * 0.9


class Single:
    """A renderer that is a program of its own, over pipes: for systems without a fork that is safe."""

    def __init__(self) -> None:
        keep = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        self._process = subprocess.Popen(
            command("single"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=keep,
        )  # fmt: skip
        self._first = True

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def ready(self) -> bool:
        return self.alive

    def ask(self, request: Mapping[str, Any], wall_s: float = limits.WALL_S) -> dict[str, Any]:
        source, target = self._process.stdout, self._process.stdin
        assert source is not None
        assert target is not None

        def read(size: int) -> bytes:
            data = source.read(size)
            if len(data) < size:
                raise EOFError
            return data

        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        watch = threading.Timer(wall_s + (START_S if self._first else 0), stop)
        watch.daemon = True
        watch.start()
        try:
            target.write(wire.packed({**request, "wall_s": wall_s}, wire.REQUEST_LIMIT))
            target.flush()
            answer = wire.received(read, wire.ANSWER_LIMIT)
        except (EOFError, OSError, ValueError, struct.error) as error:
            self.close()
            raise Killed(limits.TOO_LONG if late.is_set() else limits.TOO_MUCH) from error
        finally:
            watch.cancel()
            watch.join()
        self._first = False
        return dict(answer) if isinstance(answer, dict) else {}

    def close(self) -> None:
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._process.wait()


def command(kind: str) -> list[str]:
    """How a process of ours is started: isolated from the user's variables and site."""
    if getattr(sys, "frozen", False):
        return [sys.executable, HIDDEN, kind]
    root = str(Path(__file__).resolve().parents[3])
    return [sys.executable, "-I", "-c", _PROGRAM, root, kind]


def resident(pid: int) -> int:
    """Bytes of a process in memory; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * 4096
    except (OSError, IndexError, ValueError):
        return 0


def processor_s(pid: int) -> float:
    """Seconds of the processor that a process has had; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:
            return int(file.read().split()[0]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
