"""What people change in the ledger beside the send loop: a campaign is cancelled, a doubt or a failure is settled.

The loop's own moves are in `ledger`; the states a row may go to are the same.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update

from restock_desk.domain.campaigns import LEGAL_MOVES, DeliveryState
from restock_desk.domain.causes import cause_of
from restock_desk.domain.handover import HANDED_OVER, hands_over
from restock_desk.store import schema, tallies
from restock_desk.store.database import Unit
from restock_desk.store.ledger import count, kind_of
from restock_desk.store.rollups import among

S = DeliveryState
_b, _d = schema.send_batch.c, schema.delivery.c


def skip_rest(u: Unit, campaign_id: int, reason: str, limit: int, now: datetime) -> int:
    """Skip up to `limit` queued and deferred rows of a campaign that was cancelled; how many. Repeat until 0."""
    found = u.connection.execute(
        select(_d.id, _d.batch_no)
        .where(_d.campaign_id == campaign_id, _d.state.in_(("queued", "deferred")))
        .where(text("delivery.state in ('queued','claimed','started','deferred')"))
        .limit(limit)
    ).all()
    ours = tallies.hold_free(u, {(campaign_id, row.batch_no) for row in found})
    ids, skipped = [row.id for row in found if (campaign_id, row.batch_no) in ours], 0
    for before in (S.QUEUED, S.DEFERRED):
        done = u.connection.execute(
            update(schema.delivery)
            .where(among(u, _d.id, ids), _d.state == before.value)
            .values(state="skipped", reason=reason, cause=reason, state_at=now, due_at=None)
            .returning(_d.batch_no)
        ).all()
        tallies.moved(u, [(campaign_id, row.batch_no) for row in done], before, S.SKIPPED)
        skipped += len(done)
    count(u, campaign_id, [(S.SKIPPED, now)] * skipped)
    return len(found)


def settle_by_hand(u: Unit, delivery_id: int, before: DeliveryState, after: DeliveryState, reason: str,
                   now: datetime) -> bool:  # fmt: skip
    """A person moves one row out of doubt or failure. False = it was not in `before` (any more).

    Back to the queue it is as new, except for its identity: the mail has the same Message-ID.
    """
    assert after in LEGAL_MOVES[before]
    row = u.connection.execute(
        select(_d.campaign_id, _d.batch_no, _d.started_at, _d.state_at, schema.campaign.c.transport)
        .join_from(schema.delivery, schema.campaign)
        .where(_d.id == delivery_id)
    ).one()
    tallies.hold(u, [(row.campaign_id, row.batch_no)])
    cause = cause_of(reason) if after is S.FAILED else ""
    values: dict[str, Any] = {"state": after.value, "state_at": now, "reason": reason, "cause": cause}
    if after is S.QUEUED:
        values |= {"attempts": 0, "due_at": None, "started_at": None if before is S.FAILED else row.started_at}
    if after is S.SENT:
        receipt = HANDED_OVER if hands_over(row.transport) else ""
        values |= {"sent_at": row.started_at or now, "receipt": receipt}
    done = u.connection.execute(
        update(schema.delivery).where(_d.id == delivery_id, _d.state == before.value).values(values)
    )
    if done.rowcount != 1:
        return False
    tallies.shift(u, row.campaign_id, row.batch_no, {before: -1, after: 1})
    count(u, row.campaign_id, [(before, row.started_at or row.state_at)], -1)
    count(u, row.campaign_id, [(kind_of(after, values.get("receipt", "")), row.started_at or now)])
    if after is S.QUEUED:
        tallies.reopen(u, row.campaign_id, [row.batch_no])
    return True
