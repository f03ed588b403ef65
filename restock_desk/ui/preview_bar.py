"""For whom the preview is: a person and one or more past restocks, with next and previous, or a made-up worst case."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QMenu, QWidget

from restock_desk.domain.audience import Subscriber
from restock_desk.domain.listing import LISTS, Listing, Row
from restock_desk.domain.worst_cases import WORST_CASES, worst_case
from restock_desk.services import listing, restocks
from restock_desk.services.desk import Desk
from restock_desk.ui import theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.picker import Choice, Picker

_RECENT = 60
"""So many newest restocks are stepped through."""
_WAITING = 200
"""So many waiting people are stepped through with next and previous."""


class PreviewBar(QWidget):
    """`chosen(subscriber id or None, event ids, worst case)` whenever one changes, also by code. `name` tells several
    bars apart; a `short` one has the person only."""

    chosen = Signal(object, object, str)

    def __init__(
        self, desk: Desk, bridge: Bridge, parent: QWidget | None = None, name: str = "preview", short: bool = False
    ) -> None:
        super().__init__(parent)
        self._desk, self._bridge, self._name = desk, bridge, name
        self.event_ids: tuple[int, ...] = ()
        self.subscriber_id: int | None = None
        self.case = ""
        self._people: list[Choice] = []
        self._recent: list[int] = []
        self.skipped: int | None = None
        """Who is not chosen by itself: they are shown elsewhere."""
        self.person = Picker("Person", "mdi6.account-outline", "No person chosen")
        self.event_ = Picker("Restock", "mdi6.package-variant", "No restock chosen")
        self._several = QCheckBox("Add to what is chosen")
        self._several.setToolTip(theme.tooltip("Show one mail about several restocks."))
        self.event_.footer.setLayout(theme.row(self._several, 1))
        self.event_.footer.show()
        self.before = theme.tool("mdi6.chevron-left", "Previous person (Alt+Left)", "step")
        self.after = theme.tool("mdi6.chevron-right", "Next person (Alt+Right)", "step")
        self.older = theme.tool("mdi6.chevron-left", "Restock before this one (Alt+Page down)", "step")
        self.newer = theme.tool("mdi6.chevron-right", "Restock after this one (Alt+Page up)", "step")
        self.cases = theme.tool("mdi6.flask-outline", "Worst cases: made-up people and products")
        self.cases.setCheckable(True)
        row = theme.row(
            self.person, self.before, self.after, self.event_, self.older, self.newer, self.cases, spacing=2
        )
        row.setStretch(0, 1)
        row.setStretch(3, 1)
        self.setLayout(row)
        for part in (self.event_, self.older, self.newer):
            part.setVisible(not short)
        self.person.asked.connect(self._search_people)
        self.event_.asked.connect(self._search_events)
        self.person.chosen.connect(lambda choice: self.set_person(choice.id))
        self.event_.chosen.connect(self._event_picked)
        self.before.clicked.connect(lambda: self.step(-1))
        self.after.clicked.connect(lambda: self.step(1))
        self.older.clicked.connect(lambda: self.step_event(1))
        self.newer.clicked.connect(lambda: self.step_event(-1))
        self.cases.clicked.connect(self._ask_case)
        self._steps_allowed()

    def add_shortcuts(self, owner: QWidget) -> None:
        """Alt+Left and Alt+Right, Alt+Page up and down, anywhere inside `owner`."""
        for keys, act in (
            ("Alt+Left", lambda: self.step(-1)),
            ("Alt+Right", lambda: self.step(1)),
            ("Alt+PgUp", lambda: self.step_event(-1)),
            ("Alt+PgDown", lambda: self.step_event(1)),
        ):
            QShortcut(QKeySequence(keys), owner, act)

    def start(self, subscriber_id: int | None = None, event_ids: Iterable[int] = ()) -> None:
        """Show these; what is not told stays as it was, or becomes the newest restock and who waits first for it."""
        self.subscriber_id = subscriber_id or self.subscriber_id
        chosen = tuple(event_ids) or self.event_ids
        if chosen:
            self._set_events(chosen)
        else:
            newest = Listing("restocks", sort="occurred_at", descending=True)
            self._bridge.ask(f"{self._name}-newest", lambda: listing.page(self._desk, newest, 0, 1), self._newest_found)

    def set_person(self, subscriber_id: int | None) -> None:
        self.subscriber_id = subscriber_id
        self._lay_case("")
        self.person.set_current(next((c for c in self._people if c.id == subscriber_id), None))
        if subscriber_id is not None and self.person.current is None:
            self._bridge.ask(
                f"{self._name}-person",
                lambda: listing.rows(self._desk, "subscribers", [subscriber_id]),
                lambda rows: self._name_person(rows),
            )
        self._steps_allowed()
        self._tell()

    def set_case(self, name: str) -> None:
        """Show a worst case in place of the person, or the person again (empty)."""
        if not name:
            first = self._people[0].id if self._people else None
            return self.set_person(self.subscriber_id if self.subscriber_id is not None else first)
        self._lay_case(name)
        return self._tell()

    def menu(self) -> QMenu:
        """The worst cases, the present one marked."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for name, words, doc in (("", "The real person", ""), *((c.name, c.label, c.doc) for c in WORST_CASES)):
            made = menu.addAction(words.replace("&", "&&"), partial(self.set_case, name))
            made.setCheckable(True)
            made.setChecked(name == self.case)
            made.setToolTip(theme.tooltip(doc))
            if not name:
                menu.addSeparator()
        return menu

    def step_event(self, by: int) -> None:
        """Go to the restock before (1) or after (-1) the one that is shown, round the end."""
        if self._recent and self.event_ids:
            first = self.event_ids[0]
            at = self._recent.index(first) if first in self._recent else -1
            self._set_events((self._recent[(at + by) % len(self._recent)],))

    def step(self, by: int) -> None:
        """Go to the next or previous of the people who wait for the restock, round the end."""
        if not self._people:
            return
        ids = [c.id for c in self._people]
        at = ids.index(self.subscriber_id) if self.subscriber_id in ids else (-1 if by > 0 else 0)
        self.set_person(ids[(at + by) % len(ids)])

    def _set_events(self, event_ids: tuple[int, ...]) -> None:
        self.event_ids = event_ids
        first = event_ids[0]
        self._bridge.ask(
            f"{self._name}-event", lambda: listing.rows(self._desk, "restocks", list(event_ids)), self._name_events
        )
        self._bridge.ask(
            f"{self._name}-waiting", lambda: restocks.waiting_people(self._desk, first, _WAITING), self._waiting_found
        )

    def _newest_found(self, rows: list[Row]) -> None:
        if rows:
            self._set_events((rows[0].id,))
        else:
            self._tell()

        if not self._recent:
            newest = Listing("restocks", sort="occurred_at", descending=True)
            self._bridge.ask(
                f"{self._name}-recent", lambda: listing.page(self._desk, newest, 0, _RECENT), self._recent_found
            )

    def _recent_found(self, rows: list[Row]) -> None:
        self._recent = [row.id for row in rows]
        self._steps_allowed()

    def _waiting_found(self, people: list[Subscriber]) -> None:
        self._people = [_person(p.id, p.first_name, p.last_name, p.email, p.locale) for p in people]
        if self.case:
            self._steps_allowed()
            return self._tell()
        others = [person.id for person in self._people if person.id != self.skipped]
        if self.subscriber_id is None and others:
            self.set_person(others[0])
        elif self.subscriber_id is None:
            anybody = Listing("subscribers")
            key = f"{self._name}-person"
            self._bridge.ask(key, lambda: listing.page(self._desk, anybody, 0, 1), self._anybody_found)
        else:
            self.set_person(self.subscriber_id)
        return None

    def _anybody_found(self, rows: list[Row]) -> None:
        self._name_person(rows)
        self.set_person(rows[0].id if rows else None)

    def _name_person(self, rows: list[Row]) -> None:
        if self.case:
            return
        self.person.set_current(_person_of(rows[0]) if rows else None)

    def _name_events(self, rows: list[Row]) -> None:
        choices = [_event_of(row) for row in rows]
        if len(choices) > 1:
            self.event_.set_current(choices[0], f"{len(choices)} restocks: " + ", ".join(c.title for c in choices))
        else:
            self.event_.set_current(choices[0] if choices else None)

    def _event_picked(self, choice: Choice) -> None:
        if not self._several.isChecked():
            self._set_events((choice.id,))
        elif choice.id in self.event_ids:
            self._set_events(tuple(i for i in self.event_ids if i != choice.id) or self.event_ids)
        else:
            self._set_events((*self.event_ids, choice.id))

    def _search_people(self, words: str) -> None:
        if not words and self._people:
            return self.person.set_choices([_in_group(c, "Waiting for this restock") for c in self._people])
        question = Listing("subscribers", search=words)
        return self._bridge.ask(
            f"{self._name}-people",
            lambda: listing.page(self._desk, question, 0, 40),
            lambda rows: self.person.set_choices([_person_of(row) for row in rows]),
        )

    def _search_events(self, words: str) -> None:
        question = Listing("restocks", search=words, sort="occurred_at", descending=True)
        self._bridge.ask(
            f"{self._name}-events",
            lambda: listing.page(self._desk, question, 0, 60),
            lambda rows: self.event_.set_choices([_event_of(row) for row in rows]),
        )

    def _lay_case(self, name: str) -> None:
        """Name the worst case where the person's name stands."""
        self.case = name
        self.cases.setChecked(bool(name))
        case = worst_case(name)
        if case is not None:
            self.person.set_current(Choice(0, f"{case.label} (made up)", case.doc))

    def _tell(self) -> None:
        self.chosen.emit(self.subscriber_id, self.event_ids, self.case)

    def _ask_case(self) -> None:
        self.cases.setChecked(bool(self.case))
        self.menu().popup(self.cases.mapToGlobal(self.cases.rect().bottomLeft()))

    def _steps_allowed(self) -> None:
        for button in (self.before, self.after):
            button.setEnabled(len(self._people) > 1)
        for button in (self.older, self.newer):
            button.setEnabled(len(self._recent) > 1)


def _value(noun: str, row: Row, column: str) -> str:
    at = next(n for n, c in enumerate(LISTS[noun]) if c.name == column)
    value = row.values[at]
    if isinstance(value, datetime):
        return value.astimezone().strftime("%d %b %Y, %H:%M")
    return "" if value is None else str(value)


def _person_of(row: Row) -> Choice:
    names = ("first_name", "last_name", "email", "locale")
    return _person(row.id, *(_value("subscribers", row, name) for name in names))


def _person(id_: int, first: str, last: str, email: str, locale: str) -> Choice:
    name = f"{first} {last}".strip()
    return Choice(id_, name or email, " · ".join(part for part in (email if name else "", locale) if part))


def _event_of(row: Row) -> Choice:
    product, variant, sku, when = (_value("restocks", row, n) for n in ("product", "variant", "sku", "occurred_at"))
    return Choice(row.id, " · ".join(p for p in (product, variant) if p) or sku, f"{sku} · {when}")


def _in_group(choice: Choice, group: str) -> Choice:
    return Choice(choice.id, choice.title, choice.detail, group)
