"""Ids of blocks and documents: 26 letters that sort by the time they were made. Clock and chance are passed in."""

import re
from collections.abc import Callable
from datetime import datetime

from restock_desk.domain.document.tree import DocumentFault, Path

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}\Z")


def ulid(at: datetime, chance: bytes) -> str:
    """An id for something made at `at`, told apart by ten bytes of chance."""
    number = (int(at.timestamp() * 1000) << 80) | int.from_bytes(chance[:10], "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def ids(now: Callable[[], datetime], chance: Callable[[int], bytes]) -> Callable[[], str]:
    """A maker of ids: `ids(desk.now, secrets.token_bytes)`."""
    return lambda: ulid(now(), chance(10))


def check(id: object, path: Path) -> None:
    if not isinstance(id, str) or not _ID.match(id):
        raise DocumentFault("An id is 1 to 40 letters, digits, - or _.", path)
