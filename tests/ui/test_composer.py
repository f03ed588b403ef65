"""The composer in the window: add, move, change, undo, keep. Real services, a real window; the mail follows."""

from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restock_desk.domain.document import operations, reading
from restock_desk.domain.document.operations import Remove
from restock_desk.domain.document.rich import plain
from restock_desk.domain.document.tree import thaw
from restock_desk.domain.templates import Draft, Problem, Severity, Template, TemplateKind
from restock_desk.services import drafts, journals, templates
from restock_desk.services.desk import Desk
from restock_desk.ui.composer.carried import BLOCK, packed, unpacked
from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.composer.findings import USUAL
from restock_desk.ui.composer.outline_model import DETAIL
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.workspace import Workspace, load
from tests.ui.composing import document_of, letter, types


@pytest.fixture
def desk(lasting_desk: Desk) -> Desk:
    return lasting_desk


def test_a_document_opens_in_the_composer_and_a_source_in_its_editor(
    qtbot: QtBot, desk: Desk, work: Workspace, composer: Composer
) -> None:
    assert composer.is_open
    assert composer.left.isVisible()
    assert work.writing.isHidden()
    draft = Draft(TemplateKind.HTML, "<p>{{ product.title }} {{ links.unsubscribe }}</p>", "Back")
    made = templates.create(desk, "Source", draft)
    loaded = load(desk, made.id)
    assert loaded is not None
    work.load(loaded)
    assert composer.left.isHidden()
    assert work.writing.isVisible()


def test_a_tile_adds_its_block_behind_the_selected_one_and_selects_it(work: Workspace, composer: Composer) -> None:
    composer.editing.select("words")
    composer.palette.tiles["divider"].click()
    assert types(document_of(work)) == ["heading", "text", "divider", "button", "footer"]
    node = composer.editing.node
    assert node is not None
    assert node.type == "divider"
    assert work.unsaved


def test_without_a_selection_a_block_comes_above_the_footer(work: Workspace, composer: Composer) -> None:
    composer.palette.tiles["section:1-2"].click()
    made = document_of(work).body[-2]
    assert (made.type, made.get("layout"), len(made.children("columns"))) == ("section", "1-2", 2)


def test_the_search_finds_a_tile_and_enter_adds_it(work: Workspace, composer: Composer) -> None:
    composer.palette.search.setText("coup")
    QTest.keyClick(composer.palette.search, Qt.Key.Key_Return)
    assert "code" in types(document_of(work))


def test_keys_of_the_outline_move_copy_and_remove(work: Workspace, composer: Composer) -> None:
    composer.editing.select("words")
    composer.outline.setFocus()
    QTest.keyClick(composer.outline, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert types(document_of(work))[:2] == ["heading", "text"]
    assert document_of(work).index["words"].parent == "c-head"
    QTest.keyClick(composer.outline, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert types(document_of(work))[:3] == ["heading", "text", "text"]
    QTest.keyClick(composer.outline, Qt.Key.Key_Delete)
    assert types(document_of(work))[:3] == ["heading", "text", "button"]


def test_blocks_are_copied_cut_and_pasted(work: Workspace, composer: Composer) -> None:
    composer.editing.select("press")
    composer.outline.setFocus()
    QTest.keyClick(composer.outline, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    data = QApplication.clipboard().mimeData()
    assert data.text() == "View"
    composer.editing.select("head")
    QTest.keyClick(composer.outline, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert types(document_of(work))[:2] == ["heading", "button"]
    assert composer.editing.selection not in ("press", "")
    QTest.keyClick(composer.outline, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    assert types(document_of(work)) == types(letter())
    assert composer.editing.history.done[-1].label == "Cut button"


def test_a_row_dragged_in_the_outline_goes_where_it_is_dropped(work: Workspace, composer: Composer) -> None:
    lines = composer.outline.lines
    data = lines.mimeData([lines.index_of("press")])
    holder = lines.index_of("s-head")
    assert lines.canDropMimeData(data, Qt.DropAction.MoveAction, 0, 0, holder)
    lines.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, holder)
    column = document_of(work).index["c-head"].node
    assert [node.id for node in column.children("blocks")] == ["press", "head"]
    assert composer.editing.history.done[-1].label == "Move button"


def test_a_tile_dropped_between_rows_gets_a_row_of_its_own(work: Workspace, composer: Composer) -> None:
    lines = composer.outline.lines
    lines.dropMimeData(packed(fresh="spacer"), Qt.DropAction.CopyAction, 1, 0, QModelIndex())
    made = document_of(work).body[1]
    assert made.children("columns")[0].children("blocks")[0].type == "spacer"


def test_strange_drags_are_refused(work: Workspace, composer: Composer) -> None:
    lines = composer.outline.lines
    for raw in (b"{", b"[]", b'{"blocks": [{"id": "x"}], "moves": "", "fresh": ""}', b"x" * 700_000):
        data = packed()
        data.setData(BLOCK, raw)
        assert unpacked(data) is None
        assert not lines.dropMimeData(data, Qt.DropAction.CopyAction, 0, 0, QModelIndex())
    assert not work.unsaved


def test_a_property_changes_the_mail(qtbot: QtBot, work: Workspace, composer: Composer) -> None:
    composer.editing.select("head")
    field: Any = composer.properties._sheets["heading"].style_sheet.fields["style.size"]
    field.box.setFocus()
    QTest.keyClicks(field.box, "41")
    assert document_of(work).index["head"].node.get("style.size") == 41
    qtbot.waitUntil(lambda: work.mail is not None and "41px" in work.mail.html)


def test_typing_is_one_step_that_undo_names_and_takes_back(work: Workspace, composer: Composer) -> None:
    composer.editing.select("head")
    composer.edit_words()
    field: Any = composer.properties._sheets["heading"].sheet.fields["text"]
    QTest.keyClicks(field.box, "!!!")
    assert [step.label for step in composer.editing.history.done] == ["Change text of heading"]
    assert "Change text of heading" in composer.undo.toolTip()
    QTest.keyClick(field.box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert thaw(document_of(work).index["head"].node.get("text")) == [{"t": "Good news"}]
    assert field.box.toPlainText() == "Good news"
    QTest.keyClick(field.box, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert field.box.toPlainText() == "Good news!!!"


def test_while_words_are_typed_focus_cursor_and_scroll_stay_and_the_outline_follows(
    qtbot: QtBot, work: Workspace, composer: Composer
) -> None:
    composer.editing.select("words")
    composer.edit_words()
    field: Any = composer.properties._sheets["text"].sheet.fields["text"]
    bar = composer.properties.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 40)
    bar.setValue(40)
    scrolled: list[float] = []
    engine = work.pane.engine
    assert engine is not None
    engine.scrolled.connect(scrolled.append)
    with qtbot.waitSignal(engine.shown):
        QTest.keyClicks(field.box, " dear")
    row = composer.outline.lines.index_of("words")
    qtbot.waitUntil(lambda: "dear" in str(row.data(DETAIL)))
    assert field.box.hasFocus()
    assert field.box.textCursor().atEnd()
    assert (bar.value(), scrolled) == (40, [])
    assert composer.outline.currentIndex() == row


def test_an_undo_at_once_takes_a_number_back_in_its_field_too(composer: Composer) -> None:
    composer.editing.select("head")
    field: Any = composer.properties._sheets["heading"].style_sheet.fields["style.size"]
    QTest.keyClicks(field.box, "41")
    assert field.box.text() == "41"
    QTest.keyClick(field.box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert field.box.text() == ""


def test_the_history_goes_back_to_any_step(work: Workspace, composer: Composer) -> None:
    composer.show_panel("steps")
    for key in ("spacer", "divider", "image"):
        composer.palette.tiles[key].click()
        composer.show_panel("steps")
    assert [composer.steps.list.item(n).text().split("   ")[0] for n in range(4)] == [
        "Add picture",
        "Add line",
        "Add space",
        "As opened",
    ]
    composer.steps.list.itemClicked.emit(composer.steps.list.item(2))
    assert [step.label for step in composer.editing.history.done] == ["Add space"]
    composer.steps.list.itemClicked.emit(composer.steps.list.item(0))
    assert len(composer.editing.history.done) == 3


def test_the_settings_change_the_subject(work: Workspace, composer: Composer) -> None:
    composer.show_panel("mail")
    field: Any = composer.settings.sheet.fields["subject"]
    field.focus_first()
    QTest.keyClicks(field.box, "It is back")
    assert work.draft.subject == "It is back"


def test_a_problem_leads_to_its_block_or_setting(work: Workspace, composer: Composer) -> None:
    work.findings.picked.emit(Problem("x", Severity.ERROR, "No link.", block="press"))
    assert composer.editing.selection == "press"
    work.findings.picked.emit(Problem("x", Severity.ERROR, "No subject.", where="subject"))
    assert composer.stack.currentWidget() is composer.settings


def test_problems_are_counted_in_one_line_and_the_list_is_as_high_as_it_was_drawn(
    qtbot: QtBot, work: Workspace, templates_page: TemplatesPage
) -> None:
    below = work.findings

    def as_drawn() -> bool:
        below.set_height(200)
        return abs(below.problems.height() - 200) < 4

    picture = Problem("x", Severity.ERROR, "No words.", line=40, block="press")
    below.show_problems((picture, Problem("y", Severity.WARNING, "No subject.", where="subject")))
    assert not below.problems.isVisible()
    assert [button.text() for button in below.counts.values() if button.isVisible()] == ["1 error", "1 warning"]
    QTest.keyClick(work, Qt.Key.Key_F8)
    assert below.problems.isVisible()
    assert below.problems.detail.problem == picture
    assert below.problems._list.item(0).text() == "Button: No words."  # a document has no lines
    assert below.problems.height() <= 140
    qtbot.waitUntil(as_drawn)  # as soon as everything around it has its place
    below.fold.click()
    assert not below.problems.isVisible()
    below.counts[Severity.WARNING].click()
    assert abs(below.problems.height() - 200) < 4
    assert templates_page.save_state()["problems"] == 200
    below.show_problems(())
    assert not below.problems.isVisible()
    below.set_height(USUAL)


def test_what_a_reader_does_not_see_stays_in_the_outline_with_the_reason(
    qtbot: QtBot, work: Workspace, composer: Composer
) -> None:
    composer.editing.set("press", ("when",), {"var": "variant.stock", "op": "lt", "value": 1})
    qtbot.waitUntil(lambda: "press" in composer.outline.lines.hidden)
    assert "variant.stock is" in composer.outline.lines.hidden["press"]


def test_an_edit_that_is_not_allowed_is_refused_with_a_sentence(composer: Composer) -> None:
    said: list[str] = []
    composer.refused.connect(said.append)
    assert not composer.editing.set("head", ("level",), 9)
    assert said == ["Level lies between 1 and 3."]


def test_saving_writes_a_version_and_begins_another_step(
    qtbot: QtBot, desk: Desk, work: Workspace, mail: Template
) -> None:
    composer = work.composer
    composer.palette.tiles["divider"].click()
    page: Any = work.window().page("templates")  # type: ignore[attr-defined]  # the window of the fixture
    page.tools.save("With a line")
    qtbot.waitUntil(lambda: not work.unsaved)
    newest = templates.versions(desk, mail.id)[0]
    assert (newest.number, newest.label) == (2, "With a line")
    assert "divider" in types(reading.parse(newest.draft.source))
    assert composer.editing.history.closed


def test_what_a_crash_left_is_offered_and_brought_back(work: Workspace, desk: Desk, mail: Template) -> None:
    document = letter()
    journal = journals.begin(desk, "crashed", document, mail.id)
    after, _ = operations.apply(document, (Remove("press"),))
    journal.append((Remove("press"),), after)
    journal.close(keep=True)
    loaded = load(desk, mail.id)
    assert loaded is not None
    work.load(loaded)
    assert work.kept_bar.isVisible()
    assert "older version" not in work.kept_bar.words.text()
    work.kept_bar.bring_back.click()
    assert types(document_of(work)) == ["heading", "text", "footer"]
    assert journals.leftovers(journals.folder_of(desk)) == []


def test_every_edit_is_in_the_journal_before_the_picture(work: Workspace, desk: Desk, composer: Composer) -> None:
    composer.editing.select("press")
    composer.editing.remove()
    files = list(journals.folder_of(desk).glob("*.journal"))
    assert len(files) == 1
    assert b'"op":"remove","id":"press"' in files[0].read_bytes()
    work.keep_now()
    assert not files[0].exists()
    kept = drafts.kept(desk, work.template.id if work.template else 0)
    assert kept is not None


def test_the_fix_of_a_problem_is_one_step_that_can_be_undone(qtbot: QtBot, work: Workspace, composer: Composer) -> None:
    panel = work.findings.problems
    qtbot.waitUntil(lambda: any(p.rule == "subj.empty" for p in panel.shown))
    before = composer.editing.document
    panel.choose(next(p for p in panel.shown if p.rule == "subj.empty"))
    panel.detail.fix.click()
    assert plain(composer.editing.document.setting("subject")) == "‹product.title› is back in stock"
    assert composer.editing.history.done[-1].label == "Name the product"
    qtbot.waitUntil(lambda: all(p.rule != "subj.empty" for p in panel.shown))
    composer.editing.undo()
    assert composer.editing.document == before
