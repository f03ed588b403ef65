"""How mail leaves the machine: one protocol (domain.handover), opened here by its address. Decides nothing."""

from collections.abc import Callable
from urllib.parse import urlsplit

from restock_desk.domain.handover import Transport
from restock_desk.errors import WrongUse
from restock_desk.transport.outbox import Outbox
from restock_desk.transport.smtp import Smtp, SmtpServer, is_loopback


def open_transport(url: str, secret: Callable[[str], str | None]) -> Transport:
    """The transport of this address: outbox:FOLDER, smtp://[USER@]HOST[:PORT] or smtps://…. Connects to nothing yet.

    The password of USER is the secret named "smtp:USER@HOST". WrongUse when the address cannot be used.
    """
    if url.startswith("outbox:"):
        return Outbox(url, url.removeprefix("outbox:"))
    if url.startswith(("smtp://", "smtps://")):
        return Smtp(_server(url, secret))
    raise WrongUse(
        "The transport's address cannot be read.", "Write outbox:FOLDER, smtp://HOST:PORT or smtps://HOST:PORT."
    )


def stays_here(url: str) -> bool:
    """Whether mail by this address goes to this machine only: a folder, or a mail server on loopback."""
    if url.startswith("outbox:"):
        return True
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def _server(url: str, secret: Callable[[str], str | None]) -> SmtpServer:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise WrongUse("The transport's address cannot be read.", "Write smtp://HOST:PORT.") from error
    if parts.password is not None:
        raise WrongUse(
            "A password must not stand in the transport's address.", "Put it into the keyring or the secrets file."
        )
    host = parts.hostname or ""
    if not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise WrongUse("The transport's address cannot be read.", "Write smtp://HOST:PORT and nothing behind it.")
    user = parts.username or ""
    implicit = parts.scheme == "smtps"
    default = 465 if implicit else 25 if is_loopback(host) else 587
    return SmtpServer(
        host=host,
        port=port or default,
        implicit_tls=implicit,
        user=user,
        password=lambda: (secret(f"smtp:{user}@{host}") if user else None) or "",
        url=url,
    )
