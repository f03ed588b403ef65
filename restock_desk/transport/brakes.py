"""What keeps us from asking a provider too often: a circuit breaker for one that fails, a bucket for its rate limit."""

from collections.abc import Callable

OPENS_AFTER = 3
SHORTEST_S, LONGEST_S = 30.0, 600.0


class Breaker:
    """After a failed call only one mail is tried; after three in a row nothing, for half a minute doubling to ten.

    So a provider that breaks leaves one call of mails in doubt and then one mail a try, not call after call.
    `clock` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._until = 0.0
        self.locked = ""
        """Why it will not be asked again until somebody changed something; empty = it may be."""

    def room(self, mails: int) -> int:
        """How many of so many mails may be handed over now."""
        if self.locked or self.wait_s > 0:
            return 0
        return min(mails, 1) if self._failures else mails

    @property
    def wait_s(self) -> float:
        """Seconds until it may be asked again."""
        return max(0.0, self._until - self._clock())

    def good(self) -> None:
        self._failures = 0

    def bad(self) -> None:
        self._failures += 1
        if self._failures >= OPENS_AFTER:
            self.hold(min(SHORTEST_S * 2 ** (self._failures - OPENS_AFTER), LONGEST_S))

    def hold(self, seconds: float) -> None:
        """It asked to be left alone for so long."""
        self._until = max(self._until, self._clock() + seconds)

    def lock(self, why: str) -> None:
        """Our key or account is refused: asking again would only look like an attack."""
        self.locked = why


class Bucket:
    """A token bucket: `per_s` refill it up to `capacity`."""

    def __init__(self, per_s: float, capacity: float, clock: Callable[[], float]) -> None:
        self._per_s, self._capacity, self._clock = per_s, capacity, clock
        self._held, self._at = capacity, clock()
        self._slow_until = self._at

    def take(self, n: float) -> float:
        """Take so many; how many seconds to wait before using them. More than fit at once are paid for afterwards."""
        now = self._clock()
        rate = self._per_s / 2 if now < self._slow_until else self._per_s
        self._held = min(self._capacity, self._held + (now - self._at) * rate) - n
        self._at = now
        return max(0.0, -self._held / rate)

    def slow(self, seconds: float) -> None:
        """Half the rate for a while, and nothing in hand: we were told that it was too much."""
        self._slow_until = self._clock() + seconds
        self._held = min(self._held, 0.0)
