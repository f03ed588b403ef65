"""The context a template may use, built in one place for previews, tests and sends. Its paths are CONTEXT_FIELDS.

What is known but empty is None. Nothing but plain data goes in: no record, no setting, no function.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from restock_desk.domain.audience import Interest, Subscriber
from restock_desk.domain.money import Money
from restock_desk.domain.restocks import EventState, RestockEvent
from restock_desk.domain.shelf import EMPTY, Shelf
from restock_desk.domain.shop import Shop
from restock_desk.rendering import locales
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.run import LOOP_LIMIT

Data = dict[str, Any]
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_TOLD = ("custom_id", "first_name", "last_name", "locale", "timezone")
NO_SENDER = "alerts@restock-desk.invalid"
"""Where a shop named no sender: no mail server accepts it, so nothing leaves by mistake."""
SAMPLE_PERSON = Subscriber(
    0, "sample@restock-desk.invalid", "sample@restock-desk.invalid", "C-1001", "Sam", "Sample", "en", "UTC"
)
SAMPLE_EVENT = RestockEvent(
    id=0,
    variant_id=0,
    occurred_at=datetime(2026, 1, 15, 9, 30, tzinfo=UTC),
    due_at=datetime(2026, 1, 15, 9, 31, tzinfo=UTC),
    before=0,
    after=12,
    state=EventState.OPEN,
    snapshot={
        "product": {
            "id": 0,
            "title": "Sample product",
            "description": "A few words about it.",
            "vendor": "Sample maker",
        },
        "variant": {"id": 0, "sku": "SAMPLE-1", "title": "Medium", "price": "19.90", "currency": "EUR", "stock": 12},
    },
)
"""Stand-ins for a preview in a shop that has nobody and nothing yet."""


def identify(
    shop: Shop,
    token_key: bytes,
    key: str,
    date: datetime,
    delivery_id: int = 0,
    campaign_id: int = 0,
    test: bool = False,
) -> Identity:
    """Who one mail is: `key` names it for ever, `date` is its Date, delivery 0 = outside all statistics."""
    return Identity(
        key=key,
        token_key=token_key,
        date=date,
        delivery_id=delivery_id,
        campaign_id=campaign_id,
        public_url=shop.public_url.rstrip("/"),
        sender_name=shop.sender_name or shop.name,
        sender_email=shop.sender_email or NO_SENDER,
        reply_to=shop.reply_to,
        unsubscribe_email=shop.unsubscribe_email,
        feedback_id="" if test or not campaign_id else f"{campaign_id}:restock:restock-desk",
        test=test,
        locale=shop.locale,
        timezone=shop.timezone,
    )


def build(
    shop: Shop,
    subscriber: Subscriber,
    events: Sequence[RestockEvent],
    interests: Sequence[Interest],
    identity: Identity,
    shelf: Shelf = EMPTY,
) -> Data:
    """The context of one mail. The first event is the mail's own; all of them stand in `items`, up to the limit.

    `interests` are this person's; the one in an event's variant is told with it.
    """
    by_variant = {interest.variant_id: interest for interest in interests}
    links = _links_of_mail(identity)
    items = [_item(shop, subscriber, event, by_variant, links) for event in events[:LOOP_LIMIT]]
    return {
        "subscriber": person(subscriber),
        **(items[0] if items else {}),
        "shop": {
            "name": shop.name,
            "url": shop.url or None,
            "logo_url": _picture(shop, shop.logo_url),
            "address": shop.postal_address or None,
        },
        "items": items,
        "shelf": _shelf(shop, subscriber, shelf, links),
    }


def person(subscriber: Subscriber) -> Data:
    """What a template may say of the reader."""
    return told({name: getattr(subscriber, name) for name in (*_TOLD, "email", "attributes")})


def told(kept: Mapping[str, Any]) -> Data:
    """The same from what a delivery keeps of its reader: this is done for each mail."""
    data: Data = {name: kept.get(name) or None for name in _TOLD}
    data["email"] = kept.get("email", "")
    data["attributes"] = dict(kept.get("attributes") or {})
    return data


def interest(found: Interest | None) -> Data:
    """What a template may say of somebody's wait."""
    return {
        "created_at": found.created_at if found else None,
        "source": (found.source if found else None) or None,
    }


def _item(shop: Shop, reader: Subscriber, event: RestockEvent, interests: dict[int, Interest], links: Data) -> Data:
    product, variant = event.snapshot.get("product") or {}, event.snapshot.get("variant") or {}
    names = {"sku": variant.get("sku"), "handle": product.get("handle"), "variant_id": variant.get("id")}
    page = _page(shop, product.get("url")) or _filled(shop.product_url, names)
    own_page = _page(shop, variant.get("url")) or page
    picture = _picture(shop, product.get("image_url"))
    told = interest(interests.get(event.variant_id))
    title = variant.get("title")
    return {
        "event": {"id": event.id, "occurred_at": event.occurred_at},
        "product": {
            "title": product.get("title") or "",
            "description": product.get("description") or None,
            "vendor": product.get("vendor") or None,
            "url": page,
            "image_url": picture,
        },
        "variant": {
            "sku": variant.get("sku") or "",
            "title": None if title in ("", "Default Title") else title,
            "price": _money(variant, "price", reader, shop),
            "compare_at_price": _money(variant, "compare_at_price", reader, shop),
            "stock": variant.get("stock"),
            "image_url": _picture(shop, variant.get("image_url")) or picture,
            "url": own_page,
        },
        "interest": told,
        "links": {
            "product": own_page or shop.url or None,
            "cart": _filled(shop.cart_url, names),
            "wishlist": _filled(shop.wishlist_url, names),
            **links,
        },
    }


def _shelf(shop: Shop, reader: Subscriber, shelf: Shelf, links: Data) -> Data:
    def shown(events: Sequence[RestockEvent]) -> list[Data]:
        return [_item(shop, reader, event, {}, links) for event in events]

    return {
        "related": shown(shelf.related),
        "bestsellers": shown(shelf.bestsellers),
        "lists": {name: shown(events) for name, events in shelf.lists.items()},
    }


def _links_of_mail(identity: Identity) -> Data:
    served = bool(identity.public_url)
    return {
        "unsubscribe": identity.unsubscribe_url,
        "preferences": identity.link("p", "preferences") if served else None,
        "browser": identity.link("b", "browser") if served else None,
    }


def _money(variant: Data, name: str, reader: Subscriber, shop: Shop) -> Money | None:
    value = variant.get(name)
    if value in (None, ""):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    currency = str(variant.get("currency") or shop.currency)
    return locales.money(amount, currency, reader.locale, shop.locale) if amount.is_finite() else None


def _page(shop: Shop, url: str | None) -> str | None:
    """A page's address, made whole with the shop's own where the snapshot has only a path."""
    if not url or _SCHEME.match(url):
        return url or None
    return f"{shop.url.rstrip('/')}/{url.lstrip('/')}" if shop.url else None


def _picture(shop: Shop, url: str | None) -> str | None:
    if not url or _SCHEME.match(url):
        return url or None
    if url.startswith("//"):
        return f"https:{url}"
    root = shop.image_base_url or shop.url
    return f"{root.rstrip('/')}/{url.lstrip('/')}" if root else None


def _filled(template: str, names: Data) -> str | None:
    """A shop's address pattern with {sku}, {handle} and {variant_id} filled in; None when one of them is missing."""
    for name, value in names.items():
        hole = f"{{{name}}}"
        if hole in template:
            if value in (None, ""):
                return None
            template = template.replace(hole, quote(str(value), safe=""))
    return template or None
