"""What tests of the window share: a runner and a bridge that end with the test, and quiet waiting for them."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")

from PySide6.QtWidgets import QApplication

from restock_desk.jobs import JobRunner
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import start, theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.window import Window

MakeWindow = Callable[[], Window]


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
