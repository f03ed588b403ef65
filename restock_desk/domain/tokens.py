"""Opaque signed tokens for links in mails: which delivery, which link. Nothing personal, no guessing, no expiry.

The mark is keyed BLAKE2b (RFC 7693), a MAC by design: a mail has a dozen links, and an HMAC takes five times as long.
"""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import b2a_base64
from functools import lru_cache

PURPOSES = ("open", "click", "unsubscribe", "preferences", "browser")
_BODY = struct.Struct(">QHH")  # delivery, number of the key (0 until keys rotate), number of the link
_LENGTH = 38
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def make(key: bytes, purpose: str, delivery_id: int, number: int = 0) -> str:
    """38 URL-safe characters for one delivery and one purpose. `number` is the link's, 0 to 65,535.

    Delivery 0 is nobody's: previews and tests carry it.
    """
    body = _BODY.pack(delivery_id, 0, number)
    return b2a_base64(body + _mark(key, purpose, body), newline=False)[:_LENGTH].translate(_URL_SAFE).decode("ascii")


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
    return hashlib.blake2b(body, key=_key(key, purpose), digest_size=16).digest()


@lru_cache(maxsize=64)
def _key(key: bytes, purpose: str) -> bytes:
    """A key of its own per purpose, so that an open token never passes for an unsubscribe token."""
    if purpose not in PURPOSES:
        raise ValueError(f"no such purpose: {purpose}")
    return hmac.digest(key, b"restock-desk link " + purpose.encode("ascii"), "sha256")
