"""The Campaigns page: a bar that adds up, figures that move, causes, doubts, and a launch taken back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from restock_desk.domain.campaigns import Campaign, CampaignState, DeliveryState, Standing, Tally
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.domain.pace import Pace
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, staff, templates
from restock_desk.services.desk import Desk
from restock_desk.ui.ask_reason import ReasonDialog
from restock_desk.ui.campaign_figures import end_words, rate_words
from restock_desk.ui.campaigns import CampaignsPage
from restock_desk.ui.state_bar import LEAST, spans
from tests.builders import NOW
from tests.campaigning import DRAFT, Scripted, launched, states, waiting_shop
from tests.fakes import FixedClock
from tests.ui.conftest import MakeWindow
from tests.ui.walk import nameless

S, C = DeliveryState, CampaignState
LOST = Receipt(Handed.IN_DOUBT, "", "The connection was reset before the answer came.")


def answered(desk: Desk, people: int, answer: Callable[[Envelope], Receipt]) -> int:
    """A campaign whose mails were answered like this; its number."""
    campaign = launched(desk, people)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted(answer))
    return campaign.id


def refusing(envelope: Envelope) -> Receipt:
    words = "552 5.2.2 mailbox of {} is full" if envelope.recipient < "p3" else "550 5.1.1 <{}>: User unknown"
    return Receipt(Handed.FAILED, "550", words.format(envelope.recipient))


def opened(qtbot: QtBot, make_window: MakeWindow, campaign_id: int) -> CampaignsPage:
    window = make_window()
    window.open_page("campaigns", campaign=campaign_id)
    page = window.page("campaigns")
    assert isinstance(page, CampaignsPage)
    qtbot.waitUntil(lambda: page.detail.campaign is not None)
    return page


def emails(page: CampaignsPage) -> list[str]:
    rows = (page.detail.log.model.row_at(n) for n in range(page.detail.log.model.rowCount()))
    return sorted(str(row.values[0]) for row in rows if row is not None)


def say_why(reason: str) -> QTimer:
    """Answer the next question for a reason. Keep what it returns until then."""
    clock = QTimer()

    def answer() -> None:
        for asked in QApplication.topLevelWidgets():
            if isinstance(asked, ReasonDialog) and asked.isVisible():
                clock.stop()
                asked.reason.setText(reason)
                asked.go_on.click()

    clock.timeout.connect(answer)
    clock.start(20)
    return clock


@given(st.lists(st.integers(0, 2_000_000), min_size=8, max_size=8), st.integers(60, 3_000))
def test_the_parts_of_the_bar_always_fill_it_exactly_and_none_is_hidden(counts: list[int], width: int) -> None:
    tally = Tally(dict(zip(S, counts, strict=True)))
    parts = spans(tally, width)
    assert {state for _, _, state in parts} == {state for state, n in tally.states.items() if n}
    if parts:
        assert parts[0][0] == 0
        assert sum(wide for _, wide, _ in parts) == pytest.approx(width)
        assert min(wide for _, wide, _ in parts) > LEAST / 2
        edges = [left + wide for left, wide, _ in parts]
        assert [left for left, _, _ in parts[1:]] == pytest.approx(edges[:-1])


def standing(
    state: CampaignState = C.RUNNING, limit: float | None = None, due_at: bool = False, **counts: int
) -> Standing:
    of = {one: counts.get(one.value, 0) for one in S}
    campaign = Campaign(
        1, "Parka", state, (1,), 1, "Back", 1, "outbox:x", sum(of.values()), NOW, rate_limit_per_s=limit,
        started_at=NOW - timedelta(minutes=20), finished_at=NOW if state is C.FINISHED else None,
    )  # fmt: skip
    return Standing(campaign, Tally(of), NOW + timedelta(minutes=5) if due_at else None)


STEADY = Pace(NOW - timedelta(seconds=60), NOW, NOW, 600, 10.0)
SILENT = Pace(NOW - timedelta(seconds=60), NOW, NOW - timedelta(seconds=40), 600, 10.0)


@pytest.mark.parametrize(
    ("at", "pace", "rate", "end"),
    [
        (standing(sent=600, queued=1_200), STEADY, ("10", "per second"), "about 2 min left"),
        (standing(sent=600, queued=600, deferred=9), STEADY, ("10", "per second"), "about 60 s left · 9 retry later"),
        (standing(limit=20.0, sent=1, queued=9), Pace(), ("–", "measuring · limit 20"), "9 left"),
        (standing(sent=600, queued=9), SILENT, ("0", "nothing for 40 s"), "9 left"),
        (standing(due_at=True, sent=9, deferred=3), STEADY, ("10", "per second"), "next retry · 3 wait"),
        (standing(C.PAUSED, sent=9, queued=3), Pace(), ("–", "nothing moves"), "paused · 3 left"),
        (standing(C.CANCELLED, sent=9, skipped=3), Pace(), ("–", "nothing moves"), "cancelled"),
        (standing(C.FINISHED, sent=2_400), Pace(), ("2.0", "per second on average"), "took 20 min"),
    ],
)
def test_rate_and_end_say_what_is_known_and_no_more(at: Standing, pace: Pace, rate: object, end: str) -> None:
    assert rate_words(at, pace) == rate
    assert end_words(at, pace, NOW)[1] == end


def test_the_share_done_never_says_all_before_all_is_done(qtbot: QtBot, make_window: MakeWindow, desk: Desk) -> None:
    page = opened(qtbot, make_window, launched(desk, 1).id)
    page.detail.figures.show_standing(standing(sent=199_999, queued=1), NOW)
    assert page.detail.figures.done.words == ("199,999", "of 200,000 · 99.9 %")


def test_a_state_in_the_legend_narrows_the_log_and_gives_everybody_back(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk
) -> None:
    page = opened(qtbot, make_window, answered(desk, 6, refusing))
    detail = page.detail
    with desk.store.reading():
        detail.tabs.setCurrentIndex(1)
    entry = detail.panel.entries[S.FAILED]
    assert entry.accessibleName() == "Failed: 6"
    QTest.mouseClick(entry, Qt.MouseButton.LeftButton)
    assert detail.tabs.currentIndex() == 0
    qtbot.waitUntil(lambda: len(emails(page)) == 6)
    assert entry.isChecked()
    QTest.keyClick(entry, Qt.Key.Key_Space)
    assert detail.log.listing.filters == ()
    assert not entry.isChecked()
    QTest.mouseClick(detail.panel.bar, Qt.MouseButton.LeftButton, pos=QPoint(20, 5))
    assert entry.isChecked(), "all of the bar is failed"


def test_causes_are_grouped_shown_in_the_log_and_retried_one_by_one(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk
) -> None:
    campaign_id = answered(desk, 5, refusing)
    page = opened(qtbot, make_window, campaign_id)
    causes = page.detail.causes
    page.detail.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: causes.table.rowCount() == 2)
    assert page.detail.tabs.tabText(1) == "Causes (2)"
    assert causes.table.item(0, 0).text() == "3"  # type: ignore[union-attr]  # three mailboxes are full
    assert causes.chosen is not None
    assert causes.chosen.words == "552 5.2.2 mailbox of … is full"
    assert any("mailbox of p2@example.com is full" in label.text() for label in causes.findChildren(QLabel))
    causes.table.setCurrentCell(1, 0)
    causes.show_rows.click()
    qtbot.waitUntil(lambda: emails(page) == ["p3@example.com", "p4@example.com"])
    page.detail.tabs.setCurrentIndex(1)
    causes.table.setCurrentCell(0, 0)
    clock = say_why("They made room")
    causes.retry.click()
    assert not clock.isActive(), "it asked why"
    qtbot.waitUntil(lambda: states(desk, campaign_id) == {"queued": 3, "failed": 2})
    assert staff.entries(desk)[0].reason == "They made room"
    qtbot.waitUntil(lambda: causes.table.rowCount() == 1)


def test_counts_of_causes_change_in_place_and_the_chosen_one_stays_chosen(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk
) -> None:
    campaign_id = answered(desk, 5, refusing)
    page = opened(qtbot, make_window, campaign_id)
    causes = page.detail.causes
    qtbot.waitUntil(lambda: causes.table.rowCount() == 2)
    found = campaigns.causes(desk, campaign_id)
    causes.table.setCurrentCell(1, 0)
    grown = [type(one)(one.state, one.words, one.n + 100 * place, one.example) for place, one in enumerate(found)]
    cells = [causes.table.item(row, 0) for row in range(2)]
    causes.show_causes(grown[::-1])
    assert causes.table.currentRow() == 1, "what is read does not jump though it is the commonest now"
    assert [causes.table.item(row, 0) for row in range(2)] == cells, "the cells are the same ones"
    assert causes.table.item(1, 0).text() == "102"  # type: ignore[union-attr]


def test_several_doubts_are_settled_with_one_reason(qtbot: QtBot, make_window: MakeWindow, desk: Desk) -> None:
    campaign_id = answered(desk, 3, lambda _: LOST)
    page = opened(qtbot, make_window, campaign_id)
    doubts = page.detail.doubts
    page.detail.tabs.setCurrentIndex(2)
    qtbot.waitUntil(lambda: doubts.list.model.rowCount() == 3 and doubts.panel.isVisible())
    assert any(LOST.words in label.text() for label in doubts.panel.findChildren(QLabel))
    copy = next(b for b in doubts.panel.findChildren(QPushButton) if b.text() == "Copy Message-ID")
    copy.click()
    assert QApplication.clipboard().text().startswith("<")
    doubts.list.table.selectAll()
    assert doubts.sent.text() == "Assume 3 sent…"
    clock = say_why("The provider shows them")
    doubts.sent.click()
    assert not clock.isActive()
    qtbot.waitUntil(lambda: states(desk, campaign_id) == {"sent": 3})
    qtbot.waitUntil(lambda: doubts.list.model.rowCount() == 0 and not doubts.panel.isVisible())
    assert page.detail.tabs.tabText(2) == "In doubt"


def graced(desk: Desk, people: int = 2) -> Campaign:
    event_id = waiting_shop(desk.store, people)
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Back", DRAFT).id)
    return campaigns.launch(desk, review, grace_s=campaigns.UNDO_S)


def test_a_launch_counts_down_and_is_taken_back_by_one_button(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk, clock: FixedClock
) -> None:
    campaign = graced(desk)
    page = opened(qtbot, make_window, campaign.id)
    grace = page.detail.grace
    qtbot.waitUntil(grace.isVisible)
    assert grace.words.text() == "2 mails wait. The first leaves in 10 s."
    assert page.detail.acts.cancel.isHidden(), "there is one way to say no"
    clock.advance(3)
    qtbot.waitUntil(lambda: grace.words.text() == "2 mails wait. The first leaves in 7 s.")
    grace.undo.click()
    qtbot.waitUntil(lambda: states(desk, campaign.id) == {"skipped": 2})
    qtbot.waitUntil(lambda: page.shell.toast.text == "Taken back. Nothing was sent.")
    qtbot.waitUntil(grace.isHidden)


def test_the_offer_to_undo_ends_when_the_first_mail_may_leave(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk, clock: FixedClock
) -> None:
    page = opened(qtbot, make_window, graced(desk).id)
    qtbot.waitUntil(page.detail.grace.isVisible)
    clock.advance(campaigns.UNDO_S)
    qtbot.waitUntil(page.detail.grace.isHidden)
    qtbot.waitUntil(page.detail.acts.pause.isVisible)


def test_the_offer_to_undo_goes_along_to_another_page(qtbot: QtBot, make_window: MakeWindow, desk: Desk) -> None:
    campaign = graced(desk)
    page = opened(qtbot, make_window, campaign.id)
    qtbot.waitUntil(page.detail.grace.isVisible)
    page.shell.open_page("catalog")
    assert page.shell.toast.text == "2 mails wait to be sent"
    page.shell.open_page("campaigns")
    assert page.shell.toast.text == ""
    page.shell.open_page("catalog")
    undo = next(b for b in page.shell.toast.findChildren(QPushButton) if b.text() == "Undo")
    undo.click()
    qtbot.waitUntil(lambda: states(desk, campaign.id) == {"skipped": 2})


def test_what_moves_changes_in_place_and_the_chosen_row_stays(
    qtbot: QtBot, make_window: MakeWindow, desk: Desk
) -> None:
    campaign = launched(desk, 60)
    page = opened(qtbot, make_window, campaign.id)
    log = page.detail.log
    qtbot.waitUntil(lambda: log.model.rowCount() == 60)
    log.table.selectRow(40)
    chosen, top = log.selected_id(), log.table.verticalScrollBar().value()
    resets = []
    log.model.modelReset.connect(lambda: resets.append(1))
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    qtbot.waitUntil(lambda: page.detail.campaign.state is C.FINISHED)  # type: ignore[union-attr]

    def seen(row: int) -> object:
        found = log.model.row_at(row)
        return found.values[2] if found else None

    qtbot.waitUntil(lambda: seen(40) == "sent")
    assert log.selected_id() == chosen
    assert log.model.id_at(log.table.currentIndex().row()) == chosen
    assert log.table.verticalScrollBar().value() == top
    assert resets == [], "nothing flickers"


def test_cancelling_for_good_asks_why(qtbot: QtBot, make_window: MakeWindow, desk: Desk) -> None:
    campaign = launched(desk, 2)
    page = opened(qtbot, make_window, campaign.id)
    qtbot.waitUntil(page.detail.acts.cancel.isVisible)
    clock = say_why("Wrong template")
    page.detail.acts.cancel.click()
    assert not clock.isActive()
    qtbot.waitUntil(lambda: states(desk, campaign.id) == {"skipped": 2})
    assert staff.entries(desk)[0].reason == "Wrong template"


def test_everything_on_a_campaign_has_a_name(qtbot: QtBot, make_window: MakeWindow, desk: Desk) -> None:
    campaign_id = answered(desk, 4, lambda envelope: LOST if envelope.recipient < "p2" else refusing(envelope))
    page = opened(qtbot, make_window, campaign_id)
    qtbot.waitUntil(lambda: page.detail.causes.table.rowCount() == 3)
    for tab in range(page.detail.tabs.count()):
        page.detail.tabs.setCurrentIndex(tab)
        assert nameless(page) == []
    assert page.detail.figures.done.accessibleName() == "Done: 4, of 4 · 100.0 %"
    assert page.detail.panel.bar.accessibleDescription() == "2 failed, 2 in_doubt"
