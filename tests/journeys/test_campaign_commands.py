"""Campaigns by the command line: causes, retries of one cause, doubts settled together, a launch taken back."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from restock_desk.cli import frame
from restock_desk.cli.campaigns import _second_thoughts
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken, Progress
from restock_desk.services import campaigns, delivery, pace, staff, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store, schema, upgrade
from tests.campaigning import DRAFT, Scripted, launched, states, waiting_shop
from tests.journeys.conftest import Run


@pytest.fixture
def shop(tmp_path: Path, make_desk: Callable[[Store], Desk]) -> Iterator[Desk]:
    """The shop that `run` works on."""
    store = open_store(f"sqlite:///{tmp_path}/shop.db")
    upgrade.prepare(store)
    yield make_desk(store)
    store.close()


def answered(desk: Desk, answer: Callable[[Envelope], Receipt]) -> int:
    campaign = launched(desk, 3)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted(answer))
    return campaign.id


def refusing(envelope: Envelope) -> Receipt:
    words = "550 5.1.1 <{}>: unknown" if envelope.recipient > "p1" else "552 5.2.2 mailbox of {} is full"
    return Receipt(Handed.FAILED, "550", words.format(envelope.recipient))


def test_one_cause_of_failures_is_retried(run: Run, shop: Desk, tmp_path: Path) -> None:
    campaign_id = answered(shop, refusing)
    _, out, _ = run("campaigns", "show", campaign_id)
    assert "failed because 550 5.1.1 …: unknown: 2" in out
    code, _, said = run("campaigns", "retry-failed", campaign_id, "--cause", "5", "--reason", "Try")
    assert code == 1
    assert "more than one cause" in said
    code, out, said = run("campaigns", "retry-failed", campaign_id, "--cause", "mailbox of", "--reason", "Made room")
    assert code == 0, said
    assert "1 queued again." in said
    assert "1 sent, 2 failed" in out
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == 1
    _, out, _ = run("campaigns", "show", campaign_id, "--json")
    assert [(cause["state"], cause["n"]) for cause in json.loads(out)["causes"]] == [("failed", 2)]


def test_several_doubts_are_settled_together(run: Run, shop: Desk) -> None:
    campaign_id = answered(shop, lambda _: Receipt(Handed.IN_DOUBT, "", "The connection was reset."))
    code, out, _ = run("campaigns", "settle", 1, 2, 99, "--as", "sent", "--reason", "They have it")
    assert code == 1, "there is no delivery 99, and nothing of it was settled"
    code, out, _ = run("campaigns", "settle", 1, 2, "--as", "sent", "--reason", "They have it")
    assert (code, out) == (0, "2 settled.\n")
    code, out, _ = run("campaigns", "settle", 2, 3, "--as", "again", "--reason", "Nobody knows")
    assert (code, out) == (0, "1 settled. 1 were not in doubt any more.\n")
    assert states(shop, campaign_id) == {"sent": 2, "queued": 1}


def test_a_person_confirms_and_may_have_second_thoughts(
    run: Run, shop: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = waiting_shop(shop.store, 2)
    templates.create(shop, "Back", DRAFT)
    monkeypatch.setattr(campaigns, "UNDO_S", 0)
    said_yes = io.StringIO("y\n")
    said_yes.isatty = lambda: True  # type: ignore[method-assign]  # a person sits there
    monkeypatch.setattr(sys, "stdin", said_yes)
    code, out, _ = run("send", "--event", event_id, "--template", "Back", "--transport", f"outbox:{tmp_path}/outbox")
    assert code == 0
    assert "2 sent" in out
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == 2


def test_ctrl_c_before_the_first_mail_takes_the_launch_back(shop: Desk, tmp_path: Path) -> None:
    event_id = waiting_shop(shop.store, 2)
    review = campaigns.review(shop, (event_id,), templates.create(shop, "Back", DRAFT).id)
    campaign = campaigns.launch(shop, review, grace_s=campaigns.UNDO_S)
    token = CancelToken()
    token.cancel()
    with pytest.raises(DeskError, match="taken back") as refusal:
        _second_thoughts(shop, campaign, token)
    assert refusal.value.hint == "Nothing was sent."
    assert states(shop, campaign.id) == {"skipped": 2}
    assert staff.entries(shop)[0].reason == "Taken back."


def test_the_check_of_the_database_looks_at_counters(run: Run, shop: Desk) -> None:
    launched(shop, 2)
    assert run("db", "check")[0] == 0
    with shop.store.unit() as u:
        u.connection.execute(update(schema.send_batch).values(n_queued=1))
        u.commit()
    code, out, _ = run("db", "check")
    assert (code, out) == (1, "The counters of campaign 1 are not what its ledger says.\n")
    assert run("db", "check", "--recount")[0] == 0


def test_show_and_the_progress_line_tell_the_pace(
    run: Run, shop: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = launched(shop, 3)
    monkeypatch.setattr(pace, "LOOK_S", 0)
    told = json.loads(run("campaigns", "show", campaign.id, "--json")[1])["pace"]
    assert set(told) == {"rate_per_s", "left_s", "ends_at"}
    listed = json.loads(run("campaigns", "list", "--json")[1])
    assert {"rate_per_s", "ends_at"} <= set(listed[0])
    seconds = iter(range(0, 100, 3))
    start = datetime(2026, 3, 1, tzinfo=UTC)
    clock = type("Clock", (), {"now": staticmethod(lambda _: start + timedelta(seconds=next(seconds)))})
    monkeypatch.setattr(frame, "datetime", clock)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    show = frame.progress_line(False)
    for done in (0, 30, 60):
        show(Progress(done, 100, "Sending"))
    assert capsys.readouterr().err.endswith("\r60 of 100 Sending · 10.0 a second, about 4 s left\x1b[K")
    frame.progress_line(False)(Progress(7, 0, "Reading"))
    assert capsys.readouterr().err == "\r7 Reading\x1b[K"
