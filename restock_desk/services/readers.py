"""For whom a mail that is nobody's delivery is made: a person and restocks, real or made up."""

from dataclasses import dataclass
from typing import Any

from restock_desk.domain import worst_cases
from restock_desk.domain.shelf import EMPTY
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import Draft
from restock_desk.errors import DeskError
from restock_desk.rendering.identity import Identity
from restock_desk.rendering.processes.sketching import Scribe, Sketches
from restock_desk.services import context, dressing
from restock_desk.services.desk import Desk
from restock_desk.store import audience, interests, restocks
from restock_desk.store import shop as shop_

__all__ = ["Reader", "Scribe", "Sketches", "Whom", "reader", "sketches"]


@dataclass(frozen=True)
class Whom:
    """Nobody or no restock chosen: a sample stands in. `case` names one of `worst_cases`."""

    subscriber_id: int | None = None
    event_ids: tuple[int, ...] = ()
    case: str = ""


@dataclass(frozen=True)
class Reader:
    """All that a template may use, read at one moment: plain data, good for as many renders as one likes."""

    data: dict[str, Any]
    identity: Identity


def reader(desk: Desk, whom: Whom, draft: Draft | None = None) -> Reader:
    """Read once what every render for `whom` needs. DeskError when the person, a restock or the case is gone.

    `draft` says which products a document shows beside what restocked.
    """
    case = worst_cases.worst_case(whom.case)
    if whom.case and case is None:
        raise DeskError(
            f"There is no worst case called “{whom.case}”.",
            "Choose one of " + ", ".join(c.name for c in worst_cases.WORST_CASES) + ".",
        )
    with desk.store.reading() as u:
        shop: Shop = shop_.shop(u)
        key = shop_.token_key(u)
        person = audience.subscriber(u, whom.subscriber_id) if whom.subscriber_id else context.SAMPLE_PERSON
        waits = interests.interests_of(u, whom.subscriber_id) if whom.subscriber_id else []
        events = restocks.events_by_id(u, whom.event_ids) if whom.event_ids else [context.SAMPLE_EVENT]
        shelf = dressing.shelf_in(u, draft, events, desk.now()) if draft else EMPTY
    if person is None:
        raise DeskError(f"There is no subscriber {whom.subscriber_id}.", "Choose another person.")
    if len(events) != (len(whom.event_ids) or 1):
        raise DeskError("There is no such restock.", "Choose another one from the list of restocks.")
    if case is not None:
        person, events = worst_cases.made_up(case, person, events, shop.locale)
    label = f"preview/{whom.subscriber_id}/{','.join(map(str, whom.event_ids))}" + (f"/{case.name}" if case else "")
    identity = context.identify(shop, key, label, desk.now())
    return Reader(context.build(shop, person, events, waits, identity, shelf), identity)


def sketches(reader: Reader, scribe: Scribe) -> Sketches:
    """What shows a draft that is being typed to this reader: the HTML of a preview, sooner and without the rest."""
    return Sketches(reader.data, reader.identity, scribe)
