"""A block's text in colours that are read: the nearest colour of the brand, or the nearest shade of the same."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from restock_desk.domain.brand import Brand
from restock_desk.domain.document import kinds
from restock_desk.domain.document.tree import Json, Node
from restock_desk.domain.templates import Problem
from restock_desk.rendering.lint import colors
from restock_desk.rendering.lint.colors import Rgb
from restock_desk.rendering.lint.rewriting import rewritten

_PAIR = re.compile(r"(#[0-9a-f]{6}) on (#[0-9a-f]{6})")
_INKS = ("$text", "$muted", "$brand", "$link", "$accent", "$on-brand", "$on-accent", "$surface")
_MARGIN = 0.05
Recolored = tuple[str, tuple[tuple[str, Json], ...]]


def readable(node: Node, brand: Brand, problem: Problem) -> Recolored | None:
    """Words, and the block's values by name, with another colour for what is too pale; None where none is known."""
    pair = _PAIR.search(problem.evidence)
    ink, ground = (colors.parse(part) for part in pair.groups()) if pair else (None, None)
    if ink is None or ground is None or pair is None:
        return None
    need = (3.0 if "Large" in problem.fix else 4.5) + _MARGIN
    dark = problem.rule == "a11y.contrast-dark"
    seen = pair.group(1)

    def change(name: str, value: Json) -> Json:
        if name.lower().endswith("color") and isinstance(value, str) and _shown(brand, value, dark) == seen:
            return _instead(brand, value, ink[0], ground[0], need, dark)
        return value

    made = {key: rewritten(value, change, key) for key, value in node.props.items()}
    style = dict(made["style"]) if isinstance(made.get("style"), Mapping) else {}  # type: ignore[arg-type]  # an object
    for name, spec in kinds.fields_of(node.type).items():
        unset = spec.type == "color" and node.get(name) is None and name.lower().endswith("color")
        if unset and _shown(brand, str(spec.default or ""), dark) == seen and not name.startswith("style.border"):
            style[spec.last] = _instead(brand, str(spec.default), ink[0], ground[0], need, dark)
    if style:
        made["style"] = MappingProxyType(style)
    changed = tuple((key, value) for key, value in made.items() if value != node.props.get(key))
    return ("Take the nearest colour that is read.", changed) if changed else None


def _shown(brand: Brand, color: str, dark: bool) -> str:
    """The hex a colour has by day or by night."""
    return (brand.dark(color) if dark else "") or brand.color(color)


def _instead(brand: Brand, color: str, ink: Rgb, ground: Rgb, need: float, dark: bool) -> str:
    """Another token for a token, by day and by night; a shade for a colour of the author's own."""
    if not color.startswith("$") and not dark:
        return colors.nearest(ink, ground, need)
    fitting: list[tuple[float, str]] = []
    for token in _INKS:
        seen = colors.parse(_shown(brand, token, dark))
        if seen is not None and colors.contrast(seen[0], ground) >= need:
            fitting.append((sum((a - b) ** 2 for a, b in zip(seen[0], ink, strict=True)), token))
    return min(fitting)[1] if fitting else colors.nearest(ink, ground, need)
