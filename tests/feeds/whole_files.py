"""Reads a whole file of the given text and checks that every row came to one end."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from restock_desk import feeds
from restock_desk.domain.catalog import ProductIn, VariantIn
from restock_desk.domain.imports import ImportKind, ReadOptions, Rejected

T = TypeVar("T")


@dataclass
class Whole:
    good: list[object] = field(default_factory=list)
    bad: list[Rejected] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def all(self, kind: type[T]) -> list[T]:
        return [item for item in self.good if isinstance(item, kind)]

    def product(self, key: str) -> ProductIn:
        return next(p for p in self.all(ProductIn) if key in (p.source_key, p.title, p.handle))

    def variants(self) -> dict[str, VariantIn]:
        return {v.sku or v.source_key: v for p in self.all(ProductIn) for v in p.variants}

    def refused(self) -> list[tuple[int, str]]:
        return [(item.line, item.field) for item in self.bad]


def read(path: Path, data: bytes | str, kind: ImportKind, options: ReadOptions | None = None) -> Whole:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    whole = Whole()
    with feeds.open_reader(path, kind, options or ReadOptions()) as reader:
        for item in reader:
            if isinstance(item, Rejected):
                whole.bad.append(item)
            else:
                whole.good.append(item)
        assert sum(getattr(item, "rows", 1) for item in whole.good) + len(whole.bad) == reader.rows_read
        assert reader.bytes_read == reader.size
        whole.notes = tuple(reader.notes)
    return whole
