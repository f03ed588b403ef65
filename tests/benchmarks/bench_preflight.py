"""The whole audience rendered: 100,000 people, the reference mail, two renderers; and what it takes of memory.

In rounds: the reference mail as it is (three expressions in each of fourteen blocks, one of them about the person),
and with half of it inside a condition about the person, so that little is the same for two of them.
"""

import os
import resource
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from restock_desk.domain.staff import Actor
from restock_desk.domain.templates import Draft
from restock_desk.jobs import ProgressFn
from restock_desk.rendering import processes
from restock_desk.rendering.processes.renderer import Forked, processor_s
from restock_desk.services import preflight
from restock_desk.services import shop as shop_
from restock_desk.services.desk import Desk
from restock_desk.store import Store, open_store, schema, upgrade
from tests.benchmarks.bench_render import BLOCK, PAGE
from tests.builders import NOW, add_product, restock
from tests.rendering.samples import SHOP, html

PEOPLE, ROUNDS = int(sys.argv[1]) if sys.argv[1:] else 100_000, 3
_PERSON = """with recursive k(n) as (select 1 union all select n + 1 from k where n < :n)
insert into subscriber (email, email_key, first_name, last_name, locale, timezone, consent, consent_confirmed,
    created_at, updated_at)
select 'p' || n || '@example.com', 'p' || n || '@example.com', case when n % 100 < 3 then '' else 'Ana' || n end, 'S',
    case n % 4 when 0 then 'de-DE' when 1 then 'fr-FR' else 'en' end, '', 'unstated', 1, :now, :now from k"""
_WAIT = """insert into interest (subscriber_id, variant_id, state, created_at, source)
select id, :variant, 'waiting', :now, 'page' from subscriber"""


def main() -> None:
    own = "{% if subscriber.email %}" + BLOCK * 7 + "{% endif %}"
    drafts = {
        "the reference mail": html(PAGE, "{{ product.title }} is back"),
        "half of it personal": html(PAGE.replace(BLOCK * 14, own + BLOCK * 7), "{{ product.title }} is back"),
    }
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/shop.db")
        upgrade.prepare(store)
        desk = Desk(
            store, Actor("bench"), lambda: datetime.now(UTC), lambda _: None, Path(folder), f"outbox:{folder}", "h:1:1"
        )
        shop_.save(desk, SHOP)
        event_id = _filled(store)
        for name, draft in drafts.items():
            _measured(desk, event_id, name, draft)
        store.close()
    processes.crew.close()


def _filled(store: Store) -> int:
    variant = add_product(store)
    with store.unit() as u:
        now = schema.micros(NOW)
        u.connection.execute(text(_PERSON), {"n": PEOPLE, "now": now})
        u.connection.execute(text(_WAIT), {"variant": variant.id, "now": now})
        u.commit()
    return restock(store).id


def _measured(desk: Desk, event_id: int, name: str, draft: Draft) -> None:
    rates = []
    for _ in range(ROUNDS):
        preflight._known.clear()
        held = [_own_mb()]
        others = _renderers_s()
        before = resource.getrusage(resource.RUSAGE_SELF)
        found = preflight.run(desk, (event_id,), [("", draft)], progress=_noted(held))
        after = resource.getrusage(resource.RUSAGE_SELF)
        assert found.complete, found.groups
        rates.append(found.renders / found.seconds)
        own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        theirs = _renderers_s() - others
        print(
            f"{name}: {found.renders:,} mails in {found.seconds:.1f} s, {rates[-1]:,.0f} a second; of the processor "
            f"{own:.1f} s here and {theirs:.1f} s in the renderers, so {2 * found.renders / (own + theirs):,.0f} a "
            f"second on two cores at rest; {len(found.groups)} groups, {len(found.cover)} people take every branch; "
            f"memory of its own {held[0]:.0f} MB before, {max(held):.0f} MB at the peak; load {os.getloadavg()[0]:.1f}"
        )
    print(f"{name}: median {sorted(rates)[ROUNDS // 2]:,.0f} renders a second (goal 3,000)")


def _noted(held: list[float]) -> ProgressFn:
    return lambda _: held.append(_own_mb())


def _own_mb() -> float:
    """Without the database's file, which is mapped into memory as it is read."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1]) / 1024


def _renderers_s() -> float:
    return sum(processor_s(one.pid) for one in processes.crew._idle if isinstance(one, Forked))


if __name__ == "__main__":
    main()
