"""The rows of a delimited text, each with the physical line it begins on. No meaning of columns.

Lines are read a block at a time: a block whose every line is a row is parsed at once; any other goes record by record,
so that a quotation mark without its partner costs the line it stands on and not all the lines after it.
"""

import csv
from collections.abc import Generator, Iterator
from io import TextIOWrapper

from restock_desk.domain.cells import unguarded
from restock_desk.domain.imports import Rejected
from restock_desk.errors import DeskError
from restock_desk.feeds.text import Text

MAX_FIELD = 1_000_000
MAX_COLUMNS = 16_384
Row = tuple[int, list[str]]
"""The line a row begins on (1-based), and its cells."""
Rows = tuple[int, list[list[str]]]
"""Rows that stand one on each line from the given one on, or one row of several lines."""

_BLOCK = 1 << 14
_SPAN = 10_000
"""No record has more physical lines than this: what seems to is a quotation mark without its partner."""
_CHARACTERS = 20_000_000
_SUSPECT = 20
"""A record with more physical lines than this is looked at, also where its fields are as many as they should be."""
_SPARE = 100_000
"""How many lines may be read again before as many new ones were read: no file costs the square of its length."""


class _Endless(csv.Error):
    """A record goes on beyond what any cell holds."""


def unguard(cells: list[str]) -> list[str]:
    """Cells without the apostrophe that protects a spreadsheet from a formula."""
    return [unguarded(cell) if cell[:1] == "'" else cell for cell in cells]


class Table:
    """The rows of one file. `rows()` may be walked more than once; `rows_read` counts the rows of the latest walk."""

    def __init__(self, text: Text, delimiter: str, header: bool) -> None:
        self.text = text
        self.delimiter = delimiter
        self.headers: list[str] = []
        self.rows_read = 0
        self._position = 0
        self._done = False
        csv.field_size_limit(MAX_FIELD)
        first, below = self._first()
        if len(first) > MAX_COLUMNS:
            raise DeskError(f"The file has {len(first):,} columns; at most {MAX_COLUMNS:,} can be read.")
        self.width = len(first)
        self._start = 1
        if header:
            self.headers = [cell.strip() for cell in first]
            self._start = below

    @property
    def bytes_read(self) -> int:
        return self.text.size if self._done else min(self._position, self.text.size)

    def rows(self) -> Iterator[Row | Rejected]:
        """Every row below the header that is not blank: whole, or rejected with the reason."""
        for block in self.blocks():
            if isinstance(block, Rejected):
                yield block
            else:
                yield from enumerate(block[1], block[0])

    def blocks(self) -> Iterator[Rows | Rejected]:
        """The rows of `rows()` in the same order, as many together as stand whole below one another."""
        self.rows_read, self._position, self._done = 0, 0, False
        width, nul, guards = self.width, self.text.has_nul, self.text.has_guards
        plain = width > 1 and not nul
        for block in self._blocks():
            if isinstance(block, Rejected):
                self.rows_read += 1
                yield block
                continue
            line, rows = block
            blank = 0
            if guards:
                rows = list(map(unguard, rows))
            if plain and set(map(len, rows)) == {width}:
                yield line, rows
                self.rows_read += len(rows)
                continue
            for place, row in enumerate(rows, line):
                if plain and len(row) == width:
                    yield place, [row]
                elif not row or (len(row) == 1 and not row[0].strip()):
                    blank += 1
                else:
                    yield self._fitted(place, row)
            self.rows_read += len(rows) - blank
        self._done = True

    def _fitted(self, line: int, row: list[str]) -> Rows | Rejected:
        if "\0" in "".join(row):
            raw = self.delimiter.join(row).replace("\0", "\N{REPLACEMENT CHARACTER}")
            return Rejected(line, "", "The line holds a NUL byte, which is no text.", raw[:2000])
        if not self._fits(row):
            word = "few" if len(row) < self.width else "many"
            reason = f"The line has too {word} fields: {len(row):,} instead of {self.width:,}."
            return Rejected(line, "", reason, self.delimiter.join(row)[:2000])
        return line, [row[: self.width]]

    def _fits(self, row: list[str]) -> bool:
        return len(row) >= self.width and not any(cell.strip() for cell in row[self.width :])

    def _first(self) -> tuple[list[str], int]:
        """The first row that is not blank, and the physical line below it."""
        with self.text.path.open("rb") as binary, self.text.decoded(binary) as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            try:
                for row in reader:
                    if row and (len(row) > 1 or row[0].strip()):
                        return row, reader.line_num + 1
            except csv.Error as error:
                raise DeskError(
                    f"The first line of {self.text.path.name} cannot be read. {_why(error)}", "Repair that line."
                ) from error
        raise DeskError(f"The file {self.text.path.name} holds no rows.", "Export it again, with a header line.")

    def _blocks(self) -> Iterator[Rows | Rejected]:
        """Rows that stand one on each line from the line given on, or one row of several lines, or one rejection."""
        csv.field_size_limit(MAX_FIELD)
        with self.text.path.open("rb") as binary, self.text.decoded(binary) as file:
            for _ in range(1, self._start):
                file.readline()
            line = self._start
            while block := file.readlines(_BLOCK):
                self._position = binary.tell()
                try:
                    rows = list(csv.reader(block, delimiter=self.delimiter, strict=True))
                except csv.Error:
                    rows = []
                if len(rows) == len(block):
                    yield line, rows
                    line += len(block)
                else:
                    line = yield from _Records(self, file, block, line).read()

    def swallowed(self, lines: list[str]) -> bool:
        """Whether most of the lines below the first are rows of their own, so that the first opens no real cell."""
        sample = lines[1:_SUSPECT]
        return 2 * sum(map(self._stands, sample)) > len(sample) > 0

    def suspect(self, row: list[str], lines: int) -> bool:
        """Whether a record of several lines must be looked at closely."""
        return lines > 1 and (not self._fits(row) or (lines > _SUSPECT and self.width > 2))

    def _stands(self, line: str) -> bool:
        try:
            rows = list(csv.reader([line], delimiter=self.delimiter, strict=True))
        except csv.Error:
            return False
        return len(rows) == 1 and self._fits(rows[0])


class _Records:
    """Reads a block record by record, and what lies beyond it as far as its last record goes."""

    def __init__(self, table: Table, file: TextIOWrapper, block: list[str], line: int) -> None:
        self._table = table
        self._file = file
        self._lines = block
        self._line = line
        self._begin = 0
        self._place = 0
        self._spare = _SPARE

    def read(self) -> Generator[Rows | Rejected, None, int]:
        """Yields records; returns the line below the last one."""
        reader = self._reader()
        while self._begin < len(self._lines):
            error: csv.Error | None = None
            row: list[str] = []
            try:
                row = next(reader, [])
            except csv.Error as caught:
                error = caught
            lines = self._lines[self._begin : self._place]
            line = self._line + self._begin
            if self._again(error, row, lines):
                reason = "A quotation mark of this line has no partner."
                yield Rejected(line, "", reason, lines[0].rstrip("\r\n")[:2000])
                self._spare -= len(lines)
                self._place = self._begin + 1
                reader = self._reader()
            elif error is not None:
                yield Rejected(line, "", _why(error), lines[0].rstrip("\r\n")[:2000])
                reader = self._reader()
            else:
                yield line, [row]
            self._spare = min(self._spare + 4 * (self._place - self._begin), _SPARE)
            self._begin = self._place
        return self._line + self._begin

    def _again(self, error: csv.Error | None, row: list[str], lines: list[str]) -> bool:
        if len(lines) < 2 or self._spare < 0 or not (error or self._table.suspect(row, len(lines))):
            return False
        return self._table.swallowed(lines)

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed(), delimiter=self._table.delimiter, strict=True)

    def _feed(self) -> Iterator[str]:
        characters, begin = 0, self._begin + self._line
        while True:
            if self._place == len(self._lines) and (self._begin == self._place or not self._more()):
                return
            if begin != self._begin + self._line:
                characters, begin = 0, self._begin + self._line
            line = self._lines[self._place]
            characters += len(line)
            self._place += 1
            if self._place - self._begin > _SPAN or characters > _CHARACTERS:
                raise _Endless("unexpected end")
            yield line

    def _more(self) -> bool:
        """Read another block, and forget the lines before the record that goes on in it."""
        del self._lines[: self._begin]
        self._line += self._begin
        self._place -= self._begin
        self._begin = 0
        self._lines += self._file.readlines(_BLOCK)
        return self._place < len(self._lines)


def _why(error: csv.Error) -> str:
    if isinstance(error, _Endless):
        return f"A cell goes on for more than {_SPAN:,} lines; a quotation mark is missing."
    if "field limit" in str(error):
        return f"A field is longer than {MAX_FIELD:,} characters; a quotation mark may be missing."
    if "unexpected end" in str(error):
        return "The file ends inside a quoted field: it was cut off, or a quotation mark is missing."
    return "The quotation marks of this line do not fit together."
