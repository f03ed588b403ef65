"""The layer of outlines over a picture of a document: which blocks there are, which is shown. It is only asked."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from restock_desk.bundle import resource
from restock_desk.domain.document import kinds
from restock_desk.domain.document.tree import Document
from restock_desk.ui import theme

if TYPE_CHECKING:
    from restock_desk.ui.preview import Preview

Answer = Callable[[object], object]


class Layer:
    """For one browser engine. Nothing an author wrote goes into the page: ids and names of kinds only."""

    def __init__(self, engine: "Preview") -> None:
        self.engine = engine
        self._told = ""
        self._document = Document(id="none")
        self._chosen, self._empties = "", False
        self._unseen = False
        """Whether the chosen block was not in the picture yet: then it is scrolled to when it comes."""

    def lay(self) -> None:
        """The page has a mail: put the layer over it if it is not there, and bring it to where the blocks are."""
        self.engine.ask_page("Boolean(window.deskCanvas)", self._laid)

    def show_document(self, document: Document, chosen: str, empties: bool = False) -> None:
        """`empties`: columns without blocks are made visible, as places to drop one."""
        self._document, self._chosen, self._empties = document, chosen, empties
        if self._words() != self._told:
            self._tell()  # else the page places its outlines again when the mail is patched

    def choose(self, id: str, reveal: bool = True) -> None:
        """Frame a block and scroll to it."""
        self._chosen = id
        self.ask(f"deskCanvas.choose({json.dumps(id)}, {json.dumps(reveal)})", self._found)

    def ask(self, script: str, answer: Answer | None = None) -> None:
        """Run a call of the layer's, if it is there, and hand over its value."""
        call = f"window.deskCanvas ? {script} : null"
        self.engine.ask_page(call, lambda found: None if answer is None else void(answer(found)))

    def _found(self, there: object) -> None:
        self._unseen = there is False and bool(self._chosen)

    def _laid(self, there: object) -> None:
        if there is True:
            return self._tell()
        self._told = ""
        script = resource("preview", "canvas.js").read_text(encoding="utf-8")
        return self.engine.ask_page(script, lambda _: self._tell())

    def _words(self) -> str:
        nodes = list(self._document.walk())
        found = {node.id: _kind_words(node.type) for node in nodes}
        holders = ("column", "hero") if self._empties else ()
        empty = [node.id for node in nodes if node.type in holders and not any(node.slots.values())]
        if self._empties and not nodes:
            empty = [""]  # the whole mail
        linked = [node.id for node in nodes if node.type == "slot"]
        colors = {"accent": theme.color("accent").name(), "on": "#ffffff", "soft": "#7a879c", "linked": "#8a3ffc"}
        tones = {**colors, "ratio": self.engine.devicePixelRatioF()}
        return f"deskCanvas.blocks({', '.join(json.dumps(part) for part in (found, empty, tones, linked))})"

    def _tell(self) -> None:
        words = self._words()
        if words == self._told:
            return self.choose(self._chosen) if self._unseen else self.ask("deskCanvas.place()")
        self._told = words
        self.ask(words)
        return self.choose(self._chosen, reveal=self._unseen)


def _kind_words(type: str) -> str:
    kind = kinds.kind_of(type)
    return kind.label if kind else "Block"


def void(_: object) -> None:
    """Forget a value."""
