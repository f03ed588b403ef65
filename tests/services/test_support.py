"""What support does with one mail: sees it as it was sent, sends it again where that is allowed, retries failures."""

from dataclasses import replace

import pytest

from restock_desk.domain.campaigns import CampaignState
from restock_desk.domain.handover import Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, staff, support, templates
from restock_desk.services.desk import Desk
from tests.campaigning import DRAFT, Scripted, change, launched, states
from tests.fakes import FixedClock


def sent(desk: Desk, people: int = 1) -> tuple[int, Scripted]:
    """A finished campaign through the desk's own outbox, and what its mails were."""
    campaign = launched(desk, people)
    transport = Scripted()
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    return campaign.id, transport


def test_a_mail_is_shown_byte_for_byte_though_everything_changed_since(any_desk: Desk) -> None:
    _, transport = sent(any_desk)
    change(any_desk.store, "p0@example.com", first_name="Renamed", locale="fr-FR")
    template = templates.by_name(any_desk, "Back TEE-M")
    templates.save(any_desk, template.id, replace(DRAFT, source="<p>Something else.</p>"))
    shown = support.message(any_desk, 1)
    assert shown.exact
    assert shown.message == transport.taken[0].message
    assert "Hi P0" in shown.html


def test_a_mail_is_shown_byte_for_byte_though_time_went_by_between_its_making_and_its_start(
    any_desk: Desk, clock: FixedClock
) -> None:
    campaign = launched(any_desk, 6)
    ticking = replace(any_desk, now=lambda: clock.advance(0.4))
    delivery.deliver(ticking, campaign.id, CancelToken(), wait=False, transport=Scripted(batch=2))
    assert [support.message(any_desk, number).exact for number in range(1, 7)] == [True] * 6


def test_a_mail_that_was_not_sent_cannot_be_shown(desk: Desk) -> None:
    launched(desk, 1)
    with pytest.raises(DeskError, match="was not sent"):
        support.message(desk, 1)


def test_sending_again_is_a_new_mail_with_a_reason_in_the_audit_trail(any_desk: Desk, clock: FixedClock) -> None:
    sent(any_desk)
    clock.advance(3_600)
    assert support.resend_warnings(any_desk, 1) == []
    with pytest.raises(DeskError, match="reason"):
        support.resend(any_desk, 1, "")
    report = support.resend(any_desk, 1, "They lost it.")
    assert (report.state, report.sent) == (CampaignState.FINISHED, 1)
    found = campaigns.campaign(any_desk, report.campaign)
    assert (found.origin, found.audience) == ("resend", 1)
    entry = next(entry for entry in staff.entries(any_desk) if entry.action == "mail sent again")
    assert (entry.reason, entry.subject) == ("They lost it.", "delivery 1")
    first, second = support.message(any_desk, 1), support.message(any_desk, 2)
    assert second.exact
    assert dict(first.headers)["Message-ID"] != dict(second.headers)["Message-ID"]


def test_somebody_mailed_a_moment_ago_is_mailed_again_only_on_a_word(desk: Desk) -> None:
    sent(desk)
    ((text, can),) = support.resend_warnings(desk, 1)
    assert (text, can) == ("This person was mailed less than a minute ago.", True)
    with pytest.raises(DeskError, match="less than a minute"):
        support.resend(desk, 1, "Please.")
    assert support.resend(desk, 1, "Please.", override=True).sent == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("suppressed", "complaint"), ("suppressed", "erased"), ("suppressed", "manual"), ("consent", "unsubscribed")],
)
def test_who_objected_is_never_mailed_again(desk: Desk, clock: FixedClock, column: str, value: str) -> None:
    sent(desk)
    clock.advance(3_600)
    change(desk.store, "p0@example.com", **{column: value})
    assert [can for _, can in support.resend_warnings(desk, 1)] == [False]
    with pytest.raises(DeskError):
        support.resend(desk, 1, "They asked.", override=True)


def test_an_address_that_bounced_is_mailed_once_more_on_a_word(desk: Desk, clock: FixedClock) -> None:
    sent(desk)
    clock.advance(3_600)
    change(desk.store, "p0@example.com", suppressed="hard_bounce")
    assert support.resend(desk, 1, "Their mailbox works again.", override=True).sent == 1


def test_what_failed_is_queued_again_by_a_person(any_desk: Desk) -> None:
    campaign = launched(any_desk, 3)
    refused = Receipt(Handed.FAILED, "550", "550 blocked")
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted(lambda _: refused))
    assert states(any_desk, campaign.id) == {"failed": 3}
    assert support.retry_failed(any_desk, campaign.id, "They lifted the block.") == 3
    transport = Scripted()
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert len(transport.taken) == 3
    assert states(any_desk, campaign.id) == {"sent": 3}
    with pytest.raises(DeskError, match="No delivery"):
        support.retry_failed(any_desk, campaign.id, "Again.")
