"""A text file on disk: how it is decoded, and what rare things stand in it. No lines, no cells.

The whole file is decoded once before the first row is given out: a wrong encoding is told before anything is written.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from restock_desk.errors import DeskError

MAX_LINE = 16_000_000
"""Characters. What is longer is no line of a table, and would fill the memory."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed (gzip)",
    b"%PDF-": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3\0": "a database",
}
_GUARDED = re.compile("'(?![A-Za-z ])")
"""Finds every guard and a few other apostrophes: it only decides whether cells are looked at one by one."""


@dataclass(frozen=True)
class Text:
    """What one look over a file found: how to decode it, and which rare things must be watched for."""

    path: Path
    size: int
    encoding: str
    has_nul: bool
    has_guards: bool

    def decoded(self, binary: BinaryIO) -> TextIOWrapper:
        """The file, opened, as text with its line ends as they stand."""
        return TextIOWrapper(binary, self.encoding, newline="")


def look(path: Path, encoding: str = "") -> Text:
    """Decode the file once from end to end. Raises DeskError naming the line that cannot be decoded."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise DeskError(f"{path.name} is a stream, no file.", "Write it into a file first: it is read twice.")
        with path.open("rb") as file:
            start = file.read(4096)
            if kind := next((words for mark, words in _NO_TEXT.items() if start.startswith(mark)), ""):
                raise DeskError(f"The file {path.name} is {kind}, not text.", "Export it as CSV, and import that.")
            name = _from_bom(start) or (_codec(encoding) if encoding else _without_bom(start))
            file.seek(0)
            nul, guards, size = _scan(iter(lambda: file.read(1 << 20), b""), name, bool(encoding))
    except OSError as error:
        raise DeskError(
            f"The file {path.name} cannot be read: {error.strerror or error}.", "Choose another file."
        ) from error
    if not size:
        raise DeskError(f"The file {path.name} is empty.", "Export it again, with a header line and at least one row.")
    return Text(path, size, name, nul, guards)


def _codec(name: str) -> str:
    try:
        "a".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise DeskError(f"There is no encoding called {name!r}.", "Use utf-8, utf-16 or cp1252.") from error


def _from_bom(start: bytes) -> str:
    return next((name for bom, name in _BOMS if start.startswith(bom)), "")


def _without_bom(start: bytes) -> str:
    if start.count(0) * 4 > len(start):
        raise DeskError(
            "The file seems to be UTF-16 text without a mark at its start.",
            "Choose the encoding utf-16-le or utf-16-be (--encoding), or save the file again as UTF-8.",
        )
    return "utf-8"


def _scan(chunks: Iterator[bytes], name: str, declared: bool) -> tuple[bool, bool, int]:
    decoder = codecs.getincrementaldecoder(name)()
    nul = guards = False
    feeds = returns = size = length = 0
    try:
        for chunk in chunks:
            size += len(chunk)
            text = decoder.decode(chunk)
            nul = nul or "\0" in text
            guards = guards or ("'" in text and _GUARDED.search(text) is not None)
            last = max(text.rfind("\n"), text.rfind("\r"))
            length = length + len(text) if last < 0 else len(text) - last
            if length > MAX_LINE:
                line = (feeds or returns) + 1
                raise DeskError(
                    f"Line {line} is longer than {MAX_LINE:,} characters.", "This is not a table: choose another file."
                )
            feeds += text.count("\n")
            returns += text.count("\r")
        decoder.decode(b"", True)
    except UnicodeError as error:
        if isinstance(error, UnicodeDecodeError):
            before = error.object[: error.start]
            feeds, returns = feeds + before.count(b"\n"), returns + before.count(b"\r")
        hint = "Choose the encoding the file was written in."
        if not declared and name == "utf-8":
            hint = (
                "It was probably written in cp1252 (Windows, Western Europe): choose that encoding (--encoding cp1252)."
            )
        raise DeskError(f"Line {(feeds or returns) + 1} holds bytes that are not {name} text.", hint) from error
    return nul, guards, size
