"""Style sheets and style attributes as rules and declarations. Reads real CSS; what cannot be read is passed over.

A sheet is looked at up to a size: whoever writes more is told so elsewhere, and nobody waits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tinycss2

SHEET_LIMIT = 40_000
"""Characters of style sheets read in one mail; Gmail itself stops at 16 KB a sheet."""
_DECLARATION = re.compile(
    r"""([-\w]+)\s*:((?:[^;"'()]++|"[^"]*+"?|'[^']*+'?|\([^()]*+(?:\([^()]*+\)[^()]*+)*+\)?|\))*+)""", re.DOTALL
)
_IMPORTANT = re.compile(r"!\s*important\s*$", re.IGNORECASE)
_NESTING = 60


@dataclass(frozen=True)
class Declaration:
    """`value` in lower case without `!important`; `nodes` are its tokens."""

    name: str
    value: str
    important: bool
    nodes: tuple[Any, ...]
    spaced: bool = True
    """A blank stands before `!important`."""


@dataclass(frozen=True)
class StyleRule:
    """`media` are the conditions around it, outermost first; `offset` is its line in the sheet, from 0."""

    selectors: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    media: tuple[str, ...] = ()
    offset: int = 0
    nested: bool = False


@dataclass(frozen=True)
class AtRule:
    """`@media`, `@font-face` and the like: its name and what stands before its braces."""

    name: str
    prelude: str
    media: tuple[str, ...] = ()
    offset: int = 0


@dataclass(frozen=True)
class Sheet:
    rules: tuple[StyleRule, ...]
    at_rules: tuple[AtRule, ...]
    comments: int = 0


@lru_cache(maxsize=16384)
def _declaration(name: str, raw: str) -> Declaration:
    shorn = _IMPORTANT.sub("", raw)
    text = shorn.strip()
    important = len(shorn) != len(raw)
    nodes = tuple(tinycss2.parse_component_value_list(text[:4000], skip_comments=True)) if _shallow(text) else ()
    return Declaration(name.lower(), text.lower(), important, nodes, not important or shorn[-1:].isspace())


@lru_cache(maxsize=4096)
def declarations(style: str) -> tuple[Declaration, ...]:
    """Those of a style attribute, in order."""
    return tuple(_declaration(hit.group(1), hit.group(2)) for hit in _DECLARATION.finditer(style))


@lru_cache(maxsize=32)
def sheet(text: str) -> Sheet:
    """A style sheet's rules. Too deep nesting ends it early."""
    text = text.replace("<!--", "    ").replace("-->", "   ")
    if len(text) > SHEET_LIMIT:
        text = text[: text.rfind("}", 0, SHEET_LIMIT) + 1]
    if not _shallow(text):
        return Sheet((), ())
    rules: list[StyleRule] = []
    at_rules: list[AtRule] = []
    for node in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        for made in _made(node, ()):
            if isinstance(made, StyleRule):
                rules.append(made)
            else:
                at_rules.append(made)
    return Sheet(tuple(rules), tuple(at_rules), text.count("/*"))


def _made(node: Any, media: tuple[str, ...]) -> Iterator[StyleRule | AtRule]:
    if node.type == "at-rule":
        name, prelude = node.lower_at_keyword, tinycss2.serialize(node.prelude).strip().lower()
        yield AtRule(name, prelude, media, node.source_line - 1)
        if node.content is not None and name in ("media", "supports", "layer", "container", "document"):
            inside = (*media, f"@{name} {prelude}")
            for child in tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True):
                yield from _made(child, inside)
        return
    if node.type != "qualified-rule":
        return
    selectors = tuple(each.strip() for each in _selectors(tinycss2.serialize(node.prelude)))
    found: list[Declaration] = []
    for child in tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True):
        if child.type == "declaration":
            raw = tinycss2.serialize(child.value) + (" !important" if child.important else "")
            found.append(_declaration(child.name, raw))
        elif child.type in ("qualified-rule", "at-rule"):
            yield StyleRule(("&",), (), media, node.source_line - 1, nested=True)
    yield StyleRule(selectors, tuple(found), media, node.source_line - 1)


def _selectors(prelude: str) -> Iterator[str]:
    """A list of selectors at its commas, but not those in brackets."""
    depth, start = 0, 0
    for at, char in enumerate(prelude):
        depth += (char in "([") - (char in ")]")
        if char == "," and depth <= 0:
            yield prelude[start:at]
            start = at + 1
    yield prelude[start:]


def _shallow(text: str) -> bool:
    """Whether no bracket stands deeper than can be followed."""
    depth = worst = 0
    for char in _brackets(text):
        depth = depth + 1 if char in "({[" else max(0, depth - 1)
        worst = max(worst, depth)
    return worst <= _NESTING


def _brackets(text: str) -> Iterator[str]:
    return (hit.group() for hit in re.finditer(r"[(){}\[\]]", text))
