"""Keys in the composer's texts beside those of the window: each does one thing."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.composer.rich_edit import RichEdit
from restock_desk.ui.workspace import Workspace


def test_ctrl_k_in_a_text_asks_for_a_link_and_no_other_key_of_it_is_one_of_the_window(
    qtbot: QtBot, work: Workspace, composer: Composer
) -> None:
    composer.editing.select("words")
    composer.edit_words()
    box = QApplication.focusWidget()
    assert isinstance(box, RichEdit)
    asked: list[bool] = []
    box.link_asked.connect(lambda: asked.append(True))
    box.selectAll()
    QTest.keyClick(box, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    popover = QApplication.activePopupWidget()
    assert (asked, popover is not None) == ([True], True)
    assert popover is not None
    popover.close()
    own = {key.key() for key in box.findChildren(QShortcut)}
    around = {keys for action in work.window().findChildren(QAction) for keys in action.shortcuts()}
    around |= {key.key() for key in work.window().findChildren(QShortcut) if not isinstance(key.parent(), RichEdit)}
    assert QKeySequence("Ctrl+B") in own
    assert own & around == set()
