"""Products as Shopify exports them, old and new headers alike."""

from collections import Counter
from collections.abc import Iterator

from restock_desk.domain.catalog import Availability, ProductIn, ProductStatus, VariantIn
from restock_desk.domain.imports import Rejected
from restock_desk.feeds.groups import grouped
from restock_desk.feeds.reading import Bad, Record, Sheet
from restock_desk.feeds.table import Row

SOURCE = "shopify"
_TRUE = ("true", "1", "yes")
_INHERITED = (
    "title", "description", "vendor", "type", "tags", "published", "status", "image",
    "option1_name", "option2_name", "option3_name",
)  # fmt: skip
"""What the first row of a product tells for all its rows."""


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    sheet.settle("price", "compare_at_price")
    sheet.settle("stock", whole=True)
    seen: set[int] = set()
    for group in grouped(sheet.table, sheet.columns.at["handle"]):
        if isinstance(group, Rejected):
            yield group
            continue
        for sku in sorted({sku for _, row in group if (sku := sheet.columns.get(row, "sku"))}):
            if hash(sku) in seen:
                sheet.note(f"The SKU {sku[:80]} stands at several products: no import can find a variant by it alone.")
            seen.add(hash(sku))
        yield from product(sheet, group, SOURCE)


def product(sheet: Sheet, group: list[Row], source: str) -> Iterator[Record | Rejected]:
    """One product of rows that share a handle; rows that cannot go in are rejected one by one."""
    get = sheet.columns.get
    line, first = group[0]
    if not get(first, "handle"):
        for at, row in group:
            yield sheet.reject(at, row, Bad("handle", "The row has no handle, so its product is not known."))
        return
    head = {name: next((text for _, row in group if (text := get(row, name))), "") for name in _INHERITED}
    variants: list[VariantIn] = []
    extras = sheet.columns.extras(first)
    rows = 0
    keys: set[str] = set()
    skus = Counter(get(row, "sku") for _, row in group)
    for at, row in group:
        try:
            made = _variant(sheet, at, row, head, extras, alone=skus[get(row, "sku")] == 1)
            if made and made.source_key in keys:
                raise Bad("option1_value", "This variant of the product stands in the file twice.")
            if len(get(row, "title")) > 1000:
                raise Bad("title", "The title is longer than 1,000 characters.")
            sheet.identifier(row, "handle")
        except Bad as bad:
            yield sheet.reject(at, row, bad)
            continue
        rows += 1
        if made:
            keys.add(made.source_key)
            variants.append(made)
    if rows:
        yield _head(head, get(first, "handle"), tuple(variants), extras, line, rows, source)


def _head(
    head: dict[str, str],
    handle: str,
    variants: tuple[VariantIn, ...],
    extras: dict[str, str],
    line: int,
    rows: int,
    source: str,
) -> ProductIn:
    return ProductIn(
        source=source,
        source_key=handle,
        title=head["title"] or handle,
        handle=handle,
        description_html=head["description"],
        vendor=head["vendor"],
        type=head["type"],
        tags=tuple(tag.strip() for tag in head["tags"].split(",") if tag.strip()),
        status=_status(head),
        image_url=head["image"],
        variants=variants,
        extras=extras,
        line=line,
        rows=rows,
    )


def _status(head: dict[str, str]) -> ProductStatus:
    told = head["status"].lower()
    if told in ("active", "draft", "archived"):
        return ProductStatus(told)
    published = head["published"].lower()
    if not published:
        return ProductStatus.ACTIVE
    return ProductStatus.ACTIVE if published in _TRUE else ProductStatus.DRAFT


def _variant(
    sheet: Sheet, line: int, row: list[str], head: dict[str, str], extras: dict[str, str], alone: bool
) -> VariantIn | None:
    """`alone`: the SKU stands once in its product and so is the variant's key; else its options are."""
    get = sheet.columns.get
    sku = sheet.identifier(row, "sku")
    values = [get(row, f"option{n}_value") for n in (1, 2, 3)]
    if not any(values) and not sku and not get(row, "price"):
        return None
    options = tuple((head[f"option{n}_name"] or f"Option {n}", v) for n, v in enumerate(values, 1) if v)
    if len(options) == 1 and options[0][1] == "Default Title":
        options = ()
    stock = sheet.whole(row, "stock")
    availability = Availability.UNKNOWN
    if "tracker" in sheet.columns.at and not get(row, "tracker"):
        if stock is not None:
            extras[f"untracked quantity {sku or ' / '.join(values)}".strip(" /")] = str(stock)
        stock, availability = None, Availability.IN_STOCK
    return VariantIn(
        source_key=sheet.key(sku if alone else "", get(row, "handle"), options),
        sku=sku,
        title=" / ".join(value for _, value in options),
        options=options,
        barcode=sheet.identifier(row, "barcode"),
        price=sheet.price(row, "price"),
        compare_at_price=sheet.price(row, "compare_at_price"),
        currency=sheet.options.currency,
        image_url=get(row, "variant_image"),
        stock=stock,
        availability=availability,
        oversell=get(row, "oversell").lower() in ("continue", *_TRUE),
        line=line,
    )
