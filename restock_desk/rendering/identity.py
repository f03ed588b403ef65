"""What makes one mail this mail and no other: its key, its tokens, its date, its sender."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from restock_desk.domain import tokens

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]
"""Base 32 by ten bits at a time: several of these are made per mail."""


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> hashlib.blake2b:
    """A hash that has taken the key; copied, never fed."""
    return hashlib.blake2b(key=key, digest_size=16)


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
    test_name: str = ""
    """Which of several editions is tried out: stands in the subject."""
    locale: str = "en"
    """The shop's own, for readers without one."""
    timezone: str = "UTC"
    first_link: int = 0
    """Where the numbers of its counted links begin: editions of one campaign share 256 of them."""

    def sibling(self, key: str, date: datetime, delivery_id: int) -> "Identity":
        """Another mail's identity of the same shop and campaign, several times as fast as field by field."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, key=key, date=date, delivery_id=delivery_id)
        return made

    @property
    def subject_mark(self) -> str:
        """What stands before the subject of a test mail."""
        return f"[TEST {self.test_name}] " if self.test_name else "[TEST] " if self.test else ""

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
        hashed = _keyed(self.token_key).copy()
        hashed.update(f"restock-desk {purpose} {self.key}".encode())
        at = int.from_bytes(hashed.digest(), "big") << 2
        return (
            f"{_PAIRS[at >> 120]}{_PAIRS[at >> 110 & 1023]}{_PAIRS[at >> 100 & 1023]}{_PAIRS[at >> 90 & 1023]}"
            f"{_PAIRS[at >> 80 & 1023]}{_PAIRS[at >> 70 & 1023]}{_PAIRS[at >> 60 & 1023]}{_PAIRS[at >> 50 & 1023]}"
            f"{_PAIRS[at >> 40 & 1023]}{_PAIRS[at >> 30 & 1023]}{_PAIRS[at >> 20 & 1023]}{_PAIRS[at >> 10 & 1023]}"
            f"{_PAIRS[at & 1023]}"
        )
