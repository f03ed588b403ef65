"""People as Mailchimp exports them. Their state is not a column: it is told by other columns, or by the file's name."""

import csv
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
            for name, most in (("first_name", 255), ("last_name", 255), ("timezone", 60)):
                if len(get(row, name)) > most:
                    raise Bad(name, f"The {name} is longer than {most} characters.")
            person = SubscriberIn(
                email=people.address(get(row, "email")),
                first_name=get(row, "first_name"),
                last_name=get(row, "last_name"),
                timezone=get(row, "timezone"),
                attributes=_attributes(sheet, row),
                consent_at=people.moment(sheet, row, stamp, told["consent"], False) if stamp else None,
                consent_source="mailchimp",
                line=line,
                **told,
            )
        except Bad as bad:
            yield sheet.reject(line, row, bad)
            continue
        yield person


def _attributes(sheet: Sheet, row: list[str]) -> dict[str, str]:
    """What else the row tells. Tags are a line of CSV inside their cell."""
    told = sheet.columns.extras(row)
    if text := sheet.columns.get(row, "tags"):
        tags = next(csv.reader([text.replace("\n", " ").replace("\r", " ")], skipinitialspace=True), [])
        told["tags"] = ", ".join(tag.strip() for tag in tags if tag.strip())
    return told


def _state(sheet: Sheet) -> str:
    columns = {"clean_time": "cleaned", "unsub_time": "unsubscribed"}
    shown = next((state for name, state in columns.items() if name in sheet.columns.at), "")
    if shown and sheet.options.state == "subscribed":
        raise DeskError(
            f"The columns of this file say that its people are {shown}; it cannot be read as subscribed.",
            "Leave the state out, or export the subscribed people.",
        )
    if sheet.options.state or shown:
        return sheet.options.state or shown
    words = set(re.split(r"[^a-z]+", sheet.table.text.path.stem.lower()))
    found = [state for state in ("cleaned", "unsubscribed", "subscribed") if state in words]
    if len(found) == 1 and not words & {"non", "not", "un", "never"}:
        return found[0]
    raise DeskError(
        "Neither the columns nor the name of this Mailchimp file say whether its people are subscribed.",
        "Say what the file holds: subscribed, unsubscribed or cleaned.",
    )
