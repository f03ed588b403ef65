"""Everything about seeing a mail while it is written: for whom, live, in every mode, one beside another.

For a page that writes mails: it gives `show_draft` what it has and listens to what is found.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from restock_desk.domain.templates import Draft
from restock_desk.services.desk import Desk
from restock_desk.ui import hosted, theme
from restock_desk.ui.branches import BranchStrip
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.comparison import Comparison, Side
from restock_desk.ui.live import LivePreview
from restock_desk.ui.preview_bar import PreviewBar
from restock_desk.ui.preview_pane import PreviewPane


class PreviewSide(QWidget):
    """`live.rendered`, `live.checked` and `live.live` tell what is found; `pane` shows it. GUI thread only."""

    room_wanted = Signal(bool)
    """Whether what is written should give way to the picture."""

    def __init__(self, desk: Desk, bridge: Bridge, parent: QWidget | None = None, name: str = "preview") -> None:
        """`name` tells several apart."""
        super().__init__(parent)
        self.setObjectName("plain")
        self.live = LivePreview(desk, bridge, self, name)
        self.who = PreviewBar(desk, bridge, name=name)
        self.pane = PreviewPane(hosted.finder(desk, bridge))
        self.comparison = Comparison(desk, bridge, self.pane.stage, self, self._name)
        self._draft: Draft | None = None
        self.branches = BranchStrip(desk, bridge, self.who, lambda: self._draft)
        self.pane.tab_tools.addWidget(self.branches.seek)
        column = theme.column(self.who, self.branches, self.pane)
        column.setStretch(2, 1)
        self.setLayout(column)
        self.setMinimumWidth(470)
        self.who.chosen.connect(self._chosen)
        self.live.rendered.connect(self.pane.show_outcome)
        self.pane.modes.compare_chosen.connect(self.comparison.set_kind)
        self.pane.modes.room_wanted.connect(self.room_wanted)
        self.pane.whole_wanted.connect(self._whole_wanted)

    def show_draft(self, draft: Draft) -> None:
        """Render this, here and beside."""
        if draft != self._draft:
            self.branches.forget()
        self._draft = draft
        self.live.show_draft(draft)
        self._tell()

    def show_template(self, template_id: int) -> None:
        """Another template is open: nothing of the one before stays."""
        self.pane.forget()
        self.comparison.show_template(template_id)

    def stop(self) -> None:
        """Nothing is written any more."""
        self._draft = None
        self.branches.forget()
        self.live.stop()
        self.comparison.stop()

    def add_shortcuts(self, owner: QWidget) -> None:
        """The keys of the preview, anywhere inside `owner`."""
        self.who.add_shortcuts(owner)
        self.pane.add_shortcuts(owner)

    def _name(self) -> str:
        current = self.who.person.current
        return current.title if current is not None else ""

    def _chosen(self, subscriber_id: int | None, event_ids: tuple[int, ...], case: str) -> None:
        self.live.show_for(subscriber_id, event_ids, case)
        self._tell()

    def _tell(self) -> None:
        if self._draft is not None and self.live.known:
            self.comparison.show_first(Side(self._draft, self.live.whom))

    def _whole_wanted(self, wanted: bool) -> None:
        self.live.sketches = not wanted
        if wanted:
            self.live.show_whole()
