"""`send --processes N`: several senders of one campaign of a file. No end of any of them costs or doubles a mail."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.services import campaigns, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.campaigning import DRAFT, states
from tests.faults.crowd import IN_FLIGHT, books, crowd, launched_to, real_clock
from tests.sinks.smtp import Later, Sink
from tests.worker.working import ROOT, until

S = DeliveryState


@pytest.fixture
def shop(sqlite_store: Store, make_desk: Callable[[Store], Desk]) -> Desk:
    return replace(make_desk(sqlite_store), now=real_clock)


@contextmanager
def command(desk: Desk, home: Path, *words: object) -> Iterator["subprocess.Popen[str]"]:
    """`restock-desk WORDS` as a process, in a group of its own as a terminal makes one."""
    line = [sys.executable, "-m", "restock_desk", "--db", str(desk.store.url), *(str(word) for word in words)]
    environment = {**os.environ, "RESTOCK_DESK_DATA": str(home), "RESTOCK_DESK_CONFIG": str(home)}
    with subprocess.Popen(
        line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def slow() -> Sink:
    return Sink(lambda stage, _: Later("250 2.0.0 OK", 0.05) if stage == "dot" else None)


def children(pid: int) -> list[int]:
    """Its senders, without what Python's own machinery starts."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(one) for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def test_two_processes_share_a_campaign_and_tell_their_sum(shop: Desk, tmp_path: Path) -> None:
    event_id, people = crowd(shop.store, 700), 700  # more than one batch
    templates.create(shop, "Back", DRAFT)
    both = threading.Event()

    def waits_for_both(stage: str, n: int) -> Later | None:
        if stage != "greeting":
            return None
        if n:
            both.set()
        return Later("220 sink.example ESMTP", until=both)

    with Sink(waits_for_both).serving() as sink:
        words = ("send", "--event", event_id, "--template", "Back", "--yes", "--json", "--processes", 2)
        with command(shop, tmp_path, *words, "--transport", f"{sink.url}?connections=1&mails=10000") as process:
            out, err = process.communicate(timeout=300)
    assert (process.returncode, [line for line in err.splitlines() if not line.startswith("warning: ")]) == (0, [])
    report = json.loads(out)
    assert (report["state"], report["sent"]) == ("finished", people)
    assert sink.connections >= 2, "each has one of its own"
    assert sorted(sink.kept) == sorted(set(sink.kept))
    assert states(shop, 1) == {"sent": people}


def test_ctrl_c_ends_all_of_them_and_another_command_goes_on(shop: Desk, tmp_path: Path) -> None:
    with slow().serving() as sink:
        campaign = launched_to(shop, 240, f"{sink.url}?connections=2")
        with command(shop, tmp_path, "campaigns", "resume", campaign.id, "--processes", 2) as process:
            until(lambda: sink.connections > 2 and len(sink.taken) > 20, 300)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=300)
        assert process.returncode == 1
        assert err == ""
        assert f"Campaign {campaign.id} is running: {len(sink.taken)} sent" in out
        stopped = books(shop.store, campaign.id, sink.kept)
        assert stopped.balanced()
        assert stopped.of(S.SENT, S.QUEUED, S.DEFERRED) == set(stopped.rows)
        with command(shop, tmp_path, "campaigns", "resume", campaign.id, "--processes", 2) as process:
            process.communicate(timeout=300)
        assert process.returncode == 0
    found = books(shop.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)


@pytest.mark.slow
def test_one_that_is_killed_is_replaced_and_costs_its_doubts_only(shop: Desk, tmp_path: Path) -> None:
    with slow().serving() as sink:
        campaign = launched_to(shop, 600, f"{sink.url}?connections=2")
        with command(shop, tmp_path, "campaigns", "resume", campaign.id, "--processes", 2) as process:
            until(lambda: sink.connections > 2 and len(sink.taken) > 20, 300)
            os.kill(children(process.pid)[0], signal.SIGKILL)
            _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "another is started" in err
    found = books(shop.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT, S.IN_DOUBT) == set(found.rows)
    assert len(found.of(S.IN_DOUBT)) <= IN_FLIGHT
    assert campaigns.campaign(shop, campaign.id).state is CampaignState.FINISHED


@pytest.mark.slow
def test_they_end_with_the_one_that_started_them(shop: Desk, tmp_path: Path) -> None:
    with slow().serving() as sink:
        campaign = launched_to(shop, 600, f"{sink.url}?connections=2")
        with command(shop, tmp_path, "campaigns", "resume", campaign.id, "--processes", 2) as process:
            until(lambda: sink.connections > 2 and len(sink.taken) > 20, 300)
            left = children(process.pid)
            os.kill(process.pid, signal.SIGKILL)
            until(lambda: not any(Path(f"/proc/{one}").exists() for one in left), 300)
        found = books(shop.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT, S.QUEUED, S.DEFERRED) == set(found.rows), "they settled what was on the wire"


def test_what_stops_them_all_is_told_once(shop: Desk, tmp_path: Path) -> None:
    campaign = launched_to(shop, 20, "postmark://default")
    with command(shop, tmp_path, "campaigns", "resume", campaign.id, "--processes", 2) as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "There is no key for Postmark" in out + err
    assert states(shop, campaign.id).keys() <= {"queued", "deferred"}
