"""HTML that means the same to everybody: tags that match, ids that are one, nothing that runs or is fetched."""

import re
from collections.abc import Iterator
from csv import reader
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice

from restock_desk import bundle
from restock_desk.domain.templates import Edit, Problem, Severity
from restock_desk.rendering.lint.finding import Matter, at, tell
from restock_desk.rendering.lint.tree import SOME, Element

_ACTIVE = ("script", "iframe", "object", "embed", "form", "base", "applet", "frame", "frameset")
_HANDLER = re.compile(r"on[a-z]+$")
_HANDLED = re.compile(r"\s[oO][nN][a-zA-Z]+\s*=")
_IDENTIFIED = re.compile(r"\s[iI][dD]\s*=")
_POSITION = re.compile(r"(?:^|(?<=[;\"'\s]))position\s*:\s*(absolute|fixed|sticky)", re.IGNORECASE)
_IMPORT = re.compile(r"@import\b[^;]*;?", re.IGNORECASE)
_FONTS = ("fonts.googleapis.com", "fonts.bunny.net", "use.typekit.net", "fonts.gstatic.com")


def check(matter: Matter) -> Iterator[Problem]:
    yield from _active(matter)
    yield from _external(matter)
    yield from _positions(matter)
    yield from _doubles(matter)
    if matter.mjml:
        yield from _attributes(matter) if not matter.parts else ()  # of a document nobody wrote them
    else:
        yield from _strays(matter)


def _active(matter: Matter) -> Iterator[Problem]:
    """What runs, embeds or submits: mail programs take it out, filters distrust the whole mail."""
    raw = matter.draft.source
    for element in matter.source.some(*_ACTIVE):
        if element.name == "script" and "json" in element.attributes.get("type", ""):
            continue  # data for mail programs, such as an order's
        severity = Severity.WARNING if element.name == "form" else Severity.ERROR
        end = raw.find(">", element.closed) + 1 if element.closed >= 0 else 0
        edits = (Edit("source", element.start, raw[element.start : end], ""),) if end and element.name != "form" else ()
        yield at(
            element, "html.active", f"Mail programs remove <{element.name}>.", "Remove it.", edits=edits,
            severity=severity,
        )  # fmt: skip
    for element in _holding(matter, _HANDLED):
        for name in element.attributes:
            if _HANDLER.match(name):
                words = f"Mail programs remove {name}."
                yield at(element, "html.active", words, "Remove the attribute.", edits=_without(element, name))


def _external(matter: Matter) -> Iterator[Problem]:
    for element in matter.source.some("link"):
        address = element.attributes.get("href", "")
        if "stylesheet" in element.attributes.get("rel", "").lower() and not any(f in address for f in _FONTS):
            yield at(element, "html.external", "A style sheet is fetched from elsewhere.", "Write it into a <style>.")
    for element in matter.source.some("style", "mj-style"):
        for hit in _IMPORT.finditer(matter.source.raw, element.end, element.content_end):
            if not any(f in hit.group() for f in _FONTS):
                line, words = matter.source.line_of(hit.start()), "A style sheet is fetched from elsewhere."
                yield tell("html.external", words, "Write it into a <style>.", line=line, evidence=hit.group())


def _positions(matter: Matter) -> Iterator[Problem]:
    for element in _holding(matter, _POSITION) if "position" in matter.source.text.lower() else ():
        hit = _POSITION.search(element.attributes.get("style", ""))
        if hit:
            words = f"An element is placed ({hit.group(1).lower()})."
            yield at(element, "html.position", words, "Use table cells and padding.")


def _doubles(matter: Matter) -> Iterator[Problem]:
    bodies = [each for each in matter.source.some("body") if not each.outlook]
    if len(bodies) > 1:
        yield at(bodies[1], "html.bodies", "There is a second <body>.", "Remove it.")
    seen: set[str] = set()
    for element in _holding(matter, _IDENTIFIED):
        id = element.attributes.get("id", "")
        if id and "{" not in id:
            if id in seen and not element.outlook:
                yield at(element, "html.id", f"The id “{id[:40]}” is given twice.", "Give each its own.")
            seen.add(id)
    for element in matter.source.some("a"):
        if any(each.name == "a" for each in islice(element.ancestors, 30)):
            yield at(element, "html.nested", "A link stands inside a link.", "Close the outer one before it.")


def _holding(matter: Matter, pattern: re.Pattern[str]) -> list[Element]:
    """The elements in whose start tags something stands, each once."""
    found = (matter.source.around(hit.start()) for hit in pattern.finditer(matter.source.text))
    return list({id(each): each for each in islice(found, 5 * SOME) if each is not None}.values())


def _strays(matter: Matter) -> Iterator[Problem]:
    words = {
        "unclosed": ("html.unclosed", "<{}> is never closed.", "Add </{}>."),
        "unfinished": ("html.unclosed", "The tag <{}> has no end.", "Look for a missing “>” or quote."),
        "comment": ("html.unclosed", "A comment is never closed.", "Add -->."),
        "closes-nothing": ("html.stray", "</{}> closes nothing.", "Remove it, or open it before."),
    }
    for stray in matter.source.strays:
        if stray.name in ("o:p", "v:textbox", "center") or ":" in stray.name:
            continue  # Outlook's own, opened and closed in comments
        rule, what, fix = words[stray.kind]
        line = matter.source.line_of(stray.at)
        evidence = matter.source.raw[stray.at : stray.at + 80]
        yield tell(rule, what.format(stray.name), fix.format(stray.name), line=line, evidence=evidence)


def _attributes(matter: Matter) -> Iterator[Problem]:
    known = mjml_attributes()
    for element in matter.source.elements[: 5 * SOME]:
        allowed = known.get(element.name)
        if not allowed or any(each.name == "mj-attributes" for each in element.ancestors):
            continue
        for name in element.attributes:
            if name in allowed or "{" in name or ":" in name:
                continue
            near = get_close_matches(name, allowed, 1, 0.75)
            fix = f"Did you mean {near[0]}?" if near else "Remove it, or use a style in <mj-style>."
            words = f"<{element.name}> knows no attribute “{name[:40]}”."
            yield at(element, "mjml.attribute", words, fix, edits=_renamed(element, name, near[0] if near else ""))


@lru_cache(maxsize=1)
def mjml_attributes() -> dict[str, frozenset[str]]:
    """Which attributes each MJML element takes."""
    text = bundle.resource("mjml_attributes.csv").read_text(encoding="utf-8")
    rows = reader(line for line in text.splitlines()[1:])
    next(rows)
    return {name: frozenset({*names.split(), "css-class", "mj-class", "id", "lang", "dir"}) for name, names in rows}


def _renamed(element: Element, name: str, new: str) -> tuple[Edit, ...]:
    if not new:
        return _without(element, name)
    hit = re.compile(rf"(?<=\s){re.escape(name)}(?=\s*=)", re.IGNORECASE).search(
        element.tree.raw, element.start, element.end
    )
    return (Edit("source", hit.start(), hit.group(), new),) if hit else ()


def _without(element: Element, name: str) -> tuple[Edit, ...]:
    """A quick fix: the tag without this attribute."""
    pattern = rf"""\s{re.escape(name)}(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?(?=[\s/>])"""
    hit = re.compile(pattern, re.IGNORECASE).search(element.tree.raw, element.start, element.end)
    return (Edit("source", hit.start(), hit.group(), ""),) if hit else ()
