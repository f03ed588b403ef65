"""What can be done with the template that is open: save, versions, test mail, .eml, rename, archive."""

from collections.abc import Callable
from pathlib import Path

import shiboken6
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QMenu

from restock_desk.domain.preflight import Part
from restock_desk.domain.templates import TemplateKind, TemplateVersion
from restock_desk.services import editions, templates
from restock_desk.ui import theme
from restock_desk.ui.audience_report import AudienceDialog, AudienceReport
from restock_desk.ui.edition_dialog import EditionDialog
from restock_desk.ui.history import HistoryDialog
from restock_desk.ui.ignoring import Ignoring
from restock_desk.ui.template_dialogs import WordsDialog, link_question
from restock_desk.ui.trial import Trials
from restock_desk.ui.workspace import Workspace


class TemplateActions(QObject):
    """Puts its buttons and shortcuts into a workspace. `say` shows a short sentence for a moment."""

    def __init__(self, workspace: Workspace, say: Callable[[str], object]) -> None:
        super().__init__(workspace)
        self._work, self._say = workspace, say
        self.trials = Trials(workspace, say)
        self.manager: EditionDialog | None = None
        self._audience: AudienceDialog | None = None
        Ignoring(workspace, say)
        self.save_button = theme.button("Save", "mdi6.content-save-outline", "primary", "Save a new version (Ctrl+S)")
        self.versions = theme.button("Versions", "mdi6.history", tip="Who changed what, and when")
        self.test = theme.button("Send test", "mdi6.send-outline", tip="Send this mail to yourself")
        self.more = theme.tool("mdi6.dots-horizontal", "More", "")
        for button in (self.versions, self.test, self.more, self.save_button):
            workspace.tools.addWidget(button)
        self.more.clicked.connect(self._menu)
        self.save_button.clicked.connect(lambda: self.save())
        self.versions.clicked.connect(self.show_versions)
        self.test.clicked.connect(self.trials.send)
        workspace.unsaved_changed.connect(self.save_button.setEnabled)
        workspace.editions.manage.connect(self.show_editions)
        workspace.pane.link_asked.connect(self.ask_link)
        workspace.pane.save_asked.connect(self.save_eml)
        for keys, act in (
            ("Ctrl+S", self.save),
            ("Ctrl+Alt+S", self.save_with_note),
            ("Ctrl+G", self.go_to_line),
            ("Ctrl+Alt+A", self.check_audience),
        ):
            made = QShortcut(QKeySequence(keys), workspace, act)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def save(self, label: str = "") -> None:
        """Write the draft as a new version. Nothing unsaved: nothing happens."""
        work, template, draft = self._work, self._work.template, self._work.draft
        if template is None or not work.unsaved:
            return

        def done(version: TemplateVersion) -> None:
            if work.template is not None and work.template.id == version.template_id:
                work.saved(version, draft)
            self._say(f"Saved as version {version.number}.")

        work.bridge.act(
            f"Save {template.name}",
            lambda _token, _progress: templates.save(work.desk, template.id, draft, label),
            done,
            changes=("templates",),
        )

    def save_with_note(self) -> None:
        """Ctrl+Alt+S: a version that says what it is."""
        sentence = "A few words that help to find this version again."
        asked = WordsDialog(self._work, "Save with a note", sentence, "Save", required=False)
        if asked.exec() == QDialog.DialogCode.Accepted:
            self.save(asked.words)

    def show_versions(self) -> None:
        template = self._work.template
        if template is not None:
            work = self._work
            dialog = HistoryDialog(work.desk, work.bridge, template.id, template.name, work, work.live.whom)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.restored.connect(self._restored)
            dialog.open()

    def save_eml(self) -> None:
        """The mail as previewed, as a file any mail program opens."""
        work, whom = self._work, self._work.live.whom
        if work.template is None or (whom.subscriber_id is None and not whom.case):
            return void(self._say("There is no mail to save yet: choose a person first."))
        name = "".join(c if c.isalnum() or c in " -_" else "-" for c in work.template.name).strip() or "mail"
        path, _ = QFileDialog.getSaveFileName(work, "Save the mail", f"{name}.eml", "Mail (*.eml)")
        if not path:
            return None
        draft = work.draft
        return void(
            work.bridge.act(
                "Save the mail",
                lambda _token, _progress: templates.save_eml(
                    work.desk, draft, whom.subscriber_id, whom.event_ids, Path(path), whom.case
                ),
                lambda _: self._say("The mail was saved."),
            )
        )

    def check_audience(self) -> None:
        """Everybody who waits for the restock of the preview, rendered with the template as it is now."""
        work, events = self._work, self._work.live.event_ids
        if work.template is None or not events:
            return void(self._say("There is nobody to check yet: choose a restock first."))
        if self._audience is not None and shiboken6.isValid(self._audience):
            self._audience.close()
        desk, template_id = work.desk, work.template.id
        written = Part("", work.draft, work.version.ignored if work.version is not None else ())
        report = AudienceReport(work.desk, work.bridge)
        report.example.connect(lambda person, _: work.who.set_person(person))
        about = f"{work.template.name}, for everybody who would get it about the restock of the preview."
        self._audience = AudienceDialog(report, about, work)
        self._audience.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._audience.show()
        report.check(events, lambda: editions.parts(desk, template_id, written))
        return None

    def show_editions(self) -> None:
        """Variants and languages of the mail that is open."""
        work, template = self._work, self._work.template
        if template is not None:
            dialog = EditionDialog(work.desk, work.bridge, template.id, work)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.opened.connect(self._open_edition)
            dialog.changed.connect(work.editions.refresh)
            self.manager = dialog
            dialog.open()

    def _open_edition(self, template_id: int) -> None:
        """Also the one that is open: it may say something else now. What is not saved is kept and offered."""
        self._work.keep_now()
        self._work.unsaved = False
        self._work.editions.chosen.emit(template_id)

    def rename(self) -> None:
        work, template = self._work, self._work.template
        if template is None:
            return
        asked = WordsDialog(work, "Rename the template", "Campaigns keep the name they had.", "Rename", template.name)
        if asked.exec() != QDialog.DialogCode.Accepted or asked.words == template.name:
            return
        name = asked.words
        work.bridge.act(
            f"Rename {template.name}",
            lambda _token, _progress: templates.rename(work.desk, template.id, name),
            lambda _: work.renamed(name),
            changes=("templates",),
        )

    def archive(self) -> None:
        """Away from the list; campaigns and versions stay."""
        work, template = self._work, self._work.template
        if template is not None:
            work.bridge.act(
                f"Archive {template.name}",
                lambda _token, _progress: templates.archive(work.desk, template.id),
                lambda _: work.leave(),
                changes=("templates",),
            )

    def turn_into_source(self) -> None:
        """A new template with the MJML that the saved document stands for; the document stays."""
        work, template, version = self._work, self._work.template, self._work.version
        if template is None or version is None:
            return
        if work.unsaved:
            self._say("Save the document first.")
            return
        sentence = "A new template with the MJML of this document. The document itself stays as it is."
        asked = WordsDialog(work, "Turn into source", sentence, "Create", f"{template.name} (source)")
        if asked.exec() != QDialog.DialogCode.Accepted:
            return
        name = asked.words
        work.bridge.act(
            f"Turn {template.name} into source",
            lambda _token, _progress: templates.turned_into_source(work.desk, version.id, name),
            lambda made: self._say(f"“{made.name}” was created."),
            changes=("templates",),
        )

    def go_to_line(self) -> None:
        """Ctrl+G."""
        editor = self._work.writing.editor
        sentence = f"A number from 1 to {editor.blockCount()}."
        asked = WordsDialog(self._work, "Go to line", sentence, "Go", str(editor.textCursor().blockNumber() + 1))
        if asked.exec() == QDialog.DialogCode.Accepted and asked.words.isdigit():
            editor.go_to(int(asked.words))

    def ask_link(self, url: str) -> None:
        """A link in the mail was clicked: show it first."""
        dialog = link_question(self._work, url)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _menu(self) -> None:
        menu = QMenu(self.more)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for icon, words, act in (
            ("mdi6.note-edit-outline", "Save with a note…\tCtrl+Alt+S", self.save_with_note),
            ("mdi6.account-group-outline", "Check the audience…\tCtrl+Alt+A", self.check_audience),
            ("mdi6.email-outline", "Save as .eml…", self.save_eml),
            ("mdi6.magnify", "Find and replace\tCtrl+F", self._work.writing.start_find),
            ("mdi6.format-list-numbered", "Go to line…\tCtrl+G", self.go_to_line),
            ("mdi6.wrap", "Wrap or unwrap long lines\tAlt+Z", self._work.writing.toggle_wrap),
            ("mdi6.translate", "Variants and languages…", self.show_editions),
            ("mdi6.rename-box-outline", "Rename…", self.rename),
            ("mdi6.archive-outline", "Archive", self.archive),
        ):
            menu.addAction(theme.icon(icon), words, act)
        if self._work.draft.kind is TemplateKind.DOCUMENT:
            menu.addAction(theme.icon("mdi6.code-tags"), "Turn into source…", self.turn_into_source)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _restored(self, version: TemplateVersion) -> None:
        self._work.replaced(version)
        self._say(f"Restored as version {version.number}.")


def void(_: object) -> None:
    """Forget a value."""
