"""What makes one mail this mail and no other: its key, its tokens, its date, its sender."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from restock_desk.domain import tokens

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]
"""Base 32 by ten bits at a time: several of these are made per mail."""


@dataclass(frozen=True)
class Identity:
    """The same identity gives the same bytes. `delivery_id` 0 = a preview or a test, outside all statistics.

    `key` names the mail for ever (Message-ID derives from it), `token_key` signs links; `public_url` empty = no web
    service: links direct, no pixel. `sender_*` and `reply_to` are the shop's, used where the draft says nothing.
    """

    key: str
    token_key: bytes
    date: datetime
    delivery_id: int = 0
    campaign_id: int = 0
    public_url: str = ""
    sender_name: str = ""
    sender_email: str = ""
    reply_to: str = ""
    unsubscribe_email: str = ""
    feedback_id: str = ""
    test: bool = False
    locale: str = "en"
    """The shop's own, for readers without one."""
    timezone: str = "UTC"

    def link(self, route: str, purpose: str, number: int = 0, ending: str = "") -> str:
        """An address of the web service, such as https://mail.example/c/TOKEN."""
        token = tokens.make(self.token_key, purpose, self.delivery_id, number)
        return f"{self.public_url.rstrip('/')}/{route}/{token}{ending}"

    @property
    def unsubscribe_url(self) -> str:
        """The page (and the one-click target) if the web service is reached, else the mail address."""
        return self.link("u", "unsubscribe") if self.public_url else self.unsubscribe_mailto

    @property
    def unsubscribe_mailto(self) -> str:
        """The subject carries a token, because people write from other addresses than the one they signed up with."""
        token = tokens.make(self.token_key, "unsubscribe", self.delivery_id)
        return f"mailto:{self.unsubscribe_email or self.sender_email}?subject=unsubscribe%20{token}"

    @property
    def message_mark(self) -> str:
        """What stands before the @ of the Message-ID; it ends with the delivery, so that a bounce names its mail."""
        mark = self.digest("message")
        return f"{mark}.{self.delivery_id}" if self.delivery_id else mark

    def digest(self, purpose: str) -> str:
        """26 characters that only this mail has for `purpose`."""
        words = f"restock-desk {purpose} {self.key}".encode()
        mark = hashlib.blake2b(words, key=self.token_key, digest_size=16).digest()
        bits = int.from_bytes(mark, "big") << 2
        return "".join([_PAIRS[bits >> at & 1023] for at in range(120, -1, -10)])
