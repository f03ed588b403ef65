"""How an SMTP connection begins: greeting, EHLO, encryption, login, as a script of lines and expected answers."""

import base64
import ipaddress
import socket
import ssl
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from restock_desk.transport.wire import Reply


@dataclass(frozen=True)
class Patience:
    """Seconds each stage may take before the server counts as gone; `idle` how long an unused connection is kept."""

    connect: float = 30
    command: float = 300
    data: float = 120
    body: float = 180
    dot: float = 600
    quit: float = 2
    idle: float = 20


@dataclass(frozen=True)
class Server:
    """Where to and how. `password` is asked only when the server wants a login."""

    host: str
    port: int
    implicit_tls: bool
    user: str
    password: Callable[[], str]
    url: str
    patience: Patience = field(default_factory=Patience)
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    connections: int = 1
    mails_per_connection: int = 100

    @cached_property
    def encryption(self) -> ssl.SSLContext:
        """Whom all connections believe: reading the authorities takes longer than many a mail."""
        context = self.tls()
        context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        return context


class Refused(Exception):
    """The server cannot be used at all: our side's problem, nobody's mail."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.words, self.code = words, code


class Step(NamedTuple):
    """Say `line` (empty = only listen) and come back with the answer; or make the connection secure."""

    line: str = ""
    secure: bool = False


Script = Generator[Step, Reply, None]


def hello(server: Server, sock: socket.socket, offers: dict[str, str]) -> Script:
    """The whole beginning. Fills `offers` with what the server can do, as told inside the encryption where there is
    one. Raises Refused."""
    name = _own_name(sock)
    secure = server.implicit_tls
    if secure:
        yield Step(secure=True)
    _expect((yield Step()), 2)
    yield from _ehlo(name, offers)
    if not secure and ("STARTTLS" in offers or not is_loopback(server.host)):
        if "STARTTLS" not in offers:
            raise Refused("The server offers no encryption, and nothing is sent in clear.")
        _expect((yield Step("STARTTLS")), 2)
        yield Step(secure=True)
        secure = True
        yield from _ehlo(name, offers)
    if server.user:
        if not secure and not is_loopback(server.host):
            raise Refused("The login is never sent in clear.")
        yield from _log_in(server, offers.get("AUTH", "").split())


def is_loopback(host: str) -> bool:
    """Whether this name stands for this machine itself, without asking any name server."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _ehlo(name: str, offers: dict[str, str]) -> Script:
    reply = yield Step(f"EHLO {name}")
    if reply.code // 100 == 5:
        reply = yield Step(f"HELO {name}")
    _expect(reply, 2)
    offers.clear()
    for line in reply.lines[1:]:
        word, _, rest = line.strip().partition(" ")
        offers[word.upper()] = rest.strip().upper()


def _log_in(server: Server, ways: list[str]) -> Script:
    password = server.password()
    if not password:
        raise Refused("There is no password for the login.")
    if "PLAIN" in ways:
        reply = yield Step(f"AUTH PLAIN {_coded(f'{chr(0)}{server.user}{chr(0)}{password}')}")
    elif "LOGIN" in ways:
        _expect((yield Step("AUTH LOGIN")), 3)
        _expect((yield Step(_coded(server.user))), 3)
        reply = yield Step(_coded(password))
    else:
        raise Refused("The server offers no way to log in that is known here.")
    _expect(reply, 2)


def _expect(reply: Reply, hundred: int) -> None:
    if reply.code // 100 != hundred:
        raise Refused(reply.told, str(reply.code))


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _own_name(sock: socket.socket) -> str:
    """What EHLO says: this machine's address, which every server accepts and which names nobody."""
    host = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"
