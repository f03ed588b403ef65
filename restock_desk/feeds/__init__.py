"""Files coming in: one row in, one record or one rejection out, never a crash. Nothing is stored and no URL is fetched.

The formats live in modules of their own; what an operator must decide is raised as a DeskError before the first record.
"""

import csv
from itertools import islice
from pathlib import Path

from restock_desk.domain.imports import FilePreview, ImportKind, ReadOptions, Rejected
from restock_desk.errors import DeskError
from restock_desk.feeds import (
    audience_generic,
    audience_klaviyo,
    audience_mailchimp,
    catalog_generic,
    catalog_magento,
    catalog_shopify,
    catalog_woocommerce,
    columns,
    feedback,
    interests,
    names,
    stock,
)
from restock_desk.feeds.columns import recognise
from restock_desk.feeds.reading import Reader, Record, Records, Sheet
from restock_desk.feeds.table import Table
from restock_desk.feeds.text import Text, look

__all__ = ["JsonLines", "Reader", "Record", "open_reader", "preview", "recognise"]

JsonLines = feedback.JsonLines
Needs = tuple[tuple[str, ...], ...]

_DELIMITERS = (",", ";", "\t", "|")
_PERSON: Needs = (("email",),)
_FORMATS: dict[tuple[ImportKind, str], tuple[Records, Needs]] = {
    (ImportKind.PRODUCTS, "shopify"): (catalog_shopify.records, (("handle",),)),
    (ImportKind.PRODUCTS, "shopify-new"): (catalog_shopify.records, (("handle",),)),
    (ImportKind.PRODUCTS, "woocommerce"): (catalog_woocommerce.records, (("id", "sku"), ("type",))),
    (ImportKind.PRODUCTS, "magento"): (catalog_magento.records, (("sku",), ("product_type",))),
    (ImportKind.PRODUCTS, "generic"): (catalog_generic.records, (("sku", "handle", "product_id"),)),
    (ImportKind.SUBSCRIBERS, "generic"): (audience_generic.records, _PERSON),
    (ImportKind.SUBSCRIBERS, "mailchimp"): (audience_mailchimp.records, _PERSON),
    (ImportKind.SUBSCRIBERS, "klaviyo"): (audience_klaviyo.records, _PERSON),
    (ImportKind.INTERESTS, "generic"): (interests.records, (("email", "custom_id"), ("sku", "handle"))),
    (ImportKind.STOCK, "generic"): (stock.generic, (("sku", "inventory_item_id"), ("stock",))),
    (ImportKind.STOCK, "shopify"): (stock.shopify, (("sku", "handle"),)),
    (ImportKind.FEEDBACK, "generic"): (feedback.records, (("event_id",), ("kind",))),
}


def open_reader(path: Path, kind: ImportKind, options: ReadOptions) -> Reader | JsonLines:
    """A reader over a file. Raises DeskError for what the operator must decide or repair; rows never raise."""
    text = look(path, options.encoding)
    if kind is ImportKind.FEEDBACK and feedback.is_json(path, text.encoding):
        return JsonLines(text)
    table = _table(text, kind, options)
    columns.no_twins(table.headers)
    format = columns.choose(table.headers, kind, options)
    found = columns.resolve(table.headers, table.width, format, kind, options)
    records, needs = _FORMATS[kind, format]
    columns.require(found, format, *needs)
    together = audience_generic.together if records is audience_generic.records else None
    return Reader(format, Sheet(table, found, options), records, together)


def preview(path: Path, kind: ImportKind, options: ReadOptions, lines: int = 20) -> FilePreview:
    """What the file looks like, before anything is settled: also where its format is not clear yet."""
    text = look(path, options.encoding)
    if kind is ImportKind.FEEDBACK and feedback.is_json(path, text.encoding):
        with path.open(encoding=text.encoding) as file:
            start = tuple((line.strip()[:2000],) for line in islice(file, lines))
        return FilePreview(str(path), "generic", text.encoding, "", ("JSON",), (), start)
    table = _table(text, kind, options)
    notes: list[str] = []
    format = options.format
    mapping: tuple[tuple[str, str], ...] = ()
    try:
        columns.no_twins(table.headers)
        format = columns.choose(table.headers, kind, options)
        found = columns.resolve(table.headers, table.width, format, kind, options)
        columns.require(found, format, *_FORMATS[kind, format][1])
        mapping = tuple((n, table.headers[p] if options.header else str(p + 1)) for n, p in found.at.items())
    except DeskError as error:
        notes.append(str(error))
    sample = tuple(tuple(item[1]) for item in islice(table.rows(), lines) if not isinstance(item, Rejected))
    candidates = tuple(recognise(table.headers, kind)) if options.header else ("generic",)
    headers = tuple(table.headers) if options.header else tuple(str(n + 1) for n in range(table.width))
    return FilePreview(
        str(path), format, text.encoding, table.delimiter, headers, mapping, sample, tuple(notes), candidates
    )


def _table(text: Text, kind: ImportKind, options: ReadOptions) -> Table:
    if options.delimiter:
        if len(options.delimiter) != 1 or options.delimiter in '"\r\n\0 ':
            raise DeskError("The delimiter must be one character.", "Use a comma, a semicolon, a tab or a bar.")
        return Table(text, options.delimiter, options.header)
    return Table(text, _delimiter(text, kind, options), options.header)


def _delimiter(text: Text, kind: ImportKind, options: ReadOptions) -> str:
    known = {name for fields in names.FIELDS[kind].values() for group in fields.values() for name in group}
    known |= {columns.fold(told) for _, told in options.columns}

    def score(mark: str) -> tuple[int, int]:
        try:
            with text.path.open(encoding=text.encoding, newline="") as file:
                first = next((row for row in csv.reader(file, delimiter=mark) if any(row)), [])
        except csv.Error:
            return (0, 0)
        hits = sum(columns.fold(header) in known for header in first) if options.header else 0
        return hits, len(first)

    return max(_DELIMITERS, key=score)
