"""Which pages of a list are here and which to ask for next: first what is seen, then what lies beside it. No Qt."""

from collections import OrderedDict
from collections.abc import Sequence

from restock_desk.domain.listing import Row

PAGE = 64
"""Rows: more than most windows show, so that a jump needs one or two pages, and few enough to come in milliseconds."""
KEPT_PAGES = 200
QUEUE = 8
"""Only where the scroll bar stopped matters: older wishes fall off the queue."""
RUN = 4
"""So many neighbouring pages come with one question."""
BESIDE = 2
"""So many pages before and after what is seen are fetched ahead."""


class Pages:
    """Rows by page, the least recently seen pages forgotten first. A run is a range of neighbouring page numbers."""

    def __init__(self) -> None:
        self.held: OrderedDict[int, list[Row | None]] = OrderedDict()
        self.stale: set[int] = set()
        self.wanted: list[int] = []
        self._coming: set[int] = set()
        self._refused: set[int] = set()
        self._seen = range(1)

    def row(self, place: int) -> Row | None:
        """The row at that place if it is here."""
        number, within = divmod(place, PAGE)
        page = self.held.get(number)
        if page is None:
            return None
        self.held.move_to_end(number)
        return page[within] if within < len(page) else None

    def lacks(self, number: int) -> bool:
        """Whether that page would have to be asked for."""
        if number in self.held and number not in self.stale:
            return False
        return number not in self._coming and number not in self._refused

    def place_of(self, row_id: int) -> int:
        """Where the row with that id stands among those that are here; -1 if it is not."""
        for number, page in self.held.items():
            for within, row in enumerate(page):
                if row is not None and row.id == row_id:
                    return number * PAGE + within
        return -1

    def restart(self, first: Sequence[Row]) -> None:
        """Another list: nothing is here but its first page."""
        self.held.clear()
        self.stale.clear()
        self.held[0] = list(first)
        self._seen = range(1)

    def renew(self, first: Sequence[Row]) -> None:
        """The same list once more: what is here is shown until it has come again."""
        self.held[0] = list(first)
        self.stale = set(self.held) - {0}

    def look(self, seen: range) -> None:
        """These pages are seen: those that are missing are wanted next. One that could not be had may be asked again
        once something else was seen."""
        if seen != self._seen:
            self._seen = seen
            self._refused.clear()
        for number in seen:
            if self.lacks(number):
                if number in self.wanted:
                    self.wanted.remove(number)
                self.wanted.append(number)
        del self.wanted[:-QUEUE]

    def next(self) -> range | None:
        """The newest wish with its neighbours, which is from now on coming."""
        if not self.wanted:
            return None
        low = high = self.wanted.pop()
        while high - low + 1 < RUN:
            if high + 1 in self.wanted:
                high += 1
                self.wanted.remove(high)
            elif low - 1 in self.wanted:
                low -= 1
                self.wanted.remove(low)
            else:
                break
        return self._come(range(low, high + 1))

    def beside(self, total: int) -> range | None:
        """Pages next to what is seen in a list of `total` rows, those after it first; from now on coming."""
        last = (total - 1) // PAGE
        after = range(self._seen.stop, min(last + 1, self._seen.stop + BESIDE))
        before = range(max(0, self._seen.start - BESIDE), self._seen.start)
        for side in (after, before):
            missing = [number for number in side if self.lacks(number)]
            if missing:
                return self._come(range(missing[0], missing[-1] + 1))
        return None

    def put(self, run: range, rows: Sequence[Row | None]) -> None:
        """A run has come."""
        self._coming.difference_update(run)
        self.stale.difference_update(run)
        for number in run:
            begin = (number - run.start) * PAGE
            self.held[number] = list(rows[begin : begin + PAGE])
            self.held.move_to_end(number)
        while len(self.held) > KEPT_PAGES:
            gone, _ = self.held.popitem(last=False)
            self.stale.discard(gone)

    def refuse(self, run: range) -> None:
        """A run could not be had."""
        self._coming.difference_update(run)
        self._refused.update(run)

    def cut(self, total: int) -> None:
        """The list shrank to `total` rows: nothing beyond is wanted."""
        self.wanted = [number for number in self.wanted if number * PAGE < total]

    def stop(self) -> None:
        """Nothing is wanted or coming any more."""
        self.wanted.clear()
        self._coming.clear()
        self._refused.clear()

    def _come(self, run: range) -> range:
        self._coming.update(run)
        return run
