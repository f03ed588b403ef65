"""Running the web service: its socket, its server, its end. Loopback unless told."""

import logging
import signal
import socket
import sys

import uvicorn

from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk
from restock_desk.web.app import create

log = logging.getLogger(__name__)


def run(desk: Desk, host: str = "127.0.0.1", port: int = 8720) -> None:
    """Serve until Ctrl+C or SIGTERM; requests under way are finished. Port 0 takes a free one and tells it."""
    with listen(host, port) as listening:
        at = listening.getsockname()[1]
        where = f"[{host}]" if ":" in host else host
        sys.stdout.write(f"Listening on http://{where}:{at}/ (stop with Ctrl+C)\n")
        sys.stdout.flush()
        if host not in ("127.0.0.1", "::1", "localhost"):
            log.warning("the web service listens on %s: others can reach it; put a TLS proxy before it", host)
        # uvicorn raises the signal again when it has ended; here that must not look like a crash.
        before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            server(desk).run(sockets=[listening])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def server(desk: Desk) -> uvicorn.Server:
    """The server, to be run on a socket of the caller's. Access is not logged: addresses hold people's tokens."""
    return uvicorn.Server(
        uvicorn.Config(
            create(desk),
            access_log=False,
            log_config=None,
            log_level="warning",
            server_header=False,
            lifespan="off",
            ws="none",
            limit_concurrency=200,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=10,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Names TCP itself: only then does the event loop switch off Nagle's waiting, which would
    hold back every answer for 40 ms."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(512)
    except OSError as error:
        found.close()
        raise DeskError(
            f"The web service cannot listen on {host}, port {port}: {error.strerror}.",
            "Choose another port with --port, or stop the program that uses it.",
        ) from error
    return found
