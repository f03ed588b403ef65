"""Stand-ins for the world outside: clocks, and what passes the same contract tests as the real adapter."""

from datetime import datetime, timedelta


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
