"""How many deliveries of a campaign are in each state: counters on its send batches, moved with the rows they count.

Counting a million rows takes a quarter of a second, adding up five thousand batches less than a millisecond. The rows
stay the truth: `wrong` finds counters that do not say what the rows say, `recount` sets them right.

On PostgreSQL whoever moves deliveries locks their batch first, so that nobody waits for somebody who waits for them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import func, select, text, tuple_, update

from restock_desk.domain.campaigns import DeliveryState
from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.rollups import among

Batch = tuple[int, int]
"""Campaign and number of a batch."""
_b, _d = schema.send_batch.c, schema.delivery.c
_COUNTERS = {state: _b[f"n_{state.value}"] for state in DeliveryState}
_NAMES = ", ".join(f"n_{state.value}" for state in DeliveryState)


def shift(u: Unit, campaign_id: int, batch_no: int, moved: Mapping[DeliveryState, int]) -> None:
    """So many more (or fewer) deliveries of a batch are in these states, in the transaction that moved them."""
    changes = [(f"n_{state.value}", n) for state, n in moved.items() if n]
    if changes:
        sets = ", ".join(f"{name} = {name} + ?" for name, _ in changes)
        statement = f"update send_batch set {sets} where campaign_id = ? and batch_no = ?"
        u.run(statement, *(n for _, n in changes), campaign_id, batch_no)


def moved(u: Unit, batches: Iterable[Batch], before: DeliveryState, after: DeliveryState) -> None:
    """One delivery went from `before` to `after` for each time its batch is named."""
    for (campaign_id, batch_no), n in sorted(Counter(batches).items()):
        shift(u, campaign_id, batch_no, {before: -n, after: n})


def hold(u: Unit, batches: Collection[Batch]) -> None:
    """Lock these batches until the transaction ends, on PostgreSQL; on SQLite there is one writer anyway."""
    if batches and not u.sqlite:
        where = tuple_(_b.campaign_id, _b.batch_no).in_(sorted(set(batches)))
        u.connection.execute(select(_b.batch_no).where(where).order_by(_b.campaign_id, _b.batch_no).with_for_update())


def reopen(u: Unit, campaign_id: int, batches: Collection[int]) -> None:
    """Something in these batches is queued again. One that is leased is left to its holder, who looks when it ends."""
    u.connection.execute(
        update(schema.send_batch)
        .where(_b.campaign_id == campaign_id, among(u, _b.batch_no, set(batches)), _b.state != 1)
        .values(state=0, due_at=None)
    )


def hold_free(u: Unit, batches: Collection[Batch]) -> set[Batch]:
    """Lock those of these batches that nobody else has, or wait for one of them where all are taken; which they are.

    Whoever moves the rows of many batches uses this: waiting for several at once could be waiting in a circle.
    """
    if u.sqlite or not batches:
        return set(batches)
    wanted = sorted(set(batches))
    query = select(_b.campaign_id, _b.batch_no).where(tuple_(_b.campaign_id, _b.batch_no).in_(wanted))
    free = {(row.campaign_id, row.batch_no) for row in u.connection.execute(query.with_for_update(skip_locked=True))}
    if not free:
        hold(u, wanted[:1])
    return free or {wanted[0]}


def hold_all(u: Unit, campaign_id: int) -> None:
    """Lock all batches of a campaign, on PostgreSQL."""
    if not u.sqlite:
        query = select(_b.batch_no).where(_b.campaign_id == campaign_id).order_by(_b.batch_no).with_for_update()
        u.connection.execute(query)


def states(u: Unit, campaign_id: int) -> dict[DeliveryState, int]:
    """All eight states with how many deliveries are in each, from the counters."""
    sums = [func.coalesce(func.sum(counter), 0) for counter in _COUNTERS.values()]
    row = u.connection.execute(select(*sums).where(_b.campaign_id == campaign_id)).one()
    return {state: int(n) for state, n in zip(_COUNTERS, row, strict=True)}


def counted(u: Unit, campaign_id: int) -> dict[DeliveryState, int]:
    """The same, from the rows themselves: what the counters must say."""
    rows = u.connection.execute(
        select(_d.state, func.count()).where(_d.campaign_id == campaign_id).group_by(_d.state)
    ).all()
    return dict.fromkeys(DeliveryState, 0) | {DeliveryState(name): int(n) for name, n in rows}


def wrong(u: Unit) -> list[int]:
    """Campaigns with a batch whose counters are not what its rows say. Reads the whole ledger."""
    return [int(row[0]) for row in u.connection.execute(text(_WRONG))]


def contradict(u: Unit, campaign_id: int) -> bool:
    """Whether rows, counters and batches of a campaign do not agree on that something is left to do, as with a damaged
    index, which hides rows. In one look: whoever moves a row moves all three in one transaction."""
    left: Any = u.run(_LEFT, campaign_id, campaign_id, campaign_id).one()
    return (left.counted > 0) != bool(left.found) or (bool(left.found) and not left.opened)


def recount(u: Unit, campaign_id: int) -> None:
    """Set a campaign's counters by its rows, and make batches that are missing: after rows were written in bulk."""
    u.connection.execute(text(_RECOUNT), {"campaign": campaign_id})


_LEFT = """select
  (select coalesce(sum(n_queued + n_claimed + n_started + n_deferred), 0)
    from send_batch where campaign_id = ?) as counted,
  exists (select 1 from delivery
    where campaign_id = ? and state in ('queued','claimed','started','deferred')) as found,
  exists (select 1 from send_batch where campaign_id = ? and state < 2) as opened"""
_BY_STATE = ", ".join(
    f"sum(case when state = '{state.value}' then 1 else 0 end) as n_{state.value}" for state in DeliveryState
)
_DIFFERS = " or ".join(f"coalesce(r.n_{s.value}, 0) <> coalesce(b.n_{s.value}, 0)" for s in DeliveryState)
_WRONG = f"""with r as (select campaign_id, batch_no, {_BY_STATE} from delivery group by campaign_id, batch_no)
select distinct campaign_id from (
  select r.campaign_id from r left join send_batch b on b.campaign_id = r.campaign_id and b.batch_no = r.batch_no
  where b.campaign_id is null or {_DIFFERS}
  union all
  select b.campaign_id from send_batch b left join r on r.campaign_id = b.campaign_id and r.batch_no = b.batch_no
  where r.campaign_id is null and ({_DIFFERS})
) found order by campaign_id"""
_OPEN = "sum(case when state in ('queued','claimed','started','deferred') then 1 else 0 end)"
_SETS = ", ".join(f"n_{state.value} = excluded.n_{state.value}" for state in DeliveryState)
_RECOUNT = f"""insert into send_batch (campaign_id, batch_no, state, fence, {_NAMES})
select campaign_id, batch_no, case when {_OPEN} > 0 then 0 else 2 end, 0, {_BY_STATE}
from delivery where campaign_id = :campaign group by campaign_id, batch_no
on conflict (campaign_id, batch_no) do update set {_SETS}"""
