"""Templates as files: a document, MJML or HTML comes in; a document, MJML or HTML goes out. Nothing is fetched."""

import re
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

from restock_desk.domain.document import reading
from restock_desk.domain.templates import Draft, Ignored, Problem, Severity, TemplateKind
from restock_desk.errors import DeskError, WrongUse
from restock_desk.rendering import pieces, processes
from restock_desk.rendering.compile import plain_html
from restock_desk.rendering.document import assembly, drafts
from restock_desk.rendering.imports import decoding
from restock_desk.services.files import beginning

ENDING = ".restock-email.json"
"""Of a document's file."""
LIMIT = 2 * 1024 * 1024
_TITLE = re.compile(r"<(?:mj-title|title)\b[^<>]*>([^<]{1,300})</", re.IGNORECASE)
_FORMS = {".json": "document", ".mjml": "mjml", ".html": "html", ".htm": "html"}


@dataclass(frozen=True)
class Compiled:
    """What came of a file: HTML that still holds its constructs (empty where it cannot be made), and what is wrong."""

    kind: TemplateKind
    html: str
    problems: tuple[Problem, ...]

    @property
    def broken(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def read(path: Path, subject: str = "") -> Draft:
    """The draft that a file holds. A source without a subject takes its title's, else its file's name.

    DeskError for what cannot be read, or is no document where it should be one.
    """
    text = text_of(path)
    kind = kind_of(path, text)
    if kind is TemplateKind.DOCUMENT:
        return drafts.draft_of(reading.parse(text))
    title = _TITLE.search(text)
    named = " ".join(unescape(title.group(1)).split()) if title else ""
    return Draft(kind, text, subject or named or path.name.partition(".")[0])


def ignored_in(draft: Draft) -> tuple[Ignored, ...]:
    """What the file of a document says is ignored."""
    return drafts.ignored_in(draft)


def name_of(draft: Draft) -> str:
    """What a document calls itself; empty for a source."""
    return drafts.document_of(draft).name if draft.kind is TemplateKind.DOCUMENT else ""


def kind_of(path: Path, text: str) -> TemplateKind:
    """By the file's ending, else by how it begins."""
    form = _FORMS.get(path.suffix.lower(), "")
    head = text.lstrip("\ufeff \t\r\n")[:2000]
    if form:
        return TemplateKind(form)
    if head.startswith("{") and '"schema"' in head:
        return TemplateKind.DOCUMENT
    return TemplateKind.MJML if "<mjml" in head.lower() else TemplateKind.HTML


def compiled(path: Path, draft: Draft) -> Compiled:
    """Everything done once per template, of a file that `read` gave. Problems are at the lines of the file."""
    problems = processes.compiled(draft).problems
    if draft.kind is not TemplateKind.DOCUMENT:
        problems += tuple(one for one in pieces.foreign_tags(draft.source, "source") if one not in problems)
    else:
        text = text_of(path)
        problems = tuple(replace(p, line=assembly.line_of(text, p.block) or p.line) for p in problems)
    made = Compiled(draft.kind, "", problems)
    return made if made.broken else replace(made, html=plain_html(draft))


def written(draft: Draft, form: str, ignored: tuple[Ignored, ...] = ()) -> str:
    """A draft as the text of a file: `document`, `mjml` (a document turned into source) or `html` (compiled).

    Only a document's file keeps what is ignored.

    WrongUse where the draft cannot become that; DeskError where it cannot be compiled.
    """
    if form == "document":
        if draft.kind is not TemplateKind.DOCUMENT:
            raise WrongUse("A source cannot be written as a document.", "Write it as .mjml or .html.")
        return drafts.with_ignored(draft, ignored).source
    if form == "mjml" and draft.kind is TemplateKind.HTML:
        raise WrongUse("HTML cannot be written as MJML.", "Write it as .html.")
    problems = processes.compiled(draft).problems
    wrong = next((problem for problem in problems if problem.severity is Severity.ERROR), None)
    if form == "html" and wrong is not None:
        raise DeskError(wrong.message, "Correct the template first.")
    return drafts.to_draft(draft).source if form == "mjml" else plain_html(draft)


def form_of(path: Path) -> str:
    """What a file is to hold, by its ending."""
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise WrongUse(f"“{path.name}” does not say what to write.", f"End the name in {ENDING}, .mjml or .html.")
    return form


def bytes_of(path: Path, most: int) -> bytes:
    """What a template's file holds, `most` bytes of it. DeskError where that is nothing, more, or no file at all."""
    if _is_stream(path):
        raise DeskError(f"{path} is a stream, no file.", "Write it into a file first: it is read twice.")
    data = beginning(path, most, "Check the file's name.")
    if len(data) > most:
        raise DeskError(f"{path} is larger than {most // 1024 // 1024} MB.", "A template is a small text file.")
    if not data.strip():
        raise DeskError(f"{path} is empty.", "Choose a file that holds a template.")
    return data


def _is_stream(path: Path) -> bool:
    try:
        return path.exists() and not (path.is_file() or path.is_dir())
    except OSError:
        return False  # reading it will say why


def text_of(path: Path) -> str:
    """The words of a template's file, line ends as LF. DeskError as for `bytes_of`, and where it is no text.

    A source may be in any encoding; a document is UTF-8.
    """
    data = bytes_of(path, LIMIT)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        if path.suffix.lower() == ".json":
            raise DeskError(f"{path} is not UTF-8 text.", "Save it as UTF-8 and try again.") from error
    return decoding.text_of(data)
