"""MJML as it is written: each block begins a line of its own, so that a line of the MJML names a block.

Styles for phones and dark mode cannot stand in an element; they are gathered here as rules for the head.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering import conditions
from restock_desk.rendering.document.look import Look

_CLASS = re.compile(r"\brd-[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Fragment:
    """One body block with all below it. `blocks` has an id for each line of `mjml`, `rules` the CSS it needs."""

    mjml: str
    blocks: tuple[str, ...]
    rules: tuple[str, ...]
    text: str = ""
    names: frozenset[str] = frozenset()
    """The classes in use, for which the head has rules."""
    problems: tuple[tuple[str, str, str], ...] = ()
    """Block, rule and sentence of what was left out."""


@dataclass
class Writer:
    """Where a fragment grows. `width` is that of the column being written, in px; `alias` the entry of its repeat."""

    look: Look
    preview: bool = False
    raw_html: bool = False
    width: float = 600
    alias: str = ""
    block: str = ""
    parts: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    rules: dict[str, None] = field(default_factory=dict)
    problems: list[tuple[str, str, str]] = field(default_factory=list)

    def begin(self, block: str) -> None:
        """What follows is written for this block."""
        self.block = block
        self.parts.append("\n")
        self.blocks.append(block)

    def put(self, text: str) -> None:
        self.parts.append(text)
        if "\n" in text:
            self.blocks += [self.block] * text.count("\n")

    def rule(self, css: str) -> str:
        """A rule for small screens under a class of its own; `&` stands for the class, which is returned."""
        name = "rd-m" + hashlib.sha256(css.encode()).hexdigest()[:8]
        self.rules[css.replace("&", f".{name}")] = None
        return name

    def classes(self, node: Node, *names: str, cell: bool = True) -> str:
        """The class attribute of a block: what it is given, who sees it, and in a preview which block it is."""
        found = [name for name in names if name]
        if node.get("visibility.desktop") is False:
            found.append("rd-phone-cell" if cell else "rd-phone")
        if node.get("visibility.mobile") is False:
            found.append("rd-desk")
        if self.preview:
            found.append(f"b-{self.block}")
        return f' css-class="{" ".join(found)}"' if found else ""

    @contextmanager
    def shown_when(self, when: Json) -> Iterator[None]:
        """What is written inside is shown where the condition holds."""
        test = conditions.expression(when) if isinstance(when, Mapping) else ""
        if test:
            self.statement(f"if {test}")
        yield
        if test:
            self.statement("endif")

    def statement(self, words: str) -> None:
        """A statement between elements of MJML; raw, so that other MJML tools keep it too."""
        self.put(f"<mj-raw>{{% {words} %}}</mj-raw>")

    def fragment(self, text: str) -> Fragment:
        """What was written, with its plain text."""
        made = "".join(self.parts).removeprefix("\n")
        names = frozenset(_CLASS.findall(made))
        return Fragment(made, tuple(self.blocks), tuple(self.rules), text, names, tuple(self.problems))


Write = Callable[[Node, Writer], None]
