"""A rate that can be read and an end that is not promised too early."""

from datetime import UTC, datetime, timedelta

import pytest

from restock_desk.domain.pace import SILENT_S, Pace, span_words

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def watched(*steps: tuple[float, int]) -> Pace:
    """Looked at so many seconds after the beginning, with so many mails begun."""
    pace = Pace()
    for seconds, begun in steps:
        pace = pace.seen(BEGIN + timedelta(seconds=seconds), begun)
    return pace


def test_nothing_is_told_before_there_is_something_to_tell() -> None:
    assert watched((0, 100)).rate_per_s is None
    assert watched((0, 100), (1, 200)).rate_per_s is None
    assert watched((0, 100), (1, 200)).left(50) is None


def test_an_even_speed_is_told_as_it_is() -> None:
    pace = watched(*((n / 2, 50 * n) for n in range(20)))
    assert pace.rate_per_s == pytest.approx(100)
    left = pace.left(6_000)
    assert left is not None
    assert left.total_seconds() == pytest.approx(60)


def test_batches_that_settle_every_two_seconds_do_not_make_the_rate_jump() -> None:
    looks = [(n / 2, 200 * (n // 4)) for n in range(80)]
    rates = [rate for end in range(40, 80) if (rate := watched(*looks[:end]).rate_per_s) is not None]
    assert 60 < min(rates) < max(rates) < 145, rates


def test_silence_is_told_and_promises_nothing() -> None:
    pace = watched((0, 0), (1, 100), (2, 200), (2 + SILENT_S, 200))
    assert pace.rate_per_s == 0
    assert pace.left(10) is None


def test_a_campaign_that_stands_no_more_where_it_stood_begins_anew() -> None:
    pace = watched((0, 0), (5, 500)).seen(BEGIN + timedelta(seconds=6), 3)
    assert pace.rate_per_s is None


def test_the_same_moment_twice_changes_nothing() -> None:
    pace = watched((0, 0), (5, 500))
    assert pace.seen(BEGIN + timedelta(seconds=5), 600) is pace


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (42.4, "42 s"), (480, "8 min"), (3_900 * 2, "2 h 10 min"), (86_400 * 4, "4 days")],
)
def test_spans_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert span_words(timedelta(seconds=seconds)) == words
