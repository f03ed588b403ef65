"""The ledger's moves: only legal ones, whatever order they are asked for in; and launches in chunks."""

import contextlib
import random
from collections.abc import Callable

import pytest

from restock_desk.domain.campaigns import LEGAL_MOVES, UNFINISHED, CampaignState, DeliveryState
from restock_desk.errors import DeskError
from restock_desk.services import campaigns, templates
from restock_desk.services.desk import Desk
from restock_desk.store import amends, ledger
from restock_desk.store import campaigns as stored
from restock_desk.store.ledger import LeaseLost, Result
from tests.campaigning import DRAFT, launched, leases_end, many_waiting, states
from tests.fakes import FixedClock

S = DeliveryState


@pytest.mark.parametrize("before", list(S))
@pytest.mark.parametrize("after", [S.SENT, S.FAILED, S.QUEUED])
def test_a_person_can_only_make_legal_moves(desk: Desk, before: DeliveryState, after: DeliveryState) -> None:
    launched(desk, 1)
    with desk.store.unit() as u:
        if after not in LEGAL_MOVES[before]:
            with pytest.raises(AssertionError):
                amends.settle_by_hand(u, 1, before, after, "x", desk.now())
        elif before is not S.QUEUED:
            assert not amends.settle_by_hand(u, 1, before, after, "x", desk.now()), "it is queued, not anything else"


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(n, marks=pytest.mark.slow) for n in range(4, 12))])
def test_any_history_keeps_the_sum_and_never_finishes_early(any_desk: Desk, clock: FixedClock, seed: int) -> None:
    chance = random.Random(seed)
    campaign = launched(any_desk, people=12)
    leases: list[ledger.Lease] = []
    settled: set[int] = set()

    def claim() -> None:
        with any_desk.store.unit() as u:
            lease = ledger.claim(u, campaign.id, f"elsewhere:{chance.randrange(3)}:1", any_desk.now())
            u.commit()
        if lease:
            leases.append(lease)

    def begin_and_settle() -> None:
        lease = chance.choice(leases)
        rows = chance.sample(lease.rows, min(3, len(lease.rows)))
        outcome = chance.choice([S.SENT, S.FAILED, S.DEFERRED, S.IN_DOUBT])
        with any_desk.store.unit() as u:
            ledger.start(u, lease, [(row.id, "h") for row in rows], any_desk.now())
            due = any_desk.now() if outcome is S.DEFERRED else None
            results = [Result(row.id, row.subscriber_id, outcome, due_at=due) for row in rows]
            ledger.settle(u, lease, results, any_desk.now())
            u.commit()
        if outcome is not S.DEFERRED:
            assert not settled & {row.id for row in rows}, "settled twice"
            settled.update(row.id for row in rows)

    def release() -> None:
        with any_desk.store.unit() as u:
            ledger.release(u, chance.choice(leases), any_desk.now())
            u.commit()

    steps: list[Callable[[], object]] = [claim, begin_and_settle, begin_and_settle, release,
                                         lambda: leases_end(any_desk.store, clock),
                                         lambda: campaigns.recover(any_desk)]  # fmt: skip
    for _ in range(40):
        with contextlib.suppress(LeaseLost):
            chance.choice(steps if leases else [claim])()
        tally = campaigns.tally(any_desk, campaign.id)
        assert tally.audience == 12
        with any_desk.store.unit() as u:
            finished = stored.finish(u, campaign.id, any_desk.now())
        assert finished == (not any(tally.states[state] for state in UNFINISHED))


def test_a_large_launch_goes_in_chunks_and_nothing_is_claimed_before_its_end(
    any_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "AT_ONCE", 500)
    monkeypatch.setattr(campaigns, "CHUNK_SQLITE", 500)
    event_id = many_waiting(any_desk.store, 1_250)
    review = campaigns.review(any_desk, (event_id,), templates.create(any_desk, "Back", DRAFT).id)
    seen: list[tuple[CampaignState, object]] = []

    def watch(_: object) -> None:
        with any_desk.store.unit() as u:
            seen.append((stored.state(u, 1), ledger.claim(u, 1, "here:1:1", any_desk.now())))

    campaign = campaigns.launch(any_desk, review, progress=watch)
    assert seen == [(CampaignState.PREPARING, None)] * 3
    assert campaign.state is CampaignState.RUNNING
    assert campaign.audience == 1_250
    assert states(any_desk, campaign.id) == {"queued": 1_250}
    with pytest.raises(DeskError):
        campaigns.launch(any_desk, review)
