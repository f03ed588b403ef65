"""The Templates page: open, write, see, save, compare, restore, crash and come back. Real services, a real window."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from restock_desk.domain.templates import Draft, Severity, Template, TemplateKind
from restock_desk.jobs import JobRunner
from restock_desk.services import drafts, templates
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import theme
from restock_desk.ui.history import HistoryDialog
from restock_desk.ui.template_dialogs import NewTemplateDialog, link_question
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.window import Window
from restock_desk.ui.workspace import Workspace
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.ui.conftest import opened

SOURCE = "<!doctype html>\n<html><body>\n<p>Hello {{ subscriber.first_name }}</p>\n{}\n</body></html>"
WITH_LINK = SOURCE.replace("{}", '<a href="{{ links.unsubscribe }}">Unsubscribe</a>')
_cards = count(1)
DRAFT = Draft(TemplateKind.HTML, WITH_LINK, "{{ product.title }} is back", sender_email="shop@shop.example")


@pytest.fixture(scope="module")
def stocked(lasting_desk: Desk) -> None:
    """One restock, and two people who wait for it."""
    fill(lasting_desk)


@pytest.fixture
def card(lasting_desk: Desk, stocked: None) -> Template:
    return templates.create(lasting_desk, f"Card {next(_cards)}", DRAFT)


@pytest.fixture
def page(templates_page: TemplatesPage) -> TemplatesPage:
    return templates_page


@pytest.fixture
def work(qtbot: QtBot, page: TemplatesPage, card: Template) -> Workspace:
    """The workspace with the template open and seen."""
    return opened(qtbot, page, card)


@pytest.fixture
def own_page(qtbot: QtBot, qapp: QApplication, desk: Desk, runner: JobRunner) -> Iterator[TemplatesPage]:
    """The page of a fresh window on a shop that no other test sees."""
    fill(desk)
    theme.apply(qapp, "light")
    window = Window(desk, runner, Settings())
    qtbot.addWidget(window)
    window.resize(1280, 800)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.open_page("templates")
    made = window.page("templates")
    assert isinstance(made, TemplatesPage)
    yield made
    window.close()


def fill(desk: Desk) -> None:
    variant = add_product(desk.store)
    for name, address in (("Ana", "ana@example.com"), ("Bo", "bo@example.com")):
        person = add_subscriber(desk.store, address, first_name=name)
        add_interest(desk.store, person.id, variant.id)
    restock(desk.store)


def text_of(work: Workspace) -> str:
    return work.mail.html if work.mail else ""


def type_at_end(work: Workspace, words: str) -> None:
    """Behind the greeting, in line 3."""
    source = work.writing.source
    source.go_to(3)
    source.moveCursor(source.textCursor().MoveOperation.EndOfBlock)
    QTest.keyClicks(source, words)


def test_it_opens_for_the_newest_restock_and_the_first_who_waits(work: Workspace) -> None:
    assert "Hello Ana" in text_of(work)
    assert work.who.person.current is not None
    assert work.who.person.current.title.startswith("Ana")
    assert work.pane._subject.text() == "Product TEE-M is back"


def test_the_next_person_who_waits_is_one_key_away(work: Workspace, qtbot: QtBot) -> None:
    QTest.keyClick(work.writing.source, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: "Hello Bo" in text_of(work))
    QTest.keyClick(work.writing.source, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: "Hello Ana" in text_of(work))


def test_it_opens_for_the_person_and_restock_it_is_asked_for(own_page: TemplatesPage, desk: Desk, qtbot: QtBot) -> None:
    page, card = own_page, templates.create(desk, "Card", DRAFT)
    stranger = add_subscriber(desk.store, "cy@example.com", first_name="Cy")
    add_product(desk.store, "MUG")
    event = restock(desk.store, "MUG")
    page.open(template_id=card.id, event_id=event.id, subscriber_id=stranger.id)
    qtbot.waitUntil(lambda: "Hello Cy" in text_of(page.workspace))
    qtbot.waitUntil(lambda: page.workspace.pane._subject.text() == "Product MUG is back")


def test_what_is_typed_is_seen_exactly_as_a_send_would_make_it(
    work: Workspace, lasting_desk: Desk, qtbot: QtBot
) -> None:
    type_at_end(work, "!")
    qtbot.waitUntil(lambda: "Hello Ana</p>!" in text_of(work))
    assert work.live.subscriber_id is not None
    same = templates.preview(lasting_desk, work.draft, work.live.subscriber_id, work.live.event_ids)
    assert work.mail is not None
    assert work.mail.html == same.html


def test_a_broken_draft_keeps_the_last_good_mail_and_names_the_line(work: Workspace, qtbot: QtBot) -> None:
    type_at_end(work, "{% if %}")
    qtbot.waitUntil(lambda: "Line 3" in work.pane.bar.words)
    assert "Hello Ana" in text_of(work)
    assert {p.line for p in work.writing.source.problems if p.severity is Severity.ERROR} == {3}
    QTest.keyClick(work, Qt.Key.Key_F8)
    assert work.writing.problems.isVisible()


def test_an_unknown_variable_is_named_not_swallowed(work: Workspace, qtbot: QtBot) -> None:
    type_at_end(work, "{{ product.colour }}")
    QTest.keyClick(work.writing.source, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "product.colour" in work.pane.bar.words)
    assert "product.colour" in text_of(work)


def test_saving_makes_a_version_and_the_mark_goes(
    work: Workspace, lasting_desk: Desk, card: Template, qtbot: QtBot
) -> None:
    type_at_end(work, "!")
    qtbot.waitUntil(lambda: work.unsaved_chip.isVisible())
    QTest.keyClick(work.writing.source, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not work.unsaved)
    kept = templates.versions(lasting_desk, card.id)
    assert [v.number for v in kept] == [2, 1]
    assert kept[0].draft.source == work.writing.source.toPlainText()
    assert not work.unsaved_chip.isVisible()


def test_a_problem_is_ignored_with_a_reason_and_shown_again(
    work: Workspace, lasting_desk: Desk, card: Template, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was typed stays unsaved; the decision is a version."""
    monkeypatch.setattr("restock_desk.ui.ignoring.ask_reason", lambda *_: "a letter needs none")
    type_at_end(work, "!")
    panel = work.writing.problems
    qtbot.waitUntil(lambda: any(p.rule == "a11y.title" for p in panel.shown))
    panel.choose(next(p for p in panel.shown if p.rule == "a11y.title"))
    panel.detail.ignore.click()
    qtbot.waitUntil(lambda: len(panel.ignored) == 1)
    assert all(p.rule != "a11y.title" for p in panel.shown)
    assert work.writing.counts.text().endswith("1 ignored")
    assert work.unsaved
    assert [v.number for v in templates.versions(lasting_desk, card.id)] == [2, 1]
    panel.again_wanted.emit(panel.ignored[0][1])
    qtbot.waitUntil(lambda: any(p.rule == "a11y.title" for p in panel.shown))


def test_fields_are_part_of_the_draft(work: Workspace, qtbot: QtBot) -> None:
    box = work.writing.fields.boxes["subject"]
    box.setFocus()
    box.clear()
    QTest.keyClicks(box, "News")
    qtbot.waitUntil(lambda: work.mail is not None and work.mail.subject == "News")
    assert work.draft == replace(DRAFT, subject="News")


def test_the_plain_text_follows_until_it_is_written_by_hand(work: Workspace, qtbot: QtBot) -> None:
    work.writing.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: "Hello Ana" in work.writing.text.toPlainText())
    assert work.writing.text.isReadOnly()
    work.writing.by_hand.click()
    assert work.draft.text is not None
    work.writing.text.setFocus()
    QTest.keyClicks(work.writing.text, "By hand. ")
    qtbot.waitUntil(lambda: work.mail is not None and "By hand. " in work.mail.text)
    work.writing.by_hand.click()
    assert work.draft.text is None


def test_an_unsaved_draft_is_on_disk_within_two_seconds_and_offered_after_a_crash(
    work: Workspace, page: TemplatesPage, lasting_desk: Desk, card: Template, qtbot: QtBot
) -> None:
    type_at_end(work, "?")
    qtbot.waitUntil(lambda: drafts.kept(lasting_desk, card.id) is not None)
    work.unsaved = False  # the process died here: nobody wrote anything more
    page.open(template_id=card.id)
    qtbot.waitUntil(lambda: work.kept_bar.isVisible())
    assert "?" not in work.writing.source.toPlainText()
    work.kept_bar.bring_back.click()
    assert "Hello {{ subscriber.first_name }}</p>?" in work.writing.source.toPlainText()
    assert work.unsaved


def test_asking_for_another_restock_leaves_what_is_being_written(
    own_page: TemplatesPage, desk: Desk, qtbot: QtBot
) -> None:
    work = opened(qtbot, own_page, templates.create(desk, "Card", DRAFT))
    add_product(desk.store, "MUG")
    event = restock(desk.store, "MUG")
    type_at_end(work, "?")
    own_page.open(event_id=event.id)
    qtbot.waitUntil(lambda: work.pane._subject.text() == "Product MUG is back")
    assert work.unsaved
    assert "</p>?" in work.writing.source.toPlainText()


def test_leaving_keeps_what_is_unsaved(
    work: Workspace, lasting_desk: Desk, card: Template, page: TemplatesPage
) -> None:
    type_at_end(work, "?")
    work.back.click()
    assert page.views.currentWidget() is page.list
    found = drafts.kept(lasting_desk, card.id)
    assert found is not None
    assert "?" in found.draft.source


def test_versions_are_compared_and_an_old_one_is_restored(
    work: Workspace, page: TemplatesPage, lasting_desk: Desk, card: Template, qtbot: QtBot
) -> None:
    templates.save(lasting_desk, card.id, replace(DRAFT, source=WITH_LINK.replace("Hello", "Dear")), "Politer")
    page.tools.show_versions()
    dialog = work.findChild(HistoryDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: "− <p>Hello" in dialog.left.toPlainText())
    assert "+ <p>Dear" in dialog.left.toPlainText()
    dialog.side.click()
    assert "+ <p>Dear" in dialog.right.toPlainText()
    assert "Dear" not in dialog.left.toPlainText()
    dialog.list.setCurrentRow(1)
    dialog.restore.click()
    qtbot.waitUntil(lambda: [v.number for v in templates.versions(lasting_desk, card.id)] == [3, 2, 1])
    qtbot.waitUntil(lambda: work.version is not None and work.version.number == 3)
    assert work.writing.source.toPlainText() == WITH_LINK


def test_a_new_template_starts_from_a_finished_one(page: TemplatesPage, lasting_desk: Desk, qtbot: QtBot) -> None:
    page.new()
    qtbot.waitUntil(lambda: page.findChild(NewTemplateDialog) is not None)
    dialog = page.findChild(NewTemplateDialog)
    assert dialog is not None
    assert dialog.list.count() == len(templates.gallery()) + 3 >= 14
    dialog.box.setText("Autumn")
    dialog.go_on.click()
    qtbot.waitUntil(lambda: page.workspace.name.text() == "Autumn")
    qtbot.waitUntil(lambda: "back" in page.workspace.pane._subject.text())
    assert "Autumn" in [t.name for t in templates.templates(lasting_desk)]


def test_a_mail_is_saved_as_eml(
    work: Workspace, page: TemplatesPage, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "mail.eml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    page.tools.save_eml()
    qtbot.waitUntil(target.exists)
    assert b"Product TEE-M is back" in target.read_bytes()


def test_a_test_mail_goes_to_the_outbox_with_a_marked_subject(
    work: Workspace, page: TemplatesPage, lasting_desk: Desk, qtbot: QtBot
) -> None:
    outbox = lasting_desk.data_dir / "outbox"
    page.tools.trials.send()
    qtbot.waitUntil(lambda: page.tools.trials.dialog is not None)
    asked = page.tools.trials.dialog
    assert asked is not None
    assert not asked.go_on.isEnabled()
    asked.box.setPlainText("me@shop.example")
    asked.go_on.click()
    qtbot.waitUntil(lambda: len(list(outbox.rglob("*.eml"))) == 1)
    sent = next(outbox.rglob("*.eml")).read_bytes()
    assert b"[TEST] Product TEE-M is back" in sent
    assert b"To: me@shop.example" in sent
    qtbot.waitUntil(lambda: not work.bridge.busy)


def test_archiving_goes_back_to_the_list(
    work: Workspace, page: TemplatesPage, lasting_desk: Desk, card: Template, qtbot: QtBot
) -> None:
    page.tools.archive()
    qtbot.waitUntil(lambda: page.views.currentWidget() is page.list)
    assert card.id not in [t.id for t in templates.templates(lasting_desk)]


def test_a_link_is_shown_with_its_host_before_it_opens(work: Workspace, qtbot: QtBot) -> None:
    asked = link_question(work, "https://bücher.example/a?b=1")
    qtbot.addWidget(asked)
    words = [label.text() for label in asked.findChildren(type(theme.label()))]
    assert "This link leads to xn--bcher-kva.example." in words


def test_without_the_sandbox_the_words_are_shown_instead_of_the_picture(
    own_page: TemplatesPage, desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, card = own_page, templates.create(desk, "Card", DRAFT)
    monkeypatch.setattr("restock_desk.ui.preview_start.refusal", lambda: "Not here.")
    page.open(template_id=card.id)
    pane = page.workspace.pane
    qtbot.waitUntil(lambda: pane.reading is pane.text)
    qtbot.waitUntil(lambda: "Hello Ana" in pane.text.text)
    assert pane.engine is None
