"""WooCommerce files: every trap of their exporter."""

from pathlib import Path

import pytest

from restock_desk.domain.catalog import Availability, ProductStatus
from restock_desk.domain.imports import ImportKind, ReadOptions
from restock_desk.errors import DeskError
from restock_desk.feeds.catalog_woocommerce import split_list
from tests.feeds.whole_files import Whole
from tests.feeds.whole_files import read as read_file

HEAD = (
    "ID,Type,SKU,Name,Published,In stock?,Stock,Backorders allowed?,Sale price,Regular price,"
    "Date sale price starts,Images,Parent,Attribute 1 name,Attribute 1 value(s)\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "products.csv"


def read(file: Path, *rows: str, head: str = HEAD) -> Whole:
    return read_file(file, "\ufeff" + head + "\n".join(rows) + "\n", ImportKind.PRODUCTS)


def test_a_variation_before_its_parent_finds_it_by_id_and_by_sku(file: Path) -> None:
    found = read(
        file,
        "45,variation,V1,Tee S,1,1,3,0,,9.90,,,id:44,Size,S",
        "46,variation,V2,Tee M,1,1,4,0,,9.90,,,TEE,Size,M",
        "44,variable,TEE,Tee,1,1,,0,,,,,,Size,\"S, M\"",
        "50,variation,V3,Mug red,1,1,1,0,,5,,,id:51,Colour,Red",
        "51,variable,,Mug,1,1,,0,,,,,,Colour,Red",
        "60,variation,V4,Lost,1,1,1,0,,5,,,NOBODY,Colour,Red",
    )  # fmt: skip
    assert [v.sku for v in found.product("Tee").variants] == ["V1", "V2"]
    assert [v.options for v in found.product("Mug").variants] == [(("Colour", "Red"),)]
    assert found.refused() == [(7, "parent")]


def test_stock_of_the_parent_is_taken_over_and_marked(file: Path) -> None:
    found = read(
        file,
        "1,variable,P,Tee,1,1,7,0,,,,,,Size,\"S, M\"",
        "2,variation,A,Tee,1,1,parent,0,,9,,,P,Size,S",
        "3,variation,B,Tee,1,1,2,0,,9,,,P,Size,M",
        "4,variable,Q,Cap,1,1,,0,,,,,,Size,S",
        "5,variation,C,Cap,1,0,parent,0,,9,,,Q,Size,S",
    ).variants()  # fmt: skip
    assert [(v.stock, v.stock_from_parent) for v in found.values()] == [(7, True), (2, False), (None, True)]
    assert found["C"].availability is Availability.OUT_OF_STOCK


@pytest.mark.parametrize(
    ("in_stock", "stock", "backorders", "meant"),
    [
        ("1", "", "0", (None, Availability.IN_STOCK, False)),
        ("0", "", "0", (None, Availability.OUT_OF_STOCK, False)),
        ("backorder", "", "0", (None, Availability.BACKORDER, False)),
        ("backorder", "0", "notify", (0, Availability.BACKORDER, True)),
        ("1", "-3", "1", (-3, Availability.UNKNOWN, True)),
        ("1", "'-3", "1", (-3, Availability.UNKNOWN, True)),
        ("", "5", "", (5, Availability.UNKNOWN, False)),
    ],
)
def test_stock_cells_mean_what_the_exporter_meant(
    file: Path, in_stock: str, stock: str, backorders: str, meant: tuple[int | None, Availability, bool]
) -> None:
    made = read(file, f"1,simple,A,Tee,1,{in_stock},{stock},{backorders},,9,,,,,").variants()["A"]
    assert (made.stock, made.availability, made.oversell) == meant


@pytest.mark.parametrize("kind", ["grouped", "external", '"external, virtual"'])
def test_grouped_and_external_products_have_no_stock(file: Path, kind: str) -> None:
    made = read(file, f"1,{kind},A,Set,1,1,5,0,,9,,,,,").variants()["A"]
    assert (made.stock, made.availability) == (None, Availability.UNKNOWN)


def test_flags_beside_the_type_change_nothing(file: Path) -> None:
    found = read(file, '1,"simple, downloadable, virtual",A,Album,1,1,5,0,,9,,,,Size,S')
    assert [(v.stock, v.options) for v in found.variants().values()] == [(5, ())]


@pytest.mark.parametrize(
    ("published", "status"),
    [("1", "active"), ("0", "private"), ("-1", "draft"), ("'-1", "draft"), ("2", "draft"), ("true", "active")],
)
def test_published_has_more_than_two_values(file: Path, published: str, status: str) -> None:
    found = read(file, f"1,simple,A,Tee,{published},1,5,0,,9,,,,,")
    assert found.product("Tee").status is ProductStatus(status)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (r"S, M, L", ["S", "M", "L"]),
        (r"1\,5 m, 2 m", ["1,5 m", "2 m"]),
        ("", []),
        (r"Clothing > Tees, Sale", ["Clothing > Tees", "Sale"]),
    ],
)
def test_a_comma_inside_a_value_is_escaped(text: str, values: list[str]) -> None:
    assert split_list(text) == values


def test_a_sale_price_counts_only_without_dates_and_the_first_image_is_taken(file: Path) -> None:
    found = read(
        file,
        '1,simple,A,Tee,1,1,5,0,7.50,9,,"https://x.example/1.jpg, https://x.example/2.jpg",,,',
        "2,simple,B,Tee,1,1,5,0,7.50,9,2030-01-01,,,,",
    ).variants()
    assert [(str(v.price), str(v.compare_at_price)) for v in found.values()] == [("7.50", "9"), ("9", "None")]
    assert found["A"].image_url == "https://x.example/1.jpg"


def test_skus_that_differ_in_case_alone_are_two_products(file: Path) -> None:
    found = read(file, "1,simple,abc,One,1,1,5,0,,9,,,,,", "2,simple,ABC,Two,1,1,6,0,,9,,,,,")
    assert {v.sku: v.stock for v in found.variants().values()} == {"abc": 5, "ABC": 6}


GERMAN = (
    "ID,Typ,Artikelnummer,Name,Veröffentlicht,Vorrätig?,Lagerbestand,Angebotspreis,Regulärer Preis,"
    "Übergeordnetes Produkt,Attribut 1 Name,Attribut 1 Wert(e)\n"
)
FRENCH = (
    "ID,Type,UGS,Nom,Publié,En stock ?,Stock,Tarif promo,Tarif régulier,Parent,"
    "Nom de l’attribut 1,Valeur(s) de l’attribut 1\n"
)


@pytest.mark.parametrize("head", [GERMAN, FRENCH])
def test_translated_headers_and_prices_are_understood(file: Path, head: str) -> None:
    found = read(
        file,
        '1,variable,P,Tee,1,1,,,,,Size,"S, M"',
        '2,variation,A,Tee,1,1,3,"9,50","1.019,90",P,Size,S',
        '3,variation,B,Tee,1,1,3,,"12,00",P,Size,M',
        head=head,
    )
    assert [(str(v.price), v.options) for v in found.product("Tee").variants] == [
        ("9.50", (("Size", "S"),)), ("12.00", (("Size", "M"),))
    ]  # fmt: skip


def test_headers_of_an_unknown_language_are_mapped_by_hand(file: Path) -> None:
    text = "ID,Tyyppi,Tuote,Nimi,Hinta,Saldo\n1,simple,A,Muki,5.00,4\n"
    with pytest.raises(DeskError, match="do not say"):
        read_file(file, text, ImportKind.PRODUCTS)
    columns = (("type", "Tyyppi"), ("sku", "Tuote"), ("title", "Nimi"), ("price", "Hinta"), ("stock", "Saldo"))
    found = read_file(file, text, ImportKind.PRODUCTS, ReadOptions(format="woocommerce", columns=columns))
    assert [(v.sku, v.stock) for v in found.variants().values()] == [("A", 4)]
