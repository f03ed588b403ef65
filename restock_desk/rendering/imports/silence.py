"""Looks that no block has, told once each: what a file says and nobody would see."""

from collections.abc import Mapping

from restock_desk.rendering.imports.notes import Journal
from restock_desk.rendering.imports.tree import Element

_SPACED = ("letter-spacing", "text-transform")
_UNHELD: Mapping[str, tuple[str, ...]] = {
    "mj-text": (*_SPACED, "height"),
    "mj-button": (*_SPACED, "width", "height", "font-style", "text-decoration", "container-background-color"),
    "mj-image": ("border", "srcset"),
    "mj-table": (*_SPACED, "border", "cellpadding", "cellspacing"),
    "mj-column": ("inner-border", "inner-background-color", "inner-border-radius"),
    "mj-navbar-link": (*_SPACED, "font-style", "text-decoration"),
    "mj-social": ("icon-height", "icon-padding", "inner-padding", "text-padding", "mode"),
    "mj-social-element": ("background-color", "color", "border-radius"),
    "mj-divider": ("align",),
    "mj-section": ("background-position", "background-size"),
}
_SAYS_NOTHING = {
    "", "none", "normal", "0", "0px", "auto", "inherit", "100%", "horizontal", "center", "top center", "transparent",
    "cover",
}  # fmt: skip


class Silence:
    """What was told already."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def tell(self, element: Element, resolved: Mapping[str, str], journal: Journal) -> None:
        """Notes for the attributes of an element that are lost."""
        for name in _UNHELD.get(element.name, ()):
            if resolved.get(name, "").strip().lower() in _SAYS_NOTHING or (element.name, name) in self._told:
                continue
            self._told.add((element.name, name))
            journal.lost(f"{name} of <{element.name}>", "No block has this; it looks as usual.", element.line)
        if resolved.get("align") == "justify" and ("", "justify") not in self._told:
            self._told.add(("", "justify"))
            journal.lost("text set to both sides", "Texts here begin at one side.", element.line)
