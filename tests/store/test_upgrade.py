"""Databases are made, brought up to date or refused; whatever happens, a file is the old one or the new one."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from restock_desk.errors import DeskError
from restock_desk.store import Store, open_store, schema, search, upgrade
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.postgres import Server

ROOT = Path(__file__).parents[2]
AGAIN = "The schema changed: write a revision in store/migrations/versions."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, file: Path) -> Store:
    """A database with nothing in it."""
    if request.param == "sqlite":
        return open_store(f"sqlite:///{file}")
    server: Server = request.getfixturevalue("postgres")
    server.run("drop database if exists empty_desk")
    server.run("create database empty_desk")
    return open_store(server.url("empty_desk"))


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _is_ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Whether Alembic should compare it: the search index and the job engine live beside the metadata."""
    beside = name and ("_fts" in name or name.endswith("_trgm") or "procrastinate_" in name or name == "desk_revision")
    return not beside


def test_the_revisions_are_those_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "restock_desk" / "store" / "migrations"))
    config.set_main_option("path_separator", "os")
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert list(upgrade.revisions()) == found[::-1]


def test_a_prepared_database_is_current_and_healthy(empty: Store) -> None:
    assert upgrade.state(empty).kind == "empty"
    upgrade.prepare(empty)
    upgrade.prepare(empty)
    assert upgrade.state(empty).kind == "current"
    assert upgrade.check(empty) == []
    with empty.reading() as u:
        assert len(u.connection.execute(select(schema.instance)).all()) == 1
    empty.close()


def test_builders_fill_a_shop(store: Store) -> None:
    variant, person = add_product(store), add_subscriber(store)
    add_interest(store, person.id, variant.id)
    event = restock(store, "TEE-M", 5)
    assert (event.before, event.after, event.snapshot["variant"]["price"]) == (0, 5, "19.90")


def test_every_revision_leads_to_the_schema_of_the_code(empty: Store) -> None:
    for revision in upgrade.revisions():
        upgrade.upgrade_to(empty, revision)
        assert upgrade.state(empty).revision == revision
    with empty.reading() as u:
        context = MigrationContext.configure(
            u.connection, opts={"include_object": _is_ours, "compare_type": True, "target_metadata": schema.metadata}
        )
        assert compare_metadata(context, schema.metadata) == [], AGAIN
    empty.close()


def test_migrated_tables_are_word_for_word_those_of_the_code(tmp_path: Path) -> None:
    """Alembic compares neither checks nor the predicates of indexes; SQLite keeps all of them as written."""
    said = []
    for name in ("migrated", "made"):
        store = open_store(f"sqlite:///{tmp_path / name}.db")
        if name == "migrated":
            upgrade.prepare(store)
        with store.unit() as u:
            if name == "made":
                schema.metadata.create_all(u.connection)
            query = "select sql from sqlite_master where name not like '%\\_fts%' escape '\\' and sql is not null"
            said.append(
                {" ".join(row[0].split()) for row in u.connection.execute(text(query)) if "desk_rev" not in row[0]}
            )
            u.commit()
        store.close()
    assert said[0] == said[1], AGAIN


@pytest.mark.parametrize("revision", upgrade.revisions()[:-1] or ["none yet"])
def test_a_file_of_every_earlier_revision_is_backed_up_and_upgraded(file: Path, revision: str) -> None:
    if revision == "none yet":
        assert upgrade.revisions() == (upgrade.head(),)
        return
    store = open_store(f"sqlite:///{file}")
    upgrade.upgrade_to(store, revision)
    upgrade.prepare(store)
    assert upgrade.state(store).kind == "current"
    assert len(list(file.parent.glob("*.backup.db"))) == 1
    store.close()


def test_a_new_file_is_for_its_owner_only(file: Path) -> None:
    store = open_store(f"sqlite:///{file}")
    upgrade.prepare(store)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    store.close()


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table song (id integer primary key, title text)")
        connection.commit()


def _text(path: Path) -> None:
    path.write_text("sku,title\nTEE-M,Shirt\n" * 100)


def _cut(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    upgrade.prepare(store)
    store.close()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _newer(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    upgrade.prepare(store)
    with store.unit() as u:
        u.connection.execute(text("update desk_revision set version_num = '9999'"))
        u.commit()
    store.close()


@pytest.mark.parametrize("spoil", [_foreign, _text, _cut, _newer])
def test_a_file_that_is_not_ours_whole_and_known_is_refused_and_keeps_every_byte(
    file: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(file)
    before = _bytes(file.parent)
    store = open_store(f"sqlite:///{file}")
    for attempt in (upgrade.prepare, upgrade.upgrade):
        with pytest.raises(DeskError) as told:
            attempt(store)
        assert told.value.hint
    store.close()
    assert _bytes(file.parent) == before


def test_a_file_whose_log_was_being_written_back_when_the_disk_was_full_is_whole(file: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as open_still:
        open_still.execute("pragma journal_mode=wal")
        upgrade.prepare(store)
        open_still.execute("select count(*) from sqlite_master").fetchone()  # so that the log is not written back yet
        store.close()
        log = file.with_name("shop.db-wal").read_bytes()
    interrupted = tmp_path / "interrupted.db"
    interrupted.write_bytes(file.read_bytes()[:4096])
    interrupted.with_name("interrupted.db-wal").write_bytes(log)
    found = open_store(f"sqlite:///{interrupted}")
    assert upgrade.state(found).kind == "current"
    assert upgrade.check(found) == []


def test_a_file_in_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/nowhere/shop.db")
    with pytest.raises(DeskError):
        upgrade.prepare(store)
    store.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_only_is_a_sentence(url: str) -> None:
    with pytest.raises(DeskError, match="names no file"):
        open_store(url)


def test_nothing_and_a_damaged_file_are_not_backed_up(file: Path, tmp_path: Path) -> None:
    with pytest.raises(DeskError, match="no file"):
        upgrade.backup(open_store(f"sqlite:///{file}"), tmp_path / "copy.db")
    file.write_bytes(b"not a database at all" * 500)
    with pytest.raises(DeskError, match="damaged"):
        upgrade.backup(open_store(f"sqlite:///{file}"), tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_server_that_cannot_be_reached_is_a_sentence() -> None:
    store = open_store("postgresql://127.0.0.1:1/desk")
    with pytest.raises(DeskError, match="cannot be reached"):
        upgrade.prepare(store)
    store.close()


def test_a_shared_database_is_never_upgraded_unasked(postgres_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = upgrade.revisions()
    monkeypatch.setattr(upgrade, "head", lambda: "9999")
    monkeypatch.setattr(upgrade, "revisions", lambda: (*ours, "9999"))
    with pytest.raises(DeskError, match=f"older schema {ours[-1]}") as told:
        upgrade.prepare(postgres_store)
    assert "restock-desk db upgrade" in told.value.hint


def test_a_shared_database_of_another_program_is_refused(postgres: Server) -> None:
    postgres.run("drop database if exists foreign_desk")
    postgres.run("create database foreign_desk")
    store = open_store(postgres.url("foreign_desk"))
    with store.unit() as u:
        u.connection.execute(text("create table song (id int)"))
        u.commit()
    with pytest.raises(DeskError, match="another program"):
        upgrade.prepare(store)
    with store.reading() as u:
        tables = u.connection.scalar(text("select count(*) from pg_tables where schemaname = 'public'"))
    store.close()
    assert tables == 1


_KILLED = """
import os, sys
from sqlalchemy import event
from restock_desk.store import open_store, upgrade

store, left = open_store(sys.argv[1]), [int(sys.argv[2])]

@event.listens_for(store._engine, "before_cursor_execute")
def _count(*_):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), 9)

upgrade.upgrade(store)
"""


@pytest.mark.parametrize("statement", [2, 30, 60])
def test_a_migration_killed_halfway_leaves_the_old_schema(empty: Store, statement: int) -> None:
    url = empty.url.set(drivername="postgresql") if empty.path is None else empty.url
    arguments = [sys.executable, "-c", _KILLED, url.render_as_string(hide_password=False), str(statement)]
    assert subprocess.run(arguments, cwd=ROOT, env=os.environ, check=False, timeout=60).returncode == -9
    assert upgrade.state(empty).kind == "empty"
    upgrade.prepare(empty)
    assert upgrade.check(empty) == []
    empty.close()


def test_rows_that_point_nowhere_stop_an_upgrade(sqlite_store: Store) -> None:
    with sqlite_store.migrating() as u:
        u.connection.execute(text("insert into interest (subscriber_id, variant_id, created_at) values (7, 8, 0)"))
        u.commit()
    with pytest.raises(DeskError, match="point at rows that are gone"):
        upgrade.upgrade_to(sqlite_store, "head")
    assert upgrade.check(sqlite_store) != []


def test_foreign_keys_hold_again_after_a_migration(sqlite_store: Store) -> None:
    upgrade.upgrade_to(sqlite_store, "head")
    with sqlite_store.reading() as u:
        assert u.connection.scalar(text("pragma foreign_keys")) == 1


def test_a_backup_is_whole_new_and_private(sqlite_store: Store, tmp_path: Path) -> None:
    add_subscriber(sqlite_store)
    path = upgrade.backup(sqlite_store, tmp_path / "copy.db")
    copy = open_store(f"sqlite:///{path}")
    assert upgrade.check(copy) == []
    with copy.reading() as u:
        assert u.connection.scalar(select(schema.subscriber.c.email)) == "ana@example.com"
    copy.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(DeskError, match="there already"):
        upgrade.backup(sqlite_store, path)


def test_a_shared_database_is_backed_up_on_its_server(postgres_store: Store, tmp_path: Path) -> None:
    with pytest.raises(DeskError, match="on its server"):
        upgrade.backup(postgres_store, tmp_path / "copy.db")


def test_the_search_index_is_made_with_the_schema(store: Store) -> None:
    with store.reading() as u:
        assert all(search.ready(u, noun) for noun in search.NOUNS)
