"""Random histories of one campaign: pauses, limits, restarts, deaths, workers that join, answers of all kinds.

Whatever happens in whatever order: the sum is the audience, nobody is mailed twice, progress never goes back, and
"finished" is never said falsely. Time is the test's own.
"""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import update

from restock_desk.domain.campaigns import UNFINISHED, CampaignState, DeliveryState
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.services import campaigns, delivery, support
from restock_desk.services.desk import Desk
from restock_desk.store import ledger, schema
from tests.campaigning import ACCEPTED
from tests.conftest import Logged
from tests.fakes import FixedClock
from tests.faults.crowd import Hurried, books, launched_to, tier

S = DeliveryState
PEOPLE, GROUP = 9, 2
HISTORIES = tier(25, 1_000)
ANSWERS = {
    "taken": ACCEPTED,
    "later": Receipt(Handed.DEFERRED, "451", "451 4.7.1 try again later"),
    "never": Receipt(Handed.FAILED, "550", "550 5.1.1 no such user"),
    "taken, without an answer": Receipt(Handed.IN_DOUBT, "", "The connection was reset."),
    "not taken, without an answer": Receipt(Handed.IN_DOUBT, "", "The server did not answer in time."),
    "nobody's fault but ours": Receipt(Handed.DEFERRED, "", "No connection.", ours=True),
}
answers = st.lists(st.sampled_from([*ANSWERS, "taken", "taken", "taken"]), min_size=1, max_size=6)
workers = st.sampled_from(["here:1:1", "here:2:1", "elsewhere:3:1"])


@dataclass
class Acting:
    """A transport that gives these answers, again and again, and does something before the first."""

    answers: list[str]
    mailed: Counter[str]
    before: Callable[[], None] = lambda: None
    stop_after: int = 1_000
    token: Hurried = field(default_factory=Hurried)
    url: str = "outbox:acting"
    idempotent: bool = False
    batch: int = GROUP
    _given: int = 0

    def send(self, envelopes: list[Envelope]) -> list[Receipt]:
        act, self.before = self.before, lambda: None
        act()
        receipts = []
        for envelope in envelopes:
            answer = self.answers[self._given % len(self.answers)]
            self._given += 1
            self.mailed[envelope.recipient] += answer.startswith("taken")
            receipts.append(ANSWERS[answer])
        self.stop_after -= 1
        if self.stop_after <= 0:
            self.token.cancel()
        return receipts

    def check(self) -> str:
        return "It acts."

    def close(self) -> None:
        """Nothing is open."""


def machine_of(made: Desk, campaign_id: int, begun: Path) -> type[RuleBasedStateMachine]:
    """Histories of the campaign, each from the database as it was `begun`."""
    store = made.store

    class Histories(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            store.close()
            assert store.path is not None
            for end in ("-wal", "-shm"):
                store.path.with_name(store.path.name + end).unlink(missing_ok=True)
            shutil.copyfile(begun, store.path)
            self.clock = FixedClock(made.now())
            self.mailed: Counter[str] = Counter()
            self.settled: set[str] = set()
            self.finished = False

        def desk(self, worker: str) -> Desk:
            return replace(made, now=self.clock.now, host=worker)

        def deliver(self, worker: str, acting: Acting) -> None:
            acting.token.clock = self.clock
            delivery.deliver(self.desk(worker), campaign_id, acting.token, wait=False, transport=acting)

        @rule(worker=workers, answers=answers, groups=st.integers(1, 4))
        def a_worker_delivers_for_a_while(self, worker: str, answers: list[str], groups: int) -> None:
            self.deliver(worker, Acting(answers, self.mailed, stop_after=groups))

        @rule(worker=workers, guest=workers, answers=answers)
        def another_joins_in(self, worker: str, guest: str, answers: list[str]) -> None:
            other = Acting(answers[::-1], self.mailed, stop_after=2)
            self.deliver(worker, Acting(answers, self.mailed, lambda: self.deliver(guest, other), stop_after=2))

        @rule(worker=workers, guest=workers, answers=answers)
        def one_freezes_and_another_takes_over(self, worker: str, guest: str, answers: list[str]) -> None:
            def freezes() -> None:
                self.clock.advance(ledger.LEASE_S + 1)
                campaigns.recover(self.desk(guest))
                self.deliver(guest, Acting(answers, self.mailed))

            self.deliver(worker, Acting(answers, self.mailed, freezes, stop_after=2))

        @rule(reached=st.integers(0, GROUP))
        def one_dies_in_the_middle(self, reached: int) -> None:
            """It claimed a batch, began a group, and that many of its mails arrived."""
            with store.unit() as u:
                lease = ledger.claim(u, campaign_id, "elsewhere:9:1", self.clock.now())
                if lease is not None:
                    ledger.start(u, lease, [(row.id, "hash") for row in lease.rows[:GROUP]], self.clock.now())
                    u.commit()
                    self.mailed.update(row.email for row in lease.rows[:GROUP][:reached])

        @rule()
        def somebody_pauses(self) -> None:
            if self.state() is CampaignState.RUNNING:
                campaigns.pause(self.desk("here:1:1"), campaign_id)

        @rule()
        def somebody_resumes(self) -> None:
            if self.state() is CampaignState.PAUSED:
                campaigns.resume(self.desk("here:1:1"), campaign_id)

        @rule(rate=st.sampled_from([None, 0.5, 1.0, 50.0]))
        def somebody_sets_a_limit(self, rate: float | None) -> None:
            with store.unit() as u:
                c = schema.campaign
                u.connection.execute(update(c).where(c.c.id == campaign_id).values(rate_limit_per_s=rate))
                u.commit()

        @rule()
        def the_desktop_starts_anew(self) -> None:
            store.close()
            campaigns.recover(self.desk("here:1:1"))

        @rule(seconds=st.sampled_from([1, 31, 80, 400, 7_500]))
        def time_passes(self, seconds: int) -> None:
            self.clock.advance(seconds)

        @rule()
        @precondition(lambda self: self.tally()[S.FAILED])
        def somebody_retries_the_failed(self) -> None:
            self.settled -= books(store, campaign_id, []).of(S.FAILED)
            self.finished = False
            support.retry_failed(self.desk("here:1:1"), campaign_id, "They have new addresses.")

        @invariant()
        def the_books_balance(self) -> None:
            tally, now = self.tally(), books(store, campaign_id, self.mailed.elements())
            assert sum(tally.values()) == PEOPLE
            assert now.twice == {}
            assert now.lost == set()
            settled = now.of(S.SENT, S.FAILED, S.SKIPPED, S.IN_DOUBT)
            assert self.settled <= settled, "progress went back"
            self.settled = settled
            finished = self.state() is CampaignState.FINISHED
            assert not finished or not any(tally[state] for state in UNFINISHED), "finished, it says"
            assert finished or not self.finished, "it was finished"
            self.finished = finished

        def teardown(self) -> None:
            """In the end everybody whom nobody refused, and of whom nobody is unsure, has one mail."""
            if not hasattr(self, "clock"):
                return
            for _ in range(60):
                if self.state() is CampaignState.FINISHED:
                    break
                self.somebody_resumes()
                self.clock.advance(7_500)
                self.deliver("here:1:1", Acting(["taken"], self.mailed))
            self.the_books_balance()
            found = books(store, campaign_id, self.mailed.elements())
            assert self.state() is CampaignState.FINISHED
            assert found.of(S.SENT, S.FAILED, S.IN_DOUBT) == set(found.rows)
            assert found.of(S.SENT) <= set(found.taken)

        def state(self) -> CampaignState:
            return campaigns.campaign(self.desk("here:1:1"), campaign_id).state

        def tally(self) -> dict[DeliveryState, int]:
            return campaigns.tally(self.desk("here:1:1"), campaign_id).states

    return Histories


def test_listmonk_1155_no_history_loses_repeats_or_calls_finished_what_is_not(
    desk: Desk, expect_logs: Logged, tmp_path: Path
) -> None:
    """listmonk#1155, #2860, #2278, #1762, #2591, #2708, #1393: 3 of 786,210 sent, and "finished"."""
    expect_logs("pauses by itself", "somebody else's now", "their sender died")
    campaign = launched_to(desk, PEOPLE, "outbox:acting")
    assert desk.store.path is not None
    desk.store.close()
    begun = shutil.copyfile(desk.store.path, tmp_path / "begun.db")
    run_state_machine_as_test(
        machine_of(desk, campaign.id, begun),
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=15,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
