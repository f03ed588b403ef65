"""The 0→n rule by itself: every row of the table of what counts as a restock, and properties of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain.catalog import Availability, ProductStatus
from restock_desk.domain.restocks import AlertRule, StockPoint, buyable, crosses

A = Availability
P = ProductStatus


def at(quantity: int | None, availability: A | None = None, status: P = P.ACTIVE, **more: bool) -> StockPoint:
    derived = A.UNKNOWN if quantity is None else A.IN_STOCK if quantity > 0 else A.OUT_OF_STOCK
    return StockPoint(quantity, availability or derived, status, **more)


@pytest.mark.parametrize(
    ("before", "after", "rule", "is_restock"),
    [
        (at(0), at(3), AlertRule(), True),
        (at(-3), at(0), AlertRule(), False),
        (at(-3), at(2), AlertRule(), True),
        (at(0), at(1), AlertRule(threshold=5), False),
        (at(2), at(7), AlertRule(), False),
        (at(1), at(5), AlertRule(threshold=5), True),
        (at(5), at(6), AlertRule(threshold=5), False),
        (at(None), at(5), AlertRule(), False),
        (at(None, A.IN_STOCK), at(5), AlertRule(), False),
        (at(None, A.OUT_OF_STOCK), at(5), AlertRule(), True),
        (at(0, known=False), at(5), AlertRule(), False),
        (at(None, A.OUT_OF_STOCK), at(None, A.IN_STOCK), AlertRule(), True),
        (at(None), at(None, A.IN_STOCK), AlertRule(), False),
        (at(0), at(None, A.UNKNOWN), AlertRule(), False),
        (at(4, status=P.DRAFT), at(4), AlertRule(), False),
        (at(4, status=P.DRAFT), at(4), AlertRule(publication_counts=True), True),
        (at(0, status=P.DRAFT), at(4), AlertRule(), True),
        (at(0), at(4, status=P.DRAFT), AlertRule(), False),
        (at(0), at(4, status=P.ARCHIVED), AlertRule(), False),
        (at(0), at(4, status=P.UNKNOWN), AlertRule(), True),
        (at(0), at(0, A.BACKORDER), AlertRule(), False),
        (at(0), at(0, A.BACKORDER), AlertRule(backorder_counts=True), True),
        (at(0), at(0, oversell=True), AlertRule(backorder_counts=True), True),
        (at(0, oversell=True), at(5, oversell=True), AlertRule(backorder_counts=True), False),
        (at(5), at(5), AlertRule(), False),
    ],
)
def test_only_a_change_from_not_buyable_to_buyable_is_a_restock(
    before: StockPoint, after: StockPoint, rule: AlertRule, is_restock: bool
) -> None:
    assert crosses(before, after, rule) is is_restock


points = st.builds(
    StockPoint,
    st.none() | st.integers(-5, 9),
    st.sampled_from(A),
    st.sampled_from(P),
    st.booleans(),
    st.booleans(),
)
rules = st.builds(AlertRule, st.integers(1, 6), st.just(60), st.booleans(), st.booleans())


@given(points, points, rules)
def test_a_restock_always_ends_buyable_and_never_began_so(
    before: StockPoint, after: StockPoint, rule: AlertRule
) -> None:
    if crosses(before, after, rule):
        assert buyable(after, rule)
        assert not buyable(before, rule)
        assert before.known


@given(points, rules)
def test_the_same_values_again_are_never_a_restock(point: StockPoint, rule: AlertRule) -> None:
    assert not crosses(point, point, rule)


@given(points, points, points, rules)
def test_two_restocks_of_one_variant_have_a_time_without_stock_between_them(
    first: StockPoint, second: StockPoint, third: StockPoint, rule: AlertRule
) -> None:
    assert not (crosses(first, second, rule) and crosses(second, third, rule))
