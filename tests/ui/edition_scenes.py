"""Variants and languages of a mail, as scenes for pictures: they change the shop, so they are the last."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, Who
from restock_desk.domain.listing import Listing
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, editions, experiments, feedback, listing, templates
from restock_desk.services.desk import Desk
from restock_desk.ui.pictures import Scene
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.window import Window


def edition_scenes(desk: Desk) -> Iterator[tuple[str, Scene]]:
    """Name and scene of each; for a shop in which people wait for what came back."""
    events = listing.page(desk, Listing("restocks", sort="waiting", descending=True), 0, 2)
    mail = templates.templates(desk)[0]
    editions.set_language(desk, mail.id, "en")
    french = editions.add_language(desk, mail.id, "fr")
    other = editions.add_arm(desk, mail.id)
    draft = templates.version(desk, french.version_id).draft
    templates.save(desk, french.id, replace(draft, subject="De retour en stock"))
    editions.set_test(desk, mail.id, (60, 40))
    yield "editions-dialog", partial(_dialog, mail.id)
    yield "editions-bar", partial(_open, other.id)
    yield "editions-beside", partial(_beside, mail.id)
    yield "editions-trial", partial(_trial, mail.id)
    yield "editions-review", partial(_review, events[0].id, mail.id)
    then = replace(desk, now=lambda: desk.now() - timedelta(days=9))
    first = _tested(then, events[0].id, mail.id)
    yield "editions-test-running", partial(_campaign, first)
    experiments.end(then, mail.id)
    yield "editions-test-over", partial(_campaign, first)
    yield "editions-decide", partial(_dialog, mail.id)


def _tested(desk: Desk, event: int, template: int) -> int:
    """A campaign of the test that was sent, and of which some were clicked."""
    campaign = campaigns.launch(desk, campaigns.review(desk, (event,), template), settled=False)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False)
    rows = listing.page(desk, Listing("deliveries", scope=(("campaign_id", campaign.id),)), 0, 200)
    at = desk.now() + timedelta(hours=1)
    clicks = [
        FeedbackEvent("scene", f"c{row.id}", FeedbackKind.CLICKED, at, row.id, who=Who.HUMAN)
        for number, row in enumerate(rows)
        if number % 3 == 0
    ]
    feedback.ingest(desk, clicks)
    return campaign.id


def _open(template: int, window: Window) -> None:
    window.open_page("templates", template_id=template)


def _page(window: Window) -> TemplatesPage:
    page = window.page("templates")
    assert isinstance(page, TemplatesPage)
    return page


def _dialog(template: int, window: Window) -> QWidget:
    from restock_desk.ui.edition_dialog import EditionDialog

    dialog = EditionDialog(window.desk, window.bridge, template, window)
    dialog.open()
    return dialog


def _beside(template: int, window: Window) -> None:
    _open(template, window)
    _page(window).workspace.pane.modes.set_compare("editions")


def _trial(template: int, window: Window) -> QWidget:
    from restock_desk.ui.template_dialogs import TrialDialog

    parts = editions.parts(window.desk, template, every=True)
    dialog = TrialDialog(window, "smtp://mail.shop.example:587", ("seed@shop.example", "me@shop.example"),
                         [part.name for part in parts])  # fmt: skip
    dialog.choices[1].setChecked(True)
    dialog.open()
    return dialog


def _review(event: int, template: int, window: Window) -> QWidget | None:
    window.open_page("campaigns", review=event)
    page: Any = window.page("campaigns")
    sheet: Any = page.sheet
    window.bridge.ask(
        "pictures.choose",
        lambda: None,
        lambda _: sheet.template_box.setCurrentIndex(sheet.template_box.findData(template)),
    )
    return sheet  # type: ignore[no-any-return]  # a dialog


def _campaign(campaign: int, window: Window) -> None:
    window.bridge.announce("campaigns")
    window.open_page("campaigns", campaign=campaign)
    page: Any = window.page("campaigns")
    window.bridge.ask("pictures.tab", lambda: None, lambda _: page.detail.tabs.setCurrentIndex(3))
