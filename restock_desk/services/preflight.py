"""The whole audience of a restock rendered before anybody gets a mail: what is wrong for how many, and with whom.

Two renderers share the work; this process reads people, hands them over in batches, and adds up what comes back.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from restock_desk.domain.audience import Subscriber
from restock_desk.domain.campaigns import Review
from restock_desk.domain.preflight import (
    EVERYBODY_ELSE,
    MASKS,
    Branch,
    Group,
    Part,
    Preflight,
    Taker,
    Way,
    cover,
    ordered,
    without,
)
from restock_desk.domain.restocks import RestockEvent
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import Draft, Ignored, Problem, Severity
from restock_desk.errors import Cancelled, DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn, no_progress
from restock_desk.rendering import processes
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.marked import Marked
from restock_desk.rendering.processes.sweeping import Found, Row, Sweeper
from restock_desk.services import context as context_
from restock_desk.services import dressing, editions, launching
from restock_desk.services.desk import Desk
from restock_desk.store import audience
from restock_desk.store import shop as shop_
from restock_desk.store.audience import Eligible

Drafts = Sequence[tuple[str, Draft] | Part]
RENDERERS = 2
BATCH = 250
CHUNK = 2_000
"""People read from the database at once."""
POISON = 10
"""After so many mails that had to be killed it is given up: what is wrong is known."""
KEPT = 16
_known: "OrderedDict[tuple[object, ...], Preflight]" = OrderedDict()
_lock = threading.Lock()


def run(
    desk: Desk,
    event_ids: Sequence[int],
    drafts: Drafts,
    token: CancelToken | None = None,
    progress: ProgressFn = no_progress,
) -> Preflight:
    """Render everybody who would get an alert about these restocks, with each of the named drafts they might get.

    The result is kept as long as the drafts, the restocks, the shop and the audience stay as they are; what is ignored
    does not count. DeskError for a restock that is not there; Cancelled.
    """
    token, parts = token or CancelToken(), _named(drafts)
    key = _key(desk, event_ids, parts)
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return without(_known[key], _ignored(parts))
    began = time.monotonic()
    found: list[Preflight] = []
    for part in parts:
        found.append(_Sweep(desk, event_ids, part, token).result(progress))
    whole = _together(found, round(time.monotonic() - began, 3))
    with _lock:
        _known[key] = whole
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return without(whole, _ignored(parts))


def of_review(
    desk: Desk, review: Review, token: CancelToken | None = None, progress: ProgressFn = no_progress
) -> Preflight:
    """`run` with every edition a review would send, without what is ignored in each."""
    return run(desk, review.event_ids, editions.parts_of(desk, review), token, progress)


def must_not_be_wrong(desk: Desk, review: Review) -> None:
    """DeskError where it is known of exactly this review's mails, restocks and audience that mails would be wrong."""
    found = known(desk, review.event_ids, editions.parts_of(desk, review))
    if found is not None and found.errors:
        raise refusal(found)


def refusal(found: Preflight) -> DeskError:
    """Why nothing is sent, by the first error."""
    first = found.errors[0]
    return DeskError(
        f"{first.count:,} mails would be wrong: {first.problem.message}",
        "Correct the template or the data; `preflight` shows everything that is wrong.",
    )


def known(desk: Desk, event_ids: Sequence[int], drafts: Drafts) -> Preflight | None:
    """The result if it is known already and still true."""
    parts = _named(drafts)
    key = _key(desk, event_ids, parts)
    with _lock:
        found = _known.get(key)
    return without(found, _ignored(parts)) if found is not None else None


def people(desk: Desk, ids: Sequence[int]) -> list[Subscriber]:
    """The people of examples and of a cover, each once, in this order."""
    with desk.store.reading() as u:
        return audience.subscribers(u, list(dict.fromkeys(id for id in ids if id)))


def _named(drafts: Drafts) -> list[Part]:
    """Each by the name that its groups have: none where there is but one."""
    parts = [Part(*one) for one in drafts]
    if len(parts) == 1:
        return [parts[0]._replace(name="")]
    return [part._replace(name=part.name or EVERYBODY_ELSE) for part in parts]


def _ignored(parts: Sequence[Part]) -> dict[str, tuple[Ignored, ...]]:
    return {part.name: part.ignored for part in parts}


def _key(desk: Desk, event_ids: Sequence[int], parts: Sequence[Part]) -> tuple[object, ...]:
    with desk.store.reading() as u:
        stamp = audience.stamp(u, tuple(event_ids))
        shop = shop_.shop(u)
    written = tuple(part._replace(ignored=(), template_id=0) for part in parts)
    return desk.store.url.render_as_string(), tuple(event_ids), written, stamp, shop


def _together(parts: Sequence[Preflight], seconds: float) -> Preflight:
    if len(parts) == 1:
        return replace(parts[0], seconds=seconds)
    return Preflight(
        renders=sum(part.renders for part in parts),
        seconds=seconds,
        people=max((part.people for part in parts), default=0),
        groups=ordered(group for part in parts for group in part.groups),
        ways=tuple(way for part in parts for way in part.ways),
        cover=tuple(taker for part in parts for taker in part.cover),
        complete=all(part.complete for part in parts),
    )


@dataclass
class _Sum:
    """What is known so far. Guarded by the sweep's lock."""

    done: int = 0
    poison: int = 0
    groups: dict[Problem, list[int]] = field(default_factory=dict)
    ways: dict[int, list[int]] = field(default_factory=dict)
    seen: int = 0
    """Every branch anybody took, as bits."""
    counts: dict[int, int] = field(default_factory=dict)

    def add(self, found: Found, people: int) -> None:
        self.done += people
        self.poison += found.poison
        for problem, count, example in found.groups:
            told = self.groups.setdefault(problem, [0, example])
            told[0] += count
            told[1] = min(told[1], example)
        for bits, count, example in found.ways:
            way = self.ways.get(bits)
            if way is not None:
                way[0] += count
                way[1] = min(way[1], example)
            elif len(self.ways) < MASKS or bits & ~self.seen:
                self.ways[bits] = [count, example]
            self.seen |= bits
            rest = bits
            while rest:
                low = rest & -rest
                self.counts[low] = self.counts.get(low, 0) + count
                rest ^= low


class _Sweep:
    """One draft against one audience. `result` is called once."""

    def __init__(self, desk: Desk, event_ids: Sequence[int], part: Part, token: CancelToken) -> None:
        self._desk, self._name, self._token = desk, part.name, token
        self._part, draft = part, part.draft
        self._ids = tuple(event_ids)
        with desk.store.reading() as u:
            self._shop: Shop = shop_.shop(u)
            self._events = {event.id: event for event in launching.newest_events(u, self._ids)}
            self._total = audience.audience(u, self._ids).eligible
            key = shop_.token_key(u)
            draft = dressing.dressed_in(u, draft)
            self._shelf = dressing.shelf_in(u, draft, list(self._events.values()), desk.now())
        self._compiled: CompiledTemplate = processes.compiled(draft)
        identity = context_.identify(self._shop, key, "preflight", desk.now(), 0, 0)
        self._blank = Marked.of(identity)
        self._sum = _Sum()
        self._needs: frozenset[str] = frozenset()
        self._ways: tuple[Branch, ...] = ()
        self._lock = threading.Lock()
        self._source = threading.Lock()
        self._after = 0
        self._waiting: list[Eligible] = []
        self._people: dict[str, tuple[tuple[int, ...], str, str]] = {}

    def result(self, progress: ProgressFn) -> Preflight:
        broken = [problem for problem in self._compiled.problems if problem.severity is Severity.ERROR]
        if broken:
            groups = [Group(problem, self._total, 0, self._name) for problem in broken]
            return Preflight(0, 0, self._total, ordered(groups), complete=False)
        note = "Rendering everybody" + (f" with {self._name}" if self._name else "")
        with ThreadPoolExecutor(RENDERERS, thread_name_prefix="desk-preflight") as pool:
            work = [pool.submit(self._work) for _ in range(RENDERERS)]
            try:
                while any(not one.done() for one in work):
                    self._token.wait(0.05)
                    progress(Progress(self._sum.done, self._total, note))
                    if self._token.cancelled:
                        break
            finally:
                self._stopped = True
        for one in work:
            one.result()
        if self._token.cancelled:
            raise Cancelled
        return self._report()

    _stopped = False

    def _work(self) -> None:
        sweeper = Sweeper(self._compiled, self._blank, self._context)
        try:
            sweeper.open()
            with self._lock:
                self._needs, self._ways = sweeper.needs, sweeper.ways
            while not self._stopped_early():
                rows = self._next()
                if not rows:
                    return
                found = sweeper.people(rows)
                with self._lock:
                    self._sum.add(found, len(rows))
        except TemplateFault as fault:
            problem = Problem(fault.rule, Severity.ERROR, fault.message, fault.where, fault.line)
            with self._lock:
                self._sum.add(Found([(problem, 0, 0)], [], POISON), 0)
        finally:
            sweeper.close()

    def _stopped_early(self) -> bool:
        return self._token.cancelled or self._sum.poison >= POISON

    def _next(self) -> list[Row]:
        """The next people, as rows for a renderer. One thread reads at a time."""
        with self._source:
            while not self._waiting:
                with self._desk.store.reading() as u:
                    found = audience.eligible(u, self._ids, self._after, CHUNK)
                if not found or self._stopped_early():
                    return []
                self._after = found[-1].subscriber.id
                self._waiting = [one for one in found if self._part.fits(one.subscriber.locale)]
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        return [self._row(one) for one in batch]

    def _row(self, one: Eligible) -> Row:
        who = one.subscriber
        ids = tuple(id for id in self._events if id in one.event_ids)
        key = f"{','.join(map(str, ids))}|{who.locale}|{who.timezone}"
        self._people.setdefault(key, (ids, who.locale, who.timezone))
        waits: list[dict[str, Any]] = []
        if self._needs & {"items", "interest"}:
            by_variant = {interest.variant_id: interest for interest in one.interests}
            waits = [context_.interest(by_variant.get(self._events[id].variant_id)) for id in ids]
        return key, who.id, context_.person(who), waits

    def _context(self, key: str) -> dict[str, Any]:
        ids, locale, timezone = self._people[key]
        events: list[RestockEvent] = [self._events[id] for id in ids]
        reader = Subscriber(0, "", "", locale=locale, timezone=timezone)
        return context_.build(self._shop, reader, events, [], self._blank, self._shelf)

    def _report(self) -> Preflight:
        found = self._sum
        placed = self._compiled.in_blocks if self._compiled.blocks else list
        groups = ordered(Group(placed([problem])[0], n, who, self._name) for problem, (n, who) in found.groups.items())
        people = {bits: who for bits, (_, who) in found.ways.items()}
        ways = tuple(self._way(number, branch, people) for number, branch in enumerate(self._ways))
        complete = found.poison < POISON
        takers = tuple(Taker(person, self._branches(bits)) for person, bits in cover(people))
        return Preflight(found.done, 0, self._total, groups, ways, takers, complete)

    def _branches(self, bits: int) -> tuple[Branch, ...]:
        """The rarest first: what everybody takes says nothing of anybody."""
        taken = [number for number in range(len(self._ways)) if bits >> number & 1]
        taken.sort(key=lambda number: self._sum.counts.get(1 << number, 0))
        return tuple(self._ways[number] for number in taken)

    def _way(self, number: int, branch: Branch, people: dict[int, int]) -> Way:
        bit = 1 << number
        who = min((who for bits, who in people.items() if bits & bit), default=None)
        return Way(branch, self._sum.counts.get(bit, 0), who)
