"""Restock events and who would hear of them."""

from collections.abc import Sequence

from restock_desk.domain.audience import AudienceReport, Exclusion, Subscriber
from restock_desk.domain.restocks import RestockEvent
from restock_desk.errors import DeskError
from restock_desk.services.desk import Desk
from restock_desk.store import audience as people
from restock_desk.store import restocks


def event(desk: Desk, event_id: int) -> RestockEvent:
    """The event with its snapshot."""
    with desk.store.reading() as u:
        found = restocks.event(u, event_id)
    if found is None:
        raise DeskError("There is no such restock.", "Choose another one from the list of restocks.")
    return found


def latest(desk: Desk, limit: int = 20) -> list[RestockEvent]:
    """The newest events, newest first."""
    with desk.store.reading() as u:
        return restocks.events(u, limit)


def audience(desk: Desk, event_ids: Sequence[int]) -> AudienceReport:
    """Who waits for these restocks: everybody once, as eligible or under one exclusion."""
    with desk.store.reading() as u:
        return people.audience(u, tuple(event_ids))


def excluded(desk: Desk, event_ids: Sequence[int], reason: Exclusion, limit: int = 200) -> list[Subscriber]:
    """People who get nothing for this reason."""
    with desk.store.reading() as u:
        return people.exclusions(u, tuple(event_ids), reason, limit)


def waiting_people(desk: Desk, event_id: int, limit: int = 200) -> list[Subscriber]:
    """People to look at a preview with: those who wait for this restock; where nobody does, nobody."""
    with desk.store.reading() as u:
        return people.waiting_people(u, (event_id,), limit)
