"""Products as WooCommerce exports them: variations name their parent by SKU or id, in any order."""

import re
from collections.abc import Iterator

from restock_desk.domain.catalog import Availability, ProductIn, ProductStatus, VariantIn
from restock_desk.domain.imports import Rejected
from restock_desk.feeds.reading import Bad, Record, Sheet
from restock_desk.feeds.table import Row

SOURCE = "woocommerce"
_COMMA = re.compile(r"(?<!\\),\s*")
_STATUS = {"1": ProductStatus.ACTIVE, "true": ProductStatus.ACTIVE, "0": ProductStatus.PRIVATE}
_STATUS |= {"-1": ProductStatus.DRAFT, "2": ProductStatus.DRAFT, "false": ProductStatus.PRIVATE}


def split_list(text: str) -> list[str]:
    r"""Values of one cell, joined by commas; `\,` is a comma inside a value."""
    return [value.strip().replace("\\,", ",") for value in _COMMA.split(text) if value.strip()]


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    """Two walks: the first learns who is whose parent, the second yields products as soon as they are whole."""
    sheet.settle("price", "sale_price")
    ids, expected = _families(sheet)
    parents: dict[str, Row] = {}
    parts: dict[str, list[Row]] = {}
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        line, row = item
        kind = _kind(sheet, row)
        try:
            key = _key(sheet, row)
            if kind == "variation":
                key = _parent(sheet, row, ids)
                parts.setdefault(key, []).append(item)
            elif kind == "variable":
                if key in parents:
                    raise Bad("sku", "This product stands in the file twice.")
                parents[key] = item
        except Bad as bad:
            yield sheet.reject(line, row, bad)
            continue
        if kind not in ("variation", "variable"):
            yield from _product(sheet, item, [item], kind)
        elif key in parents and len(parts.get(key, ())) >= expected.get(key, 0):
            yield from _product(sheet, parents[key], parts.pop(key, []), kind)
            expected[key] = 1 << 30
            del parents[key]
    for key, item in parents.items():
        yield from _product(sheet, item, parts.pop(key, []), "variable")
    for rows in parts.values():
        for line, row in rows:
            yield sheet.reject(line, row, Bad("parent", "The product this variation belongs to is not in the file."))


def _kind(sheet: Sheet, row: list[str]) -> str:
    flags = {flag.strip().lower() for flag in sheet.columns.get(row, "type").split(",")}
    return next((kind for kind in ("variation", "variable", "grouped", "external") if kind in flags), "simple")


def _key(sheet: Sheet, row: list[str]) -> str:
    sku, number = sheet.identifier(row, "sku"), sheet.identifier(row, "id")
    if not sku and not number:
        raise Bad("sku", "The row has neither an ID nor a SKU.")
    return sku or f"id:{number}"


def _parent(sheet: Sheet, row: list[str], ids: dict[str, str]) -> str:
    told = sheet.identifier(row, "parent")
    if not told:
        raise Bad("parent", "The variation names no parent.")
    return ids.get(told, told)


def _families(sheet: Sheet) -> tuple[dict[str, str], dict[str, int]]:
    ids: dict[str, str] = {}
    told: dict[str, int] = {}
    get = sheet.columns.get
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            continue
        row = item[1]
        kind = _kind(sheet, row)
        if kind == "variable":
            ids[f"id:{get(row, 'id')}"] = get(row, "sku") or f"id:{get(row, 'id')}"
        elif kind == "variation":
            told[get(row, "parent")] = told.get(get(row, "parent"), 0) + 1
    expected: dict[str, int] = {}
    for parent, count in told.items():
        key = ids.get(parent, parent)
        expected[key] = expected.get(key, 0) + count
    return ids, expected


def _product(sheet: Sheet, item: Row, rows: list[Row], kind: str) -> Iterator[Record | Rejected]:
    line, row = item
    get = sheet.columns.get
    own = kind not in ("variable", "variation")
    variants = []
    for at, cells in rows:
        try:
            if len(get(cells, "title")) > 1000:
                raise Bad("title", "The name is longer than 1,000 characters.")
            variants.append(_variant(sheet, at, cells, row, kind))
        except Bad as bad:
            yield sheet.reject(at, cells, bad)
    if own and not variants:
        return
    images = split_list(get(row, "images"))
    yield ProductIn(
        source=SOURCE,
        source_key=get(row, "id") or get(row, "sku"),
        title=(get(row, "title") or get(row, "sku") or get(row, "id"))[:1000],
        description_html=get(row, "description").replace("\\n", "\n"),
        type=(split_list(get(row, "categories")) or [""])[0],
        tags=tuple(split_list(get(row, "tags"))),
        status=_STATUS.get(get(row, "published").lower(), ProductStatus.ACTIVE),
        url=get(row, "external_url"),
        image_url=images[0] if images else "",
        variants=tuple(variants),
        extras=sheet.columns.extras(row),
        line=line,
        rows=len(variants) + (not own),
    )


def _variant(sheet: Sheet, line: int, row: list[str], parent: list[str], kind: str) -> VariantIn:
    get = sheet.columns.get
    pairs = [(get(row, f"name{n}") or get(parent, f"name{n}"), get(row, f"value{n}")) for n in (1, 2, 3)]
    options = tuple((name, split_list(value)[0]) for name, value in pairs if value and split_list(value))
    options = options if kind in ("variable", "variation") else ()
    from_parent = get(row, "stock").lower() == "parent"
    stock = _stock(sheet, parent if from_parent else row)
    told = get(row, "in_stock").lower()
    availability = Availability.UNKNOWN
    if told == "backorder":
        availability = Availability.BACKORDER
    elif stock is None and told in ("1", "0"):
        availability = Availability.IN_STOCK if told == "1" else Availability.OUT_OF_STOCK
    if kind in ("grouped", "external"):
        stock, availability = None, Availability.UNKNOWN
    price, sale = sheet.price(row, "price"), sheet.price(row, "sale_price")
    compare = None
    dated = get(row, "sale_from") or get(row, "sale_to")
    if sale is not None and price is not None and sale < price and not dated:
        price, compare = sale, price
    images = split_list(get(row, "images"))
    return VariantIn(
        source_key=get(row, "id") or get(row, "sku"),
        sku=get(row, "sku"),
        title=" / ".join(value for _, value in options),
        options=options,
        barcode=sheet.identifier(row, "barcode"),
        price=price,
        compare_at_price=compare,
        currency=sheet.options.currency,
        image_url=images[0] if images else "",
        stock=stock,
        availability=availability,
        oversell=get(row, "backorders") in ("1", "notify"),
        stock_from_parent=from_parent,
        line=line,
    )


def _stock(sheet: Sheet, row: list[str]) -> int | None:
    return None if sheet.columns.get(row, "stock").lower() == "parent" else sheet.whole(row, "stock")
