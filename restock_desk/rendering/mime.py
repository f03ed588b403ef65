"""The bytes of one mail, built by hand: two alternatives in quoted-printable, CRLF, deterministic.

The standard library's builder is fifty times slower and encodes List-Unsubscribe so that one-click stops working.
"""

import binascii
import re
from datetime import UTC, datetime

from restock_desk.rendering import headers
from restock_desk.rendering.identity import Identity

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LINE_END = re.compile(r"\r\n|\r|\n")

Header = tuple[str, str]


def date(at: datetime) -> str:
    """An aware moment as a mail's Date."""
    at = at.astimezone(UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} {at:%H:%M:%S} +0000"


def addressed(identity: Identity, subject: str, sender: tuple[str, str], reply_to: str, to: str) -> list[Header]:
    """The header fields of one mail, in order. Every value has passed its guard."""
    plain = headers.email(sender[1], "From")
    domain = plain.rsplit("@", 1)[1]
    one_click = bool(identity.public_url)
    ways = [identity.unsubscribe_url, identity.unsubscribe_mailto] if one_click else [identity.unsubscribe_mailto]
    fields: list[Header] = [
        ("From", headers.mailbox(sender[0], plain, "From")),
        ("To", headers.email(to, "To")),
        ("Subject", headers.text(subject, "Subject")),
        ("Date", date(identity.date)),
        ("Message-ID", headers.raw(f"<{identity.message_mark}@{domain}>", "Message-ID")),
        ("MIME-Version", "1.0"),
    ]
    if reply_to:
        fields.append(("Reply-To", headers.email(reply_to, "Reply-To")))
    unsubscribe = ", ".join(f"<{headers.raw(way, 'List-Unsubscribe')}>" for way in ways)
    fields.append(("List-Unsubscribe", headers.raw(unsubscribe, "List-Unsubscribe")))
    if one_click:
        fields.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    if identity.feedback_id:
        fields.append(("Feedback-ID", headers.raw(identity.feedback_id, "Feedback-ID")))
    fields.append(("X-RD-Msg", headers.raw(f"{identity.delivery_id}.{identity.digest('mark')}", "X-RD-Msg")))
    if identity.test:
        fields.append(("X-RD-Test", "1"))
    return fields


def build(fields: list[Header], text: str, html: str, identity: Identity, recipient: str) -> bytes:
    """The finished message. Raises TemplateFault when the headers do not read back as they were meant."""
    boundary = f"=_{identity.digest('boundary')}"
    fields = [*fields, ("Content-Type", f'multipart/alternative; boundary="{boundary}"')]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields).encode("utf-8")
    headers.verify(head, [name for name, _ in fields], recipient)
    return join(head, boundary, encoded(text), encoded(html))


def join(head: bytes, boundary: str, text: bytes, html: bytes) -> bytes:
    """Header block and two encoded bodies as one message. Faster encoders meet here."""
    line = f"\r\n--{boundary}".encode("ascii")
    kind = "\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    plain, rich = (kind % name for name in ("plain", "html"))
    return b"".join((head, line, plain.encode(), text, line, rich.encode(), html, line, b"--\r\n"))


def encoded(text: str) -> bytes:
    """Quoted-printable with CRLF, lines of at most 76. Line ends first: the encoder lets a lone CR through raw."""
    lines = _LINE_END.sub("\r\n", text) if "\r" in text else text.replace("\n", "\r\n")
    return binascii.b2a_qp(lines.encode("utf-8", "replace"), istext=True)
