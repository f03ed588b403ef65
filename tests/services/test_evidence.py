"""Evidence that was faster than the doubt: something came back of a mail whose sender never learnt how it ended."""

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, feedback
from restock_desk.services.desk import Desk
from restock_desk.store import campaigns as stored
from restock_desk.store import ledger
from restock_desk.store.feedback import rebuild_rollups
from tests.campaigning import ACCEPTED, Scripted, interest_states, launched, leases_end, states
from tests.conftest import Logged
from tests.fakes import FixedClock
from tests.ledger_rows import rollups

K = FeedbackKind
PROOF = [K.DELIVERED, K.BOUNCED, K.COMPLAINED, K.OPENED, K.CLICKED, K.UNSUBSCRIBED]


def came_back(desk: Desk, kind: FeedbackKind, delivery_id: int) -> None:
    event = FeedbackEvent("esp", f"{kind}-{delivery_id}", kind, desk.now(), delivery_id=delivery_id, link=1)
    feedback.ingest(desk, [event])


def started(desk: Desk, campaign_id: int) -> list[int]:
    """All of a campaign's mails are on the wire, by a worker that will not come back."""
    with desk.store.unit() as u:
        lease = ledger.claim(u, campaign_id, "elsewhere:7:1", desk.now())
        assert lease is not None
        ledger.start(u, lease, [(row.id, "hash") for row in lease.rows], desk.now())
        u.commit()
    return [row.id for row in lease.rows]


def assert_figures_are_right(desk: Desk) -> None:
    """The rollups are as if counted anew."""
    before = rollups(desk.store)
    with desk.store.unit() as u:
        rebuild_rollups(u)
        u.commit()
    assert rollups(desk.store) == before


@pytest.mark.parametrize("kind", PROOF)
def test_a_mail_that_was_seen_is_sent_although_its_sender_died(
    any_desk: Desk, clock: FixedClock, expect_logs: Logged, kind: FeedbackKind
) -> None:
    expect_logs("their sender died")
    campaign = launched(any_desk, people=3)
    first, *_ = started(any_desk, campaign.id)
    came_back(any_desk, kind, first)
    assert states(any_desk, campaign.id) == {"started": 3}
    leases_end(any_desk.store, clock)
    assert campaigns.recover(any_desk) == 2
    assert states(any_desk, campaign.id) == {"sent": 1, "in_doubt": 2}
    assert interest_states(any_desk.store).count("notified") == 1
    with any_desk.store.reading() as u:
        found = stored.delivery(u, first)
    assert found is not None
    assert (found.state, found.reason) == (DeliveryState.SENT, f"settled by evidence: {kind.value}")
    assert found.sent_at == found.started_at
    assert_figures_are_right(any_desk)


def test_whoever_claims_an_expired_lease_believes_the_evidence_too(any_desk: Desk, clock: FixedClock) -> None:
    campaign = launched(any_desk, people=2)
    first, second = started(any_desk, campaign.id)
    came_back(any_desk, K.DELIVERED, first)
    came_back(any_desk, K.REJECTED, second)
    leases_end(any_desk.store, clock)
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    assert states(any_desk, campaign.id) == {"sent": 1, "failed": 1}
    assert campaigns.campaign(any_desk, campaign.id).state is CampaignState.FINISHED
    assert_figures_are_right(any_desk)


def test_a_reset_after_the_dot_is_no_doubt_when_the_person_opened_it_before(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=4)
    ids = {f"p{number}@example.com": number + 1 for number in range(4)}

    def resets(envelope: Envelope) -> Receipt:
        if envelope.recipient != "p1@example.com":
            return ACCEPTED
        came_back(any_desk, K.OPENED, ids[envelope.recipient])
        return Receipt(Handed.IN_DOUBT, "", "The connection was reset.")

    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted(resets))
    assert states(any_desk, campaign.id) == {"sent": 4}
    assert set(interest_states(any_desk.store)) == {"notified"}
    assert campaigns.doubts(any_desk) == []
    assert_figures_are_right(any_desk)


def test_evidence_after_the_doubt_settles_it_in_its_own_transaction(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=3)
    reset = Receipt(Handed.IN_DOUBT, "", "The connection was reset.")
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted(lambda _: reset))
    doubts = [doubt.delivery_id for doubt in campaigns.doubts(any_desk)]
    came_back(any_desk, K.CLICKED, doubts[0])
    came_back(any_desk, K.REJECTED, doubts[1])
    assert states(any_desk, campaign.id) == {"sent": 1, "failed": 1, "in_doubt": 1}
    assert interest_states(any_desk.store).count("notified") == 1
    assert_figures_are_right(any_desk)
