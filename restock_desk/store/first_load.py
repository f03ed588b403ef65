"""The first big file of people into SQLite: one transaction, indexes taken away and the unique ones made at its end.

Six indexes kept in order row by row cost ten times the rows themselves. One transaction, because without the unique
indexes nobody else may write, and a crash must leave the database as it was. All rows go in; then whoever came twice
(by address or customer id), was there already or is suppressed is taken out again and handed to the ordinary way.
The indexes that only sort lists are made with the search index, by `search.build_step`.
"""

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from restock_desk.domain.addresses import fold
from restock_desk.domain.audience import ConsentState, PlainPeople, SubscriberIn, SuppressionReason
from restock_desk.domain.consent import believed, stated
from restock_desk.store import bulk, schema
from restock_desk.store.audience_in import COLUMNS
from restock_desk.store.database import Unit
from restock_desk.store.schema import instant, micros

MOST_OTHERS = 50_000
"""More people to be merged than this, and the ordinary way is the better one for the whole file."""
_INSERT = f"insert into subscriber ({', '.join(COLUMNS[1:])}) values ({', '.join('?' * (len(COLUMNS) - 1))})"
_TAKEN = "email", "custom_id", "first_name", "last_name", "locale", "timezone", "consent_source"
_SAID: dict[ConsentState, tuple[str, bool, None]] = {
    state: (stated(state, None, "").state.value, stated(state, None, "").confirmed, None) for state in ConsentState
}
_UNSTATED = _SAID[ConsentState.UNSTATED]


class TooMany(Exception):
    """So many people of the file are known or come twice that the ordinary way is better. Roll the unit back."""


class FirstLoad:
    """Open in a writing unit of little memory (`bulk.spare`), `add` checked people in the order of the file, `close`
    before the commit. `add` and `close` raise TooMany."""

    def __init__(self, u: Unit, now: datetime) -> None:
        self._u, self._now = u, micros(now)
        self._cursor = bulk.cursor(u)
        self._first = self._last = self._one("select coalesce(max(id), 0) from subscriber")
        self._suppressed = 0
        self._lines: list[tuple[int, int]] = []  # (id, line - id), where that difference changes
        self._inserts: dict[tuple[str, ...], str] = {}
        for index in schema.subscriber.indexes:
            self._cursor.execute(f"drop index if exists {index.name}")

    def add(self, told: PlainPeople | Sequence[SubscriberIn]) -> int:
        """Insert people; how many."""
        if isinstance(told, PlainPeople):
            sql = self._inserts.get(told.columns) or self._insert(told.columns)
            self._cursor.executemany(sql, told.rows)
            self._stand(told.line)
            self._last += len(told.rows)
            return len(told.rows)
        self._cursor.executemany(_INSERT, list(map(self._row, told)))
        for one in told:
            self._stand(one.line)
            self._last += 1
        self._suppressed += sum(one.suppressed is not None for one in told)
        if self._suppressed > MOST_OTHERS:
            raise TooMany
        return len(told)

    def close(self) -> list[SubscriberIn]:
        """Make the unique indexes again. Whoever stood in their way comes back, in the order of the file."""
        others: list[SubscriberIn] = []
        twice = [column for column in ("email_key", "custom_id") if not self._unique(column)]
        barred = self._suppressed or self._one("select exists (select 1 from suppression)")
        if twice or barred:
            ids = self._in_the_way(twice, bool(barred))
            others = self._take_out(ids)
            for column in twice:
                if not self._unique(column):
                    raise RuntimeError(f"{column} is not unique")
        return others

    def _one(self, sql: str) -> int:
        return int(self._cursor.execute(sql).fetchone()[0])

    def _stand(self, line: int) -> None:
        """Remember that the next row stands on this line."""
        apart = line - (self._last + 1)
        if not self._lines or self._lines[-1][1] != apart:
            self._lines.append((self._last + 1, apart))

    def _row(self, told: SubscriberIn) -> tuple[Any, ...]:
        email, now = told.email, self._now
        at = told.consent_at and believed(told.consent_at, instant(now))
        key = email.lower() if email.isascii() else fold(email)
        consent: tuple[Any, ...] = _SAID[told.consent]
        if at is not None:
            said = stated(told.consent, at, "")
            consent = said.state.value, said.confirmed, micros(at)
        source = told.consent_source if consent is not _UNSTATED or told.suppressed else ""
        suppressed = told.suppressed.value if told.suppressed else None
        attributes = json.dumps(told.attributes) if told.attributes else None
        return (email, key, told.custom_id or None, told.first_name, told.last_name, told.locale, told.timezone,
                attributes, *consent, source, suppressed, now, now)  # fmt: skip

    def _insert(self, columns: tuple[str, ...]) -> str:
        """The statement for rows of these columns: what is the same for all rows stands in it."""
        mark = {name: f"?{place}" for place, name in enumerate(columns, 1)}
        consent = mark.get("consent", "'unstated'")
        changed = [f"when '{told}' then '{said[0]}'" for told, said in _SAID.items() if told != said[0]]
        unconfirmed = ", ".join(f"'{told}'" for told, said in _SAID.items() if not said[1])
        values = {name: mark[name] for name in _TAKEN if name in mark} | {
            "email_key": f"lower({mark['email']})",
            "consent": f"case {consent} {' '.join(changed)} else {consent} end",
            "consent_confirmed": f"{consent} not in ({unconfirmed})",
            "created_at": str(self._now),
            "updated_at": str(self._now),
        }
        if "custom_id" in mark:
            values["custom_id"] = f"nullif({mark['custom_id']}, '')"
        if "consent_source" in mark:
            values["consent_source"] = f"iif({consent} = 'unstated', '', {mark['consent_source']})"
        sql = f"insert into subscriber ({', '.join(values)}) values ({', '.join(values.values())})"
        self._inserts[columns] = sql
        return sql

    def _unique(self, column: str) -> bool:
        """Make the unique index of a column; False if something is there twice."""
        try:
            self._cursor.execute(f"create unique index uq_subscriber_{column} on subscriber ({column})")
        except sqlite3.IntegrityError:
            return False
        return True

    def _in_the_way(self, twice: Iterable[str], barred: bool) -> list[int]:
        """The new rows whose address or customer id an earlier row has, and the suppressed ones, ascending.

        Of each of these also all later rows with its address or id are among them: so the ordinary way finds for
        every row the same people that it would have found in the order of the file.
        """
        queries = [
            f"with k as materialized (select {c} as value, min(id) as first from subscriber where {c} is not null"
            f" group by {c} having count(*) > 1) select s.id from subscriber s cross join k"
            f" where k.value = s.{c} and s.id > k.first"
            for c in twice
        ]
        if barred:
            queries.append(
                f"select id from subscriber where id > {self._first} and"
                " (suppressed is not null or email_key in (select email_key from suppression))"
            )
        found: set[int] = set()
        for query in queries:
            found.update(row[0] for row in self._cursor.execute(f"{query} limit {MOST_OTHERS + 1}"))
        if len(found) > MOST_OTHERS:
            raise TooMany
        return sorted(found)

    def _take_out(self, ids: Sequence[int]) -> list[SubscriberIn]:
        others: list[SubscriberIn] = []
        for start in range(0, len(ids), 5_000):
            listed = json.dumps(ids[start : start + 5_000])
            query = "from subscriber where id in (select value from json_each(?))"
            rows = self._cursor.execute(f"select {', '.join(COLUMNS)} {query} order by id", (listed,))
            others += [self._told(dict(zip(COLUMNS, row, strict=True))) for row in rows]
            self._cursor.execute(f"delete {query}", (listed,))
        return others

    def _told(self, row: dict[str, Any]) -> SubscriberIn:
        """A row as the file told it."""
        said = row["consent"], bool(row["consent_confirmed"])
        at = row["consent_at"]
        held = None if at is None else instant(at)
        consent = next(
            s for s in ConsentState if (t := stated(s, held, "")).state == said[0] and t.confirmed == said[1]
        )
        place = bisect_right(self._lines, row["id"], key=lambda one: one[0]) - 1
        return SubscriberIn(
            **{name: row[name] or "" for name in _TAKEN},
            attributes=json.loads(row["attributes"] or "{}"),
            consent=consent,
            consent_at=held,
            suppressed=SuppressionReason(row["suppressed"]) if row["suppressed"] else None,
            line=row["id"] + self._lines[place][1],
        )
