"""A source of rows for tests of the model: as many subscribers as wanted, made as they are asked for."""

import threading
from array import array

from restock_desk.domain.listing import LISTS, Count, Listing, Row
from restock_desk.jobs import CancelToken

COLUMNS = len(LISTS["subscribers"])


def row(number: int) -> Row:
    return Row(number, (f"person{number}@example.com", *(None,) * (COLUMNS - 1)))


class Numbers:
    """Subscribers 1 to `total`; a search for text keeps those whose number holds it.

    `gate` holds answers back; `broken` is raised where rows are asked for by their ids.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._known: dict[str, list[int]] = {}
        self.asked: list[tuple[str, int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.broken: Exception | None = None

    def know(self, *searches: str) -> None:
        """Work out what these searches find, so that asking costs no time later."""
        for text in searches:
            self._numbers(Listing("subscribers", search=text))

    def page(self, listing: Listing, offset: int, limit: int) -> list[Row]:
        self.gate.wait(10)
        self.asked.append(("page", offset))
        return [row(n) for n in self._numbers(listing)[offset : offset + limit]]

    def count(self, listing: Listing, cap: int | None) -> Count:
        n = len(self._numbers(listing))
        return Count(n) if cap is None or n <= cap else Count(cap, exact=False)

    def ids(self, listing: Listing, token: CancelToken) -> "array[int]":
        return array("q", self._numbers(listing))

    def rows(self, noun: str, ids: list[int]) -> list[Row]:
        self.gate.wait(10)
        self.asked.append(("rows", ids[0]))
        if self.broken is not None:
            raise self.broken
        return [row(n) for n in ids if n <= self.total]

    def _numbers(self, listing: Listing) -> range | list[int]:
        numbers = range(1, self.total + 1)
        if listing.descending:
            return numbers[::-1]
        if not listing.search:
            return numbers
        if listing.search not in self._known:
            self._known[listing.search] = [n for n in numbers if listing.search in str(n)]
        return self._known[listing.search]
