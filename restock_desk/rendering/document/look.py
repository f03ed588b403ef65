"""How a document looks: its settings and the brand's tokens as the values that MJML and CSS take.

A colour that has a dark twin also has a class name, under which `head` writes what it becomes in dark mode.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from restock_desk.domain.brand import Brand
from restock_desk.domain.document.kinds import setting
from restock_desk.domain.document.tree import Document, Json


@dataclass(frozen=True)
class Badge:
    """How a badge looks: colours, size, corners."""

    color: str = "$on-accent"
    background: str = "$accent"
    size: float = 12
    radius: float = 12


@dataclass(frozen=True)
class Look:
    """Everything about looks that a block may ask for. Equal looks make equal MJML."""

    brand: Brand
    width: float = 600
    lang: str = "en"
    rtl: bool = False
    dark: bool = True
    background_token: str = "$background"
    content_background: str = "$surface"
    badge: Badge = Badge()

    @classmethod
    def of(cls, document: Document, brand: Brand) -> "Look":
        width = setting(document, "width")
        return cls(
            brand,
            float(width) if isinstance(width, int | float) else 600,
            str(setting(document, "lang") or "en"),
            setting(document, "dir") == "rtl",
            setting(document, "darkMode") != "light-only",
            str(setting(document, "background") or ""),
            str(setting(document, "contentBackground") or ""),
        )

    @property
    def start(self) -> str:
        return "right" if self.rtl else "left"

    @property
    def dir(self) -> str:
        """The attribute that text elements need where the mail runs from right to left."""
        return ' dir="rtl"' if self.rtl else ""

    @property
    def direction(self) -> str:
        return ' direction="rtl"' if self.rtl else ""

    @property
    def background(self) -> str:
        return self.brand.color(self.background_token)

    def twin(self, token: str) -> str:
        """What a token becomes in dark mode; empty where nothing changes."""
        return self.brand.dark(token)

    def ink(self, color: Json, kind: str = "ink") -> tuple[str, str]:
        """Class and hex of a text colour; none means that of text. `lbl`: of a button's label."""
        token = str(color or "$text")
        return self._named(kind, token), self.brand.color(token) or self.brand.color("$text")

    def ground(self, kind: str, color: Json) -> tuple[str, str]:
        """Class and hex of a ground; both empty where there is none. `kind` says of what, see `head`."""
        token = str(color or "")
        return self._named(kind, token), self.brand.color(token)

    def line(self, kind: str, color: Json) -> tuple[str, str]:
        """Class and hex of a line or border."""
        token = str(color or "$border")
        return self._named(kind, token), self.brand.color(token) or self.brand.color("$border")

    def on(self, color: Json) -> tuple[str, str]:
        """A text colour that can be read on a ground of this colour."""
        return self.ink({"$brand": "$on-brand", "$accent": "$on-accent"}.get(str(color), "$surface"))

    def font(self, token: Json) -> str:
        return self.brand.font(str(token or "$body")).replace('"', "'")

    def heading_size(self, level: int) -> float:
        return float(self.brand.scale[min(max(level, 1), 3) - 1])

    @property
    def button_padding(self) -> str:
        high, wide = self.brand.button_padding
        return f"{high}px {wide}px"

    @cached_property
    def social(self) -> tuple[Mapping[str, Json], ...]:
        """The brand's links in the form of a block's."""
        return tuple({"network": one.network, "href": one.href, "label": one.label} for one in self.brand.social)

    @property
    def web_fonts(self) -> tuple[tuple[str, str], ...]:
        """Family and style sheet of each web font."""
        faces = (face for face in self.brand.typefaces if face.url)
        return tuple(dict.fromkeys((face.stack.split(",")[0].strip(" '"), face.url) for face in faces))

    def _named(self, kind: str, token: str) -> str:
        return f"rd-{kind}-{token[1:]}" if token.startswith("$") and self.dark and self.brand.dark(token) else ""
