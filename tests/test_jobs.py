"""Lanes: what waits for what, and what does not."""

import threading
from collections.abc import Iterator

import pytest

from restock_desk.jobs import JobRunner, sends_by
from restock_desk.transport import route


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    made.close()


def test_one_route_waits_for_itself_and_for_no_other(runner: JobRunner) -> None:
    goes_on = threading.Event()
    stuck = runner.run(sends_by("slow:25"), goes_on.wait)
    behind = runner.run(sends_by("slow:25"), threading.get_ident)
    other = runner.run(sends_by("fast:25"), threading.get_ident)
    single = runner.run("sends", threading.get_ident)
    assert other.result(30) != single.result(30)
    assert not behind.done()
    goes_on.set()
    assert stuck.result(30)
    assert behind.result(30) not in (other.result(), single.result())


def test_there_is_no_lane_but_those(runner: JobRunner) -> None:
    with pytest.raises(KeyError):
        runner.run("elsewhere", threading.get_ident)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("smtp://ana@Mail.example:587?connections=2", "smtp://ben@mail.example:587?pipelining=off", True),
        ("smtp://mail.example:587", "smtp://mail.example:25", False),
        ("smtp://mail.example", "smtp://other.example", False),
        ("postmark://default", "postmark://default?stream=broadcast", True),
        ("ses://KEY@eu-west-1", "ses://KEY@us-east-1", False),
        ("outbox:/a", "outbox:/b", True),
        ("outbox:/a", "smtp://mail.example", False),
    ],
)
def test_a_route_is_who_is_waited_for(one: str, other: str, same: bool) -> None:
    assert (route(one) == route(other)) is same


def test_an_address_that_cannot_be_read_is_a_route_too() -> None:
    assert route("smtp://[::1") == route("smtp://[::1")
