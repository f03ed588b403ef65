"""The left half of the workspace: fields, source, plain text, find bar and problems. Knows a draft, asks no service."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QStackedWidget, QTabBar, QWidget

from restock_desk.domain.checks import mended, placed
from restock_desk.domain.ignoring import Decided
from restock_desk.domain.templates import Draft, Problem, TemplateKind
from restock_desk.ui import theme
from restock_desk.ui.completion import Live
from restock_desk.ui.editor import CodeEditor
from restock_desk.ui.find_bar import FindBar
from restock_desk.ui.mail_fields import MailFields
from restock_desk.ui.problems import ProblemsPanel, counted


class Writing(QWidget):
    """Shows a draft and tells `edited` with the new one when a person changes anything."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = Draft(TemplateKind.HTML, "", "")
        self._derived = ""
        self.fields = MailFields()
        self.source, self.text = CodeEditor("Source of the template"), CodeEditor("Plain text of the template")
        self.text.setLineWrapMode(self.text.LineWrapMode.WidgetWidth)
        self.find_bar, self.text_find = FindBar(self.source), FindBar(self.text)
        self.problems = ProblemsPanel()
        self._build()
        self.fields.edited.connect(self._changed)
        self.source.edited.connect(self._changed)
        self.text.edited.connect(self._changed)
        self.kind.activated.connect(lambda _: self._changed())
        self.by_hand.clicked.connect(self._by_hand_chosen)
        self.tabs.currentChanged.connect(self._part_chosen)
        self.problems.picked.connect(self.show_problem)
        self.problems.fix_wanted.connect(self.mend)
        self.counts.clicked.connect(lambda: self.problems.setVisible(self.problems.isHidden()))
        for editor in (self.source, self.text):
            editor.place_changed.connect(lambda line, column: self.place.setText(f"Line {line}, column {column}"))

    def show_draft(self, draft: Draft) -> None:
        """Fill everything without telling `edited`."""
        self._draft = draft
        self.fields.show_draft(draft)
        self.source.set_text(draft.source)
        self.text.set_text(self._derived if draft.text is None else draft.text)
        self._fit(draft.kind)
        self.by_hand.setChecked(draft.text is not None)
        self.text.setReadOnly(draft.text is None)

    def set_live(self, live: list[Live]) -> None:
        for taker in (self.fields, self.source, self.text):
            taker.set_live(live)

    def show_derived(self, text: str) -> None:
        """The plain text as derived from the source, for whoever does not write it by hand."""
        self._derived = text
        if self._draft.text is None and self.tabs.currentIndex() == 1 and self.text.toPlainText() != text:
            self.text.set_text(text)

    def show_problems(self, found: tuple[Problem, ...], ignored: tuple[Decided, ...] = ()) -> None:
        """Mark them everywhere; in order, worst first. What is ignored is only listed."""
        if not self.problems.show_problems(found, ignored):
            return
        self.source.show_problems(p for p in found if p.where == "source")
        self.text.show_problems(p for p in found if p.where == "text" and self._draft.text is not None)
        self.fields.show_problems(found)
        self.counts.setText(counted(found, ignored))
        self.counts.setIcon(theme.icon("mdi6.alert-outline" if found else "mdi6.check-circle-outline"))
        if not found and not ignored:
            self.problems.hide()

    def show_problem(self, problem: Problem) -> None:
        """Put the cursor where the problem is."""
        if self.fields.focus(problem.where):
            return
        self.tabs.setCurrentIndex(1 if problem.where == "text" else 0)
        self.editor.go_to(max(1, problem.line))

    def step_problem(self, step: int) -> None:
        """F8 and Shift+F8."""
        if self.problems.shown:
            self.problems.show()
            found = self.editor.next_problem(step)
            if found is None:
                self.show_problem(self.problems.shown[0])
            self.problems.choose(found or self.problems.shown[0])

    def mend(self, problem: Problem) -> None:
        """Make a problem's quick fix, as a step that can be undone."""
        for editor, where in ((self.source, "source"), (self.text, "text")):
            editor.replace_parts(placed(editor.toPlainText(), where, problem.operations))
        before = self.fields.fill(self._draft)
        after = replace(
            before,
            subject=mended(before.subject, "subject", problem.operations),
            preheader=mended(before.preheader, "preheader", problem.operations),
        )
        if after != before:
            self.fields.show_draft(after)
            self._changed()

    def start_find(self) -> None:
        (self.find_bar if self.editor is self.source else self.text_find).start()

    def toggle_wrap(self) -> None:
        """Long lines of the source folded into the view, or running out of it."""
        wraps = self.source.LineWrapMode
        wrapped = self.source.lineWrapMode() == wraps.WidgetWidth
        self.source.setLineWrapMode(wraps.NoWrap if wrapped else wraps.WidgetWidth)

    @property
    def editor(self) -> CodeEditor:
        """The editor that is seen."""
        return self.source if self.tabs.currentIndex() == 0 else self.text

    def _build(self) -> None:
        self.kind = QComboBox()
        self.kind.setAccessibleName("Language of the source")
        for kind in (TemplateKind.HTML, TemplateKind.MJML):
            self.kind.addItem(kind.value.upper(), kind)
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Parts of the template")
        self.tabs.setDrawBase(False)
        self.tabs.addTab("Source")
        self.tabs.addTab("Plain text")
        self.by_hand = QCheckBox("Write the plain text by hand")
        self.by_hand.setToolTip(theme.tooltip("Off: the plain text follows the source by itself."))
        self.editors = QStackedWidget()
        for parts in ((self.find_bar, self.source), (self.by_hand, self.text_find, self.text)):
            page = QWidget()
            page.setObjectName("plain")
            page.setLayout(theme.column(*parts, spacing=4))
            self.editors.addWidget(page)
        self.place = theme.caption("")
        self.counts = theme.button(
            "No problems", "mdi6.check-circle-outline", "quiet", "Show or hide the problems (F8)"
        )
        self.problems.hide()
        foot = theme.row(self.counts, 1, self.place)
        layout = theme.column(
            self.fields, theme.row(self.tabs, 1, self.kind), self.editors, self.problems, foot, spacing=6
        )
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def _fit(self, kind: TemplateKind) -> None:
        """A document says itself who sends what, and stays one; a source may be read as HTML or MJML."""
        document = kind is TemplateKind.DOCUMENT
        self.kind.setCurrentIndex(max(self.kind.findData(kind), 0))
        self.kind.setEnabled(not document)
        self.kind.setVisible(not document and self.tabs.currentIndex() == 0)
        self.fields.setEnabled(not document)
        self.by_hand.setEnabled(not document)
        words = "This is part of the document below: its “settings”." if document else ""
        self.fields.setToolTip(theme.tooltip(words) if words else "")

    def _changed(self) -> None:
        text = self.text.toPlainText() if self.by_hand.isChecked() else None
        document = self._draft.kind is TemplateKind.DOCUMENT
        kind = TemplateKind.DOCUMENT if document else TemplateKind(self.kind.currentData())
        written = self.fields.fill(self._draft)
        self._draft = replace(written, kind=kind, source=self.source.toPlainText(), text=text)
        self.edited.emit(self._draft)

    def _by_hand_chosen(self, on: bool) -> None:
        """From now on by hand: what was derived is the beginning. Or derived again: what was written goes."""
        self.text.setReadOnly(not on)
        if on:
            self.text.set_text(self._derived)
        self._changed()
        self.show_derived(self._derived)

    def _part_chosen(self, number: int) -> None:
        self.editors.setCurrentIndex(number)
        self.kind.setVisible(number == 0 and self._draft.kind is not TemplateKind.DOCUMENT)
        self.show_derived(self._derived)
