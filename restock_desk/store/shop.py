"""The shop's own settings (one JSON row that all who share the database see) and the database's identity."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from restock_desk.domain.restocks import AlertRule
from restock_desk.domain.shop import Shop
from restock_desk.errors import DeskError
from restock_desk.store import schema
from restock_desk.store.database import Unit

_KEY = "shop"
MOVED = "moved_to"
"""The setting of a shop that was copied elsewhere; the ledger's claim looks for it by this name."""


def shop(u: Unit) -> Shop:
    """The settings; defaults where nothing was saved yet. Keys of other versions are ignored."""
    saved: dict[str, Any] = dict(setting(u, _KEY) or {})
    rule = _known(AlertRule, saved.pop("rule", None) or {})
    return Shop(**{**_known(Shop, saved), "rule": AlertRule(**rule)})


def save_shop(u: Unit, shop: Shop, now: datetime) -> None:
    """Replace the settings."""
    save_setting(u, _KEY, asdict(shop), now)


def setting(u: Unit, key: str) -> Any:
    """The JSON value kept under `key`, or None."""
    table = schema.setting
    return u.connection.scalar(select(table.c.value).where(table.c.key == key))


def save_setting(u: Unit, key: str, value: object, now: datetime) -> None:
    """Keep a JSON value under `key`, replacing what was there."""
    table = schema.setting
    changed = u.connection.execute(update(table).where(table.c.key == key).values(value=value, updated_at=now))
    if not changed.rowcount:
        u.connection.execute(table.insert().values(key=key, value=value, updated_at=now))


def forget_setting(u: Unit, key: str) -> None:
    """Keep nothing under `key` any more."""
    u.connection.execute(delete(schema.setting).where(schema.setting.c.key == key))


def token_key(u: Unit) -> bytes:
    """The secret that signs the links in this shop's mails; 32 bytes, made with the database."""
    key = u.connection.scalar(select(schema.instance.c.token_key).order_by(schema.instance.c.id).limit(1))
    if key is None:
        raise DeskError("This database has no identity yet.", "Run: restock-desk db upgrade.")
    return bytes(key)


def instance_uuid(u: Unit) -> str:
    """The identity of this database; a copy has the same."""
    return str(u.connection.scalar(select(schema.instance.c.uuid).order_by(schema.instance.c.id).limit(1)) or "")


def is_sample(u: Unit) -> bool:
    """Whether this database holds the sample shop, from which nothing may leave the machine."""
    return bool(u.connection.scalar(select(schema.instance.c.is_sample).order_by(schema.instance.c.id).limit(1)))


def moved_to(u: Unit) -> dict[str, Any] | None:
    """Where this shop was moved to, if it was: `name`, `at`, and whether the copy was `complete`. It sends no more."""
    found = setting(u, MOVED)
    return None if found is None else dict(found)


def must_not_be_moved(u: Unit) -> None:
    """DeskError in a shop that was moved elsewhere: two that send would mail everybody twice."""
    moved = moved_to(u)
    if moved is not None:
        raise DeskError(
            f"This shop was moved to {moved.get('name')} and sends no more from here.",
            "Open it there. If the move is to be taken back: restock-desk db take-back.",
        )


def mark_sample(u: Unit) -> None:
    """Make this the sample shop for ever."""
    u.connection.execute(update(schema.instance).values(is_sample=True))


def _known(record: type, values: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(record)}
    return {name: value for name, value in values.items() if name in names}
