"""E-mail addresses: checked, written for sending, and folded for matching. Standard library only.

The local part keeps its case for sending and is folded for matching; the domain becomes lower-case IDNA. Dots and plus
tags are never folded: they are different people to most servers.
"""

import re
import unicodedata

MAX_LENGTH = 254
_PLAIN = re.compile(
    r"(?!\.)(?!.{0,63}\.\.)(?!.{0,63}\.@)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
).fullmatch
_NAMED = re.compile(r"[^<>]*<([^<>@\s]+@[^<>@\s]+)>").fullmatch
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?").fullmatch
_SPACES = "\u00a0\u200b\u2060\ufeff \t\r\n"
_FORBIDDEN = frozenset('()<>[]:;,\\"')


def parse(text: str) -> tuple[str, str]:
    """(address for sending, key for matching). ValueError with a sentence for what is no single usable address.

    A display name around it ("Ann <ann@shop.example>") is dropped.
    """
    if _PLAIN(text) and len(text) <= MAX_LENGTH:
        return text, text.lower()
    email = unicodedata.normalize("NFC", text).strip(_SPACES)
    named = _NAMED(email)
    if named:
        email = named[1]
    if not email:
        raise ValueError("There is no e-mail address.")
    local, at, domain = email.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("This is not an e-mail address: it needs a name, an @ and a domain.")
    if "@" in local or any(separator in email for separator in ",; "):
        raise ValueError("This is not one single e-mail address.")
    _check_local(local)
    ascii_domain = _domain(domain)
    email = f"{local}@{ascii_domain}"
    if len(email) > MAX_LENGTH:
        raise ValueError(f"The e-mail address is longer than {MAX_LENGTH} characters.")
    return email, f"{_folded(local)}@{ascii_domain}"


def fold(email: str) -> str:
    """The key under which an address is matched. What is no address folds too, so that it can be looked up."""
    try:
        return parse(email)[1]
    except ValueError:
        return _folded(unicodedata.normalize("NFC", email).strip(_SPACES))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def _check_local(local: str) -> None:
    if len(local.encode("utf-8", "replace")) > 64:
        raise ValueError("The part before the @ is longer than 64 characters.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise ValueError("The part before the @ has a dot where none may be.")
    if any(char in _FORBIDDEN or char.isspace() or not char.isprintable() for char in local):
        raise ValueError("The part before the @ holds a character that no address may hold.")


def _domain(domain: str) -> str:
    try:
        name = ".".join(map(_label, re.split("[.\u3002\uff0e\uff61]", domain)))
    except UnicodeError as error:
        raise ValueError("The domain of the e-mail address is not valid.") from error
    name = name.lower()
    labels = name.split(".")
    if len(labels) < 2 or not all(map(_LABEL, labels)) or labels[-1].isdigit():
        raise ValueError("The domain of the e-mail address is not valid.")
    return name


def _label(label: str) -> str:
    """One part of a domain in ASCII. "ß" and final "ς" are letters of their own: as "ss" they name another domain."""
    if "ß" in label or "ς" in label:
        return "xn--" + unicodedata.normalize("NFC", label.lower()).encode("punycode").decode("ascii")
    return label.encode("idna").decode("ascii") if label else ""
