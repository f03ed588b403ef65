"""Products as Magento 2 exports them: variants stand before the configurable product that names them."""

import re
from collections.abc import Iterator

from restock_desk.domain.catalog import Availability, ProductIn, ProductStatus, VariantIn
from restock_desk.domain.imports import Rejected
from restock_desk.feeds.reading import Bad, Record, Sheet
from restock_desk.feeds.table import Row

SOURCE = "magento"
_COMMA = re.compile(r",(?=\s*[A-Za-z0-9_]+=)")
"""Between `key=value` and the next: values hold commas too."""
Options = tuple[tuple[str, str], ...]


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    """Two walks: the first learns which SKU belongs to which product, the second yields products as they are whole."""
    sheet.settle("price", "special_price")
    sheet.settle("qty", "out_of_stock_qty", whole=True)
    owner, missing = _owners(sheet)
    parents: dict[str, Row] = {}
    parts: dict[str, list[VariantIn]] = {}
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        line, row = item
        sku = sheet.columns.get(row, "sku")
        try:
            kind = _checked(sheet, row)
            parent, options = owner.get(sku, (sku, ()))
            if kind == "configurable":
                if sku in parents:
                    raise Bad("sku", f"The SKU {sku} stands in the file twice.")
                parents[sku] = item
                parent = sku
            else:
                parts.setdefault(parent, []).append(_variant(sheet, line, row, options))
        except Bad as bad:
            missing[owner.get(sku, (sku, ()))[0]] = missing.get(owner.get(sku, (sku, ()))[0], 0) - 1
            yield sheet.reject(line, row, bad)
            continue
        missing[parent] = missing.get(parent, 0) - 1
        if parent == sku and kind != "configurable":
            yield _product(sheet, item, parts.pop(sku), alone=True)
        elif missing[parent] <= 0 and parent in parents:
            yield _product(sheet, parents[parent], parts.pop(parent, []), alone=False)
            del parents[parent]
    for sku, item in parents.items():
        yield _product(sheet, item, parts.pop(sku, []), alone=False)
    for sku, orphans in parts.items():
        for made in orphans:
            yield Rejected(made.line, "sku", f"Its configurable product {sku} could not go in.", made.sku)


def _owners(sheet: Sheet) -> tuple[dict[str, tuple[str, Options]], dict[str, int]]:
    get = sheet.columns.get
    owner: dict[str, tuple[str, Options]] = {}
    present: dict[str, int] = {}
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            continue
        row = item[1]
        sku = get(row, "sku")
        present[sku] = present.get(sku, 0) + 1
        if get(row, "product_type") != "configurable":
            continue
        for part in get(row, "configurable_variations").split("|"):
            pairs = [(name.strip(), value.strip()) for name, _, value in (p.partition("=") for p in _COMMA.split(part))]
            named = dict(pairs).get("sku", "")
            if named and named in owner and owner[named][0] != sku:
                sheet.note(f"The variant {named} is named by two products; it stays with {owner[named][0]}.")
            elif named and named != sku:
                owner[named] = (sku, tuple((name, value) for name, value in pairs if name != "sku" and value))
    missing: dict[str, int] = {}
    for sku, count in present.items():
        parent = owner[sku][0] if sku in owner else sku
        missing[parent] = missing.get(parent, 0) + count
    return {sku: told for sku, told in owner.items() if told[0] in present}, missing


def _checked(sheet: Sheet, row: list[str]) -> str:
    if not sheet.identifier(row, "sku"):
        raise Bad("sku", "The row has no SKU.")
    if sheet.columns.get(row, "store_view_code"):
        raise Bad("store_view_code", "The row translates a product for one store view; such rows are skipped.")
    if len(sheet.columns.get(row, "name")) > 1000:
        raise Bad("name", "The name is longer than 1,000 characters.")
    sheet.price(row, "price")
    return sheet.columns.get(row, "product_type")


def _variant(sheet: Sheet, line: int, row: list[str], options: Options) -> VariantIn:
    get = sheet.columns.get
    sku = get(row, "sku")
    price, compare = sheet.price(row, "price"), None
    special = sheet.price(row, "special_price")
    if special is not None and price is not None and special < price and not get(row, "special_price_to_date"):
        price, compare = special, price
    tracked = not (get(row, "manage_stock") == "0" and get(row, "use_config_manage_stock") == "0")
    stock = sheet.whole(row, "qty") if tracked else None
    availability = Availability.UNKNOWN
    if get(row, "is_in_stock") == "0":
        availability = Availability.OUT_OF_STOCK
    elif stock is None and get(row, "is_in_stock") == "1":
        availability = Availability.IN_STOCK
    return VariantIn(
        source_key=sku,
        sku=sku,
        title=" / ".join(value for _, value in options),
        options=options,
        price=price,
        compare_at_price=compare,
        currency=sheet.options.currency,
        image_url=_image(sheet, row),
        stock=stock,
        availability=availability,
        oversell=get(row, "allow_backorders") in ("1", "2") and get(row, "use_config_backorders") == "0",
        line=line,
    )


def _product(sheet: Sheet, item: Row, variants: list[VariantIn], alone: bool) -> ProductIn:
    line, row = item
    get = sheet.columns.get
    sku = get(row, "sku")
    return ProductIn(
        source=SOURCE,
        source_key=sku,
        title=get(row, "name") or sku,
        handle=get(row, "url_key"),
        description_html=get(row, "description"),
        type=get(row, "attribute_set_code"),
        status=ProductStatus.DRAFT if get(row, "product_online") in ("0", "2") else ProductStatus.ACTIVE,
        image_url=_image(sheet, row),
        variants=tuple(variants),
        extras={**sheet.columns.extras(row), **_attributes(sheet, row)},
        line=line,
        rows=len(variants) + (not alone),
    )


def _image(sheet: Sheet, row: list[str]) -> str:
    path = sheet.columns.get(row, "base_image")
    if not path or path == "no_selection" or path.startswith(("http://", "https://")):
        return "" if path == "no_selection" else path
    base = sheet.options.image_base_url.rstrip("/")
    return f"{base}/{path.lstrip('/')}" if base else path


def _attributes(sheet: Sheet, row: list[str]) -> dict[str, str]:
    """`key=value` joined by commas; several values of one key stand as `a|b`."""
    pairs = (part.partition("=") for part in _COMMA.split(sheet.columns.get(row, "additional_attributes")))
    return {name.strip(): value.replace("|", ", ") for name, _, value in pairs if name.strip() and value}
