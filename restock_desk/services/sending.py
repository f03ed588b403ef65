"""Trying out how mail leaves before it is used: one connection, no mail. The sending itself is in `delivery`."""

from urllib.parse import urlsplit

from restock_desk.services.desk import Desk
from restock_desk.transport import open_transport


def check(desk: Desk, url: str, password: str | None = None) -> str:
    """Connect, greet, log in, say goodbye: a sentence on what was found. Raises DeskError when it cannot work.

    `password` is tried instead of the kept one when given. Blocks for as long as the transport's timeouts.
    """
    transport = open_transport(url, desk.secret if password is None else lambda _name: password)
    try:
        return transport.check()
    finally:
        transport.close()


def secret_name(url: str) -> str:
    """Under which name the password of this transport is kept."""
    parts = urlsplit(url)
    return f"smtp:{parts.username or ''}@{parts.hostname or ''}"
