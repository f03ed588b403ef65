"""Two versions of a document beside one another: what changed block by block, and both pictures with it framed."""

from collections.abc import Mapping, Sequence
from typing import cast

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSplitter, QWidget

from restock_desk.domain.condition_words import spoken
from restock_desk.domain.document import diff
from restock_desk.domain.document.diff import Change, FieldChange, What
from restock_desk.domain.document.rich import plain
from restock_desk.domain.document.tree import Document, DocumentFault, Json, thaw
from restock_desk.domain.templates import TemplateVersion
from restock_desk.services import composing
from restock_desk.services.desk import Desk
from restock_desk.services.readers import Scribe, Whom
from restock_desk.ui import hosted, theme
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.around import in_words, label_of, named
from restock_desk.ui.composer.layer import Layer
from restock_desk.ui.live import Renderer
from restock_desk.ui.side_by_side import Stage

_SIGNS = {
    What.ADDED: ("mdi6.plus-circle-outline", "good", "Added"),
    What.REMOVED: ("mdi6.minus-circle-outline", "bad", "Removed"),
    What.MOVED: ("mdi6.swap-vertical", "info", "Moved"),
    What.CHANGED: ("mdi6.pencil-outline", "accent_text", "Changed"),
}
Pictures = tuple[str, str]


class BlockDiff(QWidget):
    """GUI thread only. The pictures are of one person and restock, those of the preview."""

    def __init__(self, desk: Desk, bridge: Bridge, whom: Whom, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._desk, self._bridge, self._whom = desk, bridge, whom
        self._scribe = scribe = Scribe()
        self.destroyed.connect(lambda: scribe.rest())
        self._layers: list[Layer] = []
        self._documents: tuple[Document, Document] | None = None
        self.changes: tuple[Change, ...] = ()
        self.list = QListWidget()
        self.list.setAccessibleName("Blocks that differ")
        self.list.setWordWrap(True)
        self.list.setMinimumWidth(230)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stage = Stage(hosted.finder(desk, bridge))
        self.stage.setMinimumWidth(420)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(10)
        split.addWidget(self.list)
        split.addWidget(self.stage)
        split.setStretchFactor(1, 1)
        self.setLayout(theme.row(split))
        self.list.currentRowChanged.connect(self._chosen)
        self.stage.painted.connect(self._painted)

    def show_pair(self, before: TemplateVersion, after: TemplateVersion) -> bool:
        """Compare these; False where one of them is no document."""
        try:
            pair = composing.document_of(before.draft), composing.document_of(after.draft)
        except DocumentFault:
            return False
        self._documents, self.changes = pair, diff.compare(*pair)
        self.list.clear()
        for change in self.changes:
            icon, role, words = _SIGNS[change.what]
            item = QListWidgetItem(theme.icon(icon, role), f"{words}: {change.label}{_more(change)}")
            item.setToolTip(theme.tooltip(words))
            self.list.addItem(item)
        if not self.changes:
            nothing = QListWidgetItem("No block differs.")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self.list.setIconSize(QSize(16, 16))
        self.stage.open_second(f"Version {before.number}", theme.caption(f"Version {after.number}"))
        self.stage.warm()
        renderer = Renderer(self._desk, self._whom, self._scribe)

        def work() -> Pictures:
            made = [renderer.outcome(version.draft, whole=True) for version in (before, after)]
            one, other = (found.mail.html if found.mail else "" for found in made)
            return one, other

        self._bridge.ask("version-pictures", work, self._drawn)
        return True

    def _drawn(self, pictures: Pictures) -> None:
        self.stage.show_mail(pictures[0])
        second = self.stage.second
        if second is not None:
            second.shown.connect(lambda _: self._painted(), Qt.ConnectionType.SingleShotConnection)
        self.stage.show_second(pictures[1])

    def _painted(self) -> None:
        if self._documents is None:
            return
        engines = self.stage.engines
        if [layer.engine for layer in self._layers] != engines:
            self._layers = [Layer(engine) for engine in engines]
        for layer, document in zip(self._layers, self._documents, strict=False):
            layer.show_document(document, self._id())
            layer.lay()
        if self.list.currentRow() < 0 and self.changes:
            self.list.setCurrentRow(0)

    def _id(self) -> str:
        row = self.list.currentRow()
        return self.changes[row].id if 0 <= row < len(self.changes) else ""

    def _chosen(self, _row: int) -> None:
        for layer in self._layers:
            layer.choose(self._id())


def _more(change: Change) -> str:
    if change.what is not What.CHANGED:
        return f" with {change.inside} inside" if change.inside else ""
    return "".join(f"\n{field.label}: {shown(field.before)} → {shown(field.after)}" for field in _first(change.fields))


def _first(fields: Sequence[FieldChange]) -> Sequence[FieldChange]:
    return fields[:6]


def shown(value: Json) -> str:
    """A value of a field in a few words."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if (
        isinstance(value, tuple)
        and value
        and all(isinstance(run, Mapping) and ("t" in run or "v" in run) for run in value)
    ):
        return f"“{plain(value, named)[:80]}”"
    if isinstance(value, tuple):
        return ", ".join(shown(one) for one in value)[:80] or "nothing"
    if isinstance(value, Mapping):
        if "var" in value or "all" in value or "any" in value or "not" in value:
            return in_words(spoken(cast(Mapping[str, object], thaw(value))))
        return label_of(str(value["v"])) if "v" in value else str(value.get("link") or "…")
    return str(value)[:80] or "nothing"
