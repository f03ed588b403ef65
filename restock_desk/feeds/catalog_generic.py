"""Products from a table of anybody's making: one row a variant; rows sharing a handle or product id are a product."""

from collections.abc import Iterator

from restock_desk.domain.catalog import Availability, ProductIn, ProductStatus, VariantIn
from restock_desk.domain.imports import Rejected
from restock_desk.feeds import numbers
from restock_desk.feeds.groups import grouped
from restock_desk.feeds.reading import Bad, Record, Sheet
from restock_desk.feeds.table import Row

SOURCE = "generic"


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    sheet.settle("price", "compare_at_price")
    sheet.settle("stock", whole=True)
    key = next((name for name in ("product_id", "handle", "sku") if name in sheet.columns.at), "sku")
    for group in grouped(sheet.table, sheet.columns.at[key]):
        if isinstance(group, Rejected):
            yield group
        else:
            yield from _product(sheet, group, key)


def _product(sheet: Sheet, group: list[Row], key: str) -> Iterator[Record | Rejected]:
    get = sheet.columns.get
    title = next((text for _, row in group if (text := get(row, "title"))), "")
    names = [next((text for _, row in group if (text := get(row, f"option{n}_name"))), "") for n in (1, 2, 3)]
    good: list[tuple[list[str], VariantIn]] = []
    keys: set[str] = set()
    for line, row in group:
        try:
            identity = sheet.identifier(row, key)
            if not title and not identity:
                raise Bad("title", "The row has neither a title nor an identity.")
            if len(title) > 1000:
                raise Bad("title", "The title is longer than 1,000 characters.")
            made = _variant(sheet, line, row, names, identity)
            if not made.source_key:
                raise Bad("sku", "The row has no SKU.")
            if made.source_key in keys:
                raise Bad("sku", f"The SKU {made.sku or made.source_key} stands in the file twice.")
        except Bad as bad:
            yield sheet.reject(line, row, bad)
            continue
        keys.add(made.source_key)
        good.append((row, made))
    if not good:
        return
    first = good[0][0]
    told = get(first, "status").lower()
    yield ProductIn(
        source=SOURCE,
        source_key=sheet.identifier(first, key) or good[0][1].source_key,
        title=title or good[0][1].sku,
        handle=get(first, "handle"),
        description_html=get(first, "description"),
        vendor=get(first, "vendor"),
        type=get(first, "type"),
        tags=tuple(tag.strip() for tag in get(first, "tags").split(",") if tag.strip()),
        status=ProductStatus(told) if told in set(ProductStatus) else ProductStatus.ACTIVE,
        url=get(first, "url"),
        image_url=get(first, "image_url"),
        variants=tuple(made for _, made in good),
        extras=sheet.columns.extras(first),
        line=good[0][1].line,
        rows=len(good),
    )


def _variant(sheet: Sheet, line: int, row: list[str], names: list[str], identity: str) -> VariantIn:
    get = sheet.columns.get
    sku = sheet.identifier(row, "sku")
    values = [get(row, f"option{n}_value") for n in (1, 2, 3)]
    options = tuple((names[n] or f"Option {n + 1}", value) for n, value in enumerate(values) if value)
    told = get(row, "availability").lower().replace(" ", "_")
    currency = (get(row, "currency") or numbers.currency(get(row, "price")) or sheet.options.currency).upper()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Bad("currency", f"{currency[:60]!r} is not a currency code such as EUR.")
    return VariantIn(
        source_key=sheet.key(sku, identity, options),
        sku=sku,
        title=get(row, "variant") or " / ".join(value for _, value in options),
        options=options,
        barcode=sheet.identifier(row, "barcode"),
        price=sheet.price(row, "price"),
        compare_at_price=sheet.price(row, "compare_at_price"),
        currency=currency,
        image_url=get(row, "image_url"),
        url=get(row, "url"),
        stock=None if get(row, "stock").casefold() == "not stocked" else sheet.whole(row, "stock"),
        availability=Availability(told) if told in set(Availability) else Availability.UNKNOWN,
        line=line,
    )
