"""People as Mailchimp exports them. Their state is not a column: it is told by other columns, or by the file's name."""

import re
from collections.abc import Iterator
from typing import Any

from restock_desk.domain.audience import ConsentState, SubscriberIn
from restock_desk.domain.imports import Rejected
from restock_desk.errors import DeskError
from restock_desk.feeds import people
from restock_desk.feeds.audience_generic import states
from restock_desk.feeds.reading import Bad, Record, Sheet


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    state = states(_state(sheet))
    get = sheet.columns.get
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        line, row = item
        try:
            told: dict[str, Any] = {"consent": ConsentState.UNSTATED, **state}
            stamp = {
                ConsentState.SUBSCRIBED: "confirm_time" if get(row, "confirm_time") else "optin_time",
                ConsentState.UNSUBSCRIBED: "unsub_time",
            }.get(told["consent"])
            for name in ("first_name", "last_name"):
                if len(get(row, name)) > 255:
                    raise Bad(name, f"The {name} is longer than 255 characters.")
            person = SubscriberIn(
                email=people.address(get(row, "email")),
                first_name=get(row, "first_name"),
                last_name=get(row, "last_name"),
                timezone=get(row, "timezone"),
                attributes=sheet.columns.extras(row),
                consent_at=sheet.when(row, stamp) if stamp else None,
                consent_source="mailchimp",
                line=line,
                **told,
            )
        except Bad as bad:
            yield sheet.reject(line, row, bad)
            continue
        yield person


def _state(sheet: Sheet) -> str:
    if sheet.options.state:
        return sheet.options.state
    if "clean_time" in sheet.columns.at:
        return "cleaned"
    if "unsub_time" in sheet.columns.at:
        return "unsubscribed"
    words = set(re.split(r"[^a-z]+", sheet.table.text.path.stem.lower()))
    found = [state for state in ("cleaned", "unsubscribed", "subscribed") if state in words]
    if len(found) == 1:
        return found[0]
    raise DeskError(
        "Neither the columns nor the name of this Mailchimp file say whether its people are subscribed.",
        "Say what the file holds: subscribed, unsubscribed or cleaned.",
    )
