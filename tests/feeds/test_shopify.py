"""Shopify product files: both dialects, as they come out of real shops."""

from pathlib import Path

import pytest

from restock_desk.domain.catalog import Availability, ProductStatus
from restock_desk.domain.imports import ImportKind
from tests.feeds.whole_files import Whole
from tests.feeds.whole_files import read as read_file

OLD = (
    "Handle,Title,Body (HTML),Vendor,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src\n"
)
NEW = (
    "URL handle,Title,Description,Vendor,Published on online store,Option1 name,Option1 value,Option2 name,"
    "Option2 value,SKU,Inventory tracker,Inventory quantity,Continue selling when out of stock,Price,"
    "Product image URL\n"
)


@pytest.fixture(params=["old", "new"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "products.csv"


def read(file: Path, dialect: str, *rows: str) -> Whole:
    policy = {"old": ("deny", "continue"), "new": ("FALSE", "TRUE")}[dialect]
    body = "".join(row.replace("DENY", policy[0]).replace("CONTINUE", policy[1]) + "\n" for row in rows)
    return read_file(file, (OLD if dialect == "old" else NEW) + body, ImportKind.PRODUCTS)


def test_later_rows_inherit_title_names_and_publication(file: Path, dialect: str) -> None:
    found = read(
        file,
        dialect,
        'tee,Tee,"<p>Soft,\n""warm""</p>",Loom,true,Size,S,Colour,Red,,shopify,3,DENY,50,https://x.example/1.jpg',
        "tee,,,,,,M,,Blue,,shopify,0,CONTINUE,9.99,",
        "tee,,,,,,,,,,,,,,https://x.example/2.jpg",
    )
    tee = found.product("tee")
    assert (tee.title, tee.status, tee.vendor, tee.rows, tee.image_url) == (
        "Tee", ProductStatus.ACTIVE, "Loom", 3, "https://x.example/1.jpg"
    )  # fmt: skip
    assert tee.description_html == '<p>Soft,\n"warm"</p>'
    assert [(v.source_key, v.options, v.stock, v.oversell, str(v.price)) for v in tee.variants] == [
        ("tee/S/Red", (("Size", "S"), ("Colour", "Red")), 3, False, "50"),
        ("tee/M/Blue", (("Size", "M"), ("Colour", "Blue")), 0, True, "9.99"),
    ]


def test_a_quantity_without_tracker_is_no_stock_but_is_kept(file: Path, dialect: str) -> None:
    mug = read(file, dialect, "mug,Mug,,,,Title,Default Title,,,M,,7,DENY,5,").product("mug")
    assert [(v.stock, v.availability, v.options, v.title) for v in mug.variants] == [
        (None, Availability.IN_STOCK, (), "")
    ]
    assert mug.extras == {"untracked quantity M": "7"}


def test_variants_that_share_a_sku_are_told_apart_by_their_options(file: Path, dialect: str) -> None:
    found = read(
        file,
        dialect,
        "tee,Tee,,,,Size,S,,,SAME,shopify,1,DENY,5,",
        "tee,,,,,,M,,,SAME,shopify,2,DENY,5,",
        "tee,,,,,,M,,,SAME,shopify,3,DENY,5,",
        "cap,Cap,,,,Title,Default Title,,,SAME,shopify,4,DENY,5,",
    )
    assert [(v.source_key, v.stock) for v in found.product("tee").variants] == [("tee/S", 1), ("tee/M", 2)]
    assert found.refused() == [(4, "option1_value")]
    assert any("SAME" in note for note in found.notes)


@pytest.mark.parametrize(("published", "status"), [("TRUE", "active"), ("false", "draft"), ("", "active")])
def test_publication_is_read_in_any_case(file: Path, dialect: str, published: str, status: str) -> None:
    found = read(file, dialect, f"mug,Mug,,,{published},Title,Default Title,,,M,shopify,7,DENY,5,")
    assert found.product("mug").status is ProductStatus(status)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",Mug,,,,Title,Default Title,,,M,shopify,7,DENY,5,", "handle"),
        ("mug,Mug,,,,Title,Default Title,,,2.71879E+17,shopify,7,DENY,5,", "sku"),
        ("mug,Mug,,,,Title,Default Title,,,M,shopify,7.5,DENY,5,", "stock"),
        ("mug,Mug,,,,Title,Default Title,,,M,shopify,7,DENY,-5,", "price"),
        (f"{'m' * 256},Mug,,,,Title,Default Title,,,M,shopify,7,DENY,5,", "handle"),
        (f"mug,Mug,,,,Size,{'s' * 300},,,,shopify,7,DENY,5,", "option1_value"),
        (f"mug,{'t' * 1001},,,,Title,Default Title,,,M,shopify,7,DENY,5,", "title"),
    ],
)
def test_a_row_that_cannot_go_in_names_its_field(file: Path, dialect: str, row: str, field: str) -> None:
    assert read(file, dialect, row).refused() == [(2, field)]


def test_a_currency_must_be_a_code(file: Path) -> None:
    found = read_file(file, "sku,title,price,currency\nA,a,1.50,eur\nB,b,1.50,EURO\n", ImportKind.PRODUCTS)
    assert [v.currency for v in found.variants().values()] == ["EUR"]
    assert found.refused() == [(3, "currency")]
