"""Templates: written, saved as immutable versions, checked, seen for any person and restock, tried out on oneself."""

import difflib
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

from restock_desk.domain.document.tree import DocumentFault
from restock_desk.domain.staff import AuditEntry
from restock_desk.domain.templates import (
    CONTEXT_FIELDS,
    Draft,
    Field,
    Ignored,
    Problem,
    RenderedMail,
    Severity,
    Starter,
    Template,
    TemplateKind,
    TemplateVersion,
)
from restock_desk.errors import DeskError
from restock_desk.rendering import processes
from restock_desk.rendering import starters as starters_
from restock_desk.rendering.document import drafts as drafts_
from restock_desk.services import dressing, editions, mail_programs, readers
from restock_desk.services.desk import Desk
from restock_desk.services.readers import Reader, Whom
from restock_desk.store import staff
from restock_desk.store import templates as store
from restock_desk.store.database import Unit

log = logging.getLogger(__name__)
NAME_LIMIT = 200
_FIELDS = ("subject", "preheader", "sender_name", "sender_email", "reply_to", "source", "text")


def create(desk: Desk, name: str, draft: Draft, ignored: tuple[Ignored, ...] = ()) -> Template:
    """A new template with its first version. DeskError when the name is empty or taken.

    Of a document, what its own text says is ignored stays ignored.
    """
    with desk.store.unit() as u:
        name = _free_name(u, name)
        now = desk.now()
        template_id = store.create(u, name, now)
        store.save(u, template_id, draft, desk.actor.name, "", now, ignored or _ignored_in(draft))
        _record(u, desk, "template created", template_id, name=name)
        made = store.template(u, template_id)
        u.commit()
    assert made is not None
    return made


def templates(desk: Desk) -> list[Template]:
    """All that are not archived, by name."""
    with desk.store.reading() as u:
        return store.templates(u)


def by_name(desk: Desk, name: str) -> Template:
    with desk.store.reading() as u:
        found = store.template_by_name(u, name.strip())
    if found is None:
        raise DeskError(f"There is no template called “{name}”.", "Look at the list of templates for its exact name.")
    return found


def version(desk: Desk, version_id: int) -> TemplateVersion:
    with desk.store.reading() as u:
        found = store.version(u, version_id)
    if found is None:
        raise DeskError(
            f"There is no template version {version_id}.", "Open the template and pick one of its versions."
        )
    return found


def versions(desk: Desk, template_id: int) -> list[TemplateVersion]:
    """Newest first."""
    with desk.store.reading() as u:
        return store.versions(u, template_id)


def save(
    desk: Desk, template_id: int, draft: Draft, label: str = "", ignored: tuple[Ignored, ...] | None = None
) -> TemplateVersion:
    """The next version, also with problems in it: half-done work is kept; only a send needs it whole.

    What was ignored in the version before stays ignored; `ignored` says otherwise.
    """
    with desk.store.unit() as u:
        template = _locked(u, template_id)
        if template.archived and template.root_id is not None:
            raise DeskError(
                "This edition was taken away meanwhile.", "Copy your words into another edition of the mail."
            )
        known = store.version(u, template.version_id)
        stay = known.ignored if known is not None and ignored is None else ignored or ()
        saved = store.save(u, template_id, draft, desk.actor.name, label, desk.now(), stay)
        _record(u, desk, "template saved", template_id, version=saved.number)
        u.commit()
    return saved


def restore(desk: Desk, version_id: int) -> TemplateVersion:
    """An old version's content as the newest version. Nothing is lost: the versions between stay."""
    old = version(desk, version_id)
    return save(desk, old.template_id, old.draft, f"Restored from version {old.number}", old.ignored)


def turned_into_source(desk: Desk, version_id: int, name: str) -> Template:
    """A new template with the MJML that a version of a document stands for. The document stays as it is.

    DeskError where the version is none of a document, or its blocks cannot be written.
    """
    old = version(desk, version_id)
    if old.draft.kind is not TemplateKind.DOCUMENT:
        raise DeskError("This template is a source already.", "Open it and change its source.")
    return create(desk, name, drafts_.to_draft(dressing.dressed(desk, old.draft)))


def rename(desk: Desk, template_id: int, name: str) -> Template:
    with desk.store.unit() as u:
        before = _locked(u, template_id)
        name = _free_name(u, name, template_id)
        store.rename(u, template_id, name, desk.now())
        editions.renamed(u, desk, template_id, name)
        _record(u, desk, "template renamed", template_id, before=before.name, after=name)
        after = _locked(u, template_id)
        u.commit()
    return after


def archive(desk: Desk, template_id: int, archived: bool = True) -> Template:
    """Take a template out of the lists, or put it back. Campaigns that used it keep it; an edition is taken away."""
    with desk.store.reading() as u:
        found = store.template(u, template_id)
    if found is not None and found.root_id is not None:
        if not archived:
            raise DeskError("An edition cannot be put back.", "Add the variant or language again.")
        return editions.remove(desk, template_id).root
    with desk.store.unit() as u:
        _locked(u, template_id)
        store.archive(u, template_id, archived, desk.now())
        if archived:
            editions.shelved(u, desk, template_id)
        _record(u, desk, "template archived" if archived else "template taken back", template_id)
        after = _locked(u, template_id)
        u.commit()
    return after


def compare(desk: Desk, version_a: int, version_b: int) -> list[tuple[str, str]]:
    """What changed from a to b: ("field", name) before each field that differs, then ("-" | "+" | " ", line)."""
    before, after = version(desk, version_a), version(desk, version_b)
    lines: list[tuple[str, str]] = []
    for name in ("kind", *_FIELDS, "ignored"):
        old, new = _words_of(before, name), _words_of(after, name)
        if old != new:
            lines.append(("field", name))
            changes = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=3)
            lines += [(line[:1], line[1:]) for line in changes if not line.startswith(("---", "+++"))]
    return lines


def _words_of(version: TemplateVersion, name: str) -> str:
    if name == "ignored":
        return "\n".join(f"{each.rule}: {each.reason}" for each in version.ignored)
    return str(getattr(version.draft, name) or "")


def check(desk: Desk, draft: Draft, deep: bool = False, targets: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """What can be said about a draft without any person: errors first, in the order of the source.

    `deep` = every rule, as before a send; otherwise those that keep up with typing. `targets` are patterns of the mail
    programs that count, such as `gmail.*`; the document's, else the shop's, if there are none.
    """
    if deep and not targets:
        targets = mail_programs.targets(desk, draft)
    return processes.check(dressing.dressed(desk, draft), deep, targets)


def preview(
    desk: Desk, draft: Draft, subscriber_id: int | None, event_ids: tuple[int, ...], case: str = ""
) -> RenderedMail:
    """The mail exactly as a send would make it, as delivery 0. What does not exist is marked and told in `problems`.

    DeskError when the draft cannot be compiled, or the person, a restock or the worst case does not exist.
    """
    draft = dressing.dressed(desk, draft)
    return preview_for(draft, readers.reader(desk, Whom(subscriber_id, event_ids, case), draft))


def preview_for(draft: Draft, reader: Reader) -> RenderedMail:
    """`preview` for somebody already read: nothing but compiling and rendering, for every key of a writing author."""
    return processes.mail(draft, reader.data, reader.identity)


def live_fields(
    desk: Desk, subscriber_id: int | None, event_ids: tuple[int, ...], case: str = ""
) -> list[tuple[Field, str]]:
    """Every path a template may use with what it holds for this person and these restocks."""
    data = readers.reader(desk, Whom(subscriber_id, event_ids, case)).data
    return [(field, _shown(data, field)) for field in CONTEXT_FIELDS]


def save_eml(
    desk: Desk, draft: Draft, subscriber_id: int | None, event_ids: tuple[int, ...], path: Path, case: str = ""
) -> None:
    """Write the mail as a file of its owner's; atomic."""
    mail = preview(desk, draft, subscriber_id, event_ids, case)
    if not mail.message:
        raise _first_error(mail)
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(mail.message)
        Path(beside).replace(path)
    except OSError as error:
        raise DeskError(f"{path.name} cannot be written: {error.strerror}.", "Choose another folder.") from error


def warm() -> None:
    """Start the processes that render, without waiting for them. Best before there are threads and windows."""
    processes.warm()


def gallery() -> list[Starter]:
    """The same with what they are for and how they look."""
    return list(starters_.gallery())


def headed(draft: Draft) -> Draft:
    """A document's draft, with subject and sender as the document says them now; another as it is."""
    try:
        return drafts_.filled(draft)
    except DocumentFault:
        return draft  # checking tells


def starters() -> list[tuple[str, Draft]]:
    """The templates that ship with the application, by name."""
    return list(starters_.starters())


def _shown(data: dict[str, Any], field: Field) -> str:
    value: Any = data
    for part in field.path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if field.path == "items":
        return "1 item" if len(value) == 1 else f"{len(value)} items"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {part}" for key, part in value.items())
    return "" if value is None else value.isoformat(sep=" ", timespec="minutes") if field.type == "date" else str(value)


def _free_name(u: Unit, name: str, template_id: int = 0) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_LIMIT:
        raise DeskError("A template needs a name.", f"Write between 1 and {NAME_LIMIT} characters.")
    known = store.template_by_name(u, name)
    if known is not None and known.id != template_id:
        where = " It is archived." if known.archived else ""
        raise DeskError(f"There is a template called “{name}” already.{where}", "Choose another name.")
    return name


def _locked(u: Unit, template_id: int) -> Template:
    found = store.template(u, template_id) if store.lock(u, template_id) else None
    if found is None:
        raise DeskError(f"There is no template {template_id}.", "It may have been removed. Look at the list again.")
    return found


def _ignored_in(draft: Draft) -> tuple[Ignored, ...]:
    try:
        return drafts_.ignored_in(draft)
    except DocumentFault:
        return ()  # checking tells


def _first_error(mail: RenderedMail) -> DeskError:
    words = next((p.message for p in mail.problems if p.severity is Severity.ERROR), "The mail cannot be made.")
    return DeskError(words, "Look at the problems of the template.")


def _record(u: Unit, desk: Desk, action: str, template_id: int, **details: object) -> None:
    staff.record(u, AuditEntry(desk.now(), desk.actor.name, action, f"template {template_id}", "", dict(details)))
