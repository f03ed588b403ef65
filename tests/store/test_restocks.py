"""Restock events: flapping inside the debounce, and snapshots that outlive what they show."""

from decimal import Decimal

from sqlalchemy import delete, update

from restock_desk.domain.restocks import AlertRule, EventState
from restock_desk.store import Store, restocks, schema
from tests.builders import add_product
from tests.store.stocking import bring, events, later, level, shirt, size, tell

OPEN, WITHDRAWN = EventState.OPEN, EventState.WITHDRAWN


def test_an_event_is_due_when_the_debounce_ends(store: Store) -> None:
    add_product(store)
    tell(store, level(5), at=later(10), rule=AlertRule(debounce_s=90))
    (event,) = events(store)
    assert (event.occurred_at, event.due_at) == (later(10), later(100))
    assert (event.before, event.after, event.state) == (0, 5, OPEN)


def test_flapping_inside_the_debounce_is_one_event_withdrawn_and_opened_again(store: Store) -> None:
    add_product(store)
    tell(store, level(5), at=later(0))
    (first,) = events(store)
    tell(store, level(0), at=later(20))
    assert [event.state for event in events(store)] == [WITHDRAWN]
    tell(store, level(6), at=later(40))
    (again,) = events(store)
    assert (again.id, again.state, again.due_at) == (first.id, OPEN, first.due_at)
    assert (again.after, again.snapshot["variant"]["stock"]) == (6, 6)


def test_stock_that_comes_back_after_the_debounce_is_a_second_event(store: Store) -> None:
    add_product(store)
    for second, quantity in ((0, 5), (20, 0), (61, 5)):
        tell(store, level(quantity), at=later(second))
    assert [event.state for event in events(store)] == [OPEN, WITHDRAWN]


def test_an_event_that_is_due_stays_open_when_stock_is_sold(store: Store) -> None:
    add_product(store)
    for second, quantity in ((0, 5), (60, 0), (70, 5)):
        tell(store, level(quantity), at=later(second))
    assert [event.state for event in events(store)] == [OPEN, OPEN]


def test_stock_that_is_gone_again_in_the_same_file_leaves_no_open_event(store: Store) -> None:
    add_product(store)
    results, _ = tell(store, level(5), level(0), at=later(1))
    assert [one.event for one in results] == [None, None]
    assert [event.state for event in events(store)] == [WITHDRAWN]


def test_an_old_observation_is_dated_as_such_and_debounced_from_now(store: Store) -> None:
    add_product(store, variant_stock_observed_at=later(-900))
    tell(store, level(5, observed_at=later(-600)), at=later(0))
    (event,) = events(store)
    assert (event.occurred_at, event.due_at) == (later(-600), later(60))


def test_an_observation_from_the_future_happened_now(store: Store) -> None:
    add_product(store)
    tell(store, level(5, observed_at=later(9_999)), at=later(10))
    assert events(store)[0].occurred_at == later(10)


def test_a_snapshot_holds_everything_that_was_true(store: Store) -> None:
    bring(
        store,
        shirt(
            size(price=Decimal("19.9"), compare_at_price=Decimal("24.995"), currency="EUR", image_url="https://x/v.png",
                 url="https://x/v"),
            title="Linen shirt", description_html="<p>Soft <b>linen</b>.</p>", vendor="Loom", type="Shirt",
            url="https://x/p", image_url="https://x/p.png",
        ),
    )  # fmt: skip
    tell(store, level(5), at=later(1))
    (event,) = events(store)
    product, variant = event.snapshot["product"], event.snapshot["variant"]
    assert product == {
        "id": product["id"], "title": "Linen shirt", "description": "Soft linen.", "vendor": "Loom",
        "url": "https://x/p", "image_url": "https://x/p.png", "handle": "shirt", "type": "Shirt",
    }  # fmt: skip
    assert variant == {
        "id": event.variant_id, "sku": "TEE-M", "title": "M", "options": [["Size", "M"]], "price": "19.90",
        "compare_at_price": "24.995", "currency": "EUR", "stock": 5, "image_url": "https://x/v.png",
        "url": "https://x/v",
    }  # fmt: skip


def test_a_snapshot_survives_the_change_and_the_end_of_its_product(store: Store) -> None:
    variant = add_product(store, title="Old title")
    tell(store, level(5), at=later(1))
    (before,) = events(store)
    with store.unit() as u:
        p, v = schema.product, schema.variant
        u.connection.execute(update(p).values(title="New title", url="https://elsewhere.example"))
        u.connection.execute(update(v).values(price=Decimal("1.00"), sku="OTHER"))
        u.commit()
    assert events(store) == [before]
    with store.unit() as u:
        u.connection.execute(delete(p).where(p.c.id == variant.product_id))
        u.commit()
    (after,) = events(store)
    assert after == before
    assert after.snapshot["product"]["title"] == "Old title"
    with store.reading() as u:
        assert restocks.event(u, before.id) == before
        assert restocks.events_by_id(u, [before.id, 999]) == [before]
        assert restocks.events_of_variants(u, [variant.id]) == [before]


def test_there_is_no_event_of_an_unknown_number(store: Store) -> None:
    with store.reading() as u:
        assert restocks.event(u, 404) is None
