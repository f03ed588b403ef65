"""Lists leave the desk as files and as text: whole, safe for spreadsheets, and for their owner only."""

import csv
import stat
from pathlib import Path

import pytest

from restock_desk.domain.cells import unguarded
from restock_desk.domain.listing import LISTS, Filter, Listing, Op
from restock_desk.errors import Cancelled, DeskError
from restock_desk.jobs import CancelToken, Progress
from restock_desk.services import listing
from restock_desk.services.desk import Desk
from tests.builders import add_product, add_subscriber


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_an_export_holds_every_row_in_the_asked_order(any_desk: Desk, tmp_path: Path) -> None:
    for sku, stock in (("A", 5), ("B", None), ("C", -3)):
        add_product(any_desk.store, sku, stock, price="1234.50")
    path = tmp_path / "variants.csv"
    assert listing.export_csv(any_desk, Listing("variants", sort="sku", descending=True), path) == 3
    rows = _read(path)
    assert [(r["sku"], r["stock"], r["price"]) for r in rows] == [
        ("C", "-3", "1234.5"),
        ("B", "", "1234.5"),
        ("A", "5", "1234.5"),
    ]
    assert rows[0]["updated_at"] == "2026-03-01T12:00:00Z"
    assert list(rows[0]) == [column.name for column in LISTS["variants"]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_export_is_narrowed_to_the_asked_rows_and_columns(desk: Desk, tmp_path: Path) -> None:
    for email in ("ana@example.com", "bo@example.com"):
        add_subscriber(desk.store, email)
    asked = Listing("subscribers", filters=(Filter("email", Op.STARTS, "bo"),))
    listing.export_csv(desk, asked, tmp_path / "x.csv", ("last_name", "email"))
    assert _read(tmp_path / "x.csv") == [{"last_name": "Silva", "email": "bo@example.com"}]


def test_cells_cannot_act_as_formulas_and_can_be_read_back(desk: Desk, tmp_path: Path) -> None:
    names = ['=HYPERLINK("http://x.example")', "+1", "-1", "@x", "'=1", 'Ann "A", x', "line\nbreak", "\t=2"]
    for n, name in enumerate(names):
        add_subscriber(desk.store, f"p{n}@example.com", last_name=name)
    listing.export_csv(desk, Listing("subscribers", sort="email"), tmp_path / "x.csv")
    cells = [row["last_name"] for row in _read(tmp_path / "x.csv")]
    assert not [cell for cell in cells if cell[0] in "=+-@\t"]
    assert [unguarded(cell) for cell in cells] == names


def test_a_cancelled_export_leaves_the_old_file(desk: Desk, tmp_path: Path) -> None:
    add_subscriber(desk.store)
    path, token = tmp_path / "x.csv", CancelToken()
    path.write_text("old")
    token.cancel()
    with pytest.raises(Cancelled):
        listing.export_csv(desk, Listing("subscribers"), path, token=token)
    assert path.read_text() == "old"
    assert not list(tmp_path.glob(".x.csv*"))


def test_an_export_to_nowhere_or_of_unknown_columns_is_a_sentence(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(DeskError):
        listing.export_csv(desk, Listing("subscribers"), tmp_path / "gone" / "x.csv")
    with pytest.raises(DeskError):
        listing.export_csv(desk, Listing("subscribers"), tmp_path / "x.csv", ("shoe_size",))


def test_an_export_tells_how_far_it_is(desk: Desk, tmp_path: Path) -> None:
    add_subscriber(desk.store)
    told: list[Progress] = []
    listing.export_csv(desk, Listing("subscribers"), tmp_path / "x.csv", progress=told.append)
    assert (told[-1].done, told[-1].total) == (1, 1)


def test_rows_become_text_to_paste(desk: Desk) -> None:
    person = add_subscriber(desk.store, last_name="=1+1\tx")
    rows = listing.rows(desk, "subscribers", [person.id])
    head, line = listing.as_text(LISTS["subscribers"], rows, "tsv").splitlines()
    assert head.split("\t")[:2] == ["E-mail", "First name"]
    assert line.split("\t")[0] == "ana@example.com"
    assert "'=1+1" in listing.as_text(LISTS["subscribers"], rows, "csv")
    with pytest.raises(DeskError):
        listing.as_text(LISTS["subscribers"], rows, "xml")
