"""Crash journals: a killed program loses nothing, a torn end is borne, a running one's is offered to nobody."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from restock_desk.domain.document import journal as lines
from restock_desk.domain.document import kinds, operations
from restock_desk.domain.document.operations import Insert, Set
from restock_desk.domain.document.tree import Document, freeze
from restock_desk.services import journals
from restock_desk.services.desk import Desk
from restock_desk.services.journals import Journal
from tests.documents import body_of, numbered

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TYPIST = """
import sys, threading
from datetime import UTC, datetime
from pathlib import Path
from restock_desk.domain.document import operations
from restock_desk.domain.document.operations import Set
from restock_desk.domain.document.tree import freeze
from restock_desk.services.journals import Journal
from restock_desk.domain.document.tree import Document, Node
blocks = {"blocks": (Node("n1", "text"),)}
document = Document("doc", body=(Node("s", "section", {}, {"columns": (Node("c", "column", {}, blocks),)}),))
now = lambda: datetime.now(UTC)
journal = Journal(Path(sys.argv[1]), sys.argv[2], document, 7, now)
pause = threading.Event()
for n in range(1, 100_000):
    edit = Set("n1", ("text",), freeze([{"t": f"{n} " + "typed " * (n % 400)}]))
    document, _ = operations.apply(document, [edit])
    journal.append([edit], document)
    print(n, now().isoformat(), flush=True)
    pause.wait(0.002)
"""


def typed(words: str) -> Set:
    return Set("n1", ("text",), freeze([{"t": words}]))


@pytest.fixture
def document() -> Document:
    return body_of(kinds.new("text", numbered()))


@pytest.fixture
def session(tmp_path: Path, document: Document) -> Iterator[Journal]:
    journal = Journal(tmp_path, "one", document, 7, lambda: NOW)
    yield journal
    journal.close()


def write(journal: Journal, document: Document, *words: str) -> Document:
    for each in words:
        document, _ = operations.apply(document, [typed(each)])
        journal.append([typed(each)], document)
    return document


def test_what_was_left_is_offered_with_all_its_steps(desk: Desk, document: Document) -> None:
    journal = journals.begin(desk, "one", document, 7)
    after = write(journal, document, "Hello", "Hello you")
    assert journals.leftovers(journals.folder_of(desk)) == []  # its program still runs
    journal.close(keep=True)
    [left] = journals.leftovers(journals.folder_of(desk))
    assert (left.found.document, left.found.base, left.found.steps, left.found.template) == (after, document, 2, 7)
    assert left.found.whole
    journals.forget(left)
    assert journals.leftovers(journals.folder_of(desk)) == []


def test_what_was_saved_or_never_changed_is_not_offered(tmp_path: Path, session: Journal, document: Document) -> None:
    after = write(session, document, "Hello")
    session.restart(after, 8)
    session.close(keep=True)
    assert journals.leftovers(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_grows_long_begins_again(
    tmp_path: Path, session: Journal, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "FULL", 4000)
    after = write(session, document, *(f"{n} " + "x" * 300 for n in range(40)))
    assert session.path.stat().st_size < 5000
    session.close(keep=True)
    recovered = lines.read(session.path.read_bytes())
    assert recovered
    assert recovered.document == after


def test_the_disk_follows_within_two_seconds(
    session: Journal, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = threading.Event()
    real = os.fsync

    def seen(number: int) -> None:
        real(number)
        synced.set()

    monkeypatch.setattr(os, "fsync", seen)
    write(session, document, "Hello")
    assert synced.wait(2)


def test_a_full_disk_stops_the_journal_and_not_the_typing(
    session: Journal, document: Document, expect_logs: Callable[[str], None]
) -> None:
    expect_logs("cannot be written")
    assert session._file is not None
    session._file.close()
    session._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115  # the journal closes it
    write(session, document, "Hello")
    assert session.fault is not None
    assert "disk" in session.fault.message


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_torn_end_costs_the_last_step_only(document: Document, cut: int) -> None:
    text = lines.head(document, 7, NOW).encode()
    steps = [lines.step(n, [typed(f"{n}")], NOW).encode() for n in range(1, 6)]
    whole = text + b"".join(steps)
    recovered = lines.read(whole[: len(whole) - cut] + b"\0" * (cut % 3))
    assert recovered
    kept = sum(len(text) + sum(map(len, steps[: n + 1])) <= len(whole) - cut for n in range(5))
    assert recovered.steps == kept
    assert recovered.whole == (cut == 0)


@pytest.mark.parametrize(
    "change",
    [
        {"n": 9}, {"at": "yesterday"}, {"ops": 7}, {"ops": [{"op": "explode"}]},
        {"ops": [{"op": "remove", "id": "gone"}]},
        {"ops": [{"op": "set", "id": "n1", "path": [True], "value": 1}]}, {"ops": [{"op": "insert", "node": []}]},
    ],
)  # fmt: skip
def test_a_damaged_line_ends_the_reading_there(document: Document, change: dict[str, Any]) -> None:
    head = lines.head(document, 7, NOW)
    good = [lines.step(n, [typed(f"{n}")], NOW) for n in range(1, 4)]
    bad = json.dumps({**json.loads(good[1]), **change}) + "\n"
    recovered = lines.read((head + good[0] + bad + good[2]).encode())
    assert recovered
    assert recovered.steps == 1
    assert not recovered.whole


@pytest.mark.parametrize("text", [b"", b"\n", b"[]\n", b"{}\n", b"\xff\n", b"[" * 10_000 + b"\n", b'{"journal": 1}\n'])
def test_what_is_no_journal_is_nothing(text: bytes, tmp_path: Path) -> None:
    assert lines.read(text) is None
    (tmp_path / "odd.journal").write_bytes(text)
    assert journals.leftovers(tmp_path) == []


def test_blocks_come_back_as_they_went(document: Document) -> None:
    button = kinds.new("branch", numbered("b"))
    edit = Insert("", "body", 1, button)
    after, _ = operations.apply(document, [edit])
    recovered = lines.read((lines.head(document, 0, NOW) + lines.step(1, [edit], NOW)).encode())
    assert recovered
    assert recovered.document == after


def killed_while_typing(folder: Path, turn: int) -> None:
    """Start a program that types, kill it without warning, and look at what its journal kept."""
    chance = random.Random(turn)
    arguments = [sys.executable, "-c", TYPIST, str(folder), f"turn-{turn}"]
    told = (0, NOW)
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        for _ in range(chance.randint(1, 100)):
            number, at = program.stdout.readline().split()
            told = (int(number), datetime.fromisoformat(at))
        program.send_signal(signal.SIGKILL)
        rest = program.stdout.read().splitlines()
        if rest and len(rest[-1].split()) == 2 and len(rest[-1].split()[1]) >= 32:
            told = (int(rest[-1].split()[0]), datetime.fromisoformat(rest[-1].split()[1]))
    [left] = journals.leftovers(folder)
    assert left.found.steps >= told[0]
    assert (told[1] - left.found.last_at).total_seconds() <= 2
    text = left.found.document.find("n1")
    assert text is not None
    assert operations.value_at(left.found.document, "n1", ("text",)) is not operations.ABSENT
    assert str(text.get("text")).find(f"'{left.found.steps} ") > 0
    journals.forget(left)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
@pytest.mark.parametrize("turn", range(3))
def test_a_program_killed_while_typing_loses_nothing_of_the_last_seconds(tmp_path: Path, turn: int) -> None:
    killed_while_typing(tmp_path, turn)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
def test_fifty_kills_while_typing(tmp_path: Path) -> None:
    for turn in range(100, 150):
        killed_while_typing(tmp_path, turn)
