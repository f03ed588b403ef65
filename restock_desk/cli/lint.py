"""The command that checks a template by every rule, from a file or from the shop. Fetches nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from restock_desk.cli.frame import Db, Json, desk_for, plain_line, problem_line, say, wrong_use
from restock_desk.cli.templates import read_draft
from restock_desk.domain.checks import rule
from restock_desk.domain.ignoring import split
from restock_desk.domain.templates import Ignored, Problem, Severity
from restock_desk.services import ignoring, template_files, templates
from restock_desk.services.desk import Desk
from restock_desk.services.ignoring import Checked

_OF_FIELDS = ("subject", "preheader")


def lint(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="MJML, HTML or a document.")] = None,
    template: Annotated[str, typer.Option(help="The name of a template of the shop, instead of a file.")] = "",
    subject: Annotated[str, typer.Option(help="The subject of a file; without it subjects are not checked.")] = "",
    preheader: Annotated[str, typer.Option(help="The preheader of a file.")] = "",
    target: Annotated[
        list[str] | None, typer.Option(help="Mail programs that count, such as `gmail.*`; may be given again.")
    ] = None,
    db: Db = "",
    json: Json = False,
) -> None:
    """Check a template by every rule. Ends with 1 when there is an error; warnings and hints are told with 0."""
    if (file is None) == (not template):
        wrong_use("Name a file, or a template of the shop by --template.")
    desk = desk_for(db)
    found = _of_file(desk, file, subject, preheader, target) if file else _of_template(desk, template, target)
    errors = sum(problem.severity is Severity.ERROR for problem in found.problems)
    told = [_told(problem) for problem in found.problems] + [_let_be(*decided) for decided in found.ignored]
    say(told, json, _words(found))
    raise typer.Exit(1 if errors else 0)


def _of_file(desk: Desk, file: Path, subject: str, preheader: str, target: list[str] | None) -> Checked:
    """Findings of a file. What it cannot know, such as the subject, is not held against it."""
    draft = read_draft(file)
    given = bool(subject or draft.subject)
    draft = replace(draft, subject=subject or draft.subject or "x", preheader=preheader or draft.preheader)
    found = templates.check(desk, draft, deep=True, targets=tuple(target or ()))
    left_out = () if given else _OF_FIELDS
    looked_at = [problem for problem in found if problem.where not in left_out]
    return Checked(*split(looked_at, template_files.ignored_in(draft)))


def _of_template(desk: Desk, name: str, target: list[str] | None) -> Checked:
    version = templates.version(desk, templates.by_name(desk, name).version_id)
    return ignoring.checked(desk, version, deep=True, targets=tuple(target or ()))


def _told(problem: Problem) -> dict[str, Any]:
    """A finding for machines."""
    names = ("rule", "severity", "message", "where", "line", "block", "evidence", "fix", "url", "scope")
    told = {name: getattr(problem, name) for name in names}
    return {**told, "why": rule(problem.rule).why, "quick_fix": bool(problem.operations), "ignored": None}


def _let_be(problem: Problem, decided: Ignored) -> dict[str, Any]:
    """The same of one that somebody ignores: by whom, and why."""
    return {**_told(problem), "ignored": {"reason": decided.reason, "by": decided.by}}


def _words(found: Checked) -> str:
    lines = [problem_line(problem) for problem in found.problems]
    names = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "hint"}
    counts = {name: sum(problem.severity is s for problem in found.problems) for s, name in names.items()}
    told = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in counts.items() if n)
    lines.append(f"{told}." if told else "Nothing to say.")
    lines += [f"{len(found.ignored)} ignored:"] if found.ignored else []
    lines += [
        plain_line(f"  {problem_line(problem)} because: {decided.reason}{f' ({decided.by})' if decided.by else ''}")
        for problem, decided in found.ignored
    ]
    return "\n".join(lines)
