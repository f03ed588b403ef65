"""What a dry run remembers of a file, so that it counts like the real run although every chunk is rolled back.

The file is read once before, to learn which people, products and SKUs stand in it more than once. Records that will be
named again are kept, and a chunk is preceded by those of earlier chunks that it names again. Nothing is stored.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from restock_desk.domain.addresses import fold
from restock_desk.domain.catalog import ProductIn, StockIn
from restock_desk.domain.imports import ImportKind, Rejected

_BITS = 1 << 26
_MOST = 200_000
"""Records kept at most; a file that repeats more of itself is counted a little high."""


class Rehearsal:
    """`look` at every record of the file first, then ask `before` about each chunk in turn."""

    def __init__(self, kind: ImportKind) -> None:
        self._names = _NAMES[kind]
        self._once, self._again = bytearray(_BITS >> 3), bytearray(_BITS >> 3)
        self._kept: dict[tuple[str, ...], list[int]] = {}
        self._records: list[Any] = []

    def look(self, record: Any) -> None:
        """Note what a record names."""
        if isinstance(record, Rejected):
            return
        for name in set(self._names(record)):
            place, bit = _place(name)
            if self._once[place] & bit:
                self._again[place] |= bit
            self._once[place] |= bit

    def before(self, chunk: Sequence[Any]) -> list[Any]:
        """Records of earlier chunks that name what this one names, or what those name, in the order of the file."""
        ask = [name for record in chunk for name in self._names(record)]
        asked, earlier = set(ask), set[int]()
        while ask:
            fresh = set(self._kept.get(ask.pop(), ())) - earlier
            earlier |= fresh
            named = {name for number in fresh for name in self._names(self._records[number])} - asked
            asked |= named
            ask += named
        for record in chunk:
            self._keep(record)
        return [self._records[number] for number in sorted(earlier)]

    def _keep(self, record: Any) -> None:
        names = {name for name in self._names(record) if self._repeated(name)}
        if names and len(self._records) < _MOST:
            for name in names:
                self._kept.setdefault(name, []).append(len(self._records))
            self._records.append(record)

    def _repeated(self, name: tuple[str, ...]) -> bool:
        place, bit = _place(name)
        return bool(self._again[place] & bit)


def _place(name: tuple[str, ...]) -> tuple[int, int]:
    number = hash(name) % _BITS
    return number >> 3, 1 << (number & 7)


def _product(record: ProductIn) -> Iterator[tuple[str, ...]]:
    yield "product", record.source, record.source_key
    yield from (("sku", variant.sku.strip().casefold()) for variant in record.variants if variant.sku.strip())


def _person(record: Any) -> Iterator[tuple[str, ...]]:
    if record.email:
        yield "email", fold(record.email)
    if record.custom_id:
        yield "customer", record.custom_id


def _stock(record: StockIn) -> Iterator[tuple[str, ...]]:
    if record.sku.strip():
        yield "sku", record.sku.strip().casefold()
    else:
        yield "other", record.inventory_item_id, record.handle


def _event(record: Any) -> Iterator[tuple[str, ...]]:
    yield "event", record.source, record.key


_NAMES: dict[ImportKind, Callable[[Any], Iterable[tuple[str, ...]]]] = {
    ImportKind.PRODUCTS: _product,
    ImportKind.SUBSCRIBERS: _person,
    ImportKind.INTERESTS: _person,
    ImportKind.STOCK: _stock,
    ImportKind.FEEDBACK: _event,
}
