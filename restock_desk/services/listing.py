"""Lists as the window and the command line ask for them: pages, counts, ids, rows, CSV files and text to paste."""

import csv
import io
import os
import tempfile
from array import array
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from restock_desk.domain.cells import guarded
from restock_desk.domain.listing import LISTS, Column, Count, Listing, Row
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services.desk import Desk
from restock_desk.store import listing as stored

_EXPORT_ROWS = 1_000


def page(desk: Desk, listing: Listing, offset: int, limit: int) -> list[Row]:
    """`limit` rows from `offset` (from 0) in the asked order."""
    with desk.store.reading() as u:
        return stored.page(u, listing, offset, limit)


def count(desk: Desk, listing: Listing, cap: int | None = None) -> Count:
    """How many rows there are, counted up to `cap` if given."""
    with desk.store.reading() as u:
        return stored.count(u, listing, cap)


def ids(desk: Desk, listing: Listing, token: CancelToken) -> "array[int]":
    """All ids in the asked order. Raises Cancelled within milliseconds of the token being set."""
    with desk.store.reading() as u:
        return stored.ids(u, listing, lambda: token.cancelled)


def rows(desk: Desk, noun: str, ids: Sequence[int]) -> list[Row]:
    """The rows with these ids in the order of `ids`; those that are gone are left out."""
    with desk.store.reading() as u:
        return stored.rows(u, noun, ids)


def export_csv(
    desk: Desk,
    listing: Listing,
    path: Path,
    columns: Sequence[str] = (),
    token: CancelToken | None = None,
    progress: ProgressFn = no_progress,
) -> int:
    """Write every row of the listing to a CSV file (UTF-8), headed by the columns' names; how many rows.

    No cell can act as a formula, and importing the file gives the original text. The file is replaced at the end or
    not at all, and only its owner can read it.
    """
    chosen = _chosen(listing.noun, columns)
    token = token or CancelToken()
    wanted = ids(desk, listing, token)
    done = 0
    try:
        handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(handle, "w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow([column.name for _, column in chosen])
                for start in range(0, len(wanted), _EXPORT_ROWS):
                    token.check()
                    found = rows(desk, listing.noun, wanted[start : start + _EXPORT_ROWS])
                    writer.writerows([_cell(row.values[place]) for place, _ in chosen] for row in found)
                    done += len(found)
                    progress(Progress(done, len(wanted), "Writing rows"))
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DeskError(
            f"The file {path.name} cannot be written.", "Check the folder, its permissions and room."
        ) from error
    return done


def as_text(columns: Sequence[Column], rows: Sequence[Row], fmt: str = "tsv") -> str:
    """Rows as text to paste: a line of titles, then a line a row. `rows` hold the values of `columns` in order."""
    out = io.StringIO()
    if fmt == "csv":
        writer = csv.writer(out, lineterminator="\n")
    elif fmt == "tsv":
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    else:
        raise DeskError(f"“{fmt}” is no format for text.", "Use tsv or csv.")
    writer.writerow([column.title for column in columns])
    writer.writerows([_cell(value) for value in row.values] for row in rows)
    return out.getvalue()


def _chosen(noun: str, names: Sequence[str]) -> list[tuple[int, Column]]:
    if noun not in LISTS:
        raise DeskError(f"There is no list called “{noun}”.", f"There are: {', '.join(LISTS)}.")
    places = {column.name: (place, column) for place, column in enumerate(LISTS[noun])}
    unknown = [name for name in names if name not in places]
    if unknown:
        raise DeskError(f"The list “{noun}” has no column “{unknown[0]}”.", f"It has: {', '.join(places)}.")
    return [places[name] for name in names] if names else list(places.values())


def _cell(value: object) -> str:
    """Numbers stay numbers, also negative ones; texts are guarded; times are RFC 3339 in UTC."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return guarded(value)
    return str(value)
