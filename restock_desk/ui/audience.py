"""The audience: every person with consent and suppression, and one person's whole story beside the list."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QWidget

from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.list_page import ListPage
from restock_desk.ui.person import PersonPanel

if TYPE_CHECKING:
    from restock_desk.ui.window import Window


class AudiencePage(ListPage):
    title: ClassVar[str] = "Audience"
    icon: ClassVar[str] = "mdi6.account-group-outline"
    purpose: ClassVar[str] = "Who asked to be told, who may be mailed, and one person’s whole story."
    nouns: ClassVar[frozenset[str]] = frozenset({"audience", "campaigns", "feedback"})
    rows: ClassVar[str] = "subscribers"
    panel_width: ClassVar[int] = 460

    def __init__(self, desk: Desk, bridge: Bridge, window: "Window") -> None:
        super().__init__(desk, bridge, window)
        more = theme.button("Import interests…", "mdi6.bell-plus-outline")
        more.clicked.connect(lambda: window.import_file("interests"))
        bring = theme.button("Import people…", "mdi6.tray-arrow-up", kind="primary")
        bring.clicked.connect(lambda: window.import_file("subscribers"))
        self.add_action_widget(more)
        self.add_action_widget(bring)
        self.list.set_empty(
            "mdi6.account-group-outline",
            "Nobody here yet",
            "Import people from Mailchimp, Klaviyo or any CSV. Those who unsubscribed are never made reachable.",
            ("Import people…", lambda: window.import_file("subscribers")),
        )

    def open(self, **target: object) -> None:
        """`person=7` shows that person; `search="ana"` searches."""
        if isinstance(person := target.get("person"), int):
            self.list.select(person)
            self.show_row(person)
        if isinstance(text := target.get("search"), str):
            self.list.set_search(text)

    def make_panel(self) -> QWidget:
        self.person = PersonPanel(self.shell)
        return self.person

    def clear_panel(self) -> None:
        self.person.clear()

    def show_row(self, row_id: int) -> None:
        self.person.show_person(row_id)
