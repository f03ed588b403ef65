"""Machine or person: the signals and their weights, on hand-made hits and on a labelled set."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from restock_desk.domain.feedback import FeedbackEvent, FeedbackKind, Who
from restock_desk.domain.machines import Visit, judge, network, shared, swept, weigh

SENT = datetime(2026, 3, 1, 10, tzinfo=UTC)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0)"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def hit(kind: FeedbackKind, agent: str, after_s: float, source: str = "web", subkind: str = "") -> FeedbackEvent:
    at = SENT + timedelta(seconds=after_s)
    return FeedbackEvent(source, "k", kind, at, user_agent=agent, subkind=subkind)


@pytest.mark.parametrize(
    ("event", "who"),
    [
        (hit(FeedbackKind.OPENED, CHROME, 3_600), Who.HUMAN),
        (hit(FeedbackKind.OPENED, OUTLOOK, 60), Who.HUMAN),
        (hit(FeedbackKind.OPENED, "Mozilla/5.0", 3_600), Who.MACHINE),
        (hit(FeedbackKind.OPENED, GMAIL, 3_600), Who.UNKNOWN),
        (hit(FeedbackKind.OPENED, CHROME, 1), Who.MACHINE),
        (hit(FeedbackKind.OPENED, "", 3_600), Who.MACHINE),
        (hit(FeedbackKind.OPENED, "", 3_600, source="sendgrid"), Who.HUMAN),
        (hit(FeedbackKind.CLICKED, PHONE, 600), Who.HUMAN),
        (hit(FeedbackKind.CLICKED, PHONE, 1), Who.UNKNOWN),
        (hit(FeedbackKind.CLICKED, PHONE, 600, subkind="prefetch"), Who.MACHINE),
        (hit(FeedbackKind.CLICKED, "curl/8.5", 600), Who.MACHINE),
        (hit(FeedbackKind.CLICKED, "python-requests/2.32", 600), Who.MACHINE),
        (hit(FeedbackKind.CLICKED, "Barracuda Sentinel (EE)", 600), Who.MACHINE),
    ],
)
def test_one_hit_is_judged_by_its_own_signals(event: FeedbackEvent, who: Who) -> None:
    assert judge(event, SENT).who is who


def test_two_weak_signals_make_a_machine_and_one_makes_nobody() -> None:
    assert weigh(["instant"]).who is Who.UNKNOWN
    assert weigh(["instant", "unsub_pair"]).who is Who.MACHINE
    assert weigh([]).who is Who.HUMAN


def test_a_provider_flag_is_a_machine() -> None:
    event = FeedbackEvent("sendgrid", "k", FeedbackKind.OPENED, SENT, who=Who.MACHINE)
    assert judge(event, None).codes == ("provider",)


def test_three_links_in_ten_seconds_are_a_sweep_and_two_are_not() -> None:
    visits = [Visit(n, 1, SENT + timedelta(seconds=4 * n), n, "", ()) for n in range(3)]
    assert set(swept(visits)) == {0, 1, 2}
    assert not swept(visits[:2])
    again = [Visit(n, 1, SENT + timedelta(seconds=n), 5, "", ()) for n in range(9)]
    assert not swept(again)


def test_the_unsubscribe_page_beside_a_link_is_a_weak_signal() -> None:
    visits = [Visit(1, 1, SENT, 0, "", ()), Visit(2, 1, SENT + timedelta(seconds=20), None, "", ())]
    assert swept(visits) == {1: {"unsub_pair"}}


def test_one_network_at_five_messages_within_a_minute_is_shared() -> None:
    visits = [Visit(n, n, SENT + timedelta(seconds=n), 0, f"192.0.2.{n}", ()) for n in range(5)]
    assert set(shared(visits)) == {0, 1, 2, 3, 4}
    assert not shared(visits[:4])


def test_networks_are_24_and_64_bits_wide() -> None:
    assert network("192.0.2.77") == "192.0.2.0/24"
    assert network("2001:db8::1") == "2001:db8::/64"
    assert network("::ffff:192.0.2.1") == "192.0.2.0/24"
    assert network("not an address") is None
    assert network("127.0.0.1") is None
    assert network("10.0.0.8") is None


def test_the_labelled_set_is_told_apart() -> None:
    """Eight scanners, Apple's proxy and people: at least 95 % of machines flagged, at most 1 % of people."""
    random, visits, labels = Random(7), [], {}
    number = 0

    def add(message: int, at: float, link: int | None, ip: str, agent: str, machine: bool, prefetch: bool) -> None:
        nonlocal number
        number += 1
        moment = SENT + timedelta(seconds=at)
        event = FeedbackEvent(
            "web", str(number), FeedbackKind.CLICKED, moment, user_agent=agent, subkind="prefetch" if prefetch else ""
        )
        visits.append(Visit(number, message, moment, link, ip, judge(event, SENT).codes))
        if link is not None:
            labels[number] = machine

    for message in range(400):  # people: one or two links, from home, at their own time
        at, ip = random.uniform(30, 90_000), f"198.51.{random.randrange(250)}.{random.randrange(250)}"
        for link in range(random.choice((1, 1, 2))):
            add(message, at + 25 * link, link, ip, random.choice((CHROME, PHONE)), False, False)
    for profile in range(8):
        for message in range(1_000 + profile * 50, 1_050 + profile * 50):
            at = random.uniform(0, 5) if profile % 2 else random.uniform(30, 600)
            agent = ("", "curl/8", CHROME, "Mimecast scan", CHROME, CHROME, "okhttp/4", CHROME)[profile]
            ip = "203.0.113.9" if profile == 5 else f"192.0.{message % 200}.{profile}"
            for link in range(4):
                add(message, at + link * 0.4, link, ip, agent, True, profile == 7)
            add(message, at + 2, None, ip, agent, True, False)
    extra = swept(visits)
    for id, codes in shared(visits).items():
        extra[id] |= codes
    said = {v.id: weigh([*v.codes, *extra.get(v.id, ())]).who is Who.MACHINE for v in visits if v.id in labels}
    machines = [said[id] for id, machine in labels.items() if machine]
    people = [said[id] for id, machine in labels.items() if not machine]
    assert sum(machines) / len(machines) >= 0.95
    assert sum(people) / len(people) <= 0.01
