"""Makes the sample shop large by importing files, as a shop would: people, products, stock and who waits."""

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path

from restock_desk.bundle import resource
from restock_desk.domain.imports import ImportKind, ReadOptions
from restock_desk.services import imports
from restock_desk.services.desk import Desk

PEOPLE, PRODUCTS, WAITS, RESTOCKED = 1_000_000, 4_000, 100_000, 300
SIZES = ("Small", "Medium", "Large")
KINDS = ("Linen shirt", "Wool throw", "Oak stool", "Enamel pot", "Glass carafe", "Paper lantern", "Rope basket")
COLOURS = ("Sand", "Moss", "Ink", "Clay", "Chalk", "Rust", "Slate", "Honey")

Line = tuple[object, ...]


def enlarge(desk: Desk, folder: Path, people: int = PEOPLE) -> None:
    """Import everything; a restock is made by the second stock file."""
    chance = random.Random(7)
    skus = [f"L-{number:05d}-{size[0]}" for number in range(PRODUCTS) for size in SIZES]
    back = chance.sample(skus, RESTOCKED)
    for kind, head, lines in (
        ("subscribers", "custom_id,email,first_name,last_name,locale,consent", _people(people, chance)),
        ("products", "handle,title,vendor,type,sku,option1_name,option1_value,price,currency,stock", _products(chance)),
        ("interests", "custom_id,sku,created_at,source", _waits(people, skus, chance)),
        ("stock", "sku,stock", ((sku, chance.randrange(3, 90)) for sku in back)),
    ):
        path = folder / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(head.split(","))
            writer.writerows(lines)
        report = imports.run(desk, path, ImportKind(kind), ReadOptions())
        print(f"{kind}: {report.accepted:,} of {report.read:,}", flush=True)
        path.unlink()


def _people(count: int, chance: random.Random) -> Iterator[Line]:
    names = json.loads(resource("sample", "people.json").read_text(encoding="utf-8"))
    for number in range(count):
        first, last, (locale, _, _) = (chance.choice(names[part]) for part in ("first", "last", "locales"))
        consent = "no" if number % 25 == 0 else "yes"
        yield f"l-{number}", f"{_plain(first)}.{_plain(last)}.{number}@example.org", first, last, locale, consent


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isascii() and c.isalpha())


def _products(chance: random.Random) -> Iterator[Line]:
    for number in range(PRODUCTS):
        kind, colour = chance.choice(KINDS), chance.choice(COLOURS)
        price = f"{chance.randrange(9, 300)}.{chance.choice(('00', '50', '90'))}"
        for size in SIZES:
            title = f"{kind} {colour.lower()} {number}"
            sku = f"L-{number:05d}-{size[0]}"
            stock = 0 if number % 3 else chance.randrange(0, 400)
            yield f"l-{number}", title, f"{colour} & Sons", kind, sku, "Size", size, price, "EUR", stock


def _waits(people: int, skus: list[str], chance: random.Random) -> Iterator[Line]:
    for number in range(WAITS):
        person, day = chance.randrange(people), 1 + number % 28
        yield f"l-{person}", chance.choice(skus), f"2026-{1 + number % 10:02d}-{day:02d}T09:30:00Z", "product page"
