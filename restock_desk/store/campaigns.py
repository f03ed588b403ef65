"""Campaign rows: created, read, counted, paused, resumed, cancelled. The moves of their deliveries are in `ledger`,
who gets one is in `fanout`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, text, update

from restock_desk.domain.campaigns import Campaign, CampaignState, Delivery, DeliveryState, Doubt, Tally
from restock_desk.errors import DeskError
from restock_desk.store import causes, grants, schema, tallies, work_queue
from restock_desk.store.clock import clock
from restock_desk.store.database import Unit, damaged

_c, _d, _b, _p = schema.campaign.c, schema.delivery.c, schema.send_batch.c, schema.delivery_payload.c
_COLUMNS = [
    *(column for column in schema.campaign.c if column.name not in ("frozen", "fanout_cursor")),
    *(schema.brake.c.hold_until, schema.brake.c.hold_why),
]


@dataclass(frozen=True)
class NewCampaign:
    """What a launch writes down. `grace_until` None = may start at once."""

    name: str
    event_ids: tuple[int, ...]
    template_id: int
    template_name: str
    version_id: int
    transport: str
    frozen: dict[str, Any]
    created_at: datetime
    created_by: str
    origin: str = "launch"
    rate_limit_per_s: float | None = None
    approved: int | None = None
    grace_until: datetime | None = None


def create(u: Unit, new: NewCampaign) -> int:
    """A campaign that is still `preparing`: nothing claims from it. Its id."""
    values = {name: value for name, value in vars(new).items() if name != "event_ids"}
    done = u.connection.execute(insert(schema.campaign).values(state="preparing", **values))
    assert done.inserted_primary_key is not None
    campaign_id = int(done.inserted_primary_key[0])
    for event_id in new.event_ids:
        u.connection.execute(insert(schema.campaign_event).values(campaign_id=campaign_id, event_id=event_id))
    return campaign_id


def go_live(u: Unit, campaign_id: int, now: datetime, grace_until: datetime | None = None) -> int:
    """The last step of a launch: from now on, or from `grace_until` on, deliveries are claimed, and workers get their
    jobs. How many there are."""
    audience = u.connection.scalar(select(func.count()).where(_d.campaign_id == campaign_id)) or 0
    u.connection.execute(
        update(schema.campaign)
        .where(_c.id == campaign_id, _c.state == "preparing")
        .values(state="running", audience=audience, started_at=now, grace_until=grace_until)
    )
    work_queue.enqueue(u, campaign_id)
    return int(audience)


def campaign(u: Unit, campaign_id: int) -> Campaign | None:
    query = select(*_COLUMNS).outerjoin_from(schema.campaign, schema.brake).where(_c.id == campaign_id)
    row = u.connection.execute(query).first()
    return _campaign(u, row) if row else None


def frozen(u: Unit, campaign_id: int) -> dict[str, Any] | None:
    """What every render of the campaign reads: compiled parts, shop, events."""
    try:
        found = u.connection.scalar(select(_c.frozen).where(_c.id == campaign_id))
    except ValueError as error:
        raise damaged(f"what campaign {campaign_id} froze cannot be read") from error
    return dict(found) if found is not None else None


def audiences(u: Unit, newest: int = 30) -> list[int]:
    """How many people the newest campaigns went to, newest first."""
    query = (
        select(_c.audience).where(_c.origin == "launch", _c.audience > 0).order_by(_c.created_at.desc(), _c.id.desc())
    )
    return [int(row[0]) for row in u.connection.execute(query.limit(newest))]


def mailed_since(u: Unit, subscriber_ids: Sequence[int], since: datetime) -> int:
    """How many of these people got a mail of ours since then; at most some thousands of them are asked about."""
    query = select(func.count(func.distinct(_d.subscriber_id)))
    query = query.where(_d.subscriber_id.in_(subscriber_ids), _d.sent_at >= since)
    return int(u.connection.execute(query).scalar_one()) if subscriber_ids else 0


def last_subject(u: Unit) -> str:
    """The subject as the newest campaign's template has it; empty when there is none."""
    query = select(_c.frozen).where(_c.origin == "launch").order_by(_c.created_at.desc(), _c.id.desc()).limit(1)
    frozen = u.connection.scalar(query) or {}
    parts = frozen.get("compiled", {}).get("parts", {}).get("subject", [])
    return "".join(str(text) for _, text in parts).strip()


def state(u: Unit, campaign_id: int) -> CampaignState:
    return CampaignState(u.connection.scalars(select(_c.state).where(_c.id == campaign_id)).one())


def in_state(u: Unit, wanted: CampaignState) -> list[int]:
    return list(u.connection.scalars(select(_c.id).where(_c.state == wanted.value).order_by(_c.id)))


def cancelled_with_rest(u: Unit) -> list[int]:
    """Cancelled campaigns of which something is not settled yet."""
    found = u.connection.execute(
        text(
            """select c.id from campaign c where c.state = 'cancelled' and exists (select 1 from delivery d
            where d.campaign_id = c.id and d.state in ('queued','claimed','started','deferred')) order by c.id"""
        )
    )
    return [int(row[0]) for row in found]


_WORK = """select c.id from campaign c where c.state = 'running' and (c.grace_until is null or c.grace_until <= :now)
    and not exists (select 1 from setting where key = 'moved_to')
    and not exists (select 1 from brake k where k.campaign_id = c.id and k.hold_until > :now)
    and not exists (select 1 from instance i where i.stopped_at is not null)
    and (not exists (select 1 from send_batch b where b.campaign_id = c.id and b.state < 2)
      or exists (select 1 from send_batch b where b.campaign_id = c.id and b.state < 2
        and ((b.state = 0 and (b.due_at is null or b.due_at <= :now)) or (b.state = 1 and b.lease_until <= {clock}))))
    order by c.id"""


def with_work(u: Unit, now: datetime) -> list[int]:
    """Running campaigns in which something can be claimed now, or which only need to be called finished."""
    work = text(_WORK.format(clock=clock(u)))
    return [int(row[0]) for row in u.connection.execute(work, {"now": schema.micros(now)})]


def change_state(
    u: Unit, campaign_id: int, before: Sequence[CampaignState], after: CampaignState, reason: str = ""
) -> bool:
    """Move a campaign on, if it is in one of the states `before`. False = it was not.

    One that runs again is not over: it has no end any more, and its brakes are released.
    """
    values: dict[str, str | None] = {"state": after.value, "pause_reason": reason}
    if after is CampaignState.RUNNING:
        values["finished_at"] = None
    done = u.connection.execute(
        update(schema.campaign).where(_c.id == campaign_id, _c.state.in_([one.value for one in before])).values(values)
    )
    if done.rowcount == 1 and after is CampaignState.RUNNING:
        grants.woken(u, campaign_id)
        work_queue.enqueue(u, campaign_id)
    return done.rowcount == 1


def hold(u: Unit, campaign_id: int) -> CampaignState:
    """Lock the campaign until the transaction ends and say its state: for whoever queues something again in it."""
    found = u.connection.scalars(select(_c.state).where(_c.id == campaign_id).with_for_update()).one_or_none()
    if found is None:
        raise DeskError(f"There is no campaign {campaign_id}.", "Look at the list of campaigns.")
    return CampaignState(found)


def finish(u: Unit, campaign_id: int, now: datetime) -> bool:
    """Call a running campaign finished, which is legal only when no delivery is unfinished. False = it is not.

    Who queues something again at the same moment is waited for: the rows are looked at after the campaign is locked.
    """
    if hold(u, campaign_id) is not CampaignState.RUNNING:
        return False
    done = u.connection.execute(
        text(
            """update campaign set state = 'finished', finished_at = :now where id = :id and state = 'running'
            and not exists (select 1 from delivery where campaign_id = :id
              and state in ('queued','claimed','started','deferred'))
            and not exists (select 1 from send_batch where campaign_id = :id
              and n_queued + n_claimed + n_started + n_deferred > 0)"""
        ),
        {"id": campaign_id, "now": schema.micros(now)},
    )
    return done.rowcount == 1


def tally(u: Unit, campaign_id: int) -> Tally:
    """From counters that move with the rows, never from a cursor: cheap at any size."""
    states = tallies.states(u, campaign_id)
    return Tally(states, causes.skipped(u, campaign_id) if states[DeliveryState.SKIPPED] else {})


def delivery(u: Unit, delivery_id: int) -> Delivery | None:
    row = u.connection.execute(_deliveries().where(_d.id == delivery_id)).first()
    return _delivery(row) if row else None


def deliveries_of(u: Unit, subscriber_id: int) -> list[Delivery]:
    """All deliveries to one person, newest first."""
    query = _deliveries().where(_d.subscriber_id == subscriber_id).order_by(_d.id.desc())
    return [_delivery(row) for row in u.connection.execute(query)]


def delivery_ids(u: Unit, campaign_id: int, wanted: DeliveryState) -> list[int]:
    query = select(_d.id).where(_d.campaign_id == campaign_id, _d.state == wanted.value).order_by(_d.id)
    return list(u.connection.scalars(query))


@dataclass(frozen=True)
class Kept:
    """What a mail is made of, beside the campaign's frozen parts. `started_at` None = it was never started."""

    delivery_id: int
    campaign_id: int
    subscriber_id: int
    email: str
    person: dict[str, Any]
    event_ids: tuple[int, ...]
    interests: tuple[dict[str, Any], ...]
    started_at: datetime | None
    message_hash: str
    arm: int = 0


def kept(u: Unit, delivery_id: int) -> Kept | None:
    """The payload of one delivery."""
    row = u.connection.execute(
        select(
            *(_d.id, _d.campaign_id, _d.subscriber_id, _p.email, _p.person, _p.event_ids, _p.interests),
            *(_d.started_at, _d.message_hash, _d.arm),
        )
        .join_from(schema.delivery, schema.delivery_payload)
        .where(_d.id == delivery_id)
    ).first()
    if row is None:
        return None
    return Kept(*row[:5], tuple(row.event_ids), tuple(row.interests), row.started_at, row.message_hash, row.arm)


def doubts(u: Unit, campaign_id: int | None = None, limit: int = 1_000) -> list[Doubt]:
    """Deliveries nobody can be sure of, oldest first. `evidence` names what came back, if anything did."""
    query = (
        select(_d.id, _d.campaign_id, _p.email, _d.state_at, _d.reason, _d.receipt, _d.outcome)
        .join_from(schema.delivery, schema.delivery_payload)
        .where(text("delivery.state in ('deferred','failed','in_doubt','skipped')"), _d.state == "in_doubt")
        .order_by(_d.state_at, _d.id)
        .limit(limit)
    )
    if campaign_id is not None:
        query = query.where(_d.campaign_id == campaign_id)
    return [
        Doubt(row.id, row.campaign_id, row.email, row.state_at, row.reason, row.outcome or row.receipt)
        for row in u.connection.execute(query)
    ]


def _deliveries() -> Select[Any]:
    return select(
        *(_d.id, _d.campaign_id, _d.subscriber_id, _p.email, _d.state, _d.attempts, _d.reason, _d.fence, _d.due_at),
        *(_d.started_at, _d.sent_at, _d.first_open_at, _d.first_click_at, _d.receipt, _d.arm),
        func.coalesce(_p.person["locale"].as_string(), "").label("locale"),
    ).join_from(schema.delivery, schema.delivery_payload)


def _delivery(row: Any) -> Delivery:
    values = dict(row._mapping)
    return Delivery(**{**values, "state": DeliveryState(row.state)})


def _campaign(u: Unit, row: Any) -> Campaign:
    ce = schema.campaign_event.c
    events = u.connection.scalars(select(ce.event_id).where(ce.campaign_id == row.id).order_by(ce.event_id))
    known = {**row._mapping, "state": CampaignState(row.state), "hold_why": row.hold_why or ""}
    return Campaign(**known, event_ids=tuple(events))
