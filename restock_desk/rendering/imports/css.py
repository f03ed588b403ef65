"""A file's own style sheets, as far as looks need them: simple selectors and their descendants; nothing is fetched."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from restock_desk.rendering.imports import values
from restock_desk.rendering.imports.tree import Element

RULES_LIMIT = 1_500
_MOST_CHECKS = 400_000
_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/)){0,20000}\*/|<!--|-->")
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]{0,5000})\}")
_COMPOUND = re.compile(r"(\*|[a-zA-Z][\w-]*)?((?:[.#][\w-]+)*)\Z")
_PARTS = re.compile(r"([.#])([\w-]+)")


@dataclass(frozen=True)
class _Part:
    tag: str
    classes: frozenset[str]
    id: str

    def fits(self, element: Element) -> bool:
        if self.tag and self.tag != element.name:
            return False
        if self.id and element.get("id") != self.id:
            return False
        return not self.classes or self.classes <= set(element.get("class").split())


@dataclass(frozen=True)
class _Rule:
    weight: tuple[int, int, int, int]
    parts: tuple[_Part, ...]
    found: Mapping[str, str]


class Sheet:
    """The rules of a file."""

    def __init__(self) -> None:
        self._by: dict[str, list[_Rule]] = {}
        self._count = 0

    def learn(self, css: str) -> None:
        for hit in _RULE.finditer(_flat(_COMMENT.sub("", css))):
            found = values.declarations(hit.group(2))
            for selector in hit.group(1).split(",") if found else ():
                if self._count >= RULES_LIMIT:
                    return
                self._add(selector.strip(), found)

    @property
    def longest(self) -> int:
        """How many rules may have to be tried for one element."""
        return max(map(len, self._by.values()), default=0)

    def of(self, element: Element, above: Sequence[Element]) -> dict[str, str]:
        """All declarations of an element, its own style attribute last."""
        fitting: list[_Rule] = []
        for key in (element.name, *(f".{name}" for name in element.get("class").split()), f"#{element.get('id')}", ""):
            fitting += [rule for rule in self._by.get(key, ()) if _fits(rule, element, above)]
        made: dict[str, str] = {}
        for rule in sorted(fitting, key=lambda one: one.weight):
            made.update(rule.found)
        made.update(values.declarations(element.get("style")))
        return made

    def _add(self, selector: str, found: Mapping[str, str]) -> None:
        parts = []
        for compound in selector.replace(">", " ").replace(":link", "").split():
            hit = _COMPOUND.match(compound)
            if not hit:
                return  # states, attributes, siblings: none of them says how a mail looks at rest
            marks = _PARTS.findall(hit.group(2))
            names = frozenset(name for mark, name in marks if mark == ".")
            tag = (hit.group(1) or "").lower().replace("*", "")
            parts.append(_Part(tag, names, next((name for mark, name in marks if mark == "#"), "")))
        if not parts or len(parts) > 8:
            return
        self._count += 1
        last = parts[-1]
        weight = (
            sum(1 for part in parts if part.id), sum(len(part.classes) for part in parts),
            sum(1 for part in parts if part.tag), self._count,
        )  # fmt: skip
        key = f"#{last.id}" if last.id else f".{min(last.classes)}" if last.classes else last.tag
        self._by.setdefault(key, []).append(_Rule(weight, tuple(parts), found))


def inlined(body: Element, sheet: Sheet, around: tuple[Element, ...] = ()) -> bool:
    """Writes what a sheet says of each element into its style attribute. False where that would take too long.

    `around` are the elements that it stands in, the outermost first.
    """
    if not sheet.longest:
        return True
    elements = sum(1 for _ in body.walk())
    if elements * sheet.longest > _MOST_CHECKS:
        return False
    waiting: list[tuple[Element, tuple[Element, ...]]] = [(body, around)]
    while waiting:
        element, above = waiting.pop()
        found = sheet.of(element, above)
        if found:
            element.attributes["style"] = "".join(f"{name}:{value};" for name, value in found.items())
        waiting += [(child, (*above, element)) for child in element.elements()]
    return True


def _fits(rule: _Rule, element: Element, above: Sequence[Element]) -> bool:
    if not rule.parts[-1].fits(element):
        return False
    at = len(above)
    for part in reversed(rule.parts[:-1]):
        at -= 1
        while at >= 0 and not part.fits(above[at]):
            at -= 1
        if at < 0:
            return False
    return True


def _flat(css: str) -> str:
    """Without at-rules: what holds only on some screens or loads something."""
    made, at = [], 0
    while True:
        start = css.find("@", at)
        if start < 0:
            made.append(css[at:])
            return "".join(made)
        made.append(css[at:start])
        brace, semicolon = css.find("{", start), css.find(";", start)
        if brace < 0 or 0 <= semicolon < brace:
            at = semicolon + 1 if semicolon >= 0 else len(css)
            continue
        depth, at = 1, brace + 1
        for hit in re.compile(r"[{}]").finditer(css, at):
            depth += 1 if hit.group() == "{" else -1
            at = hit.end()
            if depth == 0:
                break
        else:
            at = len(css)
