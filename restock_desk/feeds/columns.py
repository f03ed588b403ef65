"""Which column means what: header names with their aliases, mapping by hand, recognition of formats by headers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from restock_desk.domain.imports import ImportKind, ReadOptions
from restock_desk.errors import DeskError, WrongUse
from restock_desk.feeds import names

_GAPS = re.compile(r"[\s_\-]+")
_BEFORE_DIGIT = re.compile(r"(?<=[a-z]) (?=\d)")


def fold(header: str) -> str:
    """A header as it is compared: case, spaces, `_` and `-` do not count."""
    return _BEFORE_DIGIT.sub("", _GAPS.sub(" ", header.replace("\N{NO-BREAK SPACE}", " ")).strip().casefold())


@dataclass(frozen=True)
class Columns:
    """Our fields by 0-based position, and the columns that mean nothing to us by header."""

    at: Mapping[str, int]
    others: tuple[tuple[str, int], ...]

    def get(self, row: list[str], field: str) -> str:
        """The trimmed cell of a field; empty where the file has no such column."""
        place = self.at.get(field)
        return "" if place is None else row[place].strip()

    def extras(self, row: list[str]) -> dict[str, str]:
        return {header: row[place] for header, place in self.others if row[place]}


def aliases(format: str, kind: ImportKind) -> dict[str, tuple[str, ...]]:
    """Field names with the folded headers that mean them, the plainest first."""
    return names.FIELDS[kind][format]


def recognise(headers: list[str], kind: ImportKind) -> list[str]:
    """Formats whose headers these are; generic only where nothing narrower fits."""
    folded = {fold(header) for header in headers}
    found = [name for name, groups in names.SIGNS[kind].items() if all(folded & group for group in groups)]
    return [name for name in found if name != "generic"] or found


def choose(headers: list[str], kind: ImportKind, options: ReadOptions) -> str:
    """The one format of the file. Raises DeskError where none or several fit: never a guess."""
    formats = tuple(names.FIELDS[kind])
    if options.format:
        if options.format not in formats:
            raise WrongUse(
                f"There is no format {options.format!r} for {kind.value}.", f"Use one of: {', '.join(formats)}."
            )
        return options.format
    found = recognise(headers, kind) if options.header else ["generic"]
    if len(found) == 1:
        return found[0]
    if options.columns and not found:
        return "generic"
    if found:
        raise DeskError(
            f"The headers fit several formats: {', '.join(found)}.", "Choose one of them with --format, or map columns."
        )
    raise DeskError(
        f"The headers do not say what this file of {kind.value} is.",
        f"Choose one of these formats with --format: {', '.join(formats)}; or map its columns by hand.",
    )


def no_twins(headers: list[str]) -> None:
    """Raises DeskError naming both headers (and their columns) where two are equal."""
    seen: dict[str, int] = {}
    for place, header in enumerate(headers):
        key = fold(header)
        if key and key in seen:
            first = seen[key]
            raise DeskError(
                f"Two columns have the same header: {headers[first][:80]!r} (column {first + 1}) and "
                f"{header[:80]!r} (column {place + 1}).",
                "Rename or remove one of them.",
            )
        seen[key] = place


def resolve(headers: list[str], width: int, format: str, kind: ImportKind, options: ReadOptions) -> Columns:
    """Where our fields stand, by the mapping given and else by header names. Raises DeskError."""
    fields = aliases(format, kind)
    at = {field: _place(told, headers, width, options) for field, told in options.columns}
    unknown = [field for field in at if field not in fields]
    if unknown:
        raise WrongUse(f"There is no field called {unknown[0]!r}.", f"Fields are: {', '.join(fields)}.")
    by_name = {fold(header): place for place, header in enumerate(headers)}
    taken = set(at.values())
    for field, known in fields.items():
        if field in at:
            continue
        hits = [name for name in known if name in by_name and by_name[name] not in taken]
        if len(hits) > 1 and hits[0] != known[0]:
            both = " and ".join(repr(headers[by_name[hit]]) for hit in hits[:2])
            raise DeskError(f"The columns {both} could both be {field}.", f"Map {field} to one of them by hand.")
        if hits:
            at[field] = by_name[hits[0]]
            taken.add(at[field])
    others = tuple((header, place) for place, header in enumerate(headers) if header and place not in taken)
    return Columns(at, others)


def require(columns: Columns, format: str, *groups: tuple[str, ...]) -> None:
    """Raises DeskError unless each group has at least one column."""
    for group in groups:
        if not any(field in columns.at for field in group):
            raise DeskError(
                f"The file has no column for {' or '.join(group)}, which the format {format} needs.",
                "Map one of its columns to that field, or choose another format.",
            )


def _place(told: str, headers: list[str], width: int, options: ReadOptions) -> int:
    if options.header:
        places = [place for place, header in enumerate(headers) if fold(header) == fold(told)]
        if not places:
            raise WrongUse(f"The file has no column {told!r}.", f"Its columns are: {', '.join(headers[:40])}.")
        return places[0]
    if not (told.isascii() and told.isdigit() and 1 <= int(told) <= width):
        raise WrongUse(f"{told!r} is not the number of a column.", f"The columns are numbered 1 to {width}.")
    return int(told) - 1
