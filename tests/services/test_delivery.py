"""The send loop: who gets a mail, what happens to every answer, and that nothing is lost or repeated."""

import email
import random
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.message import EmailMessage

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, support, templates
from restock_desk.services.desk import Desk
from restock_desk.services.outcomes import backoff
from restock_desk.store import campaigns as stored
from restock_desk.store import ledger
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.campaigning import (
    ACCEPTED,
    DRAFT,
    Scripted,
    change,
    interest_states,
    launched,
    leases_end,
    set_stock,
    states,
    waiting_shop,
)
from tests.conftest import Logged
from tests.fakes import FixedClock

LATER = Receipt(Handed.DEFERRED, "451", "451 4.7.1 try again later")
NEVER = Receipt(Handed.FAILED, "550", "550 5.1.1 no such user")
OURS = Receipt(Handed.DEFERRED, "535", "535 5.7.8 authentication failed", ours=True)
RESET = Receipt(Handed.IN_DOUBT, "", "The connection was reset.")


def send(desk: Desk, campaign_id: int, transport: Scripted) -> None:
    delivery.deliver(desk, campaign_id, CancelToken(), wait=False, transport=transport)


def only(email: str, receipt: Receipt) -> Callable[[Envelope], Receipt]:
    return lambda envelope: receipt if envelope.recipient == email else ACCEPTED


def html_of(message: bytes) -> str:
    body = email.message_from_bytes(message, policy=policy.default).get_body(("html",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def test_everybody_who_waits_gets_one_mail_and_waits_no_more(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=9)
    transport = Scripted()
    report = delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert sorted(transport.recipients) == [f"p{n}@example.com" for n in range(9)]
    assert (report.state, report.sent, report.failed) == (CampaignState.FINISHED, 9, 0)
    assert set(interest_states(any_desk.store)) == {"notified"}
    for envelope in transport.taken:
        name = envelope.recipient.partition("@")[0].upper()
        assert f"Hi {name}," in html_of(envelope.message)


def test_launching_the_same_review_twice_mails_nobody_twice(any_desk: Desk) -> None:
    event_id = waiting_shop(any_desk.store)
    review = campaigns.review(any_desk, (event_id,), templates.create(any_desk, "Back", DRAFT).id)
    first = campaigns.launch(any_desk, review)
    with pytest.raises(DeskError, match="Nobody is left"):
        campaigns.launch(any_desk, review)
    assert campaigns.running(any_desk) == [first.id]


def test_a_temporary_refusal_is_tried_again_with_the_same_bytes(any_desk: Desk, clock: FixedClock) -> None:
    campaign = launched(any_desk)
    transport = Scripted(only("p1@example.com", LATER))
    send(any_desk, campaign.id, transport)
    assert states(any_desk, campaign.id) == {"sent": 2, "deferred": 1}
    assert campaigns.running(any_desk) == []
    clock.advance(80)
    assert campaigns.running(any_desk) == [campaign.id]
    again = Scripted()
    send(any_desk, campaign.id, again)
    first = next(one for one in transport.taken if one.recipient == "p1@example.com")
    assert [(one.recipient, one.message, one.key) for one in again.taken] == [
        ("p1@example.com", first.message, first.key)
    ]
    assert campaigns.campaign(any_desk, campaign.id).state is CampaignState.FINISHED


def test_an_alert_that_is_a_day_late_is_given_up(desk: Desk, clock: FixedClock) -> None:
    campaign = launched(desk, people=1)
    for _ in range(40):
        send(desk, campaign.id, Scripted(lambda _: LATER))
        clock.advance(7_200 * 1.3)
    assert states(desk, campaign.id) == {"failed": 1}
    with desk.store.reading() as u:
        failed = stored.delivery_ids(u, campaign.id, DeliveryState.FAILED)
    assert support.delivery(desk, failed[0]).reason.startswith("expired")


def test_a_final_refusal_is_never_tried_again_and_the_person_keeps_waiting(any_desk: Desk, clock: FixedClock) -> None:
    campaign = launched(any_desk)
    send(any_desk, campaign.id, Scripted(only("p0@example.com", NEVER)))
    assert states(any_desk, campaign.id) == {"sent": 2, "failed": 1}
    assert campaigns.campaign(any_desk, campaign.id).state is CampaignState.FINISHED
    assert interest_states(any_desk.store) == ["waiting", "notified", "notified"]
    clock.advance(100_000)
    assert campaigns.running(any_desk) == []


def test_what_nobody_can_know_is_in_doubt_until_a_person_settles_it(any_desk: Desk) -> None:
    campaign = launched(any_desk)
    send(any_desk, campaign.id, Scripted(only("p2@example.com", RESET)))
    assert campaigns.campaign(any_desk, campaign.id).state is CampaignState.FINISHED
    (doubt,) = campaigns.doubts(any_desk, campaign.id)
    assert (doubt.email, doubt.cause) == ("p2@example.com", "The connection was reset.")
    assert interest_states(any_desk.store) == ["notified", "notified", "waiting"]
    with pytest.raises(DeskError, match="reason"):
        support.settle(any_desk, doubt.delivery_id, "sent", " ")
    assert support.settle(any_desk, doubt.delivery_id, "sent", "They called.").state is DeliveryState.SENT
    assert set(interest_states(any_desk.store)) == {"notified"}
    assert campaigns.doubts(any_desk) == []


def test_a_doubt_sent_again_leaves_once_more(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=1)
    send(any_desk, campaign.id, Scripted(lambda _: RESET))
    (doubt,) = campaigns.doubts(any_desk)
    support.settle(any_desk, doubt.delivery_id, "again", "It did not arrive.")
    transport = Scripted()
    send(any_desk, campaign.id, transport)
    assert transport.recipients == ["p0@example.com"]
    assert states(any_desk, campaign.id) == {"sent": 1}


def test_a_refused_login_pauses_and_fails_nobody(desk: Desk, expect_logs: Logged) -> None:
    expect_logs("pauses by itself")
    campaign = launched(desk, people=3)
    send(desk, campaign.id, Scripted(lambda _: OURS))
    found = campaigns.campaign(desk, campaign.id)
    assert found.state is CampaignState.PAUSED
    assert "authentication failed" in found.pause_reason
    assert states(desk, campaign.id) == {"deferred": 3}
    campaigns.resume(desk, campaign.id)
    send(desk, campaign.id, Scripted())
    assert states(desk, campaign.id) == {"sent": 3}


def test_twenty_refusals_in_a_row_pause_and_say_why(desk: Desk, expect_logs: Logged) -> None:
    expect_logs("pauses by itself")
    campaign = launched(desk, people=30)
    send(desk, campaign.id, Scripted(lambda _: NEVER))
    found = campaigns.campaign(desk, campaign.id)
    assert found.state is CampaignState.PAUSED
    assert "no such user" in found.pause_reason
    assert states(desk, campaign.id) == {"failed": 20, "queued": 10}


def test_who_objects_during_the_send_gets_nothing(any_desk: Desk) -> None:
    campaign = launched(any_desk)
    change(any_desk.store, "p0@example.com", consent="unsubscribed")
    change(any_desk.store, "p1@example.com", suppressed="complaint")
    transport = Scripted()
    send(any_desk, campaign.id, transport)
    assert transport.recipients == ["p2@example.com"]
    assert campaigns.tally(any_desk, campaign.id).skipped == {"unsubscribed": 1, "suppressed": 1}


def test_nobody_is_told_of_stock_that_is_gone(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=6)

    def sells_out(_: Envelope) -> Receipt:
        set_stock(any_desk.store, "TEE-M", 0)
        return ACCEPTED

    transport = Scripted(sells_out, batch=2)
    send(any_desk, campaign.id, transport)
    assert len(transport.taken) == 2
    assert campaigns.tally(any_desk, campaign.id).skipped == {"stock_gone": 4}
    assert interest_states(any_desk.store).count("waiting") == 4


def test_a_pause_during_the_send_keeps_what_was_not_begun(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=10)

    def paused(_: Envelope) -> Receipt:
        if campaigns.campaign(any_desk, campaign.id).state is CampaignState.RUNNING:
            campaigns.pause(any_desk, campaign.id, "A colleague asked.")
        return ACCEPTED

    send(any_desk, campaign.id, Scripted(paused))
    assert states(any_desk, campaign.id) == {"sent": 4, "queued": 6}
    campaigns.resume(any_desk, campaign.id)
    rest = Scripted()
    send(any_desk, campaign.id, rest)
    assert len(rest.taken) == 6
    assert states(any_desk, campaign.id) == {"sent": 10}


def test_a_cancel_during_the_send_skips_the_rest_for_good(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=10)

    def cancelled(_: Envelope) -> Receipt:
        if campaigns.campaign(any_desk, campaign.id).state is CampaignState.RUNNING:
            campaigns.cancel(any_desk, campaign.id)
        return ACCEPTED

    send(any_desk, campaign.id, Scripted(cancelled))
    assert states(any_desk, campaign.id) == {"sent": 4, "skipped": 6}
    assert campaigns.tally(any_desk, campaign.id).skipped == {"cancelled": 6}


def test_quitting_puts_back_what_was_claimed(any_desk: Desk) -> None:
    campaign, token = launched(any_desk, people=10), CancelToken()

    def quits(_: Envelope) -> Receipt:
        token.cancel()
        return ACCEPTED

    delivery.deliver(any_desk, campaign.id, token, wait=True, transport=Scripted(quits))
    assert states(any_desk, campaign.id) == {"sent": 4, "queued": 6}
    assert campaigns.running(any_desk) == [campaign.id]


def test_a_late_sender_cannot_settle_what_another_took_over(
    any_desk: Desk, clock: FixedClock, expect_logs: Logged
) -> None:
    expect_logs("somebody else's now", "their sender died")
    campaign = launched(any_desk, people=4)
    other = Scripted()

    def freezes(_: Envelope) -> Receipt:
        leases_end(any_desk.store, clock)
        campaigns.recover(any_desk)
        send(any_desk, campaign.id, other)
        return ACCEPTED

    send(any_desk, campaign.id, Scripted(freezes, batch=1))
    assert len(other.taken) == 3
    assert states(any_desk, campaign.id) == {"sent": 3, "in_doubt": 1}


def test_a_dead_process_of_this_machine_is_recovered_at_once(any_desk: Desk, expect_logs: Logged) -> None:
    expect_logs("their sender died")
    campaign = launched(any_desk, people=4)
    with any_desk.store.unit() as u:
        lease = ledger.claim(u, campaign.id, f"{socket.gethostname()}:999999999:1", any_desk.now())
        assert lease is not None
        ledger.start(u, lease, [(lease.rows[0].id, "hash")], any_desk.now())
        u.commit()
    assert states(any_desk, campaign.id) == {"claimed": 3, "started": 1}
    assert campaigns.recover(any_desk) == 1
    assert states(any_desk, campaign.id) == {"queued": 3, "in_doubt": 1}


def test_the_claim_of_another_machine_stands_until_its_lease_ends(any_desk: Desk, clock: FixedClock) -> None:
    campaign = launched(any_desk, people=4)
    with any_desk.store.unit() as u:
        assert ledger.claim(u, campaign.id, "elsewhere:7:1", any_desk.now()) is not None
        u.commit()
    campaigns.recover(any_desk)
    assert states(any_desk, campaign.id) == {"claimed": 4}
    leases_end(any_desk.store, clock)
    transport = Scripted()
    send(any_desk, campaign.id, transport)
    assert len(transport.taken) == 4


def test_a_mail_that_cannot_be_made_fails_that_person_only(any_desk: Desk) -> None:
    event_id = waiting_shop(any_desk.store, people=5)
    source = "<p>{{ 10 // (5 - subscriber.attributes.left | default(1)) }}</p>"
    made = templates.create(any_desk, "Back", replace(DRAFT, source=source))
    change(any_desk.store, "p4@example.com", attributes={"left": 5})
    campaign = campaigns.launch(any_desk, campaigns.review(any_desk, (event_id,), made.id))
    transport = Scripted()
    send(any_desk, campaign.id, transport)
    assert "p4@example.com" not in transport.recipients
    assert states(any_desk, campaign.id) == {"sent": 4, "failed": 1}


def test_nothing_leaves_before_the_debounce_has_ended(any_desk: Desk, clock: FixedClock) -> None:
    variant = add_product(any_desk.store)
    add_interest(any_desk.store, add_subscriber(any_desk.store).id, variant.id)
    event = restock(any_desk.store, due_at=clock.now() + timedelta(seconds=60))
    review = campaigns.review(any_desk, (event.id,), templates.create(any_desk, "Back", DRAFT).id)
    campaign = campaigns.launch(any_desk, review)
    early = Scripted()
    send(any_desk, campaign.id, early)
    assert early.taken == []
    clock.advance(60)
    send(any_desk, campaign.id, early)
    assert early.recipients == ["ana@example.com"]


def test_retries_wait_longer_each_time_and_never_beyond_two_hours() -> None:
    waits = [backoff(n, random.Random(7)) for n in range(12)]
    assert all(0.8 * min(60 * 2**n, 7_200) <= wait <= 1.2 * min(60 * 2**n, 7_200) for n, wait in enumerate(waits))
