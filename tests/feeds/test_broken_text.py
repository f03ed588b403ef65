"""Quotation marks without a partner, cut-off files and odd line ends: one bad line costs one line."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restock_desk import feeds
from restock_desk.domain.catalog import ProductIn, StockIn
from restock_desk.domain.imports import ImportKind, ReadOptions, Rejected
from restock_desk.errors import DeskError
from restock_desk.feeds.table import Table
from restock_desk.feeds.text import look
from tests.feeds.whole_files import Whole
from tests.feeds.whole_files import read as read_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def stock(file: Path, data: bytes | str, **options: str) -> Whole:
    return read_file(file, data, ImportKind.STOCK, ReadOptions(**options))  # type: ignore[arg-type]  # texts only


def skus(whole: Whole) -> list[str]:
    return [level.sku for level in whole.all(StockIn)]


def lines(count: int, **broken: str) -> list[str]:
    return ["sku,stock,location", *(broken.get(f"n{n}", f"S{n},{n},Wien") for n in range(2, count))]


@pytest.mark.parametrize("bad", ['"S500,1,Wien', 'S500,"1,Wien', 'S500,1,"Wien', 'S500,1,"', 'S500,"""1,Wien'])
@pytest.mark.parametrize("rest", ["plain", "quoted", "closing"])
def test_a_stray_quotation_mark_costs_its_own_line_only(file: Path, bad: str, rest: str) -> None:
    text = lines(30_000, n500=bad)
    if rest == "quoted":
        text[900:] = [f'S{n},"{n}","Wien"' for n in range(901, 901 + len(text[900:]))]
    if rest == "closing":
        text[700] = 'S701,1,Wien"'
    found = stock(file, "\n".join(text) + "\n")
    assert found.refused() == [(500, "")]
    assert found.bad[0].raw == bad
    assert len(found.good) == 30_000 - 3


def test_hundreds_of_stray_marks_cost_hundreds_of_lines(file: Path) -> None:
    broken = {f"n{n}": f'"S{n},{n},Wien' for n in range(50, 60_000, 150)}
    found = stock(file, "\n".join(lines(60_000, **broken)) + "\n")
    assert [item.line for item in found.bad] == list(range(50, 60_000, 150))
    assert len(found.good) + len(found.bad) == 60_000 - 2


def test_a_stray_mark_after_a_cell_of_many_lines_is_found_too(file: Path) -> None:
    html = "<p>one</p>\n<p>two, three</p>\n"
    text = f'sku,title,price\nA,"{html}",1.50\nB,"{html}"x,2.50\nC,"{html}",3.50\n'
    found = read_file(file, text, ImportKind.PRODUCTS)
    assert [(p.line, p.title) for p in found.all(ProductIn)] == [(2, html.strip()), (8, html.strip())]
    assert found.bad[0].line == 5


def test_a_long_cell_of_many_lines_is_no_stray_mark(file: Path) -> None:
    html = "".join(f"<li>{n}, of <b>many</b></li>\n" for n in range(5_000))
    found = read_file(file, f'sku,description,title,price\nA,"{html}",Tee,1.50\nB,x,Mug,2\n', ImportKind.PRODUCTS)
    assert [(p.line, p.title) for p in found.all(ProductIn)] == [(2, "Tee"), (5003, "Mug")]
    assert found.product("A").description_html == html.strip()


def test_lines_are_counted_physically_after_quoted_newlines(file: Path) -> None:
    cells = "".join(f'S{n},{n},"Wien\r\nMitte"\r\n' for n in range(1_000))
    found = stock(file, f"sku,stock,location\r\n{cells}X,x,Wien\r\n\r\nY,1,Wien\r\n")
    assert found.refused() == [(2_002, "stock")]
    assert [level.line for level in found.all(StockIn)][-2:] == [2_000, 2_004]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_gives_the_same_rows_and_lines(file: Path, end: str) -> None:
    found = stock(file, end.join(lines(5_000, n77="bad", n4000='S4000,4000,"Wien')) + end)
    assert [item.line for item in found.bad] == [77, 4000]
    assert [level.line for level in found.all(StockIn)] == [n for n in range(2, 5_000) if n not in (77, 4000)]


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ('S,1,"Wien\nand more\nof it', "cut off"),
        ("S,1", "too few"),
        ("S,1,Wien,x", "too many"),
        ("S,1,Wi\0en", "NUL"),
        ('S,"1"2,Wien', "quotation marks"),
        ('S,"' + "x" * 1_000_001 + '",Wien', "longer than 1,000,000"),
    ],
)
def test_a_bad_last_row_says_what_is_wrong_with_it(file: Path, tail: str, words: str) -> None:
    found = stock(file, "sku,stock,location\nA,1,Wien\n" + tail)
    assert skus(found) == ["A"]
    assert [(item.line, words in item.reason) for item in found.bad] == [(3, True)]


def test_a_hostile_file_is_read_in_bounded_time_and_memory(file: Path) -> None:
    found = stock(file, "sku,stock,location\n" + 'a","c\n' * 60_000 + "A,1,Wien\n")
    assert found.bad
    assert all(len(item.raw) <= 2_000 for item in found.bad)


def test_a_line_without_end_is_no_table(file: Path) -> None:
    with pytest.raises(DeskError, match=r"Line 2 is longer than 16,000,000"):
        stock(file, b"sku,stock\n" + b"x" * 18_000_000)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_a_mark_of_the_encoding_beats_the_option(file: Path, encoding: str) -> None:
    text = "sku,stock\nÄ,1\n" if encoding == "utf-8-sig" else "\ufeffsku,stock\nÄ,1\n"
    for option in ("", "utf-8", "cp1252"):
        assert skus(stock(file, text.encode(encoding), encoding=option)) == ["Ä"]


def test_utf_16_without_a_mark_is_asked_for(file: Path) -> None:
    data = "sku,stock\nÄ,1\n".encode("utf-16-le")
    with pytest.raises(DeskError, match="UTF-16") as refused:
        stock(file, data)
    assert "utf-16-le" in refused.value.hint
    assert skus(stock(file, data, encoding="utf-16-le")) == ["Ä"]


@pytest.mark.parametrize("line", [1, 2, 40_000])
def test_a_wrong_byte_is_told_with_its_line_and_the_likely_encoding(file: Path, line: int) -> None:
    rows = [b"S%d,1,Wien" % n for n in range(50_000)]
    rows[line - 1] += "ü".encode("cp1252")
    with pytest.raises(DeskError, match=f"Line {line + 1} holds") as refused:
        stock(file, b"sku,stock,location\n" + b"\n".join(rows))
    assert "cp1252" in refused.value.hint
    with pytest.raises(DeskError, match="no encoding called"):
        stock(file, b"sku,stock\nA,1\n", encoding="klingon")


def test_equal_headers_are_named_with_their_columns(file: Path) -> None:
    with pytest.raises(DeskError, match=r"'Option 1 Name' \(column 2\) and 'Option1  name' \(column 4\)"):
        read_file(file, "Handle,Option 1 Name,Option1 Value,Option1  name\n", ImportKind.PRODUCTS)


def test_protected_cells_lose_one_apostrophe(file: Path) -> None:
    cells = ["'=A", "'+A", "'-A", "'@A", "''=A", "'A", "O'Neil"]
    assert skus(stock(file, "sku,stock\n" + "".join(f"{cell},1\n" for cell in cells))) == [
        "=A", "+A", "-A", "@A", "'=A", "'A", "O'Neil"
    ]  # fmt: skip


@pytest.mark.parametrize("kind", list(ImportKind))
def test_a_preview_of_what_cannot_be_read_says_why(file: Path, kind: ImportKind) -> None:
    file.write_text("alpha,beta\n1,2\n")
    shown = feeds.preview(file, kind, ReadOptions())
    assert (shown.headers, shown.sample) == (("alpha", "beta"), (("1", "2"),))
    assert shown.notes


_CELL = st.text(alphabet='ab,;"\n\r é<', max_size=6)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.lists(_CELL, min_size=3, max_size=3).filter(any), min_size=1, max_size=40), st.integers(0, 2))
def test_well_formed_tables_are_read_as_they_were_written(file: Path, rows: list[list[str]], quoting: int) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if quoting else csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerows([["h1", "h2", "h3"], *rows])
    file.write_bytes(out.getvalue().encode())
    read = list(Table(look(file), ",", header=True).rows())
    assert [item[1] for item in read if not isinstance(item, Rejected)] == rows
