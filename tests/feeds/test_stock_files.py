"""Stock files: the inventory export of a shop in both layouts, and plain tables."""

from pathlib import Path

import pytest

from restock_desk.domain.catalog import StockIn
from restock_desk.domain.imports import ImportKind, ReadOptions
from restock_desk.errors import DeskError
from tests.feeds.whole_files import Whole
from tests.feeds.whole_files import read as read_file

HEAD = (
    "Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Location,Incoming (not editable),"
    "Available (not editable),On hand (current),On hand (new)\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "inventory.csv"


def read(file: Path, text: str, options: ReadOptions | None = None) -> Whole:
    return read_file(file, text, ImportKind.STOCK, options)


def test_available_is_the_level_and_an_instruction_is_not(file: Path) -> None:
    found = read(file, HEAD + "tee,Tee,Size,S,T-S,,AT,Wien,0,3,9,100\ntee,Tee,Size,S,T-S,,AT,Graz,0,-2,9,100\n")
    assert [(s.sku, s.location, s.quantity) for s in found.all(StockIn)] == [("T-S", "Wien", 3), ("T-S", "Graz", -2)]


@pytest.mark.parametrize("word", ["not stocked", "Not stocked", "NOT STOCKED", ""])
def test_not_stocked_is_no_level_at_all(file: Path, word: str) -> None:
    found = read(file, HEAD + f"tee,Tee,Size,S,T-S,,AT,Wien,,{word},,\n")
    assert not found.good
    assert found.refused() == [(2, "available")]


@pytest.mark.parametrize("sku", ["-", "", " - "])
def test_a_dash_is_no_sku_and_handle_and_options_name_the_variant(file: Path, sku: str) -> None:
    found = read(file, HEAD + f"tee,Tee,Size,S,{sku},,AT,Wien,0,3,,\n").all(StockIn)
    assert [(s.sku, s.handle, s.options) for s in found] == [("", "tee", (("Size", "S"),))]


def test_one_variant_and_location_twice_is_an_error_of_the_second_row(file: Path) -> None:
    row = "tee,Tee,Size,S,T-S,,AT,Wien,0,{},,\n"
    found = read(file, HEAD + row.format(3) + row.format(4))
    assert [s.quantity for s in found.all(StockIn)] == [3]
    assert found.refused() == [(3, "location")]


def test_the_older_layout_has_a_column_for_each_location(file: Path) -> None:
    head = "Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Wien,Graz\n"
    found = read(file, head + "tee,Tee,Size,S,T-S,,AT,3,not stocked\nmug,Mug,Title,Default Title,M,,AT,1,-4\n")
    assert [(s.sku, s.location, s.quantity, s.options) for s in found.all(StockIn)] == [
        ("T-S", "Wien", 3, (("Size", "S"),)), ("M", "Wien", 1, ()), ("M", "Graz", -4, ())
    ]  # fmt: skip


def test_on_hand_serves_where_available_is_missing(file: Path) -> None:
    head = "Handle,Option1 Value,SKU,Location,On hand (current)\n"
    assert [s.quantity for s in read(file, head + "tee,S,T-S,Wien,8\n").all(StockIn)] == [8]


@pytest.mark.parametrize(
    ("sku", "cell", "field"),
    [("A", "1.5", "stock"), ("A", "x", "stock"), ("A", "", "stock"), ("A", "99999999999", "stock"), ("", "1", "sku"),
     ("2.71879E+17", "1", "sku"), ("A", "not stocked", "stock"), ("A" * 256, "1", "sku")],
)  # fmt: skip
def test_a_row_that_tells_no_level_is_refused_with_its_field(file: Path, sku: str, cell: str, field: str) -> None:
    assert read(file, f"sku,stock\n{sku},{cell}\nB,7\n").refused() == [(2, field)]


@pytest.mark.parametrize(
    ("cells", "quantities"),
    [
        (["1,234", "2,000,000"], [1234, 2_000_000]),
        (["1.234", "2.000.000"], [1234, 2_000_000]),
        (["1 234", "-5"], [1234, -5]),
        (["1'234", "5"], [1234, 5]),
        (["3.0000", "5.0000"], [3, 5]),
        (["+3", "-0"], [3, 0]),
    ],
)
def test_thousands_are_read_one_way_in_a_whole_column(file: Path, cells: list[str], quantities: list[int]) -> None:
    text = "sku;stock\n" + "".join(f"S{n};{cell}\n" for n, cell in enumerate(cells))
    assert [s.quantity for s in read(file, text).all(StockIn)] == quantities


def test_a_number_of_two_meanings_is_asked_for(file: Path) -> None:
    with pytest.raises(DeskError, match="two ways"):
        read_file(file, "sku;title;price\nA;a;1.234\n", ImportKind.PRODUCTS)
    for locale, price in (("en", "1.234"), ("de-AT", "1234")):
        found = read_file(file, "sku;title;price\nA;a;1.234\n", ImportKind.PRODUCTS, ReadOptions(locale=locale))
        assert str(found.variants()["A"].price) == price


@pytest.mark.parametrize(
    ("cells", "prices"),
    [
        (["1,234.50", "12"], ["1234.50", "12"]),
        (["1.234,50", "12"], ["1234.50", "12"]),
        (["1234,5", "9,90 €"], ["1234.5", "9.90"]),
        (["$ 9.99", "EUR 10.00"], ["9.99", "10.00"]),
        (["1'234.50"], ["1234.50"]),
    ],
)
def test_prices_are_exact_and_carry_any_currency_sign(file: Path, cells: list[str], prices: list[str]) -> None:
    text = "sku;title;price\n" + "".join(f"S{n};t;{cell}\n" for n, cell in enumerate(cells))
    found = read_file(file, text, ImportKind.PRODUCTS).variants()
    assert [str(v.price) for v in found.values()] == prices
