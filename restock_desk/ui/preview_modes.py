"""How the picture of a mail is looked at: colours, width, pictures off, one beside another. Knows no mail."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from restock_desk.ui import theme
from restock_desk.ui.segments import Segment, Segments

LOOKS = (
    Segment("light", "Light", "Light (Ctrl+Alt+L for the next)", "mdi6.white-balance-sunny"),
    Segment("dark", "Dark", "Dark styles of this mail, simulated", "mdi6.weather-night"),
    Segment("inverted", "Inverted", "Colours forced dark by the mail program, simulated", "mdi6.invert-colors"),
)
LOOK_WORDS = {"light": "", "dark": "dark styles of this mail", "inverted": "colours forced dark"}
WIDTHS = (320, 375, 414, 600, 768)
_DEVICES = {320: "Small phone", 375: "Phone", 414: "Large phone", 600: "Small tablet", 768: "Tablet"}
COMPARE = (
    ("", "mdi6.rectangle-outline", "One mail"),
    ("people", "mdi6.account-multiple-outline", "Two people beside one another"),
    ("versions", "mdi6.file-compare", "Two versions of the template"),
    ("editions", "mdi6.translate", "Two variants or languages of the mail"),
)
_ROOM_FOR_WORDS = 720


class ModeBar(QWidget):
    """`look_chosen`, `width_chosen` (0 = desktop), `images_chosen` and `compare_chosen`: by mouse, key or code."""

    look_chosen = Signal(str)
    width_chosen = Signal(int)
    images_chosen = Signal(bool)
    compare_chosen = Signal(str)
    room_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.looks = Segments("Colours of the picture", LOOKS, "light")
        widths = [Segment(str(n), str(n), f"{_DEVICES[n]}, {n} pixels wide") for n in WIDTHS]
        widths.append(Segment("0", "Desktop", "Desktop: as wide as there is room", "mdi6.monitor"))
        self.widths = Segments("Width of the picture", widths, "0")
        self.images = theme.tool("mdi6.image-off-outline", "Pictures off, their words instead (Ctrl+Alt+I)")
        self.images.setCheckable(True)
        self.compare = theme.tool("mdi6.compare", "Side by side (Ctrl+Alt+C)")
        self.compare.setCheckable(True)
        self.room = theme.tool("mdi6.arrow-expand-horizontal", "Preview only: hide what is written (Ctrl+Alt+P)")
        self.room.setCheckable(True)
        self._side = ""
        line = theme.row(self.looks, self.widths, 1, self.images, self.compare, self.room, spacing=2)
        line.insertSpacing(1, theme.SPACE)
        self.setLayout(line)
        self.looks.chosen.connect(self.look_chosen)
        self.widths.chosen.connect(lambda value: self.width_chosen.emit(int(value)))
        self.images.toggled.connect(lambda off: self.images_chosen.emit(not off))
        self.compare.clicked.connect(self._ask_compare)
        self.room.toggled.connect(self.room_wanted)

    def add_shortcuts(self, owner: QWidget) -> None:
        """The keys of the modes, anywhere inside `owner`."""
        for keys, act in (
            ("Ctrl+Alt+L", self.looks.next),
            ("Ctrl+Alt+W", self.widths.next),
            ("Ctrl+Alt+I", self.images.click),
            ("Ctrl+Alt+C", self._next_compare),
            ("Ctrl+Alt+P", self.room.click),
        ):
            made = QShortcut(QKeySequence(keys), owner, act)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    @property
    def side(self) -> str:
        """What stands at the other side: nothing, "people", "versions" or "editions"."""
        return self._side

    def set_compare(self, side: str) -> None:
        """Choose what stands beside the mail, and tell it."""
        self._side = side
        self.compare.setChecked(bool(side))
        self.compare_chosen.emit(side)

    def show_width(self, css_width: int) -> None:
        """A width that was dragged: no button is down unless it is one of theirs."""
        self.widths.set_value(str(css_width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.looks.show_words(self.width() >= _ROOM_FOR_WORDS)

    def _next_compare(self) -> None:
        if self.isEnabled():
            sides = [side for side, _, _ in COMPARE]
            self.set_compare(sides[(sides.index(self._side) + 1) % len(sides)])

    def _ask_compare(self) -> None:
        self.compare.setChecked(bool(self._side))
        self.menu().popup(self.compare.mapToGlobal(self.compare.rect().bottomLeft()))

    def menu(self) -> QMenu:
        """What may stand beside the mail, with the present choice marked."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for side, icon, words in COMPARE:
            made = QAction(theme.icon(icon), words, menu)
            made.setCheckable(True)
            made.setChecked(side == self._side)
            made.triggered.connect(lambda _=False, side=side: self.set_compare(side))
            menu.addAction(made)
        return menu
