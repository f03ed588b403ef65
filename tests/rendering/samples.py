"""A draft, a context and an identity with everything a test does not care about filled in."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from restock_desk.domain.audience import Interest, Subscriber
from restock_desk.domain.restocks import EventState, RestockEvent
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import Draft, RenderedMail, TemplateKind
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.identity import Identity
from restock_desk.services import context as context_

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = b"k" * 32
SHOP = Shop(
    name="Loom & Co",
    url="https://shop.example",
    sender_name="Loom",
    sender_email="hello@shop.example",
    unsubscribe_email="leave@shop.example",
    cart_url="https://shop.example/cart/{sku}",
    public_url="https://mail.example",
    postal_address="1 Mill Lane",
)
ANA = Subscriber(7, "ana@example.com", "ana@example.com", "C-7", "Ana", "", "de-DE", "Europe/Berlin", {"size": "M"})


def event(number: int = 1, **product: Any) -> RestockEvent:
    """A restock of a T-shirt. Keywords change its product; `variant` is a dict of changes to the variant."""
    changes = product.pop("variant", {})
    snapshot = {
        "product": {
            "id": number, "title": "T-shirt", "description": "Soft cotton.", "vendor": "Loom", "handle": "tee",
            "url": "https://shop.example/tee", "image_url": "https://shop.example/tee.png",
        } | product,
        "variant": {
            "id": number, "sku": f"TEE-{number}", "title": "M", "price": "1234.50", "compare_at_price": None,
            "currency": "EUR", "stock": 5, "image_url": "", "url": "",
        } | changes,
    }  # fmt: skip
    return RestockEvent(number, number, NOW, NOW, 0, 5, EventState.OPEN, snapshot)


def identity(shop: Shop = SHOP, **changes: Any) -> Identity:
    made = context_.identify(shop, KEY, "campaign/1/7", NOW, delivery_id=42, campaign_id=1)
    return replace(made, **changes)


def context(*events: RestockEvent, shop: Shop = SHOP, person: Subscriber = ANA) -> dict[str, Any]:
    interest = Interest(1, person.id, 1, NOW, "product page")
    return context_.build(shop, person, events or (event(),), [interest], identity(shop))


def html(source: str, subject: str = "Back", **fields: Any) -> Draft:
    return Draft(TemplateKind.HTML, source, subject, **fields)


def mjml(body: str, subject: str = "Back", head: str = "", **fields: Any) -> Draft:
    """`body` stands in mj-body, which begins on line 3."""
    return Draft(
        TemplateKind.MJML, f"<mjml>\n<mj-head>{head}</mj-head>\n<mj-body>{body}</mj-body></mjml>", subject, **fields
    )


def column(content: str) -> str:
    return f"<mj-section><mj-column>{content}</mj-column></mj-section>"


def seen(draft: Draft, data: dict[str, Any] | None = None, shop: Shop = SHOP) -> RenderedMail:
    """As a preview."""
    return compile_template(draft).render(data or context(shop=shop), identity(shop), strict=False)


def sent(draft: Draft, data: dict[str, Any] | None = None, shop: Shop = SHOP) -> RenderedMail:
    """As a send."""
    return compile_template(draft).render(data or context(shop=shop), identity(shop))
