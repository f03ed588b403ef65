"""One person as staff sees them: their story, why they got nothing, and what staff may change."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from restock_desk.domain.audience import ConsentState, Exclusion, InterestState, Subscriber, SuppressionReason
from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import audience, catalog, delivery, restocks, staff
from restock_desk.services.desk import Desk
from restock_desk.store import feedback, schema
from tests.builders import NOW, add_interest, add_product, add_subscriber, restock
from tests.campaigning import Scripted, change, launched, set_stock
from tests.fakes import FixedClock
from tests.store.stocking import later

C = ConsentState
S = SuppressionReason


def kinds(desk: Desk, person: Subscriber) -> list[str]:
    return [line.kind for line in audience.person(desk, person.id).timeline]


def actions(desk: Desk) -> list[tuple[str, str]]:
    return [(entry.action, entry.reason) for entry in staff.entries(desk)]


def test_a_story_runs_from_the_sign_up_to_what_came_back_newest_first(any_desk: Desk, clock: FixedClock) -> None:
    campaign = launched(any_desk, 1)
    clock.advance(60)
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    opened = FeedbackEvent("web", "1", FeedbackKind.OPENED, clock.advance(60), delivery_id=1)
    clicked = FeedbackEvent("web", "2", FeedbackKind.CLICKED, clock.advance(60), delivery_id=1)
    complained = FeedbackEvent("mail", "3", FeedbackKind.COMPLAINED, clock.advance(60), delivery_id=1)
    with any_desk.store.unit() as u:
        feedback.ingest(u, [clicked, opened, complained], clock.advance(1))
        u.commit()
    someone = audience.find(any_desk, "c0")
    found = audience.person(any_desk, someone.id)
    told = [line.kind for line in found.timeline]
    assert told[:5] == ["suppression", "complained", "clicked", "opened", "sent"]
    assert sorted(told[5:]) == ["interest", "restock"]
    assert [line.at for line in found.timeline] == sorted((line.at for line in found.timeline), reverse=True)
    lines = {line.kind: line for line in found.timeline}
    assert lines["interest"].title == "Asked to be told about Product TEE-M · M"
    assert lines["interest"].detail == "TEE-M · widget"
    assert lines["restock"].title == "Product TEE-M · M came back"
    assert lines["restock"].detail == "TEE-M: 0 → 5"
    assert lines["sent"].title == "Mail sent"
    assert lines["sent"].delivery_id == lines["clicked"].delivery_id == 1
    assert lines["suppression"].title == "Address suppressed: complaint"
    assert found.subscriber.suppressed is S.COMPLAINT
    assert len(found.deliveries) == 1
    assert [(i.state, sku) for i, _, _, sku in found.interests] == [(InterestState.NOTIFIED, "TEE-M")]


def test_a_mail_that_was_not_sent_says_why_in_words(any_desk: Desk) -> None:
    campaign = launched(any_desk, 2)
    change(any_desk.store, "p0@example.com", consent="unsubscribed")
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    lines = audience.person(any_desk, audience.find(any_desk, "c0").id).timeline
    (mail,) = [line for line in lines if line.kind == "delivery"]
    assert mail.title == "No mail was sent"
    assert mail.detail.endswith("Unsubscribed")


def test_a_restock_from_before_the_sign_up_is_not_in_the_story(any_desk: Desk) -> None:
    variant, ana = add_product(any_desk.store), add_subscriber(any_desk.store)
    restock(any_desk.store, now=later(-600))
    add_interest(any_desk.store, ana.id, variant.id)
    assert kinds(any_desk, ana) == ["interest"]


def test_undated_consent_is_listed_but_has_no_place_in_time(any_desk: Desk) -> None:
    ana = add_subscriber(any_desk.store, consent="never")
    assert kinds(any_desk, ana) == []
    assert [one.state for one in audience.person(any_desk, ana.id).consents] == [C.NEVER]


def test_nobody_is_found_by_a_part_and_people_who_are_gone_are_named_so(any_desk: Desk) -> None:
    add_subscriber(any_desk.store)
    with pytest.raises(DeskError, match="Nobody has this customer id"):
        audience.find(any_desk, "ana@")
    for ask in (audience.person, audience.unsubscribe):
        with pytest.raises(DeskError, match="not there any more"):
            ask(any_desk, 404, "x") if ask is audience.unsubscribe else ask(any_desk, 404)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({}, "Nothing stands in the way"),
        ({"suppressed": S.ERASED}, "erased on request"),
        ({"suppressed": S.HARD_BOUNCE}, "This address is suppressed: hard bounce."),
        ({"suppressed": S.UNSUBSCRIBE}, "This person unsubscribed."),
        ({"consent": "unsubscribed"}, "This person unsubscribed."),
        ({"consent": "never"}, "never agreed to mail"),
        ({"consent": "pending", "consent_confirmed": False}, "never confirmed it"),
    ],
)
def test_why_somebody_gets_nothing_is_a_sentence(any_desk: Desk, person: dict[str, Any], words: str) -> None:
    variant = add_product(any_desk.store)
    ana = add_subscriber(any_desk.store, **person)
    add_interest(any_desk.store, ana.id, variant.id)
    event = restock(any_desk.store)
    assert words in audience.why_not(any_desk, ana.id, event.id)


def test_why_not_knows_about_waits_stock_and_earlier_alerts(any_desk: Desk) -> None:
    store = any_desk.store
    variant, ana, bo = add_product(store), add_subscriber(store), add_subscriber(store, "bo@example.com")
    wait = add_interest(store, ana.id, variant.id)
    event = restock(store)
    assert audience.why_not(any_desk, bo.id, event.id) == "This person never asked to be told about it."
    set_stock(store, "TEE-M", 0)
    assert audience.why_not(any_desk, ana.id, event.id) == "It is out of stock again."
    set_stock(store, "TEE-M", 5)
    with store.unit() as u:
        u.connection.execute(update(schema.interest).values(ordered_at=NOW))
        u.commit()
    assert audience.why_not(any_desk, ana.id, event.id) == "This person has bought it already."
    assert audience.cancel_interest(any_desk, wait)
    assert audience.why_not(any_desk, ana.id, event.id) == "This person does not wait for it any more."
    with pytest.raises(DeskError, match="no such restock"):
        audience.why_not(any_desk, ana.id, 404)


def test_who_was_mailed_was_already_alerted(any_desk: Desk) -> None:
    campaign = launched(any_desk, 1)
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    words = audience.why_not(any_desk, audience.find(any_desk, "c0").id, 1)
    assert words == "This person was already alerted about this restock."


def test_an_unsubscribe_and_a_return_are_kept_with_their_words(any_desk: Desk, clock: FixedClock) -> None:
    ana = add_subscriber(any_desk.store, consent="subscribed", consent_at=later(-60))
    assert audience.unsubscribe(any_desk, ana.id, "said so on the phone").consent is C.UNSUBSCRIBED
    clock.advance(60)
    assert audience.resubscribe(any_desk, ana.id, "changed their mind").consent is C.SUBSCRIBED
    story = audience.person(any_desk, ana.id)
    assert [(one.state, one.wording) for one in story.consents] == [
        (C.SUBSCRIBED, "changed their mind"),
        (C.UNSUBSCRIBED, "said so on the phone"),
        (C.SUBSCRIBED, ""),
    ]
    assert [line.kind for line in story.timeline] == ["consent"] * 3
    assert story.consents[0].source == "staff:tester"
    assert actions(any_desk)[:2] == [
        ("person.subscribed", "changed their mind"),
        ("person.unsubscribed", "said so on the phone"),
    ]


def test_a_return_lifts_an_unsubscribe_but_no_complaint(any_desk: Desk) -> None:
    left = add_subscriber(any_desk.store, consent="unsubscribed", suppressed=S.UNSUBSCRIBE)
    angry = add_subscriber(any_desk.store, "bo@example.com", consent="unsubscribed", suppressed=S.COMPLAINT)
    assert audience.resubscribe(any_desk, left.id, "asked").suppressed is None
    assert audience.resubscribe(any_desk, angry.id, "asked").suppressed is S.COMPLAINT


def test_a_suppression_by_staff_bars_and_is_lifted_and_both_are_on_record(any_desk: Desk) -> None:
    ana = add_subscriber(any_desk.store)
    assert audience.suppress(any_desk, ana.id, "wrote to us").suppressed is S.MANUAL
    assert kinds(any_desk, ana) == ["suppression"]
    assert audience.unsuppress(any_desk, ana.id, "a mistake").suppressed is None
    assert kinds(any_desk, ana) == []
    assert actions(any_desk) == [("person.unsuppressed", "a mistake"), ("person.suppressed", "wrote to us")]


def test_an_erasure_is_never_lifted(any_desk: Desk) -> None:
    ana = add_subscriber(any_desk.store, suppressed=S.ERASED)
    with pytest.raises(DeskError, match="erased on request"):
        audience.unsuppress(any_desk, ana.id, "please")
    assert actions(any_desk) == []


def test_staff_signs_somebody_up_and_cancels_and_the_counter_follows(any_desk: Desk, clock: FixedClock) -> None:
    variant, ana = add_product(any_desk.store), add_subscriber(any_desk.store)
    wait = audience.add_interest(any_desk, ana.id, " tee-m ")
    assert (wait.variant_id, wait.source, wait.state) == (variant.id, "staff:tester", InterestState.WAITING)
    assert audience.add_interest(any_desk, ana.id, "TEE-M") == wait
    assert catalog.product_of_variant(any_desk, variant.id).variants[0].waiting == 1
    assert audience.cancel_interest(any_desk, wait.id)
    assert not audience.cancel_interest(any_desk, wait.id)
    assert catalog.product_of_variant(any_desk, variant.id).variants[0].waiting == 0
    clock.advance(1)
    assert audience.add_interest(any_desk, ana.id, "TEE-M").state is InterestState.WAITING
    assert [action for action, _ in actions(any_desk)].count("interest.cancelled") == 1


def test_a_sign_up_that_cannot_be_is_refused_and_leaves_nothing(any_desk: Desk) -> None:
    add_product(any_desk.store)
    ana = add_subscriber(any_desk.store)
    nobody = add_subscriber(any_desk.store, "", suppressed=S.ERASED)
    with pytest.raises(DeskError, match="There is no variant with the SKU NOPE"):
        audience.add_interest(any_desk, ana.id, "NOPE")
    with pytest.raises(DeskError, match="has no address"):
        audience.add_interest(any_desk, nobody.id, "TEE-M")
    assert actions(any_desk) == []


def test_what_staff_edits_is_saved_and_a_customer_id_stays_one_persons(any_desk: Desk) -> None:
    ana = add_subscriber(any_desk.store, custom_id="c1")
    bo = add_subscriber(any_desk.store, "bo@example.com")
    saved = audience.save_subscriber(
        any_desk, replace(bo, first_name="Bo", locale="sv-SE", custom_id="c2", attributes={"size": "L"})
    )
    assert (saved.first_name, saved.locale, saved.custom_id, saved.attributes) == ("Bo", "sv-SE", "c2", {"size": "L"})
    assert audience.find(any_desk, "c2").id == bo.id
    with pytest.raises(DeskError, match="belongs to somebody else"):
        audience.save_subscriber(any_desk, replace(saved, custom_id="c1"))
    assert audience.save_subscriber(any_desk, replace(ana, custom_id="")).custom_id == ""


def test_the_desk_shows_restocks_with_their_people(any_desk: Desk) -> None:
    variant, ana = add_product(any_desk.store), add_subscriber(any_desk.store)
    bo = add_subscriber(any_desk.store, "bo@example.com", consent="never")
    for person in (ana, bo):
        add_interest(any_desk.store, person.id, variant.id)
    made = catalog.set_stock(any_desk, "tee-m", 3).event
    assert made is not None
    assert restocks.latest(any_desk) == [made] == [restocks.event(any_desk, made.id)]
    assert restocks.audience(any_desk, [made.id]).excluded == {Exclusion.NO_CONSENT: 1}
    assert [one.id for one in restocks.excluded(any_desk, [made.id], Exclusion.NO_CONSENT)] == [bo.id]
    assert [one.id for one in restocks.waiting_people(any_desk, made.id)] == [ana.id, bo.id]
    assert actions(any_desk) == [("stock.set", "")]
    with pytest.raises(DeskError, match="no such restock"):
        restocks.event(any_desk, 404)


def test_stock_set_by_hand_is_checked(any_desk: Desk) -> None:
    add_product(any_desk.store)
    assert catalog.set_stock(any_desk, "TEE-M", -3).event is None
    with pytest.raises(DeskError, match="no stock level"):
        catalog.set_stock(any_desk, "TEE-M", 2**31)
    with pytest.raises(DeskError, match="no variant with the SKU NOPE"):
        catalog.set_stock(any_desk, "NOPE", 1)
    for ask in (catalog.product, catalog.product_of_variant):
        with pytest.raises(DeskError, match="not there any more"):
            ask(any_desk, 404)
