"""E-mail addresses: cleaned as typed, and folded for matching. No look-up leaves the machine."""

import re
import unicodedata

_PLAIN = re.compile(r"[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*@(?:[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?\.)+[a-z]{2,24}", re.ASCII)
_LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+")


def parse(text: str) -> tuple[str, str]:
    """The address as typed but clean, and its key. Raises ValueError with a sentence."""
    if len(text) <= 254 and _PLAIN.fullmatch(text) and text.index("@") <= 64:
        return text, text
    clean = unicodedata.normalize("NFC", text.replace("\N{NO-BREAK SPACE}", " ")).strip()
    if "<" in clean and clean.endswith(">"):
        clean = clean[clean.rindex("<") + 1 : -1].strip()
    local, at, domain = clean.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("This is not an e-mail address.")
    if "@" in local:
        raise ValueError("There are two addresses in one field.")
    if not _LOCAL.fullmatch(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        raise ValueError("The part before the @ is not usable.")
    host = _host(domain)
    if len(local.encode()) > 64 or len(local.encode()) + len(host) > 253:
        raise ValueError("The address is too long.")
    email = f"{local}@{host}"
    return email, email.casefold()


def fold(email: str) -> str:
    """The key by which two spellings of one address match; any text gives some key."""
    try:
        return parse(email)[1]
    except ValueError:
        return email.strip().casefold()


def _host(domain: str) -> str:
    try:
        host = domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("The part after the @ is not a domain.") from None
    labels = host.split(".")
    if len(labels) < 2 or not all(re.fullmatch(r"[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?", label) for label in labels):
        raise ValueError("The part after the @ is not a domain.")
    return host
