"""What stands between the elements of one parent: conditions and loops put together from loose statements."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape

from restock_desk.rendering.imports import expressions
from restock_desk.rendering.imports.notes import TOKEN, Constructs, Journal
from restock_desk.rendering.imports.tree import Element, Text

_DEEPEST = 24
_NOTE = re.compile(r"<!--(?!\[if|<!\[|>)[^\ue000]{0,20000}?-->")
_MISTAKEN = re.compile(r"<!--\[if[^\]<>]*\]>(?:<!--+>)?|(?:<!--+>?)?<!\[endif\]--+>")


@dataclass
class Raw:
    """Loose HTML: what an mj-raw holds besides statements, or words that stand where no words belong."""

    html: str
    line: int


@dataclass
class Choice:
    """if … elif … else …; `tests` are the expressions, one for each of the first flows."""

    line: int
    tests: list[str] = field(default_factory=list)
    flows: "list[list[Item]]" = field(default_factory=list)
    otherwise: "list[Item]" = field(default_factory=list)


@dataclass
class Loop:
    """for … endfor; `words` is what stands behind the “for”."""

    line: int
    words: str
    inside: "list[Item]" = field(default_factory=list)
    empty: "list[Item]" = field(default_factory=list)


Item = Element | Raw | Choice | Loop


class Flow:
    """Reads children into items."""

    def __init__(self, source: str, constructs: Constructs, journal: Journal) -> None:
        self.source, self.constructs, self.journal = source, constructs, journal
        self.items: list[Item] = []
        self._open: list[Choice | Loop] = []
        self._into: list[list[Item]] = [self.items]

    def read(self, children: "Iterable[Element | Text]") -> list[Item]:
        for child in children:
            if isinstance(child, Text):
                if not child.comment and child.words.strip():
                    self._pieces(self.source[child.start : child.end], child.line)
            elif child.name == "mj-raw":
                self._pieces(self.source[child.inner[0] : child.inner[1]], child.line)
            else:
                self._into[-1].append(child)
        for block in reversed(self._open):
            name = "if" if isinstance(block, Choice) else "for"
            self.journal.lost(f"{{% {name} %}}", "It is never closed here; the end was added.", block.line)
        return self.items

    def _pieces(self, html: str, line: int) -> None:
        """HTML with statements in it: those that are balanced inside stay in it, others are taken out."""
        if "<!--" in html or "&lt;" in html:
            html = self._uncommented(html, line)
        found = [hit for hit in TOKEN.finditer(html) if self._word(hit.group(1))]
        words = TOKEN.sub(lambda hit: "" if self._word(hit.group(1)) else "x", html)
        if words.strip() and _balanced([self._word(hit.group(1)) for hit in found]):
            self._into[-1].append(Raw(html, line))
            return
        at = 0
        for hit in found:
            self._loose(html[at : hit.start()], line + html.count("\n", 0, at))
            self._statement(self.constructs.found[int(hit.group(1))], line + html.count("\n", 0, hit.start()))
            at = hit.end()
        self._loose(html[at:], line + html.count("\n", 0, at))

    def _uncommented(self, html: str, line: int) -> str:
        """Without notes of the author; and without a comment for Outlook that was written as words by mistake."""
        if _MISTAKEN.fullmatch(unescape(html).replace("\\", "").strip()) and "<" not in html:
            self.journal.lost(html.strip(), "Words that were meant as a comment for Outlook.", line)
            return ""
        return _NOTE.sub(lambda hit: "\n" * hit.group().count("\n"), html)

    def _loose(self, html: str, line: int) -> None:
        if html.strip():
            self._into[-1].append(Raw(html, line))

    def _word(self, number: str) -> str:
        """The first word of a statement; empty for a {{ … }}."""
        construct = self.constructs.found[int(number)]
        return expressions.words(construct)[0] if construct.startswith("{%") else ""

    def _statement(self, construct: str, line: int) -> None:
        word, rest = expressions.words(construct)
        last = self._open[-1] if self._open else None
        if word in ("if", "for") and len(self._open) < _DEEPEST:
            self._begin(Choice(line, [rest], [[]]) if word == "if" else Loop(line, rest))
        elif word == "elif" and isinstance(last, Choice):
            last.tests.append(rest)
            last.flows.append([])
            self._into[-1] = last.flows[-1]
        elif word == "else" and last is not None:
            self._into[-1] = last.otherwise if isinstance(last, Choice) else last.empty
        elif (word == "endif" and isinstance(last, Choice)) or (word == "endfor" and isinstance(last, Loop)):
            self._open.pop()
            self._into.pop()
        else:
            self.journal.lost(construct, "This statement has no place here and is left out.", line)

    def _begin(self, block: Choice | Loop) -> None:
        self._into[-1].append(block)
        self._open.append(block)
        self._into.append(block.flows[0] if isinstance(block, Choice) else block.inside)


def _balanced(words: list[str]) -> bool:
    depth = 0
    for word in words:
        depth += word in ("if", "for")
        depth -= word in ("endif", "endfor")
        if depth < 0 or (depth == 0 and word in ("else", "elif")):
            return False
    return depth == 0


def elements_of(items: list[Item]) -> list[Element]:
    """The elements of a flow, those inside conditions and loops too."""
    found: list[Element] = []
    for item in items:
        if isinstance(item, Element):
            found.append(item)
        elif isinstance(item, Choice):
            for flow in (*item.flows, item.otherwise):
                found += elements_of(flow)
        elif isinstance(item, Loop):
            found += elements_of(item.inside) + elements_of(item.empty)
    return found
