"""Where renderers come from: a clean process that has loaded everything, and forks one whenever it is asked to.

It is started by its own program, so it shares no thread, no window, no file and no variable with the application. Runs
in processes of its own only. Where there is no fork, or none that is safe, each renderer is started like this instead.
"""

import contextlib
import gc
import os
import shutil
import signal
import socket
import sys
import tempfile
from io import RawIOBase

from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.processes import limits, tasks, wire


def main(kind: str) -> None:
    """`kind` is "server" (forks, by commands on standard input) or "single" (is a renderer on standard streams)."""
    gc.freeze()
    gc.enable()
    if kind == "single":
        _single()
    else:
        _serve(socket.socket(fileno=0))


def _serve(control: socket.socket) -> None:
    """Fork and reap until the application is gone; then end with all renderers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folders: dict[int, str] = {}
    try:
        while True:
            data, handles, _, _ = socket.recv_fds(control, 1 + wire.NUMBER.size, 1)
            if data[:1] == wire.FORK and handles:
                folder = tempfile.mkdtemp(prefix="restock-desk-")
                pid = os.fork()
                if pid == 0:
                    _become_renderer(handles[0], folder)
                os.close(handles[0])
                folders[pid] = folder
                control.sendall(wire.NUMBER.pack(pid))
            elif data[:1] == wire.REAP:
                (pid,) = wire.NUMBER.unpack(data[1:])
                _end(pid, folders.pop(pid, ""))
                control.sendall(wire.NUMBER.pack(pid))
            else:
                return
    except OSError:
        return
    finally:
        for pid, folder in folders.items():
            _end(pid, folder)


def _end(pid: int, folder: str) -> None:
    """Only who was forked here and not yet waited for: its number cannot be anybody else's."""
    if folder:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        shutil.rmtree(folder, ignore_errors=True)


def _become_renderer(handle: int, folder: str) -> None:
    """Never returns."""
    code = 1
    try:
        os.dup2(handle, 0)
        os.closerange(3, 256)
        os.chdir(folder)
        limits.confine()
        line = socket.socket(fileno=0)
        _work(line.makefile("rb", buffering=0), line.makefile("wb", buffering=0))
        code = 0
    finally:
        os._exit(code)


def _single() -> None:
    source, target = os.fdopen(os.dup(0), "rb", 0), os.fdopen(os.dup(1), "wb", 0)
    for stream in (0, 1):
        os.dup2(2, stream)
    with tempfile.TemporaryDirectory(prefix="restock-desk-") as folder:
        os.chdir(folder)
        limits.confine()
        _work(source, target)
        os.chdir("/")


def _work(source: RawIOBase, target: RawIOBase) -> None:
    """Answer requests until there are no more."""

    def read(size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            part = source.read(size - len(found))
            if not part:
                raise EOFError
            found += part
        return bytes(found)

    while True:
        try:
            request = wire.received(read, wire.REQUEST_LIMIT)
        except EOFError:
            return
        try:
            limits.begin(min(float(request.get("wall_s", limits.WALL_S)), 10.0), not request.get("many"))
            reply = tasks.answer(request)
        except TemplateFault as fault:
            reply = {"fault": wire.fault_out(fault)}
        finally:
            limits.end()
        try:
            data = wire.packed(reply, wire.ANSWER_LIMIT)
        except ValueError:
            data = wire.packed({"fault": ["The mail is too large.", "tpl.budget", "source", 0]}, wire.ANSWER_LIMIT)
        _write(target, data)


def _write(target: RawIOBase, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[target.write(view) or 0 :]


if __name__ == "__main__":
    main(sys.argv[1])
