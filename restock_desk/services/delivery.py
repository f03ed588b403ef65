"""The send loop: claim, re-check, render, start, hand over, settle. The same on the desktop's lane and in a terminal.

Nothing leaves without a durable `started`; nothing is called sent without the next hop's word. Quitting, pausing and
being killed lose nothing and repeat nothing. What a campaign froze is thawed in `rendered`.
"""

import logging
import random
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from restock_desk.domain.campaigns import CampaignState, DeliveryState, SendReport, Tally
from restock_desk.domain.handover import Receipt, Transport
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services import campaigns, outcomes
from restock_desk.services.desk import Desk
from restock_desk.services.flights import Flight, Runway
from restock_desk.services.outcomes import Patience
from restock_desk.services.rendered import Mould, Piece, compiled_of, context_of, mould_of
from restock_desk.store import campaigns as stored
from restock_desk.store import ledger, recheck
from restock_desk.store import shop as shop_
from restock_desk.store.database import Unit
from restock_desk.store.ledger import Lease, LeaseLost, Result, Row
from restock_desk.store.recheck import Verdict
from restock_desk.transport import open_transport

__all__ = ["compiled_of", "context_of", "deliver", "recover"]

log = logging.getLogger(__name__)
S = DeliveryState
HEARTBEAT_S = 10
PATIENCE_S = 2.0
"""How long the loop sleeps at most before it looks again, when it waits for something to become due."""
LOOK_S = 0.5
"""How often it looks whether to go on, while it waits for a group to come back."""

recover = campaigns.recover


def deliver(
    desk: Desk,
    campaign_id: int,
    token: CancelToken,
    progress: ProgressFn = no_progress,
    wait: bool = True,
    transport: Transport | None = None,
    chance: random.Random | None = None,
) -> SendReport:
    """Deliver until the campaign is finished, paused, cancelled, or `token` says stop. `wait` = also wait for retries.

    One thread; several callers, here or elsewhere, share the work by their leases. DeskError when the transport's
    address cannot be used; whatever a network does is in the ledger, not an exception.
    """
    campaign = campaigns.campaign(desk, campaign_id)
    began = desk.now()
    with desk.store.reading() as u:
        if shop_.is_sample(u) and not campaign.transport.startswith("outbox:"):
            raise DeskError("The sample shop never mails to the outside.", "Use an outbox, or open a shop of your own.")
    opened = transport or open_transport(campaign.transport, desk.secret)
    runway = Runway(opened)
    loop = _Loop(desk, campaign_id, token, progress, runway, mould_of(desk, campaign_id), chance or random.Random())
    loop.rate = campaign.rate_limit_per_s
    try:
        with loop.heartbeat():
            loop.run(wait)
    finally:
        if transport is None:
            opened.close()
    return _report(desk, campaign_id, (desk.now() - began).total_seconds(), loop.sent)


@dataclass
class _Open:
    """A lease of ours with the rows that have not started, and how many are on their way."""

    lease: Lease
    left: deque[Row]
    flying: int = 0

    @property
    def over(self) -> bool:
        return not self.left and not self.flying


@dataclass
class _Loop:
    desk: Desk
    campaign_id: int
    token: CancelToken
    progress: ProgressFn
    runway: Runway
    mould: Mould
    chance: random.Random
    rate: float | None = None
    audience: int = 0
    done: int = 0
    sent: int = 0
    patience: Patience = field(default_factory=Patience)
    opened: dict[int, _Open] = field(default_factory=dict)
    """By batch number. The heartbeat's thread reads it."""
    results: dict[int, list[Result]] = field(default_factory=dict)
    """Known and not yet written down, by batch number."""
    halted: bool = False
    """The campaign is not to be delivered on: paused, cancelled, or something stands against it."""

    def run(self, wait: bool) -> None:
        tally = campaigns.tally(self.desk, self.campaign_id)
        self.audience, self.done = tally.audience, tally.audience - tally.unfinished
        try:
            while not self.token.cancelled:
                self._turn()
                if self.halted:
                    return
                if not self.opened and not self.runway.busy and (self._ended() or not wait or self._rest()):
                    return
        finally:
            self._wind_up()

    def _turn(self) -> None:
        """Make the next group, wait for room on the way, and in one transaction write down what came back, look at
        everybody once more and mark the group started."""
        batch, rows = self._group()
        now = self.desk.now()
        pieces = {row.id: self.mould.cast(row, now) for row in rows}
        while self.runway.busy and (self.runway.full or not rows):
            self._await()
            if self.token.cancelled or self.halted:
                self._put_back(batch, rows)
                return
        started, lease = self._start(batch, rows, pieces)
        if started and lease is not None:
            self.runway.start(lease, started, [pieces[row.id].envelope for row in started])
            if self.rate is not None:
                self._paced(len(started))

    def _paced(self, n: int) -> None:
        """A rate limit: the next group begins when this one's share of time is over."""
        assert self.rate is not None
        while self.runway.busy and not self.token.cancelled:
            self._await()
        self._commit()
        if not self.halted:
            self.token.wait(n / self.rate)

    def _group(self) -> tuple[int, list[Row]]:
        """The next rows of one batch, not yet started."""
        size = self.runway.size if self.rate is None else max(1, min(self.runway.size, int(self.rate)))
        for batch, held in self.opened.items():
            if held.left:
                rows = [held.left.popleft() for _ in range(min(size, len(held.left)))]
                held.flying += len(rows)
                return batch, rows
        return 0, []

    def _await(self) -> None:
        """Take in the oldest group if it is back; look meanwhile whether to go on."""
        landed = self.runway.landed(LOOK_S)
        if landed is None:
            if self.token.cancelled or self._state() is not CampaignState.RUNNING:
                self.runway.recall()
            return
        flight, receipts, error = landed
        self._take_in(flight, receipts)
        if error is not None:
            self._commit()
            raise error
        why = self.patience.came(receipts)
        if why:
            self._pause(why)
        elif self.patience.pause_s:
            self._commit()
            self.token.wait(self.patience.pause_s)
        self._tell()

    def _take_in(self, flight: Flight, receipts: list[Receipt]) -> None:
        batch = flight.lease.batch_no
        held = self.opened.get(batch)
        if held is None or held.lease.fence != flight.lease.fence:
            return  # somebody else's by now; they call these rows in doubt
        now = self.desk.now()
        came = [
            outcomes.result(self.mould, row, receipt, now, self.chance)
            for row, receipt in zip(flight.rows, receipts, strict=True)
        ]
        held.flying -= len(came)
        self.results.setdefault(batch, []).extend(came)
        self.sent += sum(result.state is S.SENT for result in came)
        self.done += sum(result.state is not S.DEFERRED for result in came)

    def _start(self, batch: int, rows: list[Row], pieces: dict[int, Piece]) -> tuple[list[Row], Lease | None]:
        """One durable transaction. The rows that may leave now; those whose mail shrank are made anew first."""
        try:
            return self._start_once(batch, rows, pieces)
        except LeaseLost as lost:
            self._lose(lost.lease)
            self._put_back(batch, rows)
            return [], None

    def _put_back(self, batch: int, rows: list[Row]) -> None:
        """Rows that did not start after all."""
        if batch in self.opened:
            self.opened[batch].left.extendleft(reversed(rows))
            self.opened[batch].flying -= len(rows)

    def _start_once(self, batch: int, rows: list[Row], pieces: dict[int, Piece]) -> tuple[list[Row], Lease | None]:
        now = self.desk.now()
        verdict, broken, good = Verdict({}, {}), [], []
        with self.desk.store.unit() as u:
            self._write(u, now)
            going = stored.state(u, self.campaign_id) is CampaignState.RUNNING
            held = self.opened.get(batch)
            if going and held is not None and rows:
                lease = held.lease
                ledger.renew(u, lease, now)
                rule = shop_.shop(u).rule
                verdict = recheck.recheck(u, self.campaign_id, rows, rule, self.mould.resend, self.mould.allow)
                ledger.skip(u, lease, list(verdict.skipped.items()), now)
                rest = [row for row in rows if row.id not in verdict.skipped and row.id not in verdict.shrunk]
                broken = [(row.id, pieces[row.id].fault) for row in rest if pieces[row.id].fault]
                ledger.fail(u, lease, broken, now)
                good = [row for row in rest if not pieces[row.id].fault]
                ledger.start(u, lease, [(row.id, pieces[row.id].digest) for row in good], now)
            more = self._claimed(u, now) if going else None
            u.commit()
        self._written()
        if more is not None:
            self.opened[more.batch_no] = _Open(more, deque(more.rows))
        if not going:
            self.halted = True
            self._put_back(batch, rows)
        if not going or held is None:
            return [], None
        self.done += len(verdict.skipped) + len(broken)
        held.flying -= len(rows) - len(good)
        held.left.extendleft(row.with_events(verdict.shrunk[row.id]) for row in rows if row.id in verdict.shrunk)
        if why := self.patience.broken(len(broken)):
            self._pause(why)
        return good, held.lease

    def _claimed(self, u: Unit, now: datetime) -> Lease | None:
        """The next batch, claimed ahead of need."""
        waiting = sum(len(held.left) for held in self.opened.values())
        return ledger.claim(u, self.campaign_id, self.desk.host, now) if waiting < self.runway.size else None

    def _write(self, u: Unit, now: datetime) -> None:
        """What is known, and the batches that are over, inside the caller's transaction. Raises LeaseLost."""
        for batch, held in self.opened.items():
            ledger.settle(u, held.lease, self.results.get(batch, ()), now)
            if held.over:
                ledger.release(u, held.lease, now)

    def _written(self) -> None:
        self.results.clear()
        for batch in [batch for batch, held in self.opened.items() if held.over]:
            del self.opened[batch]

    def _commit(self) -> None:
        """Write down what is known. Never cut short by a cancel: what the next hop said counts."""
        while any(self.results.values()) or any(held.over for held in self.opened.values()):
            try:
                with self.desk.store.unit() as u:
                    self._write(u, self.desk.now())
                    u.commit()
            except LeaseLost as lost:
                self._lose(lost.lease)
            else:
                self._written()

    def _wind_up(self) -> None:
        """However the loop ends: take back what has not begun, wait for what has, write all down."""
        self.runway.recall()
        while self.runway.busy:
            landed = self.runway.landed(LOOK_S)
            if landed is not None:
                self._take_in(landed[0], landed[1])
        for held in self.opened.values():
            held.left.clear()
            held.flying = 0
        self._commit()
        if self._state() is CampaignState.CANCELLED:
            campaigns.skip_rest(self.desk, self.campaign_id)
        self._tell()

    def _lose(self, lease: Lease | None) -> None:
        """A batch is somebody else's now, or (None) nobody can say which: then all are."""
        for batch in [lease.batch_no] if lease is not None else list(self.opened):
            log.warning("batch %d of campaign %d is somebody else's now", batch, self.campaign_id)
            self.opened.pop(batch, None)
            self.results.pop(batch, None)

    def _pause(self, why: str) -> None:
        log.warning("campaign %d pauses by itself", self.campaign_id)
        self.halted = True
        with self.desk.store.unit() as u:
            stored.change_state(u, self.campaign_id, (CampaignState.RUNNING,), CampaignState.PAUSED, why[:500])
            u.commit()

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Keep the leases alive from another thread while this one waits for replies: a final dot may take minutes."""
        stop = threading.Event()

        def beat() -> None:
            while not stop.wait(HEARTBEAT_S):
                for held in list(self.opened.values()):
                    try:
                        with self.desk.store.unit() as u:
                            ledger.renew(u, held.lease, self.desk.now())
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

    def _ended(self) -> bool:
        """Finished, or not to be delivered now."""
        with self.desk.store.unit() as u:
            finished = stored.finish(u, self.campaign_id, self.desk.now())
            u.commit()
        return finished or self._state() is not CampaignState.RUNNING

    def _rest(self) -> bool:
        """Wait until something may be due; True when asked to stop meanwhile."""
        with self.desk.store.reading() as u:
            due = ledger.next_due(u, self.campaign_id)
        seconds = (due - self.desk.now()).total_seconds() if due else PATIENCE_S
        self._tell("Waiting for retries")
        return self.token.wait(min(max(seconds, 0.05), PATIENCE_S))

    def _state(self) -> CampaignState:
        with self.desk.store.reading() as u:
            return stored.state(u, self.campaign_id)

    def _tell(self, note: str = "Sending") -> None:
        """Counted once at the beginning, then added up: counting a million rows after each batch would be the work."""
        self.progress(Progress(min(self.done, self.audience), self.audience, note))


def _report(desk: Desk, campaign_id: int, seconds: float, sent: int) -> SendReport:
    campaign = campaigns.campaign(desk, campaign_id)
    tally: Tally = campaigns.tally(desk, campaign_id)
    return SendReport(
        campaign=campaign_id,
        state=campaign.state,
        sent=tally.states[S.SENT],
        failed=tally.states[S.FAILED],
        skipped=tally.states[S.SKIPPED],
        in_doubt=tally.states[S.IN_DOUBT],
        deferred=tally.states[S.DEFERRED],
        seconds=round(seconds, 3),
        rate_per_s=round(sent / seconds, 1) if seconds > 0 else 0.0,
        pause_reason=campaign.pause_reason,
    )
