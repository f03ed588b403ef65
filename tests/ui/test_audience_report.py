"""The whole audience in the window: report, examples, the review that waits for it, branches one click away;
and a window that stays fluid meanwhile."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from restock_desk.domain.templates import Draft, Problem, Severity
from restock_desk.services import preflight, templates
from restock_desk.services.desk import Desk
from restock_desk.ui.audience_report import AudienceDialog, AudienceReport
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.review import ReviewSheet
from restock_desk.ui.workspace import Workspace
from tests.builders import add_interest, add_product, add_subscriber, add_waiting, restock
from tests.rendering.lint.cases import html
from tests.ui import test_templates as others
from tests.ui.standstill import beating
from tests.ui.test_templates import DRAFT
from tests.ui.walk import nameless

card, page, stocked, work = others.card, others.page, others.stocked, others.work
BRANCHY = replace(
    DRAFT, source=DRAFT.source.replace("Hello", "{% if subscriber.first_name == 'Bo' %}Hey{% else %}Hello{% endif %}")
    .replace("</body>", "{% if subscriber.first_name == 'Zoe' %}Never{% endif %}</body>"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    preflight._known.clear()


@pytest.fixture
def event_id(desk: Desk) -> int:
    """Three wait for it; one has no first name."""
    variant = add_product(desk.store)
    for name in ("Ana", "", "Bo"):
        person = add_subscriber(desk.store, f"p{name}@example.com", first_name=name, last_name="")
        add_interest(desk.store, person.id, variant.id)
    return restock(desk.store).id


@pytest.fixture
def report(qtbot: QtBot, desk: Desk, bridge: Bridge) -> Iterator[AudienceReport]:
    made = AudienceReport(desk, bridge)
    qtbot.addWidget(made)
    yield made
    made.stop()


def checked(report: AudienceReport, qtbot: QtBot, event_id: int, draft: Draft = DRAFT) -> None:
    report.check((event_id,), lambda: [("Card", draft)])
    qtbot.waitUntil(lambda: report.found is not None)


def reviewing(qtbot: QtBot, desk: Desk, bridge: Bridge, draft: Draft) -> ReviewSheet:
    templates.create(desk, "Card", draft)
    sheet = ReviewSheet(desk, bridge, None, lambda _: None)
    qtbot.addWidget(sheet)
    sheet.show()
    qtbot.waitUntil(lambda: sheet._report is not None and sheet._report.found is not None)
    return sheet


def test_the_report_names_what_is_wrong_for_how_many_and_shows_one(
    report: AudienceReport, qtbot: QtBot, event_id: int
) -> None:
    checked(report, qtbot, event_id)
    assert "3 mails rendered" in report.note.text()
    assert "1 warning" in report.note.text()
    (look,) = [b for b in report.findChildren(QPushButton) if b.accessibleName().startswith("Show an example")]
    with qtbot.waitSignal(report.example) as shown:
        look.click()
    assert shown.args == [2, ""]


def test_a_clean_audience_is_said_to_be_clean(report: AudienceReport, qtbot: QtBot, event_id: int) -> None:
    checked(report, qtbot, event_id, replace(DRAFT, source="<p>Hello</p>"))
    assert report.note.text().endswith("Nothing is wrong with any of them.")


def test_a_check_that_is_stopped_can_be_asked_for_again(report: AudienceReport, qtbot: QtBot, event_id: int) -> None:
    report.check((event_id,), lambda: [("Card", DRAFT)])
    report.stop_button.click()
    assert report.found is None
    assert "Stopped" in report.note.text()
    report.again.click()
    qtbot.waitUntil(lambda: report.found is not None)


def test_a_review_asks_before_it_sends_with_warnings(qtbot: QtBot, desk: Desk, bridge: Bridge, event_id: int) -> None:
    sheet = reviewing(qtbot, desk, bridge, DRAFT)
    assert not sheet.send.isEnabled()
    assert sheet.in_spite.isVisible()
    sheet.in_spite.click()
    assert sheet.send.isEnabled()
    sheet.in_spite.click()
    assert not sheet.send.isEnabled()


def test_a_review_stops_at_an_error_of_somebody_far_down_the_list(
    qtbot: QtBot, desk: Desk, bridge: Bridge, event_id: int
) -> None:
    for number in range(3):
        person = add_subscriber(desk.store, f"q{number}@example.com", first_name=f"Q{number}")
        add_interest(desk.store, person.id, 1)
    wrong = "{% if subscriber.first_name == 'Q2' %}{{ subscriber.attributes.size ~ '' }}{% endif %}"
    sheet = reviewing(qtbot, desk, bridge, replace(DRAFT, source=f"<p>{wrong}</p>"))
    assert not sheet.send.isEnabled()
    assert not sheet.in_spite.isVisible()
    assert "1 mails would be wrong" in sheet._why.text()


def test_a_review_without_any_problem_is_ready(qtbot: QtBot, desk: Desk, bridge: Bridge, event_id: int) -> None:
    sheet = reviewing(qtbot, desk, bridge, html(sender_email="alerts@shop.example"))
    assert sheet.send.isEnabled()


def test_an_example_of_the_report_is_the_preview_of_that_person(work: Workspace, desk: Desk, qtbot: QtBot) -> None:
    page_tools = [child for child in work.children() if hasattr(child, "check_audience")]
    page_tools[0].check_audience()
    dialog = work.findChild(AudienceDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.report.found is not None)
    assert nameless(dialog) == []
    assert nameless(work.side.branches) == []
    dialog.report.example.emit(2, "")
    qtbot.waitUntil(lambda: work.mail is not None and "Hello Bo" in work.mail.html)
    dialog.close()


def test_each_branch_has_a_person_one_click_away(work: Workspace, desk: Desk, qtbot: QtBot) -> None:
    strip = work.side.branches
    work._show_draft(BRANCHY)
    strip.seek.click()
    qtbot.waitUntil(lambda: strip.found is not None)
    assert strip.words.accessibleName().startswith("1 of 2: ")
    first = work.who.subscriber_id
    strip.after.click()
    assert strip.words.accessibleName().startswith("2 of 2: if")
    assert work.who.subscriber_id != first
    qtbot.waitUntil(lambda: work.mail is not None and "Hey" in work.mail.html)
    assert strip.nobody.text() == "1 never taken"


def test_branches_are_forgotten_when_the_template_changes(work: Workspace, qtbot: QtBot) -> None:
    work._show_draft(BRANCHY)
    work.side.branches.seek.click()
    qtbot.waitUntil(lambda: work.side.branches.found is not None)
    others.type_at_end(work, "x")
    assert work.side.branches.found is None
    assert not work.side.branches.nobody.isVisible()


def test_the_window_is_fluid_while_everybody_is_rendered(report: AudienceReport, qtbot: QtBot, event_id: int) -> None:
    add_waiting(desk_of(report).store, 1, [{"email": f"m{n}@example.com", "first_name": ""} for n in range(400)])
    report.show()
    with beating() as gaps:
        checked(report, qtbot, event_id)
    assert report.found is not None
    assert report.found.renders == 403
    assert not gaps or sorted(gaps)[len(gaps) // 2] < 0.05


def desk_of(report: AudienceReport) -> Desk:
    return report._desk


def test_a_review_looks_at_links_when_asked_and_asks_about_what_is_broken(
    qtbot: QtBot, desk: Desk, bridge: Bridge, event_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Problem("link.broken", Severity.WARNING, "A link leads nowhere: nobody answers there.", "links")
    monkeypatch.setattr("restock_desk.services.outside.look_around", lambda _desk, _review: (broken,))
    sheet = reviewing(qtbot, desk, bridge, html(sender_email="alerts@shop.example"))
    around = sheet._around
    assert around is not None
    assert around.found is None  # mail of this shop stays here: nobody is asked without a press
    was_ready = sheet.send.isEnabled()
    around.look.click()
    qtbot.waitUntil(lambda: around.found == (broken,))
    assert was_ready
    assert not sheet.send.isEnabled()
    sheet.in_spite.click()
    assert sheet.send.isEnabled()
