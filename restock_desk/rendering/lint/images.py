"""Pictures: their words, sizes, addresses and kinds."""

import re
from collections.abc import Iterator

from restock_desk.domain.templates import Edit, Problem
from restock_desk.rendering.lint.finding import Matter, at, inside_tag, replaced, tell
from restock_desk.rendering.lint.tree import Element

IMAGES = ("img", "mj-image", "mj-carousel-image", "mj-social-element", "v:image")
_NEEDS_WORDS = ("img", "mj-image", "mj-carousel-image")
LONGEST = 125
HEAVY, HEAVY_ALL = 50_000, 100_000
"""Bytes of one embedded picture and of all: they count for the size of the mail."""
FRAME = 600
FEW_WORDS = 60
"""Characters of text under which a mail with a picture counts as nothing but a picture."""
_FILE = re.compile(
    r"^[\w %()+.-]+\.(?:png|jpe?g|gif|webp|svg|bmp)$|^(?:img|dsc|image|screenshot)[ _-]?\d+$", re.IGNORECASE
)
_FORMAT = re.compile(
    r"\.(webp|avif|svg|heic|heif|tiff?|bmp|ico)(?:#|$)|^data:image/(webp|avif|svg|heic|tiff|bmp)", re.I
)
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*(?:!important)?\s*$")
_STYLED = re.compile(r"(?:^|[;\s])(max-width|width|height)\s*:\s*([^;]+)", re.IGNORECASE)


def check(matter: Matter) -> Iterator[Problem]:
    weights = 0
    without_height: list[Element] = []
    for element in matter.source.some(*IMAGES):
        if any(each.name == "mj-attributes" for each in element.ancestors):
            continue
        source = element.attributes.get("src", "").strip()
        weights += _weight(source)
        if _pixel(element):
            continue
        yield from _words(element)
        yield from _address(element, source)
        if element.name == "img":
            sizes = _sizes(element)
            yield from _size(element, sizes)
            if "height" not in sizes and "width" in sizes:
                without_height.append(element)
    if without_height:
        n = len(without_height)
        words = "A picture has no height." if n == 1 else f"{n} pictures have no height."
        yield at(without_height[0], "img.height", words, "Write the height, or height: auto in the style.")
    if weights > HEAVY_ALL:
        yield tell("img.weight", f"The embedded pictures weigh {weights // 1000} KB together.", "Put them on the web.")
    yield from _nothing_else(matter)


def _words(element: Element) -> Iterator[Problem]:
    if element.name not in _NEEDS_WORDS or element.attributes.get("role") == "presentation":
        return
    words = element.attributes.get("alt")
    linked = next((each for each in element.ancestors if each.name in ("a", "mj-button")), None)
    alone = (linked is not None and not linked.words) or "href" in element.attributes
    if words is None:
        fix = 'Add alt="…", or alt="" if it only decorates.'
        edits: tuple[Edit, ...] = (
            () if alone or "aria-hidden" in element.attributes else (inside_tag(element, ' alt=""'),)
        )
        yield at(element, "img.alt", "A picture has no alternative text.", fix, edits=edits)
    elif not words.strip() and alone and not _named(element, linked):
        yield at(element, "img.alt-link", "A linked picture says nothing to who cannot see it.", "Say where it leads.")
    elif _FILE.match(words.strip()):
        edits = () if alone else replaced(element, "alt", "")
        yield at(element, "img.alt-file", f"“{words.strip()}” is a file's name.", "Say what is seen.", edits=edits)
    elif len(words) > LONGEST and "{" not in words:
        yield at(
            element, "img.alt-long", f"The alternative text has {len(words)} characters.", "Say it in one sentence."
        )


def _address(element: Element, source: str) -> Iterator[Problem]:
    lowered = source[:40].lower()
    if lowered.startswith("http:"):
        edits = replaced(element, "src", "https" + source[4:])
        yield at(element, "img.insecure", "A picture is fetched over http.", "Use https.", edits=edits)
    if lowered.startswith("data:"):
        yield at(element, "img.data", "A picture is embedded in the mail.", "Put it on the web and name its address.")
        if _weight(source) > HEAVY:
            yield at(
                element, "img.weight", f"An embedded picture weighs {_weight(source) // 1000} KB.", "Put it on the web."
            )
    kind = _FORMAT.search(source[:2000].split("?")[0])
    if kind:
        name = (kind.group(1) or kind.group(2)).upper()
        yield at(element, "img.format", f"Not every mail program shows {name} pictures.", "Use PNG or JPEG.")


def _size(element: Element, sizes: dict[str, str]) -> Iterator[Problem]:
    if "width" not in sizes:
        if "max-width" in sizes or "height" not in sizes:
            words = "A picture has no width: Outlook shows it in the file's own size."
            yield at(element, "img.width", words, 'Add width="…" in pixels.')
        return
    number = _NUMBER.match(sizes["width"])
    if number and float(number.group(1)) > _frame(element) + 1 and "max-width" not in sizes:
        words = f"A picture is {number.group(1)} pixels wide, wider than the {_frame(element):.0f} around it."
        yield at(element, "img.wide", words, "Make it narrower, or add max-width:100% to its style.")


def _sizes(element: Element) -> dict[str, str]:
    """Width and height as an attribute or in the style."""
    found = {name: value for name in ("width", "height") if (value := element.attributes.get(name, "").strip())}
    for hit in _STYLED.finditer(element.attributes.get("style", "")):
        found.setdefault(hit.group(1).lower(), hit.group(2).strip())
    return found


def _frame(element: Element) -> float:
    """The innermost width in pixels around it, else that of a usual mail or more."""
    for each in element.ancestors:
        if each.name in ("table", "td", "div", "th"):
            number = _NUMBER.match(_sizes(each).get("width", "") or _sizes(each).get("max-width", ""))
            if number:
                return max(float(number.group(1)), 1.0)
    return 2.0 * FRAME


def _pixel(element: Element) -> bool:
    """A picture of one pixel, or a hidden one: nobody looks at it."""
    sizes = _sizes(element)
    if any(sizes.get(side, "").removesuffix("px") in ("0", "1") for side in ("width", "height")):
        return True
    return "display:none" in element.attributes.get("style", "").replace(" ", "").lower()


def _weight(source: str) -> int:
    return len(source) * 3 // 4 if source[:5].lower() == "data:" else 0


def _named(element: Element, linked: Element | None) -> bool:
    return any(
        each.attributes.get(name, "").strip()
        for each in (element, linked)
        if each is not None
        for name in ("aria-label", "title")
    )


def _nothing_else(matter: Matter) -> Iterator[Problem]:
    tree = matter.source
    shown = [each for each in tree.some("img", "mj-image") if not _pixel(each)]
    if not shown:
        return
    start = min((each.end for each in tree.some("body", "mj-body")), default=0)
    letters = 0
    for parent, begin, end in tree.runs:
        if begin >= start and (parent is None or parent.name not in ("style", "script", "mj-style", "title")):
            letters += len("".join(tree.raw[begin:end].split()))
            if letters >= FEW_WORDS:
                return
    yield at(shown[0], "img.only", "The mail is nothing but pictures.", "Write the most important of it as text.")
