"""Records as plain JSON and back, for what a campaign freezes and a delivery keeps. Only what rendering reads."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from restock_desk.domain.audience import Interest, Subscriber
from restock_desk.domain.restocks import AlertRule, EventState, RestockEvent
from restock_desk.domain.shelf import Shelf
from restock_desk.domain.shop import Shop

_PERSON = ("email", "custom_id", "first_name", "last_name", "locale", "timezone", "attributes")


def freeze_person(person: Subscriber) -> dict[str, Any]:
    """What a mail may say about a person, without what is empty."""
    return {name: getattr(person, name) for name in _PERSON if getattr(person, name)}


def thaw_person(subscriber_id: int, data: dict[str, Any]) -> Subscriber:
    known = {name: data[name] for name in _PERSON if name in data}
    return Subscriber(id=subscriber_id, **{"email": "", **known, "email_key": str(data.get("email", "")).lower()})


def freeze_event(event: RestockEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "variant_id": event.variant_id,
        "occurred_at": event.occurred_at.isoformat(),
        "after": event.after,
        "snapshot": event.snapshot,
    }


def thaw_event(data: dict[str, Any]) -> RestockEvent:
    at = datetime.fromisoformat(data["occurred_at"])
    after = data.get("after")
    return RestockEvent(data["id"], data["variant_id"], at, at, None, after, EventState.OPEN, data["snapshot"])


def freeze_shelf(shelf: Shelf) -> dict[str, Any]:
    return {
        "related": [freeze_event(event) for event in shelf.related],
        "bestsellers": [freeze_event(event) for event in shelf.bestsellers],
        "lists": {name: [freeze_event(event) for event in events] for name, events in shelf.lists.items()},
    }


def thaw_shelf(data: dict[str, Any] | None) -> Shelf:
    """Campaigns that froze none have an empty one."""
    found = data or {}
    lists = {name: tuple(map(thaw_event, events)) for name, events in found.get("lists", {}).items()}
    related, best = (tuple(map(thaw_event, found.get(name, ()))) for name in ("related", "bestsellers"))
    return Shelf(related, best, lists)


def freeze_interest(interest: Interest) -> dict[str, Any]:
    at = interest.created_at.isoformat()
    return {"id": interest.id, "variant_id": interest.variant_id, "created_at": at, "source": interest.source}


def thaw_interest(subscriber_id: int, data: dict[str, Any]) -> Interest:
    at = datetime.fromisoformat(data["created_at"])
    return Interest(data["id"], subscriber_id, data["variant_id"], at, data.get("source", ""))


def freeze_shop(shop: Shop) -> dict[str, Any]:
    return asdict(shop)


def thaw_shop(data: dict[str, Any]) -> Shop:
    """Settings a later version took away are left out; new ones have their default."""
    known = {field.name: data[field.name] for field in fields(Shop) if field.name in data}
    return Shop(**{**known, "rule": AlertRule(**data["rule"])})
