"""The brand kit: a shop's colours with their dark twins, fonts, type scale, button, logo, social links, address.

Documents name it by tokens (`$brand`, `$heading`); what a token stands for is looked up when a mail is compiled.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from restock_desk.errors import DeskError

SCHEMA = "restock.brand/1"
NETWORKS = ("facebook", "instagram", "x", "tiktok", "youtube", "linkedin", "pinterest", "whatsapp", "github", "web")
_SANS = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Helvetica, Arial, sans-serif"
_HEX = re.compile(r"#[0-9a-f]{6}\Z")
_STACK = re.compile(r"[\w \-',.]{1,200}\Z")
_ADDRESS = re.compile(r"https?://[^\s\"'<>{}]{1,1900}\Z")


@dataclass(frozen=True)
class Shade:
    """A colour by day and by night. Without a dark one it stays the same."""

    light: str
    dark: str = ""


@dataclass(frozen=True)
class Typeface:
    """A stack of families, and the style sheet of a web font that some mail programs load (empty: none)."""

    stack: str = _SANS
    url: str = ""


@dataclass(frozen=True)
class Social:
    network: str
    href: str
    label: str = ""


@dataclass(frozen=True)
class Brand:
    """Everything about a shop's looks. Colours are written #rrggbb; sizes are in px."""

    brand: Shade = Shade("#1f5c4d", "#8fd3bf")
    on_brand: Shade = Shade("#ffffff", "#10241e")
    accent: Shade = Shade("#a3421f", "#f0a884")
    on_accent: Shade = Shade("#ffffff", "#2a1208")
    text: Shade = Shade("#2b2a27", "#f1eee8")
    muted: Shade = Shade("#67635b", "#b4aea3")
    background: Shade = Shade("#f3f0ea", "#171614")
    surface: Shade = Shade("#ffffff", "#24221f")
    link: Shade = Shade("#1f5c4d", "#8fd3bf")
    border: Shade = Shade("#e2ddd2", "#45413b")
    body: Typeface = Typeface()
    heading: Typeface = Typeface()
    mono: Typeface = Typeface("Consolas, 'SF Mono', Menlo, monospace")
    scale: tuple[int, int, int] = (30, 22, 18)
    button_radius: int = 8
    button_padding: tuple[int, int] = (14, 28)
    """Above and below; left and right."""
    button_weight: str = "600"
    picture_radius: int = 8
    logo_dark_url: str = ""
    """What stands for the shop's logo in dark mode."""
    social: tuple[Social, ...] = ()
    address: str = ""
    """Empty: the shop's own."""
    legal: str = ""

    def color(self, token: str) -> str:
        """The hex of `$on-brand`; a colour that is no token as it is; empty for an unknown token."""
        if not token.startswith("$"):
            return token
        shade = self._shades.get(token)
        return shade.light if shade else ""

    def dark(self, token: str) -> str:
        """The dark twin of a token; empty where it has none."""
        shade = self._shades.get(token)
        return shade.dark if shade else ""

    def font(self, token: str) -> str:
        """The family stack of `$heading`; that of the body for an unknown token."""
        return self._typefaces.get(token, self.body).stack

    @property
    def typefaces(self) -> tuple[Typeface, ...]:
        return (self.body, self.heading, self.mono)

    @cached_property
    def _shades(self) -> Mapping[str, Shade]:
        return {f"${name.replace('_', '-')}": getattr(self, name) for name in COLORS}

    @cached_property
    def _typefaces(self) -> Mapping[str, Typeface]:
        return {f"${name}": getattr(self, name) for name in FONTS}


COLORS = tuple(field.name for field in fields(Brand) if field.type is Shade)
FONTS = tuple(field.name for field in fields(Brand) if field.type is Typeface)
TOKENS = tuple(f"${name.replace('_', '-')}" for name in COLORS)
DEFAULT = Brand()


def checked(brand: Brand) -> Brand:
    """The kit with what people type put right. DeskError where something cannot be used in a mail."""
    for name in COLORS:
        shade: Shade = getattr(brand, name)
        for value in (shade.light, shade.dark or "#000000"):
            if not _HEX.match(value):
                raise DeskError(f"“{value[:40]}” is no colour ({name.replace('_', ' ')}).", "Write it as #1f5c4d.")
    for face in brand.typefaces:
        if not _STACK.match(face.stack):
            raise DeskError("A font is a list of family names.", "Write it as: Georgia, 'Times New Roman', serif.")
    links = [face.url for face in brand.typefaces] + [brand.logo_dark_url]
    for address in filter(None, (*links, *(one.href for one in brand.social))):
        if not _ADDRESS.match(address):
            raise DeskError(f"“{address[:80]}” is no web address.", "Write it whole, beginning with https://.")
    if any(one.network not in NETWORKS for one in brand.social):
        raise DeskError("A social link belongs to a network.", f"Choose one of {', '.join(NETWORKS)}.")
    sizes = (
        *brand.scale,
        brand.button_radius + 8,
        *(side + 8 for side in brand.button_padding),
        brand.picture_radius + 8,
    )
    if not all(8 <= size <= 96 for size in sizes) or brand.button_weight not in ("400", "500", "600", "700", "800"):
        raise DeskError("A size of the brand is too small or too large.", "Sizes of text lie between 8 and 96.")
    return brand


def to_json(brand: Brand) -> dict[str, Any]:
    """What differs from the default kit, as plain data."""
    own, usual = asdict(brand), asdict(DEFAULT)
    return {name: value for name, value in own.items() if value != usual[name]}


def written(brand: Brand) -> dict[str, Any]:
    """All of a kit as plain data, for a file that people read and change."""
    return {"schema": SCHEMA, **asdict(brand)}


def told(data: Any, before: Brand = DEFAULT) -> Brand:
    """A kit from such data; what it leaves out is as before. DeskError for a name or a value no kit has."""
    if not isinstance(data, Mapping) or data.get("schema", SCHEMA) != SCHEMA:
        raise DeskError("This is no brand kit.", f"It is one object of JSON with “schema”: “{SCHEMA}”.")
    known = asdict(before)
    made = dict(known)
    for name, value in data.items():
        if name == "schema":
            continue
        if name not in known:
            raise DeskError(f"A brand kit has no “{str(name)[:40]}”.", f"It has {', '.join(known)}.")
        made[name] = _like(name, value, known[name])
    return checked(from_json(made))


def _like(name: str, value: Any, known: Any) -> Any:
    """The value where it has the shape of what stands there."""
    if isinstance(known, dict):
        fits = isinstance(value, Mapping) and set(value) <= set(known)
        merged = {**known, **value} if fits else {}
        fits = fits and all(isinstance(part, str) for part in merged.values())
        value = merged
    elif name == "social":
        parts = [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []
        fits = (
            isinstance(value, list | tuple)
            and len(parts) == len(value)
            and all({"network", "href"} <= set(one) <= {"network", "href", "label"} for one in parts)
        )
    elif isinstance(known, tuple):
        fits = isinstance(value, list | tuple) and len(value) == len(known) and all(type(n) is int for n in value)
        value = list(value) if fits else []
    else:
        fits = type(value) is type(known)
    if not fits:
        raise DeskError(f"“{name}” of the brand kit has another form.", "Look at `brand show --json` for an example.")
    return value


def from_json(data: Mapping[str, Any]) -> Brand:
    """The kit that was kept. What another version wrote and this one does not know is left out."""
    made: dict[str, Any] = {}
    for field in fields(Brand):
        value = data.get(field.name)
        if value is None:
            continue
        if field.name in COLORS:
            made[field.name] = Shade(str(value["light"]), str(value.get("dark") or ""))
        elif field.name in FONTS:
            made[field.name] = Typeface(str(value["stack"]), str(value.get("url") or ""))
        elif field.name == "social":
            made[field.name] = tuple(
                Social(str(o["network"]), str(o["href"]), str(o.get("label") or "")) for o in value
            )
        else:
            made[field.name] = tuple(value) if isinstance(value, list) else value
    return Brand(**made)
