"""What tests of the window share: a runner and a bridge that end with the test, and quiet waiting for them."""

import os
import sys
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")

from PySide6.QtWidgets import QApplication

from restock_desk.jobs import JobRunner
from restock_desk.ui import start, theme
from restock_desk.ui.bridge import Bridge


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
