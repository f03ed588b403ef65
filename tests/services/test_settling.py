"""What a person decides about mails that went wrong: retry by cause, settle several doubts, take a launch back."""

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, staff, support, templates
from restock_desk.services.desk import Desk
from restock_desk.store import campaigns as stored
from tests.campaigning import DRAFT, Scripted, interest_states, launched, states, waiting_shop
from tests.fakes import FixedClock

S = DeliveryState
UNKNOWN, FULL = "550 5.1.1 <{}>: User unknown", "552 5.2.2 mailbox of {} is full"
LOST = Receipt(Handed.IN_DOUBT, "", "The connection was reset before the answer came.")


def refused(desk: Desk, people: int = 5) -> int:
    """A campaign in which the first mailbox is full and the others are unknown; its number."""
    campaign = launched(desk, people)

    def answer(envelope: Envelope) -> Receipt:
        words = FULL if envelope.recipient.startswith("p0") else UNKNOWN
        return Receipt(Handed.FAILED, "550", words.format(envelope.recipient))

    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted(answer))
    return campaign.id


def doubtful(desk: Desk, people: int = 3) -> tuple[int, list[int]]:
    campaign = launched(desk, people)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted(lambda _: LOST))
    return campaign.id, [doubt.delivery_id for doubt in campaigns.doubts(desk, campaign.id)]


def test_failures_are_grouped_by_cause_with_the_servers_words(any_desk: Desk) -> None:
    campaign_id = refused(any_desk)
    first, second = campaigns.causes(any_desk, campaign_id)
    assert (first.state, first.n, first.words) == (S.FAILED, 4, "550 5.1.1 …: User unknown")
    assert first.example_words == "550 5.1.1 <p4@example.com>: User unknown"
    assert (second.n, second.words) == (1, "552 5.2.2 mailbox of … is full")


def test_one_cause_is_retried_and_the_others_stay(any_desk: Desk) -> None:
    campaign_id = refused(any_desk)
    cause = support.failed_cause(any_desk, campaign_id, "mailbox of")
    assert support.retry_failed(any_desk, campaign_id, "They made room.", cause) == 1
    assert states(any_desk, campaign_id) == {"queued": 1, "failed": 4}
    assert campaigns.campaign(any_desk, campaign_id).state is CampaignState.RUNNING
    assert campaigns.campaign(any_desk, campaign_id).finished_at is None
    entry = staff.entries(any_desk)[0]
    assert (entry.action, entry.reason) == ("failed queued again", "They made room.")
    assert entry.details == {"deliveries": 1, "cause": "552 5.2.2 mailbox of … is full"}
    transport = Scripted()
    delivery.deliver(any_desk, campaign_id, CancelToken(), wait=False, transport=transport)
    assert transport.recipients == ["p0@example.com"]


@pytest.mark.parametrize("words", ["550 5.1.1 …: User unknown", "550 5.1.1 <p3@example.com>: User unknown", "user unk"])
def test_a_cause_is_named_by_its_words_the_servers_or_a_part(desk: Desk, words: str) -> None:
    assert support.failed_cause(desk, refused(desk), words) == "550 5.1.1 …: User unknown"


@pytest.mark.parametrize(("words", "why"), [("55", "more than one cause"), ("greylisted", "no cause")])
def test_words_that_name_no_single_cause_are_refused_with_what_there_is(desk: Desk, words: str, why: str) -> None:
    with pytest.raises(DeskError, match=why) as refusal:
        support.failed_cause(desk, refused(desk), words)
    assert "User unknown" in refusal.value.hint


def test_many_failures_are_queued_again_in_short_transactions(any_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "CHUNK", 2)
    campaign_id = refused(any_desk)
    assert support.retry_failed(any_desk, campaign_id, "Once more") == 5
    assert states(any_desk, campaign_id) == {"queued": 5}
    assert [entry.action for entry in staff.entries(any_desk)].count("failed queued again") == 1


def test_several_doubts_are_settled_at_once_each_with_its_line_in_the_trail(any_desk: Desk) -> None:
    campaign_id, ids = doubtful(any_desk)
    with pytest.raises(DeskError, match="reason"):
        support.settle_all(any_desk, ids, "sent", " ")
    assert support.settle_all(any_desk, ids[:2], "sent", "They have it.") == 2
    assert states(any_desk, campaign_id) == {"sent": 2, "in_doubt": 1}
    assert interest_states(any_desk.store) == ["notified", "notified", "waiting"]
    assert support.settle_all(any_desk, ids, "again", "Nobody knows.") == 1, "two are not in doubt any more"
    lines = [(entry.action, entry.subject) for entry in staff.entries(any_desk) if "doubt" in entry.action]
    assert sorted(lines) == sorted(
        [("doubt settled as sent", f"delivery {id}") for id in ids[:2]]
        + [("doubt settled as again", f"delivery {ids[2]}")]
    )
    assert staff.verify(any_desk) == ""


def test_the_evidence_of_a_doubt_names_its_message_for_the_servers_log(any_desk: Desk) -> None:
    _, ids = doubtful(any_desk, 1)
    known = support.evidence(any_desk, ids[0])
    assert known.delivery.reason == LOST.words
    assert known.message_id == dict(support.message(any_desk, ids[0]).headers)["Message-ID"]
    assert known.through == any_desk.transport
    assert known.came_back == ()


def test_a_launch_is_taken_back_before_anything_leaves_and_everybody_keeps_waiting(
    any_desk: Desk, clock: FixedClock
) -> None:
    event_id = waiting_shop(any_desk.store, 2)
    review = campaigns.review(any_desk, (event_id,), templates.create(any_desk, "Back", DRAFT).id)
    campaign = campaigns.launch(any_desk, review, grace_s=campaigns.UNDO_S)
    transport = Scripted()
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert transport.taken == []
    assert campaigns.take_back(any_desk, campaign.id) == 0
    clock.advance(60)
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert transport.taken == []
    assert states(any_desk, campaign.id) == {"skipped": 2}
    assert interest_states(any_desk.store) == ["waiting", "waiting"]
    assert campaigns.launch(any_desk, campaigns.review(any_desk, (event_id,), review.template_id)).audience == 2


def test_a_launch_taken_back_too_late_says_how_many_had_left(any_desk: Desk) -> None:
    campaign = launched(any_desk, 8)
    token, taken = CancelToken(), []

    def answer(envelope: Envelope) -> Receipt:
        taken.append(envelope)
        token.cancel()
        return Receipt(Handed.SENT, "250", "250 OK")

    delivery.deliver(any_desk, campaign.id, token, wait=False, transport=Scripted(answer, batch=2))
    assert campaigns.take_back(any_desk, campaign.id) == len(taken) == 2


def test_a_doubt_sent_again_in_a_cancelled_campaign_wakes_nobody_else(any_desk: Desk) -> None:
    campaign = launched(any_desk, 6)
    token = CancelToken()

    def lost(_: Envelope) -> Receipt:
        token.cancel()
        return LOST

    delivery.deliver(any_desk, campaign.id, token, wait=False, transport=Scripted(lost, batch=1))
    with any_desk.store.unit() as u:  # cancelled, and the process died before it skipped the rest
        stored.change_state(u, campaign.id, (CampaignState.RUNNING,), CampaignState.CANCELLED)
        u.commit()
    doubt = campaigns.doubts(any_desk, campaign.id)[0]
    support.settle(any_desk, doubt.delivery_id, "again", "It did not arrive.")
    transport = Scripted()
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert transport.recipients == [doubt.email]
    assert states(any_desk, campaign.id) == {"sent": 1, "skipped": 5}
