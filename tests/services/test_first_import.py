"""The first big file of people, with what is big made small: the quick way does what the ordinary way does."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from restock_desk.domain.audience import ConsentState, SuppressionReason
from restock_desk.domain.imports import ImportKind, ImportReport, ReadOptions
from restock_desk.domain.listing import Listing
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.services import audience, health, imports, listing
from restock_desk.services.desk import Desk
from restock_desk.store import Store, first_load, open_store, schema, search, upgrade
from restock_desk.store import imports as store_imports
from tests.builders import add_subscriber

HEADER = "custom_id,email,first_name,locale,consent\n"
WORDS = ("subscribed", "unsubscribed", "pending", "never", "")
INDEXES = {
    "uq_subscriber_email_key", "uq_subscriber_custom_id", "ix_subscriber_email_id", "ix_subscriber_last_name_id",
    "ix_subscriber_first_name_id", "ix_subscriber_created_at_id",
}  # fmt: skip


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any file is big, and a few people beforehand are few."""
    monkeypatch.setattr(imports, "BIG", 0)
    monkeypatch.setattr(store_imports, "few", lambda u, noun, most: True)


def people(count: int) -> str:
    return HEADER + "".join(f"c{n},Ana.{n}@x.example,Ana {n},de,{WORDS[n % 5]}\n" for n in range(count))


def take(
    desk: Desk, tmp_path: Path, text: str, token: CancelToken | None = None, progress: ProgressFn = no_progress
) -> ImportReport:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    return imports.run(desk, path, ImportKind.SUBSCRIBERS, ReadOptions(), token=token, progress=progress)


def held(desk: Desk) -> list[tuple[object, ...]]:
    """Everybody, as they are but for the id and the times of writing."""
    s = schema.subscriber
    columns = [c for c in s.c if c.name not in ("id", "created_at", "updated_at")]
    with desk.store.reading() as u:
        return [tuple(row) for row in u.connection.execute(select(*columns).order_by(s.c.email_key))]


def whole(desk: Desk) -> bool:
    """All indexes are there, the search finds people, and the database is sound."""
    with desk.store.reading() as u:
        names = {str(row[0]) for row in u.connection.exec_driver_sql("select name from sqlite_master")}
        return names >= INDEXES and search.pending(u) == () and health.check(desk) == []


AWKWARD = (
    HEADER
    + "c1,one@x.example,One,de,subscribed\n"
    + "c2,two@x.example,Two,en,pending\n"
    + "c3,ONE@x.example,Uno,,unsubscribed\n"
    + "c3,three@x.example,Three,de,\n"
    + "c2,four@x.example,Four,de,yes\n"
    + ",five@BÜCHER.example,Five,de,never\n"
    + ",not an address,Six,de,yes\n"
    + "c7,seven@x.example, Seven ,de,perhaps\n"
    + "c8,eight@x.example, Eight ,de,Opted In\n"
    + "c9,nine@x.example,Nine,de\n"
    + ",TWO@x.example,,fr,subscribed\n"
    + "1.2E+11,ten@x.example,Ten,de,yes\n"
    + ",five@xn--bcher-kva.example,Cinq,,subscribed\n"
    + "c11,gone@x.example,Gone,de,subscribed\n"
    + "c11,eleven@x.example,Eleven,de,subscribed\n"
    + "c12,known@x.example,Other,it,unsubscribed\n"
)


@pytest.mark.parametrize("more", ["", people(600).removeprefix(HEADER)])
def test_a_first_load_does_what_the_ordinary_way_does(
    desk: Desk, make_desk: Callable[[Store], Desk], tmp_path: Path, request: pytest.FixtureRequest, more: str
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/other.db")
    upgrade.prepare(store)
    other = make_desk(store)
    outcomes = []
    for one, big in ((desk, False), (other, True)):
        if big:
            request.getfixturevalue("quick")
        add_subscriber(one.store, "known@x.example", first_name="Known")
        add_subscriber(one.store, "gone@x.example")
        audience.suppress(one, audience.find(one, "gone@x.example").id, "asked by telephone")
        report = take(one, tmp_path, AWKWARD + more)
        told = sorted((bad.line, bad.field, bad.reason) for bad in report.rejected)
        outcomes.append((held(one), told, report.read, report.accepted, report.unchanged, report.rejected_total))
    assert outcomes[0][1:] == outcomes[1][1:]
    assert outcomes[0][0] == outcomes[1][0]
    assert len(outcomes[0][1]) >= 6
    assert whole(other)
    store.close()


@pytest.mark.usefixtures("quick")
def test_the_search_and_the_lists_know_the_people_of_a_first_load(desk: Desk, tmp_path: Path) -> None:
    assert take(desk, tmp_path, people(700)).accepted == 700
    assert whole(desk)
    assert listing.count(desk, Listing("subscribers", search="ana.699@")).n == 1
    assert audience.find(desk, "ana.5@x.example").email == "Ana.5@x.example"
    states = [audience.find(desk, f"c{n}").consent for n in range(5)]
    assert states == [ConsentState(word) for word in ("pending", "unsubscribed", "pending", "never", "unstated")]


@pytest.mark.usefixtures("quick")
def test_the_same_big_file_again_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    take(desk, tmp_path, people(700))
    before = held(desk)
    again = take(desk, tmp_path, people(700))
    assert (again.accepted, again.unchanged, held(desk) == before) == (0, 700, True)
    assert whole(desk)


@pytest.mark.usefixtures("quick")
def test_a_file_of_too_many_known_people_is_read_again_the_ordinary_way(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_load, "MOST_OTHERS", 3)
    report = take(desk, tmp_path, AWKWARD + people(300).removeprefix(HEADER))
    assert (report.read, report.rejected_total) == (316, 12)
    assert [bad.line for bad in report.rejected] == sorted(bad.line for bad in report.rejected)
    assert whole(desk)


@pytest.mark.usefixtures("quick")
def test_a_long_load_lets_other_writers_in_and_goes_on(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "LOAD_S", 0.0)
    seen: list[str] = []
    report = take(desk, tmp_path, people(60_000) + "c5,ANA.7@x.example,,,\n", progress=lambda p: seen.append(p.note))
    assert seen.count("Sorting") == imports.LOADS
    assert (report.read, report.accepted, report.rejected_total) == (60_001, 60_000, 1)
    assert report.rejected[0].line == 60_002
    assert whole(desk)


@pytest.mark.usefixtures("quick")
def test_a_cancelled_first_load_leaves_a_sound_database(desk: Desk, tmp_path: Path) -> None:
    token = CancelToken()

    def stop(_: Progress) -> None:
        token.cancel()

    report = take(desk, tmp_path, people(20_000), token, stop)
    assert report.cancelled
    assert report.accepted == listing.count(desk, Listing("subscribers")).n > 0
    assert whole(desk)
    again = take(desk, tmp_path, people(20_000))
    assert (again.read, again.accepted) == (20_000, 20_000 - report.accepted)


KILLED = """
import os, signal, sys
from pathlib import Path
from restock_desk import app
from restock_desk.domain.imports import ImportKind, ReadOptions
from restock_desk.services import imports
imports.BIG = 0
def die(progress):
    if progress.note.startswith(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
desk = app.make_desk(sys.argv[1])
imports.run(desk, Path(sys.argv[2]), ImportKind.SUBSCRIBERS, ReadOptions(), progress=die)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize(("at", "inside"), [("Sorting", 0), ("Building", 3_000)])
def test_a_killed_first_load_leaves_nothing_broken(desk: Desk, tmp_path: Path, at: str, inside: int) -> None:
    path = tmp_path / "people.csv"
    path.write_text(people(3_000), encoding="utf-8")
    url = desk.store.url.render_as_string()
    done = subprocess.run([sys.executable, "-c", KILLED, url, str(path), at], check=False)
    assert done.returncode == -9
    assert listing.count(desk, Listing("subscribers")).n == inside
    health.mend(desk, CancelToken())
    assert whole(desk)
    again = take(desk, tmp_path, people(3_000))
    assert (again.accepted, again.unchanged) == (3_000 - inside, inside)


@pytest.mark.usefixtures("quick")
def test_a_postgresql_database_takes_the_ordinary_way(any_desk: Desk, tmp_path: Path) -> None:
    report = take(any_desk, tmp_path, AWKWARD + people(600).removeprefix(HEADER))
    assert (report.read, report.rejected_total) == (616, 12)
    assert audience.find(any_desk, "one@x.example").consent is ConsentState.UNSUBSCRIBED


@pytest.mark.usefixtures("quick")
def test_suppressed_people_of_a_first_load_are_suppressed(desk: Desk, tmp_path: Path) -> None:
    text = "email,suppressed,consent_source\na@x.example,spam,form\nb@x.example,,form\nA@x.example,bounced,form\n"
    assert take(desk, tmp_path, text).read == 3
    assert audience.find(desk, "a@x.example").suppressed is SuppressionReason.COMPLAINT
    assert audience.find(desk, "b@x.example").suppressed is None
    assert whole(desk)
