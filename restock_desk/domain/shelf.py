"""What a mail may show beside what restocked: products like it, those most waited for, and fixed ones by SKU."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from restock_desk.domain.restocks import RestockEvent

LIMIT = 24
"""Products in one list."""


@dataclass(frozen=True)
class Wanted:
    """What a template needs of a shelf. `lists` are SKUs by the name under which the context has them."""

    related: bool = False
    bestsellers: bool = False
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.related or self.bestsellers or self.lists)


@dataclass(frozen=True)
class Shelf:
    """Products as they were when the shelf was filled: events that are none (number 0), for their snapshots."""

    related: tuple[RestockEvent, ...] = ()
    bestsellers: tuple[RestockEvent, ...] = ()
    lists: Mapping[str, tuple[RestockEvent, ...]] = field(default_factory=dict)


EMPTY = Shelf()
