"""Rates, quiet hours by the shop's clock, warm-ups and brakes, as pure rules."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restock_desk.domain import limit_words as words
from restock_desk.domain import limits as rules
from restock_desk.domain.limits import Breakers, Counts, Limits, QuietWindow, RouteLimit, WarmUp

PARIS = ZoneInfo("Europe/Paris")
NIGHT = QuietWindow(22 * 60, 8 * 60)
SECOND = 1_000_000
WELL = Counts(audience=10_000, approved=10_000, sent=5_000, failed=20, hard=20, complained=1, doubts=2, in_a_row=2)


@given(
    rate=st.floats(0.05, 5_000),
    asks=st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 500)), min_size=1, max_size=60),
)
def test_whoever_asks_whenever_a_rate_is_never_exceeded(rate: float, asks: list[tuple[int, int]]) -> None:
    now, next_at, granted = 10**15, None, 0
    began = now
    for pause, want in asks:
        now += pause
        n, next_at, wait_s = rules.spend(next_at, now, rate, want)
        granted += n
        assert n <= want
        assert (n == 0) == (wait_s > 0)
        burst = max(1.0, rate * rules.BURST_S)
        assert granted <= rate * (now - began) / SECOND + burst + 0.01


@given(rate=st.floats(0.05, 5_000), want=st.integers(1, 500))
def test_who_waits_as_long_as_told_is_let_through(rate: float, want: int) -> None:
    now, next_at = 10**15, None
    for _ in range(20):
        n, next_at, wait_s = rules.spend(next_at, now, rate, want)
        now += round(wait_s * SECOND) + 1
        if not n:
            n, next_at, wait_s = rules.spend(next_at, now, rate, want)
        assert n > 0


def test_a_clock_that_was_set_back_a_day_holds_nobody_up() -> None:
    now = 10**15
    _, next_at, _ = rules.spend(None, now, 10, 1)
    n, _, wait_s = rules.spend(next_at, now - 86_400 * SECOND, 10, 1)
    assert n == 1 or wait_s <= 0.2


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-01-15T21:59:59+01:00", None),
        ("2026-01-15T22:00:00+01:00", "2026-01-16T08:00:00+01:00"),
        ("2026-01-16T07:59:59+01:00", "2026-01-16T08:00:00+01:00"),
        ("2026-01-16T08:00:00+01:00", None),
        # The night in which the clock goes forward, at 02:00, is nine hours long; the one in which it goes back, 11.
        ("2026-03-28T22:00:00+01:00", "2026-03-29T08:00:00+02:00"),
        ("2026-10-24T22:00:00+02:00", "2026-10-25T08:00:00+01:00"),
    ],
)
def test_a_night_is_quiet_by_the_clock_on_the_wall(moment: str, until: str | None) -> None:
    assert rules.quiet_until((NIGHT,), at(moment), PARIS) == (at(until) if until else None)


def test_a_night_lasts_an_hour_less_or_more_when_the_clock_is_changed() -> None:
    lengths = []
    for begins in ("2026-03-27T22:00:00+01:00", "2026-03-28T22:00:00+01:00", "2026-10-24T22:00:00+02:00"):
        until = rules.quiet_until((NIGHT,), at(begins), PARIS)
        assert until is not None
        lengths.append((until - at(begins)) / timedelta(hours=1))
    assert lengths == [10, 9, 11]


def test_an_hour_that_does_not_exist_and_one_that_comes_twice() -> None:
    early = (QuietWindow(2 * 60, 3 * 60),)
    assert rules.quiet_until(early, at("2026-03-29T01:59:00+01:00"), PARIS) is None
    assert rules.quiet_until(early, at("2026-03-29T03:00:00+02:00"), PARIS) is None
    twice = rules.quiet_until(early, at("2026-10-25T02:10:00+02:00"), PARIS)
    assert twice == at("2026-10-25T03:00:00+01:00")
    half = (QuietWindow(60, 2 * 60 + 30),)
    assert rules.quiet_until(half, at("2026-03-29T01:30:00+01:00"), PARIS) == at("2026-03-29T03:00:00+02:00")


def test_days_are_those_on_which_a_window_begins_and_windows_add_up() -> None:
    friday = (QuietWindow(22 * 60, 6 * 60, (4,)), QuietWindow(6 * 60, 12 * 60, (5,)))
    assert rules.quiet_until(friday, at("2026-01-16T23:00:00+01:00"), PARIS) == at("2026-01-17T12:00:00+01:00")
    assert rules.quiet_until(friday, at("2026-01-15T23:00:00+01:00"), PARIS) is None


def test_what_is_always_quiet_is_asked_again_after_some_days() -> None:
    now = at("2026-01-15T12:00:00+01:00")
    until = rules.quiet_until((QuietWindow(0, 0),), now, PARIS)
    assert until is not None
    assert timedelta(days=7) < until - now < timedelta(days=9)


def test_a_warm_up_grows_each_day_until_it_is_over() -> None:
    up = WarmUp(date(2026, 3, 1), first=50, growth=2, full=400)
    caps = [up.cap(date(2026, 3, day)) for day in (1, 2, 3, 4, 9)]
    assert caps == [50, 100, 200, None, None]
    assert up.cap(date(2026, 2, 1)) == 50
    assert WarmUp(date(1990, 1, 1), 10, 1.0, 400).cap(date(2026, 1, 1)) == 10
    assert WarmUp(date(1990, 1, 1), 10, 10.0, 400).cap(date(2026, 1, 1)) is None


def test_a_day_ends_at_the_shops_midnight_also_when_it_has_23_hours() -> None:
    day, ends = rules.day_of(at("2026-03-29T12:00:00+02:00"), PARIS)
    assert (day, ends) == (date(2026, 3, 29), at("2026-03-30T00:00:00+02:00"))
    assert rules.day_of(at("2026-03-28T23:30:00+00:00"), PARIS)[0] == date(2026, 3, 29)


def test_a_clock_a_little_behind_counts_in_the_newer_hour_and_one_far_behind_begins_anew() -> None:
    assert rules.window(100, 7, 100) == (100, 7)
    assert rules.window(100, 7, 99) == (100, 7)
    assert rules.window(100, 7, 101) == (101, 0)
    assert rules.window(100, 7, 76) == (76, 0)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("hard", replace(WELL, sent=150, audience=10_000, hard=11)),
        ("hard", replace(WELL, sent=40, audience=60, hard=4)),
        ("hard", replace(WELL, sent=1_000, hard=21)),
        ("complaints", replace(WELL, sent=2_900, complained=3)),
        ("doubts", replace(WELL, sent=290, failed=0, hard=0, complained=0, doubts=3)),
        ("in_a_row", replace(WELL, in_a_row=20)),
        ("grown", replace(WELL, audience=15_001)),
    ],
)
def test_each_brake_pulls_for_what_it_is_there_for(name: str, bad: Counts) -> None:
    trip = rules.tripped(Breakers(), bad, {})
    assert trip is not None
    assert trip.name == name
    off = {"hard": {"hard": 0.0, "hard_first": 0.0}}.get(name, {name: 0})
    assert rules.tripped(replace(Breakers(), **off), bad, {}) is None  # type: ignore[arg-type]  # numbers, all of them


@pytest.mark.parametrize(
    "fine",
    [
        WELL,
        replace(WELL, sent=50, hard=1),
        replace(WELL, sent=40, audience=40, hard=2, doubts=2, complained=2),
        replace(WELL, sent=200, hard=10, complained=0, doubts=0),
        replace(WELL, sent=3_000, complained=3),
        replace(WELL, audience=15_000),
        replace(WELL, audience=3, approved=1),
        replace(WELL, approved=None, audience=50_000),
    ],
)
def test_no_brake_pulls_below_its_share_or_for_fewer_than_three_cases(fine: Counts) -> None:
    assert rules.tripped(Breakers(), fine, {}) is None


def test_a_brake_that_was_released_pulls_again_only_when_it_is_worse() -> None:
    bad = replace(WELL, sent=1_000, hard=40)
    assert rules.tripped(Breakers(), bad, {"hard": 40}) is None
    assert rules.tripped(Breakers(), replace(bad, sent=1_500, hard=59), {"hard": 40}) is None
    assert rules.tripped(Breakers(), replace(bad, sent=1_500, hard=60), {"hard": 40}) is not None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("smtps://ana@Mail.Example:465", "smtp:ana@mail.example"),
        ("smtp://ana@mail.example:587?x=1", "smtp:ana@mail.example"),
        ("outbox:/tmp/box", "outbox:/tmp/box"),
        ("postmark:broadcast", "postmark:broadcast"),
    ],
)
def test_a_transport_has_one_name_whatever_the_port(url: str, name: str) -> None:
    assert rules.route(url) == name


FULL = Limits(
    routes={"smtp:mail.example": RouteLimit(14, WarmUp(date(2026, 3, 1), 50, 1.5, 10_000))},
    campaign_per_hour=500,
    quiet=(NIGHT, QuietWindow(0, 0, (6,))),
    breakers=Breakers(hard=0.03, in_a_row=50),
    reserve_mb=500,
    late_h=2,
)


def test_limits_come_back_from_json_as_they_were() -> None:
    assert rules.from_json(rules.to_json(FULL)) == FULL
    assert rules.from_json(None) == Limits()
    assert rules.from_json({"later": 1, "breakers": {"later": 2}}) == Limits()


def test_what_a_person_writes_is_what_is_kept() -> None:
    found = Limits()
    for name, told in (
        ("rate", "14"), ("warm_up", "2026-03-01 50 1.5 10000"), ("campaign_per_hour", "500"),
        ("quiet", "22:00-08:00; 00:00-24:00 Sun"), ("hard", "3%"), ("in_a_row", "50"), ("reserve_mb", "500"),
        ("late_h", "2"),
    ):  # fmt: skip
        found = words.changed(found, name, told, "smtp:mail.example")
    assert found == FULL
    assert words.windows(words.window_words(FULL.quiet)) == FULL.quiet
    assert dict(words.lines(FULL))["quiet"] == "22:00-08:00; 00:00-00:00 Sun"
    for name in ("rate", "warm_up"):
        found = words.changed(found, name, "none", "smtp:mail.example")
    assert found.routes == {}


@pytest.mark.parametrize(
    ("name", "told"),
    [("quiet", "late"), ("quiet", "22:75-08:00"), ("quiet", "22:00-08:00 Someday"), ("warm_up", "50"), ("hard", "two"),
     ("rate", "fast"), ("colour", "red")],
)  # fmt: skip
def test_what_cannot_be_read_is_a_sentence(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^\S.+\.$"):
        words.changed(Limits(), name, told, "smtp:mail.example")


@pytest.mark.parametrize(
    "wrong",
    [
        replace(Limits(), campaign_per_hour=0),
        replace(Limits(), routes={"x": RouteLimit(0)}),
        replace(Limits(), routes={"x": RouteLimit(None, WarmUp(date(2026, 1, 1), 0))}),
        replace(Limits(), quiet=(QuietWindow(0, 1, ()),)),
        replace(Limits(), breakers=Breakers(hard=2)),
        replace(Limits(), reserve_mb=-1),
    ],
)
def test_limits_that_make_no_sense_are_refused_with_a_sentence(wrong: Limits) -> None:
    assert rules.problem(wrong).endswith(".")
    assert rules.problem(FULL) == ""
