"""What a comparison is made with, by the type of the variable: words, a number, money, a moment, yes or no, several."""

from typing import Any

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QLineEdit, QWidget

from restock_desk.domain.conditions import ALONE
from restock_desk.ui import theme
from restock_desk.ui.composer.condition_tree import DAY_S, money_of, number_of
from restock_desk.ui.composer.plain_fields import NumberBox

_LONGEST_DAYS = 3650


class ValueBox(QWidget):
    """`changed(value)`; None while what is entered says nothing yet."""

    changed = Signal(object)

    def __init__(self, op: str, type: str | None, value: Any, currency: str) -> None:
        super().__init__()
        self._op, self._type, self._currency = op, type, currency
        self._parts: list[Any] = []
        line = theme.row(spacing=6)
        if op == "between":
            pair = value if isinstance(value, list | tuple) and len(value) == 2 else [None, None]
            self._parts = list(pair)
            line.addWidget(self._one(pair[0], 0), 1)
            line.addWidget(theme.caption("and"))
            line.addWidget(self._one(pair[1], 1), 1)
        elif op in ("in", "nin"):
            line.addWidget(self._several(value), 1)
        elif op not in ALONE:
            self._parts = [value]
            line.addWidget(self._one(value, 0), 1)
        self.setLayout(line)

    def _one(self, value: Any, at: int) -> QWidget:
        if self._type == "number":
            return self._number(value, at)
        if self._type == "money":
            return self._money(value, at)
        if self._type == "date":
            return self._moment(value, at)
        if self._type == "bool":
            return self._switch(value, at)
        box = QLineEdit("" if value is None else str(value))
        box.setAccessibleName("Value")
        box.setPlaceholderText("Value")
        ordered = self._op in ("lt", "lte", "gt", "gte")
        box.textEdited.connect(lambda words: self._put(at, number_of(words) if ordered else words))
        return box

    def _number(self, value: Any, at: int) -> QWidget:
        box = NumberBox("Value", None, None)
        box.setPlaceholderText("Number")
        known = isinstance(value, int | float) and not isinstance(value, bool)
        box.show_number(float(value) if known else None)
        box.entered.connect(lambda number: self._put(at, number))
        return box

    def _money(self, value: Any, at: int) -> QWidget:
        known = value if isinstance(value, dict) else {}
        currency = str(known.get("currency") or self._currency)
        box = QLineEdit(str(known.get("amount", "")))
        box.setAccessibleName(f"Amount in {currency}")
        box.setPlaceholderText("Amount")
        box.textEdited.connect(lambda words: self._put(at, money_of(words, currency)))
        return _together(box, theme.caption(currency))

    def _moment(self, value: Any, at: int) -> QWidget:
        """So many days ago, or a fixed moment."""
        known = value if isinstance(value, dict) else {"ago_s": 30 * DAY_S}
        days, when, form = NumberBox("Days", 0, _LONGEST_DAYS), QDateTimeEdit(), QComboBox()
        form.setAccessibleName("Days ago or a date")
        form.addItem("days ago", "ago")
        form.addItem("a date", "at")
        when.setAccessibleName("Date and time")
        when.setCalendarPopup(True)
        days.show_number(round(int(known.get("ago_s", 30 * DAY_S)) / DAY_S))
        found = QDateTime.fromString(str(known.get("at", "")), Qt.DateFormat.ISODate)
        when.setDateTime(found.toLocalTime() if found.isValid() else QDateTime.currentDateTime())
        form.setCurrentIndex(1 if "at" in known else 0)

        def tell() -> None:
            ago = form.currentData() == "ago"
            days.setVisible(ago)
            when.setVisible(not ago)
            number = number_of(days.text())
            moment = when.dateTime().toUTC().toString(Qt.DateFormat.ISODate)
            self._put(at, ({"ago_s": int(number) * DAY_S} if number is not None else None) if ago else {"at": moment})

        (days if "at" in known else when).hide()
        days.entered.connect(lambda _: tell())
        when.dateTimeChanged.connect(lambda _: tell())
        form.activated.connect(lambda _: tell())
        return _together(days, when, form)

    def _switch(self, value: Any, at: int) -> QWidget:
        box = QComboBox()
        box.setAccessibleName("Value")
        for words, answer in (("yes", True), ("no", False)):
            box.addItem(words, answer)
        box.setCurrentIndex(0 if value in (True, None) else 1)
        box.activated.connect(lambda _: self._put(at, bool(box.currentData())))
        return box

    def _several(self, value: Any) -> QWidget:
        words = [_plain(one) for one in value] if isinstance(value, list | tuple) else []
        box = QLineEdit(", ".join(words))
        box.setAccessibleName("Values, with commas between")
        box.setPlaceholderText("gold, silver")
        box.textEdited.connect(lambda typed: self.changed.emit(self._listed(typed)))
        return box

    def _listed(self, typed: str) -> list[Any]:
        words = [word.strip() for word in typed.split(",") if word.strip()]
        if self._type == "number":
            return [number for number in map(number_of, words) if number is not None]
        if self._type == "money":
            return [one for one in (money_of(word, self._currency) for word in words) if one is not None]
        return words

    def _put(self, at: int, value: Any) -> None:
        self._parts[at] = value
        if self._op == "between":
            self.changed.emit(None if None in self._parts else list(self._parts))
        else:
            self.changed.emit(value)


def _together(*parts: QWidget) -> QWidget:
    made = QWidget()
    line = theme.row(*parts, spacing=6)
    line.setStretch(0, 1)
    made.setLayout(line)
    return made


def _plain(value: Any) -> str:
    return str(value["amount"]) if isinstance(value, dict) and "amount" in value else str(value)
