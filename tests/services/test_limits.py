"""Limits and brakes as the send loop keeps to them: rates, caps, quiet hours, warm-up, breakers, kill switch, lateness,
room on the disk."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import update

from restock_desk.domain import limits as rules
from restock_desk.domain.campaigns import Campaign, CampaignState
from restock_desk.domain.handover import Envelope, Handed, Receipt
from restock_desk.domain.limits import Breakers, Limits, QuietWindow, RouteLimit, WarmUp
from restock_desk.domain.shop import Shop
from restock_desk.domain.staff import Actor
from restock_desk.errors import DeskError
from restock_desk.jobs import CancelToken
from restock_desk.services import campaigns, delivery, limits, staff
from restock_desk.services import shop as shops
from restock_desk.services.desk import Desk
from restock_desk.store import Store, schema
from restock_desk.transport.greeting import Server
from restock_desk.transport.smtp import Smtp
from tests.campaigning import ACCEPTED, Scripted, launched, set_stock, states
from tests.conftest import Logged
from tests.fakes import FixedClock, SteppingToken
from tests.sinks.smtp import Sink

MANY = 200
REFUSED = Receipt(Handed.FAILED, "550", "550 5.1.1 no such user")
RESET = Receipt(Handed.IN_DOUBT, "", "The connection was reset.")


def timed(clock: FixedClock) -> tuple[Scripted, list[datetime]]:
    """A transport that takes everything, and when it took each mail."""
    times: list[datetime] = []

    def take(_: Envelope) -> Receipt:
        times.append(clock.now())
        return ACCEPTED

    return Scripted(take, batch=16), times


def deliver_all(desk: Desk, campaign: Campaign, clock: FixedClock, transport: Scripted) -> None:
    """Deliver on the test's clock until nothing is left to do; what a limit holds goes on when it said, not before."""
    for _ in range(200):
        delivery.deliver(desk, campaign.id, SteppingToken(clock), wait=False, transport=transport)
        found = campaigns.campaign(desk, campaign.id)
        if found.state is not CampaignState.RUNNING or found.hold_until is None:
            return
        clock.advance((found.hold_until - clock.now()).total_seconds() - 0.001)
        assert campaigns.running(desk) == []
        clock.advance(0.001)


def per_second(times: list[datetime]) -> list[int]:
    first = times[0]
    counts: dict[int, int] = {}
    for one in times:
        second = int((one - first).total_seconds())
        counts[second] = counts.get(second, 0) + 1
    return [counts.get(n, 0) for n in range(max(counts) + 1)]


def route_of(desk: Desk) -> str:
    return rules.route(desk.transport)


def test_a_campaigns_rate_is_kept_from_second_to_second(desk: Desk, clock: FixedClock) -> None:
    campaign = launched(desk, people=100, rate=20)
    transport, times = timed(clock)
    deliver_all(desk, campaign, clock, transport)
    assert len(times) == 100
    assert max(per_second(times)) <= 22
    assert 4 <= (times[-1] - times[0]).total_seconds() <= 6


def test_campaigns_on_one_transport_share_its_rate(desk: Desk, clock: FixedClock) -> None:
    limits.save(desk, Limits(routes={route_of(desk): RouteLimit(rate_per_s=10)}))
    first = launched(desk, people=30)
    transport, times = timed(clock)
    deliver_all(desk, first, clock, transport)
    assert 2.5 <= (times[-1] - times[0]).total_seconds() <= 3.5
    assert max(per_second(times)) <= 11


def test_a_slow_rate_gives_the_lease_back_between_two_mails(desk: Desk, clock: FixedClock) -> None:
    campaign = launched(desk, people=3, rate=0.01)
    transport, times = timed(clock)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert states(desk, campaign.id) == {"sent": 1, "queued": 2}
    found = campaigns.campaign(desk, campaign.id)
    assert "mails a second" in found.hold_why
    assert campaigns.running(desk) == []
    deliver_all(desk, found, clock, transport)
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert all(99.9 <= gap <= 101 for gap in gaps)


def test_a_cap_an_hour_is_counted_for_each_campaign_and_survives_a_restart(any_desk: Desk, clock: FixedClock) -> None:
    limits.save(any_desk, Limits(campaign_per_hour=30))
    campaign = launched(any_desk, people=100)
    transport, times = timed(clock)
    for _ in range(5):  # each time the program is started anew
        delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert len(times) == 30
    assert states(any_desk, campaign.id) == {"sent": 30, "queued": 70}
    assert campaigns.running(any_desk) == []
    assert "30 mails an hour" in campaigns.campaign(any_desk, campaign.id).hold_why
    for sent in (60, 90, 100):
        clock.advance(3_600)
        delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
        assert len(times) == sent


def test_a_campaign_may_have_a_cap_of_its_own(desk: Desk, clock: FixedClock) -> None:
    limits.save(desk, Limits(campaign_per_hour=30))
    campaign = launched(desk, people=60)
    limits.limit_campaign(desk, campaign.id, None, 45)
    transport, times = timed(clock)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert len(times) == 45
    limits.limit_campaign(desk, campaign.id, None, 1_000)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert len(times) == 60


def test_who_is_skipped_uses_up_no_cap(desk: Desk) -> None:
    limits.save(desk, Limits(campaign_per_hour=5))
    campaign = launched(desk, people=20)
    set_stock(desk.store, "TEE-M", 0)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    assert states(desk, campaign.id) == {"skipped": 20}


@pytest.mark.parametrize(
    ("begins", "resumes"),
    [
        ("2026-03-10T23:30:00+01:00", "2026-03-11T08:00:00+01:00"),
        ("2026-03-28T23:30:00+01:00", "2026-03-29T08:00:00+02:00"),  # the clock goes forward
        ("2026-10-24T23:30:00+02:00", "2026-10-25T08:00:00+01:00"),  # and back
    ],
)
def test_no_mail_begins_in_quiet_hours_of_the_shops_own_clock(
    make_desk: Callable[[Store], Desk], sqlite_store: Store, begins: str, resumes: str
) -> None:
    clock = FixedClock(datetime.fromisoformat(begins).astimezone(UTC))
    desk = replace(make_desk(sqlite_store), now=clock.now)
    shops.save(desk, replace(Shop(), timezone="Europe/Paris"))
    limits.save(desk, Limits(quiet=(QuietWindow(22 * 60, 8 * 60),), late_h=0))
    campaign = launched(desk, people=5)
    transport, times = timed(clock)
    deliver_all(desk, campaign, clock, transport)
    expected = datetime.fromisoformat(resumes)
    assert len(times) == 5
    assert all(timedelta(0) <= one - expected <= timedelta(seconds=1) for one in times)


def test_quiet_hours_taken_away_let_a_waiting_campaign_go_on_at_once(desk: Desk) -> None:
    limits.save(desk, Limits(quiet=(QuietWindow(0, 0),)))
    campaign = launched(desk)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    assert campaigns.running(desk) == []
    assert "Quiet hours until" in campaigns.campaign(desk, campaign.id).hold_why
    limits.save(desk, Limits())
    assert campaigns.running(desk) == [campaign.id]
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    assert states(desk, campaign.id) == {"sent": 3}


def test_a_warm_up_lets_more_through_each_day_for_all_campaigns_together(any_desk: Desk, clock: FixedClock) -> None:
    up = WarmUp(date(2026, 3, 1), first=10, growth=2, full=100)
    limits.save(any_desk, Limits(routes={route_of(any_desk): RouteLimit(warm_up=up)}, late_h=0))
    campaign = launched(any_desk, people=100)
    transport, times = timed(clock)
    deliver_all(any_desk, campaign, clock, transport)
    assert len(times) == 100
    assert [sum(one.date() == date(2026, 3, day) for one in times) for day in (1, 2, 3, 4)] == [10, 20, 40, 30]
    assert all((one.hour, one.minute) == (0, 0) for one in times[10:])


def test_a_pulled_kill_switch_lets_no_mail_begin_until_it_is_lifted(any_desk: Desk) -> None:
    campaign = launched(any_desk, people=20)

    def pulls(_: Envelope) -> Receipt:
        limits.stop(any_desk, "The price is wrong.")
        return ACCEPTED

    transport = Scripted(pulls, batch=4)
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert len(transport.taken) == 4
    assert states(any_desk, campaign.id) == {"sent": 4, "queued": 16}
    assert campaigns.running(any_desk) == []
    again = Scripted()
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=again)  # after a restart
    other = launched(any_desk, people=2, sku="HAT")
    delivery.deliver(any_desk, other.id, CancelToken(), wait=False, transport=again)
    assert again.taken == []
    limits.lift(any_desk, "It is right now.")
    assert campaigns.running(any_desk) == [campaign.id, other.id]
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=again)
    assert states(any_desk, campaign.id) == {"sent": 20}


def test_everybody_may_pull_the_switch_and_only_a_manager_lifts_it_with_a_reason(desk: Desk) -> None:
    support = replace(desk, actor=Actor("sam", "support"))
    assert limits.stop(support, "Odd mails").by == "sam"
    assert limits.stop(desk, "Again").by == "sam"
    with pytest.raises(DeskError, match="manager"):
        limits.lift(support, "I think so")
    with pytest.raises(DeskError, match="reason"):
        limits.lift(desk, " ")
    limits.lift(desk, "Looked at.")
    with pytest.raises(DeskError, match="not pulled"):
        limits.lift(desk, "Again.")
    told = [(entry.actor, entry.action, entry.reason) for entry in staff.entries(desk)]
    assert told == [(desk.actor.name, "kill switch lifted", "Looked at."), ("sam", "kill switch pulled", "Odd mails")]


def test_a_group_that_is_under_way_is_stopped_between_two_mails(desk: Desk) -> None:
    """Many are started; the server holds every answer back until the transport was told of the switch."""
    some, told = threading.Event(), threading.Event()

    class Told(Smtp):
        def recall(self) -> None:
            super().recall()
            told.set()

    def slow(stage: str, number: int) -> None:
        if stage == "dot" and number >= 2:
            some.set()
            told.wait(10)

    with Sink(script=slow).serving() as sink:
        campaign = launched(desk, people=100, transport=sink.url)
        server = Server("127.0.0.1", sink.port, False, "", str, sink.url, connections=1)
        transport = Told(server)
        thread = threading.Thread(
            target=lambda: delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
        )
        thread.start()
        assert some.wait(10)
        limits.stop(desk)
        assert told.wait(2)
        thread.join()
        transport.close()
    taken = len(sink.taken)
    assert 3 <= taken <= 5  # what was begun with the third is waited for
    found = states(desk, campaign.id)
    assert found == {"sent": taken, "deferred": found["deferred"], "queued": 100 - taken - found["deferred"]}
    limits.lift(desk, "All is well.")
    rest = Scripted()
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=rest)
    assert len(rest.taken) == 100 - taken
    assert states(desk, campaign.id) == {"sent": 100}


def test_a_campaign_that_is_six_hours_late_asks_a_person(
    any_desk: Desk, clock: FixedClock, expect_logs: Logged
) -> None:
    expect_logs("pauses by itself")
    campaign = launched(any_desk)
    clock.advance(6 * 3_600 + 1)
    transport = Scripted()
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
    found = campaigns.campaign(any_desk, campaign.id)
    assert (found.state, transport.taken) == (CampaignState.PAUSED, [])
    assert "6 hours late" in found.pause_reason
    campaigns.resume(any_desk, campaign.id)
    clock.advance(10 * 3_600)  # the program is closed, and a person resumed it before
    campaigns.pause(any_desk, campaign.id)
    campaigns.resume(any_desk, campaign.id)
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert len(transport.taken) == 3


def test_a_campaign_that_was_on_its_way_and_lay_for_a_night_asks_a_person(
    desk: Desk, clock: FixedClock, expect_logs: Logged
) -> None:
    expect_logs("pauses by itself")
    campaign = launched(desk, people=10)
    for hours in (5, 5):  # each time a group leaves, then the program is closed
        token = CancelToken()

        def quits(_: Envelope, token: CancelToken = token) -> Receipt:
            token.cancel()
            return ACCEPTED

        clock.advance(hours * 3_600)
        delivery.deliver(desk, campaign.id, token, wait=False, transport=Scripted(quits))
    assert states(desk, campaign.id) == {"sent": 7, "queued": 3}
    clock.advance(14 * 3_600)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    assert "14 hours late" in campaigns.campaign(desk, campaign.id).pause_reason


def test_waiting_for_a_limit_is_not_late(desk: Desk, clock: FixedClock) -> None:
    limits.save(desk, Limits(quiet=(QuietWindow(13 * 60, 12 * 60),)))  # all day but an hour from noon on
    campaign = launched(desk, people=30, rate=0.005)
    transport, times = timed(clock)
    deliver_all(desk, campaign, clock, transport)
    assert campaigns.campaign(desk, campaign.id).state is CampaignState.FINISHED
    assert len({one.date() for one in times}) > 1


def test_an_audience_that_outgrew_what_was_approved_asks_a_person(desk: Desk, expect_logs: Logged) -> None:
    expect_logs("pauses by itself")
    campaign = launched(desk, people=20)
    _approved(desk, campaign.id, 13)
    transport = Scripted()
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    found = campaigns.campaign(desk, campaign.id)
    assert (found.state, transport.taken) == (CampaignState.PAUSED, [])
    assert found.pause_reason == "20 people would get it, 13 were approved."
    campaigns.resume(desk, campaign.id)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert len(transport.taken) == 20


def test_failures_in_a_row_are_counted_across_restarts_and_workers(any_desk: Desk, expect_logs: Logged) -> None:
    expect_logs("pauses by itself")
    campaign = launched(any_desk, people=60)
    for number in range(5):  # each run refuses four and is stopped
        token = CancelToken()

        def refuses(_: Envelope, token: CancelToken = token) -> Receipt:
            token.cancel()
            return REFUSED

        assert campaigns.campaign(any_desk, campaign.id).state is CampaignState.RUNNING, number
        delivery.deliver(any_desk, campaign.id, token, wait=False, transport=Scripted(refuses))
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    found = campaigns.campaign(any_desk, campaign.id)
    assert found.state is CampaignState.PAUSED
    assert found.pause_reason == "20 mails in a row were not taken; the last answer was: 550 5.1.1 no such user"
    assert "campaign paused by itself" in [entry.action for entry in staff.entries(any_desk)]
    campaigns.resume(any_desk, campaign.id)
    delivery.deliver(any_desk, campaign.id, CancelToken(), wait=False, transport=Scripted())
    assert states(any_desk, campaign.id) == {"sent": 40, "failed": 20}


def test_doubts_of_more_than_one_in_a_hundred_pause_a_campaign(desk: Desk, expect_logs: Logged) -> None:
    expect_logs("pauses by itself")
    campaign = launched(desk, people=MANY)
    resets = iter(range(1_000))
    transport = Scripted(lambda _: RESET if next(resets) % 10 == 5 else ACCEPTED)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    found = campaigns.campaign(desk, campaign.id)
    assert found.state is CampaignState.PAUSED
    assert "3 mails in doubt" in found.pause_reason
    assert len(transport.taken) == 28


def test_a_brake_that_is_off_stops_nothing(desk: Desk) -> None:
    limits.save(desk, replace(Limits(), breakers=Breakers(0, 0, 0, 0, 0, 0)))
    campaign = launched(desk, people=60)
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=Scripted(lambda _: REFUSED))
    assert states(desk, campaign.id) == {"failed": 60}


def test_nothing_is_claimed_while_the_disk_has_less_room_than_its_reserve(desk: Desk, tmp_path: Path) -> None:
    campaign = launched(desk)
    free = shutil.disk_usage(tmp_path).free // 1_000_000
    limits.save(desk, replace(Limits(), reserve_mb=min(free + 100_000, 1_000_000)))
    transport = Scripted()
    with pytest.raises(DeskError, match=r"Sending waits: only [\d,]+ MB are free"):
        delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert (states(desk, campaign.id), transport.taken) == ({"queued": 3}, [])
    limits.save(desk, Limits(reserve_mb=0))
    delivery.deliver(desk, campaign.id, CancelToken(), wait=False, transport=transport)
    assert states(desk, campaign.id) == {"sent": 3}


def test_a_change_of_limits_is_in_the_audit_trail_and_nonsense_is_refused(desk: Desk) -> None:
    limits.save(desk, Limits(campaign_per_hour=30))
    (entry,) = staff.entries(desk)
    assert (entry.action, entry.details) == ("limits changed", {"campaign_per_hour": {"before": None, "after": 30}})
    with pytest.raises(DeskError, match="at least 1 an hour"):
        limits.save(desk, Limits(campaign_per_hour=0))
    with pytest.raises(DeskError, match="no campaign"):
        limits.limit_campaign(desk, 7, 1, 1)
    assert limits.limits(desk).campaign_per_hour == 30


def _approved(desk: Desk, campaign_id: int, people: int) -> None:
    with desk.store.unit() as u:
        c = schema.campaign
        u.connection.execute(update(c).where(c.c.id == campaign_id).values(approved=people))
        u.commit()
