"""The steps of the story told in the real window, each ending when the window shows what the step brought."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from restock_desk.domain.audience import EXCLUSION_WORDS, AudienceReport
from restock_desk.domain.campaigns import CampaignState, DeliveryState, Tally
from restock_desk.domain.listing import Op, Row
from restock_desk.services import campaigns, restocks
from restock_desk.services.desk import Desk
from restock_desk.ui.campaigns import CampaignsPage
from restock_desk.ui.catalog import CatalogPage
from restock_desk.ui.import_dialog import ImportDialog
from restock_desk.ui.list_view import ListView
from restock_desk.ui.preview import Preview
from restock_desk.ui.restocks import RestocksPage
from restock_desk.ui.review import ReviewSheet
from restock_desk.ui.settings import SettingsPage
from restock_desk.ui.settings_sending import SendingSection
from restock_desk.ui.settings_shop import ShopSection
from restock_desk.ui.stock_dialog import StockDialog
from restock_desk.ui.template_dialogs import NewTemplateDialog
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.workspace import Workspace
from tests.journeys.hands import Hands, MovedClock
from tests.sinks.smtp import Sink

SKU, PEOPLE = "woo-hoodie-with-logo", 30
PUBLIC = "https://alerts.shop.example"
PAGE = "https://shop.example/p/{sku}"
LONGEST_S = 0.5
"""The longest the window may stand still while mail is sent: generous, because the machine of a test is busy."""
S = DeliveryState


def an_empty_shop_says_what_to_do(hands: Hands) -> None:
    for command, words in (
        ("Restocks", "Nothing came back yet"),
        ("Audience", "Nobody here yet"),
        ("Templates", "No template yet"),
        ("Campaigns", "Nothing was sent yet"),
        ("Feedback", "Nothing to chart yet"),
        ("Catalog", "No products yet"),
    ):
        hands.window.commands.trigger(command)
        hands.see(words, hands.window.page(hands.window.current))
        hands.picture(f"empty-{command}")


def files_come_in(hands: Hands, real: Path, folder: Path, people: int = PEOPLE) -> None:
    """Products of a real shop; people of whom three may not be mailed; who waits; and that one thing is sold out."""
    lines = [f"c{n},p{n}@example.com,Ana{n},fr-FR,subscribed" for n in range(1, people + 1)]
    lines += ["x1,no@example.com,No,en,unsubscribed", "x2,never@example.com,Ned,en,never", "x3,nowhere,Bad,en,"]
    waiting = [f"c{n},{SKU},2026-01-01T10:00:00Z,page" for n in range(1, people + 1)]
    waiting += [f"x1,{SKU},2026-01-01T10:00:00Z,page", f"x2,{SKU},2026-01-01T10:00:00Z,page"]
    csv = {
        "people": "custom_id,email,first_name,locale,consent\n" + "\n".join(lines) + "\n",
        "waiting": "custom_id,sku,created_at,source\n" + "\n".join(waiting) + "\n",
        "stock": f"sku,stock\n{SKU},0\n",
    }
    for name, text in csv.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    hands.window.commands.trigger("Catalog")
    hands.press("Import products…", hands.window.page("catalog"))
    imported(hands, real / "catalog" / "woocommerce-sample_products.csv", "Import products", rejected=0)
    for command, name, button, rejected in (
        ("Import people…", "people", "Import people", 1),
        ("Import interests…", "waiting", "Import interests", 0),
        ("Import stock…", "stock", "Import stock levels", 0),
    ):
        hands.window.commands.trigger(command)
        imported(hands, folder / f"{name}.csv", button, rejected)


def imported(hands: Hands, path: Path, button: str, rejected: int) -> None:
    """A dry run first, then the import; the dialog says what came of it."""
    dialog = hands.dialog(ImportDialog)
    dialog.load(str(path))
    hands.press("Dry run", dialog)
    hands.see("Nothing was written yet", dialog)
    hands.press("Back", dialog)
    hands.picture(f"import-{path.stem}", dialog)
    hands.press(button, dialog)
    hands.see("Imported", dialog)
    assert dialog.report.rejected.rowCount() == rejected
    hands.picture(f"imported-{path.stem}", dialog)
    hands.press("Close", dialog)


def the_catalog_is_browsed(hands: Hands) -> None:
    hands.window.commands.trigger("Catalog")
    page = hands.page("catalog", CatalogPage)
    hands.picture("catalog")
    hands.until(lambda: page.list.counter.text() == "23 rows")
    hands.type_into(page.list.search, "hoodie")
    hands.until(lambda: page.list.counter.text() not in ("", "23 rows"))
    found = {str(row.values[2]).lower() for row in rows(page.list)}
    assert found
    assert all("hoodie" in sku for sku in found)
    header = page.list.table.horizontalHeader()
    section = next(i for i, column in enumerate(page.list.columns) if column.name == "sku")
    for descending in (False, True):
        expected = sorted(found, reverse=descending)
        place = header.sectionViewportPosition(section) + 10
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place, 12))
        hands.until(partial(_has_skus, page.list, expected))
    editor = page.list.filters.open_editor(None)
    editor.column.setCurrentIndex(editor.column.findData("stock"))
    editor.op.setCurrentIndex(editor.op.findData(Op.IS))
    hands.type_into(editor.text, "0")
    hands.press("Apply filter", editor)
    hands.until(lambda: [row.values[2] for row in rows(page.list)] == [SKU])
    hands.see("Hoodie with Logo", page.detail)
    hands.picture("catalog-filtered")
    hands.in_front()
    page.list.table.setFocus()
    page.list.table.selectRow(0)
    QTest.keyClick(page.list.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    hands.until(lambda: SKU in QGuiApplication.clipboard().text())
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].split("\t")[:3] == ["Product", "Variant", "SKU"]
    assert len(copied) == 2


def the_shop_says_who_it_is_and_how_mail_leaves(hands: Hands, sink: Sink) -> None:
    page = hands.open("settings", SettingsPage)
    form = hands.part(page, ShopSection)
    hands.until(lambda: form.fields["currency"].text() == "EUR")
    fields = {"sender_email": "hello@shop.example", "sender_name": "Hoodies", "public_url": PUBLIC, "product_url": PAGE}
    for name, words in fields.items():
        hands.type_into(form.fields[name], words)
    hands.picture("settings-shop")
    hands.press("Save", form)
    hands.until(lambda: "Settings saved" in hands.window.toast.text)
    page.open(section="Sending")
    sending = hands.part(page, SendingSection)
    sending.fields.way.setCurrentIndex(sending.fields.way.findData("smtp"))
    hands.type_into(sending.fields.host, "127.0.0.1")
    hands.type_into(sending.fields.port, str(sink.port))
    hands.press("Test the connection", sending)
    hands.until(lambda: sending.result.property("tone") == "good")
    hands.picture("settings-sending")
    hands.press("Save", sending)
    assert hands.window.desk.transport == sink.url
    hands.picture("settings-saved")


def what_was_sold_out_comes_back(hands: Hands, shop: Desk) -> int:
    """Its stock is set by hand; the restock is there at once, with who would be told and who would not; its id."""
    page = hands.open("catalog", CatalogPage)
    page.list.set_search(SKU)
    hands.until(lambda: [row.values[2] for row in rows(page.list)] == [SKU])
    hands.see("Hoodie with Logo", page.detail)
    hands.picture("catalog-sold-out")
    hands.press("Set stock…", page.detail)
    dialog = hands.dialog(StockDialog)
    assert dialog.sku.text() == SKU
    hands.type_into(dialog.quantity, "7")
    hands.picture("stock", dialog)
    hands.press("Set stock", dialog)
    hands.until(lambda: "a restock" in hands.window.toast.text)
    listed = hands.open("restocks", RestocksPage)
    hands.until(lambda: [(row.values[2], row.values[3], row.values[4]) for row in rows(listed.list)] == [(SKU, 0, 7)])
    event = restocks.latest(shop)[0]
    report = restocks.audience(shop, (event.id,))
    hands.see(f"of {report.waiting} who wait would get the alert", listed.detail)
    for words in (f"{report.eligible}", "7 units can be bought now.", *_words(report)):
        hands.see(words, listed.detail)
    assert report.waiting - report.eligible == sum(report.excluded.values()) == 2
    hands.picture("restock")
    return event.id


def new_template(hands: Hands, start: str = "Simple letter") -> Workspace:
    """A template from a starting point, open in the workspace with a mail to be seen."""
    page = hands.open("templates", TemplatesPage)
    hands.press("New template", page)
    asked = hands.dialog(NewTemplateDialog)
    asked.list.setCurrentItem(asked.list.findItems(start, Qt.MatchFlag.MatchExactly)[0])
    hands.type_into(asked.box, "Back again")
    hands.picture("new-template", asked)
    hands.press("Create", asked)
    hands.until(lambda: page.workspace.mail is not None)
    return page.workspace


def a_mail_is_written_and_seen(hands: Hands) -> None:
    work = new_template(hands)
    hands.pick(work.who.person, "p1@exa", "Ana1")
    hands.until(lambda: "Hoodie with Logo" in seen_in(work, hands))
    hands.until(lambda: work.mail and ("To", "p1@example.com") in work.mail.headers)
    hands.picture("template")
    before = work.writing.source.toPlainText()
    line = next(n for n, text in enumerate(before.splitlines(), 1) if "subscriber.first_name" in text)
    source = work.writing.source
    source.go_to(line)
    source.moveCursor(source.textCursor().MoveOperation.EndOfBlock)
    QTest.keyClicks(source, " {{ product.nothing }}")
    hands.until(lambda: f"Line {line}" in work.pane.bar.words and "product.nothing" in work.pane.bar.words)
    hands.picture("template-problem")
    while source.toPlainText() != before:
        QTest.keyClick(source, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.until(lambda: not work.pane.bar.words)
    source.moveCursor(source.textCursor().MoveOperation.EndOfBlock)
    QTest.keyClicks(source, " Only for you.")
    hands.until(lambda: "Hello Ana1, Only for you." in seen_in(work, hands))
    QTest.keyClick(source, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.until(lambda: work.version and work.version.number == 2 and not work.unsaved)
    QTest.keyClick(source, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    hands.until(lambda: work.who.person.current and work.who.person.current.title != "Ana1")
    other = work.who.person.current
    assert other is not None
    hands.until(lambda: f"Hello {other.title}, Only for you." in seen_in(work, hands))
    hands.picture("template-saved")


def launched(hands: Hands, event_id: int, button: str, per_second: float | None = None) -> CampaignsPage:
    """From the restock to the review sheet, and the button that carries the number pressed."""
    listed = hands.open("restocks", RestocksPage)
    hands.until(lambda: listed.list.selected_id() == event_id)
    hands.press("Review and send…", listed.detail)
    sheet = hands.dialog(ReviewSheet)
    hands.until(lambda: sheet.event_box.currentData() == event_id)
    hands.see("First mails", sheet)
    if per_second is not None:
        sheet.rate_on.click()
        sheet.rate.setValue(per_second)
    hands.until(lambda: sheet.send.isEnabled() or sheet.in_spite.isVisible())
    if sheet.in_spite.isVisible():
        sheet.in_spite.click()
    hands.picture("review", sheet)
    hands.press(button, sheet)
    hands.until(lambda: sheet not in hands.open_dialogs())
    page = hands.page("campaigns", CampaignsPage)
    hands.until(lambda: page.detail.campaign is not None)
    return page


def it_is_reviewed_and_sent(hands: Hands, shop: Desk, moved: MovedClock, sink: Sink, event_id: int) -> int:
    """Sent, paused on the way with everything staying as it is, resumed, finished; the campaign's id."""
    page = launched(hands, event_id, f"Send to {PEOPLE}", per_second=10)
    assert page.detail.campaign is not None
    campaign_id = page.detail.campaign.id
    hands.picture("launched")
    assert sink.taken == [], "nothing leaves while it may be taken back"
    moved.advance(120)
    with hands.fluid(LONGEST_S):
        hands.until(lambda: len(sink.taken) >= 3)
        hands.press("Pause", page.detail)
        hands.see("Paused by hand.", page.detail)
        hands.until(lambda: _still(campaigns.tally(shop, campaign_id)) and not hands.window.bridge.busy)
    stood = campaigns.tally(shop, campaign_id)
    assert 0 < stood.states[S.SENT] == len(sink.taken) < PEOPLE
    assert stood.states[S.QUEUED] == PEOPLE - len(sink.taken)
    hands.picture("paused")
    with hands.fluid(LONGEST_S):
        hands.press("Resume", page.detail)
        hands.until(lambda: page.detail.campaign and page.detail.campaign.state is CampaignState.FINISHED)
    shown = page.detail.panel.bar.accessibleDescription()
    assert shown == f"{PEOPLE} sent"
    assert sorted(to for to, _ in sink.taken) == sorted(f"p{n}@example.com" for n in range(1, PEOPLE + 1))
    hands.until(lambda: [row.values[1:4] for row in rows(page.list)] == [("finished", PEOPLE, PEOPLE)])
    hands.picture("finished")
    return campaign_id


# -- reading the window ----------------------------------------------------------------------------------------------


def rows(view: ListView) -> list[Row]:
    """The rows a list holds now, those that came already."""
    return [row for n in range(view.model.rowCount()) if (row := view.model.row_at(n)) is not None]


def _has_skus(view: ListView, expected: list[str]) -> bool:
    return [str(row.values[2]).lower() for row in rows(view)] == expected


def seen_in(work: Workspace, hands: Hands) -> str:
    """The words a reader sees in the preview of what is being written."""
    return words_of(work.pane.engine, hands)


def words_of(engine: Preview | None, hands: Hands) -> str:
    """The words in a preview's own document; empty until it is there."""
    if engine is None or not engine.idle:
        return ""
    said: list[object] = []
    engine.ask_page("document.body.innerText", said.append)
    hands.until(lambda: said)
    return str(said[0])


def _still(tally: Tally) -> bool:
    """Nothing is on the wire or about to be."""
    return not (tally.states[S.CLAIMED] or tally.states[S.STARTED])


def _words(report: AudienceReport) -> list[str]:
    return [EXCLUSION_WORDS[reason] for reason, n in report.excluded.items() if n]
