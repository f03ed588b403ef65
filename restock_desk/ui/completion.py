"""What may be typed next inside `{{ }}` and `{% %}`, with live values, and the list that offers it.

`ask` and `offers` are plain functions over text; `Completer` shows them below a cursor. No services here.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from restock_desk.domain.templates import Field
from restock_desk.ui import theme

Live = tuple[Field, str]
"""A field of the context and its value for the chosen person and event, as text."""


@dataclass(frozen=True)
class Ask:
    """What the cursor stands in: kind is path, filter or statement; `typed` is the part already there."""

    kind: str
    typed: str


@dataclass(frozen=True)
class Offer:
    """One line of the list. `insert` replaces what was typed; `title` is shown, `value` stands at the right."""

    insert: str
    title: str
    value: str = ""
    doc: str = ""


FILTERS = (
    ("default('')", "Words to use where the value is missing"),
    ("date", "A date in the reader's language"),
    ("date('short')", "A short date"),
    ("datetime", "A date with the time of day"),
    ("time", "The time of day"),
    ("upper", "CAPITAL LETTERS"),
    ("lower", "small letters"),
    ("title", "First Letters Large"),
    ("capitalize", "First letter large"),
    ("trim", "Without spaces at both ends"),
    ("striptags", "Without HTML tags"),
    ("truncate(80)", "Cut after so many letters"),
    ("replace('a', 'b')", "One piece of text for another"),
    ("nl2br", "Line ends as line breaks"),
    ("urlencode", "Safe inside a web address"),
    ("plural('item', 'items')", "The word that fits the number"),
    ("first", "The first of a list"),
    ("last", "The last of a list"),
    ("length", "How many there are"),
    ("join(', ')", "A list as one line"),
    ("sort", "A list in order"),
    ("unique", "A list without repetitions"),
    ("reverse", "A list from its end"),
    ("round", "A round number"),
    ("int", "A whole number"),
    ("number", "A number in the reader's language"),
    ("holds('lt', 5)", "Whether a value meets a comparison; missing is no"),
)
STATEMENTS = (
    ("if … endif", "if $ %}\n{% endif %}", "Show something only when it is there"),
    ("if … else … endif", "if $ %}\n{% else %}\n{% endif %}", "One thing or the other"),
    ("for item in items … endfor", "for item in items %}\n$\n{% endfor %}", "Repeat for every restocked thing"),
    ("elif", "elif $ %}", "Another condition"),
    ("else", "else %}", "Otherwise"),
    ("endif", "endif %}", "End of a condition"),
    ("endfor", "endfor %}", "End of a repetition"),
    ("set", "set $ =  %}", "Give a value a name"),
)
"""Title, text to insert after `{% ` ($ = where the cursor goes), meaning."""

ITEM_PARTS = ("product.", "variant.", "event.", "interest.", "links.product", "links.cart", "links.wishlist")
_LOOP = re.compile(r"\{%-?\s*for\s+(\w+)\s+in\s+items\b")


def ask(before: str) -> Ask | None:
    """What could be completed, from the text before the cursor; None outside of Jinja or inside a string."""
    opened = max(before.rfind("{{"), before.rfind("{%"))
    if opened < 0:
        return None
    inside = before[opened + 2 :]
    if "}}" in inside or "%}" in inside or inside.count("'") % 2 or inside.count('"') % 2:
        return None
    inside = inside.removeprefix("-")
    if (found := re.search(r"\|\s*(\w*)$", inside)) is not None:
        return Ask("filter", found.group(1))
    if before[opened + 1] == "%" and (found := re.fullmatch(r"\s*([a-z]*)", inside)) is not None:
        return Ask("statement", found.group(1))
    found = re.search(r"(?:^|[\s(,=<>!+~-])([A-Za-z_][\w.]*)?$", inside)
    return Ask("path", found.group(1) or "") if found is not None else None


def loop_names(text: str) -> tuple[str, ...]:
    """Names that a `for … in items` of this text gives to one restocked thing."""
    return tuple(dict.fromkeys(_LOOP.findall(text)))


def offers(question: Ask, live: Sequence[Live], loops: Iterable[str] = ()) -> list[Offer]:
    """What fits, best first: beginnings of the path, then of its last part, then anywhere in it."""
    if question.kind == "filter":
        return [Offer(name, name.split("(")[0], "", doc) for name, doc in FILTERS if name.startswith(question.typed)]
    if question.kind == "statement":
        return [Offer(text, title, "", doc) for title, text, doc in STATEMENTS if title.startswith(question.typed)]
    typed = question.typed.lower()
    paths = list(live) + [(_renamed(f, loop), value) for loop in loops for f, value in live if _in_item(f.path)]
    ranked = [(rank, n, f, v) for n, (f, v) in enumerate(paths) if (rank := _rank(f.path.lower(), typed)) < 3]
    return [Offer(f.path, f.path, value, f.doc) for _, _, f, value in sorted(ranked, key=lambda r: r[:2])]


def _rank(path: str, typed: str) -> int:
    if path.startswith(typed):
        return 0
    if path.rsplit(".", 1)[-1].startswith(typed):
        return 1
    return 2 if typed in path else 3


def _in_item(path: str) -> bool:
    return path.startswith(ITEM_PARTS)


def _renamed(field: Field, loop: str) -> Field:
    return Field(f"{loop}.{field.path}", field.type, field.doc, field.nullable)


_VALUE = Qt.ItemDataRole.UserRole + 1
_DOC = Qt.ItemDataRole.UserRole + 2
_INSERT = Qt.ItemDataRole.UserRole + 3


class Completer(QObject):
    """The list below the cursor of one editing widget. The widget calls `offer` after typing and `takes` first thing
    in its key handler; `insert(n, text)` replaces the n letters before the cursor."""

    def __init__(self, widget: QWidget, insert: Callable[[int, str], None]) -> None:
        super().__init__(widget)
        self._insert, self._typed = insert, 0
        self.live: Sequence[Live] = ()
        self._model = QStandardItemModel(self)
        self._list = QListView()
        self._list.setObjectName("popover")
        self._list.setAccessibleName("Suggestions")
        self._box = QCompleter(self._model, self)
        self._box.setWidget(widget)
        self._box.setPopup(self._list)
        self._list.setItemDelegate(_TwoSides(self._list))
        self._list.setUniformItemSizes(True)
        self._box.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._box.setMaxVisibleItems(9)
        self._list.clicked.connect(self._chosen)

    @property
    def open(self) -> bool:
        return self._list.isVisible()

    def close(self) -> None:
        self._list.hide()

    def takes(self, key: int) -> bool:
        """Whether the open list wanted this key and has dealt with it, so that the widget leaves it alone."""
        if not self.open:
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            self._chosen(self._list.currentIndex())
            return True
        if key == Qt.Key.Key_Escape:
            self.close()
            return True
        return False

    def offer(self, before: str, whole: str, at: QRect) -> None:
        """Show what fits the text `before` the cursor, below `at` (in the widget's viewport), or hide."""
        question = ask(before)
        found = offers(question, self.live, loop_names(whole)) if question is not None else []
        if question is None or not found or (len(found) == 1 and found[0].insert == question.typed):
            self.close()
            return
        self._typed = len(question.typed)
        self._model.clear()
        for offer in found:
            line = QStandardItem(offer.title)
            line.setData(offer.value, _VALUE)
            line.setData(offer.doc, _DOC)
            line.setData(offer.insert, _INSERT)
            line.setToolTip(theme.tooltip(offer.doc))
            self._model.appendRow(line)
        at.setWidth(480)
        self._box.complete(at)
        self._list.setCurrentIndex(self._box.completionModel().index(0, 0))

    def _chosen(self, index: QModelIndex) -> None:
        text = index.data(_INSERT)
        self.close()
        if text:
            self._insert(self._typed, str(text))


class _TwoSides(QStyledItemDelegate):
    """A path at the left, its value or meaning in quiet letters at the right. Plain text only."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        box: QRect = option.rect.adjusted(10, 0, -10, 0)
        painter.save()
        if chosen:
            painter.fillRect(option.rect, theme.color("accent_soft"))
        painter.setFont(theme.mono_font())
        metrics = painter.fontMetrics()
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.setPen(theme.color("accent_text" if chosen else "text"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), title)
        value, doc = str(index.data(_VALUE) or ""), str(index.data(_DOC) or "")
        painter.setFont(theme.small_font())
        painter.setPen(theme.color("good" if value else "muted"))
        right = box.adjusted(metrics.horizontalAdvance(title) + 24, 0, 0, 0)
        words = painter.fontMetrics().elidedText(value or doc, Qt.TextElideMode.ElideRight, right.width())
        painter.drawText(right, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), words)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(300, 28)
