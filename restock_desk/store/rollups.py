"""The summed counts that charts read, moved in the same transaction as the rows they sum. Events are in `feedback`.

Cohorts: everything is summed under the hour its message was sent, so that numerator and denominator of a rate speak of
the same messages. A message is counted under every measure of `domain.facts` that holds for it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Table, any_, bindparam, func, select, text

from restock_desk.domain.facts import COUNTED_KINDS, LEDGER_KINDS, MEASURES, Fact, counted
from restock_desk.domain.feedback import FeedbackKind
from restock_desk.domain.handover import HANDED_OVER
from restock_desk.store import schema
from restock_desk.store.database import Unit


@dataclass
class Moves:
    """Differences to be added to the rollups, collected over one transaction and written once, in key order.

    The order keeps two writers on PostgreSQL from waiting for each other.
    """

    hours: dict[tuple[int, int], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    links: dict[tuple[int, int, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, campaign_id: int, hour: int, measure: str, n: int = 1) -> None:
        """Count `n` more under a measure."""
        self.hours[campaign_id, hour][measure] += n

    def facts(self, campaign_id: int, hour: int, before: int, after: int) -> None:
        """Count one message under what its bits say `after`, and no longer under what they said `before`."""
        old, new = counted(before), counted(after)
        if old != new:
            measures = self.hours[campaign_id, hour]
            measures.update(new - old)
            measures.subtract(old - new)

    def apply(self, u: Unit) -> None:
        """Write what was collected."""
        everywhere: dict[tuple[int], Counter[str]] = defaultdict(Counter)
        for (_, hour), measures in self.hours.items():
            everywhere[hour,].update(measures)
        _add(u, schema.rollup_hour, self.hours, MEASURES)
        _add(u, schema.rollup_all, everywhere, MEASURES)
        _add(u, schema.rollup_link, self.links, ("n", "uniq"))


def ledger_moved(u: Unit, campaign_id: int, kind: str, hour: int, n: int) -> None:
    """Count `n` deliveries more (or fewer) in a settled state: kind is one of LEDGER_KINDS.

    `hour` (see `domain.facts.hour_of`) is that of sent_at for sent, of started_at (else state_at) for failed and
    in_doubt, of state_at for skipped. A delivery that leaves a state is counted out with the hour it was counted in.
    """
    if kind not in LEDGER_KINDS:
        raise ValueError(f"{kind} is not counted in the rollups")
    moves = Moves()
    moves.add(campaign_id, hour, kind, n)
    moves.apply(u)


def rebuild_rollups(u: Unit) -> None:
    """Make bits and rollups anew from deliveries and events: for repair, and after rows were written in bulk.

    Half a minute for ten million events, in the caller's transaction.
    """
    run = u.connection.execute
    for table in (schema.rollup_hour, schema.rollup_all, schema.rollup_link):
        run(table.delete())
    run(text(_FORGET))
    run(text(_REMEMBER))
    moves = Moves()
    for campaign_id, hour, seen, n in run(text(_MESSAGES)):
        for measure in counted(seen):
            moves.add(campaign_id, hour, measure, n)
    for query in (_EVENTS, _LEDGER):
        for campaign_id, hour, measure, n in run(text(query)):
            moves.add(campaign_id, hour, measure, n)
    for campaign_id, link, who, n, uniq in run(text(_LINKS)):
        moves.links[campaign_id, link, who] = Counter(n=n, uniq=uniq)
    moves.apply(u)


def among(u: Unit, column: ColumnElement[Any], ids: Collection[int]) -> ColumnElement[bool]:
    """column IN (any number of ids), as one parameter."""
    if u.sqlite:
        listed = func.json_each(json.dumps(list(ids))).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam(None, list(ids), ARRAY(BigInteger)))


def listed(u: Unit, values: Collection[int] | Collection[str], kind: str = "bigint") -> tuple[str, Any]:
    """The same for `Unit.run`, for columns of either kind (bigint, text): what stands behind the column, and the value
    of its one mark."""
    if u.sqlite:
        return "in (select value from json_each(?))", json.dumps(list(values))
    return f"= any(?::{kind}[])", list(values)


def _add(u: Unit, table: Table, changes: Mapping[Any, Counter[str]], measures: Sequence[str]) -> None:
    none = (0,) * len(measures)
    rows = [(*key, *map(n.get, measures, none)) for key, n in sorted(changes.items()) if any(n.values())]
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    names = [*keys, *measures]
    more = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in measures)
    marks = ", ".join("?" * len(names))
    # Straight to the driver: building a statement for each of many small rows would take half the time.
    u.run_many(
        f"""insert into {table.name} ({", ".join(names)}) values ({marks})
        on conflict ({", ".join(keys)}) do update set {more}""",
        rows,
    )


HOUR_US = 3_600_000_000
_COHORT = "coalesce(d.sent_at, case when d.state = 'started' then d.started_at end)"
_KINDS = ", ".join(sorted(f"'{kind.value}'" for kind in COUNTED_KINDS | {FeedbackKind.ORDERED}))
_REAL = "join campaign c on c.id = d.campaign_id and c.origin <> 'test'"


def _bit(fact: Fact, condition: str) -> str:
    return f"max(case when {condition} then {int(fact)} else 0 end)"


_BITS = " + ".join(
    [
        _bit(Fact.DELIVERED, "kind = 'delivered'"),
        _bit(Fact.BOUNCED_HARD, "kind = 'bounced' and subkind = 'hard'"),
        _bit(Fact.BOUNCED_SOFT, "kind = 'bounced' and subkind <> 'hard'"),
        _bit(Fact.REJECTED, "kind = 'rejected'"),
        _bit(Fact.COMPLAINED, "kind = 'complained'"),
        _bit(Fact.UNSUBSCRIBED, "kind = 'unsubscribed'"),
        _bit(Fact.ORDERED, "kind = 'ordered'"),
        *(
            _bit(Fact[f"{kind.upper()}_{who.upper()}"], f"kind = '{kind}' and who = '{who}'")
            for kind in ("opened", "clicked")
            for who in ("human", "machine", "unknown")
        ),
    ]
)
_FORGET = """update delivery set seen = 0, first_delivered_at = null, first_open_at = null, first_click_at = null,
    outcome = null where seen <> 0"""
_REMEMBER = f"""update delivery set seen = x.seen, first_delivered_at = x.delivered, first_open_at = x.opened,
    first_click_at = x.clicked, outcome = case when x.seen & 16 <> 0 then 'complained'
      when x.seen & 6 <> 0 then 'bounced' when x.seen & 32 <> 0 then 'unsubscribed' end
    from (select delivery_id, {_BITS} as seen,
        min(case when kind = 'delivered' then occurred_at end) as delivered,
        min(case when kind = 'opened' then occurred_at end) as opened,
        min(case when kind = 'clicked' then occurred_at end) as clicked
      from feedback_event where delivery_id is not null and kind in ({_KINDS}) group by delivery_id) as x
    where x.delivery_id = delivery.id"""
_MESSAGES = f"""select d.campaign_id, {_COHORT} / {HOUR_US} as hour, d.seen, count(*) from delivery d {_REAL}
    where d.seen <> 0 and {_COHORT} is not null group by 1, 2, 3"""
_EVENTS = f"""select d.campaign_id, {_COHORT} / {HOUR_US} as hour,
      case e.kind when 'opened' then 'opens_total' else 'clicks_total' end as measure, count(*)
    from feedback_event e join delivery d on d.id = e.delivery_id {_REAL}
    where e.kind in ('opened', 'clicked') and {_COHORT} is not null group by 1, 2, 3"""
_LEDGER = f"""select d.campaign_id, case d.state when 'sent' then d.sent_at when 'skipped' then d.state_at
      else coalesce(d.started_at, d.state_at) end / {HOUR_US} as hour,
      case when d.state = 'sent' and d.receipt like '{HANDED_OVER}%' then '{HANDED_OVER}' else d.state end, count(*)
    from delivery d {_REAL} where d.state in ('sent', 'failed', 'skipped', 'in_doubt') group by 1, 2, 3"""
_LINKS = f"""select d.campaign_id, e.link, e.who, count(*), count(distinct e.delivery_id)
    from feedback_event e join delivery d on d.id = e.delivery_id {_REAL}
    where e.kind = 'clicked' and e.link is not null and {_COHORT} is not null group by 1, 2, 3"""
