"""Who signs mails, as an address names them. Signing itself is in `dkim`, which is loaded when something is signed."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from restock_desk.errors import WrongUse

_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@dataclass(frozen=True)
class Signer:
    """Where receivers find the public half: SELECTOR._domainkey.DOMAIN."""

    selector: str
    domain: str

    @property
    def secret_name(self) -> str:
        return f"dkim:{self.selector}@{self.domain}"

    @property
    def record(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"


def signer(text: str) -> Signer:
    """SELECTOR@DOMAIN, read. WrongUse when it is none."""
    selector, at, domain = text.strip().rpartition("@")
    domain = domain.lower()
    if not at or not _SELECTOR.fullmatch(selector) or not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        raise WrongUse("This names no DKIM key.", "Write SELECTOR@DOMAIN, such as desk1@shop.example.")
    return Signer(selector, domain)


def split(url: str) -> tuple[str, tuple[Signer, ...]]:
    """A transport's address without its dkim=SELECTOR@DOMAIN options, and those. WrongUse for one that cannot be."""
    plain, mark, query = url.rpartition("?")
    options = query.split("&") if mark else []
    named = [option.removeprefix("dkim=") for option in options if option.startswith("dkim=")]
    if not named:
        return url, ()
    rest = "&".join(option for option in options if not option.startswith("dkim="))
    return f"{plain}?{rest}" if rest else plain, tuple(signer(unquote(one)) for one in named)
