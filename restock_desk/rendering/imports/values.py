"""Sizes, colours, spaces, fonts and style attributes of MJML and HTML as the values a document takes."""

import re
from collections.abc import Mapping
from functools import lru_cache

from restock_desk.domain.brand import Brand

_NUMBER = re.compile(r"\s*(-?\d{0,6}(?:\.\d{1,8})?)\s*(px|%|em|rem|pt|)\s*(?:!important)?\s*\Z", re.IGNORECASE)
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})\Z", re.IGNORECASE)
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*([\d.]+)(%?)\s*)?\)\Z", re.IGNORECASE)
_DECLARATION = re.compile(r"([a-zA-Z-]{1,40})\s*:\s*((?:[^;\"'()]|\"[^\"]*\"|'[^']*'|\([^()]*\))*)")
_TOKEN = re.compile(r"\brd-(?:ink|fill|col|box|btn|lbl|edge|rule|cell|frame|colframe)-([a-z][a-z0-9-]*)")
_NAMES = {
    "white": "#ffffff", "black": "#000000", "red": "#ff0000", "green": "#008000", "blue": "#0000ff", "gray": "#808080",
    "grey": "#808080", "silver": "#c0c0c0", "navy": "#000080", "orange": "#ffa500", "yellow": "#ffff00",
    "purple": "#800080", "maroon": "#800000", "teal": "#008080", "olive": "#808000", "lime": "#00ff00",
    "aqua": "#00ffff", "cyan": "#00ffff", "fuchsia": "#ff00ff", "magenta": "#ff00ff", "pink": "#ffc0cb",
    "brown": "#a52a2a", "gold": "#ffd700", "tomato": "#ff6347", "coral": "#ff7f50", "crimson": "#dc143c",
    "darkgray": "#a9a9a9", "darkgrey": "#a9a9a9", "lightgray": "#d3d3d3", "lightgrey": "#d3d3d3",
    "dimgray": "#696969", "dimgrey": "#696969", "whitesmoke": "#f5f5f5", "gainsboro": "#dcdcdc",
    "darkblue": "#00008b", "darkred": "#8b0000", "darkgreen": "#006400", "lightblue": "#add8e6", "skyblue": "#87ceeb",
    "steelblue": "#4682b4", "royalblue": "#4169e1", "dodgerblue": "#1e90ff", "slategray": "#708090",
    "slategrey": "#708090", "beige": "#f5f5dc", "ivory": "#fffff0", "khaki": "#f0e68c", "indigo": "#4b0082",
    "violet": "#ee82ee", "salmon": "#fa8072", "turquoise": "#40e0d0", "chocolate": "#d2691e", "tan": "#d2b48c",
    "snow": "#fffafa", "lavender": "#e6e6fa", "hotpink": "#ff69b4", "forestgreen": "#228b22", "firebrick": "#b22222",
}  # fmt: skip
_NO_COLOR = ("", "transparent", "none", "inherit", "initial", "currentcolor", "unset")


def color(text: str) -> str | None:
    """#rrggbb; empty for no colour; None for what is none of ours. A half transparent colour is laid on white."""
    text = text.replace("!important", "").strip().lower()
    if text in _NO_COLOR:
        return ""
    if _HEX.match(text):
        digits = text[1:]
        if len(digits) in (3, 4):
            digits = "".join(digit * 2 for digit in digits)
        return f"#{digits[:6]}" if digits[6:] != "00" else ""
    hit = _RGB.match(text)
    if hit:
        share = 1.0
        if hit.group(4):
            share = _float(hit.group(4), 1.0) / (100 if hit.group(5) else 1)
        if share <= 0:
            return ""
        parts = (round(255 - (255 - min(int(part), 255)) * min(share, 1)) for part in hit.groups()[:3])
        return "#" + "".join(f"{part:02x}" for part in parts)
    return _NAMES.get(text)


def pixels(text: str, whole: float = 0, size: float = 16) -> float | None:
    """A length in px; `whole` is what a share is of, `size` the text's. None for what is no length."""
    hit = _NUMBER.match(text)
    if not hit or not hit.group(1).strip("-."):
        return None
    number, unit = _float(hit.group(1), 0), hit.group(2).lower()
    if unit == "%":
        return number * whole / 100 if whole else None
    return number * {"em": size, "rem": 16, "pt": 4 / 3}.get(unit, 1)


def within(number: float | None, low: float, high: float) -> float | int | None:
    """A number between two others, whole where it is."""
    if number is None:
        return None
    number = round(min(max(number, low), high), 4)
    return int(number) if number == int(number) else number


def sides(text: str, whole: float = 0, size: float = 16) -> tuple[float, float, float, float] | None:
    """Four sides from one to four lengths, as CSS writes them."""
    found = [pixels(part, whole, size) for part in text.replace("!important", "").split()]
    made = [0.0 if one is None else min(max(one, 0), 200) for one in found[:4]]
    if not made:
        return None
    top = made[0]
    right = made[1] if len(made) > 1 else top
    bottom = made[2] if len(made) > 2 else top
    return top, right, bottom, made[3] if len(made) > 3 else right


def space(attributes: Mapping[str, str], name: str = "padding", whole: float = 0) -> tuple[float | int, ...]:
    """A padding from its short form and from those of the sides, which go before it."""
    made = list(sides(attributes.get(name, ""), whole) or (0, 0, 0, 0))
    for at, side in enumerate(("top", "right", "bottom", "left")):
        own = pixels(attributes.get(f"{name}-{side}", ""), whole)
        if own is not None:
            made[at] = min(max(own, 0), 200)
    return tuple(_whole(side) for side in made)


def line_height(text: str, size: float) -> float | int | None:
    """A line height as a factor from 1 to 3."""
    hit = _NUMBER.match(text)
    if not hit or not hit.group(1).strip("-."):
        return None
    number, unit = _float(hit.group(1), 0), hit.group(2).lower()
    if unit == "%":
        number /= 100
    elif unit in ("px", "pt"):
        number = number * (4 / 3 if unit == "pt" else 1) / max(size, 1)
    return within(number, 1, 3)


def weight(text: str) -> str:
    """A font weight of ours; empty for one that is not known."""
    text = text.strip().lower()
    text = {"bold": "700", "normal": "400", "bolder": "700", "lighter": "400"}.get(text, text)
    if text in ("100", "200", "300"):
        return "400"
    return "800" if text == "900" else text if text in ("400", "500", "600", "700", "800") else ""


def border(text: str) -> tuple[float | int, str]:
    """Width and colour of a border such as “1px solid #ccc”."""
    width, shade = 0.0, ""
    for part in re.findall(r"[a-zA-Z]+\([^()]*\)|\S+", text.lower()):
        size = pixels(part)
        if size is not None:
            width = size
        elif part in ("none", "hidden"):
            return 0, ""
        elif color(part):
            shade = color(part) or ""
    return _whole(min(max(width, 0), 20)), shade


@lru_cache(maxsize=4096)
def declarations(style: str) -> Mapping[str, str]:
    """A style attribute as its properties, names in lower case; the last of a name holds."""
    if len(style) > 20_000:
        return {}
    return {hit.group(1).lower(): hit.group(2).strip() for hit in _DECLARATION.finditer(style)}


def token(classes: str, kind: str) -> str:
    """The token of our own compiler's class of a kind (`ink`, `btn`); empty where there is none."""
    for name in classes.split():
        hit = _TOKEN.fullmatch(name)
        if hit and name.startswith(f"rd-{kind}-"):
            return f"${hit.group(1)}"
    return ""


def font(stack: str, brand: Brand) -> tuple[str, bool]:
    """The token of a font stack (empty: the block's usual one), and whether it is the same fonts."""
    plain = _plain(stack)
    for token_, face in (("$body", brand.body), ("$heading", brand.heading), ("$mono", brand.mono)):
        if plain == _plain(face.stack):
            return ("$mono" if token_ == "$mono" else "" if brand.body == brand.heading else token_), True
    if re.search(r"\bmono|courier|consolas|menlo", plain):
        return "$mono", False
    return "", plain in ("", "inherit")


def address(text: str) -> str:
    """A literal address on one line."""
    return "".join(text.split("\n")).replace("\t", "").replace("\r", "").strip()[:2000]


def _plain(stack: str) -> str:
    return re.sub(r"[\s\"']+", "", stack.lower())


def _float(text: str, otherwise: float) -> float:
    try:
        return float(text)
    except ValueError:
        return otherwise


def _whole(number: float) -> float | int:
    number = round(number, 4)
    return int(number) if number == int(number) else number
