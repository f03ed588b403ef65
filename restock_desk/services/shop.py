"""The shop's settings: read, and saved with a line in the audit trail saying which of them changed."""

from dataclasses import fields

from restock_desk.domain.shop import Shop
from restock_desk.domain.staff import AuditEntry
from restock_desk.services.desk import Desk
from restock_desk.store import shop as stored
from restock_desk.store import staff


def shop(desk: Desk) -> Shop:
    """The settings all who share the database see."""
    with desk.store.reading() as u:
        return stored.shop(u)


def save(desk: Desk, shop: Shop) -> Shop:
    """Replace the settings."""
    now = desk.now()
    with desk.store.unit() as u:
        before = stored.shop(u)
        changed = [f.name for f in fields(Shop) if getattr(before, f.name) != getattr(shop, f.name)]
        if changed:
            stored.save_shop(u, shop, now)
            told: dict[str, object] = {"settings": changed}
            staff.record(u, AuditEntry(now, desk.actor.name, "shop.changed", "shop", "", told))
        u.commit()
    return shop


def is_sample(desk: Desk) -> bool:
    """Whether this is the sample shop, from which nothing may leave the machine."""
    with desk.store.reading() as u:
        return stored.is_sample(u)
