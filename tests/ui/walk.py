"""Walks a widget tree for controls that nobody could name: what a screen reader would read as nothing."""

from collections.abc import Iterator

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTabBar,
    QTabWidget,
    QTextEdit,
    QWidget,
)

CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QProgressBar,
    QTabWidget, QTextEdit,
)  # fmt: skip


def controls(root: QWidget) -> Iterator[QWidget]:
    """Every control under `root` that is ours: not the parts Qt makes a control of."""
    for widget in root.findChildren(QWidget):
        parent = widget.parentWidget()
        if not isinstance(widget, CONTROLS) or isinstance(widget, QHeaderView):
            continue
        inner = isinstance(parent, (QAbstractSpinBox, QComboBox, QLineEdit, QTabBar, QAbstractItemView))
        if inner or (parent is not None and parent.metaObject().className() == "QComboBoxPrivateContainer"):
            continue
        if widget.objectName().startswith("qt_") or "QCalendar" in widget.metaObject().className():
            continue
        yield widget


def nameless(root: QWidget) -> list[str]:
    """Class and place of every control without a name."""
    found = []
    for widget in controls(root):
        interface = QAccessible.queryAccessibleInterface(widget)
        told = interface.text(QAccessible.Text.Name) if interface is not None else ""
        if not (widget.accessibleName() or told).strip():
            parent = widget.parentWidget()
            found.append(f"{type(widget).__name__} in {type(parent).__name__}")
    return found
