"""The crash journal of the document that is open: begun with the first edit, told of each, ended when it is left."""

from collections.abc import Callable

from restock_desk.domain.document.operations import Operations
from restock_desk.domain.document.tree import Document
from restock_desk.services import journals
from restock_desk.services.desk import Desk
from restock_desk.services.journals import Journal


class Keeper:
    """GUI thread only. An edit is in the file before its picture is asked for. `told(sentence)` once nothing can be
    written down any more."""

    def __init__(self, desk: Desk, new_id: Callable[[], str], told: Callable[[str], object]) -> None:
        self._desk, self._new_id, self._told = desk, new_id, told
        self._journal: Journal | None = None
        self._before: Document | None = None
        self._template = 0
        self._faulty = False

    @property
    def fault(self) -> str:
        """Why nothing is written down; empty while it is."""
        found = self._journal.fault if self._journal is not None else None
        return str(found) if found is not None else ""

    def open(self, document: Document, template: int) -> None:
        """Edits that follow begin with this document. No file until there is one."""
        self.end()
        self._before, self._template, self._faulty = document, template, False

    def wrote(self, edits: Operations, document: Document) -> None:
        """An edit was applied and led to this document."""
        if self._journal is None and self._before is not None:
            self._journal = journals.begin(self._desk, self._new_id(), self._before, self._template)
        if self._journal is not None:
            self._journal.append(edits, document)
        if self.fault and not self._faulty:
            self._faulty = True
            self._told(self.fault)

    def saved(self, document: Document) -> None:
        """A version holds all of it."""
        self._before = document
        if self._journal is not None:
            self._journal.restart(document, self._template)

    def end(self) -> None:
        """The document is left; what was not saved is kept elsewhere by then."""
        if self._journal is not None:
            self._journal.close()
        self._journal = self._before = None
