"""Limits a shop sets on its sending, and the brakes that pull by themselves. Pure rules; what they remember is rows, in
`store.grants`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

BURST_S = 0.1
"""A rate may run ahead by what it lets through in so many seconds, and by one mail at least."""
KEEP_S = 2.0
"""A sender that must wait no longer keeps its lease meanwhile; else it lets go, and nobody claims before the time."""
CASES = 3
"""A brake on a rate needs so many cases, so that 1 of 50 does not stop a campaign."""
_MINUTE = timedelta(minutes=1)
_LONGEST = timedelta(days=8)


@dataclass(frozen=True)
class QuietWindow:
    """Time by the shop's clock in which no mail begins; minutes since midnight. `days`: 0 = Monday, the day it begins.

    An end at or before the beginning is on the next day.
    """

    begins: int
    ends: int
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)

    def holds(self, local: datetime) -> bool:
        """Whether a moment, told by the shop's clock, lies in the window."""
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.begins < self.ends:
            return day in self.days and self.begins <= minute < self.ends
        return (day in self.days and minute >= self.begins) or ((day - 1) % 7 in self.days and minute < self.ends)


@dataclass(frozen=True)
class WarmUp:
    """A new sender's schedule: `first` mails on the day `began`, each day `growth` times as many, free above `full`."""

    began: date
    first: int = 50
    growth: float = 1.5
    full: int = 100_000

    def cap(self, day: date) -> int | None:
        """How many mails that day; None = as many as you like."""
        days = max(0, (day - self.began).days)
        grown = self.first * self.growth ** min(days, 10_000 if self.growth <= 1 else math.log(1e9, self.growth))
        return int(grown) if grown < self.full else None


@dataclass(frozen=True)
class RouteLimit:
    """Limits of one transport, shared by all campaigns and workers that use it. None = no limit."""

    rate_per_s: float | None = None
    warm_up: WarmUp | None = None


@dataclass(frozen=True)
class Breakers:
    """Beyond these a campaign pauses by itself. Shares of 1 = 100 %; 0 switches a brake off."""

    hard_first: float = 0.05
    """Hard bounces among the first 200 (or all, if there are fewer)."""
    hard: float = 0.02
    """Hard bounces of all that were sent, once there are more than 200."""
    complaints: float = 0.001
    doubts: float = 0.01
    """Mails whose fate a transport could not tell, of all that were tried."""
    in_a_row: int = 20
    """Mails in a row that were not taken."""
    grown: float = 1.5
    """Audience, as a multiple of what was approved."""


FIRST = 200


@dataclass(frozen=True)
class Limits:
    """All limits of a shop. `routes` by the name `route` gives a transport; None and 0 = no limit."""

    routes: Mapping[str, RouteLimit] = field(default_factory=dict)
    campaign_per_hour: int | None = None
    """How many mails of one campaign may begin in a clock hour; a campaign may have its own."""
    quiet: tuple[QuietWindow, ...] = ()
    breakers: Breakers = Breakers()
    reserve_mb: int = 200
    """Nothing is claimed while the database's disk has less room."""
    late_h: float = 6
    """A campaign that could have gone on so many hours ago asks a person first."""


@dataclass(frozen=True)
class Counts:
    """What a campaign's brakes judge by."""

    audience: int
    approved: int | None
    sent: int
    failed: int
    hard: int
    complained: int
    doubts: int
    in_a_row: int
    refusal: str = ""
    """The last answer of those in a row."""


@dataclass(frozen=True)
class Trip:
    """A brake that pulls: its name, how many cases made it, and why as a sentence."""

    name: str
    cases: int
    words: str


def route(transport: str) -> str:
    """Under which name a transport's limits are kept: who logs in where, whatever the port; else its address."""
    parts = urlsplit(transport)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        return transport.partition("?")[0]
    user = f"{parts.username}@" if parts.username else ""
    return f"smtp:{user}{parts.hostname.lower()}"


def spend(next_at: int | None, now: int, rate_per_s: float, want: int) -> tuple[int, int, float]:
    """One step of a rate (GCRA): how many of `want` may start, the new `next_at`, and seconds to wait if none may.

    Times in microseconds. `next_at` is when the rate would be even; one that lies too far ahead (the clock was set
    back) is not believed.
    """
    step = 1_000_000 / rate_per_s
    burst = max(1.0, rate_per_s * BURST_S)
    even = min(max(next_at or now, now), now + burst * step)
    room = burst - (even - now) / step
    n = min(want, math.floor(room + 1e-6))
    if n > 0:
        return n, round(even + n * step), 0.0
    return 0, round(even), max((1 - room) * step / 1_000_000, 0.001)


def window(kept: int, used: int, current: int) -> tuple[int, int]:
    """The hour or day to count in, and what was used of it. A clock a little behind counts in the newer one."""
    return (kept, used) if kept - 1 <= current <= kept else (current, 0)


def quiet_until(windows: tuple[QuietWindow, ...], at: datetime, zone: ZoneInfo) -> datetime | None:
    """When quiet ends that holds at `at` (aware UTC); None = it is not quiet. A clock that is changed changes nothing:
    what counts is what the shop's clock shows."""

    def quiet(moment: datetime) -> bool:
        local = moment.astimezone(zone)
        return any(one.holds(local) for one in windows)

    if not quiet(at):
        return None
    end = at.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
    while quiet(end) and end - at < _LONGEST:
        end += _MINUTE
    return end


def zone(name: str) -> ZoneInfo:
    """The shop's time zone; UTC where its name is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def day_of(at: datetime, zone: ZoneInfo) -> tuple[date, datetime]:
    """The shop's day at that moment, and when it ends (aware UTC)."""
    today = at.astimezone(zone).date()
    return today, datetime.combine(today + timedelta(days=1), time(), zone).astimezone(UTC)


def tripped(limits: Breakers, counts: Counts, released: Mapping[str, int]) -> Trip | None:
    """The first brake that pulls. One that a person released (`released`: with so many cases) pulls again only when it
    got worse by half and three cases."""
    sent, tried = counts.sent, counts.sent + counts.failed + counts.doubts
    early = sent <= FIRST
    base = min(FIRST, counts.audience) if early else sent
    approved = counts.approved or 0
    grown = counts.audience - approved
    last = f"; the last answer was: {counts.refusal}" if counts.refusal else "."
    found = [
        _share("hard", "hard bounces", counts.hard, base, limits.hard_first if early else limits.hard),
        _share("complaints", "complaints", counts.complained, sent, limits.complaints),
        _share("doubts", "mails in doubt", counts.doubts, tried, limits.doubts),
        Trip("in_a_row", 0, f"{counts.in_a_row} mails in a row were not taken{last}")
        if 0 < limits.in_a_row <= counts.in_a_row
        else None,
        Trip("grown", grown, f"{counts.audience:,} people would get it, {approved:,} were approved.")
        if limits.grown and approved and grown >= CASES and counts.audience > limits.grown * approved
        else None,
    ]
    return next((one for one in found if one and _worse(one, released.get(one.name, 0))), None)


def run_of(taken: Sequence[bool], before: int) -> tuple[int, int]:
    """How long the run of mails not taken is after these answers, and the longest it was; `before` them it was so."""
    now = worst = before
    for one in taken:
        now = 0 if one else now + 1
        worst = max(worst, now)
    return now, worst


def problem(limits: Limits) -> str:
    """What is wrong with limits a person wants, as a sentence; empty if nothing is."""
    for name, one in limits.routes.items():
        if one.rate_per_s is not None and not 0 < one.rate_per_s <= 100_000:
            return f"The rate of {name} must be above 0 and at most 100,000 a second."
        up = one.warm_up
        if up and not (up.first >= 1 and 1 <= up.growth <= 10 and up.full >= up.first):
            return "A warm-up begins with at least 1 mail, grows by a factor of 1 to 10 and ends at no fewer."
    if limits.campaign_per_hour is not None and limits.campaign_per_hour < 1:
        return "The cap of a campaign must be at least 1 an hour."
    for quiet in limits.quiet:
        if not (
            0 <= quiet.begins < 1440 and 0 <= quiet.ends < 1440 and quiet.days and set(quiet.days) <= set(range(7))
        ):
            return "A quiet window has times from 00:00 to 23:59 and at least one day."
    brakes = limits.breakers
    shares = (brakes.hard_first, brakes.hard, brakes.complaints, brakes.doubts)
    if not all(0 <= one <= 1 for one in shares) or brakes.in_a_row < 0 or (brakes.grown and brakes.grown < 1):
        return "Brakes are shares from 0 to 100 %, and an audience of at least 1 × the approved one."
    if not 0 <= limits.reserve_mb <= 1_000_000 or not 0 <= limits.late_h <= 10_000:
        return "The room to keep free and the hours that are late must not be negative, nor beyond all reason."
    return ""


def to_json(limits: Limits) -> dict[str, Any]:
    """As plain values, for the database and for machines."""
    value = asdict(limits)
    for one in value["routes"].values():
        if one["warm_up"]:
            one["warm_up"]["began"] = one["warm_up"]["began"].isoformat()
    return value


def from_json(value: Mapping[str, Any] | None) -> Limits:
    """Back from `to_json`; what another version wrote besides is ignored, what it did not write is the default."""
    told = _known(Limits, value or {})
    routes = {}
    for name, one in (told.pop("routes", None) or {}).items():
        up = one.get("warm_up")
        if up:
            up = WarmUp(**{**_known(WarmUp, up), "began": date.fromisoformat(up["began"])})
        routes[name] = RouteLimit(one.get("rate_per_s"), up or None)
    quiet = tuple(QuietWindow(w["begins"], w["ends"], tuple(w["days"])) for w in told.pop("quiet", None) or ())
    breakers = Breakers(**_known(Breakers, told.pop("breakers", None) or {}))
    return Limits(routes=routes, quiet=quiet, breakers=breakers, **told)


def _share(name: str, what: str, cases: int, base: int, limit: float) -> Trip | None:
    if not limit or cases < CASES or cases <= limit * base:
        return None
    return Trip(name, cases, f"{cases:,} {what} among {base:,} mails: more than {100 * limit:g} %.")


def _worse(trip: Trip, released: int) -> bool:
    return not released or trip.cases >= max(1.5 * released, released + CASES)


def _known(record: type, values: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(record)}
    return {name: value for name, value in values.items() if name in names}
