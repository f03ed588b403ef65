"""Conditions: what is one and what is none, what each means, why a block is hidden, and what the schema objects to."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from restock_desk.domain import condition_words as words
from restock_desk.domain import conditions
from restock_desk.domain.conditions import ConditionFault
from restock_desk.domain.money import Money

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONTEXT = {
    "subscriber": {"first_name": "Ana", "tier": "Gold", "attributes": {"Shoe size": 39}, "tags": ["vip", "b2b"]},
    "variant": {"stock": 3, "price": Money(Decimal("19.90"), "EUR", "19,90 €"), "title": None},
    "interest": {"created_at": datetime(2026, 2, 1, tzinfo=UTC)},
    "items": [{"product": {"title": "Coat"}}],
}


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        (("variant.stock", "lt", 5), True),
        (("variant.stock", "lt", 3), False),
        (("variant.stock", "between", [3, 3]), True),
        (("variant.stock", "eq", "3"), False),
        (("variant.stock", "eq", True), False),
        (("subscriber.tier", "in", ["gold", "silver"]), True),
        (("subscriber.tier", "in", []), False),
        (("subscriber.tier", "nin", []), True),
        (("subscriber.first_name", "lt", "B"), False),
        (("subscriber.attributes.Shoe size", "gte", 39), True),
        (("subscriber.tags", "contains", "VIP"), True),
        (("subscriber.last_name", "ne", "Li"), True),
        (("subscriber.last_name", "eq", "Li"), False),
        (("variant.title", "unset", None), True),
        (("variant.title", "starts", ""), False),
        (("variant.price", "lt", {"amount": "20", "currency": "EUR"}), True),
        (("variant.price", "lt", {"amount": "20", "currency": "USD"}), False),
        (("variant.price", "lt", 20), False),
        (("interest.created_at", "lt", {"ago_s": 86_400}), True),
        (("interest.created_at", "eq", {"at": "2026-02-01T01:00:00+01:00"}), True),
        (("items.0.product.title", "matches", "c?a*"), True),
        (("items.7.product.title", "set", None), False),
    ],
)
def test_what_a_comparison_means(leaf: tuple[str, str, Any], expected: bool) -> None:
    var, op, value = leaf
    tree = conditions.checked({"var": var, "op": op} | ({} if value is None else {"value": value}))
    assert conditions.holds(tree, CONTEXT, NOW) is expected


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        (None, ()),
        ({}, ()),
        ({"all": []} | {"any": []}, ()),
        ({"all": {}}, ("all",)),
        ({"not": {"var": "a", "op": "is"}}, ("not", "op")),
        ({"var": "a", "op": "eq"}, ()),
        ({"var": "a", "op": "set", "value": 1}, ("value",)),
        ({"var": "__class__.x", "op": "set"} | {"x": 1}, ()),
        ({"var": "a b", "op": "set"}, ("var",)),
        ({"var": "a.'", "op": "set"}, ("var",)),
        ({"var": "a", "op": "matches", "value": "*" * 9}, ("value",)),
        ({"var": "a", "op": "eq", "value": float("nan")}, ("value",)),
        ({"var": "a", "op": "eq", "value": {"amount": "1e9", "currency": "EUR"}}, ("value",)),
        ({"var": "a", "op": "eq", "value": {"at": "2026-01-01T00:00:00"}}, ("value",)),
        ({"var": "a", "op": "eq", "value": "\ud800"}, ("value",)),
        ({"any": [{"var": "a", "op": "set"}] * 21}, ("any", 20)),
    ],
)
def test_what_is_no_condition_says_where(tree: Any, path: tuple[str | int, ...]) -> None:
    with pytest.raises(ConditionFault) as caught:
        conditions.checked(tree)
    assert caught.value.path == path
    assert str(caught.value).endswith(".")


def test_nesting_without_end_is_refused() -> None:
    tree: Any = {"var": "a", "op": "set"}
    for _ in range(2000):
        tree = {"not": tree}
    with pytest.raises(ConditionFault, match="deep"):
        conditions.checked(tree)


def test_a_pattern_is_never_slow() -> None:
    began = time.process_time()
    assert not conditions.glob("a" * 20_000, "*a" * 8 + "b")
    assert time.process_time() - began < 1


def test_the_deciding_comparison_is_told() -> None:
    few = {"var": "variant.stock", "op": "lt", "value": 3}
    gold = {"var": "subscriber.tier", "op": "eq", "value": "gold"}
    tree = conditions.checked({"all": [gold, {"any": [few, {"not": gold}]}]})
    reason = conditions.explain(tree, CONTEXT, NOW)
    assert not reason.holds
    assert reason.leaf == few
    assert reason.path == ("all", 1, "any", 0)
    assert words.because(reason) == "variant.stock is 3; asked: variant.stock is less than 3."
    assert words.spoken(tree) == (
        "subscriber.tier is “gold” and (variant.stock is less than 3 or not (subscriber.tier is “gold”))"
    )


def test_the_schema_objects_to_what_can_never_hold() -> None:
    types = {"variant.stock": "number", "subscriber.tier": "text", "variant.price": "money", "product.url": "url"}
    tree = conditions.checked(
        {
            "all": [
                {"var": "subscriber.tier", "op": "lt", "value": "z"},
                {"var": "variant.stock", "op": "eq", "value": "3"},
                {"var": "variant.price", "op": "contains", "value": "9"},
                {"var": "variant.sise", "op": "set"},
                {"var": "product.url", "op": "starts", "value": "https"},
                {"var": "variant.stock", "op": "between", "value": [1, 2]},
            ]
        }
    )
    found = words.objections(tree, types.get)
    assert [path for path, _ in found] == [("all", at) for at in range(4)]
    assert "has no order" in found[0][1]
