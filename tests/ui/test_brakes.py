"""The kill switch from everywhere in the window, the bar of a copied database, and the Limits of the settings."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStackedWidget
from pytestqt.qtbot import QtBot

from restock_desk.domain.limits import Limits, QuietWindow, RouteLimit, route
from restock_desk.jobs import JobRunner
from restock_desk.services import campaigns, home, limits, staff
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.store import home as homes
from restock_desk.ui import theme
from restock_desk.ui.campaigns import CampaignsPage
from restock_desk.ui.settings_limits import LimitsSection
from restock_desk.ui.window import Window
from tests.campaigning import launched
from tests.ui.walk import nameless


@pytest.fixture
def placed(desk: Desk, tmp_path: Path) -> Desk:
    """A desk on a machine that has a name."""
    return replace(desk, machine="laptop", state_dir=tmp_path)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, placed: Desk, runner: JobRunner) -> Iterator[Window]:
    theme.apply(qapp, "light")
    made = Window(placed, runner, Settings())
    qtbot.addWidget(made)
    made.show()
    made.open_page("catalog")
    yield made
    made.close()


def stopped(desk: Desk) -> bool:
    return limits.stopped(desk) is not None


def test_one_key_stops_all_sending_and_the_window_turns_red(qtbot: QtBot, window: Window, placed: Desk) -> None:
    window.brakes.start()
    assert window.brakes.isHidden()
    QTest.keyClick(window, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: stopped(placed))
    qtbot.waitUntil(window.brakes.isVisible)
    assert "All sending is stopped by" in window.brakes.words.text()
    assert window.brakes.press.isHidden()
    assert nameless(window) == []


def test_lifting_it_wants_a_reason_and_is_in_the_trail(qtbot: QtBot, window: Window, placed: Desk) -> None:
    limits.stop(placed, "Wrong price")
    window.brakes.look()
    qtbot.waitUntil(window.brakes.isVisible)
    assert "“Wrong price”" in window.brakes.words.text()
    window.brakes.lift.click()
    dialog = window.brakes.asking
    assert not dialog.go_on.isEnabled()
    dialog.reason.setText("The price is right now")
    dialog.go_on.click()
    qtbot.waitUntil(lambda: not stopped(placed))
    qtbot.waitUntil(window.brakes.isHidden)
    assert staff.entries(placed)[0].reason == "The price is right now"


def test_a_switch_pulled_on_another_machine_is_seen(qtbot: QtBot, window: Window, placed: Desk) -> None:
    window.brakes.start()
    limits.stop(placed)
    qtbot.waitUntil(window.brakes.isVisible)


def test_a_copied_database_says_so_and_can_be_confirmed(qtbot: QtBot, window: Window, placed: Desk) -> None:
    elsewhere = {"machine": "desktop", "path": "/old/desk.db", "file": "1:2"}
    with placed.store.unit() as u:
        homes.settle(u, elsewhere, 1)
        u.commit()
    window.brakes.look()
    qtbot.waitUntil(window.brakes.isVisible)
    assert window.brakes.words.text() == "This database is a copy: it last sent from /old/desk.db."
    window.brakes.confirm.click()
    window.brakes.asking.reason.setText("We moved")
    window.brakes.asking.go_on.click()
    qtbot.waitUntil(window.brakes.isHidden)
    assert home.place(placed).why == ""


def section(qtbot: QtBot, window: Window) -> LimitsSection:
    window.open_page("settings", section="Limits")
    pile = window.page("settings").findChild(QStackedWidget)
    assert pile is not None
    found = pile.currentWidget()
    assert isinstance(found, LimitsSection)
    qtbot.waitUntil(lambda: found.reserve.value() == Limits().reserve_mb)
    return found


def test_limits_are_set_in_the_settings_and_can_be_undone(qtbot: QtBot, window: Window, placed: Desk) -> None:
    page = section(qtbot, window)
    assert nameless(page) == []
    assert not page.save.isEnabled()
    page.rate.setValue(14)
    page.cap.setValue(500)
    page.quiet.setText("22:00-08:00")
    page.shares["hard"].setValue(3)
    page.save.click()
    expected = replace(
        Limits(),
        routes={route(placed.transport): RouteLimit(rate_per_s=14)},
        campaign_per_hour=500,
        quiet=(QuietWindow(1320, 480),),
        breakers=replace(Limits().breakers, hard=0.03),
    )
    qtbot.waitUntil(lambda: limits.limits(placed) == expected)
    qtbot.waitUntil(lambda: window.undo_stack.canUndo())
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: limits.limits(placed) == Limits())


def test_what_cannot_be_read_is_said_and_not_saved(qtbot: QtBot, window: Window) -> None:
    page = section(qtbot, window)
    page.quiet.setText("at night")
    assert not page.save.isEnabled()
    assert page.wrong.text().startswith("Write quiet windows")
    page.quiet.setText("22:00-08:00")
    assert page.save.isEnabled()
    assert page.wrong.text() == ""


def test_one_campaign_gets_limits_of_its_own(qtbot: QtBot, window: Window, placed: Desk) -> None:
    campaign = launched(placed, rate=5)
    window.open_page("campaigns", campaign=campaign.id)
    page = window.page("campaigns")
    assert isinstance(page, CampaignsPage)
    qtbot.waitUntil(lambda: page.detail.acts.limit.isVisible())
    page.detail.acts.limit.click()
    dialog = page.detail.acts.limits
    assert (dialog.rate.value(), nameless(dialog)) == (5, [])
    dialog.cap.setValue(300)
    dialog.go.click()
    qtbot.waitUntil(lambda: campaigns.campaign(placed, campaign.id).per_hour == 300)
    assert campaigns.campaign(placed, campaign.id).rate_limit_per_s == 5
