"""Every way to look at a mail, on the real page: colours, widths, pictures, inbox, texts, worst cases, side by side."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from restock_desk.domain.templates import Draft, Template, TemplateKind
from restock_desk.domain.worst_cases import WORST_CASES
from restock_desk.services import templates
from restock_desk.services.desk import Desk
from restock_desk.ui.preview import Preview
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.width_handle import WidthHandle
from restock_desk.ui.workspace import Workspace
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.ui.conftest import opened
from tests.ui.test_preview_hardening import ask
from tests.ui.walk import nameless

SOURCE = """<!doctype html>
<html><head><style>
.c { background: #ffffff; color: #000000; height: 300px }
@media (prefers-color-scheme: dark) { .c { background: #0000ff !important } }
[data-ogsc] .o { color: #ff0000 !important }
@media (max-width: 500px) { .o { font-weight: 700 !important } }
</style></head><body style="margin:0"><div class="c">
<p class="o">Hello {{ subscriber.first_name|default("you") }}, {{ product.title }} costs {{ variant.price }}</p>
<img src="https://shop.example/a.png" alt="A picture of it" width="200" height="80"><br>
<a href="{{ links.unsubscribe }}">Unsubscribe</a><script>document.documentElement.dataset.ran = 1</script>
</div></body></html>"""
_cards = count(1)
PREHEADER = "For {{ subscriber.first_name|default('you') }}"
DRAFT = Draft(TemplateKind.HTML, SOURCE, "{{ product.title }} is back", PREHEADER, "Loom & Co", "shop@shop.example")


@pytest.fixture(scope="module")
def stocked(lasting_desk: Desk) -> None:
    """Two restocks, and two people who wait for both."""
    store = lasting_desk.store
    people = [add_subscriber(store, f"{n.lower()}@example.com", first_name=n) for n in ("Ana", "Bo")]
    for sku in ("TEE-M", "MUG"):
        variant = add_product(store, sku)
        for person in people:
            add_interest(store, person.id, variant.id)
        restock(store, sku)


@pytest.fixture
def card(lasting_desk: Desk, stocked: None) -> Template:
    return templates.create(lasting_desk, f"Card {next(_cards)}", DRAFT)


@pytest.fixture
def work(qtbot: QtBot, templates_page: TemplatesPage, card: Template) -> Workspace:
    return opened(qtbot, templates_page, card)


def engine(work: Workspace) -> Preview:
    assert work.pane.engine is not None
    return work.pane.engine


def asked(qtbot: QtBot, work: Workspace, script: str) -> object:
    return ask(qtbot, engine(work), script)


def corner(shown: Preview) -> QColor:
    image = shown.view.grab().toImage()
    return QColor(image.pixel(image.width() - 20, 40))


def pick(work: Workspace, look: str) -> None:
    work.pane.modes.looks.buttons[("light", "dark", "inverted").index(look)].click()


def test_the_mails_own_dark_styles_are_shown_and_named_simulated(work: Workspace, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: corner(engine(work)) == QColor("#ffffff"))
    pick(work, "dark")
    qtbot.waitUntil(lambda: corner(engine(work)) == QColor("#0000ff"))
    assert asked(qtbot, work, "getComputedStyle(document.querySelector('.o')).color") == "rgb(255, 0, 0)"
    assert work.pane.simulated.isVisible()
    pick(work, "light")
    qtbot.waitUntil(lambda: corner(engine(work)) == QColor("#ffffff"))
    assert asked(qtbot, work, "document.querySelectorAll('[data-ogsc]').length") == 0
    assert not work.pane.simulated.isVisible()


def test_colours_are_forced_dark_as_some_programs_do(work: Workspace, qtbot: QtBot) -> None:
    pick(work, "inverted")
    qtbot.waitUntil(lambda: corner(engine(work)).lightness() < 80)
    assert corner(engine(work)) != QColor("#0000ff")
    assert work.pane.simulated.isVisible()


def test_a_device_is_as_wide_as_its_button_says(work: Workspace, qtbot: QtBot) -> None:
    for width in (320, 375, 414, 600, 768):
        next(b for b in work.pane.modes.widths.buttons if b.text() == str(width)).click()
        near = range(width - 2, width + 3)
        qtbot.waitUntil(lambda near=near: asked(qtbot, work, "Math.round(innerWidth)") in near)  # type: ignore[misc]  # bound
        bold = asked(qtbot, work, "getComputedStyle(document.querySelector('.o')).fontWeight")
        assert bold == ("700" if width <= 500 else "400")


def test_the_handle_is_dragged_and_moved_by_keys(work: Workspace, qtbot: QtBot) -> None:
    handle = engine(work).findChild(WidthHandle)
    assert handle is not None
    middle = QPoint(handle.width() // 2, handle.height() // 2)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(handle, middle - QPoint(40, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=middle)
    dragged = engine(work).css_width
    assert dragged < engine(work).width() - 60
    assert work.pane.modes.widths.value == ""
    handle.setFocus()
    QTest.keyClick(handle, Qt.Key.Key_Left)
    assert engine(work).css_width == dragged - 10
    qtbot.waitUntil(lambda: work.pane._foot.text().startswith(f"{dragged - 10} pixels wide"))


def test_without_pictures_their_words_are_shown(work: Workspace, qtbot: QtBot) -> None:
    work.pane.modes.images.click()
    framed = "[...document.querySelectorAll('[role=img]')].map(i => [i.textContent, i.offsetHeight > 20].join()).join()"
    qtbot.waitUntil(lambda: asked(qtbot, work, framed) == "A picture of it,true")
    sources = "[...document.images].map(i => i.src).join()"
    assert asked(qtbot, work, sources) == ""
    work.pane.modes.images.click()
    qtbot.waitUntil(lambda: "shop.example" in str(asked(qtbot, work, sources)))


def test_the_inbox_shows_sender_subject_and_preheader_as_they_are_cut(work: Workspace, qtbot: QtBot) -> None:
    work.writing.fields.boxes["subject"].setText("S" * 60)
    QTest.keyClicks(work.writing.fields.boxes["subject"], "!")
    QTest.keyClick(work.writing.source, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    inbox = work.pane.inbox
    assert work.pane.views.currentWidget() is inbox
    qtbot.waitUntil(lambda: inbox.rows[0].line.subject == "S" * 60 + "!")
    assert [len(row.shown[0]) for row in inbox.rows] == [34, 34, 42, 42, 61, 61]
    assert inbox.rows[0].line.sender == "Loom & Co"
    assert inbox.rows[0].line.preheader == "For Ana"
    assert "after 33 (phone, narrow list)" in inbox.subject_note.text()
    assert "61 letters" in inbox.subject_note.text()


def test_text_source_headers_and_raw_are_the_mail_as_sent(work: Workspace, qtbot: QtBot, lasting_desk: Desk) -> None:
    whom = work.live.whom
    same = templates.preview(lasting_desk, work.draft, whom.subscriber_id, whom.event_ids)
    pane = work.pane
    for name, view, words in (
        ("Plain text", pane.text, same.text),
        ("Source", pane.source, same.html),
        ("Headers", pane.headers, "Subject: Product MUG is back"),
        ("Raw", pane.raw, "Content-Type: multipart/alternative"),
    ):
        pane.tabs.setCurrentIndex(pane.VIEWS.index(name))
        qtbot.waitUntil(lambda view=view, words=words: words.strip() in view.text)  # type: ignore[misc]  # bound
        assert view.editor.isReadOnly()
        view.copy.click()
        assert QGuiApplication.clipboard().text() == view.text


def test_a_text_that_is_read_can_be_searched(work: Workspace, qtbot: QtBot) -> None:
    pane = work.pane
    pane.tabs.setCurrentIndex(pane.VIEWS.index("Source"))
    qtbot.waitUntil(lambda: "Hello Ana" in pane.source.text)
    pane.source.editor.setFocus()
    QTest.keyClick(pane.source.editor, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert pane.source.find_bar.isVisible()
    assert not pane.source.find_bar.other.isVisible()
    pane.source.find_bar.words.setText("Hello")
    pane.source.find_bar.next()
    assert pane.source.editor.textCursor().selectedText() == "Hello"


def test_what_is_read_keeps_its_place_while_the_mail_changes(work: Workspace, qtbot: QtBot) -> None:
    pane = work.pane
    pane.tabs.setCurrentIndex(pane.VIEWS.index("Source"))
    qtbot.waitUntil(lambda: "Hello Ana" in pane.source.text)
    pane.source.editor.find("color: #ff0000 !important")
    QTest.keyClick(work, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: "Hello Bo" in pane.source.text)
    assert pane.source.editor.textCursor().selectedText() == "color: #ff0000 !important"


def test_the_raw_mail_is_saved_from_where_it_is_read(
    work: Workspace, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "mail.eml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    work.pane.save_asked.emit()
    qtbot.waitUntil(target.exists)
    qtbot.waitUntil(lambda: not work.bridge.busy)


def test_each_worst_case_is_shown_as_made_up_and_gone_again(work: Workspace, qtbot: QtBot) -> None:
    def shown(words: str) -> None:
        script = "document.querySelector('.o').innerText"
        qtbot.waitUntil(lambda: str(asked(qtbot, work, script)).startswith(words))

    for case in WORST_CASES:
        work.who.set_case(case.name)
        title, name = case.product.get("title", "Product MUG"), case.person.get("first_name", "Ana") or "you"
        shown(f"Hello {name}, {title} costs")
        assert work.who.person.current is not None
        assert work.who.person.current.title == f"{case.label} (made up)"
        assert work.who.cases.isChecked()
    work.who.set_case("")
    shown("Hello Ana, Product MUG")
    assert work.live.whom.case == ""
    work.who.set_case("emoji")
    work.who.step(1)
    shown("Hello")
    assert work.live.whom.case == ""


def test_the_restock_before_is_one_key_away(work: Workspace, qtbot: QtBot) -> None:
    qtbot.waitUntil(work.who.older.isEnabled)
    QTest.keyClick(work, Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: work.pane._subject.text() == "Product TEE-M is back")
    QTest.keyClick(work, Qt.Key.Key_PageUp, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: work.pane._subject.text() == "Product MUG is back")


def second(work: Workspace) -> Preview:
    assert work.pane.stage.second is not None
    return work.pane.stage.second


def words_of(qtbot: QtBot, shown: Preview) -> str:
    return str(ask(qtbot, shown, "(document.querySelector('.o') || document.body).innerText"))


def test_two_people_stand_beside_one_another_and_follow_the_draft(work: Workspace, qtbot: QtBot) -> None:
    QTest.keyClick(work, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert work.pane.modes.side == "people"
    qtbot.waitUntil(lambda: work.pane.stage.second is not None)
    qtbot.waitUntil(lambda: words_of(qtbot, second(work)).startswith("Hello Bo"))
    assert words_of(qtbot, engine(work)).startswith("Hello Ana")
    work.writing.source.replace_text(SOURCE.replace("Hello", "Dear"))
    qtbot.waitUntil(lambda: words_of(qtbot, second(work)).startswith("Dear Bo"))
    assert words_of(qtbot, engine(work)).startswith("Dear Ana")
    assert work.pane.stage.words.text().startswith("Ana")
    work.pane.modes.set_compare("versions")
    work.pane.modes.set_compare("")
    assert work.pane.stage.second is None
    work.pane.modes.set_compare("people")
    qtbot.waitUntil(lambda: words_of(qtbot, second(work)).startswith("Dear Bo"))
    assert work.side.comparison.who.isVisible()
    assert not work.side.comparison.version.isVisible()


def number(qtbot: QtBot, shown: Preview, script: str) -> float:
    """What the page answers; below every real figure while it is being loaded and answers nothing."""
    return float(str(ask(qtbot, shown, script) or -1))


def test_both_mails_stand_at_the_same_height(work: Workspace, qtbot: QtBot) -> None:
    work.writing.source.replace_text(SOURCE.replace("height: 300px", "height: 4000px"))
    work.pane.modes.set_compare("people")
    qtbot.waitUntil(lambda: work.pane.stage.second is not None)
    one, other = engine(work), second(work)
    tall = "document.documentElement.scrollHeight"
    qtbot.waitUntil(lambda: min(number(qtbot, each, tall) for each in (one, other)) > 3900)
    ask(qtbot, one, "scrollTo(0, 700); 1")
    qtbot.waitUntil(lambda: abs(number(qtbot, other, "scrollY") - 700) < 5)
    ask(qtbot, other, "scrollTo(0, 1500); 1")
    qtbot.waitUntil(lambda: abs(number(qtbot, one, "scrollY") - 1500) < 5)


def test_two_versions_stand_beside_one_another(
    work: Workspace, qtbot: QtBot, lasting_desk: Desk, card: Template
) -> None:
    new = replace(DRAFT, source=SOURCE.replace("Hello", "Dear"))
    work.replaced(templates.save(lasting_desk, card.id, new))
    work.pane.modes.set_compare("versions")
    qtbot.waitUntil(lambda: work.pane.stage.second is not None)
    qtbot.waitUntil(lambda: words_of(qtbot, second(work)).startswith("Hello Ana"))
    qtbot.waitUntil(lambda: words_of(qtbot, engine(work)).startswith("Dear Ana"))
    assert work.side.comparison.version.current is not None
    assert work.side.comparison.version.current.title == "Version 1"
    pick(work, "dark")
    qtbot.waitUntil(lambda: corner(second(work)) == QColor("#0000ff"))


def test_no_script_runs_at_either_side_in_any_mode(work: Workspace, qtbot: QtBot) -> None:
    work.pane.modes.set_compare("people")
    qtbot.waitUntil(lambda: work.pane.stage.second is not None and work.pane.stage.idle)
    for look in ("dark", "inverted", "light"):
        pick(work, look)
        for shown in work.pane.stage.engines:
            assert ask(qtbot, shown, "document.documentElement.dataset.ran || ''") == ""
            assert not shown._page.settings().testAttribute(shown._page.settings().WebAttribute.JavascriptEnabled)


def test_the_preview_takes_all_the_room_and_gives_it_back(work: Workspace, qtbot: QtBot) -> None:
    before = work.side.width()
    QTest.keyClick(work, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert not work.writing.isVisible()
    qtbot.waitUntil(lambda: work.side.width() > before + 300)
    work.pane.modes.room.click()
    assert work.writing.isVisible()


def test_everything_in_the_preview_has_a_name(work: Workspace) -> None:
    work.pane.modes.set_compare("versions")
    assert nameless(work.side) == []
    assert all(b.toolTip() for b in (*work.pane.modes.looks.buttons, *work.pane.modes.widths.buttons))


def test_typing_shows_a_sketch_and_then_the_whole_mail(work: Workspace, qtbot: QtBot) -> None:
    source = work.writing.source
    source.find("costs")
    QTest.keyClicks(source, "is")
    qtbot.waitUntil(lambda: "Product MUG is" in str(asked(qtbot, work, "document.body.innerText")))
    qtbot.waitUntil(lambda: work.mail is not None and b"Product MUG is" in work.mail.message)
