"""The ways for mail to leave, and how their addresses are written: WAY://[USER@]ACCOUNT[?OPTION=VALUE…].

No secret ever stands in an address: it is kept under the name that `secret_name` gives.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from restock_desk.errors import WrongUse
from restock_desk.transport.greeting import is_loopback


@dataclass(frozen=True)
class Way:
    """`account` says what stands behind ://, `user` what stands before @ (empty = nothing may).

    `fixed` is the account where there is nothing to choose but a name for its key. `options` are name and meaning.
    """

    scheme: str
    label: str
    account: str
    user: str = ""
    secret: str = "API key"
    fixed: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


WAYS: dict[str, Way] = {
    way.scheme: way
    for way in (
        Way("postmark", "Postmark", "Account", secret="Server token", fixed="default",
            options={"stream": "Message stream, such as broadcast"}),
        Way("sendgrid", "SendGrid", "Account", fixed="default", options={"region": "eu, or empty"}),
        Way("mailgun", "Mailgun", "Sending domain", options={"region": "eu, or empty"}),
        Way("ses", "Amazon SES", "Region", user="Access key id", secret="Secret access key",
            options={"set": "Configuration set, or empty"}),
        Way("resend", "Resend", "Account", fixed="default"),
        Way("brevo", "Brevo", "Account", fixed="default"),
        Way("batch", "Batch", "Project key", secret="REST API key",
            options={"version": "2.11", "confirmed": "alert_id, once the automation takes each alert_id once",
                     "events": "each = one mail a product, or empty"}),
    )
}  # fmt: skip
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"\d+\.\d+")
_CHOICES = {
    "region": {"eu", "us"},
    "confirmed": {"alert_id"},
    "events": {"each", "one"},
}


@dataclass(frozen=True)
class Address:
    """A provider's address, read. `endpoint` is empty for the provider's own."""

    way: Way
    account: str
    user: str
    options: Mapping[str, str]
    endpoint: str = ""


def read(url: str) -> Address:
    """The address of a provider. WrongUse with what to write when it cannot be used."""
    way = WAYS[url.partition(":")[0]]
    user = f"{way.user.upper().replace(' ', '_')}@" if way.user else ""
    form = f"{way.scheme}://{user}{way.fixed or way.account.upper().replace(' ', '_')}"
    try:
        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise WrongUse("The transport's address cannot be read.", f"Write {form}.") from error
    before, at, account = parts.netloc.rpartition("@")
    if ":" in before:
        raise WrongUse(
            "A password must not stand in the transport's address.", "Put it into the keyring or the secrets file."
        )
    if not _ACCOUNT.fullmatch(account) or bool(way.user) != bool(at and before) or parts.path.strip("/"):
        raise WrongUse(f"This is no address for {way.label}.", f"Write {form}.")
    endpoint = _endpoint(given.pop("endpoint", ""))
    options = {name: value for name, value in given.items() if value}
    for name, value in options.items():
        fits = name in way.options and value in _CHOICES.get(name, {value}) and value.isprintable()
        if not fits or (name == "version" and not _VERSION.fullmatch(value)):
            known = ", ".join(way.options) or "none"
            raise WrongUse(f"{way.label} has no option “{name}={value}”."[:200], f"Its options are: {known}.")
    return Address(way, account, unquote(before), options, endpoint)


def secret_name(url: str) -> str:
    """Under which name the secret of this transport is kept; empty for one that needs none."""
    scheme = url.partition(":")[0]
    try:
        parts = urlsplit(url)
        if scheme in WAYS:
            address = read(url)
            return f"{scheme}:{address.user}@{address.account}" if address.user else f"{scheme}:{address.account}"
        return f"smtp:{unquote(parts.username)}@{parts.hostname or ''}" if parts.username else ""
    except ValueError:
        return ""


def _endpoint(url: str) -> str:
    """Another server than the provider's own: https, or http on this machine."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        clear = parts.scheme == "http" and is_loopback(parts.hostname or "")
        usable = parts.hostname and (parts.scheme == "https" or clear) and "@" not in parts.netloc
        usable = usable and not parts.query and not parts.fragment and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = None
    if not usable:
        raise WrongUse("The endpoint cannot be used.", "Write https://HOST, or http:// for this machine only.")
    return url.rstrip("/")
