"""Feedback events of our own shape: a table with our names as headers, or JSON lines."""

import json
from collections.abc import Generator, Iterator
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

from restock_desk.domain.feedback_in import Wrong, event_from
from restock_desk.domain.imports import Rejected
from restock_desk.feeds.reading import Record, Sheet
from restock_desk.feeds.text import Text

SOURCE = "file"
MAX_LINE = 1_000_000
MAX_WHOLE = 16_000_000
"""Bytes of a file that may be one JSON text over many lines: it is parsed in one piece."""


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    places = sheet.columns.at
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        line, row = item
        try:
            yield event_from({name: row[place] for name, place in places.items()}, SOURCE, line)
        except Wrong as wrong:
            yield Rejected(line, wrong.field, str(wrong), sheet.table.delimiter.join(row)[:2000])


def is_json(path: Path, encoding: str) -> bool:
    """True where the first character that is no blank opens a JSON object or array."""
    with path.open(encoding=encoding) as file:
        return file.read(4096).lstrip()[:1] in ("{", "[")


class JsonLines:
    """Reads JSON objects or arrays of them, one a line or one over all lines; the same shape as `reading.Reader`."""

    format = "generic"
    notes: tuple[str, ...] = ()

    def __init__(self, text: Text) -> None:
        self.size = text.size
        self.rows_read = 0
        self.bytes_read = 0
        self._records = self._read(text)

    def __iter__(self) -> Iterator[Record | Rejected]:
        return self._records

    def close(self) -> None:
        self._records.close()

    def __enter__(self) -> "JsonLines":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _read(self, text: Text) -> Generator[Record | Rejected, None, None]:
        with text.path.open("rb") as raw, TextIOWrapper(raw, text.encoding) as file:
            for item in _in_one_piece(text):
                self.rows_read += 1
                yield _event(item, 1, _flat(item))
            if self.rows_read:
                self.bytes_read = self.size
                return
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    self.rows_read += 1
                    yield Rejected(number, "", f"The line is longer than {MAX_LINE:,} characters.", line[:2000])
                    while line and not line.endswith("\n"):
                        line = file.readline(MAX_LINE)
                    continue
                self.bytes_read = raw.tell()
                if line.strip():
                    for item in _items(line):
                        self.rows_read += 1
                        yield _event(item, number, line)
        self.bytes_read = self.size


def _in_one_piece(text: Text) -> list[object]:
    """The events of a file whose first line is no JSON but whose whole is; else none."""
    if text.size > MAX_WHOLE:
        return []
    with text.path.open(encoding=text.encoding) as file:
        first = next((line for line in file if line.strip()), "")
        if not any(isinstance(item, Rejected) for item in _items(first)):
            return []
        file.seek(0)
        items = _items(file.read())
    return [] if len(items) == 1 and isinstance(items[0], Rejected) else items


def _flat(item: object) -> str:
    """An event as text again, without what is nested in it."""
    told = item.items() if isinstance(item, dict) else ()
    return json.dumps({name: value for name, value in told if value is None or isinstance(value, (str, int, float))})


def _items(line: str) -> list[object]:
    try:
        value = json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return [Rejected(0, "", "The line is not a JSON object.")]
    return value if isinstance(value, list) else [value]


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object] | Rejected:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Rejected(0, "", "The object names a field twice.")


def _event(item: object, number: int, line: str) -> Record | Rejected:
    if isinstance(item, Rejected):
        return Rejected(number, "", item.reason, line.strip()[:2000])
    try:
        return event_from(item, SOURCE, number)
    except Wrong as wrong:
        return Rejected(number, wrong.field, str(wrong), line.strip()[:2000])
