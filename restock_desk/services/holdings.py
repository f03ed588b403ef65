"""The batches of one campaign that a send loop holds, and what is known of their rows but not yet written down.

Nothing that the next hop said is lost: it waits here until a transaction took it, or until the batch is somebody
else's, who then calls its rows in doubt.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from restock_desk.errors import DeskError, Unavailable
from restock_desk.jobs import CancelToken
from restock_desk.services.desk import Desk
from restock_desk.store import grants, ledger, locks
from restock_desk.store.database import Unit
from restock_desk.store.ledger import Lease, LeaseLost, Result, Row

log = logging.getLogger(__name__)
HEARTBEAT_S = 10
AGAIN, AGAIN_STOPPED, AGAIN_S = 600, 10, 1.0
"""How often a loop tries to write down what it knows when the database went away (once asked to stop: less often), and
how many seconds apart."""


@dataclass
class Held:
    """One batch: rows that have not started, how many are on their way, results to be written."""

    lease: Lease
    left: deque[Row]
    away: int = 0
    results: list[Result] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return not self.left and not self.away


class Holdings:
    """Batches by number. One thread, beside the heartbeat's, which only renews."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._held: dict[int, Held] = {}
        self.broken: list[Result] = []
        """Mails that could not be made, for the brakes to be told of."""

    def __bool__(self) -> bool:
        return bool(self._held)

    @property
    def waiting(self) -> int:
        """Rows that have not started."""
        return sum(len(held.left) for held in self._held.values())

    def add(self, lease: Lease) -> None:
        """A batch was claimed, durably."""
        self._held[lease.batch_no] = Held(lease, deque(lease.rows))

    def next_group(self, size: int) -> tuple[Lease | None, list[Row]]:
        """Up to `size` rows of one batch, in groups of about one size: away, until they come back or are put back."""
        for held in self._held.values():
            if held.left:
                groups = -(-len(held.left) // size)
                rows = [held.left.popleft() for _ in range(-(-len(held.left) // groups))]
                held.away += len(rows)
                return held.lease, rows
        return None, []

    def holds(self, lease: Lease | None) -> bool:
        """Whether the batch is still ours under that fence."""
        held = self._held.get(lease.batch_no) if lease is not None else None
        return held is not None and lease is not None and held.lease.fence == lease.fence

    def put_back(self, lease: Lease | None, rows: Sequence[Row]) -> None:
        """Rows that did not start after all: they are next again."""
        if lease is not None and self.holds(lease):
            held = self._held[lease.batch_no]
            held.left.extendleft(reversed(rows))
            held.away -= len(rows)

    def settled(self, lease: Lease, rows: int) -> None:
        """Rows that were settled without leaving."""
        if self.holds(lease):
            self._held[lease.batch_no].away -= rows

    def take_in(self, lease: Lease, results: list[Result]) -> bool:
        """What became of rows that were away. False when the batch is not ours any more."""
        if not self.holds(lease):
            return False
        held = self._held[lease.batch_no]
        held.away -= len(results)
        held.results += results
        return True

    @property
    def known(self) -> list[Result]:
        """What the brakes are to be told of: every result that is not written down yet."""
        return [*self.broken, *(result for held in self._held.values() for result in held.results)]

    def let_go(self) -> None:
        """Start no more rows: the batches are given back at the next write, once what is away is back."""
        for held in self._held.values():
            held.left.clear()

    def write(self, u: Unit, now: datetime) -> None:
        """What is known, and the batches that are over, inside the caller's transaction. Raises LeaseLost."""
        locks.hold(u, [held.lease for held in self._held.values()])
        locks.lock(u, [result.id for held in self._held.values() for result in held.results])
        for held in self._held.values():
            if held.results:
                ledger.settle(u, held.lease, held.results, now)
            if held.over:
                ledger.release(u, held.lease, now)

    def written(self) -> None:
        """The transaction of `write` was committed."""
        self.broken = []
        for held in self._held.values():
            held.results = []
        self._held = {batch: held for batch, held in self._held.items() if not held.over}

    def commit(self) -> None:
        """Write down what is known in a transaction of its own. Never cut short by a cancel."""
        while any(held.results or held.over for held in self._held.values()):
            try:
                with self._desk.store.unit() as u:
                    campaign_id = next(iter(self._held.values())).lease.campaign_id
                    grants.note(u, campaign_id, self.known)
                    self.write(u, self._desk.now())
                    u.commit()
            except LeaseLost as lost:
                self.lose(lost.lease)
            else:
                self.written()

    def give_up(self, token: CancelToken) -> None:
        """Let go of all rows that have not started; what was away and is not back by now counts as in doubt.

        However long the database is away: nobody else knows what the next hop said.
        """
        self.let_go()
        for held in self._held.values():
            held.away = 0
        pause = threading.Event()  # not the token: a stop asked for meanwhile does not make it less true
        for tried in range(AGAIN):
            try:
                return self.commit()
            except Unavailable:
                if token.cancelled and tried >= AGAIN_STOPPED:
                    raise
                if not tried:
                    log.warning("what was sent waits for the database to be written down")
            pause.wait(AGAIN_S)
        return self.commit()

    def lose(self, lease: Lease) -> None:
        """A batch is somebody else's now."""
        log.warning("batch %d of campaign %d is somebody else's now", lease.batch_no, lease.campaign_id)
        self._held = {batch: held for batch, held in self._held.items() if batch != lease.batch_no}

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Keep the leases alive from another thread while this one waits for replies: a final dot may take minutes."""
        stop = threading.Event()

        def beat() -> None:
            while not stop.wait(HEARTBEAT_S):
                for held in list(self._held.values()):
                    try:
                        with self._desk.store.unit() as u:
                            ledger.renew(u, held.lease, self._desk.now())
                            u.commit()
                    except (LeaseLost, DeskError) as error:
                        name = type(error).__name__
                        log.info("the lease of batch %d was not renewed: %s", held.lease.batch_no, name)

        thread = threading.Thread(target=beat, name="desk-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
