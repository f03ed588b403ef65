"""The navigation rail at the window's left edge: one button a page, with its icon, its name and Ctrl+number."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QToolButton

from restock_desk.ui import theme

_OPENS_MS = 450
_WIDE, _NARROW, _NAMES_FROM = 184, 64, 1280
"""Pixels: of the rail, and of the window from which it has room for names."""


class Rail(QFrame):
    """Emits `chosen(name)`. The last page, Settings, stands apart at the lower end."""

    chosen = Signal(str)

    def __init__(self, pages: list[tuple[str, str, str]]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAccessibleName("Pages")
        self.setFixedWidth(_WIDE)
        self._group = QButtonGroup(self)
        self._over = ""
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_OPENS_MS)
        self._wait.timeout.connect(lambda: self.chosen.emit(self._over))
        self._buttons: dict[str, QToolButton] = {}
        mark = QLabel()
        mark.setPixmap(theme.icon("mdi6.bell-ring", "accent_text").pixmap(QSize(22, 22)))
        self._brand = theme.heading("Restock Desk")
        layout = theme.column(theme.row(mark, self._brand, 1, spacing=theme.SPACE), spacing=4, margin=theme.SPACE + 4)
        layout.setContentsMargins(12, 16, 12, 12)
        layout.addSpacing(2 * theme.SPACE)
        for number, (name, words, icon) in enumerate(pages, 1):
            if number == len(pages):
                layout.addStretch(1)
            press = QToolButton()
            press.setProperty("kind", "rail")
            press.setText("  " + words)
            press.setIcon(theme.icon(icon))
            press.setIconSize(QSize(20, 20))
            press.setCheckable(True)
            press.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            press.setSizePolicy(press.sizePolicy().Policy.Expanding, press.sizePolicy().Policy.Fixed)
            press.setMinimumHeight(38)
            press.setAccessibleName(words)
            press.setToolTip(theme.tooltip(f"{words} (Ctrl+{number})"))
            press.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            press.setAcceptDrops(True)
            press.installEventFilter(self)
            press.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            self._group.addButton(press)
            self._buttons[name] = press
            layout.addWidget(press)
        self.setLayout(layout)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is dragged over a page's name for a moment opens the page, to be dropped there. The rail's width goes
        by the window's."""
        if watched is self.window():
            if isinstance(event, QResizeEvent):
                self.set_narrow(event.size().width() < _NAMES_FROM)
        elif isinstance(event, QDragEnterEvent):
            event.acceptProposedAction()
            self._over = next((name for name, press in self._buttons.items() if press is watched), "")
            self._wait.start()
        elif event.type() in (QEvent.Type.DragLeave, QEvent.Type.Drop):
            self._wait.stop()
        return False

    def set_narrow(self, narrow: bool) -> None:
        """Icons alone, where the window has no room for names."""
        self._brand.setVisible(not narrow)
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if narrow else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for press in self._buttons.values():
            press.setToolButtonStyle(style)
        self.setFixedWidth(_NARROW if narrow else _WIDE)

    def mark(self, name: str) -> None:
        """Show which page is current."""
        self._buttons[name].setChecked(True)
