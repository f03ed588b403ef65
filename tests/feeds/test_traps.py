"""Every way in which a file may be broken or odd ends in records, rejected rows or one clear sentence."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restock_desk import feeds
from restock_desk.domain.audience import ConsentState, SubscriberIn
from restock_desk.domain.catalog import ProductIn, StockIn
from restock_desk.domain.imports import ImportKind, ReadOptions, Rejected
from restock_desk.errors import DeskError

PRODUCTS, PEOPLE, STOCK = ImportKind.PRODUCTS, ImportKind.SUBSCRIBERS, ImportKind.STOCK


def read(path: Path, data: bytes, kind: ImportKind, **options: str) -> tuple[list[object], list[Rejected]]:
    path.write_bytes(data)
    reader = feeds.open_reader(path, kind, ReadOptions(**options))  # type: ignore[arg-type]  # texts only
    found = list(reader)
    good: list[object] = [item for item in found if not isinstance(item, Rejected)]
    bad = [item for item in found if isinstance(item, Rejected)]
    assert sum(getattr(item, "rows", 1) for item in good) + len(bad) == reader.rows_read
    return good, bad


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_encodings_line_ends_and_delimiters_are_recognised(file: Path, encoding: str, end: str, mark: str) -> None:
    text = end.join([f"sku{mark}title{mark}stock", f'A{mark}"Süß{end}zwei"{mark}3', f"B{mark}x{mark}-2", ""])
    good, bad = read(file, text.encode(encoding), PRODUCTS)
    assert not bad
    assert [(p.line, p.variants[0].stock) for p in good if isinstance(p, ProductIn)] == [(2, 3), (4, -2)]


def test_a_wrong_encoding_names_the_line_and_can_be_declared(file: Path) -> None:
    data = "sku,title\nA,plain\nB,Süß\n".encode("cp1252")
    with pytest.raises(DeskError, match=r"Line 3.*cp1252"):
        read(file, data, PRODUCTS)
    good, _ = read(file, data, PRODUCTS, encoding="cp1252")
    assert [p.title for p in good if isinstance(p, ProductIn)] == ["plain", "Süß"]


def test_long_identifiers_stay_and_wrecked_ones_are_rejected(file: Path) -> None:
    good, bad = read(file, b"sku,stock\n271879000000000001,1\n2.71879E+17,2\n'-A,3\n007,4\n", STOCK)
    assert [s.sku for s in good if isinstance(s, StockIn)] == ["271879000000000001", "-A", "007"]
    assert [(b.line, b.field) for b in bad] == [(3, "sku")]


def test_ragged_nul_and_cut_off_rows_are_rejected_with_their_lines(file: Path) -> None:
    good, bad = read(file, b'sku,stock\nA,1\nB\nC,1,2\nD,1,,\nE\0,1\n\nF,"1', STOCK)
    assert [s.sku for s in good if isinstance(s, StockIn)] == ["A", "D"]
    assert [b.line for b in bad] == [3, 4, 6, 8]
    assert "cut off" in bad[-1].reason


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "no rows"),
        (b"sku,SKU ,stock\nA,B,1\n", "'sku'.*'SKU'"),
        (b"alpha,beta\n1,2\n", "do not say"),
        (b"PK\x03\x04\x14\0\x06\0xl/workbook.xml", "Excel workbook.*CSV"),
        (b"\x1f\x8b\x08\0\0", "compressed"),
        (b",".join(b"c%d" % n for n in range(16_385)) + b"\n", "16,384"),
    ],
)
def test_files_nobody_can_read_say_why(file: Path, data: bytes, words: str) -> None:
    with pytest.raises(DeskError, match=words):
        read(file, data, STOCK)


def test_thousands_of_columns_and_large_fields_are_read(file: Path) -> None:
    headers = ",".join(["sku", "stock", *(f"c{n}" for n in range(5_000))])
    data = f"{headers}\nA,1{',x' * 5_000}\nB,2,{'y' * 999_999}{',' * 4_999}\nC,3,{'y' * 1_000_001}{',' * 4_999}\n"
    good, bad = read(file, data.encode(), STOCK)
    assert (len(good), [b.line for b in bad]) == (2, [4])


def test_a_header_alone_is_no_error(file: Path) -> None:
    assert read(file, b"sku,stock\n", STOCK) == ([], [])


def test_one_way_of_writing_numbers_holds_for_a_column(file: Path) -> None:
    good, bad = read(file, b'sku;title;price\nA;a;1.234,50\nB;b;"9,90"\nC;c;12.5\n', PRODUCTS)
    assert [str(p.variants[0].price) for p in good if isinstance(p, ProductIn)] == ["1234.50", "9.90"]
    assert [b.line for b in bad] == [4]
    with pytest.raises(DeskError, match="two ways"):
        read(file, b"sku;title;price\nA;a;1,234\n", PRODUCTS)


@pytest.mark.parametrize(
    ("cell", "price", "currency"),
    [
        ("1\u00a0234,50 €", "1234.50", "EUR"),
        ("1\u202f234,50", "1234.50", ""),
        ("1 234,50 zł", "1234.50", "PLN"),
        ("1.234,50 kr.", "1234.50", ""),
        ("SEK 1234,50", "1234.50", "SEK"),
        ("1234,50 net", "1234.50", ""),
        ("R$ 1.234,50", "1234.50", ""),
    ],
)
def test_prices_are_read_with_the_signs_and_spaces_of_their_country(
    file: Path, cell: str, price: str, currency: str
) -> None:
    good, _ = read(file, f"sku;title;price\nA;a;{cell}\n".encode(), PRODUCTS, locale="de")
    (made,) = [p.variants[0] for p in good if isinstance(p, ProductIn)]
    assert (str(made.price), made.currency) == (price, currency)


def test_the_currency_of_a_column_goes_before_that_of_the_price(file: Path) -> None:
    good, _ = read(file, b"sku,title,price,currency\nA,a,$9.50,CAD\nB,b,9.50 EUR,\n", PRODUCTS, currency="USD")
    assert [p.variants[0].currency for p in good if isinstance(p, ProductIn)] == ["CAD", "EUR"]


def test_another_column_of_the_file_tells_how_a_doubtful_one_writes_numbers(file: Path) -> None:
    good, bad = read(file, b'sku,title,price,stock\nA,a,12.50,"1,000"\nB,b,3,"2,000"\n', PRODUCTS)
    assert [p.variants[0].stock for p in good if isinstance(p, ProductIn)] == [1000, 2000]
    assert not bad
    with pytest.raises(DeskError, match="two ways"):
        read(file, b'sku,title,price,stock\nA,a,12,"1,000"\n', PRODUCTS)


def test_the_reason_against_a_number_shows_it_on_one_readable_line(file: Path) -> None:
    _, (bad,) = read(file, 'sku,title,stock\nA,a,"\u22123\u00a0or\n4"\n'.encode(), PRODUCTS)
    assert bad.reason == "'−3 or 4' is not a number as this column writes them."


OLD = (
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price"
)
NEW = "URL handle,Title,Option1 name,Option1 value,SKU,Inventory tracker,Inventory quantity,Price"
BODY = (
    "\ntee,Tee,Size,S,T-S,shopify,3,9.99\nmug,Mug,Title,Default Title,,,5,50\ntee,,,M,T-M,shopify,0,9.99\ntee,,,,,,,\n"
)


def test_both_shopify_dialects_give_equal_products_and_scattered_rows_merge(file: Path) -> None:
    old, _ = read(file, (OLD + BODY).encode(), PRODUCTS)
    new, _ = read(file, (NEW + BODY).encode(), PRODUCTS)
    assert old == new
    tee = next(p for p in old if isinstance(p, ProductIn) and p.handle == "tee")
    assert [(v.sku, v.options, v.stock) for v in tee.variants] == [
        ("T-S", (("Size", "S"),), 3), ("T-M", (("Size", "M"),), 0)
    ]  # fmt: skip
    mug = next(p for p in old if isinstance(p, ProductIn) and p.handle == "mug")
    assert (mug.variants[0].options, mug.variants[0].stock) == ((), None)
    assert "5" in mug.extras.values()


def test_not_stocked_is_no_level(file: Path) -> None:
    data = b"Handle,Option1 Value,SKU,Location,Available (not editable)\nt,S,A,Wien,not stocked\nt,S,A,Graz,-4\n"
    good, bad = read(file, data, STOCK)
    assert [(s.location, s.quantity) for s in good if isinstance(s, StockIn)] == [("Graz", -4)]
    assert [b.line for b in bad] == [2]


def test_people_who_left_never_become_reachable(file: Path) -> None:
    data = b"Email,Email Marketing Consent,Email Suppressions\nA@x.example,SUBSCRIBED,HARD_BOUNCE\nb@x.example,,\n"
    good, _ = read(file, data, PEOPLE)
    assert [(p.consent, p.suppressed) for p in good if isinstance(p, SubscriberIn)] == [
        (ConsentState.SUBSCRIBED, "hard_bounce"), (ConsentState.UNSTATED, None)
    ]  # fmt: skip
    with pytest.raises(DeskError, match="subscribed"):
        read(file, b"Email Address,LEID\na@x.example,1\n", PEOPLE)
    cleaned, _ = read(file, b"Email Address,LEID,CLEAN_TIME\na@x.example,1,2024-01-01 10:00:00\n", PEOPLE)
    assert [p.suppressed for p in cleaned if isinstance(p, SubscriberIn)] == ["hard_bounce"]
    with pytest.raises(DeskError):
        read(file, b"Email\na@x.example\n", PEOPLE)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    start=st.sampled_from([b"", b"sku,title,price,stock\n", b"custom_id,email,consent\n", OLD.encode() + b"\n"]),
    body=st.binary(max_size=200) | st.text(alphabet='ab,;"\n\r\t1.-\0é@', max_size=200).map(str.encode),
    kind=st.sampled_from(list(ImportKind)),
)
def test_any_bytes_end_in_records_rejections_or_one_sentence(
    file: Path, start: bytes, body: bytes, kind: ImportKind
) -> None:
    with suppress(DeskError):
        read(file, start + body, kind)
