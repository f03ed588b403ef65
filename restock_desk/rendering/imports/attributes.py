"""What an MJML element is told by defaults, mj-all, its kind, its classes and itself, the nearest last."""

from collections.abc import Mapping

from restock_desk.rendering.imports.notes import Journal
from restock_desk.rendering.imports.tree import Element

_TEXT = {"padding": "10px 25px", "font-size": "13px", "line-height": "1", "color": "#000000", "align": "left"}
_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "mj-section": {"padding": "20px 0", "text-align": "center"},
    "mj-wrapper": {"padding": "20px 0"},
    "mj-text": _TEXT,
    "mj-table": _TEXT,
    "mj-list": _TEXT,
    "mj-button": {
        "align": "center", "background-color": "#414141", "color": "#ffffff", "font-size": "13px",
        "font-weight": "normal", "border-radius": "3px", "inner-padding": "10px 25px", "padding": "10px 25px",
    },
    "mj-image": {"align": "center", "padding": "10px 25px"},
    "mj-divider": {
        "padding": "10px 25px", "border-width": "4px", "border-style": "solid", "border-color": "#000000",
        "width": "100%",
    },
    "mj-spacer": {"height": "20px"},
    "mj-social": {"align": "center", "padding": "10px 25px", "icon-size": "20px", "font-size": "13px"},
    "mj-navbar": {"align": "center"},
    "mj-navbar-link": {"padding": "15px 10px", "color": "#000000", "font-size": "13px", "font-weight": "normal"},
    "mj-hero": {"padding": "0px", "height": "0px", "background-color": "#ffffff", "vertical-align": "top"},
}  # fmt: skip
_SAME = {"mj-link": "mj-navbar-link", "mj-inline-links": "mj-navbar"}


class Attributes:
    """The attributes of a file's head."""

    def __init__(self) -> None:
        self._all: dict[str, str] = {}
        self._kinds: dict[str, dict[str, str]] = {}
        self._classes: dict[str, dict[str, str]] = {}

    def learn(self, element: Element, journal: Journal) -> None:
        """The content of an mj-attributes."""
        for child in element.elements():
            if child.name == "mj-all":
                self._all |= child.attributes
            elif child.name == "mj-class":
                name = child.get("name")
                own = {key: value for key, value in child.attributes.items() if key != "name"}
                self._classes[name] = self._classes.get(name, {}) | own
            else:
                self._kinds[child.name] = self._kinds.get(child.name, {}) | child.attributes
            for inner in child.elements() if child.name == "mj-class" else ():
                words = "Attributes for what stands inside elements of a class are not taken over."
                journal.lost(f"<{inner.name}> in mj-class {child.get('name')[:40]}", words, inner.line)

    def of(self, element: Element) -> dict[str, str]:
        """All attributes of an element, classes of CSS joined."""
        name = _SAME.get(element.name, element.name)
        levels = [_DEFAULTS.get(name, {}), self._all, self._kinds.get(element.name, {})]
        levels += [self._classes.get(one, {}) for one in element.get("mj-class").split()]
        levels.append(element.attributes)
        made: dict[str, str] = {}
        css: list[str] = []
        for level in levels:
            css += level.get("css-class", "").split()
            made.update(level)
        if css:
            made["css-class"] = " ".join(dict.fromkeys(css))
        return made

    def has(self, element: Element, name: str) -> bool:
        """Whether the file says this attribute at all, be it for the element or for its kind."""
        return name in element.attributes or name in self._kinds.get(element.name, {})
