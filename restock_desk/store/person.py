"""Everything on record about one person, read for the person view: waits with names, mails, what came back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from restock_desk.domain.audience import Interest
from restock_desk.domain.editions import SentEditions
from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.people import wait
from restock_desk.store.rollups import among


@dataclass(frozen=True)
class Happening:
    """One piece of feedback about one of this person's mails."""

    at: datetime
    kind: str
    subkind: str
    who: str
    reason: str
    delivery_id: int


def waits(u: Unit, subscriber_id: int) -> list[tuple[Interest, str, str, str]]:
    """Interests with product title, variant title and SKU, newest first."""
    i, v = schema.interest, schema.variant
    query = select(i, v.c.product_title, v.c.title, v.c.sku).join(v, v.c.id == i.c.variant_id)
    query = query.where(i.c.subscriber_id == subscriber_id).order_by(i.c.created_at.desc(), i.c.id.desc())
    return [(wait(row), row.product_title, row.title, row.sku) for row in u.connection.execute(query)]


def campaign_names(u: Unit, ids: list[int]) -> dict[int, str]:
    """Names of campaigns by id."""
    c = schema.campaign.c
    return {row.id: row.name for row in u.connection.execute(select(c.id, c.name).where(among(u, c.id, ids)))}


def editions(u: Unit, campaign_ids: list[int]) -> dict[int, SentEditions]:
    """What campaigns sent, by id; only those that sent several editions."""
    c = schema.campaign.c
    several = c.frozen["editions"].as_string().is_not(None)
    query = select(c.id, c.frozen).where(among(u, c.id, campaign_ids), several)
    return {
        row.id: SentEditions(
            row.frozen.get("language", ""), tuple((one["arm"], one["language"]) for one in row.frozen["editions"])
        )
        for row in u.connection.execute(query)
    }


def happenings(u: Unit, delivery_ids: list[int], limit: int = 500) -> list[Happening]:
    """What came back for these mails, newest first."""
    f = schema.feedback_event.c
    query = select(f.occurred_at, f.kind, f.subkind, f.who, f.reason, f.delivery_id)
    query = query.where(among(u, f.delivery_id, delivery_ids)).order_by(f.occurred_at.desc(), f.id.desc()).limit(limit)
    return [Happening(*row) for row in u.connection.execute(query)]


def suppressed_at(u: Unit, email_key: str) -> tuple[datetime, str] | None:
    """When an address was suppressed and by whom or what."""
    t = schema.suppression.c
    row = u.connection.execute(select(t.at, t.source).where(t.email_key == email_key)).one_or_none()
    return (row.at, row.source) if row else None


def moved_at(u: Unit, delivery_ids: list[int]) -> dict[int, datetime]:
    """When each mail came into the state it is in: the only date of one that was never sent."""
    d = schema.delivery.c
    rows = u.connection.execute(select(d.id, d.state_at).where(among(u, d.id, delivery_ids)))
    return {row.id: row.state_at for row in rows}
