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
    """A token whose waiting moves the clock instead of taking time."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, seconds: float) -> bool:
        """Move the clock."""
        self._clock.advance(seconds)
        return self.cancelled
