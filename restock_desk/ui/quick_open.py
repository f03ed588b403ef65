"""Open anything: a person, a product, a restock, a campaign, a page or a command, by a few letters of its name."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem

from restock_desk.domain.listing import LISTS, Listing, Row
from restock_desk.services import listing as listings
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.cells import visible, words

if TYPE_CHECKING:
    from restock_desk.ui.window import Window

EACH = 5
NOUNS = {
    "subscribers": ("audience", "person", "mdi6.account-outline", ("email", "first_name", "last_name")),
    "variants": ("catalog", "variant", "mdi6.tag-outline", ("product", "variant", "sku")),
    "restocks": ("restocks", "event", "mdi6.package-variant-closed-check", ("product", "variant", "occurred_at")),
    "templates": ("templates", "template_id", "mdi6.file-document-edit-outline", ("name",)),
    "campaigns": ("campaigns", "campaign", "mdi6.send-outline", ("name", "state", "created_at")),
}
"""list → (page, the page's target name, icon, columns shown)."""
PREFIXES = {"@": ("subscribers",), "#": ("variants",), "!": ("restocks",), ">": ()}


@dataclass(frozen=True)
class Hit:
    """One thing that may be opened: a row of a list, or a command by its words."""

    words: str
    icon: str
    page: str = ""
    target: str = ""
    row_id: int = 0
    command: str = ""


class QuickOpen(QFrame):
    """A palette at the top of the window. Up and Down choose, Enter opens, Escape closes."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window, Qt.WindowType.Popup)
        self.setObjectName("popover")
        self.setAccessibleName("Open anything")
        self._window = window
        self.text, self.hits = QLineEdit(), QListWidget()
        self.text.setAccessibleName("What to open")
        self.text.setPlaceholderText(
            "Find a person (@), a product (#), a restock (!), a template, a campaign, a command (>)"
        )
        self.hits.setAccessibleName("Found")
        self.hits.setIconSize(QSize(18, 18))
        self.hits.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setLayout(theme.column(self.text, self.hits, margin=theme.SPACE + 4))
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setInterval(120)
        self._clock.timeout.connect(self._ask)
        self._asking = self._open_first = False
        self.text.textChanged.connect(self._typed)
        self.text.installEventFilter(self)
        self.hits.itemClicked.connect(self._open)

    def show_palette(self) -> None:
        """Open it empty, over the window."""
        self.text.clear()
        self._clock.stop()
        self._show([])
        width = min(640, self._window.width() - 80)
        self.resize(width, 420)
        self.move(self._window.mapToGlobal(QPoint((self._window.width() - width) // 2, 72)))
        self.show()
        self.text.setFocus()

    def _typed(self) -> None:
        self._asking, self._open_first = True, False
        self._clock.start()

    def _ask(self) -> None:
        text = self.text.text().strip()
        nouns = PREFIXES.get(text[:1], tuple(NOUNS))
        search = text[1:].strip() if text[:1] in PREFIXES else text
        desk = self._window.desk
        if search and nouns:
            self._window.bridge.ask("quick", lambda: _found(desk, nouns, search), self._show)
        else:
            self._show([])

    def _show(self, rows: list[Hit]) -> None:
        text = self.text.text().strip()
        search = text.lstrip(">").strip().lower()
        found = list(rows)
        if text[:1] not in PREFIXES or text[:1] == ">":
            names = [action.text().replace("&", "") for action in self._window.commands.actions if action.isEnabled()]
            found += [
                Hit(name, "mdi6.chevron-right", command=name)
                for name in names
                if search in name.lower() and name != "Open anything…"
            ]
        self.hits.clear()
        for hit in found:
            line = QListWidgetItem(theme.icon(hit.icon), hit.words)
            line.setData(Qt.ItemDataRole.UserRole, hit)
            self.hits.addItem(line)
        self.hits.setCurrentRow(0)
        self._asking = False
        if self._open_first and self.hits.count():
            self._open(self.hits.currentItem())

    def _open(self, line: QListWidgetItem | None) -> None:
        if line is None:
            return
        hit = line.data(Qt.ItemDataRole.UserRole)
        self.close()
        if hit.command:
            self._window.commands.trigger(hit.command)
        else:
            self._window.open_page(hit.page, **{hit.target: hit.row_id})

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self.hits.setCurrentRow(max(0, min(self.hits.count() - 1, self.hits.currentRow() + step)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self._asking:
                    self._open_first = True
                else:
                    self._open(self.hits.currentItem())
                return True
        return False


def _found(desk: Desk, nouns: tuple[str, ...], search: str) -> list[Hit]:
    hits: list[Hit] = []
    for noun in nouns:
        page, target, icon, names = NOUNS[noun]
        rows = listings.page(desk, Listing(noun, search=search), 0, EACH)
        hits += [Hit(_words(noun, names, row), icon, page, target, row.id) for row in rows]
    return hits


def _words(noun: str, names: tuple[str, ...], row: Row) -> str:
    places = {column.name: (i, column.kind) for i, column in enumerate(LISTS[noun])}
    told = {name: words(row.values[places[name][0]], places[name][1]) for name in names if row.values[places[name][0]]}
    if noun == "subscribers":
        person = " ".join(told.pop(name) for name in ("first_name", "last_name") if name in told)
        told = {"person": person, **told} if person else told
    return visible(" · ".join(told.values()))
