"""Rows of people and of their interests as domain records. What is done with them: `audience`, `interests`, `reach`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from restock_desk.domain.audience import ConsentState, Interest, InterestState, Subscriber, SuppressionReason
from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.rollups import among


def subscribers(u: Unit, ids: Sequence[int]) -> list[Subscriber]:
    """The people with these ids, in this order; missing ones dropped."""
    s = schema.subscriber
    found = {row.id: person(row) for row in u.connection.execute(select(s).where(among(u, s.c.id, ids)))}
    return [found[id] for id in ids if id in found]


def person(row: Any) -> Subscriber:
    """The person of a row of `subscriber`."""
    return Subscriber(
        id=row.id, email=row.email, email_key=row.email_key, custom_id=row.custom_id or "",
        first_name=row.first_name, last_name=row.last_name, locale=row.locale, timezone=row.timezone,
        attributes=row.attributes or {}, consent=ConsentState(row.consent), consent_confirmed=row.consent_confirmed,
        consent_at=row.consent_at, consent_source=row.consent_source,
        suppressed=SuppressionReason(row.suppressed) if row.suppressed else None, created_at=row.created_at,
        updated_at=row.updated_at,
    )  # fmt: skip


def wait(row: Any) -> Interest:
    """The interest of a row of `interest`."""
    return Interest(
        row.id, row.subscriber_id, row.variant_id, row.created_at, row.source, row.units, InterestState(row.state),
        row.notified_event_id,
    )  # fmt: skip
