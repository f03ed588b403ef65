"""The Sending section: a provider chosen, tried out, kept under a name, and used; its key stays out of the settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restock_desk import settings as settings_
from restock_desk.jobs import JobRunner
from restock_desk.services import sending
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import theme
from restock_desk.ui.settings_sending import SendingSection
from restock_desk.ui.window import Window
from tests.transport.fakes.providers import KEY, PostmarkApi
from tests.transport.fakes.server import Fake


@pytest.fixture
def window(
    qtbot: QtBot, qapp: QApplication, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Window]:
    monkeypatch.setenv("RESTOCK_DESK_SECRETS_FILE", str(tmp_path / "secrets.toml"))
    theme.apply(qapp, "light")
    runner = JobRunner()
    made = Window(desk, runner, Settings())
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()
    runner.close()


def section(qtbot: QtBot, window: Window) -> SendingSection:
    made = SendingSection(window)
    qtbot.addWidget(made)
    made.show()
    return made


def choose(shown: SendingSection, scheme: str) -> None:
    shown.fields.way.setCurrentIndex(shown.fields.way.findData(scheme))


@pytest.mark.parametrize(
    "url",
    [
        "smtp://ana%40shop.example@mail.example:2525?pipelining=off",
        "smtps://mail.example:465?dkim=desk1@shop.example&dkim=desk2@shop.example",
        "postmark://default?stream=broadcast",
        "mailgun://mg.shop.example?region=eu",
        "ses://AKIAX@eu-west-1?set=alerts",
        "batch://project_Abc?version=2.13&confirmed=alert_id&events=each",
        "resend://default?endpoint=https://relay.shop.example/resend",
        "outbox:/somewhere/else?dkim=desk1@shop.example",
    ],
)
def test_an_address_goes_through_the_fields_unchanged(qtbot: QtBot, lasting_window: Window, url: str) -> None:
    shown = section(qtbot, lasting_window)
    shown.show_url(url)
    assert shown.url() == url


def test_only_the_fields_of_the_chosen_way_are_seen(qtbot: QtBot, lasting_window: Window) -> None:
    shown = section(qtbot, lasting_window)
    for scheme in ("postmark", "smtp", "ses", "outbox"):
        choose(shown, scheme)
        assert [name for name, fields in shown.fields.providers.items() if fields.isVisible()] == (
            [scheme] if scheme in shown.fields.providers else []
        )
        assert shown.signs.isVisible() == (scheme in ("smtp", "outbox"))


def test_a_provider_is_tried_out_with_the_typed_key_kept_and_used(qtbot: QtBot, window: Window) -> None:
    with Fake(PostmarkApi()).serving() as fake:
        shown = section(qtbot, window)
        shown.show_url(f"postmark://default?stream=broadcast&endpoint={fake.endpoint}")
        shown.fields.providers["postmark"].secret.setText("wrong")
        shown.test.click()
        qtbot.waitUntil(lambda: shown.result.property("tone") == "bad")
        assert "401" in shown.result.text()
        shown.fields.providers["postmark"].secret.setText(KEY)
        shown.test.click()
        qtbot.waitUntil(lambda: shown.result.property("tone") == "good")
        assert "The shop's server" in shown.result.text()
        shown.name.setText("alerts")
        shown.keep.click()
        assert [(one.name, one.way, one.ready) for one in sending.kept()] == [("alerts", "Postmark", True)]
        assert shown.fields.secret == ""
        shown.save.click()
        assert window.desk.transport == shown.url()
    assert KEY not in settings_.config_file().read_text(encoding="utf-8")


def test_a_kept_way_fills_the_fields_and_can_be_forgotten(qtbot: QtBot, window: Window) -> None:
    sending.keep("by hand", "mailgun://mg.shop.example?region=eu")
    shown = section(qtbot, window)
    qtbot.waitUntil(lambda: shown.kept.count() == 2)
    shown.kept.setCurrentIndex(1)
    shown.kept.activated.emit(1)
    assert (shown.url(), shown.name.text()) == ("mailgun://mg.shop.example?region=eu", "by hand")
    assert "key missing" in shown.kept.currentText()
    shown.forget.click()
    assert sending.kept() == []
    qtbot.waitUntil(lambda: shown.kept.count() == 1)


def test_a_signing_key_is_made_and_its_record_shown(qtbot: QtBot, window: Window) -> None:
    shown = section(qtbot, window)
    shown.signs.setText("desk1@shop.example")
    shown.key.click()
    qtbot.waitUntil(lambda: "desk1._domainkey.shop.example" in shown.result.text())
    assert "v=DKIM1; k=rsa; p=" in shown.result.text()
    first = shown.result.text()
    shown.key.click()
    qtbot.waitUntil(lambda: shown.result.text() == first)
    assert shown.url().endswith("?dkim=desk1@shop.example")


def test_what_cannot_be_kept_is_said(qtbot: QtBot, window: Window) -> None:
    shown = section(qtbot, window)
    choose(shown, "mailgun")
    shown.name.setText("x")
    shown.keep.click()
    assert "no address for Mailgun" in shown.result.text()
    shown.forget.click()
    assert "There is no transport" in shown.result.text()
