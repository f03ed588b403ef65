"""People from a table of anybody's making. Written for speed: a million rows pass here in seconds."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import itemgetter
from typing import Any

from restock_desk.domain.audience import ConsentState, PlainPeople, SubscriberIn, SuppressionReason
from restock_desk.domain.consent import graver
from restock_desk.domain.imports import Rejected
from restock_desk.errors import DeskError
from restock_desk.feeds import people
from restock_desk.feeds.numbers import wrecked
from restock_desk.feeds.reading import Bad, Record, Sheet
from restock_desk.feeds.table import Row, Rows

_TEXTS = ("custom_id", "first_name", "last_name", "locale", "timezone", "consent_source")
_DATED = ("consent_at", "status", "unsubscribed")
_LABEL = "[a-z0-9]{1,30}+(?:-[a-z0-9]{1,10}+){0,3}+"
_ADDRESS = (
    rf"[A-Za-z0-9_]{{1,24}}+(?:[.+-][A-Za-z0-9_]{{1,9}}+){{0,4}}+@{_LABEL}\.(?:[a-z]{{2,12}}|{_LABEL}\.[a-z]{{2,12}})"
)
_PLAIN = re.compile(_ADDRESS)
_ALL_PLAIN = re.compile(rf"(?:{_ADDRESS}\n)+")
"""Most addresses: what `addresses.parse` would give back as it is, recognised at a fraction of the cost."""
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
    _ask(sheet)
    yield from everybody(sheet)


def together(sheet: Sheet) -> Iterator[PlainPeople | Record | Rejected]:
    """`records`, but a block of rows whose cells need nothing done comes as one."""
    _ask(sheet)
    plain = _plain(sheet)
    for block in sheet.table.blocks():
        if isinstance(block, Rejected):
            yield block
            continue
        found = plain(*block)
        if found is None:
            yield from _people(sheet, iter([block]))
        else:
            yield found


def everybody(sheet: Sheet) -> Iterator[Record | Rejected]:
    """One person a row."""
    return _people(sheet, sheet.table.blocks())


def _ask(sheet: Sheet) -> None:
    if len(sheet.table.headers) == 1 and not sheet.options.state and not sheet.options.format:
        raise DeskError(
            "The file holds addresses only and does not say what they are.",
            "Say whether these people are subscribed, unsubscribed or cleaned, or choose the format generic.",
        )


def _plain(sheet: Sheet) -> Callable[[int, list[list[str]]], PlainPeople | None]:
    """A function that gives the people of a block, or None where a cell of it must be looked at by `_people`."""
    told = states(sheet.options.state)
    if sheet.columns.others or _rarer(sheet) or "suppressed" in told:
        return lambda line, rows: None
    at = sheet.columns.at
    names = [name for name in _TEXTS if name in at]
    consent, nothing = at.get("consent"), told.get("consent", ConsentState.UNSTATED)
    words = {word: state.value for word, state in (people.CONSENT | {"": nothing}).items()}
    every, columns = _ALL_PLAIN.fullmatch, ("email", "consent", *names)
    most = dict.fromkeys(names, 255) | {"locale": 20, "timezone": 60}

    def plain(line: int, rows: list[list[str]]) -> PlainPeople | None:
        cells = list(zip(*rows, strict=True))
        emails = cells[at["email"]]
        joined = "\n".join(emails) + "\n"
        if joined.count("\n") != len(rows) or every(joined) is None:
            return None
        told = [nothing.value] * len(rows) if consent is None else list(map(words.get, cells[consent]))
        if None in told:
            return None
        texts = [cells[at[name]] for name in names]
        for name, text in zip(names, texts, strict=True):
            if max(map(len, text)) > most[name] or tuple(map(str.strip, text)) != text:
                return None
            if name == "custom_id" and "+" in "".join(text):
                return None
        return PlainPeople(line, columns, list(zip(emails, told, *texts, strict=True)))

    return plain


def _people(sheet: Sheet, blocks: Iterator[Rows | Rejected]) -> Iterator[Record | Rejected]:
    """One person a row. Records are made without their __init__, which would cost more than the rest of the loop."""
    told = {"consent": ConsentState.UNSTATED, "suppressed": None, **states(sheet.options.state)}
    suppressed = told["suppressed"]
    known = people.CONSENT | {"": told["consent"]}
    pick = itemgetter(*(sheet.columns.at.get(name, -1) for name in ("email", "consent", *_TEXTS)))
    rarer = _rarer(sheet)
    others = sheet.columns.others
    plain, new, put = _PLAIN.fullmatch, object.__new__, object.__setattr__
    for item in chain.from_iterable(map(_each, blocks)):
        if isinstance(item, Rejected):
            yield item
            continue
        line, row = item
        row.append("")  # where the fields point that the file has no column for
        email, word, custom, first, last, locale, zone, source = pick(row)
        try:
            values = {
                "email": email if plain(email) else people.address(email),
                "custom_id": custom.strip(),
                "first_name": first.strip(),
                "last_name": last.strip(),
                "locale": locale.strip(),
                "timezone": zone.strip(),
                "attributes": {header: text for header, place in others if (text := row[place])} if others else {},
                "consent": known.get(word),
                "consent_at": None,
                "consent_source": source.strip(),
                "suppressed": suppressed,
                "line": line,
            }
            long = len(f"{custom}{first}{last}{source}") > 255 or len(locale) > 20 or len(zone) > 60
            if long or ("+" in custom and wrecked(custom.strip())):
                _bounded(sheet, row, values)
            if values["consent"] is None:
                values["consent"], bar = people.standing(word, told["consent"])
                values["suppressed"] = graver(bar, suppressed)
            for fill in rarer:
                fill(row, values)
        except Bad as bad:
            yield sheet.reject(line, row[:-1], bad)
            continue
        person = new(SubscriberIn)
        put(person, "__dict__", values)
        yield person


def _each(block: Rows | Rejected) -> Iterable[Row | Rejected]:
    return (block,) if isinstance(block, Rejected) else enumerate(block[1], block[0])


def _bounded(sheet: Sheet, row: list[str], values: dict[str, Any]) -> None:
    sheet.identifier(row, "custom_id")
    for name in _TEXTS:
        most = {"locale": 20, "timezone": 60}.get(name, 255)
        if len(values[name]) > most:
            raise Bad(name, f"The {name} is longer than {most} characters.")


def _rarer(sheet: Sheet) -> list[Callable[[list[str], dict[str, Any]], None]]:
    """Functions for the columns that few files have. They raise Bad."""
    get = sheet.columns.get

    def consent_at(row: list[str], values: dict[str, Any]) -> None:
        said = said_no(row, values)
        if said is not None:
            values["consent"] = said
        column = "consent_at" if said is None else "unsubscribed"
        values["consent_at"] = people.moment(sheet, row, column, values["consent"], values["suppressed"] is not None)

    def said_no(row: list[str], values: dict[str, Any]) -> ConsentState | None:
        """The “no” in a column beside that of consent: it counts, whatever the other one says."""
        word = get(row, "status")
        try:
            state, bar = people.standing(word)
        except Bad:  # a status of something else
            state, bar = ConsentState.UNSTATED, None
            values["attributes"] = {**values["attributes"], "status": word}
        values["suppressed"] = graver(bar, values["suppressed"])
        if people.says_so(get(row, "unsubscribed")):
            return ConsentState.UNSUBSCRIBED
        return state if state in (ConsentState.UNSUBSCRIBED, ConsentState.NEVER) else None

    def suppressed(row: list[str], values: dict[str, Any]) -> None:
        words = f"{get(row, 'suppressed')},{get(row, 'suppression')}"
        values["suppressed"] = graver(people.suppression(words), values["suppressed"])

    def name(row: list[str], values: dict[str, Any]) -> None:
        text = get(row, "name")
        if len(text) > 255:
            raise Bad("name", "The name is longer than 255 characters.")
        if not values["first_name"] and not values["last_name"]:
            values["first_name"], _, last = text.partition(" ")
            values["last_name"] = last.strip()

    at = sheet.columns.at
    asked = ((("suppressed", "suppression"), suppressed), (("name",), name), (_DATED, consent_at))
    return [fill for names, fill in asked if any(field in at for field in names)]
