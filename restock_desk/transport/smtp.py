"""SMTP, one mail at a time on one connection that is kept. What is known afterwards is told apart by the phase.

Before the final dot has been handed to the operating system a failure is definite (deferred); from then on, until the
reply, silence and resets are in doubt. A refused recipient never sees a body. Nothing here logs an address.
"""

import base64
import contextlib
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.transport.wire import Reply, Wire, WireLost, safe_address, stuffed

log = logging.getLogger(__name__)
MAILS_PER_CONNECTION = 100


@dataclass(frozen=True)
class Patience:
    """Seconds each stage may take before the server counts as gone."""

    connect: float = 30
    command: float = 300
    data: float = 120
    body: float = 180
    dot: float = 600
    quit: float = 2


@dataclass(frozen=True)
class SmtpServer:
    """Where to and how. `password` is asked only when the server wants a login."""

    host: str
    port: int
    implicit_tls: bool
    user: str
    password: Callable[[], str]
    url: str
    patience: Patience = field(default_factory=Patience)
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context


class _Refused(Exception):
    """The server cannot be used at all: our side's problem, nobody's mail."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.words, self.code = words, code


class Smtp:
    """Used by one thread at a time. Connects when there is something to send."""

    idempotent = False
    batch = 16

    def __init__(self, server: SmtpServer) -> None:
        self.url = server.url
        self._server = server
        self._wire: Wire | None = None
        self._sent = 0
        self._offers: dict[str, str] = {}

    def send(self, envelopes: list[Envelope]) -> list[Receipt]:
        """Hand over one after the other. After a refused connection the rest is not tried."""
        receipts: list[Receipt] = []
        broken: Receipt | None = None
        for envelope in envelopes:
            receipt = broken or self._send(envelope)
            if receipt.ours and broken is None:
                broken = receipt
            receipts.append(receipt)
        return receipts

    def check(self) -> str:
        """Connect, greet, log in, leave. Raises DeskError with the server's words."""
        try:
            self._connect()
        except (_Refused, WireLost) as error:
            words = error.words if isinstance(error, _Refused) else str(error)
            raise DeskError(f"{self._server.host} cannot be used: {words}", "Check host, port and login.") from error
        finally:
            secure = self._wire is not None and isinstance(self._wire.sock, ssl.SSLSocket)
            self.close()
        login = "logged in" if self._server.user else "without a login"
        return f"{self._server.host}:{self._server.port} answers, {'encrypted' if secure else 'in clear'}, {login}."

    def close(self) -> None:
        """Say goodbye and close; what the server answers does not matter."""
        wire, self._wire = self._wire, None
        if wire is not None:
            with contextlib.suppress(WireLost):
                wire.command("QUIT", self._server.patience.quit)
            wire.close()

    def _send(self, envelope: Envelope) -> Receipt:
        if not safe_address(envelope.recipient) or not safe_address(envelope.sender):
            return Receipt(Handed.FAILED, "", "The address cannot be used in a mail transaction.")
        fresh = self._wire is None or self._sent >= MAILS_PER_CONNECTION
        try:
            wire = self._ready()
            return self._transaction(wire, envelope)
        except _Refused as error:
            self._drop()
            return Receipt(Handed.DEFERRED, error.code, error.words, ours=True)
        except WireLost as error:
            self._drop()
            if not fresh:  # a kept connection may have timed out while it was idle
                return self._once_more(envelope)
            return Receipt(Handed.DEFERRED, "", str(error))

    def _once_more(self, envelope: Envelope) -> Receipt:
        try:
            return self._transaction(self._ready(), envelope)
        except _Refused as error:
            self._drop()
            return Receipt(Handed.DEFERRED, error.code, error.words, ours=True)
        except WireLost as error:
            self._drop()
            return Receipt(Handed.DEFERRED, "", str(error))

    def _ready(self) -> Wire:
        if self._wire is not None and self._sent >= MAILS_PER_CONNECTION:
            self.close()
        return self._wire or self._connect()

    def _transaction(self, wire: Wire, envelope: Envelope) -> Receipt:
        """One mail. Raises WireLost only while nothing can have been accepted."""
        wait = self._server.patience
        mail, rcpt = f"MAIL FROM:<{envelope.sender}>", f"RCPT TO:<{envelope.recipient}>"
        if not (mail + rcpt).isascii():
            if "SMTPUTF8" not in self._offers:
                return Receipt(Handed.FAILED, "", "needs_smtputf8: the server takes plain ASCII addresses only.")
            mail += " SMTPUTF8"
        body = stuffed(envelope.message)
        if self._offers.get("SIZE", "").isdigit() and 0 < int(self._offers["SIZE"]) < len(body):
            return Receipt(Handed.FAILED, "", "The mail is larger than the server takes.")
        for command, patience, wanted in ((mail, wait.command, 2), (rcpt, wait.command, 2), ("DATA", wait.data, 3)):
            reply = wire.command(command, patience)
            if reply.code // 100 != wanted:
                return self._not_taken(wire, reply, command)
        wire.write(memoryview(body)[:-3], wait.body)
        return self._dotted(wire, body)

    def _dotted(self, wire: Wire, body: bytes) -> Receipt:
        """The final dot and its reply: from here on only the server knows."""
        wait = self._server.patience
        try:
            wire.write(body[-3:], wait.body)
        except WireLost:
            if isinstance(wire.sock, ssl.SSLSocket):  # a record may have left although the call failed
                self._drop()
                return Receipt(Handed.IN_DOUBT, "", "The connection broke while the end of the mail was sent.")
            raise
        try:
            reply = wire.reply(wait.dot)
        except WireLost as error:
            self._drop()
            return Receipt(Handed.IN_DOUBT, "", f"{error} The mail was complete by then.")
        self._sent += 1
        if reply.code == 421:
            self._drop()
        if reply.code // 100 == 2:
            return Receipt(Handed.SENT, str(reply.code), reply.told, reply.words[:200])
        return _definite(reply)

    def _not_taken(self, wire: Wire, reply: Reply, command: str) -> Receipt:
        """Refused before any body byte; the connection is made ready for the next mail."""
        if reply.code == 421:
            if self._sent:  # enough mails on this connection, it says: the next connection may take this one
                raise WireLost(reply.told)
            self._drop()
        else:
            try:
                if wire.command("RSET", self._server.patience.command).code // 100 != 2:
                    self._drop()
            except WireLost:
                self._drop()
        if reply.code in (530, 534, 535, 538) and command.startswith("MAIL"):
            return Receipt(Handed.DEFERRED, str(reply.code), reply.told, ours=True)
        return _definite(reply)

    def _connect(self) -> Wire:
        server, wait = self._server, self._server.patience
        self._sent, self._offers = 0, {}
        try:
            wire = Wire(socket.create_connection((server.host, server.port), timeout=wait.connect))
        except OSError as error:
            raise _Refused(f"No connection to {server.host}:{server.port}.") from error
        try:
            wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if server.implicit_tls:
                self._secure(wire)
            _expect(wire.reply(wait.command), 2)
            self._greet(wire)
            if not server.implicit_tls and ("STARTTLS" in self._offers or not is_loopback(server.host)):
                self._start_tls(wire)
            if server.user:
                self._log_in(wire)
        except WireLost as error:
            wire.close()
            raise _Refused(str(error)) from error
        except BaseException:
            wire.close()
            raise
        self._wire = wire
        return wire

    def _greet(self, wire: Wire) -> None:
        wait = self._server.patience.command
        reply = wire.command(f"EHLO {_own_name(wire)}", wait)
        if reply.code // 100 == 5:
            reply = wire.command(f"HELO {_own_name(wire)}", wait)
        _expect(reply, 2)
        self._offers = {}
        for line in reply.lines[1:]:
            word, _, rest = line.strip().partition(" ")
            self._offers[word.upper()] = rest.strip().upper()

    def _start_tls(self, wire: Wire) -> None:
        if "STARTTLS" not in self._offers:
            raise _Refused("The server offers no encryption, and nothing is sent in clear.")
        _expect(wire.command("STARTTLS", self._server.patience.command), 2)
        self._secure(wire)
        self._greet(wire)

    def _secure(self, wire: Wire) -> None:
        context = self._server.tls()
        context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        try:
            wire.secure(context, self._server.host, self._server.patience.connect)
        except ssl.SSLCertVerificationError as error:
            raise _Refused(f"The server's certificate is not valid: {error.verify_message}.") from error

    def _log_in(self, wire: Wire) -> None:
        server, wait = self._server, self._server.patience.command
        if not isinstance(wire.sock, ssl.SSLSocket) and not is_loopback(server.host):
            raise _Refused("The login is never sent in clear.")
        ways = self._offers.get("AUTH", "").split()
        password = server.password()
        if not password:
            raise _Refused("There is no password for the login.")
        if "PLAIN" in ways:
            reply = wire.command(f"AUTH PLAIN {_coded(f'{chr(0)}{server.user}{chr(0)}{password}')}", wait)
        elif "LOGIN" in ways:
            reply = wire.command("AUTH LOGIN", wait)
            for part in (server.user, password):
                if reply.code == 334:
                    reply = wire.command(_coded(part), wait)
        else:
            raise _Refused("The server offers no way to log in that is known here.")
        _expect(reply, 2)

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()


def is_loopback(host: str) -> bool:
    """Whether this name stands for this machine itself, without asking any name server."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _expect(reply: Reply, hundred: int) -> None:
    if reply.code // 100 != hundred:
        raise _Refused(reply.told, str(reply.code))


def _definite(reply: Reply) -> Receipt:
    handed = Handed.FAILED if reply.code // 100 == 5 else Handed.DEFERRED
    return Receipt(handed, str(reply.code), reply.told)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _own_name(wire: Wire) -> str:
    """What EHLO says: this machine's address, which every server accepts and which names nobody."""
    host = str(wire.sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"
