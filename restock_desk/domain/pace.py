"""How fast a campaign moves and when it will end, from looks at its counts. The clock is passed in."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

SMOOTH_S = 8.0
"""A change of speed is half seen after about two thirds of this time: figures that jump cannot be read."""
SETTLED_S = 2.0
"""Less time than this says nothing about a speed."""
SILENT_S = 15.0
"""No movement for so long is told as such; there is no estimate then."""


@dataclass(frozen=True)
class Pace:
    """What a series of looks tells. Make one per campaign by `Pace()` and go on with what `seen` returns."""

    began_at: datetime | None = None
    seen_at: datetime | None = None
    moved_at: datetime | None = None
    begun: int = 0
    speed: float = 0.0

    def seen(self, at: datetime, begun: int) -> "Pace":
        """At this moment so many mails had begun. A look at another time or a smaller number begins anew."""
        if self.seen_at is None or at < self.seen_at or begun < self.begun:
            return Pace(at, at, at, begun)
        passed = (at - self.seen_at).total_seconds()
        if not passed:
            return self
        now = (begun - self.begun) / passed
        known = (self.seen_at - (self.began_at or at)).total_seconds()
        weight = 1 - math.exp(-passed / min(SMOOTH_S, max(known + passed, passed)))
        moved = at if begun > self.begun else self.moved_at
        return Pace(self.began_at, at, moved, begun, self.speed + weight * (now - self.speed) if known else now)

    @property
    def rate_per_s(self) -> float | None:
        """Mails per second, smoothed; None until there is something to tell. 0 when nothing moves."""
        if self.seen_at is None or self.began_at is None or (self.seen_at - self.began_at).total_seconds() < SETTLED_S:
            return None
        return 0.0 if self.silent_s >= SILENT_S else self.speed

    @property
    def silent_s(self) -> float:
        """How long nothing has moved."""
        return 0.0 if self.seen_at is None or self.moved_at is None else (self.seen_at - self.moved_at).total_seconds()

    def left(self, mails: int) -> timedelta | None:
        """How long so many mails will take at this speed; None when that cannot be told."""
        rate = self.rate_per_s
        if not rate or not mails:
            return None
        return timedelta(seconds=min(mails / rate, 10 * 365 * 86_400))


@dataclass(frozen=True)
class Outlook:
    """How fast a campaign goes and when its queue will be empty; None where that cannot be told."""

    rate_per_s: float | None = None
    left_s: float | None = None
    ends_at: datetime | None = None

    @property
    def words(self) -> str:
        """As one line; empty when there is nothing to tell."""
        if self.rate_per_s is None:
            return ""
        left = f", about {span_words(timedelta(seconds=self.left_s))} left" if self.left_s is not None else ""
        return f"{self.rate_per_s:,.1f} a second{left}"


def outlook(pace: Pace, ready: int) -> Outlook:
    """What a series of looks says of so many mails that could leave now."""
    rate, left = pace.rate_per_s, pace.left(ready)
    if left is None or pace.seen_at is None:
        return Outlook(None if rate is None else round(rate, 1))
    return Outlook(round(rate or 0.0, 1), round(left.total_seconds(), 1), pace.seen_at + left)


def span_words(span: timedelta) -> str:
    """A span as a person says it: 40 s, 12 min, 3 h 05 min, 4 days."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{round(minutes / 1440)} days"
