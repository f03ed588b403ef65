"""Counters say what the rows say, whatever happens and in whatever order; wrong ones are found and set right."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from restock_desk.domain.campaigns import UNFINISHED, CampaignState, DeliveryState
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, feedback, health, support, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, amends, ledger, schema, tallies
from restock_desk.store import campaigns as stored
from restock_desk.store.ledger import LeaseLost
from tests.campaigning import DRAFT, Scripted, launched, many_waiting
from tests.conftest import Logged
from tests.fakes import FixedClock

S = DeliveryState
ANSWERS = (
    Receipt(Handed.SENT, "250", "250 2.0.0 OK"),
    Receipt(Handed.DEFERRED, "451", "451 4.7.1 try again in 300 s"),
    Receipt(Handed.FAILED, "550", "550 5.1.1 no such user"),
    Receipt(Handed.FAILED, "552", "552 5.2.2 over quota"),
    Receipt(Handed.IN_DOUBT, "", "The connection was reset."),
)


def agree(store: Store, campaign_id: int) -> dict[DeliveryState, int]:
    """The states, which both ways of counting tell alike."""
    with store.reading() as u:
        assert tallies.wrong(u) == []
        states = tallies.states(u, campaign_id)
        assert states == tallies.counted(u, campaign_id)
    return states


class Day:
    """Everything that can happen to a campaign, by chance."""

    def __init__(self, desk: Desk, clock: FixedClock, chance: random.Random, campaign_id: int) -> None:
        self.desk, self.clock, self.chance, self.id = desk, clock, chance, campaign_id
        self.leases: list[ledger.Lease] = []

    def steps(self) -> list[Callable[[], object]]:
        return [self.deliver, self.deliver, self.claim, self.release, self.wait, self.retry, self.settle, self.hear,
                lambda: campaigns.pause(self.desk, self.id), lambda: campaigns.resume(self.desk, self.id),
                lambda: campaigns.recover(self.desk), self.cancel]  # fmt: skip

    def deliver(self) -> None:
        """A sender comes by, and somewhere on the way it may be asked to stop."""
        token, left = CancelToken(), self.chance.randrange(1, 8)

        def answer(_: Envelope) -> Receipt:
            nonlocal left
            left -= 1
            if not left:
                token.cancel()
            return self.chance.choice(ANSWERS)

        delivery.deliver(self.desk, self.id, token, wait=False, transport=Scripted(answer), chance=self.chance)

    def claim(self) -> None:
        with self.desk.store.unit() as u:
            lease = ledger.claim(u, self.id, "elsewhere:1:1", self.desk.now())
            if lease is not None and self.chance.random() < 0.7:
                rows = self.chance.sample(lease.rows, min(3, len(lease.rows)))
                ledger.start(u, lease, [(row.id, "h") for row in rows], self.desk.now())
            u.commit()
        self.leases += [lease] if lease else []

    def release(self) -> None:
        if self.leases:
            with self.desk.store.unit() as u:
                ledger.release(u, self.chance.choice(self.leases), self.desk.now())
                u.commit()

    def wait(self) -> None:
        self.clock.advance(self.chance.choice((1, 40, 400, 4_000)))

    def retry(self) -> None:
        cause = self.chance.choice((None, "550 5.1.1 no such user"))
        support.retry_failed(self.desk, self.id, "Try again", cause)

    def settle(self) -> None:
        doubts = [one.delivery_id for one in campaigns.doubts(self.desk, self.id)]
        some = self.chance.sample(doubts, min(len(doubts), 3))
        support.settle_all(self.desk, some, self.chance.choice(("sent", "again", "failed")), "Somebody knows")

    def hear(self) -> None:
        number = self.chance.randrange(1, 25)
        kind = self.chance.choice((FeedbackKind.DELIVERED, FeedbackKind.REJECTED, FeedbackKind.OPENED))
        feedback.ingest(self.desk, [FeedbackEvent("test", f"{number}-{kind}", kind, self.desk.now(), number)])

    def cancel(self) -> None:
        if self.chance.random() < 0.15:
            campaigns.cancel(self.desk, self.id, "Enough")


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(n, marks=pytest.mark.slow) for n in range(4, 10))])
def test_any_history_keeps_counters_and_rows_alike_and_nothing_is_finished_too_early(
    any_desk: Desk, clock: FixedClock, seed: int, expect_logs: Logged
) -> None:
    expect_logs("pauses by itself", "somebody else's now", "in doubt: their sender died")
    chance = random.Random(seed)
    campaign = launched(any_desk, people=24)
    day = Day(any_desk, clock, chance, campaign.id)
    for _ in range(40):
        with suppress(DeskError, LeaseLost):
            chance.choice(day.steps())()
        states = agree(any_desk.store, campaign.id)
        assert sum(states.values()) == campaign.audience, "the bar always adds up to the audience"
        if campaigns.campaign(any_desk, campaign.id).state is CampaignState.FINISHED:
            assert not any(states[state] for state in UNFINISHED)


def test_a_wrong_counter_is_found_by_the_check_and_set_right(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=3)
    with any_desk.store.unit() as u:
        u.connection.execute(update(schema.send_batch).values(n_sent=5))
        u.commit()
    assert health.check(any_desk) == [f"The counters of campaign {campaign.id} are not what its ledger says."]
    assert health.recount(any_desk) == [campaign.id]
    assert health.check(any_desk) == []
    assert agree(any_desk.store, campaign.id)[S.QUEUED] == 3


def test_three_of_many_sent_and_finished_cannot_be(any_desk: Desk) -> None:
    """listmonk#1155: 3 of 786,210 sent and "finished"."""
    campaign = launched(any_desk, people=20)
    token, sent = CancelToken(), []

    def answer(envelope: Envelope) -> Receipt:
        sent.append(envelope)
        if len(sent) == 3:
            token.cancel()
        return ANSWERS[0]

    delivery.deliver(any_desk, campaign.id, token, wait=False, transport=Scripted(answer, batch=1))
    with any_desk.store.unit() as u:
        assert not stored.finish(u, campaign.id, any_desk.now())
        u.connection.execute(text("update send_batch set n_queued = 0, n_sent = 20"))
        assert not stored.finish(u, campaign.id, any_desk.now()), "the rows decide, not the counters"
    assert campaigns.campaign(any_desk, campaign.id).state is CampaignState.RUNNING


def test_what_is_queued_again_at_the_moment_of_the_end_is_not_forgotten(
    postgres_store: Store, make_desk: Callable[[Store], Desk]
) -> None:
    desk = make_desk(postgres_store)
    campaign = launched(desk, people=1)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted(lambda _: ANSWERS[2]))
    with desk.store.unit() as u:
        stored.change_state(u, campaign.id, (CampaignState.FINISHED,), CampaignState.RUNNING)
        u.commit()
    finished: list[bool] = []

    def finish() -> None:
        with desk.store.unit() as u:
            finished.append(stored.finish(u, campaign.id, desk.now()))
            u.commit()

    ender = threading.Thread(target=finish)
    with desk.store.unit() as u:
        assert stored.hold(u, campaign.id) is CampaignState.RUNNING
        ender.start()
        assert amends.settle_by_hand(u, 1, S.FAILED, S.QUEUED, "", desk.now())
        u.commit()
    ender.join()
    assert finished == [False]
    assert agree(desk.store, campaign.id)[S.QUEUED] == 1


def test_a_cancel_does_not_wait_for_a_batch_that_somebody_works_on(
    postgres_store: Store, make_desk: Callable[[Store], Desk]
) -> None:
    desk = make_desk(postgres_store)
    event_id = many_waiting(desk.store, 550)
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Back", DRAFT).id)
    campaign = campaigns.launch(desk, review)
    with desk.store.unit() as worker, desk.store.unit() as u:
        tallies.hold(worker, [(campaign.id, 0)])
        assert amends.skip_rest(u, campaign.id, "cancelled", 2_000, desk.now()) == 550
        u.commit()
    assert agree(desk.store, campaign.id)[S.SKIPPED] == 50
    campaigns.skip_rest(desk, campaign.id)
    assert agree(desk.store, campaign.id)[S.SKIPPED] == 550


def test_a_launch_in_chunks_counts_as_it_grows_and_gets_its_time_for_second_thoughts_at_its_end(
    any_desk: Desk, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "AT_ONCE", 300)
    monkeypatch.setattr(campaigns, "CHUNK_SQLITE", 300)
    event_id = many_waiting(any_desk.store, 700)
    review = campaigns.review(any_desk, (event_id,), templates.create(any_desk, "Back", DRAFT).id)
    seen = []

    def watch(_: object) -> None:
        clock.advance(60)
        seen.append(agree(any_desk.store, 1)[S.QUEUED])

    campaign = campaigns.launch(any_desk, review, grace_s=campaigns.UNDO_S, progress=watch)
    assert seen == [300, 600, 700]
    assert campaign.grace_until == any_desk.now() + timedelta(seconds=campaigns.UNDO_S)
