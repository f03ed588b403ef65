"""Problems ignored in a template's versions: decided with a reason, kept by every save, taken back, in the trail."""

from dataclasses import replace

import pytest

from restock_desk.domain.templates import Draft, Ignored, Problem, TemplateKind
from restock_desk.errors import DeskError
from restock_desk.services import ignoring, template_files, templates
from restock_desk.services.desk import Desk
from restock_desk.store import staff
from tests.rendering.lint.cases import html

DRAFT = html('<a href="http://shop.example/a">The shirt</a>')


def insecure(desk: Desk, draft: Draft = DRAFT) -> Problem:
    return next(problem for problem in templates.check(desk, draft) if problem.rule == "link.insecure")


def test_a_decision_is_a_version_and_every_later_one_keeps_it(any_desk: Desk) -> None:
    made = templates.create(any_desk, "Card", DRAFT)
    decided = ignoring.ignore(any_desk, made.id, insecure(any_desk), "an old partner")
    assert (decided.number, decided.draft) == (2, DRAFT)
    assert [(each.rule, each.reason, each.by) for each in decided.ignored] == [
        ("link.insecure", "an old partner", any_desk.actor.name)
    ]
    saved = templates.save(any_desk, made.id, replace(DRAFT, subject="Another subject"))
    assert templates.version(any_desk, saved.id).ignored == decided.ignored
    assert templates.restore(any_desk, made.version_id).ignored == ()
    assert templates.restore(any_desk, decided.id).ignored == decided.ignored


def test_what_is_ignored_does_not_count_until_it_is_shown_again(desk: Desk) -> None:
    made = templates.create(desk, "Card", DRAFT)
    problem = insecure(desk)
    version = ignoring.ignore(desk, made.id, problem, "an old partner")
    found = ignoring.checked(desk, version)
    assert problem not in found.problems
    assert found.ignored == ((problem, version.ignored[0]),)
    told = [("field", "ignored"), ("+", "link.insecure: an old partner")]
    assert [line for line in templates.compare(desk, made.version_id, version.id) if line[0] != "@"] == told
    again = ignoring.show_again(desk, made.id, version.ignored[0])
    assert problem in ignoring.checked(desk, again).problems
    assert ignoring.show_again(desk, made.id, version.ignored[0]).number == again.number


def test_deciding_again_replaces_the_reason(desk: Desk) -> None:
    made = templates.create(desk, "Card", DRAFT)
    for reason in ("an old partner", "until spring"):
        version = ignoring.ignore(desk, made.id, insecure(desk), reason)
    assert [each.reason for each in version.ignored] == ["until spring"]


def test_the_trail_says_who_decided_what_and_why(desk: Desk) -> None:
    made = templates.create(desk, "Card", DRAFT)
    version = ignoring.ignore(desk, made.id, insecure(desk), "an old partner")
    ignoring.show_again(desk, made.id, version.ignored[0])
    with desk.store.reading() as u:
        told = [(entry.action, entry.reason) for entry in staff.entries(u)]
    assert ("problem ignored", "an old partner") in told
    assert ("problem shown again", "an old partner") in told


def test_no_reason_or_a_firm_rule_is_refused(desk: Desk) -> None:
    made = templates.create(desk, "Card", DRAFT)
    with pytest.raises(DeskError, match="for a reason"):
        ignoring.ignore(desk, made.id, insecure(desk), "  ")
    broken = templates.check(desk, replace(DRAFT, source="{% if x %}"))[0]
    with pytest.raises(DeskError, match="cannot be ignored"):
        ignoring.ignore(desk, made.id, broken, "we want it")
    with pytest.raises(DeskError, match="no template 99"):
        ignoring.ignore(desk, 99, insecure(desk), "x")


def test_a_documents_file_carries_its_decisions(desk: Desk) -> None:
    draft = next(draft for _, draft in templates.starters() if draft.kind is TemplateKind.DOCUMENT)
    decided = (Ignored("a11y.small", "the brand's size", "Ana"),)
    text = template_files.written(draft, "document", decided)
    taken = replace(draft, source=text)
    assert templates.version(desk, templates.create(desk, "Taken", taken).version_id).ignored == decided
    assert template_files.written(taken, "document") == draft.source
