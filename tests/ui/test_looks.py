"""Theme, cells and small parts: contrast, plain text, visible control characters, one line for an error."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from restock_desk.domain.listing import LISTS, Filter, Kind, Op
from restock_desk.errors import DeskError
from restock_desk.ui import colors, surface, theme
from restock_desk.ui.cells import visible, words
from restock_desk.ui.filter_bar import filter_words

ON = [
    *((text, ground) for text in ("text", "muted") for ground in ("window", "surface", "raised", "rail", "selection")),
    *((role, f"{role}_soft") for role in ("good", "warn", "bad", "info")),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("accent_text", "accent_soft"),
    ("accent_text", "surface"),
    ("muted", "neutral_soft"),
    ("text", "bad_soft"),
    ("bad", "surface"),
]


def luminance(color: QColor) -> float:
    bare = (color.redF(), color.greenF(), color.blueF())
    parts = [c / 12.92 if c <= 0.03928 else float(((c + 0.055) / 1.055) ** 2.4) for c in bare]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("scheme", [colors.LIGHT, colors.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), ON)
def test_text_is_readable_on_its_ground(scheme: colors.Colors, text: str, ground: str) -> None:
    high, low = sorted(
        (luminance(QColor(getattr(scheme, text))), luminance(QColor(getattr(scheme, ground)))), reverse=True
    )
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_labels_show_markup_as_typed(qapp: QApplication) -> None:
    label = theme.label("<img src='http://example.com/x.png'>")
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert theme.tooltip("<b>Ana</b>") == "<p>&lt;b&gt;Ana&lt;/b&gt;</p>"
    assert theme.button("Fish & chips").text() == "Fish && chips"


def test_icons_follow_the_scheme(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    icon = theme.icon("mdi6.tag-outline", "text")
    light = icon.pixmap(QSize(32, 32)).toImage()
    theme.apply(qapp, "dark")
    dark = icon.pixmap(QSize(32, 32)).toImage()
    theme.apply(qapp, "light")
    assert light != dark


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines", "two⏎lines"),
        ("evil‮txt.exe", "evil‹U+202E›txt.exe"),
        ("zero​width", "zero‹U+200B›width"),
        ("bell\x07", "bell␇"),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_hostile_characters_are_visible(typed: str, shown: str) -> None:
    assert visible(typed) == shown


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, Kind.TEXT, "–"),
        (1234567, Kind.INT, "1,234,567"),
        (Decimal("5"), Kind.MONEY, "5.00"),
        (Decimal("1234.5"), Kind.MONEY, "1,234.50"),
        (Decimal("0.1234"), Kind.MONEY, "0.1234"),
        (0.256, Kind.PERCENT, "25.6%"),
        (True, Kind.BOOL, "Yes"),
        ("in_doubt", Kind.CHOICE, "In doubt"),
    ],
)
def test_values_read_as_a_person_writes_them(value: object, kind: Kind, text: str) -> None:
    assert words(value, kind) == text


def test_a_time_is_shown_in_the_local_zone() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert words(at, Kind.INSTANT) == f"{at.astimezone():%d %b %Y, %H:%M}"


def test_filters_read_as_sentences() -> None:
    columns = LISTS["variants"]
    assert filter_words(Filter("stock", Op.MORE, "0"), columns) == "Stock more than 0"
    assert filter_words(Filter("updated_at", Op.LESS, "2026-01-01"), columns) == "Updated before 2026-01-01"
    assert filter_words(Filter("vendor", Op.EMPTY), columns) == "Vendor is empty"


def test_copied_details_hold_no_value_of_a_person() -> None:
    def breaks() -> None:
        email = "ana@example.com"
        raise ValueError(f"no such person: {email}")

    try:
        breaks()
    except ValueError as error:
        copied = surface.details(error)
    assert "ana@example.com" not in copied
    assert "ValueError" in copied
    assert "in breaks" in copied


def test_an_error_says_what_and_what_next() -> None:
    assert surface.sentence(DeskError("The file is gone.", "Choose another.")) == (
        "The file is gone.",
        "Choose another.",
    )
    assert surface.sentence(KeyError("secret")) == (surface.BUG, surface.BUG_HINT)
