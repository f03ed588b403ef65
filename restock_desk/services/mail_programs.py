"""The mail programs that can count when a mail is checked, and which do: a document's own, else the shop's."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from restock_desk.domain import mail_programs
from restock_desk.domain.document.tree import DocumentFault
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.errors import WrongUse
from restock_desk.rendering.document import drafts
from restock_desk.services.desk import Desk
from restock_desk.store import shop as stored


@dataclass(frozen=True)
class Family:
    """A mail program on everything it runs on: its name, and (id, where) of each of its kinds."""

    id: str
    name: str
    kinds: tuple[tuple[str, str], ...]

    @property
    def pattern(self) -> str:
        return f"{self.id}.*"


def families() -> tuple[Family, ...]:
    """All that the table of client support knows, those that count by default first, then by name."""
    from restock_desk.rendering.lint import support  # here and below: it loads every rule, and few ask

    found: dict[str, list[tuple[str, str]]] = {}
    for client in support.clients():
        found.setdefault(client.partition(".")[0], []).append((client, support.platform(client)))
    made = [Family(id, support.family(id), tuple(kinds)) for id, kinds in found.items()]
    usual = [pattern.partition(".")[0] for pattern in mail_programs.TARGETS]
    return tuple(sorted(made, key=lambda one: (one.id not in usual, one.name.lower())))


def targets(desk: Desk, draft: Draft) -> tuple[str, ...]:
    """The patterns that count for a draft."""
    own = _own(draft)
    if own:
        return own
    with desk.store.reading() as u:
        return mail_programs.patterns(stored.shop(u).mail_programs)


def checked(text: str) -> str:
    """Patterns in their usual spelling; the usual ones for none. WrongUse for one that means no mail program."""
    from restock_desk.rendering.lint import support

    found = mail_programs.patterns(text) or mail_programs.TARGETS
    for pattern in found:
        if not any(fnmatchcase(client, pattern) for client in support.clients()):
            raise WrongUse(f"No mail program is called “{pattern}”.", f"Such as {', '.join(support.clients()[3:9])}.")
    return mail_programs.spelled(found)


def _own(draft: Draft) -> tuple[str, ...]:
    if draft.kind is not TemplateKind.DOCUMENT:
        return ()
    try:
        found = drafts.document_of(draft).setting("targets")
    except DocumentFault:
        return ()  # checking tells
    return tuple(str(each) for each in found) if isinstance(found, tuple) else ()
