"""One HTTPS call, and what is known when it fails: told apart by whether the whole request had left. Decides nothing.

Certificates are verified, nothing is followed anywhere else, no proxy of the environment is used, and a call ends by
itself however slowly the other side speaks. Nothing here logs; a secret stands in a header only.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from restock_desk.transport.calls import Answer, Call, NotSent, Unknown

MAX_ANSWER = 1_000_000
KEEP_S = 4.0
"""A kept connection older than this is not used again: a server that was about to close it would leave us in doubt."""


@dataclass(frozen=True)
class HttpPatience:
    """Seconds each stage may take, and all of it."""

    connect: float = 15
    write: float = 30
    read: float = 60
    whole: float = 120


class Line:
    """One kept connection to one provider. Used by one thread at a time."""

    def __init__(
        self, patience: HttpPatience | None = None, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    ) -> None:
        self._patience = patience or HttpPatience()
        self._tls = tls
        self._client: httpx.Client | None = None
        self._socket: socket.socket | None = None

    def ask(self, call: Call) -> Answer:
        """Make the call. Raises NotSent or Unknown for all that a network can do."""
        watch = Watch(self._patience.whole, self._socket)
        try:
            with (
                watch,
                self._ready().stream(
                    call.method, call.url, headers=dict(call.headers), content=call.body, extensions={"trace": watch}
                ) as response,
            ):
                self._socket = watch.socket
                return _read(response, watch)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self.close()
            words = "The provider did not answer in time." if watch.late else _why(error)
            raise (Unknown if watch.written else NotSent)(words) from None

    def close(self) -> None:
        client, self._client, self._socket = self._client, None, None
        if client is not None:
            client.close()

    def _ready(self) -> httpx.Client:
        if self._client is None:
            context = self._tls()
            context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
            wait = self._patience
            self._client = httpx.Client(
                verify=context,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(connect=wait.connect, read=wait.read, write=wait.write, pool=wait.connect),
                limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_S),
                headers={"Accept-Encoding": "identity", "User-Agent": "restock-desk"},
            )
        return self._client


class Watch:
    """Sees the stages of one call go by, and cuts the connection when its time is over."""

    def __init__(self, whole_s: float, kept: socket.socket | None) -> None:
        self.written = self.late = False
        self.socket = kept
        self._timer = threading.Timer(whole_s, self._cut)
        self._timer.daemon = True

    def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self.socket = info["return_value"].get_extra_info("socket")
            if self.late:
                self._cut()
        self.written = self.written or event == "http11.send_request_body.complete"

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def _cut(self) -> None:
        self.late = True
        if self.socket is not None:
            with suppress(OSError):  # of the plain socket: TLS would want to say goodbye first
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


def _read(response: httpx.Response, watch: Watch) -> Answer:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise httpx.ReadError("The answer is too long.")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, bytes(body), watch.written)


def _why(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "The provider did not answer in time."
    if isinstance(error, httpx.ConnectError):
        words = str(error)
        return "The provider's certificate is not valid." if "CERTIFICATE" in words.upper() else "No connection."
    if isinstance(error, httpx.RemoteProtocolError):
        return "The provider closed the connection, or its answer is not HTTP."
    return "The connection broke."
