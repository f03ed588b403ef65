"""One template being written: the mail beside its source, or between the panels of the composer, and what is not saved
yet kept on disk.

Holds the draft; `template_actions` saves, sends and exports it.
"""

from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from restock_desk.domain import ignoring
from restock_desk.domain.templates import Draft, Problem, RenderedMail, Template, TemplateKind, TemplateVersion
from restock_desk.errors import DeskError
from restock_desk.services import composing, drafts, editions, templates
from restock_desk.services.desk import Desk
from restock_desk.services.drafts import KeptDraft
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.composer.findings import Findings
from restock_desk.ui.edition_bar import EditionBar
from restock_desk.ui.kept_bar import KeptBar
from restock_desk.ui.live import Outcome
from restock_desk.ui.one_line import OneLine
from restock_desk.ui.preview_side import PreviewSide
from restock_desk.ui.problems import worst_first
from restock_desk.ui.writing import Writing

Loaded = tuple[Template, TemplateVersion, KeptDraft | None]


class Workspace(QWidget):
    """GUI thread only. `closed` when the person goes back to the list."""

    KEEP_MS: ClassVar = 1500
    """An unsaved draft is on disk at most this long after a key, plus the time of writing."""
    closed = Signal()
    unsaved_changed = Signal(bool)

    def __init__(self, desk: Desk, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self.bridge = desk, bridge
        self.template: Template | None = None
        self.version: TemplateVersion | None = None
        self.draft = Draft(TemplateKind.HTML, "", "")
        self.unsaved = False
        self._static: tuple[Problem, ...] = ()
        self._met: tuple[Problem, ...] = ()
        self._kept: KeptDraft | None = None
        self._marked: object = None
        self.side = PreviewSide(desk, bridge)
        self.live, self.who, self.pane = self.side.live, self.side.who, self.side.pane
        self.writing, self.composer = Writing(), Composer(desk, bridge, self.side)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.findings = Findings(self.split, lambda: self.composer.editing.document)
        self.editions = EditionBar(desk, bridge)
        self._keep_soon = QTimer(self)
        self._keep_soon.setSingleShot(True)
        self._keep_soon.setInterval(self.KEEP_MS)
        self._build()
        self._connect()

    def load(self, loaded: Loaded) -> None:
        """Show a template and its newest version; offer what was kept unsaved."""
        self.keep_now()
        self.template, self.version, self._kept = loaded
        self.side.show_template(self.template.id)
        self.editions.show_template(self.template)
        self._show_draft(self.version.draft)
        self._offer_kept()
        self.take_focus()

    def saved(self, version: TemplateVersion, sent: Draft) -> None:
        """`sent` was written as `version`; what was typed meanwhile stays unsaved."""
        self._became(version)
        self._keep_soon.start()
        self._mark_unsaved(self.draft != sent)
        if self.composer.is_open and not self.unsaved:
            self.composer.saved()

    def replaced(self, version: TemplateVersion) -> None:
        """An old version became the newest: show it."""
        self._became(version)
        self._show_draft(version.draft)

    def decided(self, version: TemplateVersion) -> None:
        """A problem is ignored from now on, or counts again: `version` says so. What was typed stays unsaved."""
        self._became(version)
        self._keep_soon.start()
        self._mark_unsaved(self.draft != version.draft)
        self._show_problems()

    def renamed(self, name: str) -> None:
        if self.template is not None:
            self.template = replace(self.template, name=name)
        self._mark_unsaved(self.unsaved)

    def take_focus(self) -> None:
        """Put the cursor where a person would begin."""
        (self.composer.outline if self.composer.is_open else self.writing.source).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def start_find(self) -> None:
        """In the text that is read if the cursor is there, else in what is written."""
        reading = self.pane.reading
        if reading is not None and (self.writing.isHidden() or reading.isAncestorOf(self.focusWidget() or self)):
            reading.start_find()
        elif self.composer.is_open:
            self.composer.palette.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.writing.start_find()

    @property
    def mail(self) -> RenderedMail | None:
        """The last good render."""
        return self.pane.mail

    def keep_now(self) -> None:
        """Write the unsaved draft down at once, on this thread: the application is leaving, or the template is."""
        self._keep_soon.stop()
        if self.unsaved and self.template is not None and self.version is not None:
            drafts.keep(self.desk, self.template.id, self.version.id, self.draft)
        self.composer.keeper.end()

    def leave(self) -> None:
        """Back to the list; what is unsaved is kept and offered at the next opening."""
        self.keep_now()
        self.unsaved = False
        self.composer.leave()
        self.side.stop()
        self.closed.emit()

    def _build(self) -> None:
        self.back = theme.tool("mdi6.arrow-left", "Back to all templates")
        self.name, self.state = OneLine(theme.heading("")), OneLine(theme.caption(""))
        self.unsaved_chip = theme.chip("warn", "Unsaved", "warn")
        self.tools = theme.row(spacing=theme.SPACE)
        names = theme.column(self.name, self.state, spacing=0)
        top = theme.row(self.back, names, self.unsaved_chip, 1, self.composer.tools, self.tools)
        self.kept_bar = KeptBar()
        self.split.setHandleWidth(12)
        self.split.setChildrenCollapsible(False)
        for part in (self.composer.left, self.writing, self.side, self.composer.right):
            self.split.addWidget(part)
        self.split.setStretchFactor(2, 1)
        self.split.setSizes([248, 520, 480, 332])
        whole = theme.column(top, self.editions, self.kept_bar, self.findings, spacing=12)
        whole.setStretch(3, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.writing.edited.connect(self._edited)
        self.composer.edited.connect(self._edited)
        self.side.room_wanted.connect(self._make_room)
        self.live.rendered.connect(self._rendered)
        self.live.checked.connect(self._checked)
        self.live.live.connect(self.writing.set_live)
        for picked in (self.pane.problem_picked, self.findings.picked):
            picked.connect(self.show_problem)
        self.findings.fix_wanted.connect(self.composer.mend)
        self.back.clicked.connect(self.leave)
        self.kept_bar.bring_back.clicked.connect(self._bring_back)
        self.kept_bar.discard.clicked.connect(self._discard)
        self._keep_soon.timeout.connect(self._keep_behind)
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.keep_now)
        self.side.add_shortcuts(self)
        for keys, act in (
            ("Alt+Z", self.writing.toggle_wrap),
            ("F8", lambda: self._step_problem(1)),
            ("Shift+F8", lambda: self._step_problem(-1)),
        ):
            made = QShortcut(QKeySequence(keys), self, act)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _show_draft(self, draft: Draft) -> None:
        """Fill everything from `draft` and render it."""
        self.draft = draft
        number = self.template.id if self.template is not None else 0
        broken = self.composer.open(draft, number) if draft.kind is TemplateKind.DOCUMENT else None
        if draft.kind is not TemplateKind.DOCUMENT:
            self.composer.set_open(False)
        blocks = self.composer.is_open
        self.writing.setVisible(not blocks)
        self.findings.set_on(blocks)
        if not blocks:
            self.writing.show_draft(draft)
        if broken is not None:
            self.bridge.failed.emit(broken)
        self._mark_unsaved(self.version is not None and draft != self.version.draft)
        self.side.show_draft(draft)

    def show_problem(self, problem: Problem) -> None:
        """Go to where a problem is."""
        (self.composer if self.composer.is_open else self.writing).show_problem(problem)

    def _make_room(self, on: bool) -> None:
        """The picture alone, or with what is written beside it."""
        self.composer.sides.set_alone(on)
        if not self.composer.is_open:
            self.writing.setVisible(not on)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.composer.sides.fit(event.size().width(), self.side.minimumWidth())

    def _step_problem(self, by: int) -> None:
        (self.findings if self.composer.is_open else self.writing).step_problem(by)

    def _show_problems(self) -> None:
        decided = self.version.ignored if self.version is not None else ()
        found = ignoring.split(worst_first((*self._met, *self._static)), decided)
        (self.findings if self.composer.is_open else self.writing).show_problems(*found)

    def _edited(self, draft: Draft) -> None:
        if not self.composer.is_open:
            draft = templates.headed(draft)
        self.draft = draft
        self.side.show_draft(draft)
        self._mark_unsaved(self.version is not None and draft != self.version.draft)
        if not self._keep_soon.isActive():
            self._keep_soon.start()

    def _became(self, version: TemplateVersion) -> None:
        self.version = version
        if self.template is not None:
            self.template = replace(self.template, version=version.number, version_id=version.id)

    def _mark_unsaved(self, unsaved: bool) -> None:
        shown = unsaved, self.template, self.version
        if shown == self._marked and unsaved == self.unsaved:
            return  # asked for at every key
        self.unsaved, self._marked = unsaved, shown
        self.unsaved_chip.setVisible(unsaved)
        if self.template is not None and self.version is not None:
            self.name.say(self.template.name)
            when = self.version.saved_at.astimezone().strftime("%d %b %Y, %H:%M")
            self.state.say(f"Version {self.version.number} · saved {when} by {self.version.author}")
        self.unsaved_changed.emit(unsaved)

    def _keep_behind(self) -> None:
        """Write the draft down on a worker; when it equals the saved version, forget what was kept instead."""
        if self.template is None or self.version is None:
            return
        desk, number, version, draft = self.desk, self.template.id, self.version.id, self.draft
        if self.unsaved:
            self.bridge.ask("keep-draft", lambda: drafts.keep(desk, number, version, draft), lambda _: None)
        else:
            self.bridge.ask("keep-draft", lambda: drafts.forget(desk, number), lambda _: None)

    def _offer_kept(self) -> None:
        kept, version = self._kept, self.version
        self.kept_bar.hide()
        if kept is not None and version is not None and kept.draft != version.draft:
            self.kept_bar.offer(kept.kept_at, kept.version_id == version.id)

    def _bring_back(self) -> None:
        if self._kept is not None:
            self._show_draft(self._kept.draft)

    def _discard(self) -> None:
        if self.template is not None:
            drafts.forget(self.desk, self.template.id)

    def _rendered(self, result: Outcome) -> None:
        if result.mail is not None and not result.sketch:
            self.writing.show_derived(result.mail.text)
        self._met = result.problems
        self._show_problems()

    def _checked(self, problems: tuple[Problem, ...]) -> None:
        self._static = problems
        self._show_problems()


def load(desk: Desk, template_id: int) -> Loaded | None:
    """What `Workspace.load` wants; None if the template is gone. Runs on a lane's thread."""
    try:
        family = editions.family(desk, template_id)
    except DeskError:
        return None
    found = next((one for one in family.editions if one.id == template_id), None)
    if found is None or found.archived:
        return None
    version = templates.version(desk, found.version_id)
    if version.draft.kind is TemplateKind.DOCUMENT:
        composing.recover(desk, template_id, version)
    return found, version, drafts.kept(desk, template_id)
