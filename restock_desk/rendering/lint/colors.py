"""Colours of CSS as numbers, laid over each other, and how well one is read on another."""

from functools import lru_cache

from tinycss2 import color4

Rgb = tuple[float, float, float]
WHITE: Rgb = (1.0, 1.0, 1.0)
BLACK: Rgb = (0.0, 0.0, 0.0)


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Rgb, float] | None:
    """A colour and how opaque it is; None for what is no colour by itself."""
    try:
        color = color4.parse_color(text)
        if color is None or color == "currentcolor":
            return None
        red, green, blue, alpha = (value or 0.0 for value in (*color.to("srgb").coordinates, color.alpha))
    except (AttributeError, NotImplementedError, TypeError, ValueError, RecursionError):
        return None
    return (red, green, blue), alpha


def over(top: tuple[Rgb, float], ground: Rgb) -> Rgb:
    """What is seen of a colour on a ground."""
    (red, green, blue), alpha = top
    return (
        red * alpha + ground[0] * (1 - alpha),
        green * alpha + ground[1] * (1 - alpha),
        blue * alpha + ground[2] * (1 - alpha),
    )


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2's ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=4096)
def luminance(color: Rgb) -> float:
    """WCAG 2's relative luminance."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def name(color: Rgb) -> str:
    """As people write it: #rrggbb."""
    return "#" + "".join(f"{max(0, min(255, round(part * 255))):02x}" for part in color)


def nearest(ink: Rgb, ground: Rgb, need: float) -> str:
    """The shade of a colour that is read on a ground and is least far from it, towards black or white, as #rrggbb."""
    for step in range(1, 101):
        for end in (BLACK, WHITE) if luminance(ground) > 0.18 else (WHITE, BLACK):
            shade = name(over((end, step / 100), ink))
            seen = parse(shade)
            if seen is not None and contrast(seen[0], ground) >= need:
                return shade
    return name(BLACK if luminance(ground) > 0.18 else WHITE)
