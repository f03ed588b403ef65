"""A window offscreen in a process of its own, in which somebody types until the process is killed. See `test_typing`.

Arguments: the database, the folder of its files, the template, and the saved block where one is edited. Lines of JSON
on standard output: first what the window offered of an earlier session, then after each key the words in the field and
when it had them.
"""

import itertools
import json
import socket
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from restock_desk.domain.document.rich import plain
from restock_desk.domain.staff import Actor
from restock_desk.jobs import JobRunner
from restock_desk.services import saved_blocks
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.store import open_store
from restock_desk.ui import start, theme
from restock_desk.ui.saved_block_window import SavedBlockWindow
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.window import Window
from restock_desk.ui.workspace import Workspace

BLOCK = "head"
"""The block of a document whose words are typed."""
_EVERY_MS = 12
_OFFERED_MS = 1_500
"""So long after it was opened a saved block's window has offered what there is."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Said:
    """`words` are in the field, or were offered; `at` is `time.monotonic`, which all processes share."""

    words: str
    at: float
    offered: bool = False


def main(url: str, folder: str, template: int, block: str = "") -> None:
    app = start.make_app()
    theme.apply(app, "light")
    host = f"{socket.gethostname()}:1:1"
    desk = Desk(open_store(url), Actor("typist"), lambda: datetime.now(UTC), lambda _: None, Path(folder), "", host)
    window = Window(desk, JobRunner(), Settings())
    window.show()
    window.open_page("templates", template_id=template)
    page = window.page("templates")
    assert isinstance(page, TemplatesPage)
    typing = QTimer()
    keys = itertools.cycle(_LETTERS)

    def begin() -> None:
        work = page.workspace
        if work.template is None or work.mail is None:
            return
        waiting.stop()
        if not block:
            type_in(work)
            return
        kept = saved_blocks.block(desk, block)
        opened = SavedBlockWindow(desk, window.bridge, kept, work.composer.editing.document, work.live.whom, work)
        opened.open()
        QTimer.singleShot(_OFFERED_MS, opened, lambda: type_in(opened))

    def type_in(place: Workspace | SavedBlockWindow) -> None:
        offered = place.kept_bar.isVisible()
        if offered:
            place.kept_bar.bring_back.click()
        say(Said(words_of(place) if offered else "", time.monotonic(), offered))
        field = field_of(place)
        field.setFocus()
        field.selectAll()
        typing.timeout.connect(lambda: strike(field))
        typing.start(_EVERY_MS)

    def strike(field: QTextEdit | QPlainTextEdit) -> None:
        QTest.keyClicks(field, next(keys))
        say(Said(field.toPlainText(), time.monotonic()))

    waiting = QTimer()
    waiting.timeout.connect(begin)
    waiting.start(10)
    app.exec()


def field_of(place: Workspace | SavedBlockWindow) -> QTextEdit | QPlainTextEdit:
    """Where the words are typed: the field of a heading, or a source."""
    if isinstance(place, Workspace) and not place.composer.is_open:
        return place.writing.source
    place.composer.editing.select(BLOCK)
    place.composer.edit_words()
    found = [box for box in place.composer.properties.findChildren(QTextEdit) if box.isVisible()]
    return found[0]


def words_of(place: Workspace | SavedBlockWindow) -> str:
    """What the open draft holds there."""
    if isinstance(place, Workspace) and not place.composer.is_open:
        return place.draft.source
    node = place.composer.editing.document.find(BLOCK)
    assert node is not None
    return plain(node.get("text"))


def say(said: Said) -> None:
    print(json.dumps(asdict(said)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
