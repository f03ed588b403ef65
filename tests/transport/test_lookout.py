"""Looking at addresses from here: real answers of a server on this machine, and doors that are never knocked at."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from restock_desk.transport import lookout


class Answers(BaseHTTPRequestHandler):
    """By path: a picture, a page, redirects, a server that knows no HEAD, one that never ends."""

    asked: ClassVar[list[tuple[str, str, str]]] = []

    def do_HEAD(self) -> None:
        self._answer(False)

    def do_GET(self) -> None:
        self._answer(True)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def _answer(self, whole: bool) -> None:
        Answers.asked.append((self.command, self.path, self.headers["Host"]))
        path = self.path
        if path == "/headless" and not whole:
            return self._say(405)
        if path == "/gone":
            return self._say(404)
        if path.startswith("/to/"):
            return self._say(
                302, location={"/to/page": "/page", "/to/inside": "http://inside.example/x"}.get(path, path)
            )
        if path == "/picture":
            return self._say(200, "image/png", length=300_000)
        return self._say(200, "text/html; charset=utf-8", length=3, body=b"abc" if whole else b"")

    def _say(self, status: int, kind: str = "", length: int = 0, body: bytes = b"", location: str = "") -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Location", location), ("Content-Length", str(length))):
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def port() -> Iterator[int]:
    Answers.asked.clear()
    lookout._known.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    running = threading.Thread(target=server.serve_forever, args=(0.02,))
    running.start()
    yield server.server_address[1]
    server.shutdown()
    running.join()
    server.server_close()


def here(port: int) -> lookout.Resolve:
    """shop.example is this machine's server; every other name is refused."""

    def resolve(host: str, _: int) -> tuple[str, int]:
        if host != "shop.example":
            raise OSError("it is no public address")
        return "127.0.0.1", port

    return resolve


def test_each_address_is_told_with_what_came_back(port: int) -> None:
    names = ("page", "gone", "picture", "to/page", "headless", "to/round")
    found = lookout.look([f"http://shop.example/{name}" for name in names], here(port))
    told = {url.removeprefix("http://shop.example/"): (s.status, s.kind, s.size, s.fault) for url, s in found.items()}
    assert told == {
        "page": (200, "text/html", 3, ""),
        "gone": (404, "", 0, ""),
        "picture": (200, "image/png", 300_000, ""),
        "to/page": (200, "text/html", 3, ""),
        "headless": (200, "text/html", 3, ""),
        "to/round": (0, "", 0, "it leads on and on"),
    }
    assert {host for _, _, host in Answers.asked} == {"shop.example"}


def test_a_redirect_into_a_private_network_is_not_followed(port: int) -> None:
    (seen,) = lookout.look(["http://shop.example/to/inside"], here(port)).values()
    assert (seen.status, seen.fault) == (0, "it is no public address")
    assert all(path == "/to/inside" for _, path, _ in Answers.asked)


def test_what_was_seen_is_not_asked_again(port: int) -> None:
    for _ in range(2):
        lookout.look(["http://shop.example/page"], here(port))
    assert len(Answers.asked) == 1


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fd00::1",
     "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "224.0.0.1"],
)  # fmt: skip
def test_only_public_addresses_are_connected_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """One address inside is enough to refuse the name."""

    def answers(host: str, port: int, **_: object) -> list[Any]:
        return [(None, None, None, "", (each, port)) for each in ("93.184.216.34", address)]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(OSError, match="no public address"):
        lookout.public("shop.example", 443)


def test_a_public_address_on_a_usual_port_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(None, None, None, "", ("93.184.216.34", 443))])
    assert lookout.public("shop.example", 443) == ("93.184.216.34", 443)
    with pytest.raises(OSError, match="port 25"):
        lookout.public("shop.example", 25)


@pytest.mark.parametrize("url", ["ftp://shop.example/", "file:///etc/passwd", "http://", "http://[::1", "javascript:x"])
def test_what_is_no_web_address_is_never_asked(port: int, url: str) -> None:
    (seen,) = lookout.look([url], here(port)).values()
    assert seen.status == 0
    assert seen.fault
    assert Answers.asked == []
