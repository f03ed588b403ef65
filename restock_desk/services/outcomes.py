"""What a receipt means for a row of the ledger: where it goes, when it is tried again, when enough is enough."""

import random
from datetime import datetime, timedelta

from restock_desk.domain.campaigns import DeliveryState
from restock_desk.domain.handover import Handed, Receipt
from restock_desk.services.rendered import Mould
from restock_desk.store.ledger import Result, Row

S = DeliveryState
BACKOFF_S, BACKOFF_MAX_S, JITTER = 60, 7_200, 0.2
EXPIRES = timedelta(hours=24)
OURS_IN_A_ROW = 3
LEFT_ALONE_S = 60.0
"""How long the loop holds back at once when the next hop asks to be left alone; then it looks again."""


def result(mould: Mould, row: Row, receipt: Receipt, now: datetime, chance: random.Random) -> Result:
    """Where one row goes by what the transport said of it."""
    words = receipt.words[:500]
    first = row.started_at or now
    if receipt.handed is not Handed.DEFERRED:
        state = S(receipt.handed.value)
        told = mould.told(row) if state is S.SENT else ()
        reason = "" if state is S.SENT else words
        return Result(row.id, row.subscriber_id, state, reason, receipt.receipt, started_at=first, told=told)
    if receipt.ours or receipt.unbegun:
        words = "" if receipt.unbegun else words
        fresh, due = row.attempts == 0, now + timedelta(seconds=receipt.wait_s)
        return Result(
            row.id, row.subscriber_id, S.DEFERRED, words, due_at=due, forget_start=fresh, unbegun=receipt.unbegun,
            ours=receipt.ours,
        )  # fmt: skip
    if now - first >= EXPIRES:
        return Result(row.id, row.subscriber_id, S.FAILED, f"expired: {words}", started_at=first)
    due = now + timedelta(seconds=backoff(row.attempts, chance))
    return Result(row.id, row.subscriber_id, S.DEFERRED, words, due_at=due)


def backoff(attempts: int, chance: random.Random) -> float:
    """Seconds until the next try after `attempts` earlier ones: 1 min doubling to 2 h, ±20 %."""
    return float(min(BACKOFF_S * 2 ** min(attempts, 20), BACKOFF_MAX_S) * chance.uniform(1 - JITTER, 1 + JITTER))


class Patience:
    """Counts groups in a row that the transport itself could not hand over: three are enough. What speaks against the
    mails is counted by all workers together, in `store.grants`."""

    def __init__(self) -> None:
        self.ours = 0
        self.asked_s = 0.0
        """The next hop works, and asked to be left alone for so long."""

    def came(self, receipts: list[Receipt]) -> str:
        """A group came back. Why to pause, or nothing."""
        begun = [receipt for receipt in receipts if not receipt.unbegun]
        ours = bool(begun) and all(receipt.ours for receipt in begun)
        self.asked_s = max(receipt.wait_s for receipt in begun) if ours else 0.0
        if self.asked_s:
            return ""
        if ours:
            self.ours += 1
            return f"The transport does not work: {begun[-1].words}" if self.ours >= OURS_IN_A_ROW else ""
        self.ours = 0 if begun else self.ours
        return ""

    @property
    def pause_s(self) -> float:
        """How long to hold back after groups that were our problem."""
        if self.asked_s:
            return min(self.asked_s, LEFT_ALONE_S)
        return 0.25 * 2**self.ours if self.ours else 0.0
