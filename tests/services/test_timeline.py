"""A person's story in plain words: no code of ours is shown to anybody."""

from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, Who
from restock_desk.jobs import CancelToken
from restock_desk.services import audience, delivery, feedback
from restock_desk.services.desk import Desk
from tests.campaigning import Scripted, launched
from tests.fakes import FixedClock


def test_what_came_back_names_its_campaign_and_says_why_it_was_no_person(desk: Desk, clock: FixedClock) -> None:
    campaign = launched(desk, 1)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    clock.advance(60)
    seen = FeedbackEvent(
        "provider-x", "e1", FeedbackKind.OPENED, clock.now(), 1, who=Who.MACHINE, user_agent="Mozilla/5.0"
    )
    left = FeedbackEvent("provider-x", "e2", FeedbackKind.COMPLAINED, clock.now(), 1)
    feedback.ingest(desk, [seen, left])
    story = audience.person(desk, audience.find(desk, "p0@example.com").id)
    told = {line.title: line.detail for line in story.timeline}
    machine = told["Opened the mail by a machine"]
    assert machine == f"{campaign.name} · the provider says so, Apple Mail privacy protection"
    assert told["Complained"] == campaign.name
    assert told["Address suppressed: complaint"] == "told by feedback from provider-x"
    assert story.campaign_names == {campaign.id: campaign.name}
