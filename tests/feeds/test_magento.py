"""Magento files: every trap of their export."""

from pathlib import Path

import pytest

from restock_desk.domain.catalog import Availability, ProductStatus
from restock_desk.domain.imports import ImportKind, ReadOptions
from tests.feeds.whole_files import Whole
from tests.feeds.whole_files import read as read_file

HEAD = (
    "sku,attribute_set_code,product_type,name,product_online,price,special_price,special_price_to_date,base_image,"
    "additional_attributes,qty,is_in_stock,manage_stock,use_config_manage_stock,configurable_variations\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "products.csv"


def read(file: Path, *rows: str, **options: str) -> Whole:
    text = HEAD + "\n".join(rows) + "\n"
    return read_file(file, text, ImportKind.PRODUCTS, ReadOptions(**options))  # type: ignore[arg-type]  # texts only


def simple(sku: str, *, qty: str = "5", in_stock: str = "1", manage: str = "1", config: str = "1") -> str:
    return f"{sku},Top,simple,{sku},1,9.0000,,,,,{qty},{in_stock},{manage},{config},"


@pytest.mark.parametrize(
    ("manage", "config", "stock"), [("1", "1", 5), ("0", "1", 5), ("1", "0", 5), ("0", "0", None), ("", "", 5)]
)
def test_stock_is_untracked_only_where_both_columns_say_so(
    file: Path, manage: str, config: str, stock: int | None
) -> None:
    made = read(file, simple("A", manage=manage, config=config, qty="5.0000")).variants()["A"]
    assert made.stock == stock
    assert made.availability is (Availability.IN_STOCK if stock is None else Availability.UNKNOWN)


def test_out_of_stock_beats_a_quantity(file: Path) -> None:
    assert read(file, simple("A", in_stock="0")).variants()["A"].availability is Availability.OUT_OF_STOCK


def test_options_keep_the_order_of_the_configurable_and_its_own_quantity_is_no_level(file: Path) -> None:
    found = read(
        file,
        simple("T-S", qty="3"),
        simple("T-M", qty="-2"),
        simple("MUG"),
        'T,Top,configurable,Tee,1,,,,,,0,1,1,1,"sku=T-S,size=S,color=Black, matt|sku=T-M,size=M,color=Red"',
    )
    tee = found.product("T")
    assert [(v.sku, v.stock, v.options) for v in tee.variants] == [
        ("T-S", 3, (("size", "S"), ("color", "Black, matt"))),
        ("T-M", -2, (("size", "M"), ("color", "Red"))),
    ]
    assert (tee.rows, tee.title, len(found.product("MUG").variants)) == (3, "Tee", 1)


def test_additional_attributes_are_kept_as_extras(file: Path) -> None:
    row = 'A,Top,simple,A,1,9,,,,"material=Wool, soft,climate=Cold|Mild,has_options=0",1,1,1,1,'
    extras = read(file, row).product("A").extras
    assert {name: extras[name] for name in ("material", "climate")} == {
        "material": "Wool, soft",
        "climate": "Cold, Mild",
    }


@pytest.mark.parametrize(("online", "status"), [("1", "active"), ("2", "draft"), ("0", "draft")])
def test_a_disabled_product_is_a_draft(file: Path, online: str, status: str) -> None:
    assert read(file, f"A,Top,simple,A,{online},9,,,,,1,1,1,1,").product("A").status is ProductStatus(status)


@pytest.mark.parametrize(
    ("path", "base", "url"),
    [
        ("/m/h/x.jpg", "https://shop.example/media/", "https://shop.example/media/m/h/x.jpg"),
        ("/m/h/x.jpg", "", "/m/h/x.jpg"),
        ("https://cdn.example/x.jpg", "https://shop.example/media", "https://cdn.example/x.jpg"),
        ("no_selection", "https://shop.example/media", ""),
    ],
)
def test_relative_images_need_a_base(file: Path, path: str, base: str, url: str) -> None:
    assert read(file, f"A,Top,simple,A,1,9,,,{path},,1,1,1,1,", image_base_url=base).product("A").image_url == url


def test_a_variant_named_twice_stays_with_the_first_and_a_second_row_of_a_product_is_refused(file: Path) -> None:
    parent = 'P,Top,configurable,P,1,,,,,,0,1,1,1,"sku=A,size=S"'
    found = read(file, simple("A"), parent, 'Q,Top,configurable,Q,1,,,,,,0,1,1,1,"sku=A,size=S"')
    assert [v.sku for v in found.product("P").variants] == ["A"]
    assert found.product("Q").variants == ()
    assert any("two products" in note for note in found.notes)
