"""A campaign through a provider: the ledger says what the provider said, a wait is waited for, doubts are counted."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from restock_desk.domain.feedback import ReportQuestion
from restock_desk.domain.handover import HANDED_OVER, Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, feedback, support, trials
from restock_desk.services.desk import Desk
from restock_desk.store import schema
from restock_desk.store.feedback import rebuild_rollups
from restock_desk.transport import open_transport
from restock_desk.transport.provider import Surroundings
from tests.campaigning import ACCEPTED, DRAFT, Scripted, interest_states, launched, states
from tests.fakes import FixedClock
from tests.ledger_rows import measured
from tests.transport.fakes.batch import PROJECT, BatchApi
from tests.transport.fakes.providers import KEY, MailgunApi, SendGridApi
from tests.transport.fakes.server import Fake, Reply


def through(desk: Desk, fake: Fake, people: int) -> int:
    """A campaign to so many people by this fake, delivered until nothing can be done now; its id."""
    api = fake.api
    url = f"{api.url}{'&' if '?' in api.url else '?'}endpoint={fake.endpoint}"
    with_key = replace(desk, secret={api.secret: KEY}.get)
    campaign = launched(with_key, people, url)
    transport = open_transport(url, with_key.secret, Surroundings(now=desk.now, rest=lambda _: None))
    try:
        delivery.deliver(with_key, campaign.id, CancelToken(), wait=False, transport=transport)
    finally:
        transport.close()
    return campaign.id


@pytest.mark.parametrize("api", [SendGridApi, MailgunApi])
def test_a_template_goes_out_once_with_everybodys_values(desk: Desk, api: type[SendGridApi | MailgunApi]) -> None:
    with Fake(api()).serving() as fake:
        campaign_id = through(desk, fake, 9)
        assert states(desk, campaign_id) == {"sent": 9}
        names = {int(re.findall(r"Hi P(\d)", mail.html)[0]) for mail in fake.api.taken}
        assert names == set(range(9))
        (request,) = fake.requests
        assert request.body.count(b"<html>") + request.body.count(b"%3Chtml%3E") == 1


def test_what_batch_took_is_handed_over_and_counts_as_sent_in_no_rate(any_desk: Desk) -> None:
    with Fake(BatchApi(now=any_desk.now)).serving() as fake:
        campaign_id = through(any_desk, fake, 5)
        assert len(fake.api.taken) == 5
    assert states(any_desk, campaign_id) == {"sent": 5}
    with any_desk.store.reading() as u:
        receipts = list(u.connection.scalars(select(schema.delivery.c.receipt)))
    assert receipts == [HANDED_OVER] * 5
    assert interest_states(any_desk.store) == ["notified"] * 5
    counts = feedback.stats(any_desk, ReportQuestion(campaign_id=campaign_id)).counts
    assert (counts["handed_over"], counts["sent"], counts["attempted"], counts["audience"]) == (5, 0, 0, 5)
    kept = measured(any_desk.store)
    with any_desk.store.unit() as u:
        rebuild_rollups(u)
        u.commit()
    assert measured(any_desk.store) == kept


def test_a_doubt_about_batch_that_is_settled_as_sent_is_handed_over_too(any_desk: Desk) -> None:
    with Fake(BatchApi(now=any_desk.now), lambda _: Reply(500)).serving() as fake:
        campaign_id = through(any_desk, fake, 1)
    (doubt,) = campaigns.doubts(any_desk, campaign_id)
    support.settle(any_desk, doubt.delivery_id, "sent", "Batch shows the event.")
    counts = feedback.stats(any_desk, ReportQuestion(campaign_id=campaign_id)).counts
    assert (counts["handed_over"], counts["sent"], counts["in_doubt"]) == (1, 0, 0)


def test_a_test_mail_never_goes_through_batch(desk: Desk) -> None:
    with pytest.raises(DeskError, match="reach the customer"):
        trials.send_test(replace(desk, transport=f"batch://{PROJECT}"), DRAFT, 0, (), "me@shop.example")


class Waits(CancelToken):
    """Does not wait, and remembers how long it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return self.cancelled


def test_a_provider_that_wants_to_be_left_alone_is_waited_for_and_the_campaign_goes_on(
    desk: Desk, clock: FixedClock
) -> None:
    busy = Receipt(Handed.DEFERRED, "429", "429 Slow down.", ours=True, wait_s=30)
    answers: list[Receipt] = []

    def answer(_: Envelope) -> Receipt:
        answers.append(busy if len(answers) < 16 else ACCEPTED)
        return answers[-1]

    campaign = launched(desk, 4)
    token = Waits()
    transport = Scripted(answer)
    for _ in range(9):
        delivery.deliver(desk, campaign.id, token, wait=False, transport=transport)
        clock.advance(seconds=31)
    assert states(desk, campaign.id) == {"sent": 4}
    assert token.waits.count(30) == 4
