"""What became of each arm of an A/B test, over all its campaigns. A person counts once: with their first message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from restock_desk.domain.facts import BOUNCED, Fact
from restock_desk.store import schema
from restock_desk.store.database import Unit

_SENT = "(d.state = 'in_doubt' or (d.state = 'sent' and d.receipt not like 'handed_over%'))"
"""By us: what another system wrote is no message of an arm."""
_CLICKED = """(d.seen & {clicked}) <> 0 and exists (select 1 from feedback_event f where f.delivery_id = d.id
  and f.kind = 'clicked' and f.who = 'human' and f.occurred_at <= :until)"""
_ORDERED = """(d.seen & {ordered}) <> 0 and exists (select 1 from feedback_event f where f.delivery_id = d.id
  and f.kind = 'ordered' and f.occurred_at <= :until)"""
_FIRST = f"""select d.id, d.arm, d.state, d.seen, d.sent_at, d.receipt,
    row_number() over (partition by d.subscriber_id order by case when {_SENT} then 0 else 1 end, d.id) as turn
  from delivery d join campaign c on c.id = d.campaign_id
  where d.campaign_id in ({{campaigns}}) and c.origin = 'launch'"""
_COUNTED = (
    "true",
    _SENT,
    "d.state = 'in_doubt'",
    f"{_SENT} and (d.seen & {{delivered}}) <> 0 and (d.seen & {{bounced}}) = 0",
    f"{_SENT} and {_CLICKED}",
    f"{_SENT} and {_ORDERED}",
    *(f"{_SENT} and (d.seen & {{{name}}}) <> 0" for name in ("complained", "unsubscribed", "hard")),
)
_SUMS = ", ".join(f"sum(case when {what} then 1 else 0 end)" for what in _COUNTED)
_FIGURES = f"""select d.arm, {_SUMS}, max(d.sent_at)
  from ({_FIRST}) d where d.turn = 1 group by d.arm order by d.arm"""
_BITS = {
    "delivered": int(Fact.DELIVERED),
    "bounced": int(BOUNCED),
    "clicked": int(Fact.CLICKED_HUMAN),
    "ordered": int(Fact.ORDERED),
    "complained": int(Fact.COMPLAINED),
    "unsubscribed": int(Fact.UNSUBSCRIBED),
    "hard": int(Fact.BOUNCED_HARD),
}
_ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ArmCounts:
    """Messages of one arm. `assigned` are people; in doubt counts as sent; `clicked` are clicks of people, `ordered`
    orders of what the message was about."""

    arm: int
    assigned: int
    sent: int
    in_doubt: int
    delivered: int
    clicked: int
    ordered: int
    complained: int
    unsubscribed: int
    bounced_hard: int
    last_at: datetime | None


def counts(u: Unit, campaign_ids: Sequence[int], until: datetime | None = None) -> list[ArmCounts]:
    """One for each arm anybody was assigned to; clicks and orders up to `until`. Reads every delivery of the
    campaigns: a second for a million."""
    if not campaign_ids:
        return []
    sql = _FIGURES.format(**_BITS, campaigns=",".join(str(int(id)) for id in campaign_ids))
    return [_counts(row) for row in u.connection.execute(text(sql), {"until": schema.micros(until or _ALWAYS)})]


def _counts(row: Any) -> ArmCounts:
    *numbers, last = row
    at = None if last is None else schema.instant(last)
    return ArmCounts(*map(int, numbers), at)  # type: ignore[call-arg,arg-type]  # ten of them
