"""Windows around a saved block: editing it everywhere, with the composer's own parts, and where it is used."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QListWidget, QListWidgetItem, QMessageBox, QSplitter, QWidget

from restock_desk.domain.document.operations import Insert, Remove
from restock_desk.domain.document.saved import SavedBlock
from restock_desk.domain.document.tree import NOTHING, Document
from restock_desk.domain.templates import Draft
from restock_desk.services import composing, journals, saved_blocks
from restock_desk.services.desk import Desk
from restock_desk.services.journals import Leftover
from restock_desk.services.readers import Whom
from restock_desk.services.saved_blocks import Use
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.composer.saved_acts import CHANGES
from restock_desk.ui.kept_bar import KeptBar
from restock_desk.ui.preview_side import PreviewSide
from restock_desk.ui.surface import Toast

_NAMED = 3
"""So many mails are named; the others are counted."""


class SavedBlockWindow(QDialog):
    """Edits a saved block. What is saved is its next version; before that, the crash journal alone is written."""

    def __init__(self, desk: Desk, bridge: Bridge, block: SavedBlock, around: Document, whom: Whom, parent: QWidget):
        super().__init__(parent)
        self._desk, self._bridge, self._block = desk, bridge, block
        self._left: Sequence[Leftover] = ()
        self.setWindowTitle(f"Edit “{block.name}” everywhere")
        self.resize(1180, 760)
        self.side = PreviewSide(desk, bridge, name="saved-block")
        self.side.branches.seek.hide()
        self.composer = Composer(desk, bridge, self.side)
        self.composer.library.allowed = False
        self.composer.pages.hide()
        self.composer.properties.settings_asked.disconnect()
        self.composer.panels.buttons[1].hide()  # the mail's own settings are none of a block's
        self.kept_bar = KeptBar()
        self.words = theme.label("Reading where it is used…", wrap=True)
        self.save = theme.button("Save everywhere", "mdi6.content-save-outline", "primary")
        self.save.setEnabled(False)
        self._build()
        self.composer.edited.connect(self._edited)
        self.composer.refused.connect(Toast(self).say)
        self.save.clicked.connect(self._save)
        self.finished.connect(self._leave)
        self.kept_bar.bring_back.clicked.connect(self._bring_back)
        self.kept_bar.discard.clicked.connect(self._forget)
        bridge.ask("saved-uses", lambda: uses_of(desk, block.id), self._show_uses)
        bridge.ask("saved-left", lambda: composing.left_of_block(desk, block.id), self._offer)
        self._open(replace(around, id=block.id, name=block.name, body=(block.node,), saved=NOTHING), whom)

    def reject(self) -> None:
        """Leave; what was changed is lost, so that is asked."""
        if self.save.isEnabled():
            ask = QMessageBox.StandardButton
            words = "The changes to the saved block are not saved. Leave without them?"
            if QMessageBox.question(self, "Discard the changes?", words, ask.Discard | ask.Cancel) != ask.Discard:
                return
        super().reject()

    def _build(self) -> None:
        bar = QFrame()
        bar.setObjectName("note")
        sign = theme.label()
        sign.setPixmap(theme.icon("mdi6.link-variant", "accent_text").pixmap(20, 20))
        line = theme.row(sign, self.words, margin=theme.SPACE, spacing=12)
        line.setStretch(1, 1)
        bar.setLayout(line)
        cancel = theme.button("Cancel")
        cancel.setAutoDefault(False)
        self.save.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(12)
        split.setChildrenCollapsible(False)
        for part in (self.composer.left, self.side, self.composer.right):
            split.addWidget(part)
        split.setStretchFactor(1, 1)
        top = theme.row(theme.heading(self._block.name), 1, self.composer.tools, cancel, self.save)
        whole = theme.column(top, bar, self.kept_bar, split, spacing=12, margin=2 * theme.SPACE)
        whole.setStretch(3, 1)
        self.setLayout(whole)

    def _open(self, document: Document, whom: Whom) -> None:
        self.composer.set_open(True)
        self.composer.keeper.open(document, 0)
        self.composer.show_document(document)
        self.side.who.start(whom.subscriber_id, whom.event_ids)
        self.side.show_draft(composing.draft_of(document))
        self.composer.editing.select(self._block.node.id)
        self.composer.outline.setFocus()

    def _offer(self, left: Sequence[Leftover]) -> None:
        """Changes that a crash left are never thrown away without being asked for."""
        self._left = left
        if left:
            self.kept_bar.offer(left[0].found.last_at, left[0].found.base.body == (self._block.node,))

    def _bring_back(self) -> None:
        """As one step, so that this session's journal has them too. The old one goes when the window does."""
        edit, body = self.composer.editing, self._left[0].found.document.body
        old = [Remove(node.id) for node in edit.document.body]
        new = [Insert("", "body", at, node) for at, node in enumerate(body)]
        edit.do((*old, *new), "Bring back changes", body[0].id if body else "")

    def _forget(self) -> None:
        for left in self._left:
            journals.forget(left)
        self._left = ()

    def _leave(self, code: int) -> None:
        """What was offered and never answered stays for the next time."""
        self.composer.keeper.end()
        self.side.stop()
        if self.kept_bar.isHidden() or code == QDialog.DialogCode.Accepted:
            self._forget()

    def _show_uses(self, uses: Sequence[Use]) -> None:
        linked = [use.name for use in uses if use.linked]
        many = f" and {len(linked) - _NAMED} more" if len(linked) > _NAMED else ""
        where = f"is shown by {', '.join(linked[:_NAMED])}{many}" if linked else "is linked in no e-mail yet"
        self.words.setText(
            f"You are editing a saved block. It {where}. Saving changes it there; "
            "campaigns that were launched keep what they were launched with."
        )

    def _edited(self, draft: Draft) -> None:
        self.side.show_draft(draft)
        self.save.setEnabled(True)

    def _save(self) -> None:
        desk, block, body = self._desk, self._block, self.composer.editing.document.body
        if len(body) != 1:
            words = "A saved block is one row. Put everything into one section, and remove the others."
            QMessageBox.information(self, "One row", words)
            return
        self.save.setEnabled(False)
        self._bridge.act(
            f"Save {block.name}",
            lambda _token, _progress: saved_blocks.save(desk, block.id, block.name, body[0]),
            lambda _: self.accept(),
            changes=CHANGES,
            failed=self._not_saved,
        )

    def _not_saved(self, error: Exception) -> None:
        self.save.setEnabled(True)
        self._bridge.failed.emit(error)


class UsesDialog(QDialog):
    """The templates that show a block. `opened(template number)` when one is chosen."""

    opened = Signal(int)

    def __init__(self, desk: Desk, bridge: Bridge, block: SavedBlock, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Where it is used")
        self.setMinimumWidth(420)
        self.list = QListWidget()
        self.list.setAccessibleName("Templates that show it")
        self.about = theme.label("Reading…", "muted", wrap=True)
        close = theme.button("Close")
        close.clicked.connect(self.reject)
        self.setLayout(
            theme.column(
                theme.heading(f"Where “{block.name}” is used"), self.about, self.list, theme.row(1, close),
                spacing=12, margin=3 * theme.SPACE,
            )
        )  # fmt: skip
        self.list.itemActivated.connect(self._open)
        bridge.ask("saved-uses", lambda: uses_of(desk, block.id), self._show)

    def _show(self, uses: Sequence[Use]) -> None:
        self.list.setVisible(bool(uses))
        self.about.setText("Press Enter on one to open it." if uses else "No template shows it.")
        for use in uses:
            line = QListWidgetItem(
                theme.icon("mdi6.link-variant" if use.linked else "mdi6.pin-outline"),
                f"{use.name}  ·  {'linked' if use.linked else 'stays with its version'}",
            )
            line.setData(Qt.ItemDataRole.UserRole, use.template)
            self.list.addItem(line)
        if uses:
            self.list.setCurrentRow(0)
            self.list.setFocus()

    def _open(self, line: QListWidgetItem) -> None:
        self.opened.emit(int(line.data(Qt.ItemDataRole.UserRole)))
        self.accept()


def uses_of(desk: Desk, id: str) -> tuple[Use, ...]:
    """Where a block is used. Runs on a lane's thread."""
    return next((one.uses for one in saved_blocks.kept(desk, archived=True) if one.block.id == id), ())
