"""The versions of a document: what changed block by block, with both pictures; an old one brought back."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from restock_desk.domain.document import operations
from restock_desk.domain.document.operations import Remove, Set
from restock_desk.domain.document.tree import freeze
from restock_desk.domain.templates import Template
from restock_desk.services import composing, templates
from restock_desk.services.desk import Desk
from restock_desk.ui.history import HistoryDialog
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.workspace import Workspace
from tests.ui.composing import document_of, letter, types
from tests.ui.test_preview_hardening import ask

FRAMES = """[...document.documentElement.querySelectorAll(':scope > div > div')]
.filter(piece => piece.style.borderStyle.startsWith('solid')).length"""


@pytest.fixture
def dialog(
    qtbot: QtBot, lasting_desk: Desk, mail: Template, work: Workspace, templates_page: TemplatesPage
) -> Iterator[HistoryDialog]:
    """Two versions: other words in the heading, and no button."""
    edits = (Set("head", ("text",), freeze([{"t": "Great news"}])), Remove("press"))
    after, _ = operations.apply(letter(), edits)
    templates.save(lasting_desk, mail.id, composing.draft_of(after), "Without a button")
    templates_page.tools.show_versions()
    found = [one for one in work.findChildren(HistoryDialog) if one.isVisible()]
    assert len(found) == 1
    qtbot.waitUntil(lambda: found[0].list.count() == 2)
    yield found[0]
    for left in work.findChildren(HistoryDialog):
        left.close()


def words(qtbot: QtBot, dialog: HistoryDialog) -> list[str]:
    """What stands in the pictures, the older version's first."""
    return [str(ask(qtbot, engine, "document.body.innerText")) for engine in dialog.blocks.stage.engines]


def test_what_changed_is_told_block_by_block_beside_both_pictures(qtbot: QtBot, dialog: HistoryDialog) -> None:
    blocks = dialog.blocks
    assert dialog.views.currentWidget() is blocks
    assert dialog.count.text() == f"{len(blocks.changes)} changes"
    told = [blocks.list.item(row).text() for row in range(blocks.list.count())]
    assert "Changed: Heading\nText: “Good news” → “Great news”" in told
    assert any(line.startswith("Removed: Button") for line in told)
    qtbot.waitUntil(lambda: len(blocks.stage.engines) == 2 and blocks.stage.idle)

    def holding(*sought: str) -> list[list[bool]]:
        return [[one in shown for one in sought] for shown in words(qtbot, dialog)]

    qtbot.waitUntil(lambda: holding("Good news", "Great news", "View") == [[True, False, True], [False, True, False]])


def test_a_chosen_change_is_framed_in_both_pictures(qtbot: QtBot, dialog: HistoryDialog) -> None:
    blocks = dialog.blocks
    qtbot.waitUntil(lambda: len(blocks.stage.engines) == 2 and blocks.stage.idle)

    def framed() -> list[object]:
        return [ask(qtbot, engine, FRAMES) for engine in blocks.stage.engines]

    rows = {change.id: row for row, change in enumerate(blocks.changes)}
    blocks.list.setCurrentRow(rows["head"])
    qtbot.waitUntil(lambda: framed() == [1, 1])
    blocks.list.setCurrentRow(rows["press"])
    qtbot.waitUntil(lambda: framed() == [1, 0])


def test_the_same_is_told_line_by_line(qtbot: QtBot, dialog: HistoryDialog) -> None:
    dialog.how.set_value("lines")
    dialog.how.chosen.emit("lines")
    qtbot.waitUntil(lambda: "Great news" in dialog.left.toPlainText())
    assert any(line.startswith("−") and "Good news" in line for line in dialog.left.toPlainText().splitlines())
    dialog.side.click()
    assert "Great news" in dialog.right.toPlainText()
    assert "Great news" not in dialog.left.toPlainText()


def test_an_old_version_comes_back_as_a_new_one_and_is_shown(
    qtbot: QtBot, dialog: HistoryDialog, lasting_desk: Desk, mail: Template, work: Workspace
) -> None:
    assert not dialog.restore.isEnabled()
    dialog.list.setCurrentRow(1)
    dialog.restore.click()
    qtbot.waitUntil(lambda: work.version is not None and work.version.number == 3)
    assert [version.number for version in templates.versions(lasting_desk, mail.id)] == [3, 2, 1]
    assert types(document_of(work)) == types(letter())
    assert work.composer.editing.document == letter()
    assert not work.unsaved
