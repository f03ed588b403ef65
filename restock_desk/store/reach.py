"""Who gets an alert for some restocks, and why the others do not: everybody counted once. Set-based SQL only.

A person waits for one or more of the events' variants; one open wait is enough to be reached. The reasons and their
order are those of `domain.audience.Exclusion`; the SQL of the personal ones mirrors `domain.audience.barred`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from restock_desk.domain.audience import AudienceReport, Exclusion, Interest, Subscriber
from restock_desk.domain.restocks import AlertRule, buyable
from restock_desk.errors import DeskError
from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.people import subscribers, wait
from restock_desk.store.rollups import among
from restock_desk.store.shop import shop
from restock_desk.store.stock import point

X = Exclusion
BARRED_SQL = (
    "case when s.suppressed = 'erased' then 'erased'"
    " when s.suppressed <> 'unsubscribe' then 'suppressed'"
    " when s.suppressed is not null or s.consent = 'unsubscribed' then 'unsubscribed'"
    " when s.consent = 'never' or (s.consent = 'pending' and not s.consent_confirmed) then 'no_consent'"
    " when s.email = '' then 'no_address' end"
)
"""Why subscriber `s` may not be mailed at all, or NULL; the same as `domain.audience.barred`."""
_CODES = {1: X.ALREADY_ALERTED, 2: X.BOUGHT, 3: X.STOCK_GONE}
_ANSWERED = "('queued','claimed','started','deferred','sent','in_doubt')"


@dataclass(frozen=True)
class Eligible:
    """Somebody to mail: their open waits for these events. `interests` and `event_ids` go together, in order."""

    subscriber: Subscriber
    event_ids: tuple[int, ...]
    interests: tuple[Interest, ...]


def audience(u: Unit, event_ids: Sequence[int]) -> AudienceReport:
    """Who waits for these events: eligible + excluded = waiting. Raises DeskError for an event that is not there."""
    events = _events(u, event_ids)
    units = _units(events)
    rows = u.connection.execute(text(f"select reason, count(*) from ({_people(u, events)}) w group by reason"))
    counts = {reason or "": int(n) for reason, n in rows}
    excluded = {reason: counts[reason.value] for reason in Exclusion if counts.get(reason.value)}
    return AudienceReport(tuple(event_ids), sum(counts.values()), counts.get("", 0), excluded, units)


def locales(u: Unit, event_ids: Sequence[int]) -> dict[str, int]:
    """How many of those who would get an alert read which locale; "" = unknown."""
    query = text(
        f"select s.locale, count(*) from ({_people(u, _events(u, event_ids))}) w"
        " join subscriber s on s.id = w.id where w.reason is null group by s.locale"
    )
    return {str(locale): int(n) for locale, n in u.connection.execute(query)}


def stamp(u: Unit, event_ids: Sequence[int]) -> str:
    """Changes whenever something changes that decides who gets an alert for these events, or what it says of them."""
    events = _events(u, event_ids)
    listed = ",".join(str(event.variant_id) for event in events)
    query = text(
        "select count(*), max(i.id), max(s.updated_at), sum(case when i.state = 'waiting' then 1 else 0 end),"
        " sum(case when i.ordered_at is null then 0 else 1 end), sum(coalesce(i.notified_event_id, 0)), sum(s.id)"
        f" from interest i join subscriber s on s.id = i.subscriber_id where i.variant_id in ({listed})"
    )
    sent = [(event.id, event.buyable, event.campaigns) for event in events]
    return repr((sent, tuple(u.connection.execute(query).one()), audience(u, event_ids)))


def eligible_ids(u: Unit, event_ids: Sequence[int], after_id: int = 0, limit: int = 20_000) -> list[int]:
    """Ids of eligible people above `after_id`, ascending."""
    sql = _people(u, _events(u, event_ids), after_id)
    query = text(f"select id from ({sql}) w where reason is null order by id limit :n")
    return [int(id) for id in u.connection.scalars(query, {"n": limit})]


def eligible(u: Unit, event_ids: Sequence[int], after_id: int = 0, limit: int = 2_000) -> list[Eligible]:
    """Eligible people above `after_id`, ascending, each with the waits that are open for these events."""
    ids = eligible_ids(u, event_ids, after_id, limit)
    waits: dict[int, list[tuple[int, Interest]]] = {}
    for person, event_id, one in _open_waits(u, event_ids, ids):
        waits.setdefault(person, []).append((event_id, one))
    return [
        Eligible(person, tuple(e for e, _ in waits[person.id]), tuple(i for _, i in waits[person.id]))
        for person in subscribers(u, ids)
        if person.id in waits
    ]


def exclusions(u: Unit, event_ids: Sequence[int], reason: Exclusion, limit: int = 200) -> list[Subscriber]:
    """People excluded for this reason."""
    sql = _people(u, _events(u, event_ids))
    query = text(f"select id from ({sql}) w where reason = :reason order by id limit :n")
    return _listed(u, query, {"reason": reason.value, "n": limit})


def waiting_people(u: Unit, event_ids: Sequence[int], limit: int = 200) -> list[Subscriber]:
    """People who wait for these events, eligible or not; those who would get the alert first."""
    order = "order by case when reason is null then 0 else 1 end, id limit :n"
    query = text(f"select id from ({_people(u, _events(u, event_ids))}) w {order}")
    return _listed(u, query, {"n": limit})


def reason_for(u: Unit, event_ids: Sequence[int], subscriber_id: int) -> tuple[bool, Exclusion | None]:
    """(waits for one of these events, why they would get no mail about them; None = they would)."""
    query = text(f"select reason from ({_people(u, _events(u, event_ids), only=subscriber_id)}) w")
    row = u.connection.execute(query).one_or_none()
    return (False, None) if row is None else (True, Exclusion(row.reason) if row.reason else None)


def _listed(u: Unit, query: Any, values: dict[str, Any]) -> list[Subscriber]:
    return subscribers(u, [int(id) for id in u.connection.scalars(query, values)])


@dataclass(frozen=True)
class _Event:
    id: int
    variant_id: int
    buyable: bool
    stock: int | None
    campaigns: tuple[int, ...]


def _events(u: Unit, event_ids: Sequence[int]) -> list[_Event]:
    e, v, p, c = schema.restock_event, schema.variant, schema.product, schema.campaign_event
    rule = shop(u).rule
    query = (
        select(e.c.id, e.c.variant_id, e.c.state, v.c.stock, v.c.availability, v.c.oversell, p.c.status)
        .join(v, v.c.id == e.c.variant_id, isouter=True)
        .join(p, p.c.id == v.c.product_id, isouter=True)
        .where(among(u, e.c.id, list(event_ids)))
    )
    found = {row.id: row for row in u.connection.execute(query)}
    if set(found) != set(event_ids) or not found:
        raise DeskError("There is no such restock.", "Choose another one from the list of restocks.")
    own = select(c.c.event_id, c.c.campaign_id).join(schema.campaign).where(schema.campaign.c.origin != "test")
    sent: dict[int, list[int]] = {}
    for event_id, campaign_id in u.connection.execute(own.where(among(u, c.c.event_id, list(found)))):
        sent.setdefault(event_id, []).append(campaign_id)
    return [_event(row, rule, sent.get(id, [])) for id, row in sorted(found.items())]


def _event(row: Any, rule: AlertRule, campaigns: list[int]) -> _Event:
    there = row.state == "open" and row.status is not None and buyable(point(row), rule)
    return _Event(row.id, row.variant_id, there, row.stock, tuple(campaigns))


def _units(events: list[_Event]) -> int | None:
    stock = {event.variant_id: event.stock for event in events}
    if any(n is None for n in stock.values()):
        return None
    return sum(max(0, n) for n in stock.values() if n is not None)


def _people(u: Unit, events: list[_Event], after_id: int = 0, only: int | None = None) -> str:
    """SQL of (id, reason) for everybody who waits. Every number in it is ours, none was typed by anybody."""
    where = f" and i.subscriber_id > {int(after_id)}" if after_id else ""
    where += f" and i.subscriber_id = {int(only)}" if only is not None else ""
    parts = [_waits(event, where) for event in events]
    if len(parts) == 1:  # one event: one row a person already
        waits = parts[0]
    else:
        waits = f"select subscriber_id, min(code) as code from ({' union all '.join(parts)}) a group by subscriber_id"
    codes = " ".join(f"when {code} then '{reason.value}'" for code, reason in _CODES.items())
    reason = f"coalesce({BARRED_SQL}, case w.code {codes} end)"
    return f"select s.id as id, {reason} as reason from ({waits}) w join subscriber s on s.id = w.subscriber_id"


def _waits(event: _Event, where: str) -> str:
    """SQL of (subscriber_id, code) for one event: 0 open, 1 alerted, 2 bought, 3 gone."""
    answered = f"i.notified_event_id = {event.id}"
    if event.campaigns:
        listed = ",".join(str(id) for id in event.campaigns)
        answered += (
            f" or exists (select 1 from delivery d where d.campaign_id in ({listed})"
            f" and d.subscriber_id = i.subscriber_id and d.state in {_ANSWERED})"
        )
    last = 0 if event.buyable else 3
    code = f"case when {answered} then 1 when i.ordered_at is not null then 2 else {last} end"
    mine = f"(i.state = 'waiting' or (i.state = 'notified' and i.notified_event_id = {event.id}))"
    whose = f"i.variant_id = {event.variant_id} and {mine}{where}"
    return f"select i.subscriber_id, {code} as code from interest i where {whose}"


def _open_waits(u: Unit, event_ids: Sequence[int], people: list[int]) -> list[tuple[int, int, Interest]]:
    if not people:
        return []
    i = schema.interest
    held = u.connection.execute(select(i).where(among(u, i.c.subscriber_id, people), i.c.state == "waiting")).all()
    waits = {(row.subscriber_id, row.variant_id): row for row in held}
    low, high = min(people) - 1, max(people)
    found = []
    for event in _events(u, event_ids):
        sql = _waits(event, f" and i.subscriber_id > {low} and i.subscriber_id <= {high}")
        for person, code in u.connection.execute(text(sql)):
            row = waits.get((person, event.variant_id))
            if code == 0 and row is not None:
                found.append((person, event.id, wait(row)))
    return found
