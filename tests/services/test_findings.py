"""What a review says beside the template: the audience, the goods, the sender, and each sample's finished mail."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from restock_desk.domain.audience import AudienceReport, Exclusion
from restock_desk.domain.campaigns import Review
from restock_desk.domain.limits import Limits, QuietWindow
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import Draft, Severity
from restock_desk.rendering import lint
from restock_desk.services import campaigns, findings, limits, restocks, templates
from restock_desk.services.desk import Desk
from restock_desk.store import schema
from tests.builders import NOW
from tests.campaigning import DRAFT, waiting_shop


def review(desk: Desk, event_id: int, draft: Draft = DRAFT) -> Review:
    known = {template.name: template.id for template in templates.templates(desk)}
    return campaigns.review(desk, (event_id,), known.get("Back") or templates.create(desk, "Back", draft).id)


def told(desk: Desk, event_id: int) -> set[str]:
    return {problem.rule for problem in review(desk, event_id).problems if problem.scope == "campaign"}


def test_a_review_runs_every_rule_on_the_template(desk: Desk) -> None:
    draft = replace(DRAFT, source=DRAFT.source.replace("<p>", '<p style="color:#999999">'))
    assert "a11y.contrast" in {problem.rule for problem in review(desk, waiting_shop(desk.store), draft).problems}


def test_more_people_than_units_and_a_price_that_changed_are_told(desk: Desk) -> None:
    event_id = waiting_shop(desk.store, people=8)
    before = told(desk, event_id)
    with desk.store.unit() as u:
        u.connection.execute(update(schema.variant).values(price=2990))
        u.commit()
    assert told(desk, event_id) - before == {"aud.price"}
    units = restocks.audience(desk, (event_id,)).units
    assert ("aud.stock" in before) == (units is not None and 0 < units < 8)


def test_a_product_out_of_the_shop_is_told(desk: Desk) -> None:
    event_id = waiting_shop(desk.store)
    assert "aud.unpublished" not in told(desk, event_id)
    with desk.store.unit() as u:
        u.connection.execute(update(schema.product).values(status="draft"))
        u.commit()
    assert "aud.unpublished" in told(desk, event_id)


def test_quiet_time_is_told(desk: Desk) -> None:
    event_id = waiting_shop(desk.store)
    assert "aud.quiet" not in told(desk, event_id)
    minute = NOW.hour * 60 + NOW.minute
    limits.save(desk, Limits(quiet=(QuietWindow((minute - 30) % 1440, (minute + 30) % 1440, tuple(range(7))),)))
    assert "aud.quiet" in told(desk, event_id)


def report(eligible: int, units: int | None = None, **excluded: int) -> AudienceReport:
    return AudienceReport((1,), eligible, eligible, {Exclusion(name): n for name, n in excluded.items()}, units)


@pytest.mark.parametrize(
    ("seen", "rule"),
    [
        (report(0), "aud.none"),
        (report(5, 0), "aud.gone"),
        (report(5, 3), "aud.stock"),
        (report(5, suppressed=2), "aud.suppressed"),
        (report(5, already_alerted=2), "aud.told"),
        (report(5, duplicate_address=2), "aud.duplicate"),
    ],
)
def test_an_audience_is_judged(desk: Desk, seen: AudienceReport, rule: str) -> None:
    with desk.store.reading() as u:
        usual = findings.of_campaign(u, [], report(5), [], DRAFT, Shop(), NOW, leaves=False)
        found = findings.of_campaign(u, [], seen, [], DRAFT, Shop(), NOW, leaves=False)
    assert rule in {problem.rule for problem in found}
    assert rule not in {problem.rule for problem in usual}


def test_a_free_mailbox_as_the_sender_is_told_when_mail_leaves_the_machine(desk: Desk) -> None:
    with desk.store.reading() as u:
        for sender, leaves, there in (
            ("a@gmail.com", True, True),
            ("a@gmail.com", False, False),
            ("a@b.example", True, False),
        ):
            draft = replace(DRAFT, sender_email=sender)
            found = findings.of_campaign(u, [], report(5), [], draft, Shop(), NOW, leaves)
            assert ("auth.freemail" in {problem.rule for problem in found}) == there


def test_shared_mailboxes_and_the_last_subject_are_told(desk: Desk) -> None:
    event_id = waiting_shop(desk.store)
    assert "aud.role" not in told(desk, event_id)
    with desk.store.unit() as u:
        first = u.connection.execute(schema.subscriber.select().limit(1)).one()
        changed = {"email": "info@example.com"}
        u.connection.execute(update(schema.subscriber).where(schema.subscriber.c.id == first.id).values(**changed))
        u.commit()
    assert "aud.role" in told(desk, event_id)
    draft = replace(DRAFT, subject="It is back")
    campaigns.launch(desk, campaigns.review(desk, (event_id,), templates.create(desk, "Plain", draft).id))
    with desk.store.reading() as u:
        found = findings.of_campaign(u, [], report(5), [], draft, Shop(), NOW + timedelta(days=1), leaves=False)
        other = findings.of_campaign(u, [], report(5), [], DRAFT, Shop(), NOW, leaves=False)
    assert "subj.same" in {problem.rule for problem in found}
    assert "subj.same" not in {problem.rule for problem in other}


def test_people_who_were_mailed_a_moment_ago_are_told_of(desk: Desk) -> None:
    event_id = waiting_shop(desk.store, 2)
    assert "aud.cooldown" not in told(desk, event_id)
    with desk.store.unit() as u:
        person = u.connection.execute(schema.subscriber.select().limit(1)).one().id
    campaign = campaigns.launch(desk, review(desk, waiting_shop(desk.store, 1, sku="OTHER")))
    with desk.store.unit() as u:
        row = update(schema.delivery).where(schema.delivery.c.campaign_id == campaign.id)
        u.connection.execute(row.values(subscriber_id=person, state="sent", sent_at=desk.now() - timedelta(minutes=5)))
        u.commit()
    assert "aud.cooldown" in told(desk, event_id)


def test_far_more_people_than_usual_are_told(desk: Desk) -> None:
    for number in range(3):
        event_id = waiting_shop(desk.store, people=2, sku=f"S{number}")
        campaigns.launch(desk, review(desk, event_id))
    with desk.store.reading() as u:
        for eligible, there in ((6, False), (7, True)):
            found = findings.of_campaign(u, [], report(eligible), [], DRAFT, Shop(), NOW, leaves=False)
            assert ("aud.many" in {problem.rule for problem in found}) == there


def test_a_finished_mail_is_looked_at_itself(desk: Desk) -> None:
    mail = review(desk, waiting_shop(desk.store)).samples[0][2]
    assert {problem.rule for problem in lint.check_mail(mail)} == set()
    for changes, rule in (
        ({"html": "<p>Hi {{ name }}</p>"}, "var.leftover"),
        ({"html": "<p>x</p>" * 15_000}, "size.clip"),
        ({"subject": ""}, "subj.empty"),
        ({"message": b"Subject: x\r\n\r\n" + b"y" * 1200}, "mime.lines"),
        ({"message": b"Subject: x\r\n\r\ny"}, "mime.parts"),
        ({"message": b"From: nobody\r\n\r\ny"}, "mime.sender"),
        ({"headers": (("From", "a@b.example"),)}, "unsub.header"),
    ):
        found = lint.check_mail(replace(mail, **changes))
        assert rule in {problem.rule for problem in found}
        assert all(problem.severity is not Severity.INFO for problem in found if problem.rule == rule)
