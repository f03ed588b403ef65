"""The senders of the fault tests, and their time: under load these tests take long, but nothing in them is timed."""

from collections.abc import Iterator

import pytest

from tests.faults.crew import Crew, crew
from tests.faults.crowd import tier


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "faults" in item.path.parts:
            item.add_marker(pytest.mark.timeout(tier(600, 7_200)))


@pytest.fixture(scope="session")
def _all_senders() -> Iterator[Crew]:
    with crew() as made:
        yield made


@pytest.fixture
def senders(_all_senders: Crew) -> Iterator[Crew]:
    """Starts processes that deliver, of which none is left after the test."""
    yield _all_senders
    _all_senders.end()
