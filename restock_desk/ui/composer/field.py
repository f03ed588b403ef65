"""What every field of a panel is: shows a value, tells another. The document keeps the value, not the field."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.tree import Json
from restock_desk.ui.composer.around import Around


class FieldEditor(QWidget):
    """`edited(value)` when a person changes it; None = not set, so that the default holds. `WIDE` fields stand below
    their label."""

    edited = Signal(object)
    WIDE = False

    def __init__(self, spec: FieldSpec, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.spec, self.around = spec, around

    def show_value(self, value: Json) -> None:
        """Show what holds, without telling `edited`."""
        raise NotImplementedError

    def focus_first(self) -> None:
        """Put the cursor where a person would begin."""
        self.setFocus()


_WORDS = {
    "": "Automatic", "image": "Picture", "ltr": "Left to right", "rtl": "Right to left", "support": "Own dark styles",
    "light-only": "Light only", "auto": "Automatic", "manual": "By hand", "event": "What restocked",
    "sku": "A fixed SKU", "item": "Entry of the repeat", "related": "Related products", "waitlist": "All they wait for",
    "feed": "A feed", "hide": "Hide the block", "compareAt": "Former price",
    "stockBadge": "Stock badge", "card": "Card", "row": "Picture beside", "compact": "Compact", "custom": "Own widths",
    "400": "Regular", "500": "Medium", "600": "Semibold", "700": "Bold", "800": "Heavy", "x": "X", "tiktok": "TikTok",
    "youtube": "YouTube", "linkedin": "LinkedIn", "whatsapp": "WhatsApp", "github": "GitHub", "web": "Website",
}  # fmt: skip


def words_of(choice: str, empty: str = "") -> str:
    """A choice as a person reads it."""
    if not choice and empty:
        return empty
    if choice.replace("-", "").isdigit() and "-" in choice:
        return " : ".join(choice.split("-"))
    return _WORDS.get(choice) or choice.replace("-", " ").capitalize()
