"""Stock levels: by SKU from a plain table, or the inventory file of Shopify."""

from collections.abc import Iterator

from restock_desk.domain.catalog import StockIn
from restock_desk.domain.imports import Rejected
from restock_desk.errors import DeskError
from restock_desk.feeds import numbers
from restock_desk.feeds.reading import Bad, Record, Sheet

_NOT_STOCKED = "Not stocked at this location: the row tells no level and is skipped."


def generic(sheet: Sheet) -> Iterator[Record | Rejected]:
    sheet.settle("stock", whole=True)
    get = sheet.columns.get
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        line, row = item
        try:
            sku, number = sheet.identifier(row, "sku"), sheet.identifier(row, "inventory_item_id")
            if not sku and not number:
                raise Bad("sku", "The row names no variant.")
            if get(row, "stock").casefold() == "not stocked":
                raise Bad("stock", _NOT_STOCKED)
            quantity = sheet.whole(row, "stock")
            if quantity is None:
                raise Bad("stock", "The row tells no quantity.")
            made = StockIn(
                quantity, sku, number, location=sheet.identifier(row, "location"),
                observed_at=sheet.when(row, "observed_at"), line=line,
            )  # fmt: skip
        except Bad as bad:
            yield sheet.reject(line, row, bad)
            continue
        yield made


def shopify(sheet: Sheet) -> Iterator[Record | Rejected]:
    level = next((name for name in ("available", "on_hand") if name in sheet.columns.at), "")
    if level:
        sheet.settle(level, whole=True)
    places = [] if level else _places(sheet)
    seen: set[int] = set()
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        line, row = item
        try:
            made = _levels(sheet, line, row, level, places)
            for stock in made:
                mark = hash((stock.sku, stock.handle, stock.options, stock.location))
                if mark in seen:
                    raise Bad("location", "This variant and location stand in the file twice.")
                seen.add(mark)
        except Bad as bad:
            yield sheet.reject(line, row, bad)
            continue
        yield from made


def _places(sheet: Sheet) -> list[tuple[str, int]]:
    headers = [header.casefold() for header in sheet.table.headers]
    if "coo" not in headers or "location" in headers:
        raise DeskError(
            "The file has no column of quantities.", "It needs a column for available or on hand, or one per location."
        )
    return [(name, n) for n, name in enumerate(sheet.table.headers) if n > headers.index("coo") and name]


def _levels(sheet: Sheet, line: int, row: list[str], level: str, places: list[tuple[str, int]]) -> list[StockIn]:
    get = sheet.columns.get
    sku, handle = sheet.identifier(row, "sku"), get(row, "handle")
    sku = "" if sku == "-" else sku
    if not sku and not handle:
        raise Bad("handle", "The row names no variant.")
    values = [(get(row, f"option{n}_name"), get(row, f"option{n}_value")) for n in (1, 2, 3)]
    options = tuple((name, value) for name, value in values if value and value != "Default Title")
    told = [(get(row, "location"), sheet.columns.at[level])] if level else places
    made: list[StockIn] = []
    for location, place in told:
        text = row[place].strip()
        if not text or text.casefold() == "not stocked":
            continue
        quantity = _quantity(sheet, text, level or location)
        made.append(
            StockIn(quantity, sku, handle=handle, options=options, location=location, line=line, rows=0 if made else 1)
        )
    if not made:
        raise Bad(level or "location", _NOT_STOCKED)
    return made


def _quantity(sheet: Sheet, text: str, field: str) -> int:
    try:
        return numbers.whole(text, sheet.styles.get(field, "en"))
    except ValueError as error:
        raise Bad(field, str(error)) from error
