"""Problems of a template that are ignored with a reason: decided, taken back, and left out of what counts.

A decision is a version of its own with the same draft, so that who decided what and when can be looked up.
"""

from dataclasses import dataclass

from restock_desk.domain import ignoring
from restock_desk.domain.checks import rule
from restock_desk.domain.ignoring import Decided
from restock_desk.domain.staff import AuditEntry
from restock_desk.domain.templates import Ignored, Problem, TemplateVersion
from restock_desk.errors import DeskError
from restock_desk.services import templates
from restock_desk.services.desk import Desk
from restock_desk.store import staff
from restock_desk.store import templates as store
from restock_desk.store.database import Unit


@dataclass(frozen=True)
class Checked:
    """What still counts of a version, and what somebody decided to live with."""

    problems: tuple[Problem, ...]
    ignored: tuple[Decided, ...] = ()


def checked(desk: Desk, version: TemplateVersion, deep: bool = False, targets: tuple[str, ...] = ()) -> Checked:
    """`templates.check` of a version, without what is ignored in it."""
    return Checked(*ignoring.split(templates.check(desk, version.draft, deep, targets), version.ignored))


def ignore(desk: Desk, template_id: int, problem: Problem, reason: str) -> TemplateVersion:
    """Live with a problem from now on. DeskError without a reason, or where its rule is firm."""
    if not reason.strip():
        raise DeskError("A problem is ignored for a reason.", "Write in a few words why it may stay.")
    if rule(problem.rule).firm:
        raise DeskError(f"This cannot be ignored: {problem.message}", "Correct it: such a mail harms who gets it.")
    decided = ignoring.of(problem, reason, desk.actor.name)
    with desk.store.unit() as u:
        newest = _newest(u, template_id)
        others = tuple(each for each in newest.ignored if not ignoring.covers(each, problem))
        label = f"Ignored {problem.rule}: {decided.reason}"
        saved = _written(desk, u, newest, (*others, decided), "problem ignored", decided, label)
        u.commit()
    return saved


def show_again(desk: Desk, template_id: int, decided: Ignored) -> TemplateVersion:
    """Take a decision back; one that is not there is no fault."""
    with desk.store.unit() as u:
        newest = _newest(u, template_id)
        left = tuple(each for each in newest.ignored if each != decided)
        if left == newest.ignored:
            return newest
        saved = _written(desk, u, newest, left, "problem shown again", decided, f"{decided.rule} is told again")
        u.commit()
    return saved


def _newest(u: Unit, template_id: int) -> TemplateVersion:
    found = store.template(u, template_id) if store.lock(u, template_id) else None
    newest = store.version(u, found.version_id) if found is not None else None
    if newest is None:
        raise DeskError(f"There is no template {template_id}.", "It may have been removed. Look at the list again.")
    return newest


def _written(
    desk: Desk, u: Unit, newest: TemplateVersion, ignored: tuple[Ignored, ...], action: str, about: Ignored, label: str
) -> TemplateVersion:
    now, template_id = desk.now(), newest.template_id
    saved = store.save(u, template_id, newest.draft, desk.actor.name, label, now, ignored)
    details = {"rule": about.rule, "block": about.block, "version": saved.number}
    entry = AuditEntry(now, desk.actor.name, action, f"template {template_id}", about.reason, details)
    staff.record(u, entry)
    return saved
