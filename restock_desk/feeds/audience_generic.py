"""People from a table of anybody's making. Written for speed: a million rows pass here in seconds."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from restock_desk.domain import addresses
from restock_desk.domain.audience import ConsentState, SubscriberIn, SuppressionReason
from restock_desk.domain.imports import Rejected
from restock_desk.errors import DeskError
from restock_desk.feeds import people
from restock_desk.feeds.numbers import wrecked
from restock_desk.feeds.reading import Bad, Record, Sheet

_NOTHING: dict[str, Any] = {
    "custom_id": "", "first_name": "", "last_name": "", "locale": "", "timezone": "", "attributes": {},
    "consent": ConsentState.UNSTATED, "consent_at": None, "consent_source": "", "suppressed": None,
}  # fmt: skip
_PLAIN = re.compile(r"[a-z0-9_]{1,30}(?:[.+-][a-z0-9_]{1,30})?@(?:[a-z0-9]{1,40}\.){1,2}[a-z]{2,12}", re.ASCII)
"""Most addresses: what `addresses.parse` would give back as it is, recognised at a third of the cost."""
_STATES: dict[str, dict[str, Any]] = {
    "subscribed": {"consent": ConsentState.SUBSCRIBED},
    "unsubscribed": {"consent": ConsentState.UNSUBSCRIBED},
    "cleaned": {"suppressed": SuppressionReason.HARD_BOUNCE},
}


def states(told: str) -> dict[str, Any]:
    """What the declared state of a whole file means for everybody in it."""
    if told and told not in _STATES:
        raise DeskError(f"The state {told!r} is not known.", f"Use one of: {', '.join(_STATES)}.")
    return dict(_STATES.get(told, {}))


def records(sheet: Sheet) -> Iterator[Record | Rejected]:
    if len(sheet.table.headers) == 1 and not sheet.options.state and not sheet.options.format:
        raise DeskError(
            "The file holds addresses only and does not say what they are.",
            "Say whether these people are subscribed, unsubscribed or cleaned, or choose the format generic.",
        )
    fill = filler(sheet)
    base = {**_NOTHING, **states(sheet.options.state)}
    email = sheet.columns.at["email"]
    plain = _PLAIN.fullmatch
    parse, new, put = addresses.parse, object.__new__, object.__setattr__
    for item in sheet.table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        line, row = item
        text = row[email]
        try:
            values = {
                **base,
                "email": text if plain(text) else (parse(text)[0] if text else people.address("")),
                "line": line,
            }
            fill(row, values)
        except Bad as bad:
            yield sheet.reject(line, row, bad)
            continue
        except ValueError as error:
            yield sheet.reject(line, row, Bad("email", str(error)))
            continue
        # A frozen record made without its __init__, which would cost more than all the rest of this loop.
        person = new(SubscriberIn)
        put(person, "__dict__", values)
        yield person


def filler(sheet: Sheet) -> Callable[[list[str], dict[str, Any]], None]:
    """A function that puts the cells of a row into the values of a record. It raises Bad."""
    at = sheet.columns.at
    texts = tuple((n, at[n]) for n in ("first_name", "last_name", "locale", "timezone", "consent_source") if n in at)
    custom, consent = at.get("custom_id"), at.get("consent")
    rest = {name: at[name] for name in ("consent_at", "suppressed", "name") if name in at}
    others = sheet.columns.others
    known = people.CONSENT

    def fill(row: list[str], values: dict[str, Any]) -> None:
        if custom is not None:
            text = row[custom].strip()
            if len(text) > 255 or ("+" in text and wrecked(text)):
                sheet.identifier(row, "custom_id")
            values["custom_id"] = text
        for name, place in texts:
            if text := row[place]:
                values[name] = text.strip()
                if len(text) > 255:
                    raise Bad(name, f"The {name} is longer than 255 characters.")
        if consent is not None and (text := row[consent]):
            state = known.get(text)
            values["consent"] = people.consent(text) if state is None else state
        if rest:
            _rarer(sheet, row, values)
        if others:
            extras = {header: text for header, place in others if (text := row[place])}
            if extras:
                values["attributes"] = extras

    return fill


def _rarer(sheet: Sheet, row: list[str], values: dict[str, Any]) -> None:
    values["consent_at"] = sheet.when(row, "consent_at")
    if text := sheet.columns.get(row, "suppressed"):
        values["suppressed"] = people.suppression(text) or values["suppressed"]
    if (text := sheet.columns.get(row, "name")) and not values["first_name"] and not values["last_name"]:
        if len(text) > 255:
            raise Bad("name", "The name is longer than 255 characters.")
        first, _, last = text.partition(" ")
        values["first_name"], values["last_name"] = first, last.strip()
