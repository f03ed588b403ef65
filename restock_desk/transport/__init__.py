"""How mail leaves the machine: one protocol (domain.handover), opened here by its address. Decides nothing."""

from urllib.parse import parse_qsl, unquote, urlsplit

from restock_desk.domain.handover import Transport
from restock_desk.errors import WrongUse
from restock_desk.transport import signers
from restock_desk.transport.conversation import Pipelining
from restock_desk.transport.greeting import Server, is_loopback
from restock_desk.transport.outbox import Outbox
from restock_desk.transport.provider import Surroundings
from restock_desk.transport.providers import Secrets, open_provider, promise
from restock_desk.transport.smtp import Smtp
from restock_desk.transport.ways import WAYS, Way, read, secret_name

__all__ = ["WAYS", "Way", "known", "label", "open_transport", "promised", "route", "secret_name", "stays_here"]

_OPTIONS = {"connections", "mails", "pipelining"}
NEAR, FAR = 8, 4
"""Connections at once, to a server on this machine and to another one."""


def open_transport(url: str, secret: Secrets, world: Surroundings | None = None) -> Transport:
    """The transport of this address: outbox:FOLDER, smtp://[USER@]HOST[:PORT], smtps://… or a provider's (see `ways`).

    Connects to nothing yet. Behind a mail server's may stand ?connections=N&mails=N&pipelining=off|envelope|across: how
    many connections at once, how many mails on each, how much in one write. Behind a mail server's or an outbox's may
    stand dkim=SELECTOR@DOMAIN, more than once: then mails are signed. The secret has the name that `secret_name` gives.
    WrongUse when the address cannot be used.
    """
    if url.partition(":")[0] in WAYS:
        return open_provider(url, secret, world)
    plain, named = signers.split(url)
    if plain.startswith("outbox:"):
        opened: Transport = Outbox(plain, plain.removeprefix("outbox:"))
    elif plain.startswith(("smtp://", "smtps://")):
        opened = _smtp(plain, secret)
    else:
        raise WrongUse(
            "The transport's address cannot be read.",
            f"Write outbox:FOLDER, smtp://HOST:PORT, smtps://HOST:PORT, or one of {', '.join(WAYS)} with ://ACCOUNT.",
        )
    if not named:
        return opened
    from restock_desk.transport.dkim import signing  # loads cryptography, and few shops sign here

    return signing(url, opened, named, secret)


def known(url: str) -> bool:
    """Whether a text is meant as an address rather than as a name."""
    scheme, colon, _ = url.partition(":")
    return bool(colon) and scheme in ("outbox", "smtp", "smtps", *WAYS)


def label(url: str) -> str:
    """Who takes the mail, for a sentence: "Postmark", "mail.example", "a folder"."""
    scheme = url.partition(":")[0]
    if scheme in WAYS:
        return WAYS[scheme].label
    return "a folder" if scheme == "outbox" else urlsplit(url).hostname or "a mail server"


def route(url: str) -> str:
    """Who is waited for when mail leaves by this address: the same for two addresses of one server or account."""
    scheme, _, rest = url.partition(":")
    if scheme == "outbox":
        return scheme
    try:
        parts = urlsplit(url)
        return (
            f"{parts.hostname or ''}:{parts.port or ''}" if scheme in ("smtp", "smtps") else f"{scheme}:{parts.netloc}"
        )
    except ValueError:
        return f"{scheme}:{rest}"


def promised(url: str) -> str:
    """What is promised about a mail that is handed over twice, as a sentence."""
    scheme = url.partition(":")[0]
    if scheme in WAYS:
        return promise(url)
    if scheme == "outbox":
        return "The same mail again is the same file."
    return "SMTP promises no idempotency: a mail without an answer is in doubt."


def stays_here(url: str) -> bool:
    """Whether mail by this address goes to this machine only: a folder, or a mail server on loopback."""
    if url.startswith("outbox:"):
        return True
    try:
        host = read(url).endpoint if url.partition(":")[0] in WAYS else url
        return is_loopback(urlsplit(host).hostname or "")
    except (ValueError, WrongUse):
        return False


def _smtp(url: str, secret: Secrets) -> Smtp:
    try:
        parts = urlsplit(url)
        port = parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise WrongUse("The transport's address cannot be read.", "Write smtp://HOST:PORT.") from error
    if parts.password is not None:
        raise WrongUse(
            "A password must not stand in the transport's address.", "Put it into the keyring or the secrets file."
        )
    host = parts.hostname or ""
    if not host or parts.path.strip("/") or parts.fragment or not options.keys() <= _OPTIONS:
        raise WrongUse(
            "The transport's address cannot be read.",
            "Write smtp://HOST:PORT; behind it only ?connections=N&mails=N&pipelining=off|envelope|across&dkim=…",
        )
    user = unquote(parts.username or "")
    implicit = parts.scheme == "smtps"
    near = is_loopback(host)
    server = Server(
        host=host,
        port=port or (465 if implicit else 25 if near else 587),
        implicit_tls=implicit,
        user=user,
        password=lambda: (secret(secret_name(url)) if user else None) or "",
        url=url,
        connections=_number(options, "connections", NEAR if near else FAR, 50),
        mails_per_connection=_number(options, "mails", 100, 10_000),
    )
    return Smtp(server, _pipelining(options))


def _number(options: dict[str, str], name: str, usual: int, most: int) -> int:
    value = options.get(name, str(usual))
    if not value.isdigit() or not 1 <= int(value) <= most:
        raise WrongUse(f"In the transport's address {name} is a number from 1 to {most}.")
    return int(value)


def _pipelining(options: dict[str, str]) -> Pipelining | None:
    value = options.get("pipelining", "").upper()
    if value and value not in Pipelining.__members__:
        raise WrongUse("In the transport's address pipelining is off, envelope or across.")
    return Pipelining[value] if value else None
