"""A send worker as the others see it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Worker:
    """One process that sends. The counts are since `since`; `rate_per_s` is of the last half minute."""

    name: str
    host: str
    pid: int
    slots: int
    """How many batches at once, each with connections to the mail server of its own."""
    since: datetime
    seen_at: datetime
    busy: int = 0
    """Slots at work now."""
    sent: int = 0
    batches: int = 0
    errors: int = 0
    reconnects: int = 0
    """How often the database went away and came back."""
    rate_per_s: float = 0.0
