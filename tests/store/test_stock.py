"""Stock told to the shop: levels, sums, pools, late observations, and exactly one event per true crossing."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from restock_desk.domain.catalog import Availability, ProductStatus, StockIn
from restock_desk.domain.restocks import AlertRule
from restock_desk.store import Store, schema
from tests.builders import add_product
from tests.store.stocking import bring, events, held, history, later, level, rows, shirt, size, tell

A = Availability
_numbers = count(1)
few = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize(
    ("before", "after", "rule", "restocks"),
    [
        (0, 3, AlertRule(), 1),
        (-3, 0, AlertRule(), 0),
        (0, 1, AlertRule(threshold=5), 0),
        (2, 7, AlertRule(), 0),
        (1, 5, AlertRule(threshold=5), 1),
        (None, 5, AlertRule(), 0),
        (5, 5, AlertRule(), 0),
        (5, 0, AlertRule(), 0),
    ],
)
def test_only_a_true_crossing_writes_an_event(
    store: Store, before: int | None, after: int, rule: AlertRule, restocks: int
) -> None:
    add_product(store, stock=before)
    results, rejected = tell(store, level(after), at=later(1), rule=rule)
    assert [(one.before, one.after, one.event is not None) for one in results] == [(before, after, bool(restocks))]
    assert rejected == []
    assert len(events(store)) == restocks
    assert held(store) == after


def test_in_stock_again_without_a_quantity_is_a_restock(store: Store) -> None:
    add_product(store, stock=None, variant_availability="out_of_stock")
    tell(store, level(None, availability=A.IN_STOCK), at=later(1))
    assert len(events(store)) == 1


def test_stock_of_a_draft_is_no_restock(store: Store) -> None:
    add_product(store, status=ProductStatus.DRAFT.value)
    tell(store, level(4), at=later(1))
    assert events(store) == []
    assert held(store) == 4


def test_the_same_level_again_changes_nothing(store: Store) -> None:
    add_product(store)
    for second in (1, 2, 3):
        tell(store, level(4), at=later(second))
    assert len(events(store)) == 1
    assert history(store) == [(0, 4)]


def test_an_observation_older_than_the_one_held_is_history_only_and_stands_there_once(store: Store) -> None:
    add_product(store, stock=3)
    tell(store, level(0), at=later(100))
    for _ in range(2):
        results, _ = tell(store, level(9, observed_at=later(50)), at=later(120))
        assert (results[0].before, results[0].after, results[0].event) == (0, 0, None)
    assert held(store) == 0
    assert events(store) == []
    assert history(store) == [(3, 0), (None, 9)]


def test_a_file_told_again_after_newer_stock_adds_no_history(store: Store) -> None:
    add_product(store)
    told = level(7, observed_at=later(10))
    tell(store, told, at=later(11))
    tell(store, level(2, observed_at=later(20)), at=later(21))
    tell(store, told, at=later(30))
    assert held(store) == 2
    assert history(store) == [(0, 7), (7, 2)]


def test_levels_of_locations_are_summed(store: Store) -> None:
    add_product(store)
    tell(store, level(0, location="Porto"), level(2, location="Lisbon"), at=later(1))
    assert len(events(store)) == 1
    tell(store, level(3, location="Porto"), at=later(2))
    assert held(store) == 5
    assert len(events(store)) == 1, "one location came back while another had stock: no restock"
    tell(store, level(0, location="Porto"), level(0, location="Lisbon"), at=later(90))
    assert held(store) == 0


def test_a_total_replaces_the_levels_of_locations(store: Store) -> None:
    add_product(store)
    tell(store, level(1, location="Porto"), level(2, location="Lisbon"), at=later(1))
    tell(store, level(10), at=later(2))
    assert (held(store), rows(store, schema.stock_level)) == (10, 0)
    tell(store, level(4, location="Porto"), at=later(3))
    assert held(store) == 4


def test_a_late_level_of_one_location_moves_nothing_and_of_another_one_counts(store: Store) -> None:
    add_product(store)
    tell(store, level(5, location="Porto"), at=later(10))
    tell(store, level(9, location="Porto", observed_at=later(5)), at=later(11))
    assert held(store) == 5
    tell(store, level(2, location="Lisbon", observed_at=later(6)), at=later(12))
    assert held(store) == 7
    tell(store, level(0, observed_at=later(8)), at=later(13))
    assert held(store) == 7, "a total older than what the locations told is late"


def test_a_location_told_before_the_total_that_is_held_is_late(store: Store) -> None:
    add_product(store)
    tell(store, level(10), at=later(20))
    tell(store, level(0, location="Porto", observed_at=later(5)), at=later(21))
    assert held(store) == 10


def test_locations_that_stock_nothing_count_as_unknown_not_as_none(store: Store) -> None:
    add_product(store)
    tell(store, level(None, location="Porto"), level(2, location="Lisbon"), at=later(1))
    assert held(store) == 2
    tell(store, level(None, location="Lisbon"), at=later(2))
    assert held(store) is None


def test_stock_of_a_parent_restocks_every_variant_of_the_pool(store: Store) -> None:
    bring(store, shirt(*(size(name, stock_from_parent=True) for name in "SML"), size("XL")))
    results, _ = tell(store, level(4, sku="TEE-S"), at=later(1))
    assert {one.sku for one in results} == {"TEE-S", "TEE-M", "TEE-L"}
    assert len(events(store)) == 3
    assert held(store, "TEE-XL") == 0
    tell(store, StockIn(0, handle="shirt"), at=later(2))
    assert [held(store, f"TEE-{name}") for name in "SML"] == [0, 0, 0]


def test_a_level_finds_its_variant_by_sku_item_or_handle_with_options(store: Store) -> None:
    bring(store, shirt(size("M", inventory_item_id="998877665544332211"), size("L")))
    tell(store, level(1, sku=" tee-m "), at=later(1))
    assert held(store) == 1
    tell(store, StockIn(2, inventory_item_id="998877665544332211"), at=later(2))
    assert held(store) == 2
    tell(store, StockIn(3, handle="shirt", options=(("SIZE", "m"),)), at=later(3))
    assert (held(store), held(store, "TEE-L")) == (3, 0)


def test_levels_that_fit_no_variant_or_several_are_named(store: Store) -> None:
    bring(store, shirt(size("M"), size("L", sku="TWICE")), shirt(size("M", sku="twice"), key="other"))
    _, rejected = tell(store, level(1, sku="NOBODY", line=2), level(1, sku="Twice", line=3), level(2, line=4))
    assert [(one.line, one.field, one.reason) for one in rejected] == [
        (2, "sku", "There is no variant with the SKU NOBODY."),
        (3, "sku", "The SKU Twice belongs to 2 variants."),
    ]
    assert held(store) == 2


def test_one_file_that_tells_a_variant_twice_is_taken_in_its_order(store: Store) -> None:
    add_product(store)
    results, _ = tell(store, level(5, line=2), level(0, line=3), level(5, line=4), at=later(1))
    assert [(one.line, one.before, one.after) for one in results] == [(2, 0, 5), (3, 5, 0), (4, 0, 5)]
    assert [one.event is not None for one in results] == [False, False, True]
    assert len(events(store)) == 1


levels = st.lists(st.tuples(st.integers(0, 6), st.sampled_from([0, 0, 1, 4])), min_size=1, max_size=8)


def true_crossings(told: Sequence[tuple[int, int]]) -> int:
    """How often stock came back when (second, quantity) are heard in the order of their seconds."""
    ordered = [0, *(quantity for _, quantity in sorted(dict(told).items()))]
    return sum(1 for before, after in pairwise(ordered) if before <= 0 < after)


@few
@given(told=levels)
def test_duplicated_updates_give_one_event_per_true_crossing(store: Store, told: list[tuple[int, int]]) -> None:
    sku = f"D{next(_numbers)}"
    add_product(store, sku=sku)
    updates = sorted(dict(told).items())
    for second, quantity in updates:
        for _ in range(2):
            same = level(quantity, sku=sku, observed_at=later(1 + second))
            tell(store, same, same, at=later(1 + second), rule=AlertRule(debounce_s=0))
    assert sum(1 for one in events(store) if one.snapshot["variant"]["sku"] == sku) == true_crossings(told)
    assert held(store, sku) == updates[-1][1]


@few
@given(told=levels, data=st.data())
def test_updates_in_any_order_end_at_the_newest_level_and_never_invent_a_crossing(
    store: Store, told: list[tuple[int, int]], data: st.DataObject
) -> None:
    sku = f"S{next(_numbers)}"
    add_product(store, sku=sku)
    updates = sorted(dict(told).items())
    for second, quantity in data.draw(st.permutations(updates)):
        tell(store, level(quantity, sku=sku, observed_at=later(1 + second)), at=later(60), rule=AlertRule(debounce_s=0))
    assert held(store, sku) == updates[-1][1]
    found = sum(1 for one in events(store) if one.snapshot["variant"]["sku"] == sku)
    assert found <= true_crossings(told)
    assert found >= (updates[-1][1] > 0), "stock that is there now was announced"


def test_the_same_restock_told_by_many_at_once_is_one_event(store: Store) -> None:
    add_product(store)
    bring(store, shirt(size("L"), size("S")))

    def one(number: int) -> None:
        told = [level(5), level(number % 2, sku="TEE-L"), level(3, sku="TEE-S")]
        tell(store, *(told if number % 2 else told[::-1]), at=later(1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(16)))
    skus = [event.snapshot["variant"]["sku"] for event in events(store)]
    assert (skus.count("TEE-M"), skus.count("TEE-S"), skus.count("TEE-L")) == (1, 1, 1)
    assert history(store) == [(0, 5)]


def test_every_change_has_its_line_of_history_with_its_source(store: Store) -> None:
    variant = add_product(store)
    tell(store, level(4), at=later(1))
    tell(store, level(1), at=later(2))
    with store.reading() as u:
        c = schema.stock_change.c
        lines = u.connection.execute(select(c.at, c.before, c.after, c.source).where(c.variant_id == variant.id))
        assert [tuple(line) for line in lines] == [(later(1), 0, 4, "test"), (later(2), 4, 1, "test")]
