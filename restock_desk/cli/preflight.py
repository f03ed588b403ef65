"""The command that renders a whole audience, and what a send says of it before it asks."""

import sys
from typing import Annotated, Any

import typer

from restock_desk.cli.frame import Db, Json, desk_for, plain_line, problem_line, progress_line, say, stoppable
from restock_desk.domain.campaigns import Review
from restock_desk.domain.preflight import Group, Preflight
from restock_desk.domain.templates import Problem
from restock_desk.services import campaigns, editions, templates
from restock_desk.services import preflight as preflight_
from restock_desk.services.desk import Desk


def preflight(
    event: Annotated[list[int], typer.Option("--event", help="The restock event; may be given again.", metavar="ID")],
    template: Annotated[str, typer.Option(help="The template's name.")],
    outside: Annotated[
        bool, typer.Option("--outside", help="Ask for its links and pictures, and for what the sender's domain says.")
    ] = False,
    db: Db = "",
    json: Json = False,
) -> None:
    """Render everybody who would get the alert, and group what is wrong. Sends nothing."""
    desk = desk_for(db)
    parts = editions.parts(desk, templates.by_name(desk, template).id)
    with stoppable() as token:
        found = preflight_.run(desk, tuple(event), parts, token, progress_line(json))
    around = _around(desk, tuple(event), template) if outside else ()
    told = {**_told(desk, found), "outside": [_plain(problem) for problem in around]}
    say(told, json, "\n".join([words(desk, found), *(f"  {problem_line(problem)}" for problem in around)]))
    raise typer.Exit(1 if found.errors else 0)


def before_send(desk: Desk, review: Review, json: bool) -> None:
    """Render everybody before a send: errors are a DeskError, warnings are said on standard error."""
    from restock_desk.services import outside as outside_  # only here is anybody asked: it loads an HTTP client

    with stoppable() as token:
        found = preflight_.of_review(desk, review, token, progress_line(json))
    for problem in outside_.look_around(desk, review) if outside_.is_due(desk) else ():
        print(problem_line(problem), file=sys.stderr)
    if found.groups or found.ignored:
        print(words(desk, found), file=sys.stderr)
    if found.errors:
        raise preflight_.refusal(found)


def _around(desk: Desk, event_ids: tuple[int, ...], template: str) -> tuple[Problem, ...]:
    from restock_desk.services import outside as outside_

    review = campaigns.review(desk, event_ids, templates.by_name(desk, template).id)
    return outside_.look_around(desk, review)


def _plain(problem: Problem) -> dict[str, str]:
    told = {"rule": problem.rule, "severity": problem.severity.value}
    return {**told, "problem": problem.message, "address": problem.evidence, "fix": problem.fix}


def words(desk: Desk, found: Preflight) -> str:
    """A report for a person."""
    who = _examples(desk, found)
    lines = [f"{found.renders:,} mail{'' if found.renders == 1 else 's'} rendered in {found.seconds:.1f} s."]
    lines += [
        f"  {group.problem.severity.value:<8}{group.count:>8,}  {plain_line(_sentence(group))}"
        f"  (such as {plain_line(who.get(group.example, ''))})"
        for group in found.groups
    ]
    lines += [f"  {len(found.ignored)} ignored with a reason."] if found.ignored else []
    lines += [f"  nobody takes: {branch.words} ({branch.where}, line {branch.line})" for branch in found.untaken]
    if not found.groups:
        lines.append("  Nothing is wrong with any of them.")
    if not found.complete:
        lines.append("  It was given up before the end, since so much was wrong.")
    return "\n".join(lines)


def _sentence(group: Group) -> str:
    place = f" ({group.problem.where}, line {group.problem.line})" if group.problem.line else ""
    variant = f"{group.variant}: " if group.variant else ""
    return f"{variant}{group.problem.message}{place}"


def _told(desk: Desk, found: Preflight) -> dict[str, Any]:
    who = _examples(desk, found)
    return {
        "renders": found.renders,
        "seconds": found.seconds,
        "groups": [
            {
                "problem": group.problem.message,
                "rule": group.problem.rule,
                "severity": group.problem.severity.value,
                "line": group.problem.line,
                "count": group.count,
                "example": who.get(group.example, ""),
                "variant": group.variant,
            }
            for group in found.groups
        ],
        "ignored": [
            {"problem": group.problem.message, "rule": group.problem.rule, "count": group.count}
            for group in found.ignored
        ],
        "branches": [
            {"branch": way.branch.words, "line": way.branch.line, "count": way.count, "example": way.example}
            for way in found.ways
        ],
        "cover": [taker.person for taker in found.cover],
        "complete": found.complete,
    }


def _examples(desk: Desk, found: Preflight) -> dict[int, str]:
    people = preflight_.people(desk, [group.example for group in found.groups])
    return {person.id: person.email for person in people}
