"""Taking people in: new ones, changed ones, and their consent by the rules of `domain.consent`, in one transaction.

The statement that stands is on the person's row. It moves to the history (`consent_event`) when another one replaces
it, so that a million first statements do not cost a million rows more.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from restock_desk.domain.addresses import parse
from restock_desk.domain.audience import ConsentState, SubscriberIn, SuppressionReason
from restock_desk.domain.consent import Statement, believed, graver, merged, stated
from restock_desk.domain.imports import Rejected
from restock_desk.store import bulk, search
from restock_desk.store.database import Unit
from restock_desk.store.schema import instant, micros

COLUMNS = (
    "id", "email", "email_key", "custom_id", "first_name", "last_name", "locale", "timezone", "attributes", "consent",
    "consent_confirmed", "consent_at", "consent_source", "suppressed", "created_at", "updated_at",
)  # fmt: skip
_ID, _EMAIL, _KEY, _CUSTOM = 0, 1, 2, 3
_TEXTS = ((4, "first_name"), (5, "last_name"), (6, "locale"), (7, "timezone"))
_ATTRIBUTES, _CONSENT, _CONFIRMED, _AT, _SOURCE, _SUPPRESSED, _CREATED, _UPDATED = range(8, 16)
_LOCK = 0x52445350


@dataclass
class PeopleChange:
    """What a batch of people did. `changed` says of each, in the order given, whether it moved anything (None = no).

    `ids` are the ids of all that went in, new, changed or not.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    ids: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    by_key: dict[str, int] = field(default_factory=dict)
    changed: list[bool | None] = field(default_factory=list)


def upsert_subscribers(
    u: Unit, people: Sequence[SubscriberIn], now: datetime, index: bool = True
) -> PeopleChange:  # fmt: skip
    """Store people. `index` False leaves the search index to the caller, who rebuilds it after a big import."""
    bulk.lock(u, _LOCK)
    change = PeopleChange()
    batch = _Batch(u, micros(now))
    keyed: list[tuple[str, str] | None] = []
    for told in people:
        try:
            keyed.append(parse(told.email))
        except ValueError as error:
            keyed.append(None)
            change.rejected.append(Rejected(told.line, "email", str(error), told.email))
    batch.load([pair[1] for pair in keyed if pair], [told.custom_id for told in people if told.custom_id])
    places: list[str | None] = []
    for told, pair in zip(people, keyed, strict=True):
        if pair is None:
            places.append(None)
            continue
        wrong = batch.take(told, *pair)
        if wrong:
            change.rejected.append(Rejected(told.line, *wrong, raw=told.email))
        places.append(None if wrong else pair[1])
    batch.write(change, index)
    moved = {*batch.made, *batch.moved}
    change.ids = [change.by_key[key] for key in dict.fromkeys(places) if key is not None]
    change.changed = [None if key is None else key in moved for key in places]
    return change


class _Batch:
    """Rows of one transaction in the database's own types, by address key. Nothing is written before `write`."""

    def __init__(self, u: Unit, now: int) -> None:
        self._u, self._now = u, now
        self.rows: dict[str, list[Any]] = {}
        self.held: dict[str, tuple[Any, ...]] = {}
        self.made: dict[str, list[Any]] = {}
        self.moved: set[str] = set()
        self._owner: dict[str, str] = {}
        self._barred: dict[str, str] = {}
        self._bars: list[tuple[str, str, str]] = []
        self._statements: list[tuple[str, Statement]] = []

    def load(self, keys: list[str], customs: list[str]) -> None:
        """Everybody these people may be, by address and by the shop's own id, and who is suppressed."""
        select = f"select {', '.join(COLUMNS)} from subscriber"
        for column, wanted in (("email_key", keys), ("custom_id", customs)):
            unknown = [one for one in wanted if one not in self._owner]  # ids: most belong to somebody found by address
            for row in bulk.rows_by(self._u, select, column, unknown, "for update"):
                self.held[row[_KEY]] = row
                self.rows[row[_KEY]] = list(row)
                if row[_CUSTOM]:
                    self._owner[row[_CUSTOM]] = row[_KEY]
        barred = bulk.rows_by(self._u, "select email_key, reason from suppression", "email_key", keys)
        self._barred = dict(barred)

    def take(self, told: SubscriberIn, email: str, key: str) -> tuple[str, str] | None:
        """Merge one person; (field, reason) if that cannot be."""
        owner = self._owner.get(told.custom_id) if told.custom_id else None
        if owner is not None and owner != key:
            return "custom_id", f"The customer id {told.custom_id} belongs to another address."
        row = self.rows.get(key)
        if row is None:
            reason = self._barred.get(key)
            if reason == SuppressionReason.ERASED.value:
                return "email", "This address was erased on request and may not come back."
            row = [0, email, key, None, "", "", "", "", None, "unstated", True, None, "", reason, self._now, self._now]
            self.rows[key] = self.made[key] = row
        if told.custom_id and not row[_CUSTOM]:
            row[_CUSTOM] = told.custom_id
            self._owner[told.custom_id] = key
        for place, name in _TEXTS:
            value = getattr(told, name)
            if value and value != row[place]:
                row[place] = value
        if told.attributes:
            self._attributes(row, told.attributes)
        if told.suppressed is not None:
            self._suppress(row, told.suppressed, told.consent_source)
        if told.consent is not ConsentState.UNSTATED:
            self._consent(row, stated(told.consent, self._believed(told), told.consent_source))
        return None

    def _believed(self, told: SubscriberIn) -> datetime | None:
        return None if told.consent_at is None else believed(told.consent_at, instant(self._now))

    def _attributes(self, row: list[Any], told: dict[str, str]) -> None:
        held = row[_ATTRIBUTES]
        known = json.loads(held) if isinstance(held, str) else held or {}
        together = known | told
        if together != known:
            row[_ATTRIBUTES] = json.dumps(together)

    def _suppress(self, row: list[Any], told: SuppressionReason, source: str) -> None:
        held = SuppressionReason(row[_SUPPRESSED]) if row[_SUPPRESSED] else None
        reason = graver(held, told)
        if reason is not None and reason is not held:
            row[_SUPPRESSED] = reason.value
            self._bars.append((row[_KEY], reason.value, source or "import"))

    def _consent(self, row: list[Any], told: Statement) -> None:
        if row[_CONSENT] == "unstated":
            after = told
        else:
            at = row[_AT]
            held = Statement(
                ConsentState(row[_CONSENT]), bool(row[_CONFIRMED]), None if at is None else instant(at), row[_SOURCE]
            )
            barred = SuppressionReason(row[_SUPPRESSED]) if row[_SUPPRESSED] else None
            after = merged(held, told, barred)
            if after == held or after == Statement(held.state, held.confirmed, held.at, after.source):
                return
            self._statements.append((row[_KEY], held))
        row[_CONSENT], row[_CONFIRMED] = after.state.value, after.confirmed
        row[_AT] = None if after.at is None else micros(after.at)
        row[_SOURCE] = after.source

    def write(self, change: PeopleChange, index: bool) -> None:
        """Put everything into the tables."""
        made = sorted(self.made.values(), key=lambda row: row[_KEY])
        for row, id in zip(made, bulk.new_ids(self._u, "subscriber", len(made)), strict=True):
            row[_ID] = id
        bulk.insert(self._u, "subscriber", COLUMNS, [tuple(row) for row in made])
        changed = []
        for key, before in self.held.items():
            row = self.rows[key]
            if tuple(row) != before:
                row[_UPDATED] = self._now
                self.moved.add(key)
                changed.append((*(_plain(value) for value in row[1:]), row[_ID]))
        changed.sort(key=lambda row: row[-1])
        bulk.update(self._u, "subscriber", COLUMNS[1:], changed)
        self._write_statements()
        write_suppressions(self._u, self._bars, self._now)
        change.new, change.updated = len(made), len(changed)
        change.unchanged = len(self.held) - len(changed)
        change.by_key = {key: row[_ID] for key, row in self.rows.items()}
        if index:
            search.index_subscribers(self._u, [row[_ID] for row in made] + [row[-1] for row in changed])

    def _write_statements(self) -> None:
        rows = [
            (
                self.rows[key][_ID], None if held.at is None else micros(held.at), self._now,
                held.state.value if held.confirmed else "pending", held.source,
            )
            for key, held in self._statements
        ]  # fmt: skip
        bulk.insert(self._u, "consent_event", ("subscriber_id", "at", "recorded_at", "state", "source"), rows)


def write_suppressions(u: Unit, bars: Sequence[tuple[str, str, str]], now: int) -> None:
    """Keep (address key, reason, source) as suppressions, replacing lighter ones. The caller mirrors them."""
    if not bars:
        return
    u.run_many(
        "insert into suppression (email_key, reason, at, source) values (?, ?, ?, ?) "
        "on conflict (email_key) do update set reason = excluded.reason, at = excluded.at, source = excluded.source",
        [(key, reason, now, source) for key, reason, source in bars],
    )


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value
