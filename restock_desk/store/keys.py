"""Ingestion keys of feedback sources, kept as digests only. Signing keys of links are in `shop`."""

from datetime import datetime

from sqlalchemy import select

from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.shop import save_setting

_PREFIX = "ingestion_key:"


def save_ingestion_key(u: Unit, source: str, digest: str, now: datetime) -> None:
    """Keep the digest of a source's new key. The key it had before is withdrawn."""
    save_setting(u, _PREFIX + source, {"digest": digest}, now)


def ingestion_keys(u: Unit) -> dict[str, str]:
    """The digest of each source's key, by source."""
    table = schema.setting.c
    rows = u.connection.execute(select(table.key, table.value).where(table.key.startswith(_PREFIX, autoescape=True)))
    return {key.removeprefix(_PREFIX): str(value["digest"]) for key, value in rows}
