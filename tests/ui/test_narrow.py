"""A window without room for everything: nothing lies over anything else."""

from pytestqt.qtbot import QtBot

from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.workspace import Workspace


def test_a_narrow_window_shows_one_side_of_the_mail_at_a_time(
    qtbot: QtBot, work: Workspace, composer: Composer
) -> None:
    window, sides = work.window(), composer.sides

    def shown() -> tuple[bool, ...]:
        return tuple(part.isVisible() for part in (composer.left, composer.right, sides.press))

    def apart() -> bool:
        first, second = [part for part in (composer.left, work.side, composer.right) if part.isVisible()]
        return first.geometry().right() < second.x() and second.geometry().right() <= work.split.width()

    work.renamed("A mail with a name that is as long as the whole window and then longer than that " * 2)
    try:
        window.resize(960, 640)
        qtbot.waitUntil(lambda: shown() == (False, True, True) and apart())
        qtbot.waitUntil(lambda: work.minimumSizeHint().width() <= work.width())
        sides.press.click()
        qtbot.waitUntil(lambda: shown() == (True, False, True) and apart())
        composer.editing.select("words")
        composer.edit_words()
        assert shown() == (False, True, True)
    finally:
        window.resize(1280, 800)
    qtbot.waitUntil(lambda: shown() == (True, True, False))
