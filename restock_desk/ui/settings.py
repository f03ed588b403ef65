"""Settings: shop, brand, alert rule, sending, limits, workers, appearance, database, past imports, audit trail."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QButtonGroup, QListWidget, QListWidgetItem, QRadioButton, QStackedWidget, QWidget

from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.list_view import ListView
from restock_desk.ui.page import Page
from restock_desk.ui.settings_brand import BrandSection
from restock_desk.ui.settings_data import DatabaseSection, ImportsSection
from restock_desk.ui.settings_limits import LimitsSection
from restock_desk.ui.settings_sending import SendingSection
from restock_desk.ui.settings_service import ServiceSection
from restock_desk.ui.settings_shop import RuleSection, ShopSection
from restock_desk.ui.workers import WorkerList

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class SettingsPage(Page):
    title: ClassVar[str] = "Settings"
    icon: ClassVar[str] = "mdi6.cog-outline"
    purpose: ClassVar[str] = "How the shop presents itself, when it alerts, how mail leaves, and who did what."
    nouns: ClassVar[frozenset[str]] = frozenset({"shop", "staff", "catalog", "audience", "limits"})

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window)
        self.sections, self._pile = QListWidget(), QStackedWidget()
        self.sections.setAccessibleName("Parts of the settings")
        self.sections.setFixedWidth(200)
        self.sections.setIconSize(QSize(18, 18))
        self._make: list[tuple[str, Callable[[], QWidget]]] = []
        self._made: dict[int, QWidget] = {}
        for words, icon, make in (
            ("Shop", "mdi6.storefront-outline", lambda: ShopSection(desk, bridge, window)),
            ("Brand", "mdi6.palette-outline", lambda: BrandSection(desk, bridge, window)),
            ("Alert rule", "mdi6.bell-cog-outline", lambda: RuleSection(desk, bridge, window)),
            ("Sending", "mdi6.email-fast-outline", lambda: SendingSection(window)),
            ("Limits", "mdi6.speedometer-slow", lambda: LimitsSection(desk, bridge, window)),
            ("Workers", "mdi6.server-network", lambda: WorkerList(desk, bridge, window)),
            ("Web service", "mdi6.web", lambda: ServiceSection(desk, bridge)),
            ("Appearance", "mdi6.theme-light-dark", lambda: _appearance(window)),
            ("Database", "mdi6.database-outline", lambda: DatabaseSection(desk, bridge)),
            ("Imports", "mdi6.tray-arrow-up", lambda: ImportsSection(desk, bridge, window)),
            ("Audit trail", "mdi6.shield-check-outline", lambda: ListView(desk, bridge, "audit")),
        ):
            line = QListWidgetItem(theme.icon(icon), words)
            line.setSizeHint(QSize(0, 38))
            self.sections.addItem(line)
            self._make.append((words, make))
            self._pile.addWidget(QWidget())
        self.sections.currentRowChanged.connect(self._show_section)
        self.sections.setFixedHeight(38 * self.sections.count() + 4)
        nav = theme.card(self.sections)
        nav.setFixedWidth(234)
        holder = theme.row(theme.column(nav, 1), self._pile, spacing=2 * theme.SPACE)
        self.add_body(holder, 1)
        self.sections.setCurrentRow(0)

    def open(self, **target: object) -> None:
        """`section="Sending"` shows that part."""
        for row, (words, _) in enumerate(self._make):
            if words == target.get("section"):
                self.sections.setCurrentRow(row)

    def refresh(self) -> None:
        shown = self._made.get(self.sections.currentRow())
        again = getattr(shown, "refresh", None)
        if again is not None:
            again()

    def save_state(self) -> dict[str, object]:
        return {"section": self.sections.currentRow()}

    def restore_state(self, state: dict[str, object]) -> None:
        row = state.get("section")
        if isinstance(row, int) and 0 <= row < len(self._make):
            self.sections.setCurrentRow(row)

    def _show_section(self, row: int) -> None:
        if row not in self._made:
            self._made[row] = made = self._make[row][1]()
            old = self._pile.widget(row)
            self._pile.insertWidget(row, made)
            if old is not None:
                self._pile.removeWidget(old)
                old.deleteLater()
        self._pile.setCurrentIndex(row)
        if self.isVisible():
            self.refresh()


def _appearance(window: "Window") -> QWidget:
    group = QButtonGroup(window)
    parts: list[QWidget] = [theme.heading("Appearance")]
    for scheme, words in (
        ("system", "As the system says"),
        ("light", "Light"),
        ("dark", "Dark"),
    ):
        pick = QRadioButton(words)
        pick.setAccessibleName(words)
        pick.setChecked(window.settings.theme == scheme)
        pick.clicked.connect(partial(window.set_theme, scheme))
        group.addButton(pick)
        parts.append(pick)
    parts.append(theme.caption("The change is seen at once and kept for the next start."))
    made = QWidget()
    made.setObjectName("plain")
    made.setLayout(theme.column(theme.card(*parts), 1))
    return made
