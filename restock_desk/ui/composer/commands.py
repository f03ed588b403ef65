"""What keys do to the selected block, in the outline and on the mail alike."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from restock_desk.ui import theme
from restock_desk.ui.composer.carried import Carried, packed, unpacked
from restock_desk.ui.composer.editing import Editing

Act = Callable[[], object]
Take = Callable[[Carried | None], object]


class BlockCommands:
    """`edit` puts the cursor into the block's first field, `keep` saves it under a name, `take` puts what is on the
    clipboard; `where` = widgets that take the keys."""

    def __init__(self, editing: Editing, edit: Act, keep: Act, take: Take) -> None:
        self._editing, self._edit, self._keep, self._take = editing, edit, keep, take
        self._keys: list[QShortcut] = []
        self.on = True

    def add_shortcuts(self, where: QWidget, with_enter: bool = False) -> None:
        """The keys anywhere inside a widget."""
        enter: tuple[tuple[str, Act], ...] = (("Return", self._edit), ("Enter", self._edit)) if with_enter else ()
        for keys, act in (*self._acts(), *enter):
            made = QShortcut(QKeySequence(keys), where, act)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            made.setEnabled(self.on)
            self._keys.append(made)

    def set_on(self, on: bool) -> None:
        self.on = on
        for key in self._keys:
            key.setEnabled(on)

    def menu(self, parent: QWidget) -> QMenu:
        """The same by mouse."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chosen = self._editing.node is not None
        for icon, words, act, needs in (
            ("mdi6.pencil-outline", "Edit\tEnter", self._edit, True),
            ("mdi6.content-duplicate", "Duplicate\tCtrl+D", self._editing.duplicate, True),
            ("mdi6.arrow-up", "Move up\tAlt+Up", lambda: self._editing.step(-1), True),
            ("mdi6.arrow-down", "Move down\tAlt+Down", lambda: self._editing.step(1), True),
            ("mdi6.content-copy", "Copy\tCtrl+C", self.copy, True),
            ("mdi6.content-cut", "Cut\tCtrl+X", self.cut, True),
            ("mdi6.content-paste", "Paste\tCtrl+V", self.paste, False),
            ("mdi6.bookmark-plus-outline", "Save as a block…\tCtrl+Shift+K", self._keep, True),
            ("mdi6.trash-can-outline", "Remove\tDel", self._editing.remove, True),
        ):
            made = menu.addAction(theme.icon(icon), words, act)
            made.setEnabled(chosen or not needs)
        return menu

    def copy(self) -> None:
        node = self._editing.node
        if node is not None:
            QApplication.clipboard().setMimeData(packed((node,), saved=self._editing.document.saved))

    def cut(self) -> None:
        self.copy()
        self._editing.remove("Cut")

    def paste(self) -> None:
        self._take(unpacked(QApplication.clipboard().mimeData()))

    def _acts(self) -> tuple[tuple[str, Act], ...]:
        edit = self._editing
        return (
            ("Alt+Up", lambda: edit.step(-1)),
            ("Alt+Down", lambda: edit.step(1)),
            ("Ctrl+D", edit.duplicate),
            ("Ctrl+Shift+K", self._keep),
            ("Del", edit.remove),
            ("Backspace", edit.remove),
            ("Ctrl+C", self.copy),
            ("Ctrl+X", self.cut),
            ("Ctrl+V", self.paste),
            ("Escape", self._out),
        )

    def _out(self) -> None:
        """To the block around, and from the outermost to none."""
        place = self._editing.document.index.get(self._editing.selection)
        self._editing.select(place.parent if place else "")
