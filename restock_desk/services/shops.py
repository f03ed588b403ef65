"""Which database is opened: looking at one before it is opened, and keeping its password apart from its address."""

from collections.abc import Callable

from restock_desk.store import open_store, upgrade
from restock_desk.store.database import parted

__all__ = ["parted", "probe"]

_WORDS = {
    "empty": "It can be reached and is empty: a new shop will be made in it.",
    "current": "It can be reached and holds a shop of this version.",
    "older": "It can be reached and holds a shop of the older version {revision}; this program needs {head}.",
    "newer": "It holds a shop of the newer version {revision}; this program knows {head}. Update this program first.",
    "foreign": "It holds something else, not a shop of ours.",
}


def probe(url: str, secret: Callable[[str], str | None]) -> tuple[bool, str]:
    """Whether a shop can be opened at `url`, and a sentence on what was found. Changes nothing.

    DeskError when it cannot be reached or read. `secret` looks the password up by its name.
    """
    store = open_store(url, secret=secret)
    try:
        found = upgrade.state(store)
    finally:
        store.close()
    words = _WORDS[found.kind].format(revision=found.revision, head=found.head)
    return found.kind in ("empty", "current", "older"), words
