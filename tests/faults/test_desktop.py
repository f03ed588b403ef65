"""A desktop that sends by several routes at once, and one that is killed: each route has a sender of its own."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from restock_desk.domain.campaigns import Campaign, CampaignState, DeliveryState
from restock_desk.jobs import JobRunner
from restock_desk.services import campaigns
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.store import Store
from restock_desk.ui.sends import Sends
from restock_desk.ui.window import Window
from tests.faults.crew import Crew, crew
from tests.faults.crowd import IN_FLIGHT, LONG, books, launched_to, paced, real_clock, tier, until
from tests.faults.sender import Order
from tests.sinks.smtp import Answer, Later, Sink

S = DeliveryState
PEOPLE = tier(100, 1_500)
ROUTES = 4
KILLS, STEP = tier(1, 50), 60
SHARE, SLACK = 0.9, 0.1
"""Of their rate alone the other routes keep so much, less what two measurements on one machine differ by."""
MINUTES_MS = 600_000


@pytest.fixture
def desktops() -> Iterator[Crew]:
    """Starts windows in processes of their own."""
    with crew({"QT_QPA_PLATFORM": "offscreen", "QTWEBENGINE_DISABLE_SANDBOX": "1"}, "desktop") as made:
        yield made


Opened = Callable[[Desk], Sends]


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Opened]:
    """A window that looks for work to send, as it does while somebody has it open."""
    runner, windows = JobRunner(), list[Window]()

    def made(desk: Desk) -> Sends:
        windows.append(Window(desk, runner, Settings(path=tmp_path / "desk.toml")))
        qtbot.addWidget(windows[-1])
        sends = Sends(windows[-1])
        sends.start()
        return sends

    yield made
    for window in windows:
        window.close()
    runner.close()


def test_a_tarpit_on_one_of_four_routes_leaves_the_others_of_a_desktop_alone(
    qtbot: QtBot, opened: Opened, sqlite_store: Store, make_desk: Callable[[Store], Desk]
) -> None:
    desk = replace(make_desk(sqlite_store), now=real_clock)
    gives_up = threading.Event()

    def tarpit(stage: str, _: int) -> Answer:
        return Later("220 sink.example ESMTP", until=gives_up) if stage == "greeting" else None

    sends = opened(desk)
    before = _seconds(qtbot, desk, "B") if LONG else 0.0
    with Sink(tarpit).serving() as slow:
        stuck = launched_to(desk, PEOPLE, slow.url, sku="SLOW")
        qtbot.waitUntil(lambda: slow.connections > 0, timeout=MINUTES_MS)
        during = _seconds(qtbot, desk, "D")
        assert slow.taken == []
        assert campaigns.campaign(desk, stuck.id).state is CampaignState.RUNNING
        gives_up.set()
        qtbot.waitUntil(lambda: _over(desk, [stuck]), timeout=MINUTES_MS)
    sends.stop()
    found = books(desk.store, stuck.id, slow.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)
    assert not LONG or before / during >= SHARE - SLACK


def test_two_campaigns_by_one_route_follow_each_other(
    qtbot: QtBot, opened: Opened, sqlite_store: Store, make_desk: Callable[[Store], Desk]
) -> None:
    """Not more connections to a server than it was to have, however many campaigns go there."""
    desk = replace(make_desk(sqlite_store), now=real_clock)
    with Sink().serving() as sink:
        made = [launched_to(desk, 60, f"{sink.url}?connections=1", sku=f"S{n}") for n in range(2)]
        sends = opened(desk)
        qtbot.waitUntil(lambda: _over(desk, made), timeout=MINUTES_MS)
        sends.stop()
        order = [recipient.partition("@")[2] for recipient in sink.kept]
    assert order == sorted(order) or order == sorted(order, reverse=True)
    for campaign in made:
        found = books(desk.store, campaign.id, [who for who in sink.kept if who.endswith(campaign_domain(campaign))])
        assert found.balanced()
        assert found.of(S.SENT) == set(found.rows)


def test_a_desktop_that_is_killed_while_it_sends_goes_on_at_its_next_start(
    desktops: Crew, sqlite_store: Store, make_desk: Callable[[Store], Desk]
) -> None:
    """Killed and opened again, nobody pressing anything: nobody is lost, nobody is mailed twice."""
    desk, chance = replace(make_desk(sqlite_store), now=real_clock), random.Random(KILLS)
    with Sink().serving() as sink:
        campaign = launched_to(desk, KILLS * (IN_FLIGHT + STEP) + 100, sink.url)
        order = Order(str(sqlite_store.url), campaign.id)
        for _ in range(KILLS):
            enough = len(sink.taken) + chance.randint(1, STEP)
            window = desktops.start(order)
            until(lambda enough=enough: len(sink.taken) >= enough)  # type: ignore[misc]
            threading.Event().wait(chance.random() * 0.02)
            desktops.kill(window)
            assert desktops.codes[window] == -signal.SIGKILL
        desktops.start(order)
        until(lambda: _over(desk, [campaign]))
    found = books(desk.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT, S.IN_DOUBT) == set(found.rows)
    assert len(found.of(S.IN_DOUBT)) <= KILLS * IN_FLIGHT


def campaign_domain(campaign: Campaign) -> str:
    """Where the people of that campaign live."""
    return f"@s{campaign.id - 1}.example"


def _over(desk: Desk, made: list[Campaign]) -> bool:
    return all(campaigns.campaign(desk, one.id).state is CampaignState.FINISHED for one in made)


def _seconds(qtbot: QtBot, desk: Desk, name: str) -> float:
    """How long a desktop takes for so many campaigns at once, each on a route of its own."""
    sinks = [paced() for _ in range(ROUTES - 1)]
    with ExitStack() as stack:
        for sink in sinks:
            stack.enter_context(sink.serving())
        start = time.monotonic()
        made = [launched_to(desk, PEOPLE, sink.url, sku=f"{name}-{n}") for n, sink in enumerate(sinks)]
        qtbot.waitUntil(lambda: _over(desk, made), timeout=MINUTES_MS)
        seconds = time.monotonic() - start
    for sink, campaign in zip(sinks, made, strict=True):
        found = books(desk.store, campaign.id, sink.kept)
        assert found.balanced()
        assert found.of(S.SENT) == set(found.rows)
    return seconds
