"""Runs of imports as a whole: trying first, stopping, breaking off, what is kept of a run, and what is noted."""

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from restock_desk.domain.imports import ImportKind, ImportReport, ReadOptions
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress
from restock_desk.services import imports, restocks, staff
from restock_desk.services.desk import Desk
from restock_desk.store import Store, schema
from tests.builders import add_product
from tests.store.stocking import bring, history, rows, shirt, size

K = ImportKind
ADDRESSES = ReadOptions(format="generic")
TABLES = (
    "product",
    "variant",
    "stock_change",
    "subscriber",
    "suppression",
    "interest",
    "parked_interest",
    "import_run",
)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few rows, so that short files have many of them."""
    monkeypatch.setattr(imports, "_ROWS", {"sqlite": 4, "postgresql": 4})
    monkeypatch.setattr(imports, "PAUSE_S", 0)


def write(tmp_path: Path, text: str, name: str = "file.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def counts(report: ImportReport) -> tuple[object, ...]:
    return (report.read, report.accepted, report.unchanged, report.rejected, report.parked, report.restocks)


def runs(store: Store) -> list[tuple[object, ...]]:
    t = schema.import_run.c
    with store.reading() as u:
        query = select(t.kind, t.file, t.format, t.state, t.n_read, t.n_accepted, t.n_unchanged, t.n_rejected)
        return [tuple(row) for row in u.connection.execute(query.order_by(t.id))]


def lines(kind: ImportKind, dice: Random) -> str:
    """A file that repeats itself over many chunks, with bad lines among the good ones."""
    made = []
    for _ in range(30):
        n = dice.randrange(8)
        match kind:
            case K.PRODUCTS:
                made.append(f"P{n},Product {dice.choice('AB')},{dice.choice(['1.00', 'ten'])},EUR,{dice.randrange(2)}")
            case K.SUBSCRIBERS:
                who = dice.choice([f"p{n}@x.example", f"P{n}@X.example", "nobody"])
                made.append(f"{dice.choice(['', f'c{n}', 'c1'])},{who},{dice.choice(['', 'A', 'B'])},"
                            f"{dice.choice(['', 'subscribed', 'unsubscribed'])}")  # fmt: skip
            case K.INTERESTS:
                who = f"{dice.choice(['', f'c{n}'])},{dice.choice(['', f'p{n}@x.example'])}"
                made.append(f"{who},P{dice.randrange(12)},"
                            f"{dice.choice(['', '2026-01-01T00:00:00Z', '2026-05-01T00:00:00Z'])}")  # fmt: skip
            case _:
                made.append(f"P{n},{dice.choice([0, 0, 3, 'x'])}")
    return "\n".join([HEADERS[kind], *made, ""])


HEADERS = {
    K.PRODUCTS: "sku,title,price,currency,stock",
    K.SUBSCRIBERS: "custom_id,email,first_name,consent",
    K.INTERESTS: "custom_id,email,sku,created_at",
    K.STOCK: "sku,stock",
}


@pytest.mark.parametrize("kind", HEADERS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_dry_run_counts_like_the_real_run_also_where_a_file_repeats_itself(
    any_desk: Desk, tmp_path: Path, kind: ImportKind, seed: int
) -> None:
    store = any_desk.store
    bring(store, *(shirt(size("M", n % 2, sku=f"P{n}"), key=f"k{n}") for n in range(4)))
    before = [rows(store, schema.metadata.tables[name]) for name in TABLES]
    path = write(tmp_path, lines(kind, Random(seed)))
    dry = imports.run(any_desk, path, kind, ReadOptions(), dry_run=True)
    assert [rows(store, schema.metadata.tables[name]) for name in TABLES] == before
    assert (dry.dry_run, dry.run_id) == (True, None)
    wet = imports.run(any_desk, path, kind, ReadOptions())
    assert counts(dry) == counts(wet)
    assert wet.read == wet.accepted + wet.unchanged + wet.rejected_total == 30


@pytest.mark.parametrize("kind", [K.SUBSCRIBERS, K.INTERESTS, K.STOCK])
def test_the_same_file_again_changes_nothing(any_desk: Desk, tmp_path: Path, kind: ImportKind) -> None:
    bring(any_desk.store, *(shirt(size("M", n % 2, sku=f"P{n}"), key=f"k{n}") for n in range(8)))
    path = write(tmp_path, lines(kind, Random(7)))
    if kind is K.STOCK:
        path = write(tmp_path, "sku,stock\n" + "".join(f"P{n},{n % 3}\n" for n in range(8)))
    if kind is K.INTERESTS:
        path = write(tmp_path, "email,sku\n" + "".join(f"p{n % 5}@x.example,P{n % 11}\n" for n in range(30)))
    first = imports.run(any_desk, path, kind, ReadOptions())
    tables = [rows(any_desk.store, schema.metadata.tables[name]) for name in TABLES[:-1]]
    again = imports.run(any_desk, path, kind, ReadOptions())
    assert again.restocks == 0
    assert [rows(any_desk.store, schema.metadata.tables[name]) for name in TABLES[:-1]] == tables
    if kind is not K.SUBSCRIBERS:  # people whose lines contradict each other are told each in turn
        assert (again.accepted, again.read) == (0, first.read)


def test_a_run_is_on_record_with_its_counts_and_its_bad_lines(any_desk: Desk, tmp_path: Path) -> None:
    path = write(
        tmp_path, "email,first_name\n" + "".join(f"p{n}@x.example,A\n,no address\n" for n in range(6)), "p.csv"
    )
    report = imports.run(any_desk, path, K.SUBSCRIBERS, ReadOptions())
    assert runs(any_desk.store) == [("subscribers", "p.csv", "generic", "done", 12, 6, 0, 6)]
    assert report.run_id is not None
    kept = imports.errors(any_desk, report.run_id)
    assert [one.line for one in kept] == [3, 5, 7, 9, 11, 13]
    assert kept == list(report.rejected)
    out = tmp_path / "bad.csv"
    assert imports.export_errors(any_desk, report.run_id, out) == 6
    assert out.read_text(encoding="utf-8-sig").splitlines()[0] == "line,field,reason,raw"
    assert [entry.action for entry in staff.entries(any_desk)] == ["import.subscribers"]
    with pytest.raises(DeskError, match="no such import"):
        imports.errors(any_desk, 404)
    with pytest.raises(DeskError, match="cannot be written"):
        imports.export_errors(any_desk, report.run_id, tmp_path / "nowhere" / "bad.csv")


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_run_that_is_stopped_keeps_what_is_in_and_says_so(any_desk: Desk, tmp_path: Path, dry_run: bool) -> None:
    path = write(tmp_path, "email\n" + "".join(f"p{n}@x.example\n" for n in range(20)))
    token = CancelToken()
    done: list[Progress] = []

    def stop_after_two(progress: Progress) -> None:
        done.append(progress)
        if len(done) == 2:
            token.cancel()

    report = imports.run(any_desk, path, K.SUBSCRIBERS, ADDRESSES, dry_run, token, stop_after_two)
    assert (report.cancelled, report.read, report.accepted) == (True, 8, 8)
    assert rows(any_desk.store, schema.subscriber) == (0 if dry_run else 8)
    if not dry_run:
        assert runs(any_desk.store)[0][3:5] == ("cancelled", 8)
        rest = imports.run(any_desk, path, K.SUBSCRIBERS, ADDRESSES)
        assert (rest.accepted, rest.unchanged) == (12, 8)


def test_a_run_that_breaks_off_says_so_and_keeps_what_is_in(any_desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path, "email\n" + "".join(f"p{n}@x.example\n" for n in range(20)))

    def fails(_: Progress) -> None:
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="the disk went away"):
        imports.run(any_desk, path, K.SUBSCRIBERS, ADDRESSES, progress=fails)
    assert runs(any_desk.store)[0][3:6] == ("failed", 4, 4)
    assert rows(any_desk.store, schema.subscriber) == 4


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_sku_in_two_products_is_noted_on_the_report(any_desk: Desk, tmp_path: Path, dry_run: bool) -> None:
    bring(any_desk.store, shirt(size("M", sku="HELD"), key="k"))
    singles = "".join(f"a,a{n},A{n},1.00,EUR,1\n" for n in range(5))
    text = f"handle,sku,title,price,currency,stock\nx,DUP,X,1.00,EUR,1\n{singles}y,dup,Y,1.00,EUR,1\nz,held,Z,1,EUR,1\n"
    report = imports.run(any_desk, write(tmp_path, text), K.PRODUCTS, ReadOptions(), dry_run)
    assert report.rejected_total == 0
    (note,) = [note for note in report.notes if "more than one variant" in note]
    assert note == (
        "Each of these SKUs belongs to more than one variant: DUP, HELD. "
        "Stock levels and sign-ups that name it fit none of them."
    )


def test_a_file_without_doubled_skus_gets_no_note(any_desk: Desk, tmp_path: Path) -> None:
    text = "sku,title,price,currency,stock\nA,A,1,EUR,1\nB,B,1,EUR,1\n,C,1,EUR,1\n"
    assert imports.run(any_desk, write(tmp_path, text), K.PRODUCTS, ReadOptions()).notes == ()


def test_a_row_that_tells_several_locations_has_one_fate(any_desk: Desk, tmp_path: Path) -> None:
    bring(any_desk.store, shirt(size("M"), size("L"), handle="shirt"))
    head = "Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Porto,Lisbon\n"
    text = f"{head}shirt,,Size,M,TEE-M,,,2,3\nshirt,,Size,L,TEE-L,,,0,0\nhat,,Size,M,HAT,,,1,1\n"
    report = imports.run(any_desk, write(tmp_path, text), K.STOCK, ReadOptions(format="shopify"))
    assert (report.read, report.accepted, report.unchanged, report.rejected_total) == (3, 1, 1, 1)
    assert report.restocks == 1
    assert imports.run(any_desk, write(tmp_path, text), K.STOCK, ReadOptions(format="shopify")).accepted == 0


def test_a_pool_that_one_row_fills_is_one_accepted_row(any_desk: Desk, tmp_path: Path) -> None:
    add_product(any_desk.store, sku="CAP", stock=3)
    bring(any_desk.store, shirt(*(size(name, stock_from_parent=True) for name in "SML")))
    report = imports.run(any_desk, write(tmp_path, "sku,stock\nTEE-S,4\nCAP,3\n"), K.STOCK, ReadOptions())
    assert (report.accepted, report.unchanged, report.restocks) == (1, 1, 3)


def test_a_stock_file_that_tells_a_variant_again_and_again_writes_every_change_once(
    any_desk: Desk, tmp_path: Path
) -> None:
    bring(any_desk.store, *(shirt(size("M", 0, sku=f"S{n}"), key=f"k{n}") for n in range(5)))
    path = write(tmp_path, "sku,stock\n" + "".join(f"S{n % 5},{n // 5 + 1}\n" for n in range(20)))
    report = imports.run(any_desk, path, K.STOCK, ReadOptions())
    assert (report.accepted, report.restocks) == (20, 5)
    assert history(any_desk.store, "S3") == [(None, 0), (0, 1), (1, 2), (2, 3), (3, 4)]
    assert len(restocks.latest(any_desk, 100)) == 5
