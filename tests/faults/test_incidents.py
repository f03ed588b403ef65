"""What happened to others, by the numbers of their reports, and must not happen here. More are in the other files."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from restock_desk.domain.campaigns import CampaignState, DeliveryState
from restock_desk.domain.handover import Envelope, Receipt
from restock_desk.errors import DeskError
from restock_desk.services import campaigns, delivery, support, templates
from restock_desk.services.desk import Desk
from restock_desk.store import Store
from tests.campaigning import ACCEPTED, DRAFT, Scripted, interest_states
from tests.conftest import Logged
from tests.fakes import FixedClock
from tests.faults.crew import Crew
from tests.faults.crowd import (
    IN_FLIGHT,
    Hurried,
    books,
    carried_on,
    crowd,
    impatient,
    launched_to,
    real_clock,
    tier,
    until,
)
from tests.faults.sender import Order
from tests.sinks.smtp import Sink

S = DeliveryState
DAY_S = 86_400
TESTS = Path(__file__).parent.parent
INCIDENTS = {
    "faults/test_incidents.py": [
        "test_woocommerce_58388_a_server_that_says_later_for_a_whole_cycle_costs_nobody_the_alert",
        "test_listmonk_3022_a_kill_skips_nobody_who_was_only_fetched",
        "test_listmonk_2313_a_server_that_takes_so_many_mails_a_connection_gets_each_mail_once",
        "test_listmonk_2616_what_became_of_each_person_is_known_and_only_the_failed_are_sent_again",
        "test_odoo_106232_a_copy_of_a_campaign_is_no_campaign_and_sends_nothing",
    ],
    "faults/test_histories.py": ["test_listmonk_1155_no_history_loses_repeats_or_calls_finished_what_is_not"],
    "faults/test_together.py": [
        "test_mautic_2215_4_workers_2_desktops_and_all_their_double_clicks_make_one_wave",
        "test_listmonk_905_a_lease_that_ends_frees_its_rows_without_a_person",
    ],
    "faults/test_recipients.py": [
        "test_craft_campaign_350_the_wire_the_mail_and_the_row_name_the_same_person",
        "test_mailtrain_919_memory_does_not_grow_with_the_people",
    ],
    "store/test_stock.py": [  # saleor#11637, woocommerce#24729, PrestaShop#37179, magento2#1699, inventory#1729
        "test_duplicated_updates_give_one_event_per_true_crossing",
        "test_updates_in_any_order_end_at_the_newest_level_and_never_invent_a_crossing",
        "test_the_same_restock_told_by_many_at_once_is_one_event",
    ],
    "web/test_tracking.py": [
        # Rock#7034, emailflare#190, Mailtrain#1195, sympa#168, mautic#9798, mautic#16263, craft-campaign#546
        "test_a_scanner_that_follows_every_link_is_a_machine_and_stops_nothing",
    ],
    "rendering/test_sandbox.py": [  # listmonk CVE-2025-49136; Jinja2 CVE-2016-10745 to CVE-2025-27516
        "test_secrets_of_the_process_are_out_of_reach",
        "test_no_published_escape_finds_a_way_out",
    ],
    "services/test_home.py": [  # listmonk#1801
        "test_a_copy_on_the_same_machine_sends_nothing",
        "test_a_copy_on_another_machine_sends_nothing_though_its_path_is_the_same",
        "test_a_backup_from_the_morning_does_not_send_the_morning_again",
    ],
    "faults/test_launch.py": [  # listmonk#3022 and its like, while people are still being queued
        "test_a_launch_that_is_killed_again_and_again_becomes_one_wave",
    ],
    # Mautic CVE-2022-25772, CVE-2024-47050, CVE-2021-27910, CVE-2021-27911
    "ui/test_preview_hardening.py": ["test_no_script_of_a_mail_runs"],
    "ui/test_window.py": [
        "test_every_control_has_a_name_and_can_be_reached_and_every_label_is_plain_text",
    ],
    "web/test_pages.py": ["test_a_hostile_user_agent_is_kept_as_text"],
    "transport/test_smtp.py": [  # aiosmtplib PYSEC-2026-2338, aiosmtpd CVE-2024-27305
        "test_an_address_cannot_smuggle_a_command",
        "test_no_line_end_trick_makes_two_mails_of_one",
    ],
    "services/test_templates.py": [
        "test_a_test_mail_is_marked_and_goes_to_the_given_address_only"
    ],  # Bike4Mind#242, #45
}
"""Where the test of each incident is that others reported."""


def test_woocommerce_58388_a_server_that_says_later_for_a_whole_cycle_costs_nobody_the_alert(
    desk: Desk, clock: FixedClock
) -> None:
    """Its send failure set the row to cancelled: one transient error lost that person for good."""
    people = tier(60, 2_000)
    down = [True]
    with (
        Sink(lambda stage, _: "451 4.3.0 try again later" if down[0] and stage == "rcpt" else None).serving() as sink,
        impatient(sink) as transport,
    ):
        campaign = launched_to(desk, people, sink.url)
        delivery.deliver(desk, campaign.id, Hurried(clock), wait=False, transport=transport)
        cycle = books(desk.store, campaign.id, sink.kept)
        assert campaigns.campaign(desk, campaign.id).state is CampaignState.RUNNING, "nobody has to resume it"
        assert cycle.of(S.DEFERRED) == set(cycle.rows)
        assert set(interest_states(desk.store)) == {"waiting"}
        down[0] = False
        assert carried_on(desk, clock, campaign.id, transport).state is CampaignState.FINISHED
    found = books(desk.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)
    assert set(interest_states(desk.store)) == {"notified"}


def test_greylisting_is_waited_out(desk: Desk, clock: FixedClock) -> None:
    """Every address is refused the first time it is seen, as greylisting servers do."""
    seen: set[str] = set()

    def greylists(stage: str, who: str) -> str | None:
        if stage != "rcpt" or who in seen:
            return None
        seen.add(who)
        return "450 4.7.1 greylisted"

    with Sink(personal=greylists).serving() as sink, impatient(sink) as transport:
        campaign = launched_to(desk, tier(60, 2_000), sink.url)
        assert carried_on(desk, clock, campaign.id, transport).state is CampaignState.FINISHED
    found = books(desk.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)
    assert {row.attempts for row in found.rows.values()} == {2}


@pytest.mark.parametrize("offers", [("8BITMIME",), ("8BITMIME", "PIPELINING")])
@pytest.mark.parametrize("after", [1, 7])
def test_listmonk_2313_a_server_that_takes_so_many_mails_a_connection_gets_each_mail_once(
    desk: Desk, clock: FixedClock, after: int, offers: tuple[str, ...]
) -> None:
    """listmonk#2313, #2070, #1109: two thirds got three copies or more, one third none. It says 421 to the next."""
    said: dict[str, int] = {"mail": 0}

    def limited(stage: str, n: int) -> str | None:
        if stage == "greeting":
            said["mail"] = 0
        if stage == "mail":
            said["mail"] += 1
            if said["mail"] > after:
                return "421 4.7.0 too many messages on this connection"
        return None

    with Sink(limited, offers).serving() as sink, impatient(sink) as transport:
        campaign = launched_to(desk, tier(100, 2_000), sink.url)
        assert carried_on(desk, clock, campaign.id, transport).state is CampaignState.FINISHED
    found = books(desk.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)


def test_a_server_that_takes_one_connection_in_three_gets_each_mail_once(desk: Desk, clock: FixedClock) -> None:
    def limited(stage: str, n: int) -> str | None:
        return "421 4.7.0 too many connections" if stage == "greeting" and n % 3 else None

    with Sink(limited, mails_per_connection=5).serving() as sink, impatient(sink) as transport:
        campaign = launched_to(desk, tier(60, 2_000), sink.url)
        assert carried_on(desk, clock, campaign.id, transport).state is CampaignState.FINISHED
    found = books(desk.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)


def test_listmonk_3022_a_kill_skips_nobody_who_was_only_fetched(
    store: Store, make_desk: Callable[[Store], Desk], senders: Crew
) -> None:
    """Its checkpoint moved when people were fetched: a crash skipped all that were fetched and not yet sent."""
    desk = replace(make_desk(store), now=real_clock)
    people = tier(800, 5_000)
    with Sink().serving() as sink:
        campaign = launched_to(desk, people, sink.url)
        order = Order(store.url.render_as_string(hide_password=False), campaign.id)
        sender = senders.start(order)
        until(lambda: len(sink.taken) > 30)
        senders.kill(sender)
        stopped = books(store, campaign.id, sink.kept)
        assert len(stopped.rows) == people
        assert len(stopped.of(S.CLAIMED)) > 0, "some were fetched and not sent"
        assert senders.run(order) == 0
    found = books(store, campaign.id, sink.kept)
    assert found.balanced()
    assert len(found.of(S.SENT)) + len(found.of(S.IN_DOUBT)) == people
    assert len(found.of(S.IN_DOUBT)) <= IN_FLIGHT


def test_listmonk_2616_what_became_of_each_person_is_known_and_only_the_failed_are_sent_again(
    desk: Desk, clock: FixedClock
) -> None:
    """listmonk#224, #2616, #2221: nobody could tell who was missed, and all that was left was to send it all again."""
    refused = {f"p{n}@tee-m.example" for n in (3, 4, 11)}
    full = [True]
    answers = Sink(personal=lambda at, who: "552 full" if at == "rcpt" and who in refused and full[0] else None)
    with answers.serving() as sink, impatient(sink) as transport:
        campaign = launched_to(desk, 20, sink.url)
        carried_on(desk, clock, campaign.id, transport)
        missed = books(desk.store, campaign.id, sink.kept)
        assert missed.of(S.FAILED) == refused
        assert missed.of(S.SENT) == set(missed.rows) - refused == set(missed.taken)
        full[0] = False
        assert support.retry_failed(desk, campaign.id, "They made room.") == len(refused)
        carried_on(desk, clock, campaign.id, transport)
    found = books(desk.store, campaign.id, sink.kept)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)


@pytest.mark.parametrize("path", list(INCIDENTS))
def test_every_incident_has_a_test(path: str) -> None:
    source = (TESTS / path).read_text(encoding="utf-8")
    assert [name for name in INCIDENTS[path] if f"def {name}(" not in source] == []


@pytest.mark.parametrize("jump_s", [-DAY_S, DAY_S, -300])
def test_a_clock_that_jumps_during_a_send_makes_no_second_wave(
    any_desk: Desk, clock: FixedClock, expect_logs: Logged, jump_s: int
) -> None:
    """A day on, what is left asks a person first, because an alert so late may be worse than none."""
    expect_logs("pauses by itself")
    chance = random.Random(jump_s)
    jumps = set(chance.sample(range(40), 5))
    given: list[str] = []

    def jumping(envelope: Envelope) -> Receipt:
        if len(given) in jumps:
            clock.advance(jump_s)
        given.append(envelope.recipient)
        return ACCEPTED

    campaign = launched_to(any_desk, 40, "outbox:scripted")
    again = Hurried(clock)
    for _ in range(10):
        delivery.deliver(any_desk, campaign.id, again, wait=False, transport=Scripted(jumping))
        campaigns.recover(any_desk)
        clock.advance(60)
        if campaigns.campaign(any_desk, campaign.id).state is CampaignState.PAUSED:
            campaigns.resume(any_desk, campaign.id)
    found = books(any_desk.store, campaign.id, given)
    assert found.balanced()
    assert found.of(S.SENT) == set(found.rows)
    assert campaigns.campaign(any_desk, campaign.id).state is CampaignState.FINISHED


def test_a_clock_that_jumps_back_lets_nothing_leave_before_its_time(desk: Desk, clock: FixedClock) -> None:
    event_id = crowd(desk.store, 5)
    review = campaigns.review(desk, (event_id,), templates.create(desk, "Back", DRAFT).id)
    campaign = campaigns.launch(desk, review, "outbox:scripted", grace_s=600)
    transport = Scripted()
    for jump_s in (-DAY_S, DAY_S, 599):
        clock.advance(jump_s)
        delivery.deliver(desk, campaign.id, Hurried(), wait=False, transport=transport)
    assert transport.recipients == []
    clock.advance(1)
    delivery.deliver(desk, campaign.id, Hurried(), wait=False, transport=transport)
    assert len(transport.recipients) == 5


def test_odoo_106232_a_copy_of_a_campaign_is_no_campaign_and_sends_nothing(desk: Desk) -> None:
    """There, duplicating a mailing and then planning it sent it at once. Here a review is all that can be repeated."""
    event_id = crowd(desk.store, 5)
    template = templates.create(desk, "Back", DRAFT)
    review = campaigns.review(desk, (event_id,), template.id)
    assert campaigns.running(desk) == []
    campaign = campaigns.launch(desk, review, "outbox:scripted")
    again = campaigns.review(desk, (event_id,), template.id)
    assert campaigns.running(desk) == [campaign.id]
    assert again.blocked == "Nobody would get this alert."
    with pytest.raises(DeskError, match="Nobody is left"):
        campaigns.launch(desk, review, "outbox:scripted")


def test_an_alert_no_longer_wanted_after_a_day_is_given_up_and_not_sent_late(desk: Desk, clock: FixedClock) -> None:
    with (
        Sink(lambda stage, _: "451 4.3.0 later" if stage == "rcpt" else None).serving() as sink,
        impatient(sink) as transport,
    ):
        campaign = launched_to(desk, 5, sink.url)
        report = carried_on(desk, clock, campaign.id, transport, hours=30)
    assert report.state is CampaignState.FINISHED
    found = books(desk.store, campaign.id, sink.kept)
    assert found.of(S.FAILED) == set(found.rows)
    assert all(row.reason.startswith("expired: 451") for row in found.rows.values())
    assert all(row.attempts > 10 for row in found.rows.values())
