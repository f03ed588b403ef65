"""The send loop: claim, re-check, render, start, hand over, settle. The same on the desktop's lane and in a terminal.

Nothing leaves without a durable `started`; nothing is called sent without the next hop's word. Quitting, pausing and
being killed lose nothing and repeat nothing. What a campaign froze is thawed in `rendered`.
"""

import logging
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from restock_desk.domain.campaigns import CampaignState, DeliveryState, SendReport, Tally
from restock_desk.domain.handover import Envelope, Handed, Receipt, Transport
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services import campaigns
from restock_desk.services.desk import Desk
from restock_desk.services.rendered import Mould, Piece, compiled_of, context_of, mould_of
from restock_desk.store import campaigns as stored
from restock_desk.store import ledger, recheck
from restock_desk.store import shop as shop_
from restock_desk.store.ledger import Lease, LeaseLost, Result, Row
from restock_desk.transport import open_transport

__all__ = ["compiled_of", "context_of", "deliver", "recover"]

log = logging.getLogger(__name__)
S = DeliveryState
HEARTBEAT_S = 10
PATIENCE_S = 2.0
"""How long the loop sleeps at most before it looks again, when it waits for something to become due."""
BACKOFF_S, BACKOFF_MAX_S, JITTER = 60, 7_200, 0.2
EXPIRES = timedelta(hours=24)
ERRORS_IN_A_ROW = 20
OURS_IN_A_ROW = 3

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
    loop = _Loop(desk, campaign_id, token, progress, opened, mould_of(desk, campaign_id), chance or random.Random())
    loop.rate = campaign.rate_limit_per_s
    try:
        with loop.heartbeat():
            loop.run(wait)
    finally:
        if transport is None:
            opened.close()
    return _report(desk, campaign_id, (desk.now() - began).total_seconds(), loop.sent)


@dataclass
class _Loop:
    desk: Desk
    campaign_id: int
    token: CancelToken
    progress: ProgressFn
    transport: Transport
    mould: Mould
    chance: random.Random
    rate: float | None = None
    audience: int = 0
    done: int = 0
    sent: int = 0
    bad: int = 0
    """Mails in a row that were not taken; 20 of them are a problem with us, not with them."""
    ours: int = 0
    lease: Lease | None = None
    results: list[Result] = field(default_factory=list)

    def run(self, wait: bool) -> None:
        tally = campaigns.tally(self.desk, self.campaign_id)
        self.audience, self.done = tally.audience, tally.audience - tally.unfinished
        while not self.token.cancelled:
            now = self.desk.now()
            with self.desk.store.unit() as u:
                lease = ledger.claim(u, self.campaign_id, self.desk.host, now)
                u.commit()
            if lease is not None:
                self._batch(lease)
                self._tell()
            elif self._ended() or not wait or self._rest():
                return

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Keep the lease alive from another thread while this one waits for replies: a final dot may take minutes."""
        stop = threading.Event()

        def beat() -> None:
            while not stop.wait(HEARTBEAT_S):
                lease = self.lease
                if lease is not None:
                    try:
                        with self.desk.store.unit() as u:
                            ledger.renew(u, lease, self.desk.now())
                            u.commit()
                    except (LeaseLost, DeskError) as error:
                        log.info("the lease of batch %d was not renewed: %s", lease.batch_no, type(error).__name__)

        thread = threading.Thread(target=beat, name="desk-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _batch(self, lease: Lease) -> None:
        """Send one lease's rows, group by group. However it ends, what is known is written down."""
        self.lease, self.results = lease, []
        left = list(lease.rows)
        try:
            while left and not self.token.cancelled:
                size = self._group()
                group, left = left[:size], left[size:]
                shrunk, going = self._send(lease, group)
                left = shrunk + left
                if not going:
                    break
            self._settle(lease, release=True)
        except LeaseLost:
            log.warning("batch %d of campaign %d is somebody else's now", lease.batch_no, self.campaign_id)
        finally:
            self.lease = None

    def _group(self) -> int:
        size = max(1, self.transport.batch)
        return size if self.rate is None else max(1, min(size, int(self.rate)))

    def _send(self, lease: Lease, rows: Sequence[Row]) -> tuple[list[Row], bool]:
        """One group; the rows to look at again because their mail shrank, and whether to go on with the batch."""
        now = self.desk.now()
        pieces = {row.id: self.mould.cast(row, now) for row in rows}
        started, shrunk, going = self._start(lease, rows, pieces, now)
        if started:
            envelopes = [pieces[row.id].envelope for row in started]
            paused = self._hand_over(lease, started, envelopes)
            if self.rate is not None or paused:
                self._settle(lease)
            if self.rate is not None:
                self.token.wait(len(started) / self.rate)
            going = going and not paused
        return shrunk, going

    def _start(
        self, lease: Lease, rows: Sequence[Row], pieces: dict[int, Piece], now: datetime
    ) -> tuple[list[Row], list[Row], bool]:
        """One durable transaction: settle the group before, look at everybody once more, mark the others started."""
        with self.desk.store.unit() as u:
            ledger.renew(u, lease, now)
            ledger.settle(u, lease, self.results, now)
            if stored.state(u, self.campaign_id) is not CampaignState.RUNNING:
                u.commit()
                self.results = []
                return [], [], False
            rule = shop_.shop(u).rule
            verdict = recheck.recheck(u, self.campaign_id, rows, rule, self.mould.resend, self.mould.allow)
            ledger.skip(u, lease, list(verdict.skipped.items()), now)
            rest = [row for row in rows if row.id not in verdict.skipped and row.id not in verdict.shrunk]
            broken = [(row.id, pieces[row.id].fault) for row in rest if pieces[row.id].fault]
            ledger.fail(u, lease, broken, now)
            good = [row for row in rest if not pieces[row.id].fault]
            ledger.start(u, lease, [(row.id, pieces[row.id].digest) for row in good], now)
            u.commit()
        self.results = []
        self.done += len(verdict.skipped) + len(broken)
        self._errors(len(broken), "The mails of 20 people in a row could not be made")
        shrunk = [row.with_events(verdict.shrunk[row.id]) for row in rows if row.id in verdict.shrunk]
        return good, shrunk, self.bad < ERRORS_IN_A_ROW

    def _hand_over(self, lease: Lease, rows: Sequence[Row], envelopes: list[Envelope]) -> bool:
        """To the transport and back; True when the campaign was paused because of what it answered."""
        try:
            receipts = self.transport.send(envelopes)
        except BaseException:
            doubt = Receipt(Handed.IN_DOUBT, "", "The transport failed unexpectedly.")
            self.results = [self._result(row, doubt) for row in rows]
            self._settle(lease)
            raise
        self.results = [self._result(row, receipt) for row, receipt in zip(rows, receipts, strict=True)]
        self.sent += sum(result.state is S.SENT for result in self.results)
        self.done += sum(result.state is not S.DEFERRED for result in self.results)
        if receipts and all(receipt.ours for receipt in receipts):
            self.ours += 1
            if self.ours >= OURS_IN_A_ROW:
                return self._pause(f"The transport does not work: {receipts[-1].words}")
            self.token.wait(0.25 * 2**self.ours)
            return False
        self.ours = 0
        for receipt in receipts:
            if receipt.handed is Handed.SENT:
                self.bad = 0
            elif self._errors(1, "20 mails in a row were not taken; the last answer was", receipt.words):
                return True
        return False

    def _errors(self, n: int, words: str, last: str = "") -> bool:
        before, self.bad = self.bad, self.bad + n
        if before < ERRORS_IN_A_ROW <= self.bad:
            return self._pause(f"{words}: {last}" if last else f"{words}.")
        return False

    def _result(self, row: Row, receipt: Receipt) -> Result:
        now = self.desk.now()
        words = receipt.words[:500]
        first = row.started_at or now
        if receipt.handed is not Handed.DEFERRED:
            state = S(receipt.handed.value)
            told = self.mould.told(row) if state is S.SENT else ()
            reason = "" if state is S.SENT else words
            return Result(row.id, row.subscriber_id, state, reason, receipt.receipt, started_at=first, told=told)
        if receipt.ours:
            return Result(row.id, row.subscriber_id, S.DEFERRED, words, due_at=now, forget_start=row.attempts == 0)
        if now - first >= EXPIRES:
            return Result(row.id, row.subscriber_id, S.FAILED, f"expired: {words}", started_at=first)
        due = now + timedelta(seconds=backoff(row.attempts, self.chance))
        return Result(row.id, row.subscriber_id, S.DEFERRED, words, due_at=due)

    def _settle(self, lease: Lease, release: bool = False) -> None:
        """Never cut short by a cancel: what the next hop said is written down."""
        now = self.desk.now()
        with self.desk.store.unit() as u:
            ledger.settle(u, lease, self.results, now)
            if release:
                ledger.release(u, lease, now)
            u.commit()
        self.results = []
        if release and self._state() is CampaignState.CANCELLED:
            campaigns.skip_rest(self.desk, self.campaign_id)

    def _pause(self, why: str) -> bool:
        log.warning("campaign %d pauses by itself", self.campaign_id)
        with self.desk.store.unit() as u:
            stored.change_state(u, self.campaign_id, (CampaignState.RUNNING,), CampaignState.PAUSED, why[:500])
            u.commit()
        return True

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


def backoff(attempts: int, chance: random.Random) -> float:
    """Seconds until the next try after `attempts` earlier ones: 1 min doubling to 2 h, ±20 %."""
    return float(min(BACKOFF_S * 2 ** min(attempts, 20), BACKOFF_MAX_S) * chance.uniform(1 - JITTER, 1 + JITTER))


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
