"""Opaque signed tokens for links in mails: which delivery, which link. Nothing personal, no guessing, no expiry.

The mark is keyed BLAKE2b (RFC 7693), a MAC by design: a mail has a dozen links, and an HMAC takes five times as long.
"""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import b2a_base64
from collections.abc import Sequence
from functools import lru_cache

PURPOSES = ("open", "click", "unsubscribe", "preferences", "browser")
_BODY = struct.Struct(">QHH")  # delivery, number of the key (0 until keys rotate), number of the link
_DELIVERY, _NUMBERS = struct.Struct(">Q"), struct.Struct(">HH")
_LENGTH = 38
_PAD, _PADDED = b"\0\0", 40
"""28 bytes are 38 characters; with two more behind them they are 40, and the next token begins a new group of four."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def make(key: bytes, purpose: str, delivery_id: int, number: int = 0) -> str:
    """38 URL-safe characters for one delivery and one purpose. `number` is the link's, 0 to 65,535.

    Delivery 0 is nobody's: previews and tests carry it.
    """
    body = _BODY.pack(delivery_id, 0, number)
    return b2a_base64(body + _mark(key, purpose, body), newline=False)[:_LENGTH].translate(_URL_SAFE).decode("ascii")


class Booklet:
    """The tokens of one kind of mail, made together: a mail has two dozen, and one by one they would be most of the
    work on it. Each is what `make` makes, as bytes."""

    def __init__(self, key: bytes, wanted: Sequence[tuple[str, int]]) -> None:
        """`wanted` are pairs of purpose and number."""
        self._copies = [(_keyed(key, purpose).copy, _NUMBERS.pack(0, number)) for purpose, number in wanted]
        self._cuts = [slice(at * _PADDED, at * _PADDED + _LENGTH) for at in range(len(wanted))]

    def make(self, delivery_id: int) -> list[bytes]:
        """In the order in which they were wanted."""
        mail = _DELIVERY.pack(delivery_id)
        raw: list[bytes] = []
        add = raw.append
        for copy, numbers in self._copies:
            body = mail + numbers
            hashed = copy()
            hashed.update(body)
            add(body)
            add(hashed.digest())
            add(_PAD)
        page = b2a_base64(b"".join(raw), newline=False).translate(_URL_SAFE)
        return [page[cut] for cut in self._cuts]


def read(key: bytes, purpose: str, token: str) -> tuple[int, int] | None:
    """(delivery id, number) of a token that `make` made with the same key and purpose; None for anything else."""
    if len(token) != _LENGTH or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token + "==")
    except ValueError:
        return None
    body, mark = raw[: _BODY.size], raw[_BODY.size :]
    if len(raw) != _BODY.size + 16 or urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != token:
        return None  # the last character has four spare bits: only one spelling is ours
    if not hmac.compare_digest(mark, _mark(key, purpose, body)):
        return None
    delivery_id, _, number = _BODY.unpack(body)
    return delivery_id, number


def _mark(key: bytes, purpose: str, body: bytes) -> bytes:
    hashed = _keyed(key, purpose).copy()
    hashed.update(body)
    return hashed.digest()


@lru_cache(maxsize=64)
def _keyed(key: bytes, purpose: str) -> hashlib.blake2b:
    """A hash that has taken a key of its own per purpose, so that an open token never passes for an unsubscribe
    token. Copied, never fed: taking the key in is half the work."""
    if purpose not in PURPOSES:
        raise ValueError(f"no such purpose: {purpose}")
    own = hmac.digest(key, b"restock-desk link " + purpose.encode("ascii"), "sha256")
    return hashlib.blake2b(key=own, digest_size=16)
