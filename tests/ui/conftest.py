"""What tests of the window share: a runner and a bridge that end with the test, and quiet waiting for them."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QDialog

from restock_desk.domain.templates import Template
from restock_desk.jobs import JobRunner
from restock_desk.services import composing, templates
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import start, theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.window import Window
from restock_desk.ui.workspace import Workspace
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.ui.composing import letter

MakeWindow = Callable[[], Window]
_letters = count(1)


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    made.close()


@pytest.fixture
def bridge(qapp: QApplication, runner: JobRunner) -> Iterator[Bridge]:
    theme.apply(qapp, "light")
    sys.setswitchinterval(start.SWITCH_S)
    made = Bridge(runner)
    yield made
    made.close()


@pytest.fixture
def make_window(qtbot: QtBot, qapp: QApplication, desk: Desk) -> Iterator[MakeWindow]:
    runners: list[JobRunner] = []
    windows: list[Window] = []

    def made() -> Window:
        theme.apply(qapp, "light")
        runners.append(JobRunner())
        window = Window(desk, runners[-1], Settings())
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(1280, 800)
        window.show()
        return window

    yield made
    for window in windows:
        window.close()
    for runner in runners:
        runner.close()


@pytest.fixture(scope="module")
def lasting_window(qapp: QApplication, lasting_desk: Desk) -> Iterator[Window]:
    """A window that the tests of a module share: one takes long to build."""
    theme.apply(qapp, "light")
    runner = JobRunner()
    _fill(runner)
    window = Window(lasting_desk, runner, Settings())
    window.resize(1280, 800)
    window.show()
    yield window
    window.tasks.close()
    window.close()
    window.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    runner.close()


@pytest.fixture(scope="module")
def lasting_page(lasting_window: Window) -> TemplatesPage:
    """Its Templates page, and with that one browser engine."""
    lasting_window.open_page("templates")
    page = lasting_window.page("templates")
    assert isinstance(page, TemplatesPage)
    return page


@pytest.fixture
def templates_page(qtbot: QtBot, lasting_page: TemplatesPage) -> Iterator[TemplatesPage]:
    """That page in front, with nothing open; afterwards it is brought back to how it began."""
    window, work = lasting_page.window(), lasting_page.workspace
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield lasting_page
    for dialog in window.findChildren(QDialog):
        dialog.close()
    pane = work.pane
    pane.tabs.setCurrentIndex(0)
    work.writing.tabs.setCurrentIndex(0)
    if pane.modes.side:
        pane.modes.set_compare("")
    for segments, usual in ((pane.modes.looks, "light"), (pane.modes.widths, "0")):
        if segments.value != usual:
            segments.set_value(usual)
            segments.chosen.emit(usual)
    for button in (pane.modes.images, pane.modes.room):
        button.setChecked(False)
    work.leave()
    work.who.subscriber_id, work.who.event_ids = None, ()
    work.who._lay_case("")


@pytest.fixture(scope="module")
def ana_waits(lasting_desk: Desk) -> None:
    """Of that window's shop: Ana waits for what is back."""
    store = lasting_desk.store
    add_interest(store, add_subscriber(store, "ana@example.com", first_name="Ana").id, add_product(store).id)
    restock(store)


def _fill(runner: JobRunner) -> None:
    """Let every thread of the lanes begin now: none of them is one that a test left."""
    for lane, pool in runner.lanes.items():
        together = threading.Barrier(pool._max_workers)
        for begun in [runner.run(lane, together.wait) for _ in range(pool._max_workers)]:
            begun.result()


@pytest.fixture
def mail(lasting_desk: Desk, ana_waits: None) -> Template:
    """A document of that shop."""
    return templates.create(lasting_desk, f"Letter {next(_letters)}", composing.draft_of(letter()))


@pytest.fixture
def work(qtbot: QtBot, templates_page: TemplatesPage, mail: Template) -> Workspace:
    """That document, open in the composer and in its picture."""
    made = opened(qtbot, templates_page, mail)
    qtbot.waitUntil(templates_page.window().isActiveWindow)  # a browser engine that starts takes it out of front
    made.composer.show_panel("block")
    return made


def opened(qtbot: QtBot, page: TemplatesPage, template: Template) -> Workspace:
    """The workspace with this template, once it is in the picture."""
    page.open(template_id=template.id)
    work = page.workspace
    qtbot.waitUntil(lambda: work.template is not None and work.template.id == template.id)
    qtbot.waitUntil(lambda: work.mail is not None and work.pane.settled and not work.live.busy)
    return work


@pytest.fixture
def composer(work: Workspace) -> Composer:
    return work.composer
