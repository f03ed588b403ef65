"""The reader that all formats share: what is handed to a format, and what a caller iterates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import TracebackType

from restock_desk.domain.audience import InterestIn, PlainPeople, SubscriberIn
from restock_desk.domain.catalog import ProductIn, StockIn
from restock_desk.domain.feedback import FeedbackEvent
from restock_desk.domain.imports import ReadOptions, Rejected
from restock_desk.feeds import numbers
from restock_desk.feeds.columns import Columns
from restock_desk.feeds.table import Table

Record = ProductIn | SubscriberIn | InterestIn | StockIn | FeedbackEvent
SAMPLE = 5_000
"""Rows looked at to settle how a column writes its numbers."""


class Bad(ValueError):
    """A row that cannot go in; `field` names the column."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass
class Sheet:
    """A table with its columns understood: what every format reads from."""

    table: Table
    columns: Columns
    options: ReadOptions
    notes: list[str] = field(default_factory=list)
    styles: dict[str, str] = field(default_factory=dict)
    _certain: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.time = numbers.times(self.options.timezone, self._naive)

    def settle(self, *fields: str, whole: bool = False) -> None:
        """Settle how these columns write numbers, from the declared locale or a sample of the file.

        A column that can be read in two ways is read as one before it was that can be read in one way only.
        """
        present = [name for name in fields if name in self.columns.at]
        if self.options.locale:
            self.styles.update(dict.fromkeys(present, numbers.style_of(self.options.locale)))
            return
        values: dict[str, list[str]] = {name: [] for name in present}
        for count, item in enumerate(self.table.rows()):
            if count >= SAMPLE:
                break
            if not isinstance(item, Rejected):
                for name in present:
                    if text := self.columns.get(item[1], name):
                        values[name].append(text)
        for name in present:
            self.styles[name], certain = numbers.settle(values[name], name, whole, self._certain)
            if certain:
                self._certain = self.styles[name]

    def price(self, row: list[str], name: str) -> Decimal | None:
        text = self.columns.get(row, name)
        if not text:
            return None
        try:
            value = numbers.amount(text, self.styles.get(name, "en"))
        except ValueError as error:
            raise Bad(name, str(error)) from error
        if value < 0 or value >= 10**12:
            raise Bad(name, f"{numbers.shown(text)} is no price.")
        return value

    def whole(self, row: list[str], name: str) -> int | None:
        text = self.columns.get(row, name)
        if not text:
            return None
        try:
            return numbers.whole(text, self.styles.get(name, "en"))
        except ValueError as error:
            raise Bad(name, str(error)) from error

    def when(self, row: list[str], name: str) -> datetime | None:
        text = self.columns.get(row, name)
        if not text:
            return None
        try:
            return self.time(text)
        except ValueError as error:
            raise Bad(name, str(error)) from error

    def identifier(self, row: list[str], name: str) -> str:
        """A cell that names something: a string as it stands, never a number."""
        text = self.columns.get(row, name)
        if numbers.wrecked(text):
            raise Bad(name, f"{text!r} is what a spreadsheet made of a long number; export the file again as text.")
        if len(text) > 255:
            raise Bad(name, f"The {name} is longer than 255 characters.")
        return text

    def key(self, sku: str, owner: str, options: tuple[tuple[str, str], ...]) -> str:
        """What names a variant within its product: its SKU, else what it is of and its options. Raises Bad."""
        key = sku or "/".join([owner, *(value for _, value in options)])
        if len(key) > 300:
            raise Bad("option1_value", "The options of the variant are too long to name it; it needs a SKU.")
        return key

    def reject(self, line: int, row: list[str], bad: Bad) -> Rejected:
        return Rejected(line, bad.field, str(bad), self.table.delimiter.join(row)[:2000])

    def note(self, text: str) -> None:
        if text not in self.notes and len(self.notes) < 100:
            self.notes.append(text)

    def _naive(self) -> None:
        self.note(f"Times without a zone were read as {self.options.timezone or 'UTC'}.")


Records = Callable[[Sheet], Iterator[Record | Rejected]]
Together = Callable[[Sheet], Iterator[PlainPeople | Record | Rejected]]
"""`Records`, where rows that need no work of ours may come many at once."""


class Reader:
    """Yields records and rejected rows in bounded memory. One walk only; closes itself at the end.

    `notes` is complete when the walk is. Rows of all records and rejections sum up to `rows_read`.
    """

    def __init__(self, format: str, sheet: Sheet, records: Records, together: Together | None = None) -> None:
        self.format = format
        self._sheet = sheet
        self._together = together or records
        self._records: Iterator[PlainPeople | Record | Rejected] = records(sheet)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._sheet.notes)

    @property
    def rows_read(self) -> int:
        return self._sheet.table.rows_read

    @property
    def bytes_read(self) -> int:
        return self._sheet.table.bytes_read

    @property
    def size(self) -> int:
        return self._sheet.table.text.size

    def __iter__(self) -> Iterator[Record | Rejected]:
        for item in self._records:
            if isinstance(item, PlainPeople):
                yield from item.people()
            else:
                yield item

    def together(self) -> Iterator[PlainPeople | Record | Rejected]:
        """The walk instead of the ordinary one, before it began: plain people come many at once."""
        self._records = self._together(self._sheet)
        return self._records

    def close(self) -> None:
        close = getattr(self._records, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
