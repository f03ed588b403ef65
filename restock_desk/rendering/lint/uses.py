"""Which tokens of HTML and CSS a finished mail uses, how often, where first, and for whom they count."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from restock_desk.rendering.lint.sheets import Declaration, Sheet, declarations, sheet
from restock_desk.rendering.lint.tree import Element, Tree

_FEATURE = re.compile(r"\(\s*([a-z-]+)")
_PSEUDO = re.compile(r"::?([a-z-]+)")
_SIMPLE = re.compile(r"""\[[^\]]*\]|\([^()]*\)|"[^"]*"|'[^']*'""")
_EXTENSION = re.compile(r"\.([a-z0-9]{2,5})(?:[?#]|$)")
_KINDS = {"jpeg": "jpg", "heic": "heif", "tif": "tiff", "svg+xml": "svg", "vnd.microsoft.icon": "ico", "x-icon": "ico"}
_KEYWORDS = """initial fit-content min-content max-content system-ui ui-serif ui-sans-serif ui-rounded ui-monospace"""
_WORDS = frozenset(_KEYWORDS.split())
_COUNTED = """align aria-describedby aria-hidden aria-label aria-labelledby aria-live background cellpadding
cellspacing dir
height hidden lang loading popover required role target valign width srcset sizes usemap inert amp4email ⚡4email"""
_ATTRIBUTES = frozenset(_COUNTED.split())
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_REVEALED = re.compile(r"<!--\[if\s+!\s*(?:mso|\(mso)[^\]]*\]>", re.IGNORECASE)
EVIDENCE = 120
_EFFECTS = frozenset({"box-shadow", "text-shadow", "transition", "animation", "filter", "backdrop-filter"})


@dataclass(frozen=True)
class Situation:
    """For whom a use counts. `reader`: all, outlook (in its comments) or others. `media`: within @media."""

    reader: str = "all"
    media: bool = False
    dark: bool = False
    fallback: bool = False
    sheet: bool = False
    """It stands in a style element and cannot be written into the elements."""


@dataclass
class Use:
    """All uses of one token."""

    situations: dict[Situation, int] = field(default_factory=dict)
    element: Element | None = None
    evidence: str = ""

    @property
    def count(self) -> int:
        return sum(self.situations.values())


class Uses:
    """`inlined` = rules of style elements are in the elements already, so that their selectors do not matter."""

    def __init__(self, tree: Tree, inlined: bool = True) -> None:
        self.tokens: dict[str, Use] = {}
        self.tree = tree
        self._inlined = inlined
        self._revealed = _regions(tree)
        for element in tree.elements:
            self._element(element)
        room = 40_000
        for element in tree.named("style"):
            text = tree.raw[element.end : element.content_end]
            if room > 0:
                self._sheet(element, sheet(text[:room] if len(text) > room else text))
            room -= len(text)
        self._page()

    def _note(self, token: str, element: Element | None, where: Situation, evidence: str) -> None:
        use = self.tokens.get(token)
        if use is None:
            use = self.tokens[token] = Use(element=element, evidence=evidence[:EVIDENCE])
        use.situations[where] = use.situations.get(where, 0) + 1

    def _reader(self, element: Element) -> str:
        if element.outlook:
            return "outlook"
        at = bisect_right(self._revealed, (element.start, len(self.tree.raw)))
        return "others" if at and self._revealed[at - 1][1] > element.start else "all"

    def _page(self) -> None:
        everyone = Situation()
        if re.match(r"\s*<!doctype html\s*>", self.tree.text[:200], re.IGNORECASE):
            self._note("doctype:html5", None, everyone, "<!doctype html>")
        for start, end in self.tree.comments:
            if not self.tree.text.startswith(("<!--[if", "<!--<!["), start):
                self._note("comment:html", None, everyone, self.tree.raw[start:end])
                break

    def _element(self, element: Element) -> None:
        where = Situation(self._reader(element))
        tag = element.tag
        self._note(f"el:{element.name}", element, where, tag)
        for name in element.attributes:
            if name in _ATTRIBUTES:
                self._note(f"attr:{name}", element, where, tag)
        for token in _typed(element):
            self._note(token, element, where, tag)
        style = element.attributes.get("style")
        if style and not (self._inlined and _HIDDEN.search(style)):
            self._declared(declarations(style), element, where)

    def _sheet(self, element: Element, read: Sheet) -> None:
        reader = self._reader(element)
        if read.comments:
            self._note("comment:css", element, Situation(reader), "/* … */")
        for at in read.at_rules:
            where = self._situation(reader, at.media)
            self._note(f"at:{at.name}", element, where, f"@{at.name} {at.prelude}")
            if at.name == "media":
                for feature in _FEATURE.findall(at.prelude):
                    self._note(f"media:{feature}", element, where, f"@media {at.prelude}")
        for rule in read.rules:
            where = self._situation(reader, rule.media)
            if rule.nested:
                self._note("sel:nesting", element, where, "&")
                continue
            for token in _selected(rule.selectors, self._inlined and not rule.media):
                self._note(token, element, where, ", ".join(rule.selectors))
            self._declared(rule.declarations, element, where)

    def _situation(self, reader: str, media: tuple[str, ...]) -> Situation:
        dark = any("prefers-color-scheme" in each for each in media)
        return Situation(reader, any(each.startswith("@media") for each in media), dark, sheet=True)

    def _declared(self, found: tuple[Declaration, ...], element: Element, where: Situation) -> None:
        seen: set[str] = set()
        for each in found:
            softer = each.name in seen or (each.name == "background-image" and "background-color" in seen)
            here = Situation(where.reader, where.media, where.dark, softer, where.sheet) if softer else where
            evidence = f"{each.name}: {each.value}"
            for token in _of(each):
                self._note(token, element, here, evidence)
            seen.add(each.name)


def _of(each: Declaration) -> tuple[str, ...]:
    key = id(each)
    known = _TOKENS.get(key)
    if known is None or known[0] is not each:
        if len(_TOKENS) > 20_000:
            _TOKENS.clear()
        known = _TOKENS[key] = (each, tuple(dict.fromkeys(_tokens(each))))
    return known[1]


_TOKENS: dict[int, tuple[Declaration, tuple[str, ...]]] = {}


def _tokens(each: Declaration) -> Iterator[str]:
    """What one declaration uses; a shorthand counts for what it stands for."""
    name, value = each.name, each.value
    if name.startswith(("mso-", "-")):
        if name.startswith("--"):
            yield "prop:--"
        return
    yield f"prop:{name}"
    if each.important:
        yield "word:!important"
    if name == "display":
        yield f"display:{value.split()[0] if value else ''}"
    if name == "background" and value not in ("none", "transparent"):
        yield "prop:background-image" if "url(" in value or "gradient(" in value else "prop:background-color"
    if name not in _EFFECTS:  # a colour that only a shadow needs is missed by nobody
        yield from _values(each.nodes, 0)


def _values(nodes: Any, depth: int) -> Iterator[str]:
    for node in nodes:
        kind = node.type
        if kind == "function":
            yield f"fn:{node.lower_name}"
            if depth < 20:
                yield from _values(node.arguments, depth + 1)
        elif kind == "dimension":
            yield f"unit:{node.lower_unit}"
        elif kind == "percentage":
            yield "unit:%"
        elif kind == "ident" and node.lower_value in _WORDS:
            yield f"word:{node.lower_value}"
        elif kind == "url" or (kind == "string" and depth and node.value.lower().startswith(("http", "data:image"))):
            yield from _picture(node.value)


def _selected(selectors: tuple[str, ...], inlined: bool) -> Iterator[str]:
    if len(selectors) > 1 and not inlined:
        yield "sel:grouping"
    for text in selectors:
        lowered = text.lower()
        for name in _PSEUDO.findall(lowered):
            yield f"pseudo:{name}"
        if inlined:
            continue
        if "[" in text:
            yield "sel:attribute"
        yield from _shape(_SIMPLE.sub("", lowered))


def _shape(text: str) -> Iterator[str]:
    for sign, name in ((">", "child"), ("+", "adjacent-sibling"), ("~", "general-sibling"), ("*", "universal")):
        if sign in text:
            yield f"sel:{name}"
    if "&" in text:
        yield "sel:nesting"
    parts = [part for part in re.split(r"\s*[>+~]\s*|\s+", text.strip()) if part]
    if re.search(r"[\w*)\]]\s+[\w.#*:]", re.sub(r"\s*([>+~])\s*", r"\1", text.strip())):
        yield "sel:descendant"
    for part in parts:
        classes = part.count(".")
        if classes:
            yield "sel:class"
        if classes > 1:
            yield "sel:chaining"
        if "#" in part:
            yield "sel:id"
        if part[0].isalpha():
            yield "sel:type"


def _typed(element: Element) -> Iterator[str]:
    """Tokens that an attribute's value decides."""
    attributes = element.attributes
    if element.name in ("input", "button"):
        usual = "text" if element.name == "input" else "submit"
        yield f"{element.name}:{attributes.get('type', usual).lower()}"
    if element.name in ("a", "area"):
        address = attributes.get("href", "").strip().lower()
        if address.startswith("#") and len(address) > 1:
            yield "link:anchor"
        elif address.startswith("mailto:"):
            yield "link:mailto"
    if element.name == "meta" and attributes.get("name", "").lower() == "color-scheme":
        yield "meta:color-scheme"
    if element.name in ("img", "source", "v:image") or "background" in attributes:
        addresses = [attributes.get("src", ""), attributes.get("background", "")]
        addresses += [part.split()[0] for part in attributes.get("srcset", "").split(",") if part.split()]
        for address in dict.fromkeys(addresses):
            yield from _picture(address)


def _picture(address: str) -> Iterator[str]:
    lowered = address[:400].strip().lower()
    if lowered.startswith("data:"):
        kind = lowered[5:].split(";")[0].split(",")[0].removeprefix("image/")
        yield "img:base64"
        yield f"img:{_KINDS.get(kind, kind)}"
        return
    hit = _EXTENSION.search(lowered)
    if hit:
        yield f"img:{_KINDS.get(hit.group(1), hit.group(1))}"


def _regions(tree: Tree) -> list[tuple[int, int]]:
    """Where text stands that Outlook on Windows does not read."""
    found: list[tuple[int, int]] = []
    start = -1
    for begin, end in tree.comments:
        text = tree.text[begin : min(end, begin + 60)]
        if _REVEALED.match(text) and start < 0:
            start = end
        elif "<![endif]" in tree.text[begin:end][-30:] and start >= 0:
            found.append((start, begin))
            start = -1
    return found
