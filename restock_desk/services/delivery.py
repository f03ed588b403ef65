"""The send loop: claim, re-check, render, start, hand over, settle. The same on the desktop's lane and in a terminal.

Nothing leaves without a durable `started`; nothing is called sent without the next hop's word. Quitting, pausing and
being killed lose nothing and repeat nothing. What a campaign froze is thawed in `rendered`.
"""

import logging
import random
from dataclasses import dataclass, field
from datetime import datetime

from restock_desk.domain.campaigns import CampaignState, DeliveryState, SendReport, Tally
from restock_desk.domain.handover import Receipt, Transport
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services import campaigns, limits, outcomes
from restock_desk.services.desk import Desk
from restock_desk.services.flights import Flight, Runway
from restock_desk.services.holdings import Holdings
from restock_desk.services.outcomes import Patience
from restock_desk.services.rendered import Mould, Piece, mould_of
from restock_desk.store import campaigns as stored
from restock_desk.store import grants, ledger, recheck, tallies
from restock_desk.store import limits as limits_
from restock_desk.store import shop as shop_
from restock_desk.store.database import Unit
from restock_desk.store.ledger import Lease, LeaseLost, Result, Row
from restock_desk.transport import open_transport

__all__ = ["deliver", "recover"]

log = logging.getLogger(__name__)
S = DeliveryState
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
    batch_no: int | None = None,
) -> SendReport:
    """Deliver until the campaign is finished, paused, cancelled, or `token` says stop. `wait` = also wait for retries.

    With `batch_no` only what can be sent of that batch now, and the report counts what this call settled. One thread;
    several callers, here or elsewhere, share the work by their leases. DeskError when the transport's address cannot
    be used; whatever a network does is in the ledger, not an exception. Unavailable when the database went away: what
    was known by then is written down before, as soon as it is back.
    """
    campaign = campaigns.campaign(desk, campaign_id)
    began = desk.now()
    with desk.store.reading() as u:
        shop_.must_not_be_moved(u)
        if shop_.is_sample(u) and not campaign.transport.startswith("outbox:"):
            raise DeskError("The sample shop never mails to the outside.", "Use an outbox, or open a shop of your own.")
    opened = transport or open_transport(campaign.transport, desk.secret)
    runway = Runway(opened)
    holdings, mould = Holdings(desk), mould_of(desk, campaign_id)
    loop = _Loop(desk, campaign_id, token, progress, runway, mould, chance or random.Random(), holdings)
    loop.only = batch_no
    try:
        with holdings.heartbeat():
            loop.run(wait and batch_no is None)
    finally:
        if transport is None:
            opened.close()
    seconds = (desk.now() - began).total_seconds()
    tally = campaigns.tally(desk, campaign_id) if batch_no is None else Tally(loop.states)
    return campaigns.report(desk, campaign_id, seconds, loop.sent, tally)


@dataclass
class _Begun:
    """What became of a group's rows when they were looked at once more."""

    good: list[Row] = field(default_factory=list)
    shrunk: list[Row] = field(default_factory=list)
    broken: list[Result] = field(default_factory=list)
    skipped: int = 0


@dataclass
class _Loop:
    desk: Desk
    campaign_id: int
    token: CancelToken
    progress: ProgressFn
    runway: Runway
    mould: Mould
    chance: random.Random
    holdings: Holdings
    only: int | None = None
    """The one batch to deliver; None = all there are."""
    nothing: bool = False
    """That one cannot be claimed (any more) now."""
    states: dict[DeliveryState, int] = field(default_factory=lambda: dict.fromkeys(DeliveryState, 0))
    """What this loop settled."""
    allowed: int = 1_000
    """How many mails the limits let begin at once, as far as was seen: no more are made ahead."""
    audience: int = 0
    done: int = 0
    sent: int = 0
    patience: Patience = field(default_factory=Patience)
    halted: bool = False
    """The campaign is not to be delivered on: paused, cancelled, or something stands against it."""

    def run(self, wait: bool) -> None:
        if self.only is None:  # counting the campaign for each of its batches would be more work than sending them
            tally = campaigns.tally(self.desk, self.campaign_id)
            self.audience, self.done = tally.audience, tally.audience - tally.unfinished
        gate = limits.Gate(self.desk)
        try:
            while not self.token.cancelled and not self.halted:
                shut = gate.shut()
                if shut is None:
                    self._turn()
                else:
                    self._let_go()
                    if not wait:
                        raise shut
                idle = not self.holdings and not self.runway.busy and not self.halted
                if idle and (self._ended() or self._through(wait, shut.message if shut else "")):
                    return
        finally:
            self._wind_up()

    def _turn(self) -> None:
        """Make the next group, wait for room on the way, and in one transaction write down what came back, look at
        everybody once more and mark the group started."""
        lease, rows = self.holdings.next_group(self._size())
        now = self.desk.now()
        pieces = {row.id: self.mould.cast(row, now) for row in rows}
        while self.runway.busy and (self.runway.full or not rows):
            self._await()
            if self.token.cancelled or self.halted:
                self.holdings.put_back(lease, rows)
                return
        started = self._start(lease, rows, pieces, now)
        if started and lease is not None:
            self.runway.start(lease, started, [pieces[row.id].envelope for row in started])

    def _size(self) -> int:
        return max(1, min(self.runway.size, self.allowed))

    def _heed(self, grant: grants.Grant, wanted: int) -> None:
        """Do as the limits say: halt, let go, wait a moment, or take as many next time."""
        if grant.paused:
            log.warning("campaign %d pauses by itself", self.campaign_id)
        if grant.n:
            self.allowed = grant.n if grant.n < wanted else min(2 * self.allowed, 1_000)
        elif grant.over:
            self.halted = True
        elif not grant.going:
            self._let_go()
        elif wanted:
            self._let_land()
            self.token.wait(grant.wait_s)

    def _let_go(self) -> None:
        """A limit holds for longer: give the leases back when what is on its way has landed."""
        self.holdings.let_go()
        self._let_land()

    def _let_land(self) -> None:
        while self.runway.busy and not self.token.cancelled:
            self._await()
        self.holdings.commit()

    def _await(self) -> None:
        """Take in the oldest group if it is back; look meanwhile whether to go on."""
        landed = self.runway.landed(LOOK_S)
        if landed is None:
            if self.token.cancelled or not self._may_begin():
                self.runway.recall()
            return
        flight, receipts, error = landed
        self._take_in(flight, receipts)
        if error is not None:
            raise error
        why = self.patience.came(receipts)
        if why:
            self._pause(why)
        elif self.patience.pause_s:
            self.holdings.commit()
            self.token.wait(self.patience.pause_s)
        self._tell()

    def _take_in(self, flight: Flight, receipts: list[Receipt]) -> None:
        now = self.desk.now()
        came = [
            outcomes.result(self.mould, row, receipt, now, self.chance)
            for row, receipt in zip(flight.rows, receipts, strict=True)
        ]
        if self.holdings.take_in(flight.lease, came):
            self.sent += sum(result.state is S.SENT for result in came)
            for result in came:
                self.states[result.state] += 1
            self.done += sum(result.state is not S.DEFERRED for result in came)

    def _start(self, lease: Lease | None, rows: list[Row], pieces: dict[int, Piece], made_at: datetime) -> list[Row]:
        """One durable transaction. The rows that may leave now; those whose mail shrank are made anew first."""
        now = self.desk.now()
        try:
            with self.desk.store.unit() as u:
                grant = grants.grant(u, self.campaign_id, len(rows), now, self.holdings.known)
                self.holdings.write(u, now)
                begun = self._marked(u, lease, rows[: grant.n], pieces, made_at, now)
                grants.give_back(u, grant, grant.n - len(begun.good))
                more = self._claim(u, self.holdings.waiting, now) if grant.going else None
                u.commit()
        except LeaseLost as lost:
            self.holdings.lose(lost.lease)
            self.holdings.put_back(lease, rows)
            return []
        self.holdings.written()
        if more is not None:
            self.holdings.add(more)
        if lease is not None:
            self.holdings.put_back(lease, [*begun.shrunk, *rows[grant.n :]])
            self.holdings.settled(lease, begun.skipped + len(begun.broken))
            self.holdings.broken = begun.broken
            self.done += begun.skipped + len(begun.broken)
            self.states[S.SKIPPED] += begun.skipped
            self.states[S.FAILED] += len(begun.broken)
        self._heed(grant, len(rows))
        return begun.good

    def _marked(
        self, u: Unit, lease: Lease | None, rows: list[Row], pieces: dict[int, Piece], made_at: datetime, now: datetime
    ) -> "_Begun":
        """Look at everybody once more and mark those started whose mail may leave. Raises LeaseLost."""
        if lease is None or not rows or not self.holdings.holds(lease):
            return _Begun()
        ledger.renew(u, lease, now)
        rule = shop_.shop(u).rule
        verdict = recheck.recheck(u, self.campaign_id, rows, rule, self.mould.resend, self.mould.allow)
        ledger.skip(u, lease, list(verdict.skipped.items()), now)
        rest = [row for row in rows if row.id not in verdict.skipped and row.id not in verdict.shrunk]
        faults = [(row.id, pieces[row.id].fault) for row in rest if pieces[row.id].fault]
        ledger.fail(u, lease, faults, now)
        good = [row.begun(made_at) for row in rest if not pieces[row.id].fault]
        ledger.start(u, lease, [(row.id, pieces[row.id].digest) for row in good], now, made_at)
        shrunk = [row.with_events(verdict.shrunk[row.id]) for row in rows if row.id in verdict.shrunk]
        broken = [Result(id, 0, S.FAILED, "The mail could not be made.") for id, _ in faults]
        return _Begun(good, shrunk, broken, len(verdict.skipped))

    def _claim(self, u: Unit, waiting: int, now: datetime) -> Lease | None:
        """The next batch, ahead of need."""
        if waiting >= self.runway.size or (self.only is not None and self.holdings):
            return None
        lease = ledger.claim(u, self.campaign_id, self.desk.host, now, self.only)
        self.nothing = lease is None
        return lease

    def _wind_up(self) -> None:
        """However the loop ends: take back what has not begun, wait for what has, write all down."""
        self.runway.recall()
        while self.runway.busy:
            landed = self.runway.landed(LOOK_S)
            if landed is not None:
                self._take_in(landed[0], landed[1])
        self.holdings.give_up(self.token)
        if self._state() is CampaignState.CANCELLED:
            campaigns.skip_rest(self.desk, self.campaign_id)
        self._tell()

    def _pause(self, why: str) -> None:
        log.warning("campaign %d pauses by itself", self.campaign_id)
        self.halted = True
        with self.desk.store.unit() as u:
            stored.change_state(u, self.campaign_id, (CampaignState.RUNNING,), CampaignState.PAUSED, why[:500])
            u.commit()

    def _ended(self) -> bool:
        """Finished, or not to be delivered now."""
        with self.desk.store.unit() as u:
            finished = stored.finish(u, self.campaign_id, self.desk.now())
            torn = not finished and tallies.contradict(u, self.campaign_id)
            u.commit()
        if torn:
            self._pause("Its ledger contradicts itself: run `restock-desk db check`, and restore a backup.")
        return finished or self._state() is not CampaignState.RUNNING

    def _through(self, wait: bool, why: str) -> bool:
        """Nothing is held: whether that was all. Rows of one batch may have come back unbegun, to be claimed again."""
        return self.nothing or bool(why) if self.only is not None else not wait or self._rest(why)

    def _rest(self, why: str = "") -> bool:
        """Wait until something may be due; True when asked to stop meanwhile."""
        with self.desk.store.reading() as u:
            due = ledger.next_due(u, self.campaign_id)
            why = why or limits_.waits(u, self.campaign_id, self.desk.now())
        seconds = (due - self.desk.now()).total_seconds() if due else PATIENCE_S
        self._tell(why or "Waiting for retries")
        return self.token.wait(min(max(seconds, 0.05), PATIENCE_S))

    def _state(self) -> CampaignState:
        with self.desk.store.reading() as u:
            return stored.state(u, self.campaign_id)

    def _may_begin(self) -> bool:
        """Whether what was started and has not begun yet still may."""
        with self.desk.store.reading() as u:
            return stored.state(u, self.campaign_id) is CampaignState.RUNNING and limits_.stopped(u) is None

    def _tell(self, note: str = "Sending") -> None:
        """Counted once at the beginning, then added up: counting a million rows after each batch would be the work."""
        self.progress(Progress(min(self.done, self.audience), self.audience, note))
