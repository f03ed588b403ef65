"""A campaign's pace for somebody who looks once."""

import pytest

from restock_desk.domain.handover import Envelope, Receipt
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, pace
from restock_desk.services.desk import Desk
from tests.campaigning import ACCEPTED, Scripted, launched
from tests.fakes import FixedClock


class Passing(CancelToken):
    """While it is waited for, so many mails leave in so many seconds."""

    def __init__(self, desk: Desk, clock: FixedClock, campaign_id: int, mails: int, seconds: float) -> None:
        super().__init__()
        self.desk, self.clock, self.campaign_id, self.mails, self.seconds = desk, clock, campaign_id, mails, seconds

    def wait(self, seconds: float) -> bool:
        stopping = CancelToken()

        def takes(_: Envelope) -> Receipt:
            if len(transport.taken) == self.mails:
                stopping.cancel()
            return ACCEPTED

        transport = Scripted(takes, batch=1)
        delivery.deliver(self.desk, self.campaign_id, stopping, wait=False, transport=transport)
        self.clock.advance(self.seconds)
        return False


def test_a_running_campaign_is_looked_at_twice(desk: Desk, clock: FixedClock) -> None:
    campaign = launched(desk, 30)
    found = pace.pace_of(desk, campaign.id, Passing(desk, clock, campaign.id, 10, 4))
    assert found.rate_per_s == pytest.approx(2.5)
    assert found.left_s == pytest.approx(8)
    assert found.ends_at is not None
    assert (found.ends_at - clock.now()).total_seconds() == pytest.approx(8)
    assert found.words == "2.5 a second, about 8 s left"


def test_one_that_does_not_move_says_so_and_promises_nothing(desk: Desk, clock: FixedClock) -> None:
    campaign = launched(desk, 3)
    resting = CancelToken()
    resting.cancel()
    assert pace.pace_of(desk, campaign.id, resting).rate_per_s is None
    campaigns.pause(desk, campaign.id)
    assert pace.pace_of(desk, campaign.id, resting).words == ""


def test_all_that_run_are_looked_at_with_one_wait(desk: Desk, clock: FixedClock) -> None:
    moving, resting = launched(desk, 30), launched(desk, 3, sku="CUP")
    passing = Passing(desk, clock, moving.id, 10, 4)
    found = pace.paces_of(desk, [moving.id, resting.id], passing)
    assert found[moving.id].rate_per_s == pytest.approx(2.5)
    assert found[resting.id].rate_per_s == 0
    assert pace.paces_of(desk, [], passing) == {}


def test_a_finished_one_tells_its_mean_and_its_end(desk: Desk, clock: FixedClock) -> None:
    campaign = launched(desk, 20)
    clock.advance(10)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    found = pace.pace_of(desk, campaign.id, CancelToken())
    assert (found.rate_per_s, found.left_s, found.ends_at) == (2.0, None, clock.now())
