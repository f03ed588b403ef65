"""Selectors as far as mails use them: names, classes, ids, attributes, descendants, children. Others match nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from restock_desk.rendering.lint.tree import Element, Tree

_PART = re.compile(
    r"""([.#])([\w-]+)|\[\s*([\w-]+)\s*(?:([~|^$*]?=)\s*(?:"([^"]*)"|'([^']*)'|([\w-]+)))?\s*\]|(\*|[A-Za-z][\w-]*)|(:root|:link)"""
)
_STEP = re.compile(r"\s*(>)\s*|\s+")


@dataclass(frozen=True)
class Compound:
    """What one element must be."""

    name: str = ""
    id: str = ""
    classes: frozenset[str] = frozenset()
    attributes: tuple[tuple[str, str | None], ...] = ()

    def fits(self, element: Element) -> bool:
        if self.name and element.name != self.name:
            return False
        if self.id and element.attributes.get("id") != self.id:
            return False
        if self.classes and not self.classes <= set(element.attributes.get("class", "").split()):
            return False
        return all(
            name in element.attributes and value in (None, element.attributes[name]) for name, value in self.attributes
        )


@dataclass(frozen=True)
class Selector:
    """`parts` from the outermost; `child[n]` = part n must be a child of the part before it."""

    parts: tuple[Compound, ...]
    child: tuple[bool, ...]
    weight: tuple[int, int, int]

    @staticmethod
    def of(text: str) -> "Selector | None":
        """None for what is not understood."""
        parts: list[Compound] = []
        child: list[bool] = []
        at, direct, weight = 0, False, [0, 0, 0]
        text = text.strip()
        while at < len(text) and len(parts) < 12:
            made, at = _compound(text, at, weight)
            if made is None:
                return None
            parts.append(made)
            child.append(direct)
            step = _STEP.match(text, at)
            if at < len(text) and step is None:
                return None
            direct = bool(step and step.group(1))
            at = step.end() if step else at
        return Selector(tuple(parts), tuple(child), (weight[0], weight[1], weight[2])) if parts else None


def matching(selector: Selector, tree: Tree) -> Iterator[Element]:
    """All elements a selector means."""
    last = selector.parts[-1]
    for element in tree.named(last.name) if last.name else tree.elements:
        if last.fits(element) and _around(selector, len(selector.parts) - 2, element):
            yield element


def _around(selector: Selector, at: int, element: Element) -> bool:
    if at < 0:
        return True
    if selector.child[at + 1]:
        parent = element.parent
        return parent is not None and selector.parts[at].fits(parent) and _around(selector, at - 1, parent)
    for each in element.ancestors:
        if selector.parts[at].fits(each):
            return _around(selector, at - 1, each)
    return False


def _compound(text: str, at: int, weight: list[int]) -> tuple[Compound | None, int]:
    name = id = ""
    classes: set[str] = set()
    attributes: list[tuple[str, str | None]] = []
    begin = at
    while (hit := _PART.match(text, at)) is not None:
        if hit.group(8):
            if at > begin:
                return None, at
            name = "" if hit.group(8) == "*" else hit.group(8).lower()
            weight[2] += bool(name)
        elif hit.group(1) == "#":
            id = hit.group(2)
            weight[0] += 1
        elif hit.group(9):
            name = "html" if hit.group(9) == ":root" else name
            weight[1] += 1
        else:
            weight[1] += 1
            if hit.group(1):
                classes.add(hit.group(2))
            elif hit.group(4) in (None, "="):
                value = next((hit.group(n) for n in (5, 6, 7) if hit.group(n) is not None), None)
                attributes.append((hit.group(3).lower(), value))
            else:
                return None, at
        at = hit.end()
    if at == begin:
        return None, at
    return Compound(name, id, frozenset(classes), tuple(attributes)), at
