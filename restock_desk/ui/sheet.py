"""The style sheet, written from the roles in `colors`. Shapes and spacing only; no colour is named here."""

from string import Template

from restock_desk.bundle import resource
from restock_desk.ui import colors

_SHEET = Template("""
QWidget { outline: none; }
QMainWindow, QDialog { background: $window; }
QToolTip { background: $surface; color: $text; border: 1px solid $border; padding: 4px 6px; }
#rail { background: $rail; border: none; border-right: 1px solid $border; }
#page { background: $window; }
#card { background: $surface; border: 1px solid $border; border-radius: 10px; }
#outline { selection-background-color: transparent; }
#entry { background: $raised; border: 1px solid $border; border-radius: 8px; }
#written { background: $surface; border: 1px solid $strong_border; border-radius: 7px; }
#written QTextEdit { background: transparent; border: none; }
#plain { background: transparent; border: none; }
#rule { background: $border; border: none; }
QLabel { background: transparent; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="accent"] { color: $accent_text; }
QLabel[tone="good"] { color: $good; }
QLabel[tone="warn"] { color: $warn; }
QLabel[tone="bad"] { color: $bad; }
QLabel[chip="good"] { background: $good_soft; color: $good; }
QLabel[chip="warn"] { background: $warn_soft; color: $warn; }
QLabel[chip="bad"] { background: $bad_soft; color: $bad; }
QLabel[chip="info"] { background: $info_soft; color: $info; }
QLabel[chip="neutral"] { background: $neutral_soft; color: $muted; }
QLabel[chip] { border-radius: 8px; padding: 3px 9px; }

QPushButton, QToolButton { background: $surface; color: $text; border: 1px solid $strong_border; border-radius: 7px;
  padding: 6px 12px; min-height: 18px; }
QToolButton { padding: 6px 8px; }
QPushButton:hover, QToolButton:hover { background: $raised; }
QPushButton:pressed, QToolButton:pressed { background: $border; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 5px 11px; }
QToolButton:focus { padding: 5px 7px; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: $raised; border-color: $border; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent; }
QPushButton[kind="primary"]:hover { background: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
#tile { background: $accent_soft; border-radius: 12px; color: $accent_text; }
QPushButton[kind="primary"]:disabled { background: $neutral_soft; color: $muted; border-color: $neutral_soft; }
QPushButton[kind="danger"] { color: $bad; border-color: $bad; }
QPushButton[kind="danger"]:hover { background: $bad_soft; }
QPushButton[kind="quiet"], QToolButton[kind="quiet"] { background: transparent; border: 1px solid transparent; }
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover { background: $raised; }
QPushButton[kind="quiet"]:focus, QToolButton[kind="quiet"]:focus { border: 2px solid $accent; }
QToolButton[kind="quiet"]:checked { background: $accent_soft; color: $accent_text; }
QToolButton[kind="tile"] { background: $raised; color: $text; border: 1px solid transparent; border-radius: 8px;
  padding: 6px 2px 4px 2px; min-height: 44px; }
QToolButton[kind="tile"]:hover { background: $accent_soft; border-color: $accent; color: $accent_text; }
QToolButton[kind="tile"]:focus { border: 2px solid $accent; padding: 5px 1px 3px 1px; }
QToolButton[kind="fold"] { background: transparent; border: 1px solid transparent; padding: 3px 0; text-align: left; }
QToolButton[kind="fold"]:hover { color: $accent_text; }
QToolButton[kind="fold"]:focus { border: 1px solid $accent; padding: 3px 0; }
QToolButton[kind="crumb"] { background: transparent; border: 1px solid transparent; border-radius: 5px; color: $muted;
  padding: 1px 4px; min-height: 16px; }
QToolButton[kind="crumb"]:hover { color: $accent_text; background: $raised; }
QToolButton[kind="crumb"]:focus { border: 1px solid $accent; padding: 1px 4px; }
QToolButton[kind="step"] { background: transparent; border: 1px solid transparent; padding: 6px 2px; }
QToolButton[kind="step"]:hover { background: $raised; }
QToolButton[kind="step"]:focus { border: 2px solid $accent; padding: 5px 1px; }
QToolButton[kind="segment"] { background: $surface; color: $muted; border: 1px solid $strong_border; border-left: none;
  border-radius: 0; padding: 5px 7px; }
QToolButton[kind="segment"][place="first"] { border-left: 1px solid $strong_border; border-top-left-radius: 7px;
  border-bottom-left-radius: 7px; }
QToolButton[kind="segment"][place="last"] { border-top-right-radius: 7px; border-bottom-right-radius: 7px; }
QToolButton[kind="segment"]:hover { background: $raised; color: $text; }
QToolButton[kind="segment"]:checked { background: $accent_soft; color: $accent_text; font-weight: 600; }
QToolButton[kind="segment"]:focus { border: 2px solid $accent; padding: 4px 6px; }
QToolButton[kind="segment"]:disabled { color: $muted; background: $raised; }
QPushButton[kind="chip"] { background: $accent_soft; color: $accent_text; border: 1px solid transparent;
  border-radius: 13px; padding: 3px 10px; }
QPushButton[kind="chip"]:focus { border: 2px solid $accent; padding: 2px 9px; }
QToolButton::menu-indicator, QPushButton::menu-indicator { image: none; width: 0; }
QToolButton[kind="rail"] { background: transparent; border: 2px solid transparent; border-radius: 8px; color: $muted;
  padding: 7px 10px; text-align: left; }
QToolButton[kind="rail"]:hover { background: $neutral_soft; color: $text; }
QToolButton[kind="rail"]:checked { background: $accent_soft; color: $accent_text; font-weight: 600; }
QToolButton[kind="rail"]:focus { border: 2px solid $accent; }

QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QDateTimeEdit, QDateEdit { background: $surface; color: $text;
  border: 1px solid $strong_border; border-radius: 7px; padding: 5px 8px; min-height: 20px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateTimeEdit:focus { border: 2px solid $accent;
  padding: 4px 7px; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { background: $raised; color: $muted; border-color: $border; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$icons/chevron-down.svg"); width: 14px; height: 14px; }
QDateEdit::drop-down, QDateTimeEdit::drop-down { border: none; width: 24px; }
QDateEdit::down-arrow, QDateTimeEdit::down-arrow { image: url("$icons/chevron-down.svg"); width: 14px; height: 14px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; background: transparent; width: 20px; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin-top: 2px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin-bottom: 2px; }
QAbstractSpinBox::up-arrow { image: url("$icons/chevron-up.svg"); width: 12px; height: 12px; }
QAbstractSpinBox::down-arrow { image: url("$icons/chevron-down.svg"); width: 12px; height: 12px; }
QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0 0 0 8px; min-height: 0; }
QLineEdit QToolButton { background: transparent; border: none; padding: 0; min-height: 0; }
QCheckBox::indicator, QListView::indicator, QTreeView::indicator { width: 16px; height: 16px;
  border: 1px solid $strong_border; border-radius: 4px; background: $surface; }
QCheckBox::indicator:checked, QListView::indicator:checked, QTreeView::indicator:checked { background: $accent;
  border-color: $accent; image: url("$icons/tick.svg"); }
QTreeView::indicator:indeterminate { background: $accent_soft; border-color: $accent; }
QCheckBox::indicator:disabled { background: $raised; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $strong_border; border-radius: 8px;
  background: $surface; }
QRadioButton::indicator:checked { border: 5px solid $accent; width: 6px; height: 6px; }
QComboBox QAbstractItemView { background: $surface; color: $text; border: 1px solid $border; padding: 4px;
  selection-background-color: $accent_soft; selection-color: $accent_text; }
QPlainTextEdit, QTextEdit, QTextBrowser { background: $surface; color: $text; border: 1px solid $border;
  border-radius: 7px; padding: 4px; selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit:focus, QTextEdit:focus { border: 1px solid $accent; }
QCheckBox, QRadioButton { spacing: 8px; padding: 3px; border: 1px solid transparent; border-radius: 5px; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid $accent; }

QTableView, QListView, QTreeView, QTableWidget, QListWidget { background: $surface; color: $text; border: none;
  selection-background-color: $selection; selection-color: $text; gridline-color: $border; }
QTableWidget::item { padding: 0 8px; }
QTreeWidget::item { padding: 4px 2px; }
QTableWidget { border: 1px solid $border; border-radius: 8px; }
QListWidget::item { padding: 7px 8px; border-radius: 6px; }
QListWidget#dense::item { padding: 2px 8px; }
QDialog QListWidget { border: 1px solid $border; border-radius: 8px; padding: 3px; }
QDialog QListWidget:focus { border: 1px solid $accent; }
QListWidget::item:selected { background: $accent_soft; color: $accent_text; }
QListWidget::item:hover:!selected { background: $raised; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section { background: $surface; color: $muted; border: none; border-bottom: 1px solid $border;
  padding: 8px 12px; font-weight: 600; text-align: left; }
QHeaderView::section:hover { color: $text; background: $raised; }
QHeaderView::down-arrow { image: url("$icons/chevron-up.svg"); width: 12px; height: 12px; }
QHeaderView::up-arrow { image: url("$icons/chevron-down.svg"); width: 12px; height: 12px; }
QTableCornerButton::section { background: $surface; border: none; }

QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $muted; padding: 8px 12px; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $accent_text; border-bottom: 2px solid $accent; font-weight: 600; }
QTabBar::tab:focus { background: $accent_soft; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $accent_soft; }
QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: $strong_border; border-radius: 4px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $muted; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QMenuBar { background: $rail; color: $text; border: none; border-bottom: 1px solid $border; padding: 2px 6px; }
QMenuBar::item { padding: 5px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $accent_soft; color: $accent_text; }
QMenu { background: $surface; color: $text; border: 1px solid $border; padding: 6px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 5px; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: $accent_soft; color: $accent_text; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: 6px 4px; }
QStatusBar { background: $rail; color: $muted; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QProgressBar { background: $neutral_soft; border: none; border-radius: 4px; min-height: 8px; max-height: 8px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
#toast { background: $text; border-radius: 9px; }
#toast QLabel { color: $window; }
#toast QPushButton { background: transparent; color: $window; border: 1px solid $muted; }
#problem { background: $bad_soft; border: 1px solid $bad; border-radius: 9px; }
#problem QLabel { color: $text; }
#stopped { background: $bad; border: none; }
#stopped QLabel { color: $surface; }
#note { background: $info_soft; border: none; border-radius: 9px; }
#warning { background: $warn_soft; border: none; border-radius: 9px; }
#popover { background: $surface; border: 1px solid $strong_border; border-radius: 10px; }
""")


def text() -> str:
    """The style sheet of the scheme in use."""
    return _SHEET.substitute(colors.named(), icons=resource("icons").as_posix())
