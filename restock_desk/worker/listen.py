"""The worker's own small port, on loopback unless told: `/metrics` for Prometheus, `/healthz` for who restarts it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from restock_desk.errors import DeskError, WrongUse
from restock_desk.services import monitoring, visits
from restock_desk.services.desk import Desk

log = logging.getLogger(__name__)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    desk: Desk


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(200, monitoring.metrics(self.server.desk), monitoring.TYPE)
        elif self.path == "/healthz":
            ok = visits.alive(self.server.desk)
            self._answer(200 if ok else 503, "ok\n" if ok else "the database does not answer\n", "text/plain")
        else:
            self._answer(404, "/metrics and /healthz are here\n", "text/plain")

    def _answer(self, status: int, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Who asks for figures is not logged."""


@contextmanager
def serving(desk: Desk, at: str) -> Iterator[int]:
    """Answer on HOST:PORT while the block runs; the port. Empty = not at all. DeskError when it cannot be had."""
    if not at:
        yield 0
        return
    host, _, port = at.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise WrongUse(f"“{at}” is no address to listen on.", "Write --metrics 127.0.0.1:9720, or --metrics off.")
    try:
        server = _Server((host, int(port)), _Handler)
    except OSError as error:
        raise DeskError(
            f"The worker cannot listen on {at}: {error.strerror}.",
            "Give it another port with --metrics HOST:PORT, or none with --metrics off.",
        ) from error
    server.desk = desk
    if host not in ("127.0.0.1", "::1", "localhost"):
        log.warning("figures are served on %s: others can read them", host)
    thread = threading.Thread(target=server.serve_forever, name="desk-metrics", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
