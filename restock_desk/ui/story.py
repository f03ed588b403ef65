"""A list of short stories, one a line: icon, title, detail, when, state. Painted, so that thousands are fine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from restock_desk.ui import theme
from restock_desk.ui.cells import draw_chip, visible


@dataclass(frozen=True)
class Story:
    """One line. `key` is whatever the page needs to act on it; `state` is drawn as a chip when not empty."""

    icon: str
    title: str
    detail: str = ""
    when: str = ""
    state: str = ""
    role: str = "muted"
    key: object = None


class StoryModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.stories: Sequence[Story] = ()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.stories)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        story = self.stories[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return visible(" · ".join(part for part in (story.title, story.state, story.detail, story.when) if part))
        if role == Qt.ItemDataRole.ToolTipRole:
            return theme.tooltip(story.detail)
        return None


class StoryList(QListView):
    """Shows stories; one may be chosen. Selection and scroll stay when the same keys are shown again."""

    def __init__(self, name: str, nothing: str = "Nothing here yet.") -> None:
        """`nothing` is what an empty list says."""
        super().__init__()
        self._nothing = nothing
        self.setAccessibleName(name)
        self._model = StoryModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_TwoLines(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def show_stories(self, stories: Sequence[Story]) -> None:
        chosen = self.chosen()
        self._model.beginResetModel()
        self._model.stories = tuple(stories)
        self._model.endResetModel()
        for row, story in enumerate(self._model.stories):
            if chosen is not None and story.key is not None and story.key == chosen.key:
                self.setCurrentIndex(self._model.index(row))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._model.stories:
            painter = QPainter(self.viewport())
            painter.setPen(theme.color("muted"))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self._nothing)
            painter.end()

    def chosen(self) -> Story | None:
        """The chosen line, if one is."""
        row = self.currentIndex().row()
        return self._model.stories[row] if 0 <= row < len(self._model.stories) else None

    def choose_first(self, fits: Callable[[object], bool]) -> None:
        """Make the first line current whose key fits, if there is one."""
        for row, story in enumerate(self._model.stories):
            if fits(story.key):
                self.setCurrentIndex(self._model.index(row))
                return

    def story_at(self, row: int) -> Story:
        return self._model.stories[row]

    def __len__(self) -> int:
        return len(self._model.stories)


class _TwoLines(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, 2 * QFontMetrics(option.font).height() + 20)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        view = self.parent()
        assert isinstance(view, StoryList)
        story = view.story_at(index.row())
        area, state = option.rect, option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(state & QStyle.StateFlag.State_Selected)
            painter.fillRect(area, theme.color("selection" if chosen else "raised"))
        painter.setPen(theme.color("border"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        theme.icon(story.icon, story.role).paint(painter, QRect(area.left() + 10, area.top() + 10, 20, 20))
        metrics = QFontMetrics(option.font)
        text = area.adjusted(42, 8, -10, -9)
        self._first_line(painter, option, story, text, metrics)
        low = QRect(text.left(), text.top() + metrics.height() + 2, text.width(), metrics.height())
        painter.setFont(theme.small_font())
        painter.setPen(theme.color("muted"))
        width = 0
        if story.when:
            small = QFontMetrics(theme.small_font())
            width = small.horizontalAdvance(story.when) + 12
            painter.drawText(low, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, story.when)
        detail = QFontMetrics(theme.small_font()).elidedText(
            visible(story.detail), Qt.TextElideMode.ElideRight, low.width() - width
        )
        painter.drawText(low, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, detail)

    def _first_line(
        self, painter: QPainter, option: QStyleOptionViewItem, story: Story, text: QRect, metrics: QFontMetrics
    ) -> None:
        high = QRect(text.left(), text.top(), text.width(), metrics.height())
        width = 0
        if story.state:
            small = QFontMetrics(theme.small_font())
            width = small.horizontalAdvance(theme.state_words(story.state)) + 22
            draw_chip(
                painter, QRect(high.right() - width + 2, high.top(), width, high.height()), story.state, option.font
            )
        painter.setFont(option.font)
        painter.setPen(theme.color("text"))
        title = metrics.elidedText(visible(story.title), Qt.TextElideMode.ElideRight, high.width() - width - 4)
        painter.drawText(high, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
