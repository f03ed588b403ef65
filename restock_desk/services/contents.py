"""A rendered mail as a provider's API wants it: in pieces, cut for merging, or as the plain facts of an alert."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from restock_desk.domain.handover import Alert, AlertItem, Merge, Parts
from restock_desk.domain.money import Money
from restock_desk.domain.templates import RenderedMail
from restock_desk.rendering import headers
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.merge import merged

_MADE_THERE = {"from", "to", "subject", "date", "mime-version", "reply-to", "content-type"}
"""Header fields that whoever builds the message writes by itself."""
Whole = tuple[CompiledTemplate, dict[str, Any], Identity, RenderedMail]
"""All that one mail was made of, and the mail."""


@dataclass(frozen=True)
class Contents:
    """See domain.handover.Contents. `whole` is asked at most once, and not by a transport that takes bytes."""

    whole: Callable[[], Whole]

    def parts(self) -> Parts:
        return self._parts

    def merge(self) -> Merge | None:
        return self._merge

    def alert(self) -> Alert:
        return self._alert

    @cached_property
    def _made(self) -> Whole:
        return self.whole()

    @cached_property
    def _parts(self) -> Parts:
        mail = self._made[3]
        name, address = headers.mailbox_of(mail.headers)
        kept = tuple((field, value) for field, value in mail.headers if field.lower() not in _MADE_THERE)
        reply_to = next((value for field, value in mail.headers if field == "Reply-To"), "")
        return Parts(mail.subject, mail.html, mail.text, name, address, reply_to, kept)

    @cached_property
    def _merge(self) -> Merge | None:
        compiled, context, identity, mail = self._made
        return merged(compiled, context, identity, mail.html)

    @cached_property
    def _alert(self) -> Alert:
        _, context, identity, _ = self._made
        person = context["subscriber"]
        return Alert(
            custom_id=person["custom_id"] or "",
            email=person["email"],
            locale=person["locale"] or "",
            timezone=person["timezone"] or "",
            first_name=person["first_name"] or "",
            at=identity.date,
            items=tuple(_item(item) for item in context["items"]),
        )


def _item(item: dict[str, Any]) -> AlertItem:
    product, variant, links = item["product"], item["variant"], item["links"]
    price: Money | None = variant["price"]
    return AlertItem(
        event_id=item["event"]["id"],
        sku=variant["sku"] or "",
        product=product["title"] or "",
        variant=variant["title"] or "",
        price=price.amount if price else None,
        currency=price.currency if price else "",
        stock=variant["stock"],
        product_url=links["product"] or "",
        image_url=variant["image_url"] or "",
        cart_url=links["cart"] or "",
        wishlist_url=links["wishlist"] or "",
    )
