"""The Templates page: the list of templates, a new one from a starter, and the workspace of the one that is open."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QMenu, QStackedWidget

from restock_desk.domain.document.saved import SavedBlock
from restock_desk.domain.templates import Draft, Starter, Template
from restock_desk.services import composing, templates
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.list_view import ListView
from restock_desk.ui.page import Page
from restock_desk.ui.saved_block_window import SavedBlockWindow, UsesDialog
from restock_desk.ui.template_actions import TemplateActions
from restock_desk.ui.template_dialogs import NewTemplateDialog
from restock_desk.ui.template_import import TemplateImportDialog
from restock_desk.ui.workspace import Loaded, Workspace, load

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

_WARM_AFTER_MS = 300


class TemplatesPage(Page):
    """`open(template_id=…, event_id=… or event_ids=…, subscriber_id=…)`: all optional.

    With a person or restock but no template, the one opened last, else the newest, is shown.
    """

    title = "Templates"
    icon = "mdi6.file-document-edit-outline"
    purpose = "What your shoppers read: write it, and see it for any person and any restock."
    nouns = frozenset({"templates"})

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window)
        self.list = ListView(desk, bridge, "templates")
        self.list.set_empty(
            "mdi6.file-document-plus-outline",
            "No template yet",
            "A template is the mail your shoppers get when something is back. Finished ones wait for you.",
            ("New template", self.new),
        )
        self.list.activated.connect(lambda template_id: self.open(template_id=template_id))
        self.list.menu = self._row_menu
        self.new_button = theme.button("New template", "mdi6.plus", "primary", "Start from a finished mail (Ctrl+N)")
        self.new_button.clicked.connect(self.new)
        self.import_button = theme.button("Import…", "mdi6.file-import-outline", tip="From MJML, HTML or a document")
        self.import_button.clicked.connect(lambda: self.import_file())
        self.add_action_widget(self.import_button)
        self.add_action_widget(self.new_button)
        self.workspace = Workspace(desk, bridge)
        self.tools = TemplateActions(self.workspace, window.toast.say)
        self.workspace.composer.refused.connect(window.toast.say)
        self.workspace.composer.library.said.connect(window.toast.say)
        self.workspace.composer.library.edit_asked.connect(self._edit_saved)
        self.workspace.composer.library.uses_asked.connect(self._show_uses)
        self.workspace.composer.brand_asked.connect(lambda: window.open_page("settings", section="Brand"))
        self.workspace.closed.connect(self._back_to_list)
        self.workspace.editions.chosen.connect(lambda template_id: self.open(template_id=template_id))
        self.views = QStackedWidget()
        self.views.addWidget(self.list)
        self.views.addWidget(self.workspace)
        self.add_body(self.views, 1)
        self._last: int | None = None
        made = QShortcut(QKeySequence.StandardKey.New, self, self.new)
        made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def refresh(self) -> None:
        self.list.refresh()

    def open(self, **target: object) -> None:
        """See the class."""
        person, event, several = (target.get(name) for name in ("subscriber_id", "event_id", "event_ids"))
        events = tuple(int(str(e)) for e in several) if isinstance(several, (list, tuple)) else ()
        if event is not None:
            events = (int(str(event)),)
        template = target.get("template_id")
        wanted = int(str(template)) if template is not None else self._last
        self.workspace.who.start(int(str(person)) if person is not None else None, events)
        desk, shown = self.desk, self.workspace.template
        if shown is not None and shown.id == wanted and self.workspace.unsaved:
            return self._show_workspace()  # what is being written stays under the cursor

        def find_it() -> Loaded | None:
            known = wanted if wanted is not None else _newest(templates.templates(desk))
            return load(desk, known) if known is not None else None

        return self.bridge.ask("template", find_it, self._loaded)

    def new(self) -> None:
        """Ask for a name and a starting point, create it, and open it."""
        self.bridge.ask("starters", templates.gallery, self._ask_new)

    def import_file(self, path: str = "") -> TemplateImportDialog:
        """Ask for a file, show what becomes of it, create it, and open it."""
        asked = TemplateImportDialog(self, self.desk, self.bridge, path)
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.created.connect(self._create)
        asked.open()
        return asked

    def take_focus(self) -> None:
        if self.views.currentWidget() is self.workspace:
            self.workspace.take_focus()
        else:
            self.list.take_focus()

    def focus_search(self) -> None:
        if self.views.currentWidget() is self.workspace:
            self.workspace.start_find()
        else:
            self.list.focus_search()

    def save_state(self) -> dict[str, object]:
        return {
            "template": self._last,
            "split": self.workspace.split.sizes(),
            "problems": self.workspace.findings.height_wanted,
        }

    def restore_state(self, state: dict[str, object]) -> None:
        last, sizes, high = state.get("template"), state.get("split"), state.get("problems")
        if isinstance(high, int):
            self.workspace.findings.set_height(high)
        self._last = last if isinstance(last, int) else None
        if (
            isinstance(sizes, list)
            and len(sizes) == self.workspace.split.count()
            and all(isinstance(n, int) for n in sizes)
        ):
            self.workspace.split.setSizes(sizes)

    def _row_menu(self, menu: QMenu, template_id: int) -> None:
        menu.addSeparator()
        menu.addAction(theme.icon("mdi6.pencil-outline"), "Open\tEnter", lambda: self.open(template_id=template_id))

    def _loaded(self, loaded: Loaded | None) -> None:
        if loaded is None:
            self._last = None
            self.refresh()
            return
        self._last = loaded[0].id
        self._show_workspace()
        self.workspace.load(loaded)
        QTimer.singleShot(_WARM_AFTER_MS, self.workspace, self.workspace.pane.warm)

    def _show_workspace(self) -> None:
        self.head.hide()
        self.views.setCurrentWidget(self.workspace)

    def _ask_new(self, starters: list[Starter]) -> None:
        blank = composing.draft_of(composing.blank(self.desk, ""))
        empty = Starter("Blank e-mail", "An empty row and a footer, built up from blocks", blank)
        asked = NewTemplateDialog(self, [*starters, empty])
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.finished.connect(
            lambda code: self._create(asked.name, asked.draft) if code == QDialog.DialogCode.Accepted else None
        )
        asked.open()

    def _edit_saved(self, block: SavedBlock) -> None:
        work = self.workspace
        opened = SavedBlockWindow(self.desk, self.bridge, block, work.composer.editing.document, work.live.whom, work)
        opened.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        opened.open()

    def _show_uses(self, block: SavedBlock) -> None:
        opened = UsesDialog(self.desk, self.bridge, block, self.workspace)
        opened.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        opened.opened.connect(lambda template: self.open(template_id=template))
        opened.open()

    def _create(self, name: str, draft: Draft) -> None:
        desk = self.desk
        self.bridge.act(
            f"Create {name}",
            lambda _token, _progress: templates.create(desk, name, draft),
            lambda made: self.open(template_id=made.id),
            changes=("templates",),
        )

    def _back_to_list(self) -> None:
        self.head.show()
        self.views.setCurrentWidget(self.list)
        self.refresh()


def _newest(found: list[Template]) -> int | None:
    """The template saved last, of those in use."""
    used = [t for t in found if not t.archived]
    return max(used, key=lambda t: t.updated_at).id if used else None
