"""Commands on templates: add, list, import, export, compile, render for a person and an event."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, database, desk_for, problem_line, say, table
from restock_desk.domain.document.imported import Notes, told
from restock_desk.domain.templates import Draft, Problem, Severity, TemplateKind
from restock_desk.errors import DeskError, WrongUse
from restock_desk.services import audience, dressing, editions, template_files, template_imports
from restock_desk.services import templates as templates_
from restock_desk.services.desk import Desk


class Form(StrEnum):
    """What a file of MJML or HTML becomes."""

    DOCUMENT = "document"
    SOURCE = "source"


_UNREADABLE = ("tpl.", "mjml.", "doc.invalid")
"""Rules by which a template itself, not only its mail, is wrong."""
templates = typer.Typer(help="Templates.", no_args_is_help=True)


@templates.command("add")
def add(
    name: str,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    subject: Annotated[str, typer.Option(help="The subject line; may hold variables.")],
    kind: Annotated[TemplateKind | None, typer.Option(help="html or mjml; by the file's ending if not given.")] = None,
    preheader: str = "",
    sender_name: str = "",
    sender_email: str = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Add a template from a file; under a name that exists it becomes the next version."""
    desk = desk_for(db)
    if kind is TemplateKind.DOCUMENT or file.suffix.lower() == ".json":
        raise WrongUse("A document says its subject itself.", f"Use: restock-desk templates import {file.name}")
    draft = Draft(
        kind or (TemplateKind.MJML if file.suffix.lower() == ".mjml" else TemplateKind.HTML),
        template_files.text_of(file), subject, preheader, sender_name, sender_email,
    )  # fmt: skip
    problems = _added(desk, name, draft, json)
    raise typer.Exit(1 if any(p.severity is Severity.ERROR for p in problems) else 0)


@templates.command("list")
def list_templates(db: Db = "", json: Json = False) -> None:
    """All templates with their newest version."""
    found = templates_.templates(desk_for(db))
    rows = [(t.id, t.name, t.kind.value, t.version, t.updated_at) for t in found]
    say(found, json, table(("ID", "Name", "Kind", "Version", "Saved"), rows))


@templates.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="FILE.restock-email.json, .mjml or .html")],
    name: Annotated[str, typer.Option(help="The template's name; the document's or the file's if not given.")] = "",
    subject: Annotated[str, typer.Option(help="The subject line; may hold variables. The title if not given.")] = "",
    as_: Annotated[
        Form, typer.Option("--as", help="What MJML or HTML becomes: a document of blocks, or its source.")
    ] = Form.DOCUMENT,
    db: Db = "",
    json: Json = False,
) -> None:
    """Take a template in from a file; under a name that exists it becomes the next version.

    Merge tags of other systems become variables and conditions; what changed, was kept or lost is told with its line.
    Ends with 1 where a tag of the file cannot be read; what a mail still lacks is told and does not fail the import.
    """
    desk = desk_for(db)
    taken = template_imports.read(desk, file, subject)
    draft = taken.source if taken.source is not None and as_ is Form.SOURCE else taken.document
    problems = _added(desk, name or taken.name, draft, json, taken.notes)
    wrong = [p.rule for p in problems if p.severity is Severity.ERROR and p.rule.startswith(_UNREADABLE)]
    raise typer.Exit(1 if wrong else 0)


@templates.command("export")
def export(
    template: Annotated[str, typer.Argument(metavar="NAME")],
    out: Annotated[Path, typer.Option(help="FILE.restock-email.json, .mjml (a document turned into source) or .html.")],
    version: Annotated[int, typer.Option(help="The version's number; the newest if not given.")] = 0,
    db: Db = "",
    json: Json = False,
) -> None:
    """Write a template to a file: the document, the MJML it stands for, or compiled HTML with its variables."""
    form = template_files.form_of(out)
    desk = desk_for(db)
    found = templates_.by_name(desk, template)
    kept = [one for one in templates_.versions(desk, found.id) if one.number == version or not version]
    if not kept:
        raise DeskError(f"“{template}” has no version {version}.", "Look at its versions for a number.")
    draft = dressing.dressed(desk, kept[0].draft)
    _write(out, template_files.written(draft, form, kept[0].ignored))
    value = {"template": found.id, "version": kept[0].number, "form": form, "file": str(out)}
    say(value, json, f"Template “{found.name}”, version {kept[0].number}, written to {out}.")


def compile_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A document, MJML or HTML.")],
    out: Annotated[Path | None, typer.Option(help="Write the HTML to this file, variables and all.")] = None,
    db: Db = "",
    json: Json = False,
) -> None:
    """Compile a template from a file. Ends with 1 where it has an error; problems name their line.

    With --db a document is dressed in that shop's brand; nothing is stored.
    """
    draft = template_files.read(file)
    made = template_files.compiled(file, dressing.dressed(desk_for(db), draft) if database(db) else draft)
    if out is not None and not made.broken:
        _write(out, made.html)
    size = len(made.html.encode())
    value = {"file": str(file), "kind": made.kind, "ok": not made.broken, "bytes": size, "problems": made.problems}
    lines = [problem_line(problem) for problem in made.problems]
    say(value, json, "\n".join([*lines, f"{file}: {size:,} bytes of HTML."] if not made.broken else lines))
    raise typer.Exit(1 if made.broken else 0)


def render(
    template: Annotated[str, typer.Option(help="The template's name.")],
    subscriber: Annotated[str, typer.Option(help="Customer id or e-mail address.", metavar="CUSTOM_ID_OR_EMAIL")],
    event: Annotated[list[int], typer.Option(help="The restock event; may be given again.", metavar="ID")],
    out: Annotated[Path | None, typer.Option(help="FILE.html, .txt or .eml; without it the HTML is printed.")] = None,
    db: Db = "",
) -> None:
    """Render one mail exactly as a send would."""
    desk = desk_for(db)
    draft = templates_.version(desk, templates_.by_name(desk, template).version_id).draft
    mail = templates_.preview(desk, draft, audience.find(desk, subscriber).id, tuple(event))
    faults = [p for p in mail.problems if p.severity is Severity.ERROR]
    for problem in faults:
        typer.echo(f"{problem.where} line {problem.line}: {problem.message}", err=True)
    if out is None:
        say(None, False, mail.html)
    else:
        endings = {".html": mail.html.encode(), ".txt": mail.text.encode(), ".eml": mail.message}
        if out.suffix.lower() not in endings:
            raise DeskError(f"“{out.name}” does not say what to write.", "End the name in .html, .txt or .eml.")
        try:
            out.write_bytes(endings[out.suffix.lower()])
        except OSError as error:
            raise DeskError(f"{out} cannot be written: {error.strerror}.") from error
    raise typer.Exit(1 if faults else 0)


def read_draft(file: Path, subject: str = "", kind: TemplateKind | None = None) -> Draft:
    """A file as a draft: what it is shows in its ending, else in how it begins. A document says its subject itself."""
    draft = template_files.read(file, subject)
    if draft.kind is TemplateKind.DOCUMENT:
        return draft
    return replace(draft, subject=subject, kind=kind or draft.kind)


def _added(desk: Desk, name: str, draft: Draft, json: bool, notes: Notes = ()) -> tuple[Problem, ...]:
    """Keep a draft under a name, and say what is wrong with it."""
    problems = templates_.check(desk, draft)
    every = [one for root in templates_.templates(desk) for one in editions.family(desk, root.id).editions]
    known = {one.name: one for one in every}
    if name in known:
        templates_.save(desk, known[name].id, draft, "from a file", template_files.ignored_in(draft) or None)
    else:
        templates_.create(desk, name, draft)
    template = templates_.by_name(desk, name)
    lines = [f"Template “{name}”, version {template.version}."]
    lines += [f"Import: {told(notes)}."] if notes else []
    lines += [f"{note.outcome.value}: line {note.line}: {note.what}: {note.words}" for note in notes]
    lines += [problem_line(problem) for problem in problems]
    value = {"template": template.id, "version": template.version, "notes": notes, "problems": problems}
    say(value, json, "\n".join(lines))
    return problems


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DeskError(f"{path} cannot be written: {error.strerror}.", "Choose another folder.") from error
