"""The real export files import whole; the counts are worked out here again with nothing but csv."""

import csv
import os
from pathlib import Path

from restock_desk import feeds
from restock_desk.domain.catalog import ProductIn
from restock_desk.domain.imports import ImportKind, ReadOptions, Rejected

_BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "real"
CATALOG = Path(os.environ.get("RESTOCK_DESK_REAL", _BESIDE)) / "catalog"


def read(name: str, options: ReadOptions | None = None) -> tuple[str, list[ProductIn]]:
    reader = feeds.open_reader(CATALOG / name, ImportKind.PRODUCTS, options or ReadOptions())
    found = list(reader)
    assert not [item for item in found if isinstance(item, Rejected)]
    products = [item for item in found if isinstance(item, ProductIn)]
    assert sum(item.rows for item in products) == reader.rows_read
    assert reader.bytes_read == reader.size
    return reader.format, products


def rows(name: str) -> list[dict[str, str]]:
    with (CATALOG / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_magento_variants_find_their_configurable_product() -> None:
    truth = rows("magento-products.csv")
    parents = {row["sku"]: row for row in truth if row["product_type"] == "configurable"}
    owned = {
        pair.removeprefix("sku=")
        for row in parents.values()
        for part in row["configurable_variations"].split("|")
        for pair in part.split(",")
        if pair.startswith("sku=")
    }
    format, products = read("magento-products.csv")
    configurable = {item.source_key: item for item in products if item.source_key in parents}
    assert format == "magento"
    assert len(configurable) == 147
    assert sum(len(item.variants) for item in products) == 1_847
    assert {v.sku for item in configurable.values() for v in item.variants} == owned
    assert len(products) == 147 + 1_847 - len(owned)
    hoodie = configurable["MH01"]
    assert hoodie.title == "Chaz Kangeroo Hoodie"
    assert len(hoodie.variants) == 15
    assert ("size", "XS") in hoodie.variants[0].options
    assert hoodie.variants[0].stock == 100


def test_shopify_rows_of_one_handle_are_one_product() -> None:
    format, products = read("shopify-apparel.csv")
    assert (format, len(products), sum(len(item.variants) for item in products)) == ("shopify", 20, 22)
    top = next(item for item in products if item.handle == "classic-varsity-top")
    assert [v.options for v in top.variants] == [(("Size", "Small"),), (("Size", "Medium"),), (("Size", "Large"),)]
    assert all(v.stock is None and v.availability == "in_stock" for item in products for v in item.variants)


def test_woocommerce_variations_join_their_parents() -> None:
    format, products = read("woocommerce-sample_products.csv")
    truth = rows("woocommerce-sample_products.csv")
    variations = sum(row["Type"] == "variation" for row in truth)
    assert (format, len(products)) == ("woocommerce", 25 - variations)
    hoodie = next(item for item in products if item.title == "Hoodie")
    assert {v.sku for v in hoodie.variants} == {"woo-hoodie-red", "woo-hoodie-green", "woo-hoodie-blue",
                                                "woo-hoodie-blue-logo"}  # fmt: skip


def test_a_file_without_headers_is_mapped_by_position() -> None:
    columns = (("sku", "7"), ("title", "4"), ("price", "8"), ("stock", "9"))
    _, products = read("oscar-books.essential.csv", ReadOptions(header=False, columns=columns))
    assert sum(item.rows for item in products) == 82
    first = products[0].variants[0]
    assert (first.sku, str(first.price), first.stock) == ("9780131103627", "9.99", 20)
