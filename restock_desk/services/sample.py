"""The sample shop: a believable half year of a small home-goods shop, made with the real services and a set clock.

Addresses end in example.com, example.net and example.org, which nobody owns; its mail goes to a local outbox. History
is sent through `_Past`, a transport that answers as mail servers do and hands nothing over.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from restock_desk.bundle import resource
from restock_desk.domain.audience import ConsentState, SubscriberIn, SuppressionReason
from restock_desk.domain.catalog import ProductIn, VariantIn
from restock_desk.domain.shop import Shop
from restock_desk.jobs import Progress, ProgressFn, no_progress
from restock_desk.services import shop as shop_
from restock_desk.services import templates
from restock_desk.services.desk import Desk
from restock_desk.services.sample_history import tell
from restock_desk.store import audience_in, catalog, catalog_in
from restock_desk.store import shop as stored_shop

PEOPLE = 5_000
MONTHS_S = 170 * 86_400
SITE = "https://alder-finch.example"
DOMAINS = ("example.com", "example.net", "example.org")

SHOP = Shop(
    name="Alder & Finch",
    url=SITE,
    currency="EUR",
    locale="en-GB",
    timezone="Europe/London",
    logo_url=f"{SITE}/images/logo.png",
    postal_address="12 Mill Lane, Hebden, HX7 0AA",
    sender_name="Alder & Finch",
    sender_email="hello@alder-finch.example",
    reply_to="hello@alder-finch.example",
    unsubscribe_email="unsubscribe@alder-finch.example",
    cart_url=SITE + "/cart/add/{sku}",
    wishlist_url=SITE + "/wishlist/{sku}",
    public_url="https://alerts.alder-finch.example",
)


def made(desk: Desk) -> bool:
    """Whether there is a shop already: the sample is only made in an empty database."""
    with desk.store.reading() as unit:
        return catalog.any_product(unit)


def build(desk: Desk, progress: ProgressFn = no_progress) -> bool:
    """Fill an empty database with the sample shop; False when something is there already. Takes about half a minute."""
    if made(desk):
        return False
    chance = random.Random(20_26)
    begin = desk.now() - timedelta(seconds=MONTHS_S)
    then = replace(desk, now=lambda: begin)
    progress(Progress(0, 100, "Opening the sample shop"))
    shop_.save(then, SHOP)
    with desk.store.unit() as unit:
        stored_shop.mark_sample(unit)
        catalog_in.upsert_products(unit, list(products()), begin, SHOP.rule)
        unit.commit()
    _invite(then, list(people(PEOPLE, chance, begin)))
    for name, draft in templates.starters():
        templates.create(then, name, draft)
    progress(Progress(10, 100, "Telling its history"))
    tell(desk, chance, begin, progress)
    progress(Progress(100, 100, "Ready"))
    return True


def picture(url: str) -> bytes | None:
    """The bundled picture behind one of the sample shop's image addresses, or None. Nothing is fetched."""
    start = f"{SITE}/images/"
    name = url.removeprefix(start)
    path = resource("sample", "pictures", name)
    if not url.startswith(start) or "/" in name or not path.is_file():
        return None
    return path.read_bytes()


def products() -> Iterator[ProductIn]:
    """The shop's products, all sold out: their first stock comes with the history."""
    for entry in json.loads(resource("sample", "products.json").read_text(encoding="utf-8")):
        handle = entry["handle"]
        url = f"{SITE}/products/{handle}"
        variants = tuple(_variant(raw, url) for raw in entry["variants"])
        yield ProductIn(
            source="sample",
            source_key=handle,
            title=entry["title"],
            handle=handle,
            description_html=f"<p>{entry['description']}</p>",
            vendor=entry["vendor"],
            type=entry["type"],
            url=url,
            image_url=variants[0].image_url,
            variants=variants,
        )


def _variant(raw: dict[str, Any], url: str) -> VariantIn:
    name, value = raw["option"]
    former = raw["compare_at_price"]
    return VariantIn(
        source_key=raw["sku"],
        sku=raw["sku"],
        title=value,
        options=((name, value),),
        price=Decimal(raw["price"]),
        compare_at_price=Decimal(former) if former else None,
        currency="EUR",
        image_url=f"{SITE}/images/{raw['picture']}.png",
        url=f"{url}?variant={raw['sku']}",
        stock=0,
    )


def people(count: int, chance: random.Random, begin: datetime) -> Iterator[SubscriberIn]:
    """Made-up people with names of many places; most said yes, some later said no, a few addresses are dead."""
    names = json.loads(resource("sample", "people.json").read_text(encoding="utf-8"))
    weights = [weight for _, _, weight in names["locales"]]
    for number in range(1, count + 1):
        first, last = chance.choice(names["first"]), chance.choice(names["last"])
        locale, zone, _ = chance.choices(names["locales"], weights)[0]
        dice = chance.random()
        consent = ConsentState.SUBSCRIBED if dice < 0.82 else ConsentState.UNSTATED
        if dice > 0.96:
            consent = ConsentState.UNSUBSCRIBED if dice < 0.985 else ConsentState.NEVER
        at = begin - timedelta(days=chance.randrange(1, 500), seconds=chance.randrange(86_400))
        local = f"{first}.{last}".lower().replace("’", "").replace(" ", "-")
        plain = local.encode("ascii", "ignore").decode()
        yield SubscriberIn(
            email=f"{plain}{number}@{chance.choice(DOMAINS)}",
            custom_id=f"c-{10_000 + number}",
            first_name=first if chance.random() > 0.06 else "",
            last_name=last.replace("-", " "),
            locale=locale,
            timezone=zone,
            attributes={"tier": chance.choice(("silver", "gold"))} if chance.random() < 0.3 else {},
            consent=consent,
            consent_at=at,
            consent_source="checkout" if chance.random() < 0.5 else "sign-up form",
            suppressed=SuppressionReason.HARD_BOUNCE if chance.random() < 0.006 else None,
        )


def _invite(desk: Desk, everybody: list[SubscriberIn]) -> None:
    for start in range(0, len(everybody), 2_000):
        with desk.store.unit() as unit:
            audience_in.upsert_subscribers(unit, everybody[start : start + 2_000], desk.now())
            unit.commit()
