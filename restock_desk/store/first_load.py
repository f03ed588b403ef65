"""The first big file of people into SQLite: one transaction, indexes taken away and made again at its end.

Six indexes kept in order row by row cost ten times the rows themselves. One transaction, because without the unique
indexes nobody else may write, and a crash must leave the database as it was. Whoever may be there already (by address
or customer id, or suppressed) is handed back to the ordinary way; a bitmap of 16 MB each knows, and errs on that side.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from restock_desk.domain.addresses import fold
from restock_desk.domain.audience import ConsentState, SubscriberIn
from restock_desk.domain.consent import stated
from restock_desk.store import bulk, schema
from restock_desk.store.audience_in import COLUMNS, write_suppressions
from restock_desk.store.database import Unit
from restock_desk.store.schema import micros

_BITS = 1 << 27
_MOST_OTHERS = 50_000
_INSERT = f"insert into subscriber ({', '.join(COLUMNS[1:])}) values ({', '.join('?' * (len(COLUMNS) - 1))})"
_UNSTATED = ("unstated", True, None)


class FirstLoad:
    """Open in a writing unit, `add` people whose addresses a reader checked, `close` before the commit."""

    def __init__(self, u: Unit, now: datetime) -> None:
        self._u, self._now = u, micros(now)
        self._keys, self._customs = bytearray(_BITS >> 3), bytearray(_BITS >> 3)
        self.others: list[SubscriberIn] = []
        self._cursor = bulk.cursor(u)
        self._seed()
        for index in schema.subscriber.indexes:
            self._cursor.execute(f"drop index if exists {index.name}")

    @property
    def full(self) -> bool:
        """Whether so many people are known already that the ordinary way is better."""
        return len(self.others) > _MOST_OTHERS

    def add(self, people: Sequence[SubscriberIn]) -> int:
        """Insert those who are new for certain; how many. The rest waits in `others`."""
        rows, bars, now = [], [], self._now
        keys, customs, unstated = self._keys, self._customs, ConsentState.UNSTATED
        for told in people:
            email, custom = told.email, told.custom_id
            key = email.lower() if email.isascii() else fold(email)
            place = hash(key) % _BITS
            at, bit = place >> 3, 1 << (place & 7)
            if keys[at] & bit or (custom and self._taken(custom)):
                self.others.append(told)
                continue
            keys[at] |= bit
            if custom:
                place = hash(custom) % _BITS
                customs[place >> 3] |= 1 << (place & 7)
            consent = _UNSTATED if told.consent is unstated else _consent(told)
            suppressed = None
            if told.suppressed is not None:
                suppressed = told.suppressed.value
                bars.append((key, suppressed, told.consent_source or "import"))
            source = told.consent_source if consent is not _UNSTATED else ""
            attributes = json.dumps(told.attributes) if told.attributes else None
            rows.append((email, key, custom or None, told.first_name, told.last_name, told.locale, told.timezone,
                         attributes, *consent, source, suppressed, now, now))  # fmt: skip
        self._cursor.executemany(_INSERT, rows)
        write_suppressions(self._u, bars, now)
        return len(rows)

    def close(self) -> None:
        """Make the indexes again."""
        self._cursor.execute("pragma threads=2")
        for index in schema.subscriber.indexes:
            index.create(self._u.connection)

    def _taken(self, custom: str) -> bool:
        place = hash(custom) % _BITS
        return bool(self._customs[place >> 3] & 1 << (place & 7))

    def _seed(self) -> None:
        for sql, bits in (
            ("select email_key from subscriber", self._keys),
            ("select email_key from suppression", self._keys),
            ("select custom_id from subscriber where custom_id is not null", self._customs),
        ):
            for (text,) in self._cursor.execute(sql):
                place = hash(text) % _BITS
                bits[place >> 3] |= 1 << (place & 7)


_SAID: dict[ConsentState, tuple[str, bool, None]] = {
    state: (stated(state, None, "").state.value, stated(state, None, "").confirmed, None) for state in ConsentState
}


def _consent(told: SubscriberIn) -> tuple[Any, ...]:
    if told.consent_at is None:
        return _SAID[told.consent]
    said = stated(told.consent, told.consent_at, told.consent_source)
    return said.state.value, said.confirmed, micros(told.consent_at)
