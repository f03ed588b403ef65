"""What became of each arm of an A/B test, over all its campaigns. A person counts once: with their first message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from restock_desk.domain.facts import Fact
from restock_desk.store import schema
from restock_desk.store.database import Unit

_HITS = int(Fact.CLICKED_HUMAN)
_SENT = "d.state in ('sent', 'in_doubt')"
_FIRST = """select d.arm, d.state, d.seen, d.sent_at,
    row_number() over (partition by d.subscriber_id
      order by case when d.state in ('sent', 'in_doubt') then 0 else 1 end, d.id) as turn
  from delivery d join campaign c on c.id = d.campaign_id
  where d.campaign_id in ({campaigns}) and c.origin = 'launch'"""
_FIGURES = f"""select d.arm, count(*),
    sum(case when {_SENT} then 1 else 0 end), sum(case when d.state = 'in_doubt' then 1 else 0 end),
    {", ".join(f"sum(case when {_SENT} and (d.seen & {{}}) <> 0 then 1 else 0 end)" for _ in range(5))},
    max(d.sent_at)
  from ({_FIRST}) d where d.turn = 1 group by d.arm order by d.arm"""


@dataclass(frozen=True)
class ArmCounts:
    """Messages of one arm. `assigned` are people; in doubt counts as sent; `clicked` are clicks of people."""

    arm: int
    assigned: int
    sent: int
    in_doubt: int
    delivered: int
    clicked: int
    complained: int
    unsubscribed: int
    bounced_hard: int
    last_at: datetime | None


def counts(u: Unit, campaign_ids: Sequence[int]) -> list[ArmCounts]:
    """One for each arm anybody was assigned to. Reads every delivery of the campaigns: a second for a million."""
    if not campaign_ids:
        return []
    bits = (Fact.DELIVERED, _HITS, Fact.COMPLAINED, Fact.UNSUBSCRIBED, Fact.BOUNCED_HARD)
    sql = _FIGURES.format(*(int(bit) for bit in bits), campaigns=",".join(str(int(id)) for id in campaign_ids))
    return [_counts(row) for row in u.connection.execute(text(sql))]


def _counts(row: Any) -> ArmCounts:
    arm, assigned, sent, doubt, delivered, clicked, complained, unsubscribed, bounced, last = row
    at = None if last is None else schema.instant(last)
    numbers = map(int, (assigned, sent, doubt, delivered, clicked, complained, unsubscribed, bounced))
    return ArmCounts(int(arm), *numbers, at)  # type: ignore[call-arg,arg-type]  # eight of them
