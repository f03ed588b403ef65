"""Which rows a sender takes before it writes, and in which order: else two writers on PostgreSQL wait for each other.

Batches first, then deliveries, then figures. SQLite has one writer at a time and needs none of this.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select, text

from restock_desk.store import schema
from restock_desk.store.database import Unit
from restock_desk.store.ledger import Lease, LeaseLost
from restock_desk.store.rollups import among

_b, _d = schema.send_batch.c, schema.delivery.c


def hold(u: Unit, leases: Sequence[Lease]) -> None:
    """Lock batches of ours before any of their rows is written, as whoever takes one over does: locked the other way
    round, two senders on PostgreSQL wait for each other. Raises LeaseLost."""
    if u.sqlite or not leases:
        return
    query = select(_b.batch_no, _b.fence).where(
        _b.campaign_id == leases[0].campaign_id,
        _b.batch_no.in_(bindparam("batches", expanding=True)),
        text("send_batch.state < 2"),
    )
    numbers = {"batches": [lease.batch_no for lease in leases]}
    found = dict(u.connection.execute(query.order_by(_b.batch_no).with_for_update(), numbers).all())
    for lease in leases:
        if found.get(lease.batch_no) != lease.fence:
            raise LeaseLost(lease)


def lock(u: Unit, ids: Collection[int]) -> None:
    """Take these rows, in the order in which feedback takes them and before any figures: else two writers on
    PostgreSQL could wait for each other. For whoever is about to settle them."""
    if not u.sqlite and ids:
        u.connection.execute(select(_d.id).where(among(u, _d.id, ids)).order_by(_d.id).with_for_update())
