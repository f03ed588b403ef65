"""Rows of the catalog that can be dragged or copied into a mail that is being written: they carry their SKUs."""

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QMimeData, QModelIndex, QObject, Qt

from restock_desk.domain.listing import Row
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.composer.carried import SKU
from restock_desk.ui.rows import Index, RowsModel, Source


class SkuRows(RowsModel):
    """The list of variants."""

    def __init__(self, source: Source, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(source, bridge, "variants", parent)
        self._sku = next(n for n, column in enumerate(self.columns) if column.name == "sku")

    def flags(self, index: Index) -> Qt.ItemFlag:
        base = super().flags(index)
        return base | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else base

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        found = (self.row_at(number) for number in sorted({index.row() for index in indexes}))
        rows = [row for row in found if row is not None]
        return self.carried(rows, self._skus(rows))

    def carried(self, rows: Sequence[Row], text: str) -> QMimeData:
        """For the clipboard; `text` is for programs that know no mail."""
        made = QMimeData()
        made.setText(text)
        made.setData(SKU, QByteArray(self._skus(rows).encode()))
        return made

    def _skus(self, rows: Sequence[Row]) -> str:
        """One a line; a row without one is no product for a mail."""
        return "\n".join(str(row.values[self._sku]) for row in rows if row.values[self._sku])
