"""Taking in templates of another make: MJML and HTML files as documents or as source, with a report of what changed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from restock_desk.domain.document.imported import Notes
from restock_desk.domain.document.tree import Document
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.errors import DeskError
from restock_desk.rendering.document import drafts
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.imports import decoding
from restock_desk.rendering.imports.runs import one_line
from restock_desk.rendering.processes import importing
from restock_desk.services import dressing, template_files
from restock_desk.services.desk import Desk


@dataclass(frozen=True)
class TakenIn:
    """A file that was read. `source` is None where the file is a document already."""

    name: str
    document: Draft
    source: Draft | None
    notes: Notes = ()


def read(desk: Desk, path: Path, subject: str = "", entropy: Callable[[int], bytes] = secrets.token_bytes) -> TakenIn:
    """What a file becomes, as a document and as source. Nothing is written. DeskError for what cannot be read.

    Without a subject the title's is taken, else the file's name.
    """
    data = template_files.bytes_of(path, decoding.SIZE_LIMIT)
    text = decoding.text_of(data)
    stem = path.name.partition(".")[0] or "Template"
    kind = template_files.kind_of(path, text)
    if kind is TemplateKind.DOCUMENT:
        draft = template_files.read(path)
        return TakenIn(template_files.name_of(draft) or stem, draft, None)
    try:
        made = importing.imported(kind.value, text, dressing.kit(desk).brand, desk.now(), entropy(16).hex())
    except TemplateFault as fault:
        hint = "Take out what is not needed of it, or import a part."
        raise DeskError(f"{path.name} cannot be read. {fault.message}", hint) from fault
    document = drafts.draft_of(_titled(made.document, subject, stem))
    source = Draft(kind, made.source, document.subject, document.preheader)
    return TakenIn(stem, document, source, made.notes)


def _titled(document: Document, subject: str, stem: str) -> Document:
    settings = dict(document.settings)
    if subject or not settings.get("subject"):
        settings["subject"] = one_line(subject or stem)
    return replace(document, name=document.name or stem, settings=MappingProxyType(settings))
