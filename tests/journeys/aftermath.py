"""The second half of the story: people answer, charts say what happened, support helps one customer."""

import email
import json
import re
from email.policy import default as modern
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from restock_desk.domain.audience import ConsentState
from restock_desk.services import audience
from restock_desk.ui.audience import AudiencePage
from restock_desk.ui.feedback import FeedbackPage
from restock_desk.ui.list_view import ListView
from restock_desk.ui.mail_view import MailView
from restock_desk.ui.preview import Preview
from restock_desk.ui.quick_open import QuickOpen
from restock_desk.ui.resend_dialog import ResendDialog
from restock_desk.ui.settings import SettingsPage
from tests.journeys.hands import Hands
from tests.journeys.story import PEOPLE, PUBLIC, imported, rows, words_of
from tests.sinks.smtp import Sink
from tests.web.conftest import serving


def people_answer(hands: Hands, sink: Sink, folder: Path) -> None:
    """Six open, three follow the link, one unsubscribes by the real web service; a file brings a bounce."""
    html = {to: _html(message) for to, message in sink.taken}
    with serving(hands.window.desk) as web:
        for n in range(1, 7):
            assert web.get(_paths(html[f"p{n}@example.com"], "o")[0]).status_code == 200
        for n in range(1, 4):
            link = _paths(html[f"p{n}@example.com"], "c")[0]
            assert web.get(link).status_code == 302
        leave = _paths(html["p6@example.com"], "u")[0]
        assert web.get(leave).status_code == 200
        assert not _unsubscribed(hands, "p6@example.com"), "looking at the page changes nothing"
        assert web.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert _unsubscribed(hands, "p6@example.com")
    bounced = audience.person(hands.window.desk, audience.find(hands.window.desk, "c9").id).deliveries[0]
    event = {"event_id": "b1", "kind": "bounced", "subkind": "hard", "occurred_at": _iso(hands), "delivery": bounced.id}
    (folder / "came-back.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")
    hands.window.commands.trigger("Import feedback…")
    imported(hands, folder / "came-back.jsonl", "Import feedback", rejected=0)


def charts_say_what_happened(hands: Hands, campaign_id: int) -> None:
    page = hands.open("feedback", FeedbackPage)
    page.open(campaign=campaign_id)
    cards = {"Sent": f"{PEOPLE}", "Opened": "6 of 30", "Clicked": "3 of 30", "Bounced": "1 of 30"}
    cards["Unsubscribed"] = "1 of 30"
    hands.until(lambda: all(_figure(page, name, figure) for name, figure in cards.items()))
    hands.picture("feedback")


def a_customer_is_helped(hands: Hands, sink: Sink) -> None:
    """Found by a few letters; her mail is shown as it was sent; it is sent again with a reason."""
    hands.window.commands.trigger("Open anything…")
    palette = hands.dialog(QuickOpen)
    QTest.keyClicks(palette.text, "@p2@exam")
    hands.until(lambda: palette.hits.count() == 1)
    hands.picture("quick-open", palette)
    QTest.keyClick(palette.text, Qt.Key.Key_Return)
    page = hands.page("audience", AudiencePage)
    hands.see("p2@example.com", page.person)
    hands.until(lambda: len(page.person.timeline) >= 4)
    hands.picture("person")
    hands.press("View mail", page.person)
    view = hands.dialog(MailView)
    hands.see("Byte for byte as it was handed over.", view)
    hands.until(lambda: "Hello Ana2, Only for you." in words_of(view.findChild(Preview), hands))
    hands.until(lambda: _painted(view.findChild(Preview)))
    hands.picture("mail-as-sent", view)
    first = next(message for to, message in sink.taken if to == "p2@example.com")
    assert view.raw.text.encode().replace(b"\n", b"\r\n") == first
    hands.press("Close", view)
    taken = len(sink.taken)
    hands.press("Send again…", page.person)
    asked = hands.dialog(ResendDialog)
    hands.see("Nothing speaks against it.", asked)
    assert not asked.send.isEnabled(), "it needs a reason"
    hands.type_into(asked.reason, "She deleted it")
    hands.picture("send-again", asked)
    hands.press("Send again", asked)
    hands.until(lambda: len(sink.taken) == taken + 1)
    to, again = sink.taken[-1]
    assert to == "p2@example.com"
    assert _message_id(again) != _message_id(first)
    hands.until(lambda: len(page.person.mails) == 2)
    hands.picture("person-after")
    settings = hands.open("settings", SettingsPage)
    settings.open(section="Audit trail")
    trail = hands.part(settings, ListView)
    hands.until(lambda: any(row.values[4] == "She deleted it" for row in rows(trail)))
    hands.picture("audit")


def _painted(engine: Preview | None) -> bool:
    """Whether a picture of it holds more than one colour along its middle."""
    picture = engine.grab().toImage() if engine is not None else QImage()
    return len({picture.pixel(picture.width() // 2, y) for y in range(picture.height())}) > 1


def _figure(page: FeedbackPage, name: str, figure: str) -> bool:
    """Whether a card says so: by its accessible name, as a screen reader tells it."""
    names = [part.accessibleName() for part in page.findChildren(QWidget) if part.isVisibleTo(page)]
    return any(words.startswith(f"{name}: ") and figure in words for words in names)


def _html(message: bytes) -> str:
    body = email.message_from_bytes(message, policy=modern).get_body(("html",))
    assert body is not None
    return str(body.get_content())


def _message_id(message: bytes) -> str:
    return str(email.message_from_bytes(message, policy=modern)["Message-ID"])


def _paths(html: str, route: str) -> list[str]:
    return re.findall(rf"{re.escape(PUBLIC)}(/{route}/[\w-]{{38}}(?:\.gif)?)", html)


def _unsubscribed(hands: Hands, address: str) -> bool:
    return audience.find(hands.window.desk, address).consent is ConsentState.UNSUBSCRIBED


def _iso(hands: Hands) -> str:
    return hands.window.desk.now().isoformat()
