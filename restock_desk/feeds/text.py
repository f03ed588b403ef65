"""A text table on disk: its encoding, its delimiter, and its rows with the line each begins on. No meaning of columns.

The whole file is decoded once before the first row is given out: a wrong encoding is told before anything is written.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from restock_desk.domain.imports import Rejected
from restock_desk.errors import DeskError

MAX_FIELD = 1_000_000
MAX_COLUMNS = 16_384
DELIMITERS = (",", ";", "\t", "|")

Row = tuple[int, list[str]]
"""The line a row begins on (1-based), and its cells."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUARDED = re.compile("'[=+\\-@\t\r]|'$")
_GUARDS = tuple("'" + mark for mark in "=+-@\t\r")


@dataclass(frozen=True)
class Text:
    """What one look over a file found: how to decode it, and which rare things must be watched for."""

    path: Path
    size: int
    encoding: str
    has_nul: bool
    has_guards: bool


def look(path: Path, encoding: str = "") -> Text:
    """Decode the file once from end to end. Raises DeskError naming the line that cannot be decoded."""
    try:
        with path.open("rb") as file:
            name = _codec(encoding) if encoding else _from_bom(file.read(4))
            file.seek(0)
            nul, guards, size = _scan(iter(lambda: file.read(1 << 20), b""), name, bool(encoding))
    except OSError as error:
        raise DeskError(
            f"The file {path.name} cannot be read: {error.strerror or error}.", "Choose another file."
        ) from error
    if not size:
        raise DeskError(f"The file {path.name} is empty.", "Export it again, with a header line and at least one row.")
    return Text(path, size, name, nul, guards)


def unguard(cells: list[str]) -> list[str]:
    """Cells without the apostrophe that protects a spreadsheet from a formula."""
    return [cell[1:] if cell.startswith(_GUARDS) else cell for cell in cells]


class Table:
    """The rows of one file. `rows()` may be walked more than once; `rows_read` counts the rows of the latest walk."""

    def __init__(self, text: Text, delimiter: str, header: bool) -> None:
        self.text = text
        self.delimiter = delimiter
        self.header = header
        self.headers: list[str] = []
        self.rows_read = 0
        self._done = False
        self._position = 0
        first = next(self._records(), None)
        if first is None:
            raise DeskError(f"The file {text.path.name} holds no rows.", "Export it again, with a header line.")
        if isinstance(first, Rejected):
            raise DeskError(f"The first line of {text.path.name} cannot be read. {first.reason}", "Repair that line.")
        if len(first[1]) > MAX_COLUMNS:
            raise DeskError(f"The file has {len(first[1]):,} columns; at most {MAX_COLUMNS:,} can be read.")
        self.width = len(first[1])
        if header:
            self.headers = [cell.strip() for cell in first[1]]

    @property
    def bytes_read(self) -> int:
        return self.text.size if self._done else min(self._position, self.text.size)

    def rows(self) -> Iterator[Row | Rejected]:
        """Every row below the header that is not blank: whole, or rejected with the reason."""
        self.rows_read, self._done, width, delimiter = 0, False, self.width, self.delimiter
        records = self._records()
        if self.header:
            next(records, None)
        guards = self.text.has_guards
        for record in records:
            self.rows_read += 1
            if isinstance(record, Rejected):
                yield record
                continue
            line, row = record
            if len(row) != width:
                extra = row[width:]
                if len(row) < width or any(cell.strip() for cell in extra):
                    word = "few" if len(row) < width else "many"
                    reason = f"The line has too {word} fields: {len(row):,} instead of {width:,}."
                    yield Rejected(line, "", reason, delimiter.join(row)[:2000])
                    continue
                del row[width:]
            yield (line, unguard(row)) if guards else record
        self._done = True

    def _records(self) -> Iterator[Row | Rejected]:
        csv.field_size_limit(MAX_FIELD)
        nul = self.text.has_nul
        with self.text.path.open("rb") as binary, TextIOWrapper(binary, self.text.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            ticks, line = 0, 1
            while True:
                try:
                    for row in reader:
                        if row and (len(row) > 1 or row[0].strip()):
                            if nul and any("\0" in cell for cell in row):
                                raw = self.delimiter.join(row).replace("\0", "\N{REPLACEMENT CHARACTER}")[:2000]
                                yield Rejected(line, "", "The line holds a NUL byte, which is no text.", raw)
                            else:
                                yield line, row
                        line = reader.line_num + 1
                        ticks += 1
                        if not ticks & 1023:
                            self._position = binary.tell()
                    return
                except csv.Error as error:
                    yield Rejected(line, "", _why(str(error)))
                    line = reader.line_num + 1


def _why(error: str) -> str:
    if "field limit" in error:
        return f"A field is longer than {MAX_FIELD:,} characters; a quotation mark may be missing."
    if "unexpected end" in error:
        return "The file ends inside a quoted field: it was cut off, or a quotation mark is missing."
    return "The quotation marks of this line do not fit together."


def _codec(name: str) -> str:
    try:
        "a".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise DeskError(f"There is no encoding called {name!r}.", "Use utf-8, utf-16 or cp1252.") from error


def _from_bom(start: bytes) -> str:
    return next((name for bom, name in _BOMS if start.startswith(bom)), "utf-8")


def _scan(chunks: Iterator[bytes], name: str, declared: bool) -> tuple[bool, bool, int]:
    decoder = codecs.getincrementaldecoder(name)()
    nul = guards = False
    feeds = returns = size = 0
    try:
        for chunk in chunks:
            size += len(chunk)
            text = decoder.decode(chunk)
            nul = nul or "\0" in text
            guards = guards or _GUARDED.search(text) is not None
            feeds += text.count("\n")
            returns += text.count("\r")
        decoder.decode(b"", True)
    except UnicodeError as error:
        if isinstance(error, UnicodeDecodeError):
            before = error.object[: error.start]
            feeds, returns = feeds + before.count(b"\n"), returns + before.count(b"\r")
        hint = "Choose the encoding the file was written in."
        if not declared and name == "utf-8":
            hint = "It was probably written in cp1252 (Windows, Western Europe): choose that encoding."
        raise DeskError(f"Line {(feeds or returns) + 1} holds bytes that are not {name} text.", hint) from error
    return nul, guards, size
