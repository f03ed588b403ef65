"""Commands on templates: add, list, render for a person and an event."""

from pathlib import Path
from typing import Annotated

import typer

from restock_desk.cli.frame import Db, Json, desk_for, problem_line, say, table
from restock_desk.domain.templates import Draft, Severity, TemplateKind
from restock_desk.errors import DeskError
from restock_desk.services import audience
from restock_desk.services import templates as templates_

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
    draft = Draft(
        kind or (TemplateKind.MJML if file.suffix.lower() == ".mjml" else TemplateKind.HTML),
        _text(file), subject, preheader, sender_name, sender_email,
    )  # fmt: skip
    problems = templates_.check(desk, draft)
    known = {template.name: template for template in templates_.templates(desk)}
    if name in known:
        templates_.save(desk, known[name].id, draft, "from a file")
    else:
        templates_.create(desk, name, draft)
    template = templates_.by_name(desk, name)
    lines = [f"Template “{name}”, version {template.version}."]
    lines += [problem_line(problem) for problem in problems]
    value = {"template": template.id, "version": template.version, "problems": problems}
    say(value, json, "\n".join(lines))
    raise typer.Exit(1 if any(p.severity is Severity.ERROR for p in problems) else 0)


@templates.command("list")
def list_templates(db: Db = "", json: Json = False) -> None:
    """All templates with their newest version."""
    found = templates_.templates(desk_for(db))
    rows = [(t.id, t.name, t.kind.value, t.version, t.updated_at) for t in found]
    say(found, json, table(("ID", "Name", "Kind", "Version", "Saved"), rows))


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
        print(mail.html)
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
    """A file as a draft: what it is shows in its ending, else in its first element."""
    text = _text(file)
    looks = file.suffix.lower() == ".mjml" or "<mjml" in text[:2000].lower()
    return Draft(kind or (TemplateKind.MJML if looks else TemplateKind.HTML), text, subject)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DeskError(f"{file} cannot be read: {error.strerror}.", "Check the file's name.") from error
    except UnicodeDecodeError as error:
        raise DeskError(f"{file} is not UTF-8 text.", "Save it as UTF-8 and try again.") from error
