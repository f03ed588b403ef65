"""Files coming in: what went in, what did not and why; twice the same; tried only; cancelled; real files."""

from pathlib import Path

import pytest

from restock_desk.domain.audience import ConsentState, Exclusion
from restock_desk.domain.imports import ImportKind, ImportReport, ReadOptions
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress
from restock_desk.services import audience, catalog, imports, restocks
from restock_desk.services.desk import Desk

K = ImportKind
PRODUCTS = "sku,title,price,currency,stock\nTEE-M,Tee,19.90,EUR,0\nCAP,Cap,12.00,EUR,3\nBAD,Bad,ten,EUR,1\n"


def take(
    desk: Desk, tmp_path: Path, kind: ImportKind, text: str, name: str = "f.csv", dry_run: bool = False
) -> ImportReport:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return imports.run(desk, path, kind, ReadOptions(), dry_run)


def test_good_rows_go_in_and_each_bad_one_is_listed(any_desk: Desk, tmp_path: Path) -> None:
    report = take(any_desk, tmp_path, K.PRODUCTS, PRODUCTS)
    assert (report.read, report.accepted, report.unchanged, report.rejected_total) == (3, 2, 0, 1)
    assert [(one.line, one.field) for one in report.rejected] == [(4, "price")]
    assert report.run_id is not None
    assert imports.errors(any_desk, report.run_id) == list(report.rejected)


def test_the_same_file_twice_changes_nothing(any_desk: Desk, tmp_path: Path) -> None:
    people = "custom_id,email,first_name,consent\nc1,ana@x.example,Ana,subscribed\nc2,bo@x.example,Bo,no\n"
    waits = "custom_id,sku,created_at,source\nc1,TEE-M,2026-01-02T10:00:00Z,page\nc2,NEW,2026-01-02T10:00:00Z,page\n"
    for kind, text, fresh in ((K.PRODUCTS, PRODUCTS, 2), (K.SUBSCRIBERS, people, 2), (K.INTERESTS, waits, 2)):
        assert take(any_desk, tmp_path, kind, text).accepted == fresh
        again = take(any_desk, tmp_path, kind, text)
        assert (again.accepted, again.unchanged, again.restocks) == (0, fresh, 0)


def test_a_dry_run_counts_the_same_and_writes_nothing(any_desk: Desk, tmp_path: Path) -> None:
    dry = take(any_desk, tmp_path, K.PRODUCTS, PRODUCTS, dry_run=True)
    with pytest.raises(DeskError):
        catalog.set_stock(any_desk, "CAP", 1)
    wet = take(any_desk, tmp_path, K.PRODUCTS, PRODUCTS)
    assert (dry.accepted, dry.unchanged, dry.rejected) == (wet.accepted, wet.unchanged, wet.rejected)
    assert dry.run_id is None


def test_a_sign_up_for_an_unknown_product_waits_for_it(any_desk: Desk, tmp_path: Path) -> None:
    report = take(any_desk, tmp_path, K.INTERESTS, "email,sku\nana@x.example,TEE-M\n")
    assert (report.parked, report.accepted) == (1, 1)
    take(any_desk, tmp_path, K.PRODUCTS, PRODUCTS)
    event = catalog.set_stock(any_desk, "TEE-M", 4).event
    assert event is not None
    assert restocks.audience(any_desk, (event.id,)).eligible == 1


def test_stock_in_a_file_restocks_and_unknown_skus_are_named(any_desk: Desk, tmp_path: Path) -> None:
    take(any_desk, tmp_path, K.PRODUCTS, PRODUCTS)
    report = take(any_desk, tmp_path, K.STOCK, "sku,stock\nTEE-M,5\nCAP,3\nNOBODY,1\n")
    assert (report.read, report.accepted, report.unchanged, report.rejected_total) == (3, 1, 1, 1)
    assert report.restocks == 1
    assert report.rejected[0].reason == "There is no variant with the SKU NOBODY."


def test_a_product_file_with_new_stock_restocks_once(any_desk: Desk, tmp_path: Path) -> None:
    take(any_desk, tmp_path, K.PRODUCTS, PRODUCTS)
    later = PRODUCTS.replace("EUR,0", "EUR,7")
    assert take(any_desk, tmp_path, K.PRODUCTS, later).restocks == 1
    assert take(any_desk, tmp_path, K.PRODUCTS, later).restocks == 0
    assert len(restocks.latest(any_desk)) == 1


def test_nobody_who_said_no_becomes_reachable_by_a_file(any_desk: Desk, tmp_path: Path) -> None:
    take(any_desk, tmp_path, K.PRODUCTS, PRODUCTS)
    take(any_desk, tmp_path, K.SUBSCRIBERS, "email,consent\nana@x.example,unsubscribed\nbo@x.example,subscribed\n")
    take(any_desk, tmp_path, K.SUBSCRIBERS, "email,consent\nana@x.example,subscribed\n")
    take(any_desk, tmp_path, K.INTERESTS, "email,sku\nana@x.example,TEE-M\nbo@x.example,TEE-M\n")
    event = catalog.set_stock(any_desk, "TEE-M", 4).event
    assert event is not None
    report = restocks.audience(any_desk, (event.id,))
    assert (report.waiting, report.eligible, report.excluded) == (2, 1, {Exclusion.UNSUBSCRIBED: 1})
    assert audience.find(any_desk, "ana@x.example").consent is ConsentState.UNSUBSCRIBED


def test_cancel_leaves_what_is_in_and_says_so(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("email\n" + "".join(f"p{n}@x.example\n" for n in range(5_000)), encoding="utf-8")
    token = CancelToken()
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        token.cancel()

    options = ReadOptions(format="generic")
    report = imports.run(desk, path, K.SUBSCRIBERS, options, token=token, progress=stop)
    assert report.cancelled
    assert report.read == report.accepted == 2_000
    assert 0 < seen[0].done <= seen[0].total
    again = imports.run(desk, path, K.SUBSCRIBERS, options)
    assert (again.accepted, again.unchanged) == (3_000, 2_000)


def test_rejected_lines_are_exported_without_formulas(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path, K.SUBSCRIBERS, "email,first_name\n=cmd|x,Eve\n")
    out = tmp_path / "rejected.csv"
    assert report.run_id is not None
    assert imports.export_errors(desk, report.run_id, out) == 1
    assert "\"'=cmd|x" in out.read_text(encoding="utf-8-sig")


def test_every_real_catalog_imports_whole_and_twice(desk: Desk, real: Path) -> None:
    headless = ReadOptions(format="generic", header=False, columns=(("sku", "7"), ("title", "4")))
    paths = sorted((real / "catalog").glob("*.csv"))
    assert len(paths) > 3
    for path in paths:
        options = headless if path.name.startswith("oscar") else ReadOptions()
        first = imports.run(desk, path, K.PRODUCTS, options)
        second = imports.run(desk, path, K.PRODUCTS, options)
        assert (path.name, first.rejected) == (path.name, ())
        assert first.read == first.accepted + first.unchanged > 0
        assert (path.name, second.accepted, second.unchanged, second.restocks) == (path.name, 0, first.read, 0)
