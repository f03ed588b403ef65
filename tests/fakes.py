"""Stand-ins for the world outside: clocks, and what passes the same contract tests as the real adapter."""

from datetime import datetime, timedelta

from restock_desk.jobs import CancelToken


class FixedClock:
    """A clock that only the test moves."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, seconds: float) -> datetime:
        """Move on by so many seconds; the new time."""
        self._at += timedelta(seconds=seconds)
        return self._at


class SteppingToken(CancelToken):
    """A token whose waiting moves the clock instead of taking time. It cancels itself at `until`, if given."""

    def __init__(self, clock: FixedClock, until: datetime | None = None) -> None:
        super().__init__()
        self._clock, self._until = clock, until

    def wait(self, seconds: float) -> bool:
        """Move the clock; True once it is `until`."""
        now = self._clock.advance(seconds)
        if self._until is not None and now >= self._until:
            self.cancel()
        return self.cancelled
