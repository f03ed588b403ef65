"""The ways mail leaves, before it leaves: kept under names, tried out without a mail, and their keys.

The sending itself is in `delivery`. Names and addresses stand in this user's settings, secrets where `settings` says.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from restock_desk import settings as settings_
from restock_desk.errors import DeskError, WrongUse
from restock_desk.services.desk import Desk
from restock_desk.transport import known, label, open_transport, promised, secret_name, signers

__all__ = ["secret_name"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")


@dataclass(frozen=True)
class KeptTransport:
    """`ready` = its secret is there, or it needs none. `used` = the profile sends by it."""

    name: str
    url: str
    way: str
    secret: str
    ready: bool
    used: bool
    promise: str
    """About a mail that is handed over twice."""


def check(desk: Desk, url: str, password: str | None = None) -> str:
    """Connect, greet, log in, say goodbye: a sentence on what was found. Raises DeskError when it cannot work.

    `password` is tried instead of the kept one when given. Blocks for as long as the transport's timeouts.
    """
    wanted = secret_name(url)

    def secret(name: str) -> str | None:
        return password if password is not None and name == wanted else desk.secret(name)

    transport = open_transport(url, secret)
    try:
        return transport.check()
    finally:
        transport.close()


def address(text: str) -> str:
    """The address behind a name or an address. WrongUse when it is neither."""
    if known(text):
        return text
    found = next((one.url for one in settings_.load().transports if one.name == text), None)
    if found is None:
        raise WrongUse(f"There is no transport “{text}”.", "Look at: restock-desk transports list.")
    return found


def kept() -> list[KeptTransport]:
    """The named transports, by name."""
    settings = settings_.load()
    found = []
    for one in settings.transports:
        wanted = secret_name(one.url)
        ready = not wanted or bool(settings_.secret(wanted))
        used = one.url == settings.profile.transport
        found.append(KeptTransport(one.name, one.url, label(one.url), wanted, ready, used, promised(one.url)))
    return found


def keep(name: str, url: str, secret: str = "") -> KeptTransport:
    """Keep an address under a name, and its secret if given. DeskError when either cannot be used."""
    name = " ".join(name.split())
    if not _NAME.fullmatch(name) or known(f"{name}:"):
        raise WrongUse("This is no name for a transport.", "Use letters, digits, blanks, dots and dashes, 40 at most.")
    open_transport(url, lambda _: None).close()
    keep_secret(url, secret)
    settings_.save(settings_.load().with_transport(name, url))
    return next(one for one in kept() if one.name == name)


def keep_secret(url: str, secret: str) -> None:
    """Keep the secret of this address; nothing when it is empty. DeskError when the address has none."""
    if not secret:
        return
    wanted = secret_name(url)
    if not wanted:
        raise WrongUse("This transport has no user, so there is no secret to keep.", "Write smtp://USER@HOST.")
    settings_.keep_secret(wanted, secret)


def forget(name: str) -> None:
    """Take a name away. Its secret stays: another name or campaign may need it. DeskError when there is none."""
    settings = settings_.load()
    if name not in {one.name for one in settings.transports}:
        raise DeskError(f"There is no transport “{name}”.", "Look at: restock-desk transports list.")
    settings_.save(settings.with_transport(name, None))


def use(text: str) -> str:
    """Let the profile send by this name or address; its address."""
    url = address(text)
    open_transport(url, lambda _: None).close()
    settings = settings_.load()
    settings_.save(settings.with_profile(replace(settings.profile, transport=url)))
    return url


def make_dkim_key(text: str, kind: str = "rsa", pem: str = "") -> tuple[str, str]:
    """Keep a new DKIM key (or the one given in PEM) for SELECTOR@DOMAIN: the name and the text of its DNS record.

    DeskError when there is one already: mails signed with it are still on their way, so a new one needs a new selector.
    """
    from restock_desk.transport import dkim

    signer = signers.signer(text)
    if settings_.secret(signer.secret_name):
        raise DeskError(f"There is a key for {text} already.", "Choose another selector, such as desk2.")
    made = pem or dkim.new_key(kind)
    value = dkim.dns_value(made)
    settings_.keep_secret(signer.secret_name, made)
    return signer.record, value


def dkim_record(text: str) -> tuple[str, str] | None:
    """The name and the text of the DNS record of a kept key; None where there is no key."""
    from restock_desk.transport import dkim

    signer = signers.signer(text)
    pem = settings_.secret(signer.secret_name)
    return (signer.record, dkim.dns_value(pem)) if pem else None


def unsigned(url: str) -> tuple[str, tuple[str, ...]]:
    """An address without its signing keys, and those as SELECTOR@DOMAIN. What is no key is left where it is."""
    try:
        plain, named = signers.split(url)
    except WrongUse:
        return url, ()
    return plain, tuple(f"{one.selector}@{one.domain}" for one in named)


def signed(url: str, keys: Sequence[str]) -> str:
    """The address with these signing keys."""
    more = "&".join(f"dkim={key}" for key in keys)
    return f"{url}{'&' if '?' in url else '?'}{more}" if more else url
