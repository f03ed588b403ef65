"""Header fields no value can break out of, and addresses no value can smuggle a command into."""

import re
from base64 import b64encode
from collections.abc import Iterable
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import parseaddr

from restock_desk.rendering.faults import TemplateFault

LINE_LIMIT = 998
_FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ENCODED = re.compile(r"=\?[^?\s]*\?[bBqQ]\?[^?]*\?=")
_ADDRESS = re.compile(r"[^\s@<>()\[\]:;,\\\"\x00-\x20\x7f-\x9f]+@[^\s@<>()\[\]:;,\\\"\x00-\x20\x7f-\x9f]+")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def guarded(value: str, name: str) -> str:
    """`value` if a header may carry it: no control characters, line or paragraph separators, also not encoded ones."""
    if _FORBIDDEN.search(value) or any(_FORBIDDEN.search(word) for word in _decoded(value)):
        raise TemplateFault(f"The {name} holds characters that no header may carry.", "header.unsafe", "subject")
    return value


def text(value: str, name: str) -> str:
    """Free text for a header: as it is, or as encoded words where it is not plain ASCII or looks like encoded words."""
    guarded(value, name)
    if value.isascii() and "=?" not in value and len(value) <= 900:
        return _folded(value, len(name) + 2)
    return "\r\n ".join(_words(value))


def mailbox(display: str, address: str, name: str) -> str:
    """`Display <address>` with the display name quoted or encoded. Raises TemplateFault for a hostile address."""
    plain = email(address, name)
    display = " ".join(display.split())
    if not display:
        return plain
    guarded(display, name)
    if not display.isascii() or "=?" in display:
        return "\r\n ".join([*_words(display), f"<{plain}>"])
    quoted = display if _ATOM.fullmatch(display) else '"' + re.sub(r'(["\\])', r"\\\1", display) + '"'
    return f"{quoted} <{plain}>" if len(quoted) + len(plain) < 900 else plain


def email(address: str, name: str) -> str:
    """One address with an ASCII domain, or TemplateFault. Never shows the address."""
    found = address.strip()
    if len(found) > 320 or not _ADDRESS.fullmatch(found):
        raise TemplateFault(f"The {name} is no e-mail address.", "header.address", "sender_email")
    local, domain = found.rsplit("@", 1)
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError as error:
            words = f"The {name}'s domain cannot be written for a mail."
            raise TemplateFault(words, "header.address", "sender_email") from error
    return f"{local}@{domain}"


def raw(value: str, name: str) -> str:
    """A value that is written exactly so: ASCII, one line, never encoded, never folded."""
    if not value.isascii() or not value.isprintable() or len(value) > LINE_LIMIT - len(name) - 2:
        raise TemplateFault(f"The {name} cannot be written as it must be.", "header.unsafe", "sender_email")
    return value


def verify(block: bytes, expected: list[str], recipient: str) -> None:
    """Read the finished header block again: exactly these names, this one recipient, no bare line ends."""
    lines = block.decode("utf-8").split("\r\n")
    ends = len(lines) - 1
    fields = [line for line in lines if line and line[0] not in " \t"]
    wrong = (
        block.count(b"\r") != ends
        or block.count(b"\n") != ends
        or lines[-1]
        or "" in lines[:-1]
        or [line.partition(":")[0] for line in fields] != expected
        or [line[3:].strip() for line in fields if line[:3].lower() == "to:"] != [recipient]
    )
    if wrong:
        raise TemplateFault("The finished headers do not read as they were meant.", "header.unsafe", "subject")


def _decoded(value: str) -> list[str]:
    """What encoded words inside a value turn into for a reader."""
    if "=?" not in value:
        return []
    words = []
    for hit in _ENCODED.finditer(value):
        try:
            for part, charset in decode_header(hit.group()):
                words.append(part if isinstance(part, str) else part.decode(charset or "ascii", "replace"))
        except (HeaderParseError, LookupError, ValueError):
            words.append("\x00")
    return words


def _words(value: str) -> list[str]:
    """Encoded words of at most 75 characters, split between code points."""
    words, chunk = [], b""
    for char in value:
        piece = char.encode("utf-8")
        if len(chunk) + len(piece) > 45:  # 45 bytes are 60 characters of base64, 72 with the frame
            words.append(chunk)
            chunk = b""
        chunk += piece
    return [f"=?utf-8?b?{b64encode(part).decode('ascii')}?=" for part in (*words, chunk)]


def _folded(value: str, used: int) -> str:
    """Long lines folded at blanks, at 78 where possible."""
    if used + len(value) <= 78:
        return value
    lines, line = [], ""
    for word in re.findall(r" *[^ ]+ *$| *[^ ]+", value):
        if line and used + len(line) + len(word) > 78:
            lines.append(line)
            line, used = word, 0
        else:
            line += word
    return "\r\n".join([*lines, line])


def mailbox_of(fields: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Display name, decoded, and address of the finished From header."""
    value = next(value for name, value in fields if name == "From").replace("\r\n", "")
    name, address = parseaddr(value)
    return "".join(_decoded(name)) if "=?" in name else name, address


def envelope_sender(fields: Iterable[tuple[str, str]]) -> str:
    """The address of the finished From header, for the wire."""
    return mailbox_of(fields)[1]
