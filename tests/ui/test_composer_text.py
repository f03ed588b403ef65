"""The rich text field: runs come out as they went in; chips, paste, marks, links, and what a variable falls back to."""

from typing import Any

import pytest
from hypothesis import given, settings
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.rich import checked_runs
from restock_desk.domain.document.tree import Json, freeze, thaw
from restock_desk.ui import theme
from restock_desk.ui.composer import pasted, rich_text
from restock_desk.ui.composer.around import Around, label_of
from restock_desk.ui.composer.rich_field import RichField
from restock_desk.ui.composer.variable_picker import RUNS
from tests.documents import makers

NAME: dict[str, Any] = {"v": "subscriber.first_name", "fallback": "there"}


@pytest.fixture
def field(qtbot: QtBot, qapp: QApplication) -> RichField:
    theme.apply(qapp, "light")
    made = RichField(FieldSpec("text", "rich", "Text", ()), Around())
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show()
    return made


def runs(*found: object) -> Json:
    return checked_runs(freeze(list(found)), ())


def told(field: RichField) -> list[Any]:
    heard: list[Any] = []
    field.edited.connect(lambda value: heard.append(thaw(value)))
    return heard


def select_all(field: RichField) -> None:
    field.box.selectAll()


@settings(max_examples=80)
@given(makers())
def test_what_is_shown_is_read_back_as_it_was(qapp: QApplication, maker: Any) -> None:
    wanted = checked_runs(freeze(maker.runs()), ())
    wanted = checked_runs(freeze([_letters(run) for run in thaw(wanted)]), ())
    document = QTextDocument()
    rich_text.fill(document, wanted)
    assert rich_text.read(document) == wanted


def _letters(run: dict[str, Any]) -> dict[str, Any]:
    """Line separators of other systems are line ends here."""
    return {**run, "t": run["t"].translate({0x2028: "\n", 0x2029: "\n", 0xFFFC: ""})} if "t" in run else run


def test_typing_tells_the_runs(field: RichField) -> None:
    heard = told(field)
    field.show_value(runs({"t": "Hello "}, NAME))
    assert heard == []
    field.focus_first()
    QTest.keyClicks(field.box, "!")
    assert heard == [[{"t": "Hello "}, NAME, {"t": "!"}]]


def test_a_variable_is_one_letter_and_goes_with_one_key(field: RichField) -> None:
    field.show_value(runs({"t": "Hello "}, NAME))
    heard = told(field)
    field.focus_first()
    QTest.keyClick(field.box, Qt.Key.Key_Backspace)
    assert heard == [[{"t": "Hello "}]]


def test_bold_marks_the_selection_and_takes_the_mark_away_again(field: RichField) -> None:
    field.show_value(runs({"t": "Hello "}, NAME))
    heard = told(field)
    select_all(field)
    field.toggle("b")
    assert heard[-1] == [{"t": "Hello ", "m": ["b"]}, {**NAME, "m": ["b"]}]
    select_all(field)
    field.toggle("b")
    assert heard[-1] == [{"t": "Hello "}, NAME]


def test_a_link_leads_where_the_popover_says(field: RichField) -> None:
    field.show_value(runs({"t": "Look here"}))
    heard = told(field)
    select_all(field)
    made = field.open_link()
    made.field.address.setText("https://shop.example/a")
    made.field.address.textEdited.emit("https://shop.example/a")
    made.close()
    assert heard[-1] == [{"t": "Look here", "link": "https://shop.example/a"}]


def test_chips_are_copied_with_their_fallback_and_as_words_for_others(field: RichField) -> None:
    field.show_value(runs({"t": "Hello ", "m": ["b"]}, NAME))
    select_all(field)
    carried = field.box.createMimeDataFromSelection()
    assert carried.text() == "Hello {{ subscriber.first_name }}"
    field.show_value(())
    heard = told(field)
    field.box.insertFromMimeData(carried)
    assert heard[-1] == [{"t": "Hello ", "m": ["b"]}, NAME]


def test_pasted_html_keeps_marks_and_links_and_nothing_else() -> None:
    html = (
        "<style>p{color:red}</style><p onclick='x()'>Dear <b>you</b>, see <a href='https://a.example'>this</a>"
        "<img src='file:///etc/passwd'></p><p>Bye <a href='javascript:x()'>now</a></p><script>x()</script>"
    )
    data = QMimeData()
    data.setHtml(html)
    assert thaw(pasted.runs_in(data)) == [
        {"t": "Dear "},
        {"t": "you", "m": ["b"]},
        {"t": ", see "},
        {"t": "this", "link": "https://a.example"},
        {"t": "\n\nBye now"},
    ]


def test_pasted_braces_become_variables_with_their_fallback() -> None:
    found = thaw(pasted.from_words('Hi {{ subscriber.first_name | default("you") }}, {{ 7 * 7 }}'))
    assert found == [
        {"t": "Hi "},
        {"v": "subscriber.first_name", "fallback": "you"},
        {"t": ", {{ 7 * 7 }}"},
    ]


def test_strange_runs_on_the_clipboard_are_refused(field: RichField) -> None:
    for raw in (b"[1]", b"{", b'[{"t": 5}]', b'[{"v": "__class__.x y{"}]'):
        data = QMimeData()
        data.setData(RUNS, raw)
        assert pasted.runs_in(data) == ()


def test_two_braces_open_the_list_and_what_is_picked_comes_into_the_text(field: RichField) -> None:
    field.show_value(runs({"t": "Now "}))
    heard = told(field)
    field.focus_first()
    asked: list[int] = []
    field.box.variable_asked.disconnect()
    field.box.variable_asked.connect(lambda: asked.append(1))
    QTest.keyClicks(field.box, "{{")
    assert asked == [1]
    popover = field.open_variables()
    popover.search.setText("product name")
    QTest.keyClick(popover.search, Qt.Key.Key_Return)
    assert heard[-1] == [{"t": "Now "}, {"v": "product.title"}]


def test_the_popover_of_a_chip_changes_its_fallback(field: RichField) -> None:
    field.show_value(runs({"t": "Hello "}, NAME))
    heard = told(field)
    popover = field.open_chip(6)
    assert popover is not None
    assert popover.fallback.text() == "there"
    popover.fallback.setText("friend")
    popover.fallback.textEdited.emit("friend")
    popover.close()
    assert heard[-1] == [{"t": "Hello "}, {**NAME, "fallback": "friend"}]


def test_a_plain_field_takes_words_and_variables_only(qtbot: QtBot) -> None:
    made = RichField(FieldSpec("label", "rich", "Label", (), plain=True), Around())
    qtbot.addWidget(made)
    heard = told(made)
    data = QMimeData()
    data.setHtml("<b>two</b><br>lines")
    data.setText("two\nlines")
    made.box.insertFromMimeData(data)
    assert heard[-1] == [{"t": "two lines"}]
    QTest.keyClick(made.box, Qt.Key.Key_Return)
    assert heard[-1] == [{"t": "two lines"}]


def test_showing_the_same_again_leaves_the_cursor(field: RichField) -> None:
    field.show_value(runs({"t": "Hello"}))
    field.box.moveCursor(QTextCursor.MoveOperation.Start)
    field.box.moveCursor(QTextCursor.MoveOperation.Right)
    field.show_value(runs({"t": "Hello"}))
    assert field.box.textCursor().position() == 1


def test_paths_have_names_a_person_reads() -> None:
    assert [label_of(path) for path in ("subscriber.first_name", "variant.price", "item.product.title")] == [
        "First name",
        "Price",
        "Entry’s product name",
    ]
