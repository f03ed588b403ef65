"""The whole story by the command line alone, on a real shop's file: from the import to what came back."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from restock_desk import cli
from restock_desk.cli.frame import plain, plain_line
from restock_desk.domain.document import reading
from restock_desk.domain.document.operations import ABSENT, Set
from restock_desk.domain.document.tree import Node, freeze
from restock_desk.store import home, open_store
from tests.conftest import Logged
from tests.documents import body_of
from tests.journeys.conftest import Run
from tests.rendering.lint.cases import html
from tests.sinks.smtp import RESET, Sink

MAIL = """<html lang="en"><body><p>Hi {{ subscriber.first_name | default("there") }},</p>
<p>{{ product.title }} is back: {{ variant.price }}.</p>
<p><a href="{{ links.product }}">See it</a> <a href="{{ links.unsubscribe }}">Unsubscribe</a></p></body></html>"""


def _json(result: tuple[int, str, str], code: int = 0) -> Any:
    assert result[0] == code, result
    return json.loads(result[1].strip().splitlines()[-1])


def _shop(run: Run, tmp_path: Path, real: Path) -> tuple[str, int]:
    """A shop from the WooCommerce file with five people who wait for one SKU that comes back; SKU and event."""
    _json(run("import", "products", real / "catalog" / "woocommerce-sample_products.csv", "--json"))
    sku = "woo-hoodie-with-logo"
    (tmp_path / "people.csv").write_text(
        "custom_id,email,first_name,locale,consent\n"
        "c1,ana@example.com,Ana,fr-FR,subscribed\nc2,ben@example.com,Ben,en-GB,subscribed\n"
        "c3,eva@example.com,,de-DE,subscribed\nc4,no@example.com,No,en,unsubscribed\nc5,never@example.com,Ned,en,never\n"
        "c6,not-an-address,Bad,en,subscribed\n",
        encoding="utf-8",
    )
    people = _json(run("import", "subscribers", tmp_path / "people.csv", "--json"))
    assert (people["read"], people["accepted"]) == (6, 5)
    assert [(bad["line"], bad["field"]) for bad in people["rejected"]] == [(7, "email")]
    (tmp_path / "waiting.csv").write_text(
        "custom_id,sku,created_at,source\n" + "".join(f"c{i},{sku},2026-01-0{i}T10:00:00Z,page\n" for i in range(1, 6)),
        encoding="utf-8",
    )
    assert _json(run("import", "interests", tmp_path / "waiting.csv", "--json"))["accepted"] == 5
    _json(run("stock", "set", sku, 0, "--json"))
    event = _json(run("stock", "set", sku, 7, "--json"))["event"]
    assert event is not None
    return sku, event


def test_a_shop_tells_everybody_who_waits_and_hears_what_came_back(run: Run, tmp_path: Path, real: Path) -> None:
    sku, event = _shop(run, tmp_path, real)
    listed = _json(run("restocks", "list", "--json"))
    assert [(entry["id"], entry["snapshot"]["variant"]["sku"]) for entry in listed] == [(event, sku)]

    (tmp_path / "back.html").write_text(MAIL, encoding="utf-8")
    assert run("templates", "add", "Back", tmp_path / "back.html", "--subject", "{{ product.title }} is back")[0] == 0
    audience = _json(run("audience", "--event", event, "--json"))
    assert (audience["waiting"], audience["eligible"]) == (5, 3)
    assert audience["excluded"]["unsubscribed"] == 1
    assert audience["excluded"]["no_consent"] == 1

    code, html, _ = run("render", "--template", "Back", "--subscriber", "c1", "--event", event)
    assert code == 0
    assert "Hi Ana" in html
    assert re.search(r"45,00[\s\u202f\u00a0]*\S", html), "a price is written the way the reader's country does"

    outbox = tmp_path / "outbox"
    report = _json(
        run("send", "--event", event, "--template", "Back", "--transport", f"outbox:{outbox}", "--yes", "--json")
    )
    assert (report["sent"], report["failed"], report["in_doubt"], report["state"]) == (3, 0, 0, "finished")
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in outbox.rglob("*.eml")]
    assert sorted(str(mail["To"]) for mail in mails) == ["ana@example.com", "ben@example.com", "eva@example.com"]
    assert all("List-Unsubscribe-Post" not in mail or mail["List-Unsubscribe"] for mail in mails)

    shown = _json(run("campaigns", "show", report["campaign"], "--json"))
    assert shown["states"]["sent"] == 3
    assert sum(shown["states"].values()) == shown["audience"] == 3
    again = _json(run("audience", "--event", event, "--json"))
    assert again["eligible"] == 0
    assert again["excluded"]["already_alerted"] == 3

    person = _json(run("person", "c1", "--json"))
    delivery = person["deliveries"][0]["id"]
    (tmp_path / "back.jsonl").write_text(
        json.dumps({"event_id": "e1", "kind": "delivered", "occurred_at": "2026-11-01T10:00:00Z", "delivery": delivery})
        + "\n"
        + json.dumps(
            {"event_id": "e2", "kind": "complained", "occurred_at": "2026-11-01T11:00:00Z", "delivery": delivery}
        )
        + "\nnot json\n",
        encoding="utf-8",
    )
    back = _json(run("import", "feedback", tmp_path / "back.jsonl", "--json"))
    assert (back["accepted"], len(back["rejected"])) == (2, 1)
    assert _json(run("import", "feedback", tmp_path / "back.jsonl", "--json"))["unchanged"] == 2
    stats = _json(run("feedback", "stats", "--campaign", report["campaign"], "--json"))
    assert (stats["counts"]["sent"], stats["counts"]["delivered"], stats["counts"]["complained"]) == (3, 1, 1)
    assert stats["rates"]["complaint"]["numerator"] == 1
    assert _json(run("person", "ana@example.com", "--json"))["subscriber"]["suppressed"] == "complaint"


def test_the_same_file_twice_changes_nothing(run: Run, real: Path) -> None:
    file = real / "catalog" / "magento-products.csv"
    first = _json(run("import", "products", file, "--json"))
    again = _json(run("import", "products", file, "--json"))
    assert first["rejected"] == []
    assert (again["accepted"], again["unchanged"], again["restocks"]) == (0, first["read"], 0)


def test_support_sends_again_with_a_reason(run: Run, tmp_path: Path, real: Path) -> None:
    _, event = _shop(run, tmp_path, real)
    (tmp_path / "back.html").write_text(MAIL, encoding="utf-8")
    run("templates", "add", "Back", tmp_path / "back.html", "--subject", "Back")
    _json(
        run("send", "--event", event, "--template", "Back", "--transport", f"outbox:{tmp_path}/out", "--yes", "--json")
    )
    delivery = _json(run("person", "c2", "--json"))["deliveries"][0]["id"]
    code, _, said = run("resend", delivery, "--reason", "Lost it")
    assert code == 1, "it was sent moments ago"
    assert "ago" in said
    again = _json(run("resend", delivery, "--reason", "Lost it", "--override", "--json"))
    assert again["sent"] == 1
    assert len(list((tmp_path / "out").rglob("*.eml"))) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("send", "--event", "1", "--template", "Back"), 2, "--yes"),
        (("send", "--event", "1"), 2, "--template"),
        (("send", "--event", "1", "--template", "B", "--transport", "smtp://a:secret@h:25", "--yes"), 2, "password"),
        (("person", "nobody@example.com"), 1, "nobody"),
        (("import", "products", "missing.csv"), 1, "missing.csv"),
        (("render", "--template", "None", "--subscriber", "x", "--event", "1"), 1, "None"),
        (("no-such-command",), 2, "No such command"),
        (("import", "products", __file__, "--format", "nonsense"), 2, "no format"),
        (("import", "products", __file__, "--columns", "skuu=7"), 2, "no column"),
        (("stock", "set", "TEE-M", "-3"), 1, "no variant"),
        (("stock", "set", "TEE-M", "3000000000"), 1, "3,000,000,000 is no stock level"),
        (("person", "ana\udce4"), 2, "no text"),
        (("import", "products", "/dev/zero"), 1, "stream"),
        (("db", "backup"), 1, "no file"),
        (("feedback", "stats", "--campaign", "99"), 1, "no campaign"),
        (("send", "--event", "1", "--template", "B", "--transport", "ftp://h", "--yes"), 2, "transport"),
        (("shop", "set", "sender_email=nobody"), 2, "e-mail"),
        (("shop", "set", "colour=red"), 2, "NAME=VALUE"),
    ],
)
def test_wrong_use_and_failures_are_sentences(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    ended, _, said = run(*arguments)
    assert ended == code
    assert words.lower() in said.lower()
    assert "Traceback" not in said


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/shop", "sqlite://", "postgresql://host:port/shop"])
def test_an_address_that_names_no_database_is_wrong_use(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["restock-desk", "restocks", "list", "--db", url])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "postgresql://" in capsys.readouterr().err or url == "sqlite://"


def test_an_answer_that_finds_no_room_is_a_sentence_and_what_was_asked_for_is_done(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("sku,title\nA,Tee\n", encoding="utf-8")
    command = [sys.executable, "-m", "restock_desk", "import", "products", str(tmp_path / "one.csv"), "--json"]
    command += ["--db", f"sqlite:///{tmp_path}/shop.db"]
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr.splitlines()[0]) == (
        1, "The answer could not be written: No space left on device."
    )  # fmt: skip
    again = json.loads(subprocess.run(command, capture_output=True, timeout=60, check=True).stdout)
    assert (again["read"], again["unchanged"]) == (1, 1)


def test_a_file_whose_name_is_no_text_is_imported(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "b\udce4d.csv"
    file.write_text("sku,title\nA,Tee\n", encoding="utf-8")
    assert _json(run("import", "products", file, "--json"))["accepted"] == 1


def test_stock_that_nobody_tracked_is_said_in_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("sku,title,stock\nA,Tee,\n", encoding="utf-8")
    run("import", "products", tmp_path / "one.csv")
    assert run("stock", "set", "A", 5)[1].strip() == "A: not tracked → 5."


def test_a_mistake_of_ours_is_a_sentence_and_its_trace_is_in_the_log(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_logs: Logged
) -> None:
    expect_logs("The program made a mistake")

    def broken(*_: object) -> None:
        raise KeyError("ana@example.com")

    monkeypatch.setattr("restock_desk.services.restocks.latest", broken)
    ended, _, said = run("restocks", "list")
    assert ended == 1
    assert "mistake" in said
    assert "ana@example.com" not in said
    assert "test_command_line.py" in (tmp_path / "restock-desk.log").read_text(encoding="utf-8")


def test_a_new_shop_mails_a_server_on_this_machine_and_a_doubt_is_not_doubled_unasked(
    run: Run, tmp_path: Path, real: Path
) -> None:
    _, event = _shop(run, tmp_path, real)
    (tmp_path / "back.html").write_text(MAIL, encoding="utf-8")
    run("templates", "add", "Back", tmp_path / "back.html", "--subject", "Back")
    _json(run("shop", "set", "public_url=https://alerts.shop.example", "--json"))
    sink = Sink(lambda stage, n: RESET if (stage, n) == ("dot", 0) else None)
    with sink.serving():
        report = _json(run("send", "--event", event, "--template", "Back", "--transport", sink.url, "--yes", "--json"))
        doubt = _json(run("campaigns", "show", report["campaign"], "--json"))["doubts"][0]["delivery"]
        code, _, said = run("resend", doubt, "--reason", "Lost it")
    assert (report["sent"], report["in_doubt"]) == (2, 1)
    assert len(sink.taken) == 3
    for _, message in sink.taken:
        assert b"\r\nList-Unsubscribe: <https://alerts.shop.example/u/" in message
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in message
    assert code == 1
    assert "double" in said


def test_a_quick_fix_that_takes_a_value_away_is_json_too() -> None:
    assert json.dumps(plain(Set("b", ("style",), ABSENT))) == '{"id": "b", "path": ["style"], "value": null}'


def test_what_a_file_brought_does_not_steer_a_terminal() -> None:
    assert plain_line("Ana\x1b[2J\r\nBcc: \u202eevil\x00") == "Ana [2J Bcc: evil"


def test_limits_are_set_shown_and_refused_in_words(run: Run) -> None:
    said = run("limits", "set", "rate=14", "quiet=22:00-08:00 Mon-Fri", "hard=3%", "warm_up=2026-03-01 50 1.5 10000",
               "campaign_per_hour=500", "--transport", "smtps://ana@mail.example:465")  # fmt: skip
    assert said[0] == 0
    code, text, _ = run("limits", "show")
    assert code == 0
    lines = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in text.splitlines())
    assert lines["rate of smtp:ana@mail.example"] == "14 a second"
    assert (lines["campaign_per_hour"], lines["hard"]) == ("500", "3%")
    assert lines["quiet"] == "22:00-08:00 Mon,Tue,Wed,Thu,Fri"
    assert _json(run("limits", "show", "--json"))["routes"]["smtp:ana@mail.example"]["rate_per_s"] == 14
    assert run("limits", "set", "quiet=")[0] == 0
    assert _json(run("limits", "show", "--json"))["quiet"] == []
    assert run("limits", "set", "speed=9")[0] == 2
    assert run("limits", "set", "quiet")[0] == 2
    assert "at least 1 an hour" in run("limits", "set", "campaign_per_hour=0")[2]
    assert run("limits", "campaign", 7, "--rate", 5)[0] == 1


def _ready(run: Run, tmp_path: Path, real: Path) -> tuple[object, ...]:
    """A shop with a template; the command that sends its alert into an outbox."""
    _, event = _shop(run, tmp_path, real)
    (tmp_path / "back.html").write_text(MAIL, encoding="utf-8")
    run("templates", "add", "Back", tmp_path / "back.html", "--subject", "Back")
    return "send", "--event", event, "--template", "Back", "--transport", f"outbox:{tmp_path}/outbox", "--yes"


def test_the_kill_switch_holds_from_one_command_to_the_next(run: Run, tmp_path: Path, real: Path) -> None:
    send = _ready(run, tmp_path, real)
    assert run("kill-switch", "status")[:2] == (0, "Mail may leave.\n")
    assert run("kill-switch", "on", "--reason", "Wrong price")[0] == 0
    code, said, _ = run("kill-switch", "status")
    assert code == 1
    assert "Wrong price" in said
    code, _, said = run(*send)
    assert code == 1
    assert said.startswith("All sending was stopped by")
    assert not (tmp_path / "outbox").exists()
    assert run("kill-switch", "off")[0] == 2, "a reason is needed"
    assert run("kill-switch", "off", "--reason", "It is right now")[0] == 0
    assert run("kill-switch", "off", "--reason", "Again")[0] == 1
    assert run(*send)[0] == 0
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == 3


def test_a_copied_database_is_confirmed_by_a_command(run: Run, tmp_path: Path, real: Path) -> None:
    send = _ready(run, tmp_path, real)
    store = open_store(f"sqlite:///{tmp_path}/shop.db")
    with store.unit() as u:
        home.settle(u, {"machine": "old", "path": "/old/shop.db", "file": "1:2"}, 3)
        u.commit()
    store.close()
    code, said, _ = run("clone", "status")
    assert code == 1
    assert said.startswith("This database is a copy: it last sent from /old/shop.db.")
    code, _, said = run(*send)
    assert code == 1
    assert "clone confirm" in said
    assert not (tmp_path / "outbox").exists()
    assert run("clone", "confirm", "--reason", "New computer")[0] == 0
    assert run("clone", "status")[0] == 0
    assert run("campaigns", "resume", 1)[0] == 0
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == 3


def test_a_template_is_checked_by_every_rule(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.html").write_text(html().source, encoding="utf-8")
    (tmp_path / "bad.html").write_text(html('<a href="javascript:x">The shirt</a>').source, encoding="utf-8")
    assert _json(run("lint", tmp_path / "good.html", "--json")) == []
    (told,) = _json(run("lint", tmp_path / "bad.html", "--json"), code=1)
    assert (told["rule"], told["severity"], told["line"]) == ("link.scheme", "error", 2)
    assert told["why"]
    run("templates", "add", "Back", tmp_path / "bad.html", "--subject", "SHOUTING!!! AT ALL")
    code, said, _ = run("lint", "--template", "Back")
    assert code == 1
    assert "(subj.caps)" in said
    assert said.strip().splitlines()[-1].startswith("1 error, ")
    assert run("lint")[0] == 2


def test_what_is_ignored_is_listed_with_its_reason_and_stops_nothing(run: Run, tmp_path: Path) -> None:
    lint = freeze({"ignore": [{"rule": "doc.footer", "reason": "a note among colleagues", "by": "Ana"}]})
    words, subject = freeze({"text": [{"t": "Hello"}]}), freeze({"subject": [{"t": "It is back"}]})
    note = replace(body_of(Node("t", "text", words)), lint=lint, settings=subject)  # type: ignore[arg-type]
    (tmp_path / "note.restock-email.json").write_text(reading.serialise(note), encoding="utf-8")
    told = _json(run("lint", tmp_path / "note.restock-email.json", "--json"))
    assert [(each["rule"], each["ignored"]) for each in told if each["ignored"]] == [
        ("doc.footer", {"reason": "a note among colleagues", "by": "Ana"})
    ]
    run("templates", "import", tmp_path / "note.restock-email.json", "--name", "Note")
    code, said, _ = run("lint", "--template", "Note")
    assert code == 0
    assert "1 ignored:" in said
    assert "because: a note among colleagues (Ana)" in said
