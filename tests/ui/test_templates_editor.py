"""The parts of the editor: colours, suggestions with live values, problems at their line, finding, picking."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from restock_desk.domain.checks import rule
from restock_desk.domain.templates import CONTEXT_FIELDS, Draft, Edit, Ignored, Problem, Severity, TemplateKind
from restock_desk.rendering.filters import FILTERS
from restock_desk.ui.completion import Ask, ask, loop_names, offers
from restock_desk.ui.editor import CodeEditor
from restock_desk.ui.find_bar import FindBar
from restock_desk.ui.highlighter import Mode, tokens
from restock_desk.ui.history import beside
from restock_desk.ui.mail_fields import FieldEdit
from restock_desk.ui.picker import Choice, Picker
from restock_desk.ui.preview_pane import shown_url
from restock_desk.ui.problems import ProblemsPanel, counted, sentence, summary, worst_first
from restock_desk.ui.writing import Writing

LIVE = [(field, {"product.title": "Stoneware mug"}.get(field.path, "")) for field in CONTEXT_FIELDS]


@pytest.fixture
def editor(qtbot: QtBot) -> CodeEditor:
    made = CodeEditor("Source")
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    made.set_live(LIVE)
    made.setFocus()
    return made


def roles(line: str, state: int = 0) -> dict[str, str]:
    """What each coloured stretch of a line is; the last one drawn wins."""
    return {line[t.start : t.start + t.length]: t.role for t in tokens(line, state)[0]}


def test_markup_and_jinja_have_their_own_colours() -> None:
    found = roles('<a href="{{ links.product|url }}">Hi {% if x %}&amp;{# no #}</a>')
    assert found["<a"] == "tag"
    assert found["href"] == "attribute"
    assert found["links.product"] == "variable"
    assert found["|url"] == "filter"
    assert found["if"] == "keyword"
    assert found["&amp;"] == "number"
    assert found["{# no #}"] == "comment"


@pytest.mark.parametrize(
    ("first", "second", "role"),
    [
        ("<!-- begins", "still -->after", "comment"),
        ("{# begins", "still #}after", "comment"),
        ("<td style='a", "b'>after", "string"),
        ('<td title="a', 'b">after', "string"),
        ("{% if subscriber.first_name", "and product %}after", "jinja"),
    ],
)
def test_what_is_open_at_a_lines_end_goes_on_in_the_next(first: str, second: str, role: str) -> None:
    _, state = tokens(first, 0)
    found, after = tokens(second, state)
    assert found[0].role == role
    assert tokens("plain words", after)[0] == []


def test_styles_are_coloured_until_their_end() -> None:
    _, state = tokens("<style>", 0)
    found, state = tokens(".a { color: #ff0000; }", state)
    assert [t.role for t in found] == ["attribute", "number"]
    assert tokens("</style>", state)[1] == 0


@pytest.mark.parametrize(
    "line", ["{{", "{%}", "<", "<a b=", "&", "{{ '", "<!--", "{#", "</", "<style", "{{ }} {% %} <a>"]
)
def test_every_half_typed_line_can_be_coloured(line: str) -> None:
    for state in (mode | jinja << 3 for mode in Mode for jinja in range(4)):
        assert all(0 <= t.start < t.start + t.length <= len(line) for t in tokens(line, state)[0])


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("Hello {{", Ask("path", "")),
        ("{{ sub", Ask("path", "sub")),
        ("{{ product.ti", Ask("path", "product.ti")),
        ("{% if variant.", Ask("path", "variant.")),
        ("{{ product.title|upp", Ask("filter", "upp")),
        ("{% ", Ask("statement", "")),
        ("{% en", Ask("statement", "en")),
        ("{{ product.title }} and", None),
        ("plain", None),
        ("{{ 'text", None),
    ],
)
def test_what_is_asked_for_follows_from_the_text_before_the_cursor(before: str, expected: Ask | None) -> None:
    assert ask(before) == expected


def test_suggestions_carry_the_live_value_and_begin_with_the_best() -> None:
    found = offers(Ask("path", "title"), LIVE)
    assert [(o.insert, o.value) for o in found[:2]] == [("product.title", "Stoneware mug"), ("variant.title", "")]


def test_every_filter_that_is_offered_exists() -> None:
    offered = {offer.insert.split("(")[0] for offer in offers(Ask("filter", ""), LIVE)}
    assert offered <= FILTERS.keys()


def test_inside_a_loop_its_own_name_is_offered() -> None:
    assert loop_names("{% for thing in items %}") == ("thing",)
    assert "thing.product.title" in [o.insert for o in offers(Ask("path", "thing."), LIVE, ("thing",))]


def test_two_braces_open_the_list_and_tab_completes(editor: CodeEditor) -> None:
    QTest.keyClicks(editor, "{{ product.t")
    assert editor._completer.open
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == "{{ product.title }}"
    assert not editor._completer.open


def test_escape_closes_the_list_and_leaves_the_text(editor: CodeEditor) -> None:
    QTest.keyClicks(editor, "{{ ")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert not editor._completer.open
    assert editor.toPlainText() == "{{ "


def test_a_condition_is_completed_with_its_end_and_the_cursor_inside(editor: CodeEditor) -> None:
    QTest.keyClicks(editor, "{% if")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClicks(editor, "x")
    assert editor.toPlainText() == "{% if x %}\n{% endif %}"


def test_a_field_completes_like_the_editor(qtbot: QtBot) -> None:
    field = FieldEdit("Subject", "")
    qtbot.addWidget(field)
    field.set_live(LIVE)
    field.show()
    field.setFocus()
    QTest.keyClicks(field, "{{ product.ti")
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert field.text() == "{{ product.title }}"


def test_each_change_is_told_once_and_colours_are_no_change(editor: CodeEditor, qtbot: QtBot) -> None:
    told: list[int] = []
    editor.edited.connect(lambda: told.append(1))
    QTest.keyClicks(editor, "ab")
    editor.highlighter.rehighlight()
    editor.set_text("from elsewhere")
    assert len(told) == 2


def test_f8_goes_from_problem_to_problem_and_round_the_end(editor: CodeEditor) -> None:
    editor.set_text("one\ntwo\nthree\nfour")
    editor.show_problems([Problem("a", Severity.ERROR, "bad", line=4), Problem("b", Severity.WARNING, "odd", line=2)])
    lines = []
    for _ in range(3):
        editor.next_problem()
        lines.append(editor.textCursor().blockNumber() + 1)
    assert lines == [2, 4, 2]


def test_a_new_line_keeps_the_indent_and_tab_indents_a_selection(editor: CodeEditor) -> None:
    editor.set_text("  <td>")
    editor.moveCursor(editor.textCursor().MoveOperation.End)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClicks(editor, "x")
    editor.selectAll()
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == "    <td>\n    x"
    QTest.keyClick(editor, Qt.Key.Key_Backtab)
    assert editor.toPlainText() == "  <td>\n  x"


def test_find_counts_goes_round_and_replaces_all_as_one_step(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_text("mug Mug cup mug")
    bar = FindBar(editor)
    qtbot.addWidget(bar)
    bar.start()
    bar.words.setText("mug")
    qtbot.waitUntil(lambda: bar.count.text() == "3 found")
    for _ in range(4):
        bar.next()
    assert editor.textCursor().selectionStart() == 0
    bar.case.click()
    bar.other.setText("jar")
    bar.replace_all()
    assert editor.toPlainText() == "jar Mug cup jar"
    editor.undo()
    assert editor.toPlainText() == "mug Mug cup mug"


def test_problems_come_worst_first_each_once_with_their_place() -> None:
    odd = Problem("b", Severity.WARNING, "odd", line=2)
    bad = Problem("a", Severity.ERROR, "bad", line=9)
    assert worst_first((odd, bad, odd)) == (bad, odd)
    assert sentence(bad) == "Line 9: bad"
    assert sentence(Problem("c", Severity.INFO, "long", "subject")) == "Subject: long"
    assert summary((odd, bad, odd)) == "1 error, 2 warnings"
    assert summary(()) == "No problems"


def test_a_problem_that_is_picked_is_told(qtbot: QtBot) -> None:
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    bad = Problem("a", Severity.ERROR, "<b>bad</b>", line=9)
    panel.show_problems((bad,))
    with qtbot.waitSignal(panel.picked) as told:
        panel._list.itemClicked.emit(panel._list.item(0))
    assert told.args == [bad]
    assert panel._list.item(0).text() == "Line 9: <b>bad</b>"


def test_what_is_ignored_is_folded_away_with_its_reason(qtbot: QtBot) -> None:
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    odd, firm = Problem("link.insecure", Severity.WARNING, "odd", line=2), Problem("tpl.syntax", Severity.ERROR, "bad")
    decided = Ignored("link.insecure", "an old partner", "Ana")
    panel.show_problems((firm,), ((odd, decided),))
    assert [panel._list.item(row).text() for row in range(panel._list.count())] == ["bad", "1 ignored"]
    panel._list.itemActivated.emit(panel._list.item(1))
    assert panel._list.item(2).text() == "Line 2: odd"
    panel._list.setCurrentRow(2)
    assert "Ignored by Ana: an old partner" in [label.text() for label in panel.detail.findChildren(QLabel)]
    with qtbot.waitSignal(panel.again_wanted) as told:
        panel.detail.again.click()
    assert told.args == [decided]
    panel._list.setCurrentRow(0)
    assert panel.detail.ignore.isHidden()  # a firm rule
    assert counted((firm,), ((odd, decided),)) == "1 error · 1 ignored"


def test_side_by_side_removed_lines_face_the_added_ones() -> None:
    lines = [(" ", "a"), ("-", "b"), ("-", "c"), ("+", "d"), (" ", "e")]
    assert beside(lines) == [
        ((" ", "a"), (" ", "a")),
        (("-", "b"), ("+", "d")),
        (("-", "c"), ("", "")),
        ((" ", "e"), (" ", "e")),
    ]


def test_a_url_is_shown_with_its_real_host_and_nothing_invisible() -> None:
    assert shown_url("https://раураl.example/a\u202eb") == "https://xn--l-7sba6dbr.example/a\\u202eb"


def test_enter_in_the_search_box_picks_the_current_choice(qtbot: QtBot) -> None:
    picker = Picker("Person", "mdi6.account-outline", "Nobody")
    qtbot.addWidget(picker)
    picker.show()
    picker.open()
    picker.set_choices([Choice(1, "Ana"), Choice(2, "Bo", "bo@example.com")])
    QTest.keyClick(picker._search, Qt.Key.Key_Down)
    QTest.keyClick(picker._search, Qt.Key.Key_Down)
    with qtbot.waitSignal(picker.chosen) as told:
        QTest.keyClick(picker._search, Qt.Key.Key_Return)
    assert told.args == [Choice(2, "Bo", "bo@example.com")]


def test_a_quick_fix_is_made_and_can_be_undone(qtbot: QtBot) -> None:
    source = '<p>\U0001f389</p>\n<a href="http://shop.example">The shirt</a>'
    writing = Writing()
    qtbot.addWidget(writing)
    writing.show_draft(Draft(TemplateKind.HTML, source, "Back"))
    fix = Edit("source", source.index("http:"), "http:", "https:")
    problem = Problem("link.insecure", Severity.WARNING, "Not encrypted.", line=2, operations=(fix,))
    writing.show_problems((problem,))
    writing.problems.choose(problem)
    assert rule("link.insecure").why in writing.problems.detail.findChildren(QLabel)[0].text()
    writing.problems.detail.fix.click()
    assert writing.source.toPlainText() == source.replace("http:", "https:")
    writing.mend(problem)  # void by now: the text is another one
    assert writing.source.toPlainText() == source.replace("http:", "https:")
    writing.source.undo()
    assert writing.source.toPlainText() == source


def test_a_quick_fix_of_the_subject_is_told_as_an_edit(qtbot: QtBot) -> None:
    writing = Writing()
    qtbot.addWidget(writing)
    writing.show_draft(Draft(TemplateKind.HTML, "<p>x</p>", "Re: it is back"))
    fix = Problem("subj.reply", Severity.WARNING, "x", "subject", 1, operations=(Edit("subject", 0, "Re: ", ""),))
    with qtbot.waitSignal(writing.edited) as told:
        writing.mend(fix)
    assert told.args[0].subject == "it is back"
