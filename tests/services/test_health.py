"""The doctor says what is wrong in sentences, and never changes anything."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import health, staff
from restock_desk.services.desk import Desk
from restock_desk.store import open_store, schema, search, upgrade


def _wrong(desk: Desk) -> dict[str, str]:
    return {name: sentence for name, right, sentence in health.doctor(desk) if not right}


def test_a_healthy_desk_has_nothing_wrong(any_desk: Desk) -> None:
    assert _wrong(any_desk) == {}
    assert health.check(any_desk) == []


def test_every_finding_is_a_sentence(desk: Desk) -> None:
    for name, _, sentence in health.doctor(desk):
        assert sentence[0].isalnum(), name
        assert sentence.endswith("."), name


@pytest.mark.parametrize("url", ["smtp://ana:secret@mail.example:587", "ftp://mail.example", "smtp://", "smtps:///x"])
def test_a_transport_that_cannot_work_is_named_without_its_password(desk: Desk, url: str) -> None:
    wrong = _wrong(replace(desk, transport=url))
    assert list(wrong) == ["Transport"]
    assert "secret" not in wrong["Transport"]


def test_a_clock_far_in_the_past_is_named(desk: Desk) -> None:
    assert list(_wrong(replace(desk, now=lambda: datetime(1970, 1, 2, tzinfo=UTC)))) == ["Clock"]


def test_a_damaged_database_is_named_and_the_rest_still_looked_at(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"no database" * 100)
    broken = replace(desk, store=open_store(f"sqlite:///{tmp_path / 'bad.db'}"))
    assert set(_wrong(broken)) == {"Database", "Audit trail"}
    broken.store.close()


def test_a_new_database_is_in_order(desk: Desk, tmp_path: Path) -> None:
    new = replace(desk, store=open_store(f"sqlite:///{tmp_path / 'new.db'}"))
    assert _wrong(new) == {}
    assert health.upgrade(new).kind == "current"
    new.store.close()


def test_a_changed_audit_trail_is_found(any_desk: Desk) -> None:
    staff.record(any_desk, "resent", "delivery 7", "asked by phone")
    with any_desk.store.unit() as u:
        u.connection.execute(update(schema.audit).values(reason="no reason"))
        u.commit()
    assert list(_wrong(any_desk)) == ["Audit trail"]
    assert len(health.check(any_desk)) == 1
    assert staff.verify(any_desk)


def test_a_backup_lies_beside_the_database_under_the_time_it_was_made(desk: Desk) -> None:
    path = health.backup(desk)
    assert path.name == "desk.2026-03-01-120000.backup.db"
    copy = open_store(f"sqlite:///{path}")
    assert upgrade.check(copy) == []
    copy.close()
    with pytest.raises(DeskError):
        health.backup(desk, path)


def test_an_index_left_unbuilt_by_a_crash_is_built(any_desk: Desk) -> None:
    with any_desk.store.unit() as u:
        search.drop(u, "subscriber")
        u.commit()
    assert health.mend(any_desk, CancelToken()) == ("subscriber",)
    assert health.mend(any_desk, CancelToken()) == ()


def test_a_provider_without_its_key_is_named(desk: Desk) -> None:
    assert "postmark:default" in _wrong(replace(desk, transport="postmark://default"))["Transport"]
    with_key = replace(desk, transport="postmark://default", secret={"postmark:default": "k"}.get)
    assert "Transport" not in _wrong(with_key)
