"""The whole story in the real window, on a real shop's file: from the empty window to the mail sent once more."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.domain.staff import Actor
from restock_desk.jobs import JobRunner
from restock_desk.services import campaigns, staff
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.store import Store
from restock_desk.ui import start, theme
from restock_desk.ui.window import Window
from tests.journeys.aftermath import a_customer_is_helped, charts_say_what_happened, people_answer
from tests.journeys.hands import Hands, MovedClock
from tests.journeys.story import (
    a_mail_is_written_and_seen,
    an_empty_shop_says_what_to_do,
    files_come_in,
    it_is_reviewed_and_sent,
    launched,
    new_template,
    the_catalog_is_browsed,
    the_shop_says_who_it_is_and_how_mail_leaves,
    what_was_sold_out_comes_back,
)
from tests.sinks.smtp import CLOSE, Sink

S = DeliveryState


@pytest.fixture
def moved() -> MovedClock:
    return MovedClock()


@pytest.fixture
def shop(sqlite_store: Store, tmp_path: Path, moved: MovedClock) -> Desk:
    """A new, empty shop; its mail stays in an outbox until somebody says otherwise."""
    return Desk(sqlite_store, Actor("maria"), moved.now, lambda _: None, tmp_path, f"outbox:{tmp_path}/outbox", "h:1:1")


@pytest.fixture
def hands(qtbot: QtBot, qapp: QApplication, shop: Desk) -> Iterator[Hands]:
    """The window as a person has it before them. Closing it ends every thread; the harness looks."""
    theme.apply(qapp, "light")
    sys.setswitchinterval(start.SWITCH_S)
    runner = JobRunner()
    window = Window(shop, runner, Settings())
    window.resize(1280, 800)
    with qtbot.waitActive(window):
        window.start()
        window.show()
        window.activateWindow()
    yield Hands(qtbot, window)
    window.close()
    runner.close()
    window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink().serving() as serving_sink:
        yield serving_sink


def test_the_whole_story(hands: Hands, shop: Desk, moved: MovedClock, sink: Sink, real: Path, tmp_path: Path) -> None:
    an_empty_shop_says_what_to_do(hands)
    files_come_in(hands, real, tmp_path)
    the_catalog_is_browsed(hands)
    the_shop_says_who_it_is_and_how_mail_leaves(hands, sink)
    event_id = what_was_sold_out_comes_back(hands, shop)
    a_mail_is_written_and_seen(hands)
    campaign_id = it_is_reviewed_and_sent(hands, shop, moved, sink, event_id)
    moved.advance(3600)
    people_answer(hands, sink, tmp_path)
    charts_say_what_happened(hands, campaign_id)
    a_customer_is_helped(hands, sink)
    assert [entry.reason for entry in staff.entries(shop) if entry.action == "mail sent again"] == ["She deleted it"]
    assert staff.verify(shop) == ""


def test_a_mail_in_doubt_is_settled_by_hand(
    hands: Hands, shop: Desk, moved: MovedClock, tmp_path: Path, real: Path
) -> None:
    def broken_once(stage: str, number: int) -> str | None:
        return CLOSE if stage == "dot" and number == 1 else None

    with Sink(broken_once).serving() as sink:
        files_come_in(hands, real, tmp_path, people=3)
        the_shop_says_who_it_is_and_how_mail_leaves(hands, sink)
        event_id = what_was_sold_out_comes_back(hands, shop)
        new_template(hands)
        page = launched(hands, event_id, "Send to 3")
        moved.advance(-60)  # ten seconds are short for a machine that does other things as well
        hands.see("The first leaves in", page.detail.grace)
        hands.press("Undo", page.detail.grace)
        hands.until(lambda: page.detail.campaign and page.detail.campaign.state is CampaignState.CANCELLED)
        moved.advance(60)
        taken_back = page.detail.campaign
        page = launched(hands, event_id, "Send to 3")
        hands.until(lambda: page.detail.campaign != taken_back)
        hands.until(lambda: page.detail.campaign and page.list.selected_id() == page.detail.campaign.id)
        moved.advance(120)
        hands.until(lambda: page.detail.campaign and page.detail.campaign.state is CampaignState.FINISHED)
        hands.until(lambda: page.detail.tabs.tabText(2) == "In doubt (1)")
        page.detail.tabs.setCurrentIndex(2)
        doubt = campaigns.doubts(shop)[0]
        hands.see("What is known", page.detail.doubts)
        hands.picture("in-doubt")
        taken = len(sink.taken)
        hands.press_and_say_why("Send again…", "The provider has no trace of it", page.detail.doubts)
        hands.until(lambda: len(sink.taken) == taken + 1)
        assert sink.taken[-1][0] == doubt.email
        hands.until(lambda: page.detail.tabs.tabText(2) == "In doubt")
        hands.see("Nothing in doubt", page.detail.doubts)
        hands.until(lambda: page.detail.campaign and page.detail.campaign.state is CampaignState.FINISHED)
        assert campaigns.tally(shop, doubt.campaign_id).states[S.SENT] == 3
        assert staff.entries(shop)[0].reason == "The provider has no trace of it"
