"""Saved blocks in the window: kept, inserted, changed in one place, detached, edited everywhere. Real services."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from restock_desk.domain.document import reading, saved
from restock_desk.domain.document.saved import SavedBlock
from restock_desk.domain.document.tree import Document, freeze
from restock_desk.domain.templates import Template
from restock_desk.services import composing, journals, saved_blocks, templates
from restock_desk.services.desk import Desk
from restock_desk.services.readers import Whom
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.carried import packed, unpacked
from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.composer.outline_model import BADGES, DETAIL
from restock_desk.ui.saved_block_window import SavedBlockWindow, UsesDialog
from restock_desk.ui.template_dialogs import WordsDialog
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.workspace import Workspace
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.ui.composing import alone, letter
from tests.ui.conftest import MakeWindow


@pytest.fixture
def block(desk: Desk) -> SavedBlock:
    """A row with one heading, kept under the name “Promise”."""
    return saved_blocks.save(desk, "PROMISE", "Promise", letter().body[0])


@pytest.fixture
def mail(desk: Desk, block: SavedBlock) -> Template:
    variant = add_product(desk.store)
    add_interest(desk.store, add_subscriber(desk.store, "ana@example.com", first_name="Ana").id, variant.id)
    restock(desk.store)
    return templates.create(desk, "Letter", composing.draft_of(letter()))


@pytest.fixture
def work(qtbot: QtBot, make_window: MakeWindow, mail: Template) -> Iterator[Workspace]:
    window = make_window()
    window.open_page("templates", template_id=mail.id)
    page = window.page("templates")
    assert isinstance(page, TemplatesPage)
    qtbot.waitUntil(lambda: "PROMISE" in page.workspace.composer.saved_tiles.tiles)
    yield page.workspace
    page.workspace.keep_now()


@pytest.fixture
def composer(qtbot: QtBot, desk: Desk, bridge: Bridge, block: SavedBlock) -> Composer:
    """A composer without a window around it."""
    made = alone(qtbot, desk, bridge)
    qtbot.waitUntil(lambda: block.id in made.saved_tiles.tiles)
    return made


def slot_of(composer: Composer) -> tuple[Document, str]:
    document = composer.editing.document
    return document, next(node.id for node in document.walk() if node.type == "slot")


def linked(composer: Composer) -> str:
    """Press the tile with the first row selected; the id of the slot that came."""
    composer.editing.select(composer.editing.document.body[0].id)
    composer.saved_tiles.tiles["PROMISE"].click()
    return slot_of(composer)[1]


def test_a_tile_inserts_its_block_linked_and_the_outline_says_so(composer: Composer) -> None:
    id = linked(composer)
    document = composer.editing.document
    assert document.body[1].id == id == composer.editing.selection
    assert saved.entry_of(document, document.body[1]) == ("PROMISE", 1, True)
    lines = composer.outline.lines
    index = lines.index_of(id)
    assert (index.data(), index.data(DETAIL)) == ("Promise", "linked")
    assert "link" in index.data(BADGES)[0][0]
    composer.editing.undo()
    assert composer.editing.document == letter()


def test_with_alt_a_copy_comes_and_what_is_dropped_comes_to_its_place(composer: Composer) -> None:
    composer.saved_tiles.tiles["PROMISE"].wanted.emit("PROMISE", "copy")
    assert [node.type for node in composer.editing.document.body].count("slot") == 0
    assert len(composer.editing.document.body) == len(letter().body) + 1
    carried = unpacked(packed(fresh="slot:PROMISE"))
    assert carried
    composer.put(carried, composer.editing.document.body[0].id, "before")
    assert composer.editing.document.body[0].type == "slot"
    composer.editing.undo()
    composer.put(replace(carried, alone=True), composer.editing.document.body[0].id, "before")
    assert composer.editing.document.body[0].type == "section"
    assert not composer.editing.document.saved


def test_a_change_here_only_is_shown_and_set_back(qtbot: QtBot, composer: Composer) -> None:
    id = linked(composer)
    sheet = composer.properties._slot
    assert sheet is not None
    (field,) = [name for name in sheet.sheet.fields if name.endswith(".text")]
    sheet.sheet.edited.emit(field, freeze([{"t": "Only here"}]))
    slot = composer.editing.document.find(id)
    assert slot
    shown = saved.resolved(composer.editing.document, slot, composer.around.library)
    assert shown
    assert "Only here" in str([node.get("text") for node in shown.walk()])
    qtbot.waitUntil(sheet.sheet._resets[field].isEnabled)
    sheet.sheet._resets[field].click()
    qtbot.waitUntil(lambda: not sheet.sheet._resets[field].isEnabled())


def test_a_block_stays_with_its_version_follows_again_and_is_detached(
    qtbot: QtBot, desk: Desk, composer: Composer
) -> None:
    linked(composer)
    sheet = composer.properties._slot
    assert sheet is not None
    sheet.follow.click()
    saved_blocks.rename(desk, "PROMISE", "Our promise")
    composer.library.read()
    qtbot.waitUntil(lambda: sheet.newest.text() == "Use version 2")
    document, id = slot_of(composer)
    qtbot.waitUntil(lambda: composer.outline.lines.index_of(id).data(DETAIL) == "version 1")
    sheet.newest.click()
    sheet.follow.click()
    document, id = slot_of(composer)
    assert saved.entry_of(document, document.body[1]) == ("PROMISE", 2, True)
    sheet.detach.click()
    document = composer.editing.document
    assert document.body[1].type == "section"
    assert document.body[1].id == composer.editing.selection
    assert not document.saved


def test_the_selected_block_is_kept_under_a_name_and_linked_where_it_stood(
    qtbot: QtBot, desk: Desk, composer: Composer
) -> None:
    composer.editing.select("press")

    def answer() -> None:
        asked = QApplication.activeModalWidget()
        assert isinstance(asked, WordsDialog)
        asked.box.setText("Call to action")
        asked.accept()

    QTimer.singleShot(50, answer)
    composer.library.keep()
    qtbot.waitUntil(lambda: any(node.type == "slot" for node in composer.editing.document.walk()))
    assert [block.name for block in saved_blocks.saved_blocks(desk)] == ["Call to action", "Promise"]
    assert composer.editing.document.find("press") is None
    qtbot.waitUntil(lambda: len(composer.saved_tiles.tiles) == 2)


def test_a_copied_slot_brings_its_block_to_another_mail(composer: Composer) -> None:
    linked(composer)
    document, id = slot_of(composer)
    slot = document.find(id)
    assert slot
    carried = unpacked(packed((slot,), saved=document.saved))
    assert carried
    composer.show_document(letter())
    composer.editing.paste(carried.nodes, carried.saved)
    other, there = slot_of(composer)
    pasted = other.find(there)
    assert pasted
    assert saved.entry_of(other, pasted) == ("PROMISE", 1, True)


def test_editing_everywhere_saves_the_next_version_and_leaves_the_mail_as_it_is(
    qtbot: QtBot, desk: Desk, work: Workspace, block: SavedBlock
) -> None:
    composer = work.composer
    linked(composer)
    before = composer.editing.document
    composer.library.act("edit")
    (opened,) = work.findChildren(SavedBlockWindow)
    assert isinstance(opened, SavedBlockWindow)
    opened.composer.editing.set("head", ("text",), freeze([{"t": "Better words"}]))
    opened.save.click()
    qtbot.waitUntil(lambda: composer.around.library("PROMISE", None) != block)
    newest = saved_blocks.block(desk, "PROMISE")
    assert newest.version == 2
    assert "Better words" in str([node.get("text") for node in newest.node.walk()])
    assert composer.editing.document == before
    qtbot.waitUntil(lambda: work.mail is not None and "Better words" in work.mail.html)


def test_changes_to_a_saved_block_that_a_crash_left_are_offered_until_they_are_saved_or_left(
    qtbot: QtBot, desk: Desk, bridge: Bridge, composer: Composer, block: SavedBlock
) -> None:
    def opened() -> SavedBlockWindow:
        made = SavedBlockWindow(desk, bridge, block, letter(), Whom(), composer.left)
        made.open()
        return made

    def left() -> list[str]:
        found = composing.left_of_block(desk, block.id)
        return [str(body.get("text")) for one in found for body in one.found.document.walk() if body.id == "head"]

    first = opened()
    first.composer.editing.set("head", ("text",), freeze([{"t": "Typed"}]))
    (running,) = journals.folder_of(desk).glob("*.journal")
    shutil.copy(running, running.with_stem("crashed"))  # what a killed program would have left
    first.done(QDialog.DialogCode.Rejected)
    assert "Typed" in left()[0]

    opened().done(QDialog.DialogCode.Rejected)  # not answered: it stays
    second = opened()
    qtbot.waitUntil(second.kept_bar.isVisible)
    assert "older version" not in second.kept_bar.words.text()
    second.kept_bar.bring_back.click()
    head = second.composer.editing.document.find("head")
    assert head
    assert "Typed" in str(head.get("text"))
    assert second.save.isEnabled()
    assert left(), "it goes with the window"
    second.save.click()
    qtbot.waitUntil(lambda: second.result() == QDialog.DialogCode.Accepted)
    assert "Typed" in str([node.get("text") for node in saved_blocks.block(desk, block.id).node.walk()])
    assert left() == []
    assert list(journals.folder_of(desk).iterdir()) == []


def test_a_journal_that_takes_nothing_is_told_once(
    desk: Desk, bridge: Bridge, composer: Composer, expect_logs: Callable[[str], None]
) -> None:
    expect_logs("crash journal cannot be written")
    (desk.data_dir / "journals").write_text("in the way")
    composer.keeper.open(composer.editing.document, 1)
    told: list[str] = []
    composer.refused.connect(told.append)
    for words in ("One", "Two"):
        composer.editing.set("head", ("text",), freeze([{"t": words}]))
    assert len(told) == 1
    assert "the disk takes nothing" in told[0]
    composer.keeper.end()


def test_where_it_is_used_names_the_mails(
    qtbot: QtBot, desk: Desk, bridge: Bridge, composer: Composer, block: SavedBlock
) -> None:
    linked(composer)
    templates.create(desk, "Uses it", composing.draft_of(composer.editing.document))
    asked = UsesDialog(desk, bridge, block, composer.left)
    qtbot.waitUntil(lambda: asked.list.count() == 1)
    assert "Uses it" in asked.list.item(0).text()
    asked.close()


def test_a_saved_block_is_put_away_and_mails_keep_it(qtbot: QtBot, desk: Desk, composer: Composer) -> None:
    linked(composer)
    composer.library.act("archive", "PROMISE")
    qtbot.waitUntil(lambda: not composer.saved_tiles.tiles)
    assert reading.parse(reading.serialise(composer.editing.document)) == composer.editing.document
    qtbot.waitUntil(lambda: composer.around.library("PROMISE", None) is not None)
