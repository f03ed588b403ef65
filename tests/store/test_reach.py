"""Who gets an alert and why the others do not: everybody counted once, under the first reason that holds."""

from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from restock_desk.domain.audience import AudienceReport, Exclusion, InterestIn, InterestState, SuppressionReason, barred
from restock_desk.domain.restocks import RestockEvent
from restock_desk.errors import DeskError
from restock_desk.store import Store, audience, schema
from tests.builders import NOW, add_interest, add_product, add_subscriber, restock
from tests.campaigning import set_stock
from tests.ledger_rows import sent_campaign

X = Exclusion
_numbers = count(1)


def report(store: Store, *events: RestockEvent) -> AudienceReport:
    with store.reading() as u:
        return audience.audience(u, [event.id for event in events])


def reasons(store: Store, *events: RestockEvent) -> dict[Exclusion, int]:
    found = report(store, *events)
    assert found.eligible + sum(found.excluded.values()) == found.waiting
    return found.excluded


def waiting(store: Store, variant_id: int, **person: object) -> int:
    """A new person who waits; their id."""
    someone = add_subscriber(store, f"p{next(_numbers)}@example.com", **person)
    add_interest(store, someone.id, variant_id)
    return someone.id


def test_people_who_wait_and_object_to_nothing_are_eligible(store: Store) -> None:
    variant = add_product(store)
    ids = [waiting(store, variant.id, consent=state) for state in ("unstated", "subscribed", "pending")]
    event = restock(store, qty=7)
    found = report(store, event)
    assert (found.waiting, found.eligible, found.excluded, found.units) == (3, 3, {}, 7)
    with store.reading() as u:
        assert audience.eligible_ids(u, [event.id]) == ids
        assert audience.eligible_ids(u, [event.id], after_id=ids[0], limit=1) == [ids[1]]
        people = audience.eligible(u, [event.id])
        assert [one.subscriber.id for one in audience.eligible(u, [event.id], ids[1])] == ids[2:]
        assert [one.id for one in audience.waiting_people(u, [event.id], 2)] == ids[:2]
    assert [(one.subscriber.id, one.event_ids) for one in people] == [(id, (event.id,)) for id in ids]
    assert all(one.interests[0].variant_id == variant.id for one in people)


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ({"suppressed": SuppressionReason.ERASED}, X.ERASED),
        ({"suppressed": SuppressionReason.COMPLAINT, "consent": "unsubscribed"}, X.SUPPRESSED),
        ({"suppressed": SuppressionReason.MANUAL, "consent": "never"}, X.SUPPRESSED),
        ({"suppressed": SuppressionReason.UNSUBSCRIBE, "consent": "subscribed"}, X.UNSUBSCRIBED),
        ({"consent": "unsubscribed"}, X.UNSUBSCRIBED),
        ({"consent": "never"}, X.NO_CONSENT),
        ({"consent": "pending", "consent_confirmed": False}, X.NO_CONSENT),
    ],
)
def test_who_may_not_be_mailed_is_excluded_by_the_first_reason_that_holds(
    store: Store, person: dict[str, object], reason: Exclusion
) -> None:
    variant = add_product(store)
    id = waiting(store, variant.id, **person)
    event = restock(store)
    set_stock(store, "TEE-M", 0)
    assert reasons(store, event) == {reason: 1}
    with store.reading() as u:
        assert [one.id for one in audience.exclusions(u, [event.id], reason)] == [id]
        assert audience.reason_for(u, [event.id], id) == (True, reason)
        assert audience.eligible(u, [event.id]) == []


def test_somebody_without_an_address_is_excluded(store: Store) -> None:
    variant = add_product(store)
    someone = add_subscriber(store, "")
    add_interest(store, someone.id, variant.id)
    assert reasons(store, restock(store)) == {X.NO_ADDRESS: 1}


def test_one_address_written_twice_is_one_person_and_gets_one_mail(store: Store) -> None:
    add_product(store)
    with store.unit() as u:
        told = ["Ana <ANA@example.com>", "ana@example.com", "ANA@EXAMPLE.com"]
        audience.add_interests(u, [InterestIn("TEE-M", email=email) for email in told], NOW)
        u.commit()
    event = restock(store)
    assert (report(store, event).waiting, report(store, event).eligible) == (1, 1)


def test_nobody_is_alerted_twice_for_one_restock(store: Store) -> None:
    variant = add_product(store)
    notified, mailed, queued, failed, other = (waiting(store, variant.id) for _ in range(5))
    event = restock(store)
    with store.unit() as u:
        i = schema.interest
        answered = {"state": InterestState.NOTIFIED.value, "notified_event_id": event.id}
        u.connection.execute(update(i).where(i.c.subscriber_id == notified).values(answered))
        u.commit()
    sent_campaign(store, to=mailed, event_ids=(event.id,))
    sent_campaign(store, to=queued, event_ids=(event.id,), state="queued")
    sent_campaign(store, to=failed, event_ids=(event.id,), state="failed")
    sent_campaign(store, to=other, event_ids=(event.id + 1,))
    assert reasons(store, event) == {X.ALREADY_ALERTED: 3}
    with store.reading() as u:
        assert audience.eligible_ids(u, [event.id]) == [failed, other]


def test_a_test_mail_is_no_alert(store: Store) -> None:
    variant = add_product(store)
    id = waiting(store, variant.id)
    event = restock(store)
    sent_campaign(store, to=id, event_ids=(event.id,), origin="test")
    assert reasons(store, event) == {}


def test_who_was_alerted_about_an_earlier_restock_is_not_waiting_for_a_later_one(store: Store) -> None:
    variant = add_product(store)
    id = waiting(store, variant.id)
    earlier = restock(store)
    with store.unit() as u:
        (wait,) = audience.interests_of(u, id)
        audience.mark_notified(u, {wait.id: earlier.id})
        u.commit()
    set_stock(store, "TEE-M", 0)
    later = restock(store)
    assert report(store, later).waiting == 0
    with store.reading() as u:
        assert audience.reason_for(u, [later.id], id) == (False, None)


def test_who_bought_it_gets_no_mail_and_who_cancelled_is_not_counted(store: Store) -> None:
    variant = add_product(store)
    buyer, leaver = waiting(store, variant.id), waiting(store, variant.id)
    with store.unit() as u:
        i = schema.interest
        u.connection.execute(update(i).where(i.c.subscriber_id == buyer).values(ordered_at=NOW))
        (wait,) = audience.interests_of(u, leaver)
        audience.cancel_interest(u, wait.id, NOW)
        u.commit()
    event = restock(store)
    assert reasons(store, event) == {X.BOUGHT: 1}
    assert report(store, event).waiting == 1


def test_nobody_is_eligible_when_the_stock_or_the_product_is_gone(store: Store) -> None:
    variant = add_product(store)
    waiting(store, variant.id)
    event = restock(store)
    set_stock(store, "TEE-M", 0)
    assert reasons(store, event) == {X.STOCK_GONE: 1}
    assert report(store, event).units == 0
    set_stock(store, "TEE-M", 5)
    with store.unit() as u:
        u.connection.execute(update(schema.product).values(status="draft"))
        u.commit()
    assert reasons(store, event) == {X.STOCK_GONE: 1}
    with store.unit() as u:
        u.connection.execute(schema.interest.delete())
        u.connection.execute(schema.product.delete())
        u.commit()
    assert report(store, event) == AudienceReport((event.id,), 0, 0, {}, None)


def test_a_withdrawn_restock_alerts_nobody_though_the_stock_is_back(store: Store) -> None:
    variant = add_product(store)
    waiting(store, variant.id)
    withdrawn = restock(store, state="withdrawn")
    assert reasons(store, withdrawn) == {X.STOCK_GONE: 1}
    assert reasons(store, restock(store)) == {}


def test_one_open_wait_of_several_is_enough_and_everybody_is_counted_once(store: Store) -> None:
    tee, cap = add_product(store), add_product(store, sku="CAP")
    both, only_cap = waiting(store, tee.id), waiting(store, cap.id)
    add_interest(store, both, cap.id)
    first, second = restock(store, qty=3), restock(store, "CAP", 4)
    set_stock(store, "CAP", 0)
    found = report(store, first, second)
    assert (found.waiting, found.eligible, found.excluded, found.units) == (2, 1, {X.STOCK_GONE: 1}, 3)
    with store.reading() as u:
        (one,) = audience.eligible(u, [first.id, second.id])
        assert (one.subscriber.id, one.event_ids) == (both, (first.id,))
        assert [p.id for p in audience.exclusions(u, [first.id, second.id], X.STOCK_GONE)] == [only_cap]
    set_stock(store, "CAP", 4)
    with store.reading() as u:
        one, _ = audience.eligible(u, [first.id, second.id])
        assert (one.event_ids, len(one.interests)) == ((first.id, second.id), 2)


def test_stock_that_is_not_counted_has_no_number_of_units(store: Store) -> None:
    variant = add_product(store, stock=None, variant_availability="out_of_stock")
    waiting(store, variant.id)
    event = restock(store, qty=5)
    with store.unit() as u:
        u.connection.execute(update(schema.variant).values(stock=None, availability="in_stock"))
        u.commit()
    assert (report(store, event).units, report(store, event).eligible) == (None, 1)


def test_there_is_no_audience_of_an_unknown_restock(store: Store) -> None:
    for ids in ([], [404]):
        with store.reading() as u, pytest.raises(DeskError, match="There is no such restock"):
            audience.audience(u, ids)


people = st.fixed_dictionaries({
    "consent": st.sampled_from(["unstated", "subscribed", "pending", "never", "unsubscribed"]),
    "consent_confirmed": st.booleans(),
    "suppressed": st.none() | st.sampled_from(SuppressionReason),
})  # fmt: skip


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told=st.lists(people, max_size=6), gone=st.booleans(), seed=st.integers(0, 99))
def test_everybody_is_counted_once_as_the_domain_says(
    store: Store, told: list[dict[str, object]], gone: bool, seed: int
) -> None:
    skus = [f"A{next(_numbers)}" for _ in range(2)]
    variants = [add_product(store, sku=sku) for sku in skus]
    dice = Random(seed)
    expected: dict[Exclusion | None, int] = {}
    for person in told:
        someone = add_subscriber(store, f"q{next(_numbers)}@example.com", **person)
        for variant in dice.sample(variants, dice.randint(1, 2)):
            add_interest(store, someone.id, variant.id)
        why = barred(someone.consent, someone.consent_confirmed, someone.suppressed) or (X.STOCK_GONE if gone else None)
        expected[why] = expected.get(why, 0) + 1
    found = [restock(store, sku) for sku in skus]
    if gone:
        for sku in skus:
            set_stock(store, sku, 0)
    eligible = expected.pop(None, 0)
    assert (report(store, *found).eligible, reasons(store, *found)) == (eligible, expected)
    assert report(store, *found).waiting == len(told)
