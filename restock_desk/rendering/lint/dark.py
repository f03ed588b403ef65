"""What a mail says about dark mode."""

import re
from collections.abc import Iterator

from restock_desk.domain.templates import Edit, Problem
from restock_desk.rendering.lint.finding import Matter, at, tell

_META = '<meta name="color-scheme" content="light dark"{}>'
_LOGO = re.compile(r"logo|brand", re.IGNORECASE)
_SEE_THROUGH = re.compile(r"\.(?:png|svg|gif|webp)(?:[?#]|$)", re.IGNORECASE)


def check(matter: Matter) -> Iterator[Problem]:
    source = matter.source
    if "color-scheme" not in source.raw:
        words = "Nothing is said about dark mode: mail programs invert colours as they like."
        yield tell("dark.none", words, "Add a color-scheme meta element to the head.", edits=_declared(matter))
        return
    if "prefers-color-scheme" not in source.raw:
        return
    if "data-ogsc" not in source.raw and "data-ogsb" not in source.raw:
        hit = source.raw.find("prefers-color-scheme")
        words = "Outlook's own dark mode does not read these rules."
        fix = "Repeat them with [data-ogsc] before each selector."
        yield tell("dark.outlook", words, fix, line=source.line_of(hit), evidence="prefers-color-scheme")
    pictures = source.some("img", "mj-image")
    if any("dark" in f"{e.attributes.get('class', '')} {e.attributes.get('css-class', '')}".lower() for e in pictures):
        return
    for element in pictures:
        address, words = element.attributes.get("src", ""), element.attributes.get("alt", "")
        if _SEE_THROUGH.search(address) and _LOGO.search(f"{address} {words}"):
            fix = "Add a light one that only dark mode shows, or give the picture a ground of its own."
            yield at(element, "dark.logo", "The logo may vanish on a dark ground.", fix)
            return


def _declared(matter: Matter) -> tuple[Edit, ...]:
    head = next(iter(matter.source.some("mj-head" if matter.mjml else "head")), None)
    if head is None or matter.source.raw[head.end - 2] == "/":
        return ()
    meta = f"<mj-raw>{_META.format(' /')}</mj-raw>" if matter.mjml else _META.format("")
    return (Edit("source", head.end, "", meta),)
