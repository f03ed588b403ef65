"""Products coming in: what is new, what changed, what a blank leaves alone, and the restocks that follow."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restock_desk.domain.catalog import Availability, ProductIn, ProductStatus, Variant
from restock_desk.domain.listing import Listing
from restock_desk.domain.restocks import AlertRule
from restock_desk.errors import DeskError
from restock_desk.store import Store, catalog, listing, schema
from tests.store.stocking import bring, events, held, history, later, level, rows, shirt, size, tell


def variant(store: Store, sku: str = "TEE-M") -> Variant:
    with store.reading() as u:
        found = catalog.variant_by_sku(u, sku)
    assert found is not None
    return found


def test_a_first_sight_is_a_baseline_and_never_a_restock(store: Store) -> None:
    change = bring(store, shirt(size("M", 5), size("L", 0), size("S", None)))
    assert (change.new, change.updated, change.unchanged, change.events) == (1, 0, 0, [])
    assert len(change.variant_ids) == 3
    assert history(store) == [(None, 5)]
    assert bring(store, shirt(size("XL", 9)), at=later(1)).events == []


def test_the_same_products_again_change_nothing(store: Store) -> None:
    told = (shirt(size("M", 5), size("L", 0)), shirt(size("One", 1, sku="CAP"), key="cap", title="Cap"))
    bring(store, *told)
    again = bring(store, *told, at=later(9))
    assert (again.new, again.updated, again.unchanged) == (0, 0, 2)
    assert (again.variant_ids, again.events, again.changed) == ([], [], [False, False])
    assert rows(store, schema.stock_change) == 3


def test_stock_told_with_a_product_restocks_once(store: Store) -> None:
    bring(store, shirt(size("M", 0), size("L", 2)))
    change = bring(store, shirt(size("M", 4), size("L", 7)), at=later(1))
    assert [event.snapshot["variant"]["sku"] for event in change.events] == ["TEE-M"]
    assert bring(store, shirt(size("M", 4), size("L", 7)), at=later(2)).events == []
    assert history(store) == [(None, 0), (0, 4)]


def test_a_blank_erases_nothing_and_variants_that_are_not_told_stay(store: Store) -> None:
    full = shirt(
        size("M", 3, price=Decimal("9.50"), currency="EUR", barcode="4001", url="https://x/m"), size("L"),
        vendor="Loom", description_html="<p>Soft</p>", tags=("a", "b"), url="https://x/p",
    )  # fmt: skip
    bring(store, full)
    bring(store, shirt(size("M", None), title="Shirt"), at=later(1))
    with store.reading() as u:
        detail = catalog.product_of_variant(u, variant(store).id)
    assert detail is not None
    assert (detail.product.vendor, detail.product.tags, detail.product.url) == ("Loom", ("a", "b"), "https://x/p")
    assert [one.sku for one in detail.variants] == ["TEE-M", "TEE-L"]
    kept = detail.variants[0]
    assert (kept.price, kept.barcode, kept.url, kept.stock) == (Decimal("9.5"), "4001", "https://x/m", 3)


def test_a_product_told_twice_in_one_file_ends_as_it_was_told_last(store: Store) -> None:
    bring(store, shirt(size("M", 0), title="A"))
    change = bring(store, shirt(size("M", 5), title="B"), shirt(size("M", 0), title="A"), at=later(1))
    assert change.updated == 1
    assert change.events == [], "it is sold out again"
    assert held(store) == 0
    with store.reading() as u:
        detail = catalog.product_of_variant(u, variant(store).id)
    assert detail is not None
    assert detail.product.title == "A"


def test_publication_restocks_only_where_the_shop_says_so(store: Store) -> None:
    draft, active = ProductStatus.DRAFT, ProductStatus.ACTIVE
    for key, rule, expected in (("a", AlertRule(), 0), ("b", AlertRule(publication_counts=True), 1)):
        bring(store, shirt(size("M", 4, sku=key), key=key, status=draft))
        assert len(bring(store, shirt(size("M", 4, sku=key), key=key, status=active), rule=rule).events) == expected


def test_availability_without_a_quantity_restocks(store: Store) -> None:
    gone, there = (size("M", None, availability=a) for a in (Availability.OUT_OF_STOCK, Availability.IN_STOCK))
    bring(store, shirt(gone))
    assert len(bring(store, shirt(there), at=later(1)).events) == 1


def test_a_new_title_is_found_and_the_old_one_is_not(store: Store) -> None:
    bring(store, shirt(size("M"), title="Linen shirt"))
    bring(store, shirt(size("M"), title="Woollen coat"), at=later(1))
    with store.reading() as u:
        found = {words: listing.count(u, Listing("variants", search=words)).n for words in ("wool", "linen")}
    assert found == {"wool": 1, "linen": 0}


def test_a_sku_is_looked_up_in_any_case_and_refused_when_several_carry_it(store: Store) -> None:
    bring(store, shirt(size("M", sku="Dup")), shirt(size("M", sku="dUP"), size("L"), key="two"))
    assert variant(store, " tee-l ").sku == "TEE-L"
    with store.reading() as u:
        assert catalog.variant_by_sku(u, "nobody") is None
        assert catalog.variant_by_sku(u, "  ") is None
        with pytest.raises(DeskError, match="More than one variant has the SKU dup"):
            catalog.variant_by_sku(u, "dup")
        assert catalog.twice_used(u, ["DUP", "TEE-L", "", "nobody"]) == ["Dup"]


def test_a_product_comes_with_its_history_newest_first(store: Store) -> None:
    bring(store, shirt(size("M", 0), size("L", 1)))
    tell(store, level(3), at=later(5))
    with store.reading() as u:
        detail = catalog.product(u, variant(store).product_id)
        assert catalog.product(u, 404) is None
        assert catalog.product_of_variant(u, 404) is None
        assert catalog.variant(u, 404) is None
        assert catalog.skus(u) == ["TEE-M", "TEE-L"]
    assert detail is not None
    assert [(line.before, line.after) for _, line in detail.history] == [(0, 3), (None, 1), (None, 0)]


def test_the_same_new_products_told_by_many_at_once_are_stored_once(store: Store) -> None:
    told = [shirt(size("M", n % 2, sku=f"SKU-{n}"), key=f"p{n}", title=f"P{n}") for n in range(20)]

    def one(_: int) -> None:
        bring(store, *told)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(8)))
    assert (rows(store, schema.product), rows(store, schema.variant)) == (20, 20)
    assert events(store) == []


products = st.lists(
    st.builds(
        lambda key, stock, title: shirt(size("M", stock, sku=f"SKU-{key}"), key=key, title=title),
        st.sampled_from("abc"), st.none() | st.integers(-1, 3), st.sampled_from(["One", "Two"]),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told=products, round_=st.integers())
def test_any_products_told_again_change_nothing(store: Store, told: list[ProductIn], round_: int) -> None:
    once = {one.source_key: replace(one, source_key=f"{one.source_key}{round_}") for one in told}
    bring(store, *once.values())
    before = (rows(store, schema.stock_change), len(events(store)), rows(store, schema.variant))
    again = bring(store, *once.values(), at=later(5))
    assert (again.new, again.updated, again.unchanged) == (0, 0, len(once))
    assert (rows(store, schema.stock_change), len(events(store)), rows(store, schema.variant)) == before
