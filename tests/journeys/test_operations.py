"""From a file to a server by the command line: the shop moves, and a worker sends what is launched there."""

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from restock_desk.services import templates, workers
from restock_desk.services.desk import Desk
from restock_desk.store import open_store
from tests.campaigning import DRAFT, waiting_shop
from tests.postgres import Server
from tests.sinks.smtp import Sink
from tests.worker.working import ROOT, until, worker


@pytest.fixture
def elsewhere(postgres: Server) -> str:
    """The address of an empty database on a server."""
    postgres.run("drop database if exists operations_desk with (force)")
    postgres.run("create database operations_desk")
    return postgres.url("operations_desk")


def command(*arguments: object) -> tuple[int, Any, str]:
    """Exit code, what was said as JSON, and what was complained about."""
    line = [sys.executable, "-m", "restock_desk", *(str(one) for one in arguments), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, check=False, timeout=100)
    said = done.stdout.strip()
    return done.returncode, json.loads(said.splitlines()[-1]) if said else None, done.stderr


def test_a_shop_moves_to_a_server_and_is_sent_from_there(desk: Desk, elsewhere: str, tmp_path: Path) -> None:
    event_id = waiting_shop(desk.store, 30)
    templates.create(desk, "Back", DRAFT)
    file = f"sqlite:///{desk.store.path}"
    code, moved, _ = command("db", "copy", "--from", file, "--to", elsewhere)
    assert (code, moved["tables"]["subscriber"]) == (0, 30)

    with Sink().serving() as sink:
        send = ("send", "--event", event_id, "--template", "Back", "--transport", sink.url, "--yes", "--db")
        code, _, complaint = command(*send, file)
        assert (code, "was moved to" in complaint) == (1, True)
        with closing(open_store(elsewhere)) as store, worker(elsewhere, tmp_path) as process:
            there = replace(desk, store=store)
            until(lambda: bool(workers.alive(there)))
            (alive,) = command("workers", "list", "--db", elsewhere)[1]
            assert alive["pid"] == process.pid
            code, report, complaint = command(*send, elsewhere)
            assert (code, report["sent"], report["state"]) == (0, 30, "finished"), complaint
        assert len(sink.taken) == 30
        with desk.store.reading() as u:
            assert u.connection.exec_driver_sql("select count(*) from campaign").scalar() == 0


def test_a_worker_on_a_file_is_told_that_it_is_not_needed(desk: Desk) -> None:
    line = [sys.executable, "-m", "restock_desk", "worker", "--db", f"sqlite:///{desk.store.path}"]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    assert (done.returncode, "need a shared PostgreSQL" in done.stderr) == (1, True)
