"""Why mails were not taken: the server's words grouped by cause, how many of each, and what can be done about one."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from restock_desk.domain.audience import EXCLUSION_WORDS, Exclusion
from restock_desk.domain.campaigns import Cause, DeliveryState
from restock_desk.ui import theme
from restock_desk.ui.beside import Beside
from restock_desk.ui.cells import INSET, ROW_HEIGHT, draw_chip, visible

S = DeliveryState
Key = tuple[DeliveryState, str]
RANK = (S.FAILED, S.IN_DOUBT, S.DEFERRED, S.SKIPPED, *S)
CAUSE_ROLE = Qt.ItemDataRole.UserRole


class CauseList(QWidget):
    """A table of causes, the commonest first, and beside it the chosen one in full. Counts change where they stand."""

    shown = Signal(object)
    """A Cause whose deliveries are to be listed."""
    retried = Signal(object)
    """A Cause whose deliveries are to be queued again."""
    retried_all = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._causes: dict[Key, Cause] = {}
        self._told: Key | None = None
        self.table = _Table()
        self.table.currentCellChanged.connect(lambda *_: self._show_chosen())
        self.table.cellActivated.connect(lambda *_: self._show_rows())
        self.show_rows = theme.button("Show", "mdi6.format-list-bulleted", tip="List these deliveries")
        self.retry = theme.button("Retry…", "mdi6.replay", tip="Queue these deliveries again; asks why")
        self.retry_all = theme.button("Retry all failed…", "mdi6.replay", tip="Queue everybody whose mail failed")
        self.retry_all.clicked.connect(self.retried_all)
        self.show_rows.clicked.connect(self._show_rows)
        self.retry.clicked.connect(self._retry)
        left = QWidget()
        left.setObjectName("plain")
        left.setLayout(theme.column(self.table, theme.row(self.retry_all, 1)))
        split = Beside("Causes and details", left, self._detail(), (3, 2))
        self._pile = QStackedLayout(self)
        self._pile.addWidget(
            theme.empty_state(
                "mdi6.check-circle-outline",
                "Every mail was taken so far",
                "What a mail server refuses or puts off, and whom we skip, is grouped here by its cause.",
            )
        )
        self._pile.addWidget(split)

    @property
    def chosen(self) -> Cause | None:
        """The cause of the current row."""
        item = self.table.item(self.table.currentRow(), 0)
        return self._causes.get(item.data(CAUSE_ROLE)) if item is not None else None

    def show_causes(self, causes: list[Cause], fresh: bool = False) -> None:
        """`fresh` = of another campaign: the commonest first. Else known ones keep their place and their selection."""
        given = {(cause.state, cause.words): cause for cause in sorted(causes, key=lambda one: RANK.index(one.state))}
        if given == self._causes and not fresh:
            return
        kept = [] if fresh else [key for key in self._causes if key in given]
        order = kept + [key for key in given if key not in set(kept)]
        chosen = None if self.chosen is None else (self.chosen.state, self.chosen.words)
        if order != list(self._causes) or self.table.rowCount() != len(order):
            self._causes = given
            self.table.fill([given[key] for key in order])
            self._causes = {key: given[key] for key in order}
            place = order.index(chosen) if chosen in order and not fresh else 0
            if order:
                self.table.setCurrentCell(place, 0)
        else:
            self._causes = {key: given[key] for key in order}
            for row, key in enumerate(order):
                self.table.set_count(row, given[key].n)
        failed = [cause.n for cause in causes if cause.state is S.FAILED]
        self.retry_all.setVisible(len(failed) > 1)
        self.retry_all.setText(f"Retry all {sum(failed):,} failed…")
        self.retry_all.setAccessibleName(self.retry_all.text())
        self._pile.setCurrentIndex(1 if order else 0)
        self._show_chosen()

    def _detail(self) -> QWidget:
        self._head, self._count = theme.row(), theme.caption("")
        self._words = theme.heading("", wrap=True)
        self._newest = theme.caption("As it came, of the newest of them:")
        self._raw = theme.label("", wrap=True, selectable=True)
        self._raw.setAccessibleName("The words as they came")
        parts = theme.column(self._head, self._words, self._newest, self._raw, 1)
        made = theme.card()
        foot = theme.row(self.show_rows, self.retry, 1)
        layout = made.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addLayout(parts, 1)
        layout.addLayout(foot)
        made.setMinimumWidth(264)
        return made

    def _show_chosen(self) -> None:
        cause = self.chosen
        if cause is None:
            return
        if self._told != (cause.state, cause.words):
            self._told = (cause.state, cause.words)
            theme.clear(self._head)
            self._count = theme.caption("")
            for part in (theme.chip(cause.state.value), self._count):
                self._head.addWidget(part)
            self._head.addStretch(1)
        self._count.setText(f"{cause.n:,} {'mail' if cause.n == 1 else 'mails'}")
        self._words.setText(visible(cause_words(cause)))
        raw = visible(cause.example_words)
        self._raw.setText(raw)
        told = bool(raw) and raw != visible(cause.words)
        self._newest.setVisible(told)
        self._raw.setVisible(told)
        self.show_rows.setText(f"Show {cause.n:,}")
        self.show_rows.setAccessibleName(f"Show {cause.n:,}: {cause_words(cause)}")
        self.retry.setVisible(cause.state is S.FAILED)
        self.retry.setText(f"Retry {cause.n:,}…")
        self.retry.setAccessibleName(f"Retry {cause.n:,}…: {cause_words(cause)}")

    def _retry(self) -> None:
        if self.chosen is not None:
            self.retried.emit(self.chosen)

    def _show_rows(self) -> None:
        if self.chosen is not None:
            self.shown.emit(self.chosen)


class _Table(QTableWidget):
    """Count, state, cause. Small: as many lines as there are causes."""

    def __init__(self) -> None:
        super().__init__(0, 3)
        self.setAccessibleName("Causes")
        self.setHorizontalHeaderLabels(["Mails", "State", "Cause"])
        self.setItemDelegate(_Cells(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setStretchLastSection(True)
        head.setFixedHeight(36)
        head.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head.resizeSection(0, 76)
        head.resizeSection(1, 96)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if (count := self.horizontalHeaderItem(0)) is not None:
            count.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def fill(self, causes: list[Cause]) -> None:
        self.setRowCount(len(causes))
        for row, cause in enumerate(causes):
            words = cause_words(cause)
            for column, text in enumerate((f"{cause.n:,}", theme.state_words(cause.state.value), visible(words))):
                item = QTableWidgetItem(text)
                item.setData(CAUSE_ROLE, (cause.state, cause.words))
                item.setToolTip(theme.tooltip(visible(words)) if column == 2 else "")
                self.setItem(row, column, item)

    def set_count(self, row: int, n: int) -> None:
        item = self.item(row, 0)
        if item is not None and item.text() != f"{n:,}":
            item.setText(f"{n:,}")


class _Cells(QStyledItemDelegate):
    """Drawn as in the long lists: numbers to the right, the state as a chip."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        area, state = option.rect, option.state
        chosen, hovered = bool(state & QStyle.StateFlag.State_Selected), bool(state & QStyle.StateFlag.State_MouseOver)
        if chosen or hovered:
            painter.fillRect(area, theme.color("selection" if chosen else "raised"))
        painter.setPen(theme.color("border"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        inside: QRect = area.adjusted(INSET, 0, -INSET, -1)
        if index.column() == 1:
            draw_chip(painter, inside.adjusted(0, 0, 10, 0), index.data(CAUSE_ROLE)[0].value, option.font)
        else:
            painter.setPen(theme.color("text"))
            side = Qt.AlignmentFlag.AlignRight if index.column() == 0 else Qt.AlignmentFlag.AlignLeft
            text = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, inside.width())
            painter.drawText(inside, side | Qt.AlignmentFlag.AlignVCenter, text)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.color("accent"))
            painter.drawRect(area.adjusted(0, 0, -1, -2))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, ROW_HEIGHT)


def cause_words(cause: Cause) -> str:
    """The cause as a person reads it: a reason of ours in words, a server's as it speaks."""
    if cause.words in set(Exclusion):
        return EXCLUSION_WORDS[Exclusion(cause.words)]
    if cause.state is S.SKIPPED:
        return theme.state_words(cause.words) if cause.words else "No reason given"
    return cause.words or "No words were given"
