"""Variants and languages in the window: made, switched, compared, tried out, tested, decided."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from restock_desk.domain.templates import Template
from restock_desk.jobs import CancelToken, JobRunner
from restock_desk.services import campaigns, delivery, editions, experiments, templates
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import theme
from restock_desk.ui.ask_reason import ReasonDialog
from restock_desk.ui.campaigns import CampaignsPage
from restock_desk.ui.edition_dialog import EditionDialog
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.window import Window
from tests.campaigning import DRAFT, Scripted, waiting_shop
from tests.fakes import FixedClock


@pytest.fixture
def made(desk: Desk) -> Template:
    """A mail, three people who wait for what came back."""
    waiting_shop(desk.store)
    return templates.create(desk, "Back", DRAFT)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, desk: Desk, runner: JobRunner, made: Template) -> Iterator[Window]:
    theme.apply(qapp, "light")
    window = Window(desk, runner, Settings())
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    yield window
    window.close()


@pytest.fixture
def page(window: Window, made: Template, qtbot: QtBot) -> TemplatesPage:
    window.open_page("templates", template_id=made.id)
    found = window.page("templates")
    assert isinstance(found, TemplatesPage)
    qtbot.waitUntil(lambda: found.workspace.mail is not None)
    return found


def manager(page: TemplatesPage, qtbot: QtBot) -> EditionDialog:
    page.tools.show_editions()
    dialog = page.tools.manager
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.family is not None)
    return dialog


def texts(within: QWidget) -> list[str]:
    return [label.text() for label in within.findChildren(QLabel) if label.isVisibleTo(within)]


def buttons(within: QWidget, name: str) -> list[QAbstractButton]:
    return [one for one in within.findChildren(QAbstractButton) if name in (one.accessibleName(), one.text())]


def press(within: QWidget, name: str, qtbot: QtBot) -> None:
    """The button of that name, when it is there: rows are made anew by every answer."""
    qtbot.waitUntil(lambda: bool(buttons(within, name)))
    buttons(within, name)[-1].click()


def test_a_variant_is_added_split_and_opened(page: TemplatesPage, desk: Desk, made: Template, qtbot: QtBot) -> None:
    dialog = manager(page, qtbot)
    dialog.add_arm.click()
    qtbot.waitUntil(lambda: len(dialog.shares) == 2)
    for box, share in zip(dialog.shares, (20, 80), strict=True):
        box.setValue(share)
    dialog.rules.judged.setCurrentIndex(1)
    dialog.rules.judged.activated.emit(1)
    assert dialog.rules.hours.value() == 168
    dialog.rules.hours.setValue(48)
    dialog.keep.click()
    qtbot.waitUntil(lambda: editions.family(desk, made.id).experiment.shares == (0.2, 0.8))  # type: ignore[union-attr]
    plan = editions.family(desk, made.id).experiment
    assert plan is not None
    assert (plan.horizon_s, plan.metric) == (48 * 3600, "ordered")
    press(dialog, "Open variant B", qtbot)
    qtbot.waitUntil(lambda: page.workspace.template is not None and page.workspace.template.arm == 1)
    qtbot.waitUntil(page.workspace.editions.isVisible)
    press(page.workspace.editions, "A · 20%", qtbot)
    qtbot.waitUntil(lambda: page.workspace.template is not None and page.workspace.template.id == made.id)


def test_what_was_typed_in_one_edition_is_there_when_one_comes_back(
    page: TemplatesPage, desk: Desk, made: Template, qtbot: QtBot
) -> None:
    other = editions.add_language(desk, made.id, "fr")
    page.workspace.editions.refresh()
    qtbot.waitUntil(page.workspace.editions.isVisible)
    page.workspace.writing.source.insertPlainText("typed and not saved")
    press(page.workspace.editions, "fr", qtbot)
    qtbot.waitUntil(lambda: page.workspace.template is not None and page.workspace.template.id == other.id)
    press(page.workspace.editions, "Everybody else", qtbot)
    qtbot.waitUntil(page.workspace.kept_bar.isVisible)
    page.workspace.kept_bar.bring_back.click()
    assert "typed and not saved" in page.workspace.draft.source


def test_a_language_is_added_and_what_is_none_is_told(
    page: TemplatesPage, desk: Desk, made: Template, qtbot: QtBot
) -> None:
    dialog = manager(page, qtbot)
    dialog.language.setText("klingonisch")
    dialog.add_language.click()
    qtbot.waitUntil(lambda: "no language" in dialog.wrong.text())
    dialog.language.setText("pt-br")
    dialog.add_language.click()
    qtbot.waitUntil(lambda: editions.family(desk, made.id).languages == ("pt-BR",))
    qtbot.waitUntil(lambda: "pt-BR" in texts(dialog))
    assert dialog.wrong.isHidden()
    dialog.own.setText("en")
    dialog.own.editingFinished.emit()
    qtbot.waitUntil(lambda: editions.family(desk, made.id).root.language == "en")


def test_two_editions_stand_beside_one_another(page: TemplatesPage, desk: Desk, made: Template, qtbot: QtBot) -> None:
    other = editions.add_arm(desk, made.id)
    templates.save(desk, other.id, DRAFT)
    page.workspace.pane.modes.set_compare("editions")
    beside = page.workspace.side.comparison
    qtbot.waitUntil(lambda: beside.edition.current is not None and beside.second() is not None)
    assert beside.edition.current is not None
    assert (beside.edition.current.id, beside.edition.current.title) == (other.id, "B")


def test_tests_of_several_editions_go_to_the_seed_list(
    page: TemplatesPage, desk: Desk, made: Template, tmp_path: Path, qtbot: QtBot
) -> None:
    editions.add_arm(desk, made.id)
    page.tools.trials.send()
    qtbot.waitUntil(lambda: page.tools.trials.dialog is not None)
    asked = page.tools.trials.dialog
    assert asked is not None
    assert [(box.text(), box.isChecked()) for box in asked.choices] == [("A", True), ("B", False)]
    asked.box.setPlainText("one@shop.example\ntwo@shop.example")
    asked.choices[1].setChecked(True)
    asked.keep_box.setChecked(True)
    assert asked.go_on.text() == "Send 4 tests"
    asked.accept()
    qtbot.waitUntil(lambda: len(list((tmp_path / "outbox").rglob("*.eml"))) == 4)
    subjects = sorted(
        file.read_bytes().split(b"Subject: ")[1].split(b"]")[0] for file in (tmp_path / "outbox").rglob("*.eml")
    )
    assert subjects == [b"[TEST A", b"[TEST A", b"[TEST B", b"[TEST B"]
    qtbot.waitUntil(lambda: not page.bridge.busy)


def test_a_test_is_ended_and_decided_where_its_figures_are(
    page: TemplatesPage, window: Window, desk: Desk, made: Template, clock: FixedClock, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    editions.add_arm(desk, made.id)
    campaign = campaigns.launch(desk, campaigns.review(desk, (1,), made.id))
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    dialog = manager(page, qtbot)
    qtbot.waitUntil(dialog.panel.end.isVisible)
    assert not any(box.isEnabled() for box in dialog.shares)
    dialog.panel.end.click()
    qtbot.waitUntil(lambda: experiments.of_template(desk, made.id).experiment.ended_at is not None)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: any("verdict from" in words for words in texts(dialog.panel)))
    clock.advance(80 * 3600)
    dialog.refresh()
    qtbot.waitUntil(lambda: any("Not enough data" in words for words in texts(dialog.panel)))

    def reason(asked: ReasonDialog) -> int:
        asked.reason.setText("It reads better")
        return int(ReasonDialog.DialogCode.Accepted)

    monkeypatch.setattr(ReasonDialog, "exec", reason)
    press(dialog.panel, "Use B", qtbot)
    qtbot.waitUntil(lambda: editions.family(desk, made.id).arms == (0,))
    dialog.reject()
    window.open_page("campaigns", campaign_id=campaign.id)
    shown = window.page("campaigns")
    assert isinstance(shown, CampaignsPage)
    qtbot.waitUntil(lambda: shown.detail.tabs.isTabVisible(3))
    shown.detail.tabs.setCurrentIndex(3)
    qtbot.waitUntil(lambda: any("Not enough data" in words for words in texts(shown.detail.test)))
    assert any("B was chosen by" in words for words in texts(shown.detail.test))
    qtbot.waitUntil(lambda: not page.bridge.busy)
