"""Rows of the catalog that can be dragged into a mail that is being written: they carry their SKUs."""

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QMimeData, QModelIndex, QObject, Qt

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
        rows = [self.row_at(number) for number in sorted({index.row() for index in indexes})]
        skus = "\n".join(str(row.values[self._sku]) for row in rows if row is not None)
        made = QMimeData()
        made.setData(SKU, QByteArray(skus.encode()))
        made.setText(skus)
        return made
