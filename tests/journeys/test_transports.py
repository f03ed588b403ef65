"""Transports on the command line: kept under a name with its key, tried out, used for a send, signed for."""

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from restock_desk import cli
from restock_desk import settings as settings_
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.services import templates
from restock_desk.services.desk import Desk
from tests.campaigning import waiting_shop
from tests.transport.fakes.providers import KEY, PostmarkApi
from tests.transport.fakes.server import Fake

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `restock-desk ARGUMENTS` in this process: exit code, standard output, standard error."""
    monkeypatch.setenv("RESTOCK_DESK_SECRETS_FILE", str(tmp_path / "secrets.toml"))

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["restock-desk", *(str(a) for a in arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


def told(result: tuple[int, str, str]) -> Any:
    assert result[0] == 0, result
    return json.loads(result[1].strip().splitlines()[-1])


def test_a_provider_is_kept_tried_out_and_sent_by(run: Run, desk: Desk, tmp_path: Path) -> None:
    event_id = waiting_shop(desk.store, 4)
    source = "<html><body><p>Hi {{ subscriber.first_name }}, {{ product.title }} is back.</p></body></html>"
    templates.create(desk, "Back", Draft(TemplateKind.HTML, source, "Back", sender_email="alerts@shop.example"))
    (tmp_path / "key").write_text(KEY + "\n", encoding="utf-8")
    api = PostmarkApi()
    with Fake(api).serving() as fake:
        url = f"postmark://default?stream=broadcast&endpoint={fake.endpoint}"
        made = told(run("transports", "add", "alerts", url, "--secret-from", tmp_path / "key", "--json"))
        assert (made["name"], made["way"], made["ready"]) == ("alerts", "Postmark", True)
        assert told(run("transports", "test", "alerts", "--json"))["works"]
        db = f"sqlite:///{desk.store.path}"
        sending = ("send", "--event", event_id, "--template", "Back", "--transport", "alerts", "--yes", "--json")
        report = told(run(*sending, "--db", db))
        assert (report["state"], report["sent"]) == ("finished", 4)
    assert sorted(mail.recipient for mail in api.taken) == [f"p{n}@example.com" for n in range(4)]
    assert {mail.headers["X-RD-Msg"].partition(".")[0] for mail in api.taken} == {"1", "2", "3", "4"}


def test_the_list_says_which_key_is_missing_and_which_way_is_used(run: Run) -> None:
    for name, url in (("b", "brevo://default"), ("a", "outbox:/mails"), ("c", "smtp://ana@mail.example")):
        assert run("transports", "add", name, url)[0] == 0
    told(run("transports", "use", "b", "--json"))
    listed = told(run("transports", "list", "--json"))
    assert [(one["name"], one["ready"], one["used"]) for one in listed] == [
        ("a", True, False),
        ("b", False, True),
        ("c", False, False),
    ]
    assert "15 minutes" in listed[1]["promise"]
    words = run("transports", "list")[1]
    assert "missing" in words
    assert "not needed" in words
    assert run("transports", "remove", "b")[0] == 0
    assert [one["name"] for one in told(run("transports", "list", "--json"))] == ["a", "c"]
    assert settings_.load().profile.transport == "brevo://default"


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        (("transports", "add", "x:y", "brevo://default"), 2, "name"),
        (("transports", "add", "smtp", "brevo://default"), 2, "name"),
        (("transports", "add", "x", "ftp://mail.example"), 2, "address"),
        (("transports", "add", "x", "smtp://mail.example", "--secret-from", "KEY"), 2, "no secret to keep"),
        (("transports", "add", "x", "brevo://default", "--secret-from", "no-such-file"), 1, "cannot be read"),
        (("transports", "test", "nobody"), 2, "no transport"),
        (("transports", "remove", "nobody"), 1, "no transport"),
        (("transports", "test", "brevo://default"), 1, "no key for Brevo"),
        (("transports", "dkim", "shop.example"), 2, "SELECTOR@DOMAIN"),
        (("transports", "dkim", "d@shop.example", "--kind", "dsa"), 2, "rsa or ed25519"),
    ],
)
def test_a_wrong_call_is_a_sentence(run: Run, tmp_path: Path, call: tuple[str, ...], code: int, words: str) -> None:
    (tmp_path / "key").write_text("k", encoding="utf-8")
    ended, _, err = run(*(tmp_path / "key" if part == "KEY" else part for part in call))
    assert (ended, words in err) == (code, True), err


def test_a_signing_key_is_made_once_and_its_record_shown_again(run: Run, tmp_path: Path) -> None:
    first = told(run("transports", "dkim", "desk1@shop.example", "--json"))
    assert first["record"] == "desk1._domainkey.shop.example"
    assert first["value"].startswith("v=DKIM1; k=rsa; p=")
    assert told(run("transports", "dkim", "desk1@shop.example", "--json")) == first
    assert (
        told(run("transports", "dkim", "desk2@shop.example", "--kind", "ed25519", "--json"))["value"] != first["value"]
    )
    assert "PRIVATE" not in run("transports", "dkim", "desk1@shop.example")[1]
    url = f"outbox:{tmp_path}/out?dkim=desk1@shop.example"
    assert "Mails are signed" in run("transports", "test", url)[1]


def test_an_own_key_can_be_kept_but_never_over_another(run: Run, tmp_path: Path) -> None:
    from restock_desk.transport import dkim

    (tmp_path / "own.pem").write_text(dkim.new_key("ed25519"), encoding="utf-8")
    call = ("transports", "dkim", "own@shop.example", "--key-from", tmp_path / "own.pem")
    assert "k=ed25519" in run(*call)[1]
    assert run(*call)[0] == 1


def test_secrets_are_kept_in_a_file_that_only_its_owner_reads_and_nowhere_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-very-secret-key", encoding="utf-8")
    ended, out, err = run("transports", "add", "x", "brevo://default", "--secret-from", tmp_path / "key")
    file = tmp_path / "secrets.toml"
    assert (ended, stat.S_IMODE(file.stat().st_mode)) == (0, 0o600)
    assert settings_.secret("brevo:default") == "a-very-secret-key"
    assert "a-very-secret-key" not in out + err + settings_.config_file().read_text(encoding="utf-8")
    file.chmod(0o644)
    assert run("transports", "add", "y", "brevo://other", "--secret-from", tmp_path / "key")[0] == 1
    assert "other" not in file.read_text(encoding="utf-8")
