"""The context holds exactly the documented paths, plain data only, and is the same from frozen parts."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from restock_desk.domain.audience import Interest
from restock_desk.domain.money import Money
from restock_desk.domain.templates import CONTEXT_FIELDS
from restock_desk.services import context as context_
from restock_desk.services import frozen
from tests.rendering.samples import ANA, KEY, NOW, SHOP, context, event, identity

_MAPS = ("subscriber.attributes", "items", "shelf.lists")


def _paths(data: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        path = f"{above}{name}"
        if isinstance(value, dict) and path not in _MAPS:
            yield from _paths(value, f"{path}.")
        else:
            yield path, value


def test_the_context_holds_what_is_documented_and_nothing_else() -> None:
    data = context()
    assert sorted(path for path, _ in _paths(data)) == sorted(field.path for field in CONTEXT_FIELDS)
    parts = {path.split(".")[0] for path, _ in _paths(data["items"][0])}
    assert parts == {"product", "variant", "event", "interest", "links"}


def test_only_nullable_fields_are_ever_nothing() -> None:
    bare = replace(ANA, custom_id="", first_name="", locale="", timezone="", attributes={})
    shop = replace(SHOP, url="", cart_url="", public_url="", postal_address="")
    poor = event(
        2, description="", vendor="", url="", image_url="", variant={"title": "", "price": None, "stock": None}
    )
    data = dict(_paths(context(poor, person=bare, shop=shop)))
    nullable = {field.path for field in CONTEXT_FIELDS if field.nullable}
    assert {path for path, value in data.items() if value is None} <= nullable
    assert all(value is None for path, value in data.items() if path in nullable and not path.startswith("interest."))


def test_values_have_the_type_they_are_documented_with() -> None:
    kinds = {"text": str, "number": int, "date": datetime, "money": Money, "url": str, "map": dict, "list": list}
    data = dict(_paths(context()))
    wrong = [f.path for f in CONTEXT_FIELDS if data[f.path] is not None and not isinstance(data[f.path], kinds[f.type])]
    assert wrong == []


def test_addresses_are_made_whole_by_the_shops_patterns() -> None:
    shop = replace(
        SHOP, product_url="https://shop.example/p/{handle}?v={variant_id}", image_base_url="https://img.example/"
    )
    data = context(event(4, url="", image_url="a b/tee.png", handle="t&e", variant={"sku": "A/1"}), shop=shop)
    assert data["product"]["url"] == "https://shop.example/p/t%26e?v=4"
    assert data["product"]["image_url"] == "https://img.example/a b/tee.png"
    assert data["links"]["cart"] == "https://shop.example/cart/A%2F1"
    assert context(event(url="/tee"))["links"]["product"] == "https://shop.example/tee"
    assert context(event(url="", variant={"sku": ""}))["links"]["cart"] is None


PRICES = [
    ("EUR", "5", "5,00\u00a0€"), ("", "5", "5,00\u00a0€"), ("JPY", "500", "500\u00a0¥"), ("EUR", "x", None),
    ("EUR", "NaN", None),
]  # fmt: skip


@pytest.mark.parametrize(("currency", "price", "text"), PRICES)
def test_a_price_prints_with_its_currency_or_the_shops(currency: str, price: str, text: str | None) -> None:
    found = context(event(variant={"price": price, "currency": currency}))["variant"]["price"]
    assert (found and str(found)) == text


def test_the_interest_of_the_variant_is_told_with_it() -> None:
    data = context(event(1), event(2))
    assert [item["interest"]["source"] for item in data["items"]] == ["product page", None]


def test_frozen_parts_give_the_same_context() -> None:
    interests = [Interest(1, ANA.id, 1, NOW, "page")]
    events = [event(1), event(2)]
    stored = json.loads(
        json.dumps(
            {
                "shop": frozen.freeze_shop(SHOP), "person": frozen.freeze_person(ANA),
                "events": [frozen.freeze_event(e) for e in events],
                "interests": [frozen.freeze_interest(i) for i in interests],
            }
        )
    )  # fmt: skip
    thawed = context_.build(
        frozen.thaw_shop(stored["shop"]),
        frozen.thaw_person(ANA.id, stored["person"]),
        [frozen.thaw_event(e) for e in stored["events"]],
        [frozen.thaw_interest(ANA.id, i) for i in stored["interests"]],
        identity(),
    )
    assert thawed == context_.build(SHOP, ANA, events, interests, identity())
    assert frozen.thaw_shop(stored["shop"]) == SHOP


def test_a_shop_without_a_sender_mails_from_nowhere() -> None:
    made = context_.identify(replace(SHOP, sender_email=""), KEY, "k", NOW)
    assert made.sender_email.endswith(".invalid")
