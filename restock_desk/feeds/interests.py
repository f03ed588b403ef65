"""Who waits for what: an address or custom id, and a SKU or a handle with options."""

import re
from collections.abc import Iterator

from restock_desk.domain.audience import InterestIn
from restock_desk.domain.imports import Rejected
from restock_desk.feeds import people
from restock_desk.feeds.reading import Bad, Record, Sheet

_APART = re.compile(r"\s+/\s+|\s*[;|]\s*")
_NAMED = re.compile(r"(?:([^=:]+?)\s*[=:]\s*)?(.+)")


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    sheet.settle("units", whole=True)
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        try:
            made = _interest(sheet, *item)
        except Bad as bad:
            yield sheet.reject(*item, bad)
            continue
        yield made


def _interest(sheet: Sheet, line: int, row: list[str]) -> InterestIn:
    get = sheet.columns.get
    email, custom = get(row, "email"), sheet.identifier(row, "custom_id")
    sku, handle = sheet.identifier(row, "sku"), sheet.identifier(row, "handle")
    if not email and not custom:
        raise Bad("email", "The row names nobody: it has neither an address nor a custom id.")
    if not sku and not handle:
        raise Bad("sku", "The row names no variant.")
    units = sheet.whole(row, "units")
    if units is not None and units < 1:
        raise Bad("units", "Somebody waits for at least one unit.")
    return InterestIn(
        sku=sku,
        email=people.address(email) if email else "",
        custom_id=custom,
        handle=handle,
        options=_options(sheet, row),
        units=units or 1,
        created_at=sheet.when(row, "created_at"),
        source=get(row, "source")[:255],
        wording=get(row, "wording"),
        line=line,
    )


def _options(sheet: Sheet, row: list[str]) -> tuple[tuple[str, str], ...]:
    """From columns of their own, or from one cell such as `Size=M / Color=Red` or `M / Red`."""
    get = sheet.columns.get
    pairs = [(get(row, f"option{n}_name"), get(row, f"option{n}_value")) for n in (1, 2, 3)]
    if not any(value for _, value in pairs):
        parts = (_NAMED.fullmatch(part.strip()) for part in _APART.split(get(row, "options")))
        pairs = [(part[1] or "", part[2]) for part in parts if part]
    return tuple((name or f"Option {n}", value) for n, (name, value) in enumerate(pairs, 1) if value)
