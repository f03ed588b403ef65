"""The `back_in_stock` events of one person, within the bounds Batch sets: names, lengths, sizes, numbers.

Long names are cut where a reader would cut them, an address never: it is told instead. What is empty is left out.
"""

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

from restock_desk.domain.handover import Alert, AlertItem

TEXT_LIMIT, LABEL_LIMIT, URL_LIMIT, EVENT_LIMIT, EVENTS_LIMIT = 300, 64, 2_048, 25_000, 15
NAME = "back_in_stock"
_JOINS = {"\u200d", "\ufe0e", "\ufe0f"}


class TooLong(Exception):
    """An address that may not be cut."""


def events(alert: Alert, key: str, each: bool) -> list[dict[str, Any]]:
    """The events of one delivery: one with all products, or with `each` one a product. Raises TooLong.

    `key` names the delivery on every attempt: each event's `alert_id` comes from it, and with it the automation tells
    a repetition from a second alert.
    """
    if each and len(alert.items) > 1:
        return [_event(alert, (item,), f"{key}.{n}") for n, item in enumerate(alert.items)]
    return [_event(alert, alert.items, key)]


def cut(text: str, most: int) -> str:
    """`text` within so many characters, cut between characters as a reader sees them."""
    if len(text) <= most:
        return text
    end = most - 1
    while end > 0 and (_joined(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip() + "…"


def moment(at: datetime) -> str:
    """RFC 3339 in UTC, in whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _event(alert: Alert, items: tuple[AlertItem, ...], key: str) -> dict[str, Any]:
    first = items[0]
    attributes: dict[str, Any] = {
        "$label": f"rse-{first.event_id}"[:LABEL_LIMIT],
        "alert_id": f"al_{key}"[:TEXT_LIMIT],
        "sku": cut(first.sku, TEXT_LIMIT),
        "product_name": cut(first.product, TEXT_LIMIT),
        "variant_name": cut(first.variant, TEXT_LIMIT),
        "price": None if first.price is None else float(first.price),
        "currency": first.currency,
        "stock": first.stock,
        "url(product_url)": _url(first.product_url, "product"),
        "url(image_url)": _url(first.image_url, "picture"),
        "url(cart_url)": _url(first.cart_url, "cart"),
        "url(wishlist_url)": _url(first.wishlist_url, "wish list"),
        "products": [_product(item) for item in items],
    }
    attributes = _filled(attributes)
    event = {"name": NAME, "time": moment(alert.at), "attributes": attributes}
    products = attributes["products"]
    while len(products) > 1 and size(event) > EVENT_LIMIT:
        products.pop()
        attributes["products_more"] = len(items) - len(products)
    return event


def size(event: dict[str, Any]) -> int:
    """Bytes of one event as it is sent."""
    return len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())


def _product(item: AlertItem) -> dict[str, Any]:
    return _filled(
        {
            "name": cut(item.product, TEXT_LIMIT),
            "variant": cut(item.variant, TEXT_LIMIT),
            "sku": cut(item.sku, TEXT_LIMIT),
            "price": None if item.price is None else float(item.price),
            "url(link)": _url(item.product_url, "product"),
            "url(image)": _url(item.image_url, "picture"),
        }
    )


def _url(url: str, what: str) -> str:
    if len(url) > URL_LIMIT:
        raise TooLong(f"The {what}'s address is longer than {URL_LIMIT:,} characters, and Batch takes no longer one.")
    return url


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _joined(char: str) -> bool:
    """Whether this character belongs to the one before it."""
    skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    return char in _JOINS or skin_tone or unicodedata.combining(char) != 0 or unicodedata.category(char) == "Me"
