"""The last look before a mail leaves: consent, suppression, stock, and whether the person still waits.

Runs in the transaction that marks the group started, so that nobody who objected a moment ago gets one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from restock_desk.domain.addresses import fold
from restock_desk.domain.audience import ConsentState, Exclusion, SuppressionReason, barred
from restock_desk.domain.restocks import AlertRule, buyable
from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.ledger import Row
from restock_desk.store.rollups import among
from restock_desk.store.stock import point

_i, _s, _e, _v = schema.interest.c, schema.subscriber.c, schema.restock_event.c, schema.variant.c


@dataclass(frozen=True)
class Verdict:
    """Rows to skip with the reason, and rows whose mail shrank (its payload was changed: make it anew)."""

    skipped: dict[int, str]
    shrunk: dict[int, tuple[int, ...]]


def people(u: Unit, rows: Sequence[Row], allow: Collection[SuppressionReason] = ()) -> dict[int, str]:
    """Rows whose person may not be mailed now, with the reason. `allow` are suppressions somebody overrode."""
    found = {
        row.id: row
        for row in u.connection.execute(
            select(_s.id, _s.email, _s.consent, _s.consent_confirmed, _s.suppressed).where(
                among(u, _s.id, [row.subscriber_id for row in rows])
            )
        )
    }
    keys = {row.id: fold(row.email) for row in rows}
    x = schema.suppression.c
    listed = u.connection.execute(
        select(x.email_key, x.reason).where(x.email_key.in_(bindparam("keys", expanding=True))),
        {"keys": sorted(set(keys.values()))},
    )
    by_key = {row.email_key: row.reason for row in listed}
    reasons: dict[int, str] = {}
    for row in rows:
        person = found.get(row.subscriber_id)
        if person is None:
            reasons[row.id] = Exclusion.ERASED.value
            continue
        named = by_key.get(keys[row.id]) or person.suppressed
        suppressed = SuppressionReason(named) if named else None
        if suppressed in allow:
            suppressed = None
        why = barred(ConsentState(person.consent), bool(person.consent_confirmed), suppressed)
        if why is not None:
            reasons[row.id] = why.value
    return reasons


def buyable_events(u: Unit, campaign_id: int, rule: AlertRule) -> dict[int, int]:
    """The campaign's events whose variant can be bought now, with the variant."""
    ce, p = schema.campaign_event.c, schema.product.c
    rows = u.connection.execute(
        select(_e.id, _e.variant_id, _e.state, _v.stock, _v.availability, _v.oversell, p.status)
        .join_from(schema.campaign_event, schema.restock_event, _e.id == ce.event_id)
        .join(schema.variant, _v.id == _e.variant_id)
        .join(schema.product, p.id == _v.product_id)
        .where(ce.campaign_id == campaign_id)
    )
    return {row.id: row.variant_id for row in rows if row.state == "open" and buyable(point(row), rule)}


def recheck(
    u: Unit,
    campaign_id: int,
    rows: Sequence[Row],
    rule: AlertRule,
    resend: bool = False,
    allow: Collection[SuppressionReason] = (),
) -> Verdict:
    """Who of these claimed rows still gets what. `resend` = a person decided: only objections count, not stock."""
    skipped = people(u, rows, allow)
    shrunk: dict[int, tuple[int, ...]] = {}
    if resend:
        return Verdict(skipped, shrunk)
    live = buyable_events(u, campaign_id, rule)
    wanted = [int(one["id"]) for row in rows for one in row.interests]
    waiting = set(u.connection.scalars(select(_i.id).where(among(u, _i.id, wanted), _i.state == "waiting")))
    for row in rows:
        if row.id in skipped:
            continue
        variants = {int(one["variant_id"]) for one in row.interests if one["id"] in waiting}
        buys = tuple(id for id in row.event_ids if id in live)
        left = tuple(id for id in buys if live[id] in variants)
        if not left:
            skipped[row.id] = (Exclusion.NOT_WAITING if buys else Exclusion.STOCK_GONE).value
        elif left != row.event_ids:
            shrunk[row.id] = left
    _shrink(u, shrunk)
    return Verdict(skipped, shrunk)


def _shrink(u: Unit, shrunk: dict[int, tuple[int, ...]]) -> None:
    p = schema.delivery_payload
    for id, left in shrunk.items():
        u.connection.execute(update(p).where(p.c.delivery_id == id).values(event_ids=list(left)))
